// SPDX-License-Identifier: Apache-2.0
#include "framework/report/detail/files.h"
#include "framework/report/detail/h5.h"

namespace insula::report {
namespace {

std::string path_of_course(const InterventionCourse& course) {
  std::string path;
  for (const std::string* part :
       {&course.model, &course.intervention, &course.subject, &course.run, &course.recording})
    path += (path.empty() ? "" : "/") + h5::to_path_name(*part);
  return path;
}

/// Matrices of a course under their names in the file.
template <class Course, class Visit>
void each_matrix(Course& course, Visit&& visit) {
  visit("time", course.time);
  visit("intact", course.intact);
  visit("intact_sd", course.intact_sd);
  visit("changed", course.changed);
  visit("changed_sd", course.changed_sd);
}

InterventionCourse read_course(const h5::File& file, hid_t root, const std::string& path) {
  const h5::Handle group = file.own(H5Gopen2(root, path.c_str(), H5P_DEFAULT), H5Gclose, path);
  InterventionCourse course;
  auto [model, intervention, subject, run, recording] = h5::parts_of<5>(path);
  course.model = std::move(model);
  course.intervention = std::move(intervention);
  course.subject = std::move(subject);
  course.run = std::move(run);
  course.recording = std::move(recording);
  course.channels = h5::read_texts(file, group, "channels");
  const std::vector<std::string> unit = h5::read_texts(file, group, "unit");
  if (unit.size() != 1) file.fail("unit");
  course.unit = unit.front();
  each_matrix(course, [&](const char* name, Eigen::MatrixXd& matrix) {
    matrix = h5::read_matrix(file, group, name);
    if (matrix.cols() != static_cast<Eigen::Index>(course.channels.size()) ||
        matrix.rows() != course.time.rows())
      file.fail(name);
  });
  return course;
}

}  // namespace

void write_interventions(const std::vector<InterventionCourse>& courses, const std::string& path) {
  const h5::Silence silence;
  const h5::File file{path};
  const h5::Handle root = h5::create_file(file);
  std::vector<std::string> order;  // groups have no order of their own
  for (const InterventionCourse& course : courses) {
    order.push_back(path_of_course(course));
    const h5::Handle group = h5::create_groups(file, root, order.back());
    h5::write_texts(file, group, "channels", course.channels);
    h5::write_texts(file, group, "unit", {course.unit});
    each_matrix(course, [&](const char* name, const Eigen::MatrixXd& matrix) {
      h5::write_matrix(file, group, name, matrix);
    });
  }
  h5::write_texts(file, root, h5::kOrder, order);
  file.check(H5Fflush(root, H5F_SCOPE_GLOBAL), "the file");
}

std::vector<InterventionCourse> read_interventions(const std::string& path) {
  const h5::Silence silence;
  const h5::File file{path, true};
  const h5::Handle root = h5::open_file(file);
  std::vector<InterventionCourse> courses;
  for (const std::string& place : h5::read_texts(file, root, h5::kOrder))
    courses.push_back(read_course(file, root, place));
  return courses;
}

}  // namespace insula::report

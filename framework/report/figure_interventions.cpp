// SPDX-License-Identifier: Apache-2.0
// What the figure of interventions draws.
#include "framework/report/detail/figure_json.h"

namespace insula::report {
namespace {

constexpr std::size_t kMostCourseNumbers = 200'000;  // about a million characters of the page

Json brief_columns(const Eigen::MatrixXd& matrix) {
  Json out = Json::array();
  for (Eigen::Index c = 0; c < matrix.cols(); ++c) {
    Json& column = out.emplace_back(Json::array());
    for (Eigen::Index i = 0; i < matrix.rows(); ++i) column.push_back(brief(matrix(i, c)));
  }
  return out;
}

}  // namespace

Json intervention_courses(const Results& results, std::size_t& left_out) {
  Json out = Json::array();
  std::size_t numbers = 0;
  left_out = 0;
  for (const InterventionCourse& course : results.intervention_courses) {
    const auto size = 5 * static_cast<std::size_t>(course.time.size());
    if (numbers > 0 && numbers + size > kMostCourseNumbers) {
      ++left_out;
      continue;
    }
    numbers += size;
    out.push_back(Json::object({{"model", course.model},
                                {"intervention", course.intervention},
                                {"subject", course.subject},
                                {"run", course.run},
                                {"recording", course.recording},
                                {"unit", course.unit},
                                {"channels", course.channels},
                                {"time", brief_columns(course.time)},
                                {"intact", brief_columns(course.intact)},
                                {"intact_sd", brief_columns(course.intact_sd)},
                                {"changed", brief_columns(course.changed)},
                                {"changed_sd", brief_columns(course.changed_sd)}}));
  }
  return out;
}

}  // namespace insula::report

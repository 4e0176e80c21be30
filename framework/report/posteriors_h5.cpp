// SPDX-License-Identifier: Apache-2.0
#include "framework/report/detail/files.h"
#include "framework/report/detail/h5.h"

namespace insula::report {

void write_posteriors(const std::vector<Posterior>& posteriors, const std::string& path) {
  const h5::Silence silence;
  const h5::File file{path};
  const h5::Handle root = h5::create_file(file);
  std::vector<std::string> order;  // groups have no order of their own
  for (const Posterior& posterior : posteriors) {
    order.push_back(h5::to_path_name(posterior.model) + '/' + h5::to_path_name(posterior.subject));
    const h5::Handle group = h5::create_groups(file, root, order.back());
    h5::write_texts(file, group, "parameters", posterior.parameters);
    h5::write_matrix(file, group, "mean", posterior.mean);
    h5::write_matrix(file, group, "covariance", posterior.covariance);
  }
  h5::write_texts(file, root, h5::kOrder, order);
  file.check(H5Fflush(root, H5F_SCOPE_GLOBAL), "the file");
}

std::vector<Posterior> read_posteriors(const std::string& path) {
  const h5::Silence silence;
  const h5::File file{path, true};
  const h5::Handle root = h5::open_file(file);
  std::vector<Posterior> posteriors;
  for (const std::string& place : h5::read_texts(file, root, h5::kOrder)) {
    const h5::Handle group = file.own(H5Gopen2(root, place.c_str(), H5P_DEFAULT), H5Gclose, place);
    const auto [model, subject] = h5::parts_of<2>(place);
    Posterior posterior{model, subject, h5::read_texts(file, group, "parameters"), {}, {}};
    const Eigen::MatrixXd mean = h5::read_matrix(file, group, "mean");
    posterior.covariance = h5::read_matrix(file, group, "covariance");
    const auto count = static_cast<Eigen::Index>(posterior.parameters.size());
    if (mean.rows() != count || mean.cols() != 1) file.fail("mean");
    posterior.mean = mean.col(0);
    const bool is_left_out = posterior.covariance.size() == 0;
    if (!is_left_out &&
        (posterior.covariance.rows() != count || posterior.covariance.cols() != count))
      file.fail("covariance");
    posteriors.push_back(std::move(posterior));
  }
  return posteriors;
}

}  // namespace insula::report

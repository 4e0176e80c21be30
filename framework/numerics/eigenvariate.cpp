// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/eigenvariate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/base/error.h"
#include "framework/numerics/dense.h"

namespace insula::numerics {

Eigen::VectorXd first_eigenvariate(const Eigen::Ref<const Eigen::MatrixXd>& channels) {
  const bool has_more_samples = channels.rows() > channels.cols();
  const Eigen::Index n = std::min(channels.rows(), channels.cols());
  if (n == 0) return Eigen::VectorXd::Zero(channels.rows());
  Eigen::MatrixXd square(n, n);
  self_product<double>(has_more_samples ? Op::transposed : Op::plain, channels, 1, 0, square);
  Eigen::VectorXd values(n);
  std::vector<double> work(static_cast<std::size_t>(eigen_workspace(n)));
  if (!symmetric_eigen_in_place<double>(square, values, work.data()))
    throw InternalError("an eigenvariate of channels that are not finite is asked for");
  const double largest = std::max(values[n - 1], 0.0);
  if (largest == 0) return Eigen::VectorXd::Zero(channels.rows());
  // Once the other vector is made of the one, both roads give left · value and the weights.
  Eigen::VectorXd left, weights;
  if (has_more_samples) {
    weights = square.col(n - 1);
    left = channels * weights / std::sqrt(largest);
  } else {
    left = square.col(n - 1);
    weights = channels.transpose() * left / std::sqrt(largest);
  }
  const double sign = weights.sum() < 0 ? -1 : 1;
  return sign * std::sqrt(largest / static_cast<double>(channels.cols())) * left;
}

}  // namespace insula::numerics

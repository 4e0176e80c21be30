// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/eigenvariate.h"

#include <gtest/gtest.h>

#include <Eigen/SVD>

#include "framework/base/random.h"
#include "tests/support/tolerance.h"

namespace insula::numerics {
namespace {

Eigen::MatrixXd drawn_channels(Eigen::Index samples, Eigen::Index channels) {
  Stream stream(11, "eigenvariate" + std::to_string(samples));
  Eigen::MatrixXd x(samples, channels);
  for (Eigen::Index t = 0; t < samples; ++t)
    for (Eigen::Index c = 0; c < channels; ++c)
      x(t, c) = stream.normal() + std::sin(0.3 * static_cast<double>(t));
  return x;
}

TEST(Eigenvariate, IsTheFirstSingularVectorInTheUnitOfAChannel) {
  for (const auto& [samples, channels] : {std::pair{40, 7}, std::pair{7, 40}, std::pair{12, 12}}) {
    const Eigen::MatrixXd x = drawn_channels(samples, channels);
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(x, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const double sign = svd.matrixV().col(0).sum() < 0 ? -1 : 1;
    const Eigen::VectorXd expected = sign * svd.matrixU().col(0) * svd.singularValues()[0] /
                                     std::sqrt(static_cast<double>(channels));
    const Eigen::VectorXd ours = first_eigenvariate(x);
    for (Eigen::Index t = 0; t < samples; ++t)
      EXPECT_CLOSE(ours[t],
                   expected[t],
                   Tolerance::because(1e-11, "a squared matrix whose first value stands apart"));
  }
}

TEST(Eigenvariate, OfChannelsThatAreAlikeIsTheChannel) {
  const Eigen::VectorXd one = drawn_channels(20, 1);
  const Eigen::MatrixXd alike = one.replicate(1, 5);
  const Eigen::VectorXd ours = first_eigenvariate(alike);
  for (Eigen::Index t = 0; t < 20; ++t) EXPECT_CLOSE(ours[t], one[t], Tolerance::rounding(64));
  EXPECT_EQ(first_eigenvariate(Eigen::MatrixXd::Zero(4, 3)), Eigen::VectorXd::Zero(4));
}

}  // namespace
}  // namespace insula::numerics

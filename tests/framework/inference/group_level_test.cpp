// SPDX-License-Identifier: Apache-2.0
// The group's level against its own differences and against a singular case.
#include "framework/inference/detail/group_level.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>

#include "framework/base/random.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Example {
  GroupPrior prior;
  std::vector<Evidence> evidence;
  GroupPoint point;
};

// Five subjects, four parameters of which the second is not the group's, two covariates; the last
// subject knows one direction only.
Example example() {
  Stream stream(71, "level");
  Example e;
  e.prior.design = MatrixXd::Ones(5, 2);
  e.prior.design.col(1) = toys::normal_matrix(stream, 5, 1);
  e.prior.parameter = {0, 2, 3};
  e.prior.own_mean = toys::normal_matrix(stream, 4, 1);
  e.prior.own_variance = Eigen::Vector4d(1, 0.5, 2, 1);
  e.prior.mean = toys::normal_matrix(stream, 3, 2);
  e.prior.mean_precision = toys::normal_matrix(stream, 3, 2).cwiseAbs2();
  e.prior.log_variance = toys::normal_matrix(stream, 3, 1);
  e.prior.log_variance_variance = 4;
  for (int s = 0; s < 5; ++s) {
    const MatrixXd root = toys::normal_matrix(stream, s < 4 ? 6 : 1, 4);
    const MatrixXd information = root.transpose() * root;
    e.evidence.push_back({information, information * (2 * toys::normal_matrix(stream, 4, 1))});
  }
  e.point = {toys::normal_matrix(stream, 3, 2), Eigen::Vector3d(-1, 0.3, 0.8)};
  return e;
}

GroupLevel level_at(const Example& e, Index i, double step) {
  GroupPoint moved = e.point;
  moved.log_variance[i] += step;
  return group_level(e.prior, e.evidence, moved);
}

TEST(GroupLevel, GradientIsThatOfItsObjective) {
  const Example e = example();
  const GroupLevel level = group_level(e.prior, e.evidence, e.point);
  constexpr double kStep = 1e-4;
  for (Index i = 0; i < 3; ++i) {
    EXPECT_CLOSE(level.gradient[i],
                 (level_at(e, i, kStep).objective - level_at(e, i, -kStep).objective) / (2 * kStep),
                 Tolerance::truncation(10, kStep, 2));
  }
}

TEST(GroupLevel, PrecisionOfLogVariancesIsTheSlopeOfTheGradientAtTheMaximum) {
  Example e = example();
  const GroupLevel best = best_group_level(e.prior, e.evidence, e.point);
  EXPECT_CLOSE(best.gradient, VectorXd::Zero(3), Tolerance::because(1e-4, "a gain of 1e-9 nats"));
  const MatrixXd precision = log_variance_precision(e.prior, best).reconstructedMatrix();
  e.point = best.point;
  constexpr double kStep = 1e-4;
  for (Index i = 0; i < 3; ++i) {
    const VectorXd slope =
        (level_at(e, i, -kStep).gradient - level_at(e, i, kStep).gradient) / (2 * kStep);
    EXPECT_CLOSE(precision.col(i), slope, Tolerance::truncation(10, kStep, 2));
  }
}

// B at its optimum does not depend on where it was looked for.
TEST(GroupLevel, FindsTheMeanInOneStepFromAnywhere) {
  Example e = example();
  const GroupLevel level = group_level(e.prior, e.evidence, e.point);
  e.point.mean.setConstant(-3);
  const GroupLevel other = group_level(e.prior, e.evidence, e.point);
  EXPECT_CLOSE(other.point.mean, level.point.mean, Tolerance::rounding(1e4, 3));
  EXPECT_CLOSE(other.objective, level.objective, Tolerance::rounding(1e4, 100));
  EXPECT_CLOSE(other.gradient, level.gradient, Tolerance::rounding(1e5, 10));
}

// The terms as the head of group_level.h has them, with inverses and without care.
TEST(GroupLevel, SubjectsEnterByTheirMarginalLikelihood) {
  const Example e = example();
  const GroupLevel level = group_level(e.prior, e.evidence, e.point);
  const VectorXd variance = subject_variance(e.prior, e.point);
  double objective = 0;
  for (Index s = 0; s < 5; ++s) {
    const Evidence& one = e.evidence[static_cast<std::size_t>(s)];
    const VectorXd m = subject_mean(e.prior, level.point, s);
    const VectorXd t = one.pull - one.information * m;
    MatrixXd precision = one.information;
    precision.diagonal() += variance.cwiseInverse();
    const MatrixXd inverse = precision.inverse();
    objective += m.dot(one.pull) - 0.5 * m.dot(one.information * m) + 0.5 * t.dot(inverse * t) -
                 0.5 * std::log(precision.determinant() * variance.prod());
    const MatrixXd w = one.information - one.information * inverse * one.information;
    const VectorXd gamma = variance.cwiseInverse().cwiseProduct(inverse * t);
    const VectorXd mean = m + inverse * t;
    EXPECT_CLOSE(shrunken(e.prior, one, level.point, s), mean, Tolerance::rounding(1e4, 3));
    for (Index i = 0; i < 3; ++i) {
      const Index p = e.prior.parameter[static_cast<std::size_t>(i)];
      EXPECT_CLOSE(
          level.gamma[static_cast<std::size_t>(s)][i], gamma[p], Tolerance::rounding(1e4, 10));
      for (Index j = 0; j < 3; ++j) {
        EXPECT_CLOSE(level.w[static_cast<std::size_t>(s)](i, j),
                     w(p, e.prior.parameter[static_cast<std::size_t>(j)]),
                     Tolerance::rounding(1e4, 10));
      }
    }
  }
  const MatrixXd away = level.point.mean - e.prior.mean;
  const VectorXd v = e.point.log_variance - e.prior.log_variance;
  objective -= 0.5 * (e.prior.mean_precision.cwiseProduct(away.cwiseAbs2()).sum() +
                      std::log(level.mean_precision.reconstructedMatrix().determinant()) +
                      v.squaredNorm() / 4);
  EXPECT_CLOSE(level.objective, objective, Tolerance::rounding(1e4, 100));
}

// However small the variances: subjects are then one subject, and W is their information.
TEST(GroupLevel, KeepsItsDigitsWhereSubjectsDoNotVary) {
  Example e = example();
  e.point.log_variance.setConstant(-60);
  e.prior.own_variance.setConstant(std::exp(-60));
  const GroupLevel level = group_level(e.prior, e.evidence, e.point);
  ASSERT_TRUE(level.is_finite);
  EXPECT_CLOSE(level.w[0](1, 0), e.evidence[0].information(2, 0), Tolerance::rounding(100, 1));
}

TEST(GroupLevel, SaysWhereTheEvidenceAllowsNoSuchVariance) {
  Example e = example();
  e.evidence[1].information(0, 0) = -3;  // no maximum in θ_0 unless the prior is narrow
  e.point.log_variance[0] = 3;
  EXPECT_FALSE(group_level(e.prior, e.evidence, e.point).is_finite);
  e.evidence[1].information.row(0).setZero();
  e.evidence[1].information.col(0).setZero();
  e.evidence[1].information(0, 0) = -3;
  e.point.log_variance[0] = -3;
  const GroupLevel best = best_group_level(e.prior, e.evidence, e.point);
  ASSERT_TRUE(best.is_finite);
  EXPECT_LT(std::exp(best.point.log_variance[0]), 1.0 / 3);
}

}  // namespace
}  // namespace insula::inference::detail

// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/group.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numbers>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/inference/group_toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using toys::DrawnGroup;
using toys::Population;

Population two_parameters(Index subjects) {
  Population population;
  population.design = toys::no_covariates(subjects);
  population.mean = Eigen::Vector2d(0.8, -0.5);
  population.variance = Eigen::Vector2d(0.1, 0.04);
  population.prior_mean = Eigen::Vector2d::Zero();
  population.prior_variance = Eigen::Vector2d::Ones();
  return population;
}

Population with_covariate(Index subjects) {
  Population population = two_parameters(subjects);
  population.design = toys::one_covariate(subjects, 3);
  population.mean.conservativeResize(2, 2);
  population.mean.col(1) << 0.4, 0;
  return population;
}

GroupOptions tight() {
  GroupOptions options;
  options.tolerance = 1e-12;
  options.subject.tolerance = 1e-14;
  return options;
}

double log_normal(const VectorXd& e, const MatrixXd& covariance) {
  return -0.5 * (e.dot(covariance.inverse() * e) + std::log(covariance.determinant()) +
                 static_cast<double>(e.size()) * std::log(2 * std::numbers::pi));
}

// The mixed model itself: all data of all subjects, (B, v) given, θ integrated out densely.
struct MixedModel {
  const DrawnGroup& group;
  std::vector<Index> parameter;  // the group's
  VectorXd own_mean, own_variance;

  // ln p(y | B, v).
  double log_likelihood(const MatrixXd& b, const VectorXd& v) const {
    double sum = 0;
    for (std::size_t s = 0; s < group.data.size(); ++s) {
      const MatrixXd& a = group.regressor[s];
      VectorXd mean = own_mean, variance = own_variance;
      const VectorXd of_group = b * group.problem.design.row(static_cast<Index>(s)).transpose();
      for (std::size_t i = 0; i < parameter.size(); ++i) {
        mean[parameter[i]] = of_group[static_cast<Index>(i)];
        variance[parameter[i]] = std::exp(v[static_cast<Index>(i)]);
      }
      MatrixXd covariance = a * variance.asDiagonal() * a.transpose();
      covariance.diagonal().array() += 1;  // noise of precision one
      sum += log_normal(group.data[s] - a * mean, covariance);
    }
    return sum;
  }

  // ln p(y, B, v), the priors as group.h says.
  double log_joint(const MatrixXd& b, const VectorXd& v) const {
    const VectorXd mean_square = group.problem.design.colwise().squaredNorm().transpose() /
                                 static_cast<double>(group.data.size());
    double sum = log_likelihood(b, v);
    for (Index i = 0; i < b.rows(); ++i) {
      const Index p = parameter[static_cast<std::size_t>(i)];
      const double prior_variance = group.problem.subjects[0].prior_variance[p];
      const double v0 = std::log(prior_variance / 16);
      sum -= 0.5 * (std::log(2 * std::numbers::pi * 4) + (v[i] - v0) * (v[i] - v0) / 4);
      for (Index c = 0; c < b.cols(); ++c) {
        const double width = 4 * prior_variance / mean_square[c];
        const double away = b(i, c) - (c == 0 ? group.problem.subjects[0].prior_mean[p] : 0);
        sum -= 0.5 * (std::log(2 * std::numbers::pi * width) + away * away / width);
      }
    }
    return sum;
  }

  // −∂²/∂B² by differences: exact, as the joint is quadratic in B.
  MatrixXd mean_precision(const MatrixXd& b, const VectorXd& v) const {
    MatrixXd result(b.size(), b.size());
    const auto at = [&](Index i, double di, Index j, double dj) {
      MatrixXd moved = b;
      moved.reshaped()[i] += di;
      moved.reshaped()[j] += dj;
      return log_joint(moved, v);
    };
    for (Index i = 0; i < b.size(); ++i) {
      for (Index j = 0; j < b.size(); ++j) {
        result(i, j) = -(at(i, 1, j, 1) - at(i, 1, j, -1) - at(i, -1, j, 1) + at(i, -1, j, -1)) / 4;
      }
    }
    return result;
  }

  // ln p(y, v): B integrated out, exactly. `b` only places the expansion.
  double log_marginal(const MatrixXd& b, const VectorXd& v) const {
    const MatrixXd precision = mean_precision(b, v);
    VectorXd gradient(b.size());
    for (Index i = 0; i < b.size(); ++i) {
      MatrixXd up = b, down = b;
      up.reshaped()[i] += 1;
      down.reshaped()[i] -= 1;
      gradient[i] = 0.5 * (log_joint(up, v) - log_joint(down, v));
    }
    return log_joint(b, v) + 0.5 * gradient.dot(precision.inverse() * gradient) -
           0.5 * std::log(precision.determinant()) +
           0.5 * static_cast<double>(b.size()) * std::log(2 * std::numbers::pi);
  }
};

void expect_mixed_model(const DrawnGroup& group, const MixedModel& model) {
  const GroupFit fit = fit_group(group.problem, tight());
  ASSERT_TRUE(fit.converged()) << fit.reason;
  ASSERT_EQ(fit.parameter, model.parameter);
  const auto differences = Tolerance::because(1e-5, "differences of a log density near 300");
  // B at the maximum of the joint, v at that of the marginal.
  for (Index i = 0; i < fit.mean.size(); ++i) {
    MatrixXd up = fit.mean, down = fit.mean;
    up.reshaped()[i] += 0.01;
    down.reshaped()[i] -= 0.01;
    EXPECT_CLOSE(
        (model.log_joint(up, fit.log_variance) - model.log_joint(down, fit.log_variance)) / 0.02,
        0,
        differences);
  }
  const Index h = fit.log_variance.size();
  const auto marginal = [&](Index i, double di, Index j, double dj) {
    VectorXd v = fit.log_variance;
    v[i] += di;
    v[j] += dj;
    return model.log_marginal(fit.mean, v);
  };
  constexpr double kStep = 2e-3;
  MatrixXd precision(h, h);
  for (Index i = 0; i < h; ++i) {
    EXPECT_CLOSE((marginal(i, kStep, i, 0) - marginal(i, -kStep, i, 0)) / (2 * kStep),
                 0,
                 Tolerance::because(1e-4, "climbed to within 1e-9 nats"));
    for (Index j = 0; j < h; ++j) {
      precision(i, j) = -(marginal(i, kStep, j, kStep) - marginal(i, kStep, j, -kStep) -
                          marginal(i, -kStep, j, kStep) + marginal(i, -kStep, j, -kStep)) /
                        (4 * kStep * kStep);
    }
  }
  EXPECT_CLOSE(fit.log_variance_covariance,
               precision.inverse(),
               Tolerance::because(2e-4, "second differences at 2e-3"));
  const VectorXd wide = fit.log_variance + 0.5 * fit.log_variance_sd.cwiseAbs2();
  EXPECT_CLOSE(fit.mean_covariance, model.mean_precision(fit.mean, wide).inverse(), differences);
  const double expected = model.log_marginal(fit.mean, fit.log_variance) +
                          0.5 * std::log(fit.log_variance_covariance.determinant()) +
                          0.5 * static_cast<double>(h) * std::log(2 * std::numbers::pi);
  EXPECT_CLOSE(fit.free_energy(), expected, differences);
}

TEST(Group, OfALinearModelIsTheMixedModel) {
  const DrawnGroup group = toys::draw_group(two_parameters(10), 1);
  const VectorXd none = VectorXd::Zero(2);
  expect_mixed_model(group, {group, {0, 1}, none, none});
}

TEST(Group, WithCovariatesAndAParameterOfTheSubjectsOwnIsTheMixedModel) {
  Population population = with_covariate(12);
  population.prior_mean << 0.2, -0.1;
  population.prior_variance << 1, 0.5;
  DrawnGroup group = toys::draw_group(population, 2);
  group.problem.hierarchical = {1, 0};
  expect_mixed_model(group, {group, {0}, population.prior_mean, population.prior_variance});
}

TEST(Group, OfALinearModelNeedsOneSweepAfterTheFirst) {
  const GroupFit fit = fit_group(toys::draw_group(two_parameters(10), 3).problem);
  ASSERT_TRUE(fit.converged()) << fit.reason;
  EXPECT_EQ(fit.sweeps.size(), 2u);
  EXPECT_LT(fit.sweeps[1].promise, 1e-9);
}

// Subjects' posteriors given the group are normal here, so that importance weights are all but
// equal.
TEST(Group, ChecksThePosteriorOfEverySubjectGivenTheGroup) {
  GroupOptions options;
  options.subject.pareto_check = true;
  options.subject.pareto_draws = 200;
  const GroupFit fit = fit_group(toys::draw_group(two_parameters(10), 3).problem, options);
  for (const Fit& subject : fit.subjects) EXPECT_LT(subject.pareto_k, 0.4);
  for (const Fit& subject : fit_group(toys::draw_group(two_parameters(10), 3).problem).subjects)
    EXPECT_TRUE(std::isnan(subject.pareto_k));
}

// Truth fixed, groups drawn anew: the interval of a mean of few subjects must know that their
// variance is itself estimated. Three binomial standard deviations of 200.
TEST(Group, IntervalsOfTheMeanCoverTheTruth) {
  constexpr int kGroups = 100;
  int covered = 0;
  for (int g = 0; g < kGroups; ++g) {
    const Population population = two_parameters(12);
    const GroupFit fit =
        fit_group(toys::draw_group(population, 100 + static_cast<std::uint64_t>(g)).problem);
    ASSERT_TRUE(fit.converged()) << fit.reason;
    for (Index i = 0; i < 2; ++i) {
      const double away = std::abs(fit.mean(i, 0) - population.mean(i, 0));
      covered += away <= normal_quantile(0.975) * fit.mean_sd(i, 0);
    }
  }
  EXPECT_NEAR(covered / (2.0 * kGroups), 0.95, 3 * std::sqrt(0.95 * 0.05 / (2 * kGroups)));
}

TEST(Group, FindsMeanVarianceAndCovariate) {
  const Population population = with_covariate(60);
  const GroupFit fit = fit_group(toys::draw_group(population, 4).problem);
  ASSERT_TRUE(fit.converged()) << fit.reason;
  for (Index i = 0; i < 4; ++i) {
    const double sd = fit.mean_sd.reshaped()[i];
    EXPECT_CLOSE(fit.mean.reshaped()[i], population.mean.reshaped()[i], Tolerance::sampling(sd, 1));
    EXPECT_LT(sd, 0.08);
  }
  for (Index i = 0; i < 2; ++i) {
    EXPECT_CLOSE(fit.log_variance[i],
                 std::log(population.variance[i]),
                 Tolerance::sampling(fit.log_variance_sd[i], 1));
    EXPECT_LT(fit.log_variance_sd[i], 0.7);
  }
}

TEST(Group, ShrinksSubjectsTowardsTheMeanAndTheTruth) {
  Population population = two_parameters(30);
  population.data = 6;
  const DrawnGroup group = toys::draw_group(population, 5);
  const GroupFit fit = fit_group(group.problem);
  double together = 0, alone = 0, spread_together = 0, spread_alone = 0;
  for (std::size_t s = 0; s < 30; ++s) {
    Problem wide = group.problem.subjects[s];
    wide.prior_variance.setConstant(1e4);
    const VectorXd own = variational_laplace(wide).mean, shared = fit.subjects[s].mean;
    together += (shared - group.truth[s]).squaredNorm();
    alone += (own - group.truth[s]).squaredNorm();
    spread_together += (shared - fit.mean.col(0)).squaredNorm();
    spread_alone += (own - fit.mean.col(0)).squaredNorm();
    EXPECT_GT(fit.subject_covariance[s](0, 0), fit.subjects[s].covariance(0, 0));
  }
  EXPECT_LT(together, 0.6 * alone);
  EXPECT_LT(spread_together, spread_alone);
}

TEST(Group, OfCountsConvergesInFewSweeps) {
  Population population = with_covariate(20);
  population.is_count = true;
  const DrawnGroup group = toys::draw_group(population, 6);
  const GroupFit fit = fit_group(group.problem);
  ASSERT_TRUE(fit.converged()) << fit.reason;
  EXPECT_LE(fit.sweeps.size(), 5u);
  // Warm starts: later sweeps cost a fraction of the first.
  EXPECT_LT(fit.sweeps.back().steps, fit.sweeps.front().steps);
  EXPECT_GT(fit.sweeps.back().free_energy, fit.sweeps.front().free_energy);
  for (Index i = 0; i < 4; ++i) {
    EXPECT_CLOSE(fit.mean.reshaped()[i],
                 population.mean.reshaped()[i],
                 Tolerance::sampling(fit.mean_sd.reshaped()[i], 1));
  }
}

// Counts of few events: Laplace's method moves with the modes, and moves of the group overshoot.
TEST(Group, EndsWhereTheFreeEnergyWasBest) {
  Population population = with_covariate(12);
  population.is_count = true;
  population.data = 4;
  population.variance = Eigen::Vector2d(2, 2);
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const GroupFit fit = fit_group(toys::draw_group(population, seed).problem);
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t k = 1; k < fit.sweeps.size(); ++k)
      best = std::max(best, fit.sweeps[k].free_energy);
    EXPECT_GE(fit.free_energy(), best - 0.02 * 12) << seed << ": " << fit.reason;
  }
}

TEST(Group, OfOneSubjectLearnsNoVariance) {
  const GroupFit fit = fit_group(toys::draw_group(two_parameters(1), 7).problem);
  ASSERT_TRUE(fit.converged()) << fit.reason;
  const VectorXd prior = VectorXd::Constant(2, std::log(1.0 / 16));
  EXPECT_CLOSE(fit.log_variance, prior, Tolerance::because(1, "half of the prior's sd"));
  for (Index i = 0; i < 2; ++i) {
    EXPECT_GT(fit.log_variance_sd[i], 1.3);
    EXPECT_LT(fit.mean_sd(i, 0), 2);
  }
}

TEST(Group, LeavesASubjectWithoutDataAtTheGroup) {
  GroupProblem problem = toys::draw_group(with_covariate(12), 8).problem;
  GroupProblem others = problem;
  std::ranges::fill(problem.subjects[11].scored[0].use, char{0});
  const GroupFit fit = fit_group(problem, tight());
  ASSERT_TRUE(fit.converged()) << fit.reason;
  const VectorXd expected = fit.mean * problem.design.row(11).transpose();
  const auto settled = Tolerance::because(1e-5, "a promise of 1e-12 nats");
  EXPECT_CLOSE(fit.subjects[11].mean, expected, settled);
  const MatrixXd variance = fit.log_variance.array().exp().matrix().asDiagonal();
  EXPECT_CLOSE(fit.subjects[11].covariance, variance, settled);
  // And the others as if it were not there, but for the scale of the covariate's prior.
  others.subjects.pop_back();
  others.subject.pop_back();
  others.design.conservativeResize(11, 2);
  EXPECT_CLOSE(fit_group(others, tight()).mean,
               fit.mean,
               Tolerance::because(0.01, "prior of the covariate's effect"));
}

TEST(Group, DoesNotDependOnTheOrderOfSubjects) {
  Population population = with_covariate(8);
  population.is_count = true;
  const GroupProblem problem = toys::draw_group(population, 9).problem;
  GroupProblem turned = problem;
  std::ranges::reverse(turned.subjects);
  std::ranges::reverse(turned.subject);
  turned.design = problem.design.colwise().reverse().eval();
  const GroupFit fit = fit_group(problem), other = fit_group(turned);
  const auto rounding = Tolerance::because(1e-7, "sums in another order, along the climb");
  EXPECT_CLOSE(other.mean, fit.mean, rounding);
  EXPECT_CLOSE(other.log_variance, fit.log_variance, rounding);
  EXPECT_CLOSE(other.free_energy(), fit.free_energy(), rounding);
  EXPECT_CLOSE(other.subjects[0].mean, fit.subjects[7].mean, rounding);
}

TEST(Group, GivesTheSameBytesAtAnyNumberOfThreads) {
  Population population = with_covariate(8);
  population.is_count = true;
  GroupOptions options;
  options.subject.starts = 2;
  options.subject.pareto_check = true;
  options.subject.pareto_draws = 50;
  std::vector<std::string> bytes;
  for (const int threads : {1, 5}) {
    set_threads(threads);
    bytes.push_back(toys::bytes_of(fit_group(toys::draw_group(population, 10).problem, options)));
  }
  set_threads(0);
  EXPECT_EQ(bytes[0], bytes[1]);
}

TEST(Group, NamesTheSubjectWhoseModelCannotBeRunAndGoesOnWithoutIt) {
  GroupProblem problem = toys::draw_group(two_parameters(6), 11).problem;
  GroupProblem others = problem;
  problem.subjects[5].evaluate = [](const VectorXd&, bool) {
    return Evaluation{{Outcome::Kind::stiff, "V1", 0.5, ""}, {}, {}};
  };
  others.subjects.pop_back();
  others.subject.pop_back();
  others.design.conservativeResize(5, 1);
  const GroupFit fit = fit_group(problem, tight()), expected = fit_group(others, tight());
  EXPECT_EQ(fit.status, GroupFit::Status::incomplete);
  EXPECT_EQ(fit.left_out, std::vector<std::size_t>{5});
  EXPECT_EQ(fit.reason.find("the fits of s5 did not converge"), 0u) << fit.reason;
  EXPECT_CLOSE(fit.mean, expected.mean, Tolerance::because(1e-6, "promises of 1e-12 nats"));
  EXPECT_CLOSE(fit.free_energy(), expected.free_energy(), Tolerance::rounding(1e6, 100));
}

TEST(Group, SaysThatItCannotStart) {
  GroupProblem problem = toys::draw_group(two_parameters(2), 12).problem;
  for (Problem& subject : problem.subjects) {
    subject.evaluate = [](const VectorXd&, bool) {
      return Evaluation{{Outcome::Kind::stiff, "V1", 0.5, ""}, {}, {}};
    };
  }
  const GroupFit fit = fit_group(problem);
  EXPECT_EQ(fit.status, GroupFit::Status::no_start);
  EXPECT_NE(fit.reason.find("V1"), std::string::npos);
  EXPECT_EQ(to_text(fit.status), "no start");
}

TEST(Group, SaysThatItRanOutOfSweepsOrWasStopped) {
  Population population = two_parameters(6);
  population.is_count = true;
  const GroupProblem problem = toys::draw_group(population, 13).problem;
  GroupOptions options;
  options.max_sweeps = 1;
  EXPECT_EQ(fit_group(problem, options).status, GroupFit::Status::sweep_limit);
  options = {};
  options.subject.stop = [] { return true; };
  EXPECT_EQ(fit_group(problem, options).status, GroupFit::Status::interrupted);
}

TEST(Group, IsWholeOrInterruptedWheneverItIsStopped) {
  Population population = two_parameters(4);
  population.is_count = true;
  const GroupProblem problem = toys::draw_group(population, 13).problem;
  const GroupFit whole = fit_group(problem);
  ASSERT_EQ(whole.status, GroupFit::Status::converged);
  int interrupted = 0, most = 1000;
  for (int allowed = 0; allowed < most; ++allowed) {
    std::atomic<int> asked = 0;
    GroupOptions options;
    options.subject.stop = [&] { return ++asked > allowed; };
    const GroupFit fit = fit_group(problem, options);
    interrupted += fit.status == GroupFit::Status::interrupted ? 1 : 0;
    if (fit.status == GroupFit::Status::interrupted) continue;
    EXPECT_EQ(fit.status, whole.status) << allowed;
    EXPECT_EQ(fit.mean, whole.mean);
    most = 0;
  }
  EXPECT_GT(interrupted, 5);
  EXPECT_EQ(most, 0) << "it was never left alone for long enough";
}

TEST(Group, RefusesSubjectsThatDisagree) {
  const GroupProblem problem = toys::draw_group(two_parameters(3), 14).problem;
  const auto expect_refused = [&](auto change) {
    GroupProblem bad = problem;
    change(bad);
    EXPECT_THROW(fit_group(bad), InternalError);
  };
  expect_refused([](GroupProblem& p) { p.subjects[1].prior_mean[0] = 1; });
  expect_refused([](GroupProblem& p) { p.subjects[2].parameter[0] = "other"; });
  expect_refused([](GroupProblem& p) { p.subject[0] = p.subject[1]; });
  expect_refused([](GroupProblem& p) { p.design(1, 0) = 2; });
  expect_refused([](GroupProblem& p) { p.hierarchical = {1}; });
  expect_refused([](GroupProblem& p) {
    p.design.conservativeResize(3, 2);
    p.design.col(1).setZero();
  });
  expect_refused([](GroupProblem& p) { p.subjects.clear(); });
}

}  // namespace
}  // namespace insula::inference

// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/model_reduction.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/base/error.h"
#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/linear_gaussian.h"
#include "tests/framework/inference/toys.h"
#include "tests/support/tolerance.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using toys::LinearGaussian;

VectorXd numbers_of(const nlohmann::json& json) {
  const auto all = json.get<std::vector<double>>();
  return Eigen::Map<const VectorXd>(all.data(), static_cast<Index>(all.size()));
}

// SPM's fit, and what it says of models in which some of its parameters are switched off.
struct SpmReduction {
  GaussianBelief prior, posterior;
  nlohmann::json parameters, cases;
};

SpmReduction spm_reduction() {
  std::ifstream file(std::string(INSULA_REFERENCE) + "/inference/model_reduction.json");
  const nlohmann::json json = nlohmann::json::parse(file);
  SpmReduction all;
  all.parameters = json["parameters"];
  all.cases = json["cases"];
  all.prior = {numbers_of(json["prior_mean"]), numbers_of(json["prior_variance"]).asDiagonal()};
  all.posterior.mean = numbers_of(json["full_mean"]);
  const Index n = all.prior.mean.size();
  all.posterior.covariance.resize(n, n);
  for (Index i = 0; i < n; ++i)
    all.posterior.covariance.row(i) = numbers_of(json["full_covariance"][std::size_t(i)]);
  return all;
}

std::vector<Switch> switched_off(const SpmReduction& spm, const nlohmann::json& one) {
  std::vector<Switch> off;
  for (const nlohmann::json& name : one["switched_off"]) {
    const auto at = std::find(spm.parameters.begin(), spm.parameters.end(), name);
    const Index i = at - spm.parameters.begin();
    off.push_back({i, spm.prior.mean[i]});
  }
  return off;
}

TEST(Reduce, EqualsSpmWithTheVarianceThatItAddsToEachMatrix) {
  const SpmReduction spm = spm_reduction();
  const Index n = spm.prior.mean.size();
  const MatrixXd added = std::exp(-16) * MatrixXd::Identity(n, n);
  const GaussianBelief prior{spm.prior.mean, spm.prior.covariance + added},
      posterior{spm.posterior.mean, spm.posterior.covariance + added};
  ASSERT_EQ(spm.cases.size(), 4u);
  for (const nlohmann::json& one : spm.cases) {
    GaussianBelief reduced = spm.prior;
    for (const Switch& s : switched_off(spm, one)) reduced.covariance(s.parameter, s.parameter) = 0;
    reduced.covariance += added;
    const Reduction r = reduce(prior, posterior, reduced);
    EXPECT_CLOSE(r.log_evidence_change,
                 one["log_evidence_change"],
                 Tolerance::because(5e-7, "exp(-16) once more, on an inverse"));
    EXPECT_CLOSE(r.posterior.mean,
                 numbers_of(one["posterior_mean"]),
                 Tolerance::because(1e-8, "exp(-16) once more, on an inverse"));
    EXPECT_CLOSE(VectorXd(r.posterior.covariance.diagonal().cwiseSqrt()),
                 numbers_of(one["posterior_sd"]),
                 Tolerance::because(1e-9, "exp(-16) once more, on an inverse"));
  }
}

TEST(SwitchOff, DiffersFromSpmByWhatThatVarianceDoes) {
  const SpmReduction spm = spm_reduction();
  for (const nlohmann::json& one : spm.cases) {
    const std::vector<Switch> off = switched_off(spm, one);
    const Reduction r = switch_off(spm.prior, spm.posterior, off);
    EXPECT_CLOSE(r.log_evidence_change,
                 one["log_evidence_change"],
                 Tolerance::because(0.02, "sd 3e-4 in place of 0, where posterior sds are 0.02"));
    for (const Switch& s : off) {
      EXPECT_EQ(r.posterior.mean[s.parameter], s.off);
      EXPECT_EQ(r.posterior.covariance.row(s.parameter).norm(), 0);
    }
  }
}

// Of a linear model with known noise the evidence of every reduced model is known exactly.
TEST(SwitchOff, GivesTheExactEvidenceAndPosteriorOfEveryNestedLinearModel) {
  const LinearGaussian full = LinearGaussian::drawn(6, 40, "nested");
  for (unsigned mask = 0; mask < 64; ++mask) {
    std::vector<Switch> off;
    for (Index i = 0; i < 6; ++i)
      if (mask >> i & 1) off.push_back({i, 0.3 * static_cast<double>(i) - 0.5});
    const Reduction r = switch_off(full.prior, full.posterior(), off);
    const GaussianBelief known = full.conditioned_prior(off);
    EXPECT_CLOSE(r.log_evidence_change,
                 full.log_evidence(known) - full.log_evidence(full.prior),
                 Tolerance::because(1e-9, "evidences of -100 by way of 40 × 40 matrices"));
    EXPECT_CLOSE(r.posterior.mean,
                 full.posterior(known).mean,
                 Tolerance::because(1e-11, "rounding of inverses"));
    EXPECT_CLOSE(r.posterior.covariance,
                 full.posterior(known).covariance,
                 Tolerance::because(1e-11, "rounding of inverses"));
  }
}

TEST(Reduce, GivesTheExactEvidenceUnderAnyOtherPrior) {
  const LinearGaussian full = LinearGaussian::drawn(5, 30, "priors");
  GaussianBelief other = full.prior;
  other.mean.array() += 0.2;
  other.covariance *= 0.4;
  // Two of them are held as well; the rest keep what correlation they have.
  for (const Index i : {1, 4}) {
    other.covariance.row(i).setZero();
    other.covariance.col(i).setZero();
  }
  const Reduction r = reduce(full.prior, full.posterior(), other);
  EXPECT_CLOSE(r.log_evidence_change,
               full.log_evidence(other) - full.log_evidence(full.prior),
               Tolerance::because(1e-9, "evidences of -80 by way of 30 × 30 matrices"));
  EXPECT_CLOSE(r.posterior.mean, full.posterior(other).mean, Tolerance::because(1e-11, "inverses"));
  EXPECT_CLOSE(r.posterior.covariance,
               full.posterior(other).covariance,
               Tolerance::because(1e-11, "inverses"));
}

TEST(Reduce, ToTheSamePriorChangesNothing) {
  const LinearGaussian full = LinearGaussian::drawn(4, 20, "same");
  const GaussianBelief posterior = full.posterior();
  const Reduction r = reduce(full.prior, posterior, full.prior),
                  none = switch_off(full.prior, posterior, {});
  EXPECT_CLOSE(r.log_evidence_change, 0, Tolerance::because(1e-12, "rounding"));
  EXPECT_CLOSE(r.posterior.covariance, posterior.covariance, Tolerance::because(1e-12, "rounding"));
  EXPECT_EQ(none.log_evidence_change, 0);
  EXPECT_EQ(none.posterior.mean, posterior.mean);
}

TEST(Reduce, HasNoPosteriorWhereThePriorIsWiderThanTheDataAllow) {
  // A posterior wider than its prior says less than nothing of its parameter.
  const GaussianBelief prior{VectorXd::Zero(1), MatrixXd::Constant(1, 1, 1)},
      posterior{VectorXd::Zero(1), MatrixXd::Constant(1, 1, 2)},
      wide{VectorXd::Zero(1), MatrixXd::Constant(1, 1, 10)};
  EXPECT_TRUE(std::isnan(reduce(prior, posterior, wide).log_evidence_change));
}

TEST(Reduction, RefusesWhatDoesNotFit) {
  const LinearGaussian full = LinearGaussian::drawn(3, 10, "refused");
  const GaussianBelief posterior = full.posterior(),
                       shorter{VectorXd::Zero(2), MatrixXd::Identity(2, 2)};
  EXPECT_THROW(switch_off(full.prior, shorter, {}), InternalError);
  EXPECT_THROW(switch_off(full.prior, posterior, {{3, 0}}), InternalError);
  EXPECT_THROW(switch_off(full.prior, posterior, {{1, 0}, {1, 0}}), InternalError);
  GaussianBelief half = full.prior;
  half.covariance(1, 1) = 0;
  EXPECT_THROW(reduce(full.prior, posterior, half), InternalError);
}

// A model that is nonlinear in ten parameters, of which the last seven are 0 in the data: its fit
// scores 50 random models that switch some of these off, and each is fitted as well.
class Nested : public testing::Test {
 protected:
  static constexpr Index kAll = 10, kPresent = 3, kSamples = 240;

  Nested() {
    Stream random(8, "nested");
    waves_ = toys::normal_matrix(random, kSamples, kAll);
    VectorXd truth = VectorXd::Zero(kAll);
    truth.head(kPresent) << 0.8, -0.6, 0.5;
    data_ = predicted(truth.cast<toys::Complex>()).real();
    for (Index i = 0; i < kSamples; ++i) data_[i] += 0.3 * random.normal();
  }

  // What saturates, and what one parameter does to the next.
  Eigen::VectorXcd predicted(const Eigen::VectorXcd& theta) const {
    Eigen::VectorXcd sum = waves_ * theta;
    for (Index i = 0; i + 1 < kAll; ++i) sum += 0.3 * theta[i] * theta[i + 1] * waves_.col(i);
    return sum.array().tanh();
  }

  // With only these parameters, all others 0.
  Fit fitted(const std::vector<Index>& free) const {
    Problem problem;
    const auto n = static_cast<Index>(free.size());
    toys::set_prior(problem, VectorXd::Zero(n), VectorXd::Constant(n, 0.25));
    problem.channels = {toys::plain_channel("y", data_)};
    problem.evaluate = toys::evaluate_exactly([this, free](const Eigen::VectorXcd& theta) {
      Eigen::VectorXcd all = Eigen::VectorXcd::Zero(kAll);
      for (std::size_t i = 0; i < free.size(); ++i) all[free[i]] = theta[static_cast<Index>(i)];
      return Eigen::MatrixXcd(predicted(all));
    });
    return variational_laplace(problem, toys::tight());
  }

  MatrixXd waves_;
  VectorXd data_;
};

TEST_F(Nested, ScoresLieWithinHalfANatOfRefits) {
  std::vector<Index> every(kAll);
  for (Index i = 0; i < kAll; ++i) every[std::size_t(i)] = i;
  const Fit full = fitted(every);
  ASSERT_TRUE(full.converged());
  const GaussianBelief prior{VectorXd::Zero(kAll), 0.25 * MatrixXd::Identity(kAll, kAll)},
      posterior{full.mean, full.covariance};
  Stream random(9, "which");
  double worst = 0;
  for (int draw = 0; draw < 50; ++draw) {
    std::vector<Switch> off;
    std::vector<Index> free;
    for (Index i = 0; i < kAll; ++i)
      if (i >= kPresent && random.uniform() < 0.5)
        off.push_back({i, 0});
      else
        free.push_back(i);
    const double refit = fitted(free).free_energy.total() - full.free_energy.total();
    const double scored = switch_off(prior, posterior, off).log_evidence_change;
    worst = std::max(worst, std::abs(scored - refit));
  }
  EXPECT_LT(worst, 0.5);
  RecordProperty("largest_difference_in_nats", std::to_string(worst));
}

}  // namespace
}  // namespace insula::inference

// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/trial_posterior.h"

#include <algorithm>

#include "framework/base/nan.h"
#include "framework/numerics/linear_algebra.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// A square root of a covariance; what rounding leaves below zero of a singular one is zero.
MatrixXd root_of(const MatrixXd& covariance) {
  if (covariance.size() == 0) return covariance;
  const numerics::SymmetricEigen eigen = numerics::symmetric_eigen(covariance);
  return eigen.vectors * eigen.values.cwiseMax(0).cwiseSqrt().asDiagonal();
}

// The parameters that move some predictor, ascending.
std::vector<Index> parameters_of(const inference::Predictors& predictors) {
  std::vector<Index> used;
  for (const inference::Slope& slope : predictors.slope)
    used.insert(used.end(), slope.parameter.begin(), slope.parameter.end());
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  return used;
}

// A problem that outlives the fit, which owns the observation that it points to.
struct Kept {
  architecture::TrialObservation observation;
  TrialProblem problem;
};

TrialPosterior posterior_of(const TrialProblem& problem,
                            inference::Predictors at_mean,
                            const MatrixXd& covariance) {
  const std::vector<Index> used = parameters_of(at_mean);
  const auto n = static_cast<Index>(used.size());
  MatrixXd of_used(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      of_used(i, j) =
          covariance(used[static_cast<std::size_t>(i)], used[static_cast<std::size_t>(j)]);
  for (inference::Slope& slope : at_mean.slope)
    for (Index& p : slope.parameter)
      p = std::lower_bound(used.begin(), used.end(), p) - used.begin();
  return {outliving(problem), std::move(at_mean), root_of(of_used)};
}

}  // namespace

std::shared_ptr<const TrialProblem> outliving(const TrialProblem& problem) {
  const auto kept = std::make_shared<Kept>(Kept{*problem.observation, problem});
  kept->problem.observation = &kept->observation;
  kept->problem.architecture = nullptr;
  return {kept, &kept->problem};
}

MatrixXd TrialPosterior::draw_natural(Stream& stream) const {
  VectorXd z(spread.cols());
  for (double& value : z) value = stream.normal();
  const VectorXd away = spread * z;
  MatrixXd eta = at_mean.value;
  for (std::size_t q = 0; q < at_mean.slope.size(); ++q) {
    const inference::Slope& slope = at_mean.slope[q];
    for (std::size_t k = 0; k < slope.parameter.size(); ++k)
      eta.col(static_cast<Index>(q)) +=
          away[slope.parameter[k]] * slope.value.col(static_cast<Index>(k));
  }
  return problem->natural(eta);
}

std::vector<TrialPosterior> trial_posteriors(const FitProblem& problem, const inference::Fit& fit) {
  std::vector<TrialPosterior> all;
  if (problem.trials.empty()) return all;
  inference::Evaluation at_mean = problem.problem.evaluate(fit.mean, true);
  if (!at_mean.outcome.finished()) return all;
  for (std::size_t k = 0; k < problem.trials.size(); ++k)
    all.push_back(
        posterior_of(*problem.trials[k], std::move(at_mean.predictors[k]), fit.covariance));
  return all;
}

VectorXd mean_density(const TrialKind& kind,
                      const MatrixXd& natural,
                      const std::vector<double>& times,
                      double response) {
  VectorXd density(static_cast<Index>(times.size()));
  const auto n = static_cast<std::size_t>(natural.rows());
  const std::vector<double> choice(n, response), value(n, kNaN);
  parallel_for(times.size(), [&](std::size_t t) {
    const std::vector<double> time(n, times[t]);
    TrialScores scores{VectorXd::Zero(natural.rows()), MatrixXd(), MatrixXd()};
    kind.score({choice, time, value}, natural, scores, false);
    density[static_cast<Index>(t)] = scores.value.array().exp().mean();
  });
  return density;
}

VectorXd share_of_option(const TrialKind& kind, const MatrixXd& natural, int option) {
  const std::vector<double> choice(static_cast<std::size_t>(natural.rows()), option);
  TrialScores scores{VectorXd::Zero(natural.rows()), MatrixXd(), MatrixXd()};
  kind.score({choice, {}, {}}, natural, scores, false);
  return scores.value.array().exp();
}

}  // namespace insula::experiment

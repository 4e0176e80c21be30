// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/inference/detail/likelihood.h"
#include "framework/inference/detail/pareto.h"
#include "framework/inference/detail/proposal.h"
#include "framework/inference/importance.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::inference {
namespace {

using detail::Proposal;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kRoundDraws = 500;
constexpr double kNarrowest = 0.1;
constexpr double kFewestEffective = 100;  // a mean of which errs by a tenth of an sd
constexpr double kDegrees = 10;           // of the t: tails heavier than the posterior's
// The t's covariance over that of the draws, whose tails are the last to be found.
constexpr double kWidth = 1.1;

struct Draws {
  std::vector<Proposal> proposals;  // of each round
  MatrixXd x;                       // D × N
  std::vector<double> log_joint;    // N
  MatrixXd log_proposal;            // rounds × N
};

// Logarithms of the weights by the mixture of all proposals, as often drawn from as each other.
std::vector<double> log_weights(const Draws& draws) {
  std::vector<double> result;
  const double rounds = static_cast<double>(draws.proposals.size());
  for (Index i = 0; i < draws.x.cols(); ++i) {
    const auto density = draws.log_proposal.col(i);
    const double top = density.maxCoeff();
    const double mixture = top + std::log((density.array() - top).exp().sum() / rounds);
    result.push_back(draws.log_joint[static_cast<std::size_t>(i)] - mixture);
  }
  return result;
}

// Weights to this power, their sum 1.
VectorXd weights_to_power(const std::vector<double>& log_weight, double power) {
  const double top = *std::max_element(log_weight.begin(), log_weight.end());
  VectorXd weight(static_cast<Index>(log_weight.size()));
  for (Index i = 0; i < weight.size(); ++i)
    weight[i] = std::exp(power * (log_weight[static_cast<std::size_t>(i)] - top));
  return weight / weight.sum();
}

double effective_number(const VectorXd& weight) { return 1 / weight.squaredNorm(); }

// The weights themselves, or the highest power of them that is worth so many draws.
VectorXd even_weights(const std::vector<double>& log_weight, double effective) {
  VectorXd weight = weights_to_power(log_weight, 1);
  double low = 0, high = 1;
  for (int halved = 0; halved < 30 && effective_number(weight) < effective; ++halved) {
    const double power = 0.5 * (low + high);
    const VectorXd trial = weights_to_power(log_weight, power);
    if (effective_number(trial) < effective) {
      high = power;
    } else {
      low = power;
      if (high - low < 1e-3) return trial;
    }
  }
  return low == 0 ? weight : weights_to_power(log_weight, low);
}

struct Moments {
  VectorXd mean;
  MatrixXd covariance;
};

Moments moments_of(const MatrixXd& x, const VectorXd& weight) {
  Moments m{x * weight, {}};
  const MatrixXd centred = x.colwise() - m.mean;
  m.covariance = centred * weight.asDiagonal() * centred.transpose();
  return m;
}

// The smallest eigenvalue of one covariance relative to another.
double narrowest(const MatrixXd& covariance, const MatrixXd& reference) {
  const Eigen::LLT<MatrixXd> factor(reference);
  const MatrixXd half = factor.matrixL().solve(covariance);
  return numerics::symmetric_eigen(factor.matrixL().solve(half.transpose())).values.minCoeff();
}

void add_round(const Problem& problem,
               const std::vector<detail::ChannelData>& data,
               const Fit& fit,
               Proposal proposal,
               Stream stream,
               Draws& draws) {
  const Index before = draws.x.cols(), rounds = static_cast<Index>(draws.proposals.size()) + 1;
  MatrixXd fresh(proposal.mean.size(), kRoundDraws);
  for (Index i = 0; i < fresh.cols(); ++i) fresh.col(i) = detail::draw(proposal, stream);
  draws.proposals.push_back(std::move(proposal));
  draws.x.conservativeResize(fresh.rows(), before + kRoundDraws);
  draws.x.rightCols(kRoundDraws) = fresh;
  draws.log_proposal.conservativeResize(rounds, before + kRoundDraws);
  for (Index r = 0; r < rounds; ++r)
    for (Index i = r + 1 < rounds ? before : 0; i < draws.x.cols(); ++i)
      draws.log_proposal(r, i) =
          detail::log_density(draws.proposals[static_cast<std::size_t>(r)], draws.x.col(i));
  const std::vector<double> joint = detail::log_joint_of_draws(problem, data, fit, fresh);
  draws.log_joint.insert(draws.log_joint.end(), joint.begin(), joint.end());
}

// A t with the moments of the draws, as far as they are worth enough to tell them.
Proposal next_proposal(const Draws& draws, const VectorXd& weight) {
  const Moments m = moments_of(draws.x, weight);
  const Proposal& last = draws.proposals.back();
  const double worth = effective_number(weight);
  const double share = worth / (worth + static_cast<double>(m.mean.size()));
  const MatrixXd covariance =
      kWidth * (share * m.covariance + (1 - share) * last.scale.reconstructedMatrix());
  Proposal next{m.mean, Eigen::LLT<MatrixXd>(covariance * ((kDegrees - 2) / kDegrees)), kDegrees};
  return next.scale.info() == Eigen::Success ? next : last;
}

}  // namespace

ImportancePosterior importance_posterior(const Problem& problem,
                                         const Fit& fit,
                                         const ImportanceOptions& options) {
  const Index p = problem.prior_mean.size();
  if (fit.mean.size() != p || fit.channels.size() != problem.channels.size())
    throw InternalError("inference: the fit is not one of the problem");
  const std::vector<detail::ChannelData> data = detail::make_data(problem.channels);
  ImportancePosterior result;
  result.pareto_k = kNaN;
  Proposal proposal = detail::reported_posterior(problem, fit);
  if (proposal.scale.info() != Eigen::Success) return result;
  const auto size = static_cast<double>(proposal.mean.size());
  Draws draws;
  std::vector<double> log_weight;
  VectorXd weight;
  const auto is_done = [&] {
    const auto n = static_cast<int>(weight.size());
    const bool is_enough = effective_number(weight) >= options.effective_draws &&
                           detail::pareto_k(log_weight) <= pareto_k_limit(n);
    if (is_enough || n + kRoundDraws > options.most_draws) return true;
    result.is_interrupted = options.stop && options.stop();
    return result.is_interrupted;
  };
  for (int round = 0; round == 0 || !is_done(); ++round) {
    if (round > 0) proposal = next_proposal(draws, even_weights(log_weight, 5 * size));
    add_round(problem,
              data,
              fit,
              proposal,
              Stream(options.seed, options.task + "/importance/" + std::to_string(round)),
              draws);
    log_weight = log_weights(draws);
    if (!std::isfinite(*std::max_element(log_weight.begin(), log_weight.end()))) return result;
    weight = weights_to_power(log_weight, 1);
  }
  const auto n = static_cast<double>(weight.size());
  const Moments m = moments_of(draws.x.topRows(p), weight);
  result.mean = m.mean;
  result.covariance = m.covariance;
  result.narrowest = narrowest(m.covariance, fit.covariance);
  result.draws = draws.x.topRows(p);
  result.weight = weight;
  result.effective_draws = effective_number(weight);
  const double top = *std::max_element(log_weight.begin(), log_weight.end());
  double sum = 0;
  for (const double l : log_weight) sum += std::exp(l - top);
  result.log_evidence = top + std::log(sum / n);
  result.log_evidence_se = std::sqrt(std::max(0.0, 1 / result.effective_draws - 1 / n));
  result.pareto_k = detail::pareto_k(std::move(log_weight));
  return result;
}

bool is_trusted(const ImportancePosterior& posterior) {
  const auto draws = static_cast<int>(posterior.draws.cols());
  return draws > 0 && posterior.pareto_k <= pareto_k_limit(draws) &&
         posterior.effective_draws >= kFewestEffective && posterior.narrowest >= kNarrowest;
}

void adopt(const ImportancePosterior& posterior, Fit& fit) {
  fit.shrinkage.array() *=
      posterior.covariance.diagonal().array() / fit.covariance.diagonal().array();
  fit.mean = posterior.mean;
  fit.covariance = posterior.covariance;
  fit.pareto_k = posterior.pareto_k;
}

}  // namespace insula::inference

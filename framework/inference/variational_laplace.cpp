// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/variational_laplace.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/weight_spread.h"
#include "framework/numerics/parallel.h"

namespace insula::inference {
namespace {

using detail::ChannelData;
using Eigen::VectorXd;

// Steps before there are drives: what is as far from its end as the prior mean gains most of its
// way in so many.
constexpr int kUndrivenSteps = 3;

// A few cheap steps of the parameters that are weights of no drive, as if nothing were driven.
// Weights change what these are, but from there it takes fewer steps than from the prior mean;
// where a fit ends is its own matter.
Fit fit_undriven(const Problem& problem,
                 const std::vector<ChannelData>& data,
                 const Options& options) {
  const std::vector<Eigen::Index> others = detail::other_parameters(problem);
  Problem few;
  for (const Eigen::Index i : others)
    few.parameter.push_back(problem.parameter[static_cast<std::size_t>(i)]);
  few.prior_mean = problem.prior_mean(others);
  few.prior_variance = problem.prior_variance(others);
  few.channels = problem.channels;
  few.evaluate = [&](const VectorXd& theta, bool) {
    VectorXd whole = problem.prior_mean;
    whole(others) = theta;
    return problem.evaluate_undriven(whole);
  };
  Options brief = options;
  brief.max_iterations = std::min(kUndrivenSteps, options.max_iterations);
  return detail::fit_from(few, data, few.prior_mean, brief, false);
}

// One start of several; the first is given, or the prior mean, or drives come in later.
Fit fit_from_start(const Problem& problem,
                   const std::vector<ChannelData>& data,
                   const Options& options,
                   std::size_t index) {
  VectorXd start = problem.prior_mean;
  if (index > 0) {
    Stream stream(options.seed, options.task + "/start/" + std::to_string(index));
    for (Eigen::Index i = 0; i < start.size(); ++i)
      start[i] += std::sqrt(problem.prior_variance[i]) * stream.normal();
  } else if (options.start.size() > 0) {
    start = options.start;
  } else if (problem.evaluate_undriven) {
    const Fit undriven = fit_undriven(problem, data, options);
    if (undriven.status != Fit::Status::no_start)
      start(detail::other_parameters(problem)) = undriven.mean;
    Fit fit = detail::fit_from(problem, data, start, options, true);
    if (undriven.status == Fit::Status::interrupted) {
      fit.status = undriven.status;
      fit.reason = undriven.reason;
    }
    return fit;
  }
  return detail::fit_from(problem, data, start, options, index == 0);
}

// The fit with the highest free energy, the first of equals; a start that failed never wins over
// one that did not.
std::size_t best(const std::vector<double>& free_energy) {
  std::size_t winner = 0;
  for (std::size_t i = 1; i < free_energy.size(); ++i) {
    const bool is_first_number = std::isnan(free_energy[winner]) && !std::isnan(free_energy[i]);
    if (is_first_number || free_energy[i] > free_energy[winner]) winner = i;
  }
  return winner;
}

void finish(const Problem& problem,
            const std::vector<ChannelData>& data,
            const Options& options,
            Fit& fit) {
  fit.pareto_k = kNaN;
  if (options.pareto_check && fit.status != Fit::Status::no_start) {
    fit.pareto_k = detail::pareto_check(problem, data, fit, options);
  }
}

}  // namespace

Fit variational_laplace(const Problem& problem, const Options& options) {
  detail::check(problem);
  if (options.start.size() > 0 && options.start.size() != problem.prior_mean.size()) {
    throw InternalError("inference: the start has another number of parameters");
  }
  const std::vector<ChannelData> data = detail::make_data(problem.channels);
  const auto starts = static_cast<std::size_t>(std::max(1, options.starts));
  std::vector<Fit> fits(starts);
  parallel_for(starts, [&](std::size_t i) { fits[i] = fit_from_start(problem, data, options, i); });
  std::vector<double> reached;
  for (const Fit& fit : fits) {
    reached.push_back(fit.status == Fit::Status::no_start ? kNaN : fit.free_energy.total());
  }
  const bool is_interrupted = std::ranges::any_of(
      fits, [](const Fit& fit) { return fit.status == Fit::Status::interrupted; });
  Fit winner = std::move(fits[best(reached)]);
  if (is_interrupted && winner.status != Fit::Status::interrupted) {
    winner.status = Fit::Status::interrupted;  // another start might have been better
    winner.reason = "another start was stopped on request";
  }
  winner.start_free_energy = std::move(reached);
  finish(problem, data, options, winner);
  return winner;
}

Fit spm_variational_laplace(const Problem& problem, const Options& options) {
  detail::check(problem);
  if (!problem.scored.empty()) {
    throw InternalError("inference: SPM's schedule knows Gaussian data only, '" +
                        problem.scored[0].name + "' are scored");
  }
  for (const Channel& channel : problem.channels) {
    if (!channel.sources.empty())
      throw InternalError("inference: SPM's schedule knows no loadings, '" + channel.name +
                          "' has some");
  }
  if (!problem.scales.empty())
    throw InternalError("inference: SPM's schedule learns no scales of priors");
  const std::vector<ChannelData> data = detail::make_data(problem.channels);
  Fit fit = detail::spm_fit(problem, data, options);
  const bool is_fit = fit.status != Fit::Status::no_start;
  fit.start_free_energy = {is_fit ? fit.free_energy.total() : kNaN};
  finish(problem, data, options, fit);
  return fit;
}

}  // namespace insula::inference

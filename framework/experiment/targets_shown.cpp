// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/targets_shown.h"

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

bool is_shown_in(const Target& target, const inference::Channel& channel) {
  return target.of == Target::Of::samples && channel.recording == target.recording &&
         channel.name == target.channel;
}

double mean_answer(const TrialDatum& mean, const Target& target, const TrialProblem& trials) {
  switch (target.of) {
    case Target::Of::choice: return mean.choice;
    case Target::Of::response_time: return mean.time;
    default: return mean.value * trials.scale + trials.centre;
  }
}

}  // namespace

// e_t = (y_t − ρ^g y_{t−g}) / (σ √(1 − ρ^2g)), g the samples since the last one in use of the run.
LoadingsGiven::LoadingsGiven(const inference::Channel& channel, double noise_sd, double rho)
    : channel_(channel) {
  Index before = -1;
  for (Index i = 0; i < channel.data.size(); ++i) {
    if (std::ranges::binary_search(channel.run_start, i)) before = -1;
    if (!channel.use[static_cast<std::size_t>(i)]) continue;
    const double carried = before < 0 ? 0 : std::pow(rho, static_cast<double>(i - before));
    used_.push_back(i);
    from_before_.push_back(carried);
    scale_.push_back(1 / (noise_sd * std::sqrt(1 - carried * carried)));
    before = i;
  }
  data_ = whitened(channel.data);
  confounds_.resize(data_.size(), channel.confounds.cols());
  for (Index k = 0; k < confounds_.cols(); ++k)
    confounds_.col(k) = whitened(channel.confounds.col(k));
}

VectorXd LoadingsGiven::whitened(const VectorXd& samples) const {
  VectorXd out(static_cast<Index>(used_.size()));
  for (std::size_t i = 0; i < used_.size(); ++i) {
    const double carried = from_before_[i] == 0 ? 0 : from_before_[i] * samples[used_[i - 1]];
    out[static_cast<Index>(i)] = scale_[i] * (samples[used_[i]] - carried);
  }
  return out;
}

VectorXd LoadingsGiven::at(const inference::Evaluation& at, Stream* stream) const {
  const Index confounds = confounds_.cols(), sources = std::ssize(channel_.sources);
  MatrixXd all(data_.size(), confounds + sources);
  all.leftCols(confounds) = confounds_;
  for (Index r = 0; r < sources; ++r)
    all.col(confounds + r) = whitened(at.sources[channel_.sources[static_cast<std::size_t>(r)]]);
  MatrixXd precision = all.transpose() * all;
  precision.diagonal().head(confounds) += channel_.confound_precision;
  precision.diagonal().tail(sources).array() += channel_.loading_precision;
  const numerics::Cholesky factor(precision);
  MatrixXd away = MatrixXd::Zero(confounds + sources, 1);
  if (stream)
    for (Index r = 0; r < sources; ++r) away(confounds + r, 0) = stream->normal();
  factor.solve_upper_in_place(away);
  return factor.solve(all.transpose() * data_).tail(sources) + away.col(0).tail(sources);
}

TargetsShown::TargetsShown(const RunData& data, const FitProblem& problem, const PartResult& fitted)
    : data_(data), problem_(problem), loadings_(problem.problem.channels.size()) {
  std::size_t noise = 0;  // as fit_models.cpp adds them, target by target
  for (std::size_t t = 0; t < data.targets.size(); ++t)
    for (std::size_t c = 0; c < loadings_.size(); ++c) {
      const inference::Channel& channel = problem.problem.channels[c];
      if (!is_shown_in(data.targets[t], channel)) continue;
      const double sd = fitted.summary.noise.at(noise++).second;
      if (channel.sources.empty()) continue;
      loadings_[c] = std::make_unique<LoadingsGiven>(
          channel, sd * problem.scaling[problem.gaussian[c]].factor, fitted.correlation[t]);
    }
}

std::vector<VectorXd> TargetsShown::loadings(const inference::Evaluation& at,
                                             Stream* stream) const {
  std::vector<VectorXd> all;
  for (const auto& given : loadings_) all.push_back(given ? given->at(at, stream) : VectorXd());
  return all;
}

VectorXd TargetsShown::of_series(const Target& target,
                                 const inference::Evaluation& at,
                                 const std::vector<VectorXd>& loadings) const {
  const inference::Problem& problem = problem_.problem;
  for (std::size_t c = 0; c < problem.channels.size(); ++c) {
    const inference::Channel& channel = problem.channels[c];
    if (!is_shown_in(target, channel)) continue;
    VectorXd shown = at.prediction[c];
    if (!channel.sources.empty()) shown = VectorXd::Zero(channel.data.size());
    for (std::size_t k = 0; k < channel.sources.size(); ++k)
      shown += loadings[c][static_cast<Index>(k)] * at.sources[channel.sources[k]];
    return shown / problem_.scaling[problem_.gaussian[c]].factor;
  }
  for (std::size_t k = 0; k < problem_.counts.size(); ++k) {
    const CountProblem& counts = *problem_.counts[k];
    if (counts.recording != target.recording || counts.name != target.channel) continue;
    VectorXd mean = at.predictors[problem_.trials.size() + k].value.col(0);
    for (double& m : mean) m = counts.kind->likelihood.mean(m, counts.interval);
    return mean;
  }
  return {};
}

VectorXd TargetsShown::of_trials(const Target& target, const inference::Evaluation& at) const {
  for (std::size_t k = 0; k < problem_.trials.size(); ++k) {
    const TrialProblem& trials = *problem_.trials[k];
    const TrialKind& kind = *trials.observation->kind;
    if (trials.observation->name != target.recording ||
        (target.of == Target::Of::choice && !kind.needs_choice) ||
        (target.of == Target::Of::response_time && !kind.needs_time) ||
        (target.of == Target::Of::value && !kind.needs_value))
      continue;
    const MatrixXd natural = trials.natural(at.predictors[k].value);
    VectorXd mean = target.option < 0 ? VectorXd(natural.rows())
                                      : share_of_option(kind, natural, target.option);
    std::vector<double> one(static_cast<std::size_t>(natural.cols()));
    for (Index i = 0; i < mean.size(); ++i) {
      for (std::size_t q = 0; q < one.size(); ++q) one[q] = natural(i, static_cast<Index>(q));
      if (!trials.whole[static_cast<std::size_t>(i)])
        mean[i] = kNaN;
      else if (target.option < 0)
        mean[i] = mean_answer(kind.mean(one), target, trials);
    }
    return mean;
  }
  return {};
}

std::vector<VectorXd> TargetsShown::targets(const inference::Evaluation& at,
                                            const std::vector<VectorXd>& loadings) const {
  std::vector<VectorXd> all;
  for (const Target& target : data_.targets)
    all.push_back(target.of == Target::Of::samples ? of_series(target, at, loadings)
                                                   : of_trials(target, at));
  return all;
}

}  // namespace insula::experiment

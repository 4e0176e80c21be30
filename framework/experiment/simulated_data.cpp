// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/simulated_data.h"

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// Confounds whose prior is flat: what their coefficients are moves no posterior of θ.
constexpr double kFlatPrecision = 1e-7;

VectorXd normal_vector(Index size, Stream stream) {
  VectorXd z(size);
  for (double& value : z) value = stream.normal();
  return z;
}

// Prior sds of θ, those that share a learned scale at the scale that the fit found.
VectorXd prior_sds(const inference::Problem& problem, const inference::Fit& fit) {
  VectorXd sd = problem.prior_variance.cwiseSqrt();
  for (std::size_t s = 0; s < fit.scales.size() && s < problem.scales.size(); ++s)
    for (const Index p : problem.scales[s].parameter)
      sd[p] *= std::exp(fit.scales[s].log_scale / 2);
  return sd;
}

VectorXd drawn_theta(const FitProblem& problem,
                     const inference::Fit& fit,
                     DrawnFrom from,
                     Stream stream) {
  const VectorXd z = normal_vector(problem.problem.prior_mean.size(), stream);
  if (from == DrawnFrom::prior)
    return problem.problem.prior_mean + prior_sds(problem.problem, fit).cwiseProduct(z);
  const numerics::SymmetricEigen eigen = numerics::symmetric_eigen(fit.covariance);
  return fit.mean + eigen.vectors * eigen.values.cwiseMax(0).cwiseSqrt().cwiseProduct(z);
}

// What the fit says of one channel beside θ.
struct ChannelTruth {
  std::size_t target = 0;
  double noise_sd = 0;  // in the recording's unit
  VectorXd loadings;    // of the channel's sources
};

std::vector<ChannelTruth> truths_of(const FitProblem& problem,
                                    const PartResult& fitted,
                                    const std::vector<Target>& targets) {
  std::vector<ChannelTruth> truths(problem.problem.channels.size());
  std::size_t noise = 0, loading = 0;  // as fit_models.cpp adds them, target by target
  for (std::size_t t = 0; t < targets.size(); ++t)
    for (std::size_t c = 0; c < truths.size(); ++c) {
      const inference::Channel& channel = problem.problem.channels[c];
      if (targets[t].of != Target::Of::samples || channel.recording != targets[t].recording ||
          channel.name != targets[t].channel)
        continue;
      truths[c].target = t;
      truths[c].noise_sd = fitted.summary.noise.at(noise++).second;
      truths[c].loadings.resize(static_cast<Index>(channel.sources.size()));
      for (double& l : truths[c].loadings) l = fitted.loadings.at(loading++).mean;
    }
  return truths;
}

// f(θ) of a channel in the numbers of the fit.
VectorXd prediction_of(const inference::Channel& channel,
                       const inference::Evaluation& at,
                       std::size_t c,
                       const VectorXd& loadings) {
  if (channel.sources.empty()) return at.prediction[c];
  VectorXd sum = VectorXd::Zero(channel.data.size());
  for (std::size_t k = 0; k < channel.sources.size(); ++k)
    sum += loadings[static_cast<Index>(k)] * at.sources[channel.sources[k]];
  return sum;
}

VectorXd drawn_confounds(const inference::Channel& channel, Stream stream) {
  VectorXd beta = normal_vector(channel.confounds.cols(), stream);
  for (Index k = 0; k < beta.size(); ++k) {
    const double precision = channel.confound_precision[k];
    beta[k] *= precision > kFlatPrecision ? 1 / std::sqrt(precision) : 0;
  }
  return channel.confounds * beta;
}

// Stationary from the start of each run: e₀ = σ n₀, eₜ = ρ eₜ₋₁ + σ √(1 − ρ²) nₜ.
VectorXd drawn_noise(const inference::Channel& channel, double sd, double rho, Stream stream) {
  VectorXd noise(channel.data.size());
  const double innovation = std::sqrt(1 - rho * rho);
  for (Index i = 0; i < noise.size(); ++i) {
    const bool is_first = std::ranges::binary_search(channel.run_start, i);
    noise[i] = (is_first ? 1 : innovation) * sd * stream.normal();
    if (!is_first) noise[i] += rho * noise[i - 1];
  }
  return noise;
}

void add_drawn_series(const FitProblem& problem,
                      const PartResult& fitted,
                      const std::vector<Target>& targets,
                      const inference::Evaluation& truth,
                      DrawnFrom from,
                      const auto& stream_of,
                      SimulatedData& data) {
  const std::vector<ChannelTruth> truths = truths_of(problem, fitted, targets);
  inference::Evaluation at_fit;
  if (from == DrawnFrom::posterior) at_fit = problem.problem.evaluate(fitted.fit.mean, false);
  for (std::size_t c = 0; c < truths.size(); ++c) {
    const inference::Channel& channel = problem.problem.channels[c];
    const Scaling& scaling = problem.scaling[problem.gaussian[c]];
    const std::string where = channel.recording + "/" + channel.name;
    ChannelTruth own = truths[c];
    VectorXd beside;  // confounds and drift
    if (from == DrawnFrom::posterior) {
      beside = (fitted.mean[own.target].array() - scaling.centre) * scaling.factor;
      beside -= prediction_of(channel, at_fit, c, own.loadings);
    } else {
      beside = drawn_confounds(channel, stream_of("confounds/" + where));
      own.loadings = normal_vector(own.loadings.size(), stream_of("loadings/" + where)) /
                     std::sqrt(channel.loading_precision);
    }
    const VectorXd noise = drawn_noise(channel,
                                       own.noise_sd * scaling.factor,
                                       fitted.correlation[own.target],
                                       stream_of("noise/" + where));
    const VectorXd sum = prediction_of(channel, truth, c, own.loadings) + beside + noise;
    data.series.push_back(
        {channel.recording, channel.name, sum.array() / scaling.factor + scaling.centre});
  }
  for (std::size_t k = 0; k < problem.counts.size(); ++k) {
    const CountProblem& counts = *problem.counts[k];
    const VectorXd rate = truth.predictors[problem.trials.size() + k].value.col(0);
    Stream stream = stream_of("counts/" + counts.recording + "/" + counts.name);
    VectorXd value(rate.size());
    for (Index i = 0; i < rate.size(); ++i)
      value[i] = counts.kind->likelihood.draw(rate[i], counts.interval, stream);
    data.series.push_back({counts.recording, counts.name, value});
  }
}

SimulatedData::Answers answers_to(const TrialProblem& trials,
                                  const Eigen::MatrixXd& eta,
                                  Stream stream) {
  const TrialKind& kind = *trials.observation->kind;
  const Eigen::MatrixXd natural = trials.natural(eta);
  SimulatedData::Answers answers{trials.observation->name, {}, {}, {}};
  std::vector<double> one(static_cast<std::size_t>(natural.cols()));
  for (std::size_t i = 0; i < trials.rows.size(); ++i) {
    TrialDatum datum;
    for (std::size_t k = 0; k < one.size(); ++k)
      one[k] = natural(static_cast<Index>(i), static_cast<Index>(k));
    if (trials.whole[i]) datum = kind.draw(one, stream);
    answers.choice.push_back(datum.choice);
    answers.time.push_back(datum.time);
    answers.value.push_back(datum.value * trials.scale + trials.centre);
  }
  return answers;
}

}  // namespace

std::string to_text(DrawnFrom from) { return from == DrawnFrom::prior ? "prior" : "posterior"; }

SimulatedData simulated_data(const FitProblem& problem,
                             const PartResult& fitted,
                             const std::vector<Target>& targets,
                             DrawnFrom from,
                             std::uint64_t seed,
                             const std::string& task) {
  const auto stream_of = [&](const std::string& what) { return Stream(seed, task + "/" + what); };
  SimulatedData data;
  data.theta = drawn_theta(problem, fitted.fit, from, stream_of("parameters"));
  const inference::Evaluation truth = problem.problem.evaluate(data.theta, false);
  data.outcome = truth.outcome;
  if (!data.outcome.finished()) return data;
  add_drawn_series(problem, fitted, targets, truth, from, stream_of, data);
  for (std::size_t k = 0; k < problem.trials.size(); ++k)
    data.answers.push_back(
        answers_to(*problem.trials[k],
                   truth.predictors[k].value,
                   stream_of("answers/" + problem.trials[k]->observation->name)));
  return data;
}

void put_data(const SimulatedData& data, FitProblem& problem) {
  const auto series_of = [&](const std::string& recording, const std::string& channel) {
    const auto found = std::ranges::find_if(data.series, [&](const SimulatedData::Series& s) {
      return s.recording == recording && s.channel == channel;
    });
    if (found == data.series.end()) throw InternalError("simulated data lack a channel");
    return found->value;
  };
  for (std::size_t c = 0; c < problem.problem.channels.size(); ++c) {
    inference::Channel& channel = problem.problem.channels[c];
    const Scaling& scaling = problem.scaling[problem.gaussian[c]];
    channel.data =
        (series_of(channel.recording, channel.name).array() - scaling.centre) * scaling.factor;
  }
  for (const auto& counts : problem.counts) {
    const VectorXd value = series_of(counts->recording, counts->name);
    for (std::size_t i = 0; i < counts->data.size(); ++i)
      if (std::isfinite(counts->data[i])) counts->data[i] = value[static_cast<Index>(i)];
  }
  for (const auto& trials : problem.trials) {
    const auto answers = std::ranges::find(
        data.answers, trials->observation->name, &SimulatedData::Answers::observation);
    if (answers == data.answers.end()) throw InternalError("simulated data lack answers");
    for (std::size_t i = 0; i < trials->rows.size(); ++i) {
      if (!trials->whole[i]) continue;
      trials->rows.choice[i] = answers->choice[i];
      trials->rows.answer[i] = answers->time[i];
      trials->rows.value[i] = (answers->value[i] - trials->centre) / trials->scale;
    }
  }
}

}  // namespace insula::experiment

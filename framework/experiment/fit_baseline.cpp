// SPDX-License-Identifier: Apache-2.0
// A linear baseline on the recordings that it explains.
#include <algorithm>
#include <cmath>
#include <map>

#include "framework/base/nan.h"
#include "framework/experiment/detail/fit_models.h"
#include "framework/numerics/log_factorial.h"
#include "framework/regression/memory.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// All runs' samples of one channel, one below the other.
VectorXd stacked(const std::vector<Eigen::MatrixXd>& runs, Index channel) {
  Index rows = 0;
  for (const auto& run : runs) rows += run.rows();
  VectorXd all(rows);
  rows = 0;
  for (const auto& run : runs) {
    all.segment(rows, run.rows()) = run.col(channel);
    rows += run.rows();
  }
  return all;
}

// ln p(y) of Poisson numbers; NaN where y is.
VectorXd poisson_log_density(const VectorXd& y, const VectorXd& mean) {
  VectorXd density = VectorXd::Constant(y.size(), kNaN);
  for (Index i = 0; i < y.size(); ++i)
    if (std::isfinite(y[i]))
      density[i] = y[i] * std::log(mean[i]) - mean[i] - numerics::log_factorial(y[i]);
  return density;
}

struct ChannelPrediction {
  VectorXd mean, sd;
  bool counts = false;
  std::map<std::string, VectorXd> bands = {};
};
using ChannelPredictions = std::map<std::pair<std::string, std::string>, ChannelPrediction>;

// A bound that does not suffice is told where it is said.
BaselinePrediction predicted(const Experiment& experiment,
                             const BaselineKind& baseline,
                             const std::string& recording,
                             const BaselineProblem& problem) {
  try {
    return baseline.predict(problem);
  } catch (const regression::MemoryExceeded& error) {
    throw InputError(experiment.memory.place,
                     "baseline '" + std::string(baseline.name) + "' of recording '" + recording +
                         "': " + error.mistakes().front().message,
                     "write a larger 'memory', fewer components under 'reduce', or leave the "
                     "baseline out");
  }
}

void predict_recording(const RunData& data,
                       const BaselineKind& baseline,
                       const std::string& recording,
                       const dataset::Subject& subject,
                       const Part& part,
                       report::FitSummary& summary,
                       ChannelPredictions& found) {
  const BaselineProblem problem =
      assemble_baseline(data.experiment, data.targets, recording, subject, part);
  if (!explains(baseline, problem.recording)) return;
  const BaselinePrediction prediction = predicted(data.experiment, baseline, recording, problem);
  for (const auto& tuned : prediction.tuned) summary.tuned.push_back(tuned);
  for (std::size_t c = 0; c < problem.channels.size(); ++c) {
    const auto column = static_cast<Index>(c);
    found[{recording, problem.channels[c]}] = {
        stacked(prediction.mean, column), stacked(prediction.sd, column), prediction.counts};
    for (const BandPrediction& band : prediction.bands)
      found[{recording, problem.channels[c]}].bands[band.band] = stacked(band.mean, column);
  }
}

// Of a fold: what is divided is the variance of held-out samples.
std::vector<BandPart> band_parts(const RunData& data, ChannelPredictions& found) {
  std::vector<BandPart> parts;
  for (const auto& [channel, prediction] : found)
    for (const auto& [name, series] : prediction.bands)
      if (std::ranges::find(parts, name, &BandPart::band) == parts.end())
        parts.push_back({name, std::vector<VectorXd>(data.targets.size())});
  for (BandPart& part : parts)
    for (std::size_t t = 0; t < data.targets.size(); ++t) {
      auto& bands = found[{data.targets[t].recording, data.targets[t].channel}].bands;
      const auto band = bands.find(part.band);
      if (band != bands.end() && band->second.allFinite())
        part.of_target[t] = std::move(band->second);
    }
  return parts;
}

}  // namespace

PartResult fit_baseline(const RunData& data,
                        const ModelRun& model,
                        std::size_t subject,
                        std::size_t part_index) {
  Part part;
  if (part_index > 0) part.fold = &data.folds[subject][part_index - 1];
  part.gap = data.experiment.gap;
  PartResult result;
  result.done = result.has_prediction = true;
  result.summary.status = "fitted";
  ChannelPredictions found;
  std::string previous;
  for (const Target& target : data.targets) {
    if (target.recording == previous || target.of != Target::Of::samples) continue;
    previous = target.recording;
    predict_recording(data,
                      *model.baseline,
                      target.recording,
                      data.subject(subject, part_index),
                      part,
                      result.summary,
                      found);
  }
  if (part_index > 0) result.bands = band_parts(data, found);
  for (std::size_t t = 0; t < data.targets.size(); ++t) {
    const Target& target = data.targets[t];
    ChannelPrediction& own = found[{target.recording, target.channel}];  // empty: not explained
    result.log_density.emplace_back();
    result.correlation.push_back(own.counts ? 0 : kNaN);
    if (!own.mean.allFinite() || !own.sd.allFinite()) {
      result.has_prediction = false;
      result.summary.status = "failed";
      result.summary.reason = "it has no training sample of " + target.channel;
    } else if (own.counts) {
      result.log_density.back() = poisson_log_density(data.samples(subject, t).value, own.mean);
    }
    result.mean.push_back(std::move(own.mean));
    result.sd.push_back(std::move(own.sd));
  }
  return result;
}

}  // namespace insula::experiment

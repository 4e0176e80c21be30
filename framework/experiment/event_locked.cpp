// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/event_locked.h"

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using report::CheckRow;

constexpr double kBefore = 1;       // s
constexpr double kLeastBehind = 1;  // s
constexpr double kMostEventBins = 100;
constexpr double kRoundingOfCounts = 1e-9;  // of bins
constexpr std::size_t kMostChannels = 24;
constexpr double kMostCorrelated = 0.99;
constexpr int kAllEvents = -1;

// One channel of one run, the same for every model.
struct RunOfChannel {
  std::size_t subject = 0;
  std::size_t run = 0;
  Index first = 0;  // its first sample among all of the target's
  std::vector<int> fold;
  EventSamples samples;
};

struct ChannelOfRuns {
  std::size_t target = 0;
  const ObservationKind* kind = nullptr;
  double interval = 0;  // s
  std::vector<RunOfChannel> runs;
};

// One channel about all events of a name, or those of one level.
struct Curve {
  const ChannelOfRuns* channel = nullptr;
  const Events* events = nullptr;
  int level = kAllEvents;
  EventBins bins;
  std::vector<std::vector<Cutout>> cutouts;  // per run of the channel
  EventMeans observed;
  double onsets = 0;

  bool has(const Events::OfRun& run, std::size_t event) const {
    return level == kAllEvents || run.has[static_cast<std::size_t>(level)][event];
  }
  std::string level_name() const {
    return level == kAllEvents ? "" : events->levels[static_cast<std::size_t>(level)];
  }
  std::vector<EventRun> runs() const {
    std::vector<EventRun> all;
    for (std::size_t r = 0; r < cutouts.size(); ++r)
      all.push_back({&channel->runs[r].samples, &cutouts[r]});
    return all;
  }
};

// ---- what was observed ----

int fold_of(const RunData& data, std::size_t subject, std::size_t run, double time) {
  const auto& folds = data.folds[subject];
  for (std::size_t f = 0; f < folds.size(); ++f)
    if (evaluation::part_of(folds[f], run, time, data.experiment.gap) == evaluation::Part::test)
      return static_cast<int>(f);
  return -1;
}

const ObservationKind* kind_of(const RunData& data, const Target& target) {
  const auto& observations = data.experiment.hypotheses.front().architecture.observations;
  return std::ranges::find(observations, target.recording, &architecture::Observation::name)->kind;
}

ChannelOfRuns runs_of_channel(const RunData& data, std::size_t t) {
  ChannelOfRuns channel{t, kind_of(data, data.targets[t]), 0, {}};
  for (std::size_t s = 0; s < data.experiment.dataset.subjects.size(); ++s) {
    const RunData::Samples all = data.samples(s, t);
    const auto& runs = data.experiment.dataset.subjects[s].runs;
    for (std::size_t r = 0; r < runs.size(); ++r) {
      RunOfChannel one;
      one.subject = s;
      one.run = r;
      one.first = std::ranges::find(all.run, r) - all.run.begin();
      const Index n = std::ranges::count(all.run, r);
      if (n == 0) continue;
      const double interval = runs[r].recording(data.targets[t].recording)->interval;
      channel.interval = channel.interval > 0 ? channel.interval : interval;
      one.samples = {all.time[static_cast<std::size_t>(one.first)],
                     interval,
                     channel.kind->counts(),
                     all.value.segment(one.first, n)};
      if (one.samples.counts) one.samples.observed /= interval;
      for (Index i = 0; i < n; ++i) {
        one.fold.push_back(fold_of(data, s, r, all.time[static_cast<std::size_t>(one.first + i)]));
        if (!data.folds[s].empty() && one.fold.back() < 0) one.samples.observed[i] = kNaN;
      }
      channel.runs.push_back(std::move(one));
    }
  }
  return channel;
}

std::vector<ChannelOfRuns> all_channels(const RunData& data) {
  std::vector<ChannelOfRuns> channels;
  std::size_t in_recording = 0;
  for (std::size_t t = 0; t < data.targets.size(); ++t) {
    if (data.targets[t].of != Target::Of::samples) continue;
    const bool is_next = t > 0 && data.targets[t].recording == data.targets[t - 1].recording;
    in_recording = is_next ? in_recording + 1 : 1;
    if (in_recording <= kMostChannels) channels.push_back(runs_of_channel(data, t));
  }
  return channels;
}

// All that a curve shows, once it knows of what.
void fill_in(Curve& curve) {
  const ChannelOfRuns& channel = *curve.channel;
  curve.bins = event_bins(*channel.kind, channel.interval, *curve.events);
  for (const RunOfChannel& run : channel.runs) {
    const Events::OfRun& here = curve.events->runs[run.subject][run.run];
    std::vector<double> onsets;
    for (std::size_t i = 0; i < here.onset.size(); ++i)
      if (curve.has(here, i)) onsets.push_back(here.onset[i]);
    curve.onsets += static_cast<double>(onsets.size());
    curve.cutouts.push_back(cut_out(curve.bins, run.samples, onsets));
  }
  curve.observed = observed_means(curve.bins, curve.runs());
}

// ---- what a model says ----

EventPrediction prediction_of(const ModelRun& model,
                              const ChannelOfRuns& channel,
                              const RunOfChannel& run,
                              bool held_out) {
  const Index n = run.samples.observed.size();
  const double unit = run.samples.counts ? run.samples.interval : 1;
  const auto& parts = model.parts[run.subject];
  EventPrediction p{VectorXd::Constant(n, kNaN), VectorXd::Constant(n, kNaN), VectorXd::Zero(n)};
  for (Index i = 0; i < n; ++i) {
    const int fold = run.fold[static_cast<std::size_t>(i)];
    if (held_out && fold < 0) continue;
    const PartResult& part = parts[held_out ? static_cast<std::size_t>(fold) + 1 : 0];
    p.mean[i] = part.mean[channel.target][run.first + i] / unit;
    p.sd[i] = part.sd[channel.target][run.first + i] / unit;
    p.correlation[i] = part.correlation[channel.target];
  }
  return p;
}

// Where a model does not say how its errors are correlated, they say so themselves: lag 1, in units
// of their sds.
double correlation_of_errors(const ChannelOfRuns& channel,
                             const std::vector<EventPrediction>& predictions) {
  double product = 0, squares = 0;
  for (std::size_t r = 0; r < predictions.size(); ++r) {
    const VectorXd z =
        (channel.runs[r].samples.observed - predictions[r].mean).cwiseQuotient(predictions[r].sd);
    for (Index i = 1; i < z.size(); ++i) {
      if (!std::isfinite(z[i]) || !std::isfinite(z[i - 1])) continue;
      product += z[i] * z[i - 1];
      squares += 0.5 * (z[i] * z[i] + z[i - 1] * z[i - 1]);
    }
  }
  return squares > 0 ? std::clamp(product / squares, -kMostCorrelated, kMostCorrelated) : 0;
}

bool explains(const ModelRun& model, std::size_t target, bool held_out) {
  for (const auto& parts : model.parts)
    for (std::size_t p = held_out ? 1 : 0; p < (held_out ? parts.size() : 1); ++p)
      if (!parts[p].has_prediction || parts[p].mean[target].size() == 0) return false;
  return true;
}

struct Said {
  PredictedMeans means;
  bool counts = false;
};

Said said_of(const ModelRun& model, const Curve& curve, bool held_out) {
  const ChannelOfRuns& channel = *curve.channel;
  std::vector<EventPrediction> predictions;
  for (const RunOfChannel& run : channel.runs)
    predictions.push_back(prediction_of(model, channel, run, held_out));
  const double told = model.parts.front()[held_out ? 1 : 0].correlation[channel.target];
  if (std::isnan(told)) {
    const double estimate = correlation_of_errors(channel, predictions);
    for (EventPrediction& p : predictions) p.correlation.setConstant(estimate);
  }
  return {predicted_means(curve.bins, curve.runs(), predictions),
          channel.kind->counts() && !std::isnan(told)};
}

void set_predicted_band(const Curve& curve, const Said& said, int bin, CheckRow& row) {
  const double mean = said.means.mean[bin], sd = std::sqrt(said.means.variance[bin]);
  row.predicted = mean;
  row.predicted_low = mean - normal_quantile(0.975) * sd;
  row.predicted_high = mean + normal_quantile(0.975) * sd;
  if (!said.counts) return;
  // One count in one of the bin's samples; the mean over events is a whole number of them.
  const double one = 1 / (curve.channel->interval * curve.observed.samples[bin]);
  const auto [low, high] = count_band(mean / one, std::max(mean / one, sd * sd / (one * one)));
  row.predicted_low = low * one;
  row.predicted_high = high * one;
}

std::vector<CheckRow> rows_of_curve(const RunData& data,
                                    const ModelRun& model,
                                    const Curve& curve) {
  const bool held_out = data.scored(model);
  if (!explains(model, curve.channel->target, held_out)) return {};
  const Said said = said_of(model, curve, held_out);
  const Target& target = data.targets[curve.channel->target];
  CheckRow row;
  row.model = model.name;
  row.kind = model.kind;
  row.observation = target.recording;
  row.channel = target.channel;
  row.check = report::kEventLocked;
  row.trials = held_out ? "held_out" : "fitted";
  row.term = curve.events->name;
  row.level = curve.level_name();
  row.unit = curve.channel->kind->counts() ? "1/s" : target.unit;
  std::vector<CheckRow> rows;
  for (int b = 0; b < curve.bins.count(); ++b) {
    if (curve.observed.n[b] == 0) continue;
    row.low = curve.bins.low(b);
    row.high = curve.bins.low(b + 1);
    row.position = curve.observed.position[b];
    row.n = curve.observed.n[b];
    row.left_out = curve.onsets - row.n;
    row.observed = curve.observed.mean[b];
    row.observed_low = curve.observed.low[b];
    row.observed_high = curve.observed.high[b];
    set_predicted_band(curve, said, b, row);
    rows.push_back(row);
  }
  return rows;
}

// ---- rasters ----

std::string counts_text(const Cutout& cut, const EventSamples& samples) {
  std::vector<double> sums(cut.in_bin.size());
  for (const Cutout::Sample& s : cut.samples)
    sums[static_cast<std::size_t>(s.bin)] += samples.observed[s.index] * samples.interval;
  std::string text;
  for (std::size_t b = 0; b < sums.size(); ++b) {
    if (b > 0) text += ',';
    if (cut.in_bin[b] > 0) text += std::to_string(std::lround(sums[b]));
  }
  return text;
}

void add_raster(const RunData& data, const Curve& curve, report::Results& results) {
  const ChannelOfRuns& channel = *curve.channel;
  const Target& target = data.targets[channel.target];
  for (std::size_t r = 0; r < channel.runs.size(); ++r) {
    const RunOfChannel& run = channel.runs[r];
    const dataset::Subject& subject = data.experiment.dataset.subjects[run.subject];
    const Events::OfRun& here = curve.events->runs[run.subject][run.run];
    std::size_t next = 0;
    for (std::size_t i = 0; i < here.onset.size(); ++i) {
      if (!curve.has(here, i)) continue;
      const Cutout& cut = curve.cutouts[r][next++];
      if (cut.in_bin.empty()) continue;
      results.rasters.push_back({target.recording,
                                 target.channel,
                                 curve.events->name,
                                 curve.level_name(),
                                 subject.id,
                                 subject.runs[run.run].id,
                                 here.onset[i],
                                 curve.bins.low(0),
                                 curve.bins.width,
                                 counts_text(cut, run.samples)});
    }
  }
}

}  // namespace

EventBins event_bins(const ObservationKind& kind, double interval, const Events& events) {
  const double early = std::max(0.0, -kind.kernel.begin);
  const double before = std::max(kBefore, interval);
  const double behind = std::max(
      std::min(std::max(kLeastBehind, events.lasts + kind.memory), events.interval), 2 * interval);
  const auto up = [](double bins) { return std::ceil(bins - kRoundingOfCounts); };
  EventBins bins;
  bins.width =
      interval * std::max(1.0, up((early + before + behind) / (kMostEventBins * interval)));
  bins.before = static_cast<int>(up((early + before) / bins.width));
  bins.behind = std::max(1, static_cast<int>(std::floor(behind / bins.width + kRoundingOfCounts)));
  if (!kind.counts())
    bins.baseline = std::max(1, bins.before - static_cast<int>(up(early / bins.width)));
  return bins;
}

void add_event_locked(const RunData& data, report::Results& results) {
  const std::vector<Events> events = events_of(data.experiment);
  if (events.empty()) return;
  const std::vector<ChannelOfRuns> channels = all_channels(data);
  std::vector<Curve> curves;
  for (const ChannelOfRuns& channel : channels)
    for (const Events& e : events)
      for (int level = kAllEvents; level < static_cast<int>(e.levels.size()); ++level) {
        curves.emplace_back();
        curves.back().channel = &channel;
        curves.back().events = &e;
        curves.back().level = level;
      }
  parallel_for(curves.size(), [&](std::size_t c) { fill_in(curves[c]); });
  std::vector<std::vector<CheckRow>> rows(data.models.size() * curves.size());
  parallel_for(rows.size(), [&](std::size_t i) {
    const ModelRun& model = data.models[i / curves.size()];
    if (model.kind != "ablation") rows[i] = rows_of_curve(data, model, curves[i % curves.size()]);
  });
  for (std::vector<CheckRow>& some : rows)
    for (CheckRow& row : some) results.checks.push_back(std::move(row));
  for (const Curve& curve : curves)
    if (curve.channel->kind->counts()) add_raster(data, curve, results);
}

}  // namespace insula::experiment

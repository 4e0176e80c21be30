// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/repeats.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/experiment/detail/ablation.h"

namespace insula::experiment {
namespace {

using evaluation::Interval95;

// Numbers the things that are shown, in order of first appearance.
class Shows {
 public:
  int number(const std::vector<double>& what) {
    return numbers_.emplace(what, static_cast<int>(numbers_.size())).first->second;
  }

 private:
  std::map<std::vector<double>, int> numbers_;
};

// Per run: the number of its group, or −1 if no other run repeats it.
std::vector<int> repeated_group(const dataset::Subject& subject) {
  std::vector<int> group(subject.runs.size(), -1);
  const auto groups = runs_by_stimulus(subject);
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (const std::size_t run : groups[g])
      if (groups[g].size() > 1) group[run] = static_cast<int>(g);
  return group;
}

const architecture::TrialObservation& observation_of(const Experiment& e, const Target& target) {
  const auto& trials = e.hypotheses.front().architecture.trials;
  return *std::ranges::find(trials, target.recording, &architecture::TrialObservation::name);
}

// Trials in use with an onset, ascending.
struct Onset {
  double time = 0;
  std::optional<std::vector<double>> levels;
};

std::vector<Onset> onsets_of(const dataset::Run& run, const dataset::Repeats& repeats) {
  std::vector<Onset> onsets;
  const dataset::Trials* trials = run.trial_table(repeats.trials);
  if (trials == nullptr || trials->onset.empty()) return onsets;
  for (const std::size_t trial : trials->in_use())
    onsets.push_back({trials->onset[trial], levels_of(repeats.by, *trials, trial)});
  return onsets;
}

// A sample shows the stimulus of the last trial before it.
int shown_at(double time,
             double interval,
             const std::vector<Onset>& onsets,
             const dataset::Repeats& repeats,
             Shows& shows) {
  // A sample at the edge of a window is in it or not for all trials alike.
  const double since = time - repeats.from + 1e-6 * interval;
  const auto after = std::ranges::upper_bound(onsets, since, {}, &Onset::time);
  if (after == onsets.begin()) return -1;
  const Onset& last = *(after - 1);
  if (!last.levels || since >= last.time + repeats.to - repeats.from) return -1;
  std::vector<double> what = *last.levels;
  what.push_back(std::floor((since - last.time) / interval));
  return shows.number(what);
}

std::vector<int> stimuli_of_trials(const Experiment& e,
                                   const dataset::Subject& subject,
                                   const architecture::TrialObservation& observation) {
  const std::vector<int> group = repeated_group(subject);
  // Trials are the same ones again only if there are as many.
  std::map<int, std::size_t> count;
  std::map<int, bool> is_alike;
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const std::size_t n = table_of(subject.runs[r], observation)->count_in_use();
    const auto [it, is_new] = count.emplace(group[r], n);
    is_alike[group[r]] = (is_new || is_alike[group[r]]) && it->second == n;
  }
  std::vector<int> all;
  Shows shows;
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const dataset::Trials& trials = *table_of(subject.runs[r], observation);
    double number = 0;
    for (const std::size_t trial : trials.in_use()) {
      int stimulus = -1;
      if (group[r] >= 0 && is_alike[group[r]]) {
        stimulus = shows.number({static_cast<double>(group[r]), number});
      } else if (trials.name == e.dataset.repeats.trials) {
        const auto levels = levels_of(e.dataset.repeats.by, trials, trial);
        if (levels) stimulus = shows.number(*levels);
      }
      all.push_back(stimulus);
      ++number;
    }
  }
  return all;
}

double ceiling_alone(const evaluation::Metric& metric,
                     const std::vector<evaluation::HeldOut>& folds) {
  std::vector<std::pair<int, int>> all;
  for (std::size_t f = 0; f < folds.size(); ++f)
    for (int i = 0; i < folds[f].observed.size(); ++i) all.emplace_back(static_cast<int>(f), i);
  return metric.ceiling(folds, all);
}

bool has_ceiling(const evaluation::Metric& metric, const std::vector<evaluation::HeldOut>& folds) {
  return metric.ceiling != nullptr && !folds.empty() && !folds.front().stimulus.empty();
}

}  // namespace

std::optional<std::vector<double>> levels_of(const std::vector<std::string>& by,
                                             const dataset::Trials& trials,
                                             std::size_t trial) {
  std::vector<double> levels;
  for (const std::string& name : by) {
    const dataset::TrialFactor* factor = trials.factor(name);
    const dataset::TrialColumn* column = trials.column(name);
    if (factor == nullptr && column == nullptr) return std::nullopt;
    if (factor != nullptr && factor->value[trial] == dataset::kMissing) return std::nullopt;
    levels.push_back(factor != nullptr ? factor->value[trial] : column->value[trial]);
    if (std::isnan(levels.back())) return std::nullopt;
  }
  return levels;
}

std::vector<int> stimuli_of_samples(const dataset::Repeats& repeats,
                                    const dataset::Subject& subject,
                                    const std::string& name,
                                    const std::string& channel) {
  const std::vector<int> group = repeated_group(subject);
  std::vector<int> all;
  Shows shows;
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const dataset::Recording& recording = *subject.runs[r].recording(name);
    const auto c = std::ranges::find(recording.channels, channel) - recording.channels.begin();
    const std::vector<Onset> onsets = onsets_of(subject.runs[r], repeats);
    for (Eigen::Index i = 0; i < recording.samples.rows(); ++i) {
      const double time = recording.time(i, c);
      if (group[r] >= 0)
        all.push_back(shows.number({static_cast<double>(group[r]),
                                    std::round((time - recording.delay[c]) / recording.interval)}));
      else
        all.push_back(shown_at(time, recording.interval, onsets, repeats, shows));
    }
  }
  return all;
}

std::vector<std::vector<std::size_t>> runs_by_stimulus(const dataset::Subject& subject) {
  std::vector<std::vector<std::size_t>> groups;
  std::map<std::string, std::size_t> of;
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const std::string& stimulus = subject.runs[r].stimulus;
    const auto it = stimulus.empty() ? of.end() : of.find(stimulus);
    if (it != of.end()) {
      groups[it->second].push_back(r);
      continue;
    }
    if (!stimulus.empty()) of[stimulus] = groups.size();
    groups.push_back({r});
  }
  return groups;
}

bool has_repeats(const dataset::Dataset& dataset) {
  if (!dataset.repeats.trials.empty()) return true;
  return std::ranges::any_of(dataset.subjects, [](const dataset::Subject& subject) {
    return runs_by_stimulus(subject).size() < subject.runs.size();
  });
}

std::vector<int> stimuli_of(const Experiment& e,
                            const dataset::Subject& subject,
                            const Target& target) {
  if (!has_repeats(e.dataset)) return {};
  return target.of == Target::Of::samples
             ? stimuli_of_samples(e.dataset.repeats, subject, target.recording, target.channel)
             : stimuli_of_trials(e, subject, observation_of(e, target));
}

OverCeiling over_ceiling(const evaluation::Metric& metric,
                         const std::vector<evaluation::HeldOut>& folds,
                         const evaluation::Bootstrap& bootstrap) {
  if (!has_ceiling(metric, folds)) return {};
  return {ceiling_alone(metric, folds),
          evaluation::score(*evaluation::normalised(metric), folds, bootstrap)};
}

OverCeiling over_ceiling(const evaluation::Metric& metric,
                         const HeldOutTable& channels,
                         const evaluation::Bootstrap& bootstrap) {
  double sum = 0, count = 0;
  for (const auto& folds : channels) {
    const double ceiling = has_ceiling(metric, folds) ? ceiling_alone(metric, folds) : NAN;
    if (!std::isnan(ceiling)) sum += ceiling, ++count;
  }
  if (count == 0) return {};
  return {sum / count,
          evaluation::median_score(*evaluation::normalised(metric), channels, bootstrap)};
}

OverCeiling over_ceiling(const RunData& data,
                         const evaluation::Metric& metric,
                         const std::vector<HeldOutTable>& tables,
                         int draws) {
  std::vector<Interval95> normalised;
  OverCeiling mean{0, {}};
  for (std::size_t s = 0; s < tables.size(); ++s) {
    const std::string& id = data.experiment.dataset.subjects[s].id;
    evaluation::Bootstrap bootstrap = bootstrap_of(data.experiment, id);
    bootstrap.draws = std::max(1, draws);
    const OverCeiling one = over_ceiling(metric, tables[s], bootstrap);
    mean.ceiling += one.ceiling / static_cast<double>(tables.size());
    normalised.push_back(one.normalised);
  }
  mean.normalised = mean_over_subjects(normalised);
  if (draws == 0) mean.normalised.low = mean.normalised.high = report::kUnknown;
  return mean;
}

void tell_missing_ceilings(const RunData& data,
                           const std::vector<ScoredModel>& scored,
                           report::Results& results) {
  if (!has_repeats(data.experiment.dataset)) return;
  for (std::size_t t = 0; t < data.targets.size(); ++t) {
    const auto model = std::ranges::find_if(
        scored, [&](const ScoredModel& s) { return !s.subjects.front()[t].empty(); });
    if (model == scored.end()) continue;
    for (std::size_t s = 0; s < model->subjects.size(); ++s)
      for (const evaluation::Metric& metric : evaluation::metrics()) {
        if (metric.ceiling == nullptr || !has_meaning(*model->model, data.targets[t], metric.name))
          continue;
        const std::string why = evaluation::why_no_ceiling(metric, model->subjects[s][t]);
        if (!why.empty())
          results.not_computed.emplace_back("noise ceiling of " + std::string(metric.name) +
                                                " of " + data.targets[t].channel + ", subject " +
                                                data.experiment.dataset.subjects[s].id,
                                            why);
      }
  }
}

}  // namespace insula::experiment

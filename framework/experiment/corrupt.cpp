// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/corrupt.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/contract/corruption.h"
#include "framework/experiment/detail/static_regions.h"

namespace insula::experiment {
namespace {

// What hypotheses predict of trials is not a label.
std::set<std::string> observed_columns(const Experiment& e) {
  std::set<std::string> names;
  for (const Hypothesis& h : e.hypotheses)
    for (const auto& o : h.architecture.trials) names.insert(o.value);
  return names;
}

// True if all of begin … end lies in the training part.
bool trains_throughout(const Part& part, std::size_t run, double begin, double end) {
  if (part.fold == nullptr) return true;
  return std::ranges::none_of(part.fold->test, [&](const evaluation::Interval& test) {
    return test.run == run && begin < test.end + part.gap && test.begin - part.gap < end;
  });
}

bool is_meant(const Counterfactual& c, const std::string& recording) {
  return c.recordings.empty() || std::ranges::find(c.recordings, recording) != c.recordings.end();
}

void offer_series(const dataset::Run& run,
                  std::size_t r,
                  const Part& part,
                  const Counterfactual& counterfactual,
                  Corruptible& data) {
  for (const dataset::Recording& recording : run.recordings) {
    if (!is_meant(counterfactual, recording.name)) continue;
    for (Eigen::Index c = 0; c < recording.samples.cols(); ++c) {
      CorruptibleSeries s{r, recording.name, recording.interval, {}, {}, recording.samples.col(c)};
      for (Eigen::Index i = 0; i < recording.samples.rows(); ++i) {
        s.time.push_back(recording.time(i, c));
        s.trains.push_back(part.trains(recording.name, r, s.time.back()));
      }
      data.series.push_back(std::move(s));
    }
  }
}

// "clip[12]" is a column of the band clip.
std::string band_of(const dataset::Run& run, const std::string& input) {
  const std::string band = input.substr(0, input.find('['));
  return band.size() < input.size() && run.feature_band(band) ? band : "";
}

void offer_inputs(const dataset::Run& run, std::size_t r, const Part& part, Corruptible& data) {
  for (const dataset::StepSignal& signal : run.inputs) {
    CorruptibleInput input{
        r, signal.name, band_of(run, signal.name), signal.onset, signal.value, {}};
    for (std::size_t i = 0; i < signal.onset.size(); ++i) {
      const double end = i + 1 < signal.onset.size() ? signal.onset[i + 1] : run.duration;
      // Between the events of a band its columns are 0: no stimulus is there whose row could move.
      const bool is_shown = input.band.empty() || signal.value[i] != 0;
      input.trains.push_back(is_shown && trains_throughout(part, r, signal.onset[i], end));
    }
    data.inputs.push_back(std::move(input));
  }
}

// Of trials without onsets, whose columns a band's columns are, each trial is a step.
void offer_columns_of_bands(const dataset::Run& run,
                            std::size_t r,
                            const Part& part,
                            Corruptible& data) {
  for (const dataset::Trials& trials : run.trials) {
    const std::vector<std::size_t> in_use = trials.in_use();
    for (const dataset::TrialColumn& column : trials.columns) {
      CorruptibleInput input{r, column.name, band_of(run, column.name), {}, {}, {}};
      if (input.band.empty()) continue;
      for (std::size_t k = 0; k < in_use.size(); ++k) {
        input.onset.push_back(static_cast<double>(k));
        input.value.push_back(column.value[in_use[k]]);
        input.trains.push_back(
            trains_throughout(part, r, input.onset.back(), input.onset.back() + 1));
      }
      data.inputs.push_back(std::move(input));
    }
  }
}

void offer_columns(const dataset::Run& run,
                   std::size_t r,
                   const Part& part,
                   const std::set<std::string>& observed,
                   Corruptible& data) {
  for (const dataset::Trials& trials : run.trials) {
    std::vector<char> trains(trials.size(), 0);
    const std::vector<std::size_t> in_use = trials.in_use();
    for (std::size_t k = 0; k < in_use.size(); ++k) {
      const double place = run.duration > 0 ? trials.onset[in_use[k]] : static_cast<double>(k);
      trains[in_use[k]] =
          part.fold == nullptr ||
          evaluation::part_of(*part.fold, r, place, part.gap) == evaluation::Part::train;
    }
    for (const dataset::TrialColumn& column : trials.columns)
      if (!observed.contains(column.name) && band_of(run, column.name).empty())
        data.columns.push_back({r, trials.name, column.name, column.value, trains});
    for (const dataset::TrialFactor& factor : trials.factors)
      data.columns.push_back(
          {r, trials.name, factor.name, {factor.value.begin(), factor.value.end()}, trains});
  }
}

void take_series(const Corruptible& data, dataset::Subject& subject) {
  const CorruptibleSeries* before = nullptr;
  Eigen::Index channel = 0;
  for (const CorruptibleSeries& s : data.series) {
    const bool is_next = before && before->run == s.run && before->recording == s.recording;
    channel = is_next ? channel + 1 : 0;
    before = &s;
    for (dataset::Recording& recording : subject.runs[s.run].recordings)
      if (recording.name == s.recording)
        for (std::size_t i = 0; i < s.trains.size(); ++i)
          if (s.trains[i])
            recording.samples(static_cast<Eigen::Index>(i), channel) =
                s.value[static_cast<Eigen::Index>(i)];
  }
}

// Steps to the value that holds already are none.
void take_inputs(const Corruptible& data, dataset::Subject& subject) {
  for (const CorruptibleInput& input : data.inputs)
    for (dataset::StepSignal& signal : subject.runs[input.run].inputs) {
      if (signal.name != input.name) continue;
      dataset::StepSignal taken{signal.name, signal.unit, {}, {}};
      for (std::size_t i = 0; i < signal.onset.size(); ++i) {
        const double value = input.trains[i] ? input.value[i] : signal.value[i];
        if (value == (taken.value.empty() ? 0 : taken.value.back()) && i > 0) continue;
        taken.onset.push_back(signal.onset[i]);
        taken.value.push_back(value);
      }
      signal = std::move(taken);
    }
}

void take_columns_of_bands(const Corruptible& data, dataset::Subject& subject) {
  for (const CorruptibleInput& input : data.inputs)
    for (dataset::Trials& trials : subject.runs[input.run].trials) {
      const std::vector<std::size_t> in_use = trials.in_use();
      for (dataset::TrialColumn& column : trials.columns)
        for (std::size_t k = 0; column.name == input.name && k < in_use.size(); ++k)
          if (input.trains[k]) column.value[in_use[k]] = input.value[k];
    }
}

void take_columns(const Corruptible& data, dataset::Subject& subject) {
  for (const CorruptibleColumn& column : data.columns)
    for (dataset::Trials& trials : subject.runs[column.run].trials) {
      if (trials.name != column.table) continue;
      for (dataset::TrialColumn& own : trials.columns)
        for (std::size_t i = 0; own.name == column.name && i < own.value.size(); ++i)
          if (column.trains[i]) own.value[i] = column.value[i];
      for (dataset::TrialFactor& own : trials.factors)
        for (std::size_t i = 0; own.name == column.name && i < own.value.size(); ++i)
          if (column.trains[i]) own.value[i] = static_cast<int>(column.value[i]);
    }
}

}  // namespace

std::string name_of(const Counterfactual& c) {
  std::string name(c.kind->name);
  if (!c.condition.empty()) name += " of " + c.condition;
  if (!c.recordings.empty()) name += " in " + join(c.recordings, ", ");
  return name;
}

dataset::Subject corrupted(const Experiment& e,
                           const dataset::Subject& subject,
                           const Part& part,
                           const Corruption& corruption) {
  dataset::Subject taken = subject;
  if (corruption.strength == 0) return taken;
  const Counterfactual& c = *corruption.counterfactual;
  const std::set<std::string> observed = observed_columns(e);
  Corruptible data;
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    data.duration.push_back(subject.runs[r].duration);
    offer_series(subject.runs[r], r, part, c, data);
    offer_inputs(subject.runs[r], r, part, data);
    if (is_static(subject.runs[r])) offer_columns_of_bands(subject.runs[r], r, part, data);
    offer_columns(subject.runs[r], r, part, observed, data);
  }
  const std::string fold = part.fold == nullptr ? "full" : part.fold->name;
  c.kind->apply({corruption.strength, c.condition, c.correlation},
                Stream(e.seed, "corruption/" + name_of(c) + "/" + subject.id + "/" + fold),
                data);
  take_series(data, taken);
  take_inputs(data, taken);
  take_columns_of_bands(data, taken);
  take_columns(data, taken);
  return taken;
}

dataset::Subject turned_around(const Experiment& experiment,
                               const dataset::Subject& subject,
                               const Corruption& corruption) {
  Counterfactual against = *corruption.counterfactual;
  against.correlation = -against.correlation;
  return corrupted(experiment, subject, {nullptr, experiment.gap}, {&against, corruption.strength});
}

}  // namespace insula::experiment

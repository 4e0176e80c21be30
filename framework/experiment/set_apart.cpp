// SPDX-License-Identifier: Apache-2.0
// What belongs to a set of the dataset is missing to whatever trains: one place, before anything is
// fitted or even checked, so that no fit, penalty or scaling can know it.
#include <algorithm>

#include "framework/base/nan.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/loading.h"

namespace insula::experiment {
namespace {

// A sample that lasts (a count) is near if any of it is.
bool is_near(const dataset::Run& run, double time, double lasts, double gap) {
  return std::ranges::any_of(run.apart, [&](const dataset::Apart& one) {
    return time + lasts > one.begin - gap && time < one.end + gap;
  });
}

// How long a sample of the recording lasts; 0 of what is taken at a moment.
double length_of_samples(const Experiment& e, const dataset::Recording& recording) {
  for (const Hypothesis& h : e.hypotheses)
    for (const auto& o : h.architecture.observations)
      if (o.name == recording.name && o.kind->counts()) return recording.interval;
  return 0;
}

void blank_samples(const Experiment& e, double gap, dataset::Run& run) {
  for (dataset::Recording& recording : run.recordings) {
    const double lasts = length_of_samples(e, recording);
    for (Eigen::Index c = 0; c < recording.samples.cols(); ++c)
      for (Eigen::Index i = 0; i < recording.samples.rows(); ++i)
        if (is_near(run, recording.time(i, c), lasts, gap)) recording.samples(i, c) = kNaN;
  }
}

// Answers, and values that some hypothesis explains.
void blank_answers(const Experiment& e, double gap, dataset::Run& run) {
  for (dataset::Trials& trials : run.trials) {
    std::vector<std::string> explained;
    for (const Hypothesis& h : e.hypotheses)
      for (const auto& o : h.architecture.trials) explained.push_back(o.value);
    for (std::size_t i = 0; i < trials.onset.size(); ++i) {
      if (!trials.is_in_use(i) || !is_near(run, trials.onset[i], 0, gap)) continue;
      if (!trials.response.empty()) trials.response[i] = dataset::kMissing;
      if (!trials.response_time.empty()) trials.response_time[i] = kNaN;
      for (dataset::TrialColumn& column : trials.columns)
        if (std::ranges::find(explained, column.name) != explained.end()) column.value[i] = kNaN;
    }
  }
}

}  // namespace

dataset::Dataset as_recorded(const Experiment& e) {
  dataset::Dataset loaded = without_columns_of_features(e);
  if (!e.recorded.empty()) loaded.subjects = e.recorded;
  return loaded;
}

namespace detail {

void set_apart(Experiment& e, Mistakes& mistakes) {
  if (e.dataset.sets.empty()) return;
  if (!has_time(e)) {
    mistakes.add(e.dataset.place,
                 "dataset '" + e.dataset.name +
                     "' has sets that lie apart, but its trials have no onsets: they cannot be "
                     "scored by themselves",
                 "remove 'sets', and make a dataset of the other trials");
    return;
  }
  e.recorded = e.dataset.subjects;
  const double gap = e.gap >= 0 ? e.gap : longest_memory(e);
  for (dataset::Subject& subject : e.dataset.subjects)
    for (dataset::Run& run : subject.runs) {
      if (run.apart.empty()) continue;
      blank_samples(e, gap, run);
      blank_answers(e, gap, run);
    }
}

}  // namespace detail
}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/split_stimuli.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "framework/base/text.h"
#include "framework/experiment/detail/folds.h"

namespace insula::experiment::detail {
namespace {

// An array and where its rows are shown to one subject after the other.
struct Shown {
  const dataset::FeatureBand* band = nullptr;  // of the first run that has it
  std::vector<bool> is_used;
  std::set<std::size_t> held_out, repeated;
  std::vector<std::pair<std::size_t, std::size_t>> alike;
  std::set<std::size_t> split;                // places in `alike`
  std::pair<std::size_t, std::size_t> first;  // that was found
  std::string fold;                           // in which
};

std::string key_of(const dataset::FeatureBand& band) {
  return band.name + "\n" + band.sha256 + "\n" + band.array + "\n" + join(band.columns, "\n");
}

// When a fold counts an event, in s or in trials in use; nothing for an excluded trial.
std::optional<double> time_of(const dataset::FeatureBand& band,
                              const dataset::Run& run,
                              std::size_t event) {
  const dataset::Trials* trials = band.at.empty() ? nullptr : run.trial_table(band.at);
  if (trials == nullptr) return band.onset[event];
  const std::vector<std::size_t> in_use = trials->in_use();
  const auto place = std::ranges::find(in_use, event);
  if (place == in_use.end()) return std::nullopt;
  if (!band.onset.empty() && run.duration > 0) return band.onset[event];
  return static_cast<double>(place - in_use.begin());
}

// Rows of an array that one fold of a subject tests and trains on.
struct PartsOfFold {
  std::set<std::size_t> tested, trained;
};

std::map<std::string, PartsOfFold> parts_of_fold(const Experiment& e,
                                                 const dataset::Subject& subject,
                                                 const evaluation::Fold& fold) {
  std::map<std::string, PartsOfFold> parts;
  for (std::size_t r = 0; r < subject.runs.size(); ++r)
    for (const dataset::FeatureBand& band : subject.runs[r].features) {
      if (band.is_by_sample()) continue;
      PartsOfFold& rows = parts[key_of(band)];
      for (std::size_t event = 0; event < band.row.size(); ++event) {
        const auto time = time_of(band, subject.runs[r], event);
        if (!time || band.row[event] == dataset::kNoRow) continue;
        const evaluation::Part part = evaluation::part_of(fold, r, *time, e.gap);
        if (part == evaluation::Part::test) rows.tested.insert(band.row[event]);
        if (part == evaluation::Part::train) rows.trained.insert(band.row[event]);
      }
    }
  return parts;
}

std::map<std::string, Shown> arrays_of_events(const Experiment& e) {
  std::map<std::string, Shown> arrays;
  for (const dataset::Subject& subject : e.dataset.subjects)
    for (const dataset::Run& run : subject.runs)
      for (const dataset::FeatureBand& band : run.features) {
        if (band.is_by_sample()) continue;
        Shown& shown = arrays[key_of(band)];
        if (shown.band == nullptr) shown.band = &band;
        shown.is_used.resize(band.values.rows(), false);
        for (const std::size_t row : band.row)
          if (row != dataset::kNoRow) shown.is_used[row] = true;
      }
  for (auto& [key, shown] : arrays) shown.alike = dataset::alike_rows(*shown.band, shown.is_used);
  return arrays;
}

}  // namespace

std::vector<SplitStimuli> split_stimuli(const Experiment& experiment) {
  std::map<std::string, Shown> arrays = arrays_of_events(experiment);
  for (const dataset::Subject& subject : experiment.dataset.subjects)
    for (const evaluation::Fold& fold : folds_of(experiment, subject))
      for (const auto& [key, rows] : parts_of_fold(experiment, subject, fold)) {
        Shown& shown = arrays.at(key);
        for (const std::size_t row : rows.tested) {
          shown.held_out.insert(row);
          if (rows.trained.contains(row)) shown.repeated.insert(row);
        }
        for (std::size_t k = 0; k < shown.alike.size(); ++k) {
          const auto& [one, other] = shown.alike[k];
          const bool is_split = (rows.tested.contains(one) && rows.trained.contains(other)) ||
                                (rows.tested.contains(other) && rows.trained.contains(one));
          if (!is_split) continue;
          if (shown.split.empty()) {
            shown.fold = fold.name;
            shown.first = shown.alike[k];
          }
          shown.split.insert(k);
        }
      }
  std::vector<SplitStimuli> found;
  for (const auto& [key, shown] : arrays) {
    if (shown.held_out.empty()) continue;
    found.push_back({shown.band->name,
                     shown.held_out.size(),
                     shown.repeated.size(),
                     shown.split.size(),
                     shown.first,
                     shown.fold});
  }
  return found;
}

std::vector<Mistake> doubts_of_split_stimuli(const Experiment& experiment) {
  std::vector<Mistake> doubts;
  for (const SplitStimuli& band : split_stimuli(experiment)) {
    if (band.pairs == 0) continue;
    doubts.push_back(
        {experiment.dataset.place,
         "feature band '" + band.band + "': " + std::to_string(band.pairs) +
             (band.pairs == 1 ? " pair" : " pairs") + " of nearly the same stimuli " +
             (band.pairs == 1 ? "is" : "are") + " split between training and testing, first rows " +
             std::to_string(band.first.first) + " and " + std::to_string(band.first.second) +
             " (counted from 0), in fold '" + band.fold +
             "': what is held out is known from its twin",
         "give twins one level of a factor and hold that out: `split: stimulus_types`"});
  }
  return doubts;
}

}  // namespace insula::experiment::detail

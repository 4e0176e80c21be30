// SPDX-License-Identifier: Apache-2.0
// Are there types of stimuli to leave out?
#include <algorithm>
#include <set>

#include "framework/base/text.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/loading.h"

namespace insula::experiment::detail {
namespace {

std::vector<std::string> factors_of(const dataset::Run& run) {
  std::vector<std::string> names;
  for (const dataset::Trials& trials : run.trials)
    for (const dataset::TrialFactor& factor : trials.factors) names.push_back(factor.name);
  return names;
}

// Whether a run's trials can be sorted into types; otherwise one mistake.
bool check_run(const Experiment& e,
               const dataset::Subject& subject,
               const dataset::Run& run,
               const config::Node& types,
               Mistakes& mistakes) {
  const std::string where = " (run '" + subject.id + "/" + run.id + "')";
  const std::vector<std::string> factors = factors_of(run);
  const dataset::Trials* trials = table_with(run, e.types);
  const auto refuse = [&](const std::string& message, const std::string& note) {
    mistakes.add(types.place(), message + where, note);
    return false;
  };
  if (trials == nullptr && std::ranges::find(factors, e.types) != factors.end())
    return refuse("factor '" + e.types + "' is in several tables of trials",
                  "give it another name in all but the one that says what was shown");
  if (trials == nullptr)
    return refuse("no trials have a factor '" + e.types + "'",
                  factors.empty() ? "the manifest names them: 'factors'"
                                  : name_hint(e.types, factors, "the factors are"));
  if (run.duration > 0 && trials->onset.empty())
    return refuse("trials '" + trials->name + "' have no onsets, so types have no time to hold out",
                  "the manifest names them: 'onset'");
  std::size_t unknown = 0;
  for (const std::size_t i : trials->in_use())
    unknown += trials->factor(e.types)->value[i] == dataset::kMissing ? 1 : 0;
  if (unknown > 0)
    return refuse(std::to_string(unknown) + " trials of '" + trials->name + "' have no level of '" +
                      e.types + "': they could be of a type held out",
                  "exclude them: 'exclude: [{column: " + e.types + ", missing: true, reason: no " +
                      e.types + "}]'");
  return true;
}

}  // namespace

void check_stimulus_types(const Experiment& e, const config::Node& types, Mistakes& mistakes) {
  if (e.split != Split::stimulus_types) return;
  for (const dataset::Subject& subject : e.dataset.subjects)
    for (const dataset::Run& run : subject.runs)
      if (!check_run(e, subject, run, types, mistakes)) return;
  const std::vector<int> all = stimulus_types(e.dataset, e.types);
  const dataset::Run& first = e.dataset.subjects.front().runs.front();
  const std::vector<std::string>& levels = table_with(first, e.types)->factor(e.types)->levels;
  if (all.size() < 2) {
    mistakes.add(types.place(),
                 "all trials in use have one level of '" + e.types + "': none can be left out",
                 "name a factor of two levels or more");
    return;
  }
  if (e.folds > static_cast<int>(all.size()))
    mistakes.add(types.place(),
                 "'" + e.types + "' has " + std::to_string(all.size()) + " types, fewer than " +
                     std::to_string(e.folds) + " folds",
                 "remove 'folds': every type is then left out once");
  // Several types make a fold: each subject needs trials of some of them, which folds are checked
  // for.
  if (e.folds > 0) return;
  for (const dataset::Subject& subject : e.dataset.subjects) {
    std::set<int> mine;
    for (const dataset::Run& run : subject.runs) {
      const dataset::Trials& trials = *table_with(run, e.types);
      for (const std::size_t i : trials.in_use()) mine.insert(trials.factor(e.types)->value[i]);
    }
    for (const int type : all)
      if (!mine.contains(type)) {
        mistakes.add(types.place(),
                     "subject '" + subject.id + "' has no trial of type '" +
                         levels[static_cast<std::size_t>(type)] + "', which others have",
                     "leave the subject out, or join levels in the manifest");
        return;
      }
  }
}

}  // namespace insula::experiment::detail

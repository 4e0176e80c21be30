// SPDX-License-Identifier: Apache-2.0
// What is shown again: a noise ceiling can be told where a stimulus is repeated.
//
// Either whole runs repeat a stimulus, and name it ('stimulus' of a run), or trials do:
//
//     repeats:
//       trials: trials                       # optional where there is one table
//       by: [contrast_left, contrast_right]  # factors and columns: trials that agree in all of
//       them
//                                            # show the same stimulus; []: all trials do
//       from: 0 s                            # optional: where in a trial recordings show it, …
//       to: 390 ms                           # … after its onset; only for trials with onsets
#include <algorithm>
#include <map>

#include "framework/base/text.h"
#include "framework/config/reader.h"
#include "framework/dataset/detail/manifest.h"

namespace insula::dataset::detail {
namespace {

using config::Node;
using config::Reader;

std::string in_seconds(double seconds) { return short_number(seconds, 6) + " s"; }

// Runs of a subject that repeat a stimulus are cut at the same times by folds.
void check_durations(const Dataset& dataset, Mistakes& mistakes) {
  for (const Subject& subject : dataset.subjects) {
    std::map<std::string, const Run*> first;
    for (const Run& run : subject.runs) {
      if (run.stimulus.empty()) continue;
      const auto [it, is_new] = first.emplace(run.stimulus, &run);
      if (is_new || run.duration == it->second->duration) continue;
      mistakes.add(run.place,
                   "run '" + subject.id + "/" + run.id + "' repeats stimulus '" + run.stimulus +
                       "' of run '" + it->second->id + "', but lasts " + in_seconds(run.duration) +
                       ", not " + in_seconds(it->second->duration),
                   "runs that repeat a stimulus have one duration: write a shorter one, or name "
                   "another stimulus");
    }
  }
}

const Trials* first_table(const Dataset& dataset, const std::string& called) {
  for (const Subject& subject : dataset.subjects)
    for (const Run& run : subject.runs)
      if (const Trials* trials = run.trial_table(called)) return trials;
  return nullptr;
}

std::vector<std::string> names_in(const Trials& trials) {
  std::vector<std::string> names;
  for (const TrialColumn& column : trials.columns) names.push_back(column.name);
  for (const TrialFactor& factor : trials.factors) names.push_back(factor.name);
  return names;
}

const Trials* read_table(Reader& r, Dataset& dataset) {
  const std::vector<std::string> tables = dataset.trial_table_names();
  const auto named = r.optional_text("trials");
  if (tables.empty()) {
    r.mistake("trials",
              "'repeats' is about trials, but no run has any",
              "runs that repeat a stimulus say so themselves: 'stimulus: NAME'");
    return nullptr;
  }
  if (!named && tables.size() > 1) {
    r.mistake("trials",
              "'repeats' does not say which trials it is about",
              "there are several tables: 'trials: " + tables.front() + "'");
    return nullptr;
  }
  dataset.repeats.trials = named.value_or(tables.front());
  const Trials* trials = first_table(dataset, dataset.repeats.trials);
  if (trials == nullptr)
    r.mistake("trials",
              "no run has trials '" + dataset.repeats.trials + "'",
              name_hint(dataset.repeats.trials, tables, "there are"));
  return trials;
}

void check_by(const Node& by, const Trials& trials, Mistakes& mistakes) {
  const std::vector<std::string> names = names_in(trials);
  const auto check = [&](const Node& item) {
    if (item.is_scalar() && std::find(names.begin(), names.end(), item.scalar()) == names.end())
      mistakes.add(item.place(),
                   "trials '" + trials.name + "' have no column or factor '" + item.scalar() + "'",
                   name_hint(item.scalar(), names, "they have"));
  };
  if (by.is_list())
    for (const Node& item : by.items()) check(item);
  else
    check(by);
}

}  // namespace

void read_repeats(const Node& node, Dataset& dataset, Mistakes& mistakes) {
  check_durations(dataset, mistakes);
  if (node.is_missing()) return;
  Reader r(node, "'repeats'", mistakes);
  Repeats& repeats = dataset.repeats;
  repeats.place = node.place();
  const Trials* trials = read_table(r, dataset);
  repeats.by = r.names("by");
  repeats.from = r.optional_quantity("from", Dimension::time).value_or(0);
  repeats.to = r.optional_quantity("to", Dimension::time).value_or(0);
  r.finish();
  for (const Subject& subject : dataset.subjects)
    for (const Run& run : subject.runs)
      if (!run.stimulus.empty()) {
        mistakes.add(run.place,
                     "run '" + subject.id + "/" + run.id + "' names stimulus '" + run.stimulus +
                         "', but 'repeats' says that trials are what is repeated",
                     "remove one of the two");
        return;
      }
  if (trials == nullptr) return;
  check_by(node["by"], *trials, mistakes);
  const bool has_onsets = !trials->onset.empty();
  if (!has_onsets && (r.has("from") || r.has("to")))
    r.mistake(r.has("from") ? "from" : "to",
              "trials '" + trials->name + "' have no onsets after which a stimulus could be shown",
              "remove 'from' and 'to', or name the column of onsets");
  else if (has_onsets && !r.has("to"))
    r.mistake("to",
              "'repeats' lacks 'to', until when after its onset a trial shows the stimulus",
              "for example 'to: 500 ms'");
  else if (has_onsets && !(repeats.to > repeats.from))
    r.mistake("to",
              "'to' of 'repeats' must be after 'from', which is " + in_seconds(repeats.from) +
                  ", got " + in_seconds(repeats.to));
}

}  // namespace insula::dataset::detail

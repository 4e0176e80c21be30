// SPDX-License-Identifier: Apache-2.0
// Sets that lie apart from the rest: what is recorded there never trains a model, and is scored by
// itself.
//
//     sets:
//       night: {runs: [run-4]}                                # whole runs, by their ids
//       scrambled: {trials: trials, where: {picture: [p7, p9]}}   # trials of these levels: from
//                                                             # the onset of each to the next one
#include <algorithm>
#include <limits>

#include "framework/base/text.h"
#include "framework/config/reader.h"
#include "framework/dataset/detail/manifest.h"

namespace insula::dataset::detail {
namespace {

using config::Entry;
using config::Node;
using config::Reader;

std::vector<std::string> run_ids(const Dataset& dataset) {
  std::vector<std::string> ids;
  for (const Subject& subject : dataset.subjects)
    for (const Run& run : subject.runs)
      if (std::ranges::find(ids, run.id) == ids.end()) ids.push_back(run.id);
  return ids;
}

void add_runs(const std::string& name, const Node& list, Dataset& dataset, Mistakes& mistakes) {
  const std::vector<Node> items = list.is_list() ? list.items() : std::vector<Node>{list};
  const std::vector<std::string> ids = run_ids(dataset);
  for (const Node& item : items) {
    if (!item.is_scalar() || std::ranges::find(ids, item.scalar()) == ids.end()) {
      mistakes.add(item.place(),
                   "no subject has a run '" + item.scalar() + "'",
                   name_hint(item.scalar(), ids, "there are"));
      continue;
    }
    for (Subject& subject : dataset.subjects)
      for (Run& run : subject.runs)
        if (run.id == item.scalar())
          run.apart.push_back(
              {name, 0, run.duration > 0 ? run.duration : std::numeric_limits<double>::infinity()});
  }
}

const Trials* first_table_of(const Dataset& dataset, const std::string& called) {
  for (const Subject& subject : dataset.subjects)
    for (const Run& run : subject.runs)
      if (const Trials* trials = run.trial_table(called)) return trials;
  return nullptr;
}

// Trials of some levels of one factor, in every run that has the table.
void add_trials(const std::string& name,
                const std::string& table,
                const std::string& factor,
                const std::vector<std::string>& levels,
                Dataset& dataset) {
  for (Subject& subject : dataset.subjects)
    for (Run& run : subject.runs) {
      const Trials* trials = run.trial_table(table);
      if (trials == nullptr || trials->onset.empty()) continue;
      const TrialFactor* of = trials->factor(factor);
      const std::vector<std::size_t> in_use = trials->in_use();
      for (std::size_t i = 0; of != nullptr && i < in_use.size(); ++i) {
        const int level = of->value[in_use[i]];
        if (level == kMissing ||
            std::ranges::find(levels, of->levels[static_cast<std::size_t>(level)]) == levels.end())
          continue;
        const bool is_last = i + 1 == in_use.size();
        run.apart.push_back({name,
                             trials->onset[in_use[i]],
                             is_last ? run.duration : trials->onset[in_use[i + 1]]});
      }
    }
}

void read_levels(const Node& levels,
                 const TrialFactor& factor,
                 std::vector<std::string>& named,
                 Mistakes& mistakes) {
  for (const Node& item : levels.is_list() ? levels.items() : std::vector<Node>{levels}) {
    if (item.is_scalar() && std::ranges::find(factor.levels, item.scalar()) != factor.levels.end())
      named.push_back(item.scalar());
    else
      mistakes.add(item.place(),
                   "factor '" + factor.name + "' has no level '" + item.scalar() + "'",
                   name_hint(item.scalar(), factor.levels, "it has"));
  }
}

void read_trials(
    const std::string& name, Reader& r, const Node& where, Dataset& dataset, Mistakes& mistakes) {
  const std::vector<std::string> tables = dataset.trial_table_names();
  const auto typed = r.optional_text("trials");
  const std::string table = typed ? *typed : tables.size() == 1 ? tables[0] : "";
  const Trials* trials = first_table_of(dataset, table);
  if (trials == nullptr) {
    r.mistake("trials",
              table.empty() ? "set '" + name + "' does not say which trials it is of"
                            : "no run has trials '" + table + "'",
              tables.empty() ? "the dataset has none" : name_hint(table, tables, "there are"));
    return;
  }
  if (trials->onset.empty()) {
    r.mistake("where",
              "trials '" + table + "' have no onsets: a set of them cannot be held apart",
              "make a dataset of the others, or name whole runs that have a time axis");
    return;
  }
  std::vector<std::string> factors;
  for (const TrialFactor& factor : trials->factors) factors.push_back(factor.name);
  if (where.entries().size() != 1) {
    mistakes.add(where.place(),
                 "'where' of set '" + name + "' names " + std::to_string(where.entries().size()) +
                     " factors, expected one",
                 "for example 'where: {stimulus: [a, b]}'");
    return;
  }
  const Entry& entry = where.entries().front();
  const TrialFactor* factor = trials->factor(entry.key);
  if (factor == nullptr) {
    mistakes.add(entry.key_place,
                 "trials '" + table + "' have no factor '" + entry.key + "'",
                 factors.empty() ? "the manifest names them: 'factors'"
                                 : name_hint(entry.key, factors, "they have"));
    return;
  }
  std::vector<std::string> levels;
  read_levels(entry.value, *factor, levels, mistakes);
  add_trials(name, table, entry.key, levels, dataset);
}

// Nothing is in two sets, and something is in none.
void check_sets(const Node& node, const Dataset& dataset, Mistakes& mistakes) {
  bool is_any_left = false;
  for (const Subject& subject : dataset.subjects)
    for (const Run& run : subject.runs) {
      std::vector<Apart> sorted = run.apart;
      std::ranges::stable_sort(sorted, {}, &Apart::begin);
      for (std::size_t i = 0; i + 1 < sorted.size(); ++i)
        if (sorted[i + 1].begin < sorted[i].end && sorted[i].set != sorted[i + 1].set) {
          mistakes.add(node.place(),
                       "run '" + subject.id + "/" + run.id + "' is in the sets '" + sorted[i].set +
                           "' and '" + sorted[i + 1].set + "' at " +
                           short_number(sorted[i + 1].begin, 6) + " s",
                       "a sample is in one set at most");
          return;
        }
      is_any_left |= sorted.empty() || sorted.front().begin > 0 || sorted.back().end < run.duration;
    }
  if (!is_any_left)
    mistakes.add(node.place(), "'sets' hold every run: nothing is left to train on");
}

}  // namespace

void read_sets(const Node& node, Dataset& dataset, Mistakes& mistakes) {
  if (node.is_missing()) return;
  if (!node.is_map() || node.entries().empty()) {
    mistakes.add(node.place(),
                 "'sets' must be a mapping of names to what lies apart, got " + config::found(node),
                 "for example {night: {runs: [run-4]}}");
    return;
  }
  for (const Entry& entry : node.entries()) {
    Reader r(entry.value, "set '" + entry.key + "'", mistakes);
    const Node runs = r.any("runs"), where = r.optional_map("where");
    r.any("trials");
    if (runs.is_missing() == where.is_missing())
      r.mistake("runs",
                "set '" + entry.key + "' needs either 'runs' or 'where'",
                "runs by their ids, or levels of a factor of trials");
    else if (!runs.is_missing())
      add_runs(entry.key, runs, dataset, mistakes);
    else
      read_trials(entry.key, r, where, dataset, mistakes);
    if (!runs.is_missing() && r.has("trials"))
      r.mistake("trials", "'trials' has no meaning beside 'runs'", "remove it");
    r.finish();
    dataset.sets.push_back(entry.key);
  }
  check_sets(node, dataset, mistakes);
}

}  // namespace insula::dataset::detail

// SPDX-License-Identifier: Apache-2.0
// The key `counterfactuals` of an experiment.
#include <algorithm>
#include <set>

#include "framework/base/text.h"
#include "framework/config/reader.h"
#include "framework/experiment/detail/corrupt.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/loading.h"

namespace insula::experiment::detail {
namespace {

using config::Node;
using config::Reader;

void read_strengths(Reader& r, Counterfactual& c, Mistakes& mistakes) {
  const Node list = r.list("strength");
  if (list.is_missing()) return;
  const config::Range range{0, c.kind->most};
  std::set<double> known;
  for (const Node& item : list.items()) {
    const std::string what = "a strength of '" + std::string(c.kind->name) + "', the " +
                             std::string(c.kind->strength) + ",";
    const auto strength = config::read_quantity(item, what, Dimension::none, range, mistakes);
    if (!strength) continue;
    if (!known.insert(*strength).second)
      mistakes.add(item.place(), "strength " + short_number(*strength) + " is listed twice");
    else
      c.strength.push_back(*strength);
  }
  std::ranges::sort(c.strength);
  if (list.items().empty())
    mistakes.add(list.place(), "'strength' is empty, expected numbers such as [0.5, 1]");
}

void check_condition(Reader& r, const Experiment& e, Counterfactual& c) {
  using Condition = CorruptionKind::Condition;
  const std::string kind(c.kind->name);
  if (c.kind->condition == Condition::none && r.has("with")) {
    r.mistake("with", "'with' has no meaning for '" + kind + "'", "remove it");
    return;
  }
  if (c.condition.empty()) return;
  std::vector<std::string> names = e.dataset.input_names();
  if (kind == "label_shuffle")
    for (const dataset::Run& run : e.dataset.subjects.front().runs)
      for (const dataset::Trials& trials : run.trials) {
        for (const auto& column : trials.columns) names.push_back(column.name);
        for (const auto& factor : trials.factors) names.push_back(factor.name);
      }
  if (std::ranges::find(names, c.condition) == names.end())
    r.mistake("with",
              "the dataset has no input '" + c.condition + "'",
              name_hint(c.condition, names, "there are"));
}

void check_features(Reader& r, const Experiment& e, const Counterfactual& c) {
  if (c.kind->name.starts_with("feature_") && used_bands(e).empty())
    r.mistake("corruption",
              "'" + std::string(c.kind->name) + "' spoils features, but no hypothesis uses any",
              "remove it, or give a hypothesis 'features'");
}

void check_recordings(Reader& r, const Experiment& e, const Counterfactual& c) {
  const std::vector<std::string> known = e.dataset.recording_names();
  for (const std::string& name : c.recordings)
    if (std::ranges::find(known, name) == known.end())
      r.mistake("recordings",
                "the dataset has no recording '" + name + "'",
                name_hint(name, known, "there are"));
  if (c.kind->keeps_counts) return;
  for (const auto& o : e.hypotheses.front().architecture.observations)
    if (o.kind->counts() &&
        (c.recordings.empty() || std::ranges::find(c.recordings, o.name) != c.recordings.end()))
      r.mistake(r.has("recordings") ? "recordings" : "corruption",
                "'" + std::string(c.kind->name) + "' makes numbers that are no counts, but '" +
                    o.name + "' holds counts",
                "name other recordings in 'recordings'");
}

void read_one(const Node& entry, const Catalogue& catalogue, Experiment& e, Mistakes& mistakes) {
  Reader r(entry, "a counterfactual", mistakes);
  const std::vector<std::string> kinds = kind_names(catalogue.corruptions);
  for (const char* key : {"corruption", "strength", "with", "correlation", "recordings"})
    r.any(key);
  const auto name = r.choice("corruption", kinds);
  if (!name) return;
  Counterfactual c;
  c.kind = find_kind(catalogue.corruptions, *name);
  read_strengths(r, c, mistakes);
  c.condition = (c.kind->condition == CorruptionKind::Condition::required ? r.text("with")
                                                                          : r.optional_text("with"))
                    .value_or("");
  if (c.kind->is_correlated)
    c.correlation = r.optional_number("correlation", {-1, 1}).value_or(c.correlation);
  else if (r.has("correlation"))
    r.mistake("correlation", "'correlation' has no meaning for '" + *name + "'", "remove it");
  c.recordings = r.optional_names("recordings");
  r.finish();
  if (e.dataset.subjects.empty() || e.hypotheses.empty()) return;
  check_condition(r, e, c);
  check_features(r, e, c);
  check_recordings(r, e, c);
  for (const Counterfactual& other : e.counterfactuals)
    if (name_of(other) == name_of(c))
      mistakes.add(entry.place(),
                   "the counterfactual '" + name_of(c) + "' is listed twice",
                   "give all strengths in one entry");
  e.counterfactuals.push_back(std::move(c));
}

}  // namespace

void read_counterfactuals(const Node& list,
                          const Catalogue& catalogue,
                          Experiment& e,
                          Mistakes& mistakes) {
  if (list.is_missing()) return;
  if (!list.is_list()) {
    mistakes.add(list.place(),
                 "'counterfactuals' must be a list, got " + config::found(list),
                 "for example [{corruption: gain_drift, strength: [0.5, 1]}]");
    return;
  }
  if (e.split == Split::none)
    mistakes.add(list.place(),
                 "counterfactuals are judged on held-out data, but 'validation' is none",
                 "remove 'validation: none', or 'counterfactuals'");
  for (const Node& entry : list.items()) read_one(entry, catalogue, e, mistakes);
}

}  // namespace insula::experiment::detail

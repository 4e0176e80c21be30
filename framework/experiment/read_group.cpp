// SPDX-License-Identifier: Apache-2.0
// The key `group` of an experiment.
#include <algorithm>
#include <set>

#include "framework/base/text.h"
#include "framework/config/reader.h"
#include "framework/experiment/detail/covariates.h"
#include "framework/experiment/detail/group_effects.h"
#include "framework/experiment/detail/loading.h"

namespace insula::experiment::detail {
namespace {

using config::Node;
using config::Reader;

std::vector<Node> items_of(const Node& node) {
  if (node.is_missing()) return {};
  return node.is_list() ? node.items() : std::vector<Node>{node};
}

// Names of free parameters of any hypothesis.
std::vector<std::string> known_parameters(const Experiment& e) {
  std::vector<std::string> names;
  for (const Hypothesis& h : e.hypotheses)
    for (const std::size_t i : h.architecture.free_parameters())
      if (std::ranges::find(names, h.architecture.parameters[i].name) == names.end())
        names.push_back(h.architecture.parameters[i].name);
  return names;
}

// Every pattern names something.
std::vector<std::string> read_patterns(const Node& node,
                                       const std::vector<std::string>& known,
                                       const std::string& of,
                                       Mistakes& mistakes) {
  std::vector<std::string> patterns;
  for (const Node& item : items_of(node)) {
    const std::string& pattern = item.scalar();
    patterns.push_back(pattern);
    if (!item.is_scalar())
      mistakes.add(item.place(), "a parameter is named by a text, got " + config::found(item));
    else if (std::ranges::none_of(
                 known, [&](const std::string& name) { return is_named_by(name, {pattern}); }))
      mistakes.add(item.place(),
                   "no free parameter of " + of + " is named '" + pattern + "'",
                   name_hint(pattern, known, "there are") + "; * stands for anything");
  }
  return patterns;
}

void read_candidates(const Node& map,
                     const std::vector<std::string>& known,
                     GroupAnalysis& group,
                     Mistakes& mistakes) {
  if (!map.is_map()) return;
  std::vector<std::string> of_group;
  for (const std::string& name : known)
    if (is_named_by(name, group.parameters)) of_group.push_back(name);
  for (const config::Entry& entry : map.entries())
    group.candidates.push_back(
        {entry.key, read_patterns(entry.value, of_group, "the group", mistakes)});
  if (group.candidates.size() == 1)
    mistakes.add(map.place(),
                 "'candidates' has one model, but comparing takes two",
                 "an empty list, [], is the model in which every parameter is off");
}

std::vector<std::string> names_of_candidates(const GroupAnalysis& group) {
  std::vector<std::string> names;
  for (const GroupAnalysis::Candidate& c : group.candidates) names.push_back(c.name);
  return names;
}

void read_prediction(Reader& group_reader,
                     const std::vector<std::string>& known,
                     Experiment& e,
                     GroupAnalysis& group,
                     Mistakes& mistakes) {
  const Node map = group_reader.optional_map("predict");
  if (map.is_missing()) return;
  Reader r(map, "'predict'", mistakes);
  group.predicted = r.text("covariate").value_or("");
  group.predictors = read_patterns(r.any("parameters"), known, "the hypotheses", mistakes);
  r.finish();
  if (group.predicted.empty()) return;
  const auto found = std::ranges::find(group.covariates, group.predicted);
  if (found == group.covariates.end())
    r.mistake("covariate",
              "'" + group.predicted + "' is no covariate of the group",
              name_hint(group.predicted, group.covariates, "there are"));
  else if (covariate_effects(e.dataset, {group.predicted}).size() > 1)
    r.mistake("covariate",
              "'" + group.predicted + "' has more than two levels, so it is no number to predict",
              "predict a number, or a factor of two levels");
}

}  // namespace

void read_group(const Node& map, Experiment& e, Mistakes& mistakes) {
  if (map.is_missing() || e.hypotheses.empty() || e.dataset.subjects.empty()) return;
  if (e.subjects != Subjects::separate) {
    mistakes.add(map.place(),
                 "'group' is made of subjects' own fits, but they are fitted together",
                 "remove 'subjects' of 'inference', or 'group'");
    return;
  }
  Reader r(map, "'group'", mistakes);
  if (!map.is_map()) return;
  for (const char* key : {"covariates", "parameters", "candidates", "families", "predict"})
    r.any(key);
  GroupAnalysis group;
  group.covariates = r.optional_names("covariates");
  check_covariates(e.dataset, map["covariates"], mistakes);
  const std::vector<std::string> known = known_parameters(e);
  group.parameters = r.has("parameters")
                         ? read_patterns(r.any("parameters"), known, "the hypotheses", mistakes)
                         : std::vector<std::string>{"* -> *"};
  if (std::ranges::none_of(
          known, [&](const std::string& name) { return is_named_by(name, group.parameters); }) &&
      !r.has("parameters"))
    mistakes.add(map.place(),
                 "no hypothesis has a free parameter of a projection or an input",
                 "say in 'parameters' which of them differ between subjects");
  if (group.parameters.empty())
    r.mistake("parameters",
              "'parameters' is empty, expected names of parameters",
              "leave it out for all of projections and inputs; * stands for anything");
  read_candidates(r.optional_map("candidates"), known, group, mistakes);
  const Node families = r.optional_map("families");
  if (families.is_map() && group.candidates.empty())
    r.mistake("families", "'families' divide 'candidates', of which there are none");
  else if (families.is_map())
    read_divisions(families, names_of_candidates(group), "candidate", group.divisions, mistakes);
  read_prediction(r, known, e, group, mistakes);
  r.finish();
  if (e.dataset.subjects.size() < 3)
    mistakes.add(map.place(),
                 "a group takes at least 3 subjects, the dataset has " +
                     std::to_string(e.dataset.subjects.size()));
  e.group = std::move(group);
}

}  // namespace insula::experiment::detail

// SPDX-License-Identifier: Apache-2.0
// The key `interventions` of an experiment.
#include <algorithm>
#include <optional>

#include "framework/base/text.h"
#include "framework/config/reader.h"
#include "framework/experiment/detail/loading.h"

namespace insula::experiment::detail {
namespace {

using config::Node;
using config::Reader;
using simulation::Intervention;
using Kind = Intervention::Kind;

// What is done, what it is done to, and the key of what else has to be said.
struct Verb {
  const char* name;
  Kind kind;
  const char* beside;  // or nothing
};
constexpr Verb kVerbs[] = {{"lesion", Kind::lesion, nullptr},
                           {"cut", Kind::cut, nullptr},
                           {"clamp", Kind::clamp, "at"},
                           {"swap", Kind::swap, "with"},
                           {"scale", Kind::scale, "by"}};
constexpr const char* kExample =
    "for example {lesion: V5}, {cut: V1 -> V5}, {clamp: V5, at: 0}, {swap: attention, with: "
    "motion} "
    "or {scale: V1 -> V5, by: 0.5}";

// The one that the entry has; a mistake if it has none or several.
const Verb* verb_of(const Node& entry, Mistakes& mistakes) {
  std::vector<std::string> names, found;
  const Verb* verb = nullptr;
  for (const Verb& v : kVerbs) {
    names.emplace_back(v.name);
    if (entry[v.name].is_missing()) continue;
    found.push_back(std::string("'") + v.name + "'");
    verb = &v;
  }
  if (found.size() == 1) return verb;
  if (!found.empty()) {
    mistakes.add(entry.place(),
                 "an intervention does one thing, got " + join(found, " and "),
                 "write an entry for each");
    return nullptr;
  }
  std::string note = kExample;
  for (const config::Entry& other : entry.entries())
    if (const std::string near = nearest_name(other.key, names); !near.empty())
      note = "'" + other.key + "' is none: did you mean '" + near + "'?";
  mistakes.add(
      entry.place(), "an intervention says what is done: lesion, cut, clamp, swap or scale", note);
  return nullptr;
}

// What hypotheses have of the sort that is named.
std::vector<std::string> names_in(const Experiment& e, Kind kind, const std::string& like) {
  const bool of_projections =
      kind == Kind::cut || (kind == Kind::scale && like.find("->") != std::string::npos);
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const Hypothesis& h : e.hypotheses) {
    const architecture::Architecture& a = h.architecture;
    if (kind == Kind::swap)
      for (const auto& input : a.inputs) add(input.name);
    else if (of_projections)
      for (const auto& projection : a.projections) add(architecture::to_text(a, projection));
    else
      for (const auto& region : a.regions) add(region.name);
  }
  return names;
}

// False, and a mistake, if no hypothesis has it.
bool is_known(const Experiment& e, Kind kind, const Node& name, Mistakes& mistakes) {
  const std::vector<std::string> names = names_in(e, kind, name.scalar());
  if (std::ranges::find(names, name.scalar()) != names.end()) return true;
  const bool is_projection =
      kind == Kind::cut || (kind == Kind::scale && name.scalar().find("->") != std::string::npos);
  const std::string what = kind == Kind::swap ? "input" : is_projection ? "projection" : "region";
  mistakes.add(name.place(),
               "no hypothesis has " + std::string(what == "input" ? "an " : "a ") + what + " '" +
                   name.scalar() + "'",
               name_hint(name.scalar(), names, "there are"));
  return false;
}

// The regions or projections that a key names, each once.
std::vector<std::string> read_targets(
    Reader& r, const std::string& key, Kind kind, const Experiment& e, Mistakes& mistakes) {
  r.names(key);  // checks the form
  const Node node = r.node()[key];
  if (!mistakes.empty()) return {};
  std::vector<std::string> names;
  for (const Node& item : node.is_list() ? node.items() : std::vector<Node>{node}) {
    if (std::ranges::find(names, item.scalar()) != names.end())
      mistakes.add(item.place(), "'" + item.scalar() + "' stands twice in '" + key + "'");
    else if (is_known(e, kind, item, mistakes))
      names.push_back(item.scalar());
  }
  if (node.is_list() && node.items().empty())
    mistakes.add(node.place(), "'" + key + "' is empty, expected a name or a list of names");
  return names;
}

// The two inputs of a swap.
std::vector<std::string> read_swapped(Reader& r, const Experiment& e, Mistakes& mistakes) {
  const auto one = r.text("swap"), other = r.text("with");
  if (!one || !other) return {};
  is_known(e, Kind::swap, r.node()["swap"], mistakes);
  if (*one == *other)
    r.mistake("with", "'" + *one + "' is swapped with itself", "name two inputs");
  else
    is_known(e, Kind::swap, r.node()["with"], mistakes);
  return {*one, *other};
}

// At least one hypothesis has all that is named.
void check_possible(const Experiment& e,
                    const Intervention& i,
                    const Node& entry,
                    Mistakes& mistakes) {
  std::vector<std::string> reasons;
  for (const Hypothesis& h : e.hypotheses) {
    const std::string reason = simulation::obstacle(h.architecture, i);
    if (reason.empty()) return;
    reasons.push_back(h.name + " " + reason);
  }
  mistakes.add(entry.place(),
               "no hypothesis can be intervened on by '" + i.name + "': " + join(reasons, ", "));
}

// What an entry says, checked against the hypotheses.
std::optional<Intervention> read_entry(const Node& entry, const Experiment& e, Mistakes& mistakes) {
  const Verb* verb = verb_of(entry, mistakes);
  if (verb == nullptr) return {};
  const std::string name = verb->name;
  Reader r(entry, "the intervention", mistakes);
  for (const char* key : {verb->name, verb->beside, "name"})
    if (key != nullptr) r.any(key);
  Intervention i;
  i.kind = verb->kind;
  for (const Verb& other : kVerbs) {
    if (other.beside == nullptr || other.kind == i.kind || !r.has(other.beside)) continue;
    r.mistake(other.beside,
              std::string("'") + other.beside + "' has no meaning for '" + name + "'",
              "remove it");
    r.any(other.beside);
  }
  i.targets = i.kind == Kind::swap ? read_swapped(r, e, mistakes)
                                   : read_targets(r, name, i.kind, e, mistakes);
  if (i.kind == Kind::clamp) i.value = r.number("at").value_or(0);
  if (i.kind == Kind::scale) i.value = r.number("by", config::not_negative).value_or(1);
  i.name = r.optional_text("name").value_or(to_text(i));
  r.finish();
  if (mistakes.empty()) check_possible(e, i, entry, mistakes);
  return i;
}

void read_one(const Node& entry, Experiment& e, Mistakes& mistakes) {
  if (!entry.is_map()) {
    mistakes.add(
        entry.place(), "an intervention is a mapping, got " + config::found(entry), kExample);
    return;
  }
  Mistakes own;
  std::optional<Intervention> i = read_entry(entry, e, own);
  mistakes.add(own.sorted());
  if (!own.empty() || !i) return;
  for (const Intervention& other : e.interventions) {
    const bool is_same =
        other.kind == i->kind && other.targets == i->targets && other.value == i->value;
    if (is_same)
      mistakes.add(entry.place(), "the intervention '" + other.name + "' is listed twice");
    else if (other.name == i->name)
      mistakes.add(entry.place(),
                   "two interventions have the name '" + i->name + "'",
                   "give one of them another 'name'");
  }
  e.interventions.push_back(std::move(*i));
}

}  // namespace

void read_interventions(const Node& list, Experiment& e, Mistakes& mistakes) {
  if (list.is_missing()) return;
  if (!list.is_list() || list.items().empty()) {
    mistakes.add(list.place(),
                 list.is_list() ? "'interventions' is empty, expected what is done to hypotheses"
                                : "'interventions' must be a list, got " + config::found(list),
                 "for example [{lesion: V5}, {cut: V1 -> V5}]");
    return;
  }
  for (const Node& entry : list.items()) read_one(entry, e, mistakes);
  for (const Hypothesis& h : e.hypotheses)
    if (scheme_of(e, h.architecture) != simulation::Scheme::accurate) {
      mistakes.add(list.place(),
                   "interventions are simulated by the equations themselves, but " + h.name +
                       " is fitted with SPM's scheme '" + to_text(scheme_of(e, h.architecture)) +
                       "', which solves others",
                   "write 'integrator: accurate' in 'inference', or remove 'interventions'");
      break;
    }
}

}  // namespace insula::experiment::detail

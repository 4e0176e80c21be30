// SPDX-License-Identifier: Apache-2.0
// Which subsets of a hypothesis' observations an experiment asks for.
#include "framework/experiment/detail/ablation.h"

#include <algorithm>
#include <bit>

#include "framework/base/text.h"
#include "framework/experiment/detail/folds.h"

namespace insula::experiment {
namespace {

// Bit k is observation k. The full set is the hypothesis itself.
std::vector<unsigned> proper_subsets(std::size_t observations) {
  std::vector<unsigned> all;
  for (unsigned subset = 1; subset + 1 < 1U << observations; ++subset) all.push_back(subset);
  std::ranges::stable_sort(all, {}, [](unsigned subset) { return std::popcount(subset); });
  return all;
}

bool may_be_ablated(const Hypothesis& h,
                    const Experiment& e,
                    const Place& place,
                    Mistakes& mistakes) {
  const std::vector<std::string> observed = observations_of(h.architecture);
  if (observed.size() < 2) {
    mistakes.add(place,
                 "hypothesis '" + h.name + "' explains '" + observed.front() +
                     "' alone, so nothing can be left out",
                 "an ablation needs at least two observations");
    return false;
  }
  if (observed.size() > kMostAblated) {
    mistakes.add(place,
                 "hypothesis '" + h.name + "' has " + std::to_string(observed.size()) +
                     " observations, which makes " +
                     std::to_string(proper_subsets(observed.size()).size()) +
                     " subsets to fit; an ablation takes at most " + std::to_string(kMostAblated) +
                     " observations",
                 "it explains " + in_words(observed) + ": leave some out of the architecture");
    return false;
  }
  if (e.spm) {
    mistakes.add(place,
                 "SPM's treatment fits all that a hypothesis explains, it knows no ablation",
                 "remove 'ablation' or 'compatibility: spm'");
    return false;
  }
  return true;
}

// A mistake if the name is a file's, or of nothing.
void tell_unknown(const std::string& name,
                  const Experiment& e,
                  const Place& place,
                  Mistakes& mistakes) {
  std::vector<std::string> names;
  std::string note;
  for (const Hypothesis& h : e.hypotheses) {
    names.push_back(h.name);
    if (h.file == name) note = "write '" + h.name + "', the name that this file gives itself";
  }
  mistakes.add(place,
               "there is no hypothesis '" + name + "' to ablate",
               note.empty() ? name_hint(name, names, "there are") : note);
}

void read_name(const config::Node& item, Experiment& e, Mistakes& mistakes) {
  if (!item.is_scalar()) {
    mistakes.add(item.place(),
                 "an ablation is the name of a hypothesis, got " + config::found(item));
    return;
  }
  const std::string& name = item.scalar();
  const auto at = std::ranges::find(e.hypotheses, name, &Hypothesis::name);
  if (at == e.hypotheses.end()) return tell_unknown(name, e, item.place(), mistakes);
  if (std::ranges::find(e.ablated, name) != e.ablated.end()) {
    mistakes.add(item.place(), "hypothesis '" + name + "' is listed twice");
    return;
  }
  if (may_be_ablated(*at, e, item.place(), mistakes)) e.ablated.push_back(name);
}

}  // namespace

std::vector<std::string> observations_of(const architecture::Architecture& architecture) {
  std::vector<std::string> names;
  for (const auto& o : architecture.observations) names.push_back(o.name);
  for (const auto& o : architecture.trials) names.push_back(o.name);
  return names;
}

std::string in_sum(const std::vector<std::string>& observations) {
  return join(observations, " + ");
}

std::vector<Ablation> ablations_of(const Experiment& e) {
  std::vector<Ablation> all;
  for (std::size_t h = 0; h < e.hypotheses.size(); ++h) {
    if (std::ranges::find(e.ablated, e.hypotheses[h].name) == e.ablated.end()) continue;
    const std::vector<std::string> observed = observations_of(e.hypotheses[h].architecture);
    for (const unsigned subset : proper_subsets(observed.size())) {
      Ablation one{h, {}, {}};
      for (std::size_t k = 0; k < observed.size(); ++k)
        (subset >> k & 1U ? one.fitted_to : one.left_out).push_back(observed[k]);
      all.push_back(std::move(one));
    }
  }
  return all;
}

std::string name_of(const Experiment& e, const Ablation& ablation) {
  return e.hypotheses[ablation.hypothesis].name + " on " + in_sum(ablation.fitted_to);
}

std::size_t ablation_fits(const Experiment& e) {
  std::size_t parts = 0;
  for (const dataset::Subject& subject : e.dataset.subjects) {
    parts += folds_of(e, subject).size() + 1;
    if (e.subjects != Subjects::separate) break;  // all of them in one fit
  }
  return ablations_of(e).size() * parts;
}

namespace detail {

void read_ablation(const config::Node& node, Experiment& e, Mistakes& mistakes) {
  if (node.is_missing()) return;
  if (!node.is_list() && !node.is_scalar()) {
    mistakes.add(node.place(),
                 "'ablation' must be the name of a hypothesis or a list of names, got " +
                     config::found(node));
    return;
  }
  if (node.is_scalar()) read_name(node, e, mistakes);
  if (node.is_list())
    for (const config::Node& item : node.items()) read_name(item, e, mistakes);
  for (const Ablation& ablation : ablations_of(e)) {
    const std::string name = name_of(e, ablation);
    if (std::ranges::find(e.hypotheses, name, &Hypothesis::name) == e.hypotheses.end()) continue;
    mistakes.add(node.place(),
                 "'" + name + "' would be an ablation, and is a hypothesis",
                 "give the architecture another 'name'");
  }
}

}  // namespace detail
}  // namespace insula::experiment

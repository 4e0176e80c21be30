// SPDX-License-Identifier: Apache-2.0
// Which baselines have something to explain.
#include <algorithm>
#include <set>

#include "framework/architecture/graph.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/loading.h"
#include "framework/experiment/detail/trial_baselines.h"

namespace insula::experiment {
namespace {

bool any_region_in_terms(const Experiment& e) {
  return std::ranges::any_of(e.hypotheses, [](const Hypothesis& h) {
    return std::ranges::any_of(h.architecture.trials, [](const auto& trials) {
      return !simulation::regions_in_terms(trials).empty();
    });
  });
}

bool explains_something(const std::string& name, const Experiment& e, const Catalogue& catalogue) {
  const bool is_linear_dcm = name == kLinearDcm;
  if (find_built(name) != nullptr && !is_linear_dcm) return explains_trials(name, e);
  if (is_linear_dcm && any_region_in_terms(e)) return true;
  const BaselineKind* kind = find_kind(catalogue.baselines, name);
  return std::ranges::any_of(e.hypotheses.front().architecture.observations, [&](const auto& o) {
    return kind == nullptr || explains(*kind, recording_of(e, o.name));
  });
}

// An error that drives one region in one hypothesis, and a projection from there in another.
bool knows_outcomes(const std::string& name, const Experiment& e, const Catalogue& catalogue) {
  if (name != kLinearDcm) return false;
  std::vector<architecture::Architecture> graphs;
  for (const Hypothesis& h : e.hypotheses) graphs.push_back(h.architecture);
  Mistakes found;
  std::set<std::string> told;
  detail::check_signals(architecture::linear_union(graphs, catalogue), e.dataset, told, found);
  return !found.empty();
}

std::string explained_by(const std::string& name, const Catalogue& catalogue) {
  if (const BuiltBaseline* built = find_built(name)) return std::string(built->explained);
  return std::string(find_kind(catalogue.baselines, name)->explained);
}

}  // namespace

void detail::keep_baselines(Experiment& e,
                            const Catalogue& catalogue,
                            const config::Node& baselines,
                            Mistakes& mistakes) {
  if (baselines.is_missing()) {
    std::erase_if(e.baselines, [&](const std::string& name) {
      return !explains_something(name, e, catalogue) || knows_outcomes(name, e, catalogue);
    });
    return;
  }
  for (const std::string& name : e.baselines)
    if (!explains_something(name, e, catalogue))
      mistakes.add(baselines.place(),
                   "baseline '" + name + "' explains nothing that the hypotheses explain",
                   "it explains " + explained_by(name, catalogue));
    else if (knows_outcomes(name, e, catalogue))
      mistakes.add(baselines.place(),
                   "baseline '" + name +
                       "', the union of all hypotheses, would explain answers by the outcomes that "
                       "follow them, though no hypothesis does",
                   "leave it out, or the hypothesis whose projections lead there");
}

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "framework/architecture/detail/reach.h"
#include "framework/architecture/graph.h"

namespace insula::architecture {
namespace {

void doubt_unreached(const Architecture& a, std::vector<Mistake>& doubts) {
  const std::vector<int> distance = detail::distance_from_inputs(a);
  const std::vector<bool> observed = detail::is_observed(a);
  for (std::size_t i = 0; i < a.regions.size(); ++i) {
    if (distance[i] >= 0 || observed[i]) continue;
    doubts.push_back({a.regions[i].place,
                      "no input reaches region '" + a.regions[i].name + "'",
                      "it stays at rest: drive it, or project to it from a region that is driven"});
  }
  for (const Observation& observation : a.observations) {
    for (std::size_t region : observation.regions) {
      if (distance[region] >= 0) continue;
      doubts.push_back({observation.place,
                        "observation '" + observation.name + "' shows region '" +
                            a.regions[region].name + "', which no input reaches",
                        "its prediction is constant: drive the region, or project to it from one "
                        "that is driven"});
    }
  }
}

void doubt_unshown(const Architecture& a, std::vector<Mistake>& doubts) {
  const std::vector<bool> shown = detail::is_shown(a);
  for (std::size_t i = 0; i < a.regions.size(); ++i) {
    if (shown[i]) continue;
    doubts.push_back({a.regions[i].place,
                      "nothing observes region '" + a.regions[i].name +
                          "', and it leads to no region that is observed",
                      "no data can tell anything of its parameters"});
  }
}

void doubt_parallel(const Architecture& a, std::vector<Mistake>& doubts) {
  for (auto p = a.projections.begin(); p != a.projections.end(); ++p) {
    const auto twin = std::find_if(a.projections.begin(), p, [&](const Projection& q) {
      return q.source == p->source && q.target == p->target && q.kind == p->kind;
    });
    if (twin == p) continue;
    doubts.push_back({p->place,
                      "'" + to_text(a, *twin) + "' and '" + to_text(a, *p) +
                          "' are parallel and of one kind, '" + std::string(p->kind->name) + "'",
                      "data can hardly tell their strengths apart: one projection may name "
                      "everything under 'by'"});
  }
}

// Regions that no input reaches and that predictors of trials depend on.
void doubt_resting_terms(const Architecture& a, std::vector<Mistake>& doubts) {
  const std::vector<int> distance = detail::distance_from_inputs(a);
  for (const TrialObservation& trials : a.trials)
    for (const Predictor& predictor : trials.predictors)
      for (const Term& term : predictor.terms)
        for (const std::size_t region : term.regions)
          if (distance[region] < 0)
            doubts.push_back({term.place,
                              "'" + trials.name + "' depends on region '" + a.regions[region].name +
                                  "', which no input reaches",
                              "it stays at rest: drive it, or project to it from a region that is "
                              "driven"});
}

void doubt_idle_learners(const Architecture& a, std::vector<Mistake>& doubts) {
  std::vector<bool> used(a.learners.size(), false);
  for (const TrialObservation& trials : a.trials)
    for (const Predictor& predictor : trials.predictors)
      for (const Term& term : predictor.terms)
        for (const Signal& signal : term.signals) used[signal.learner] = true;
  for (const Input& input : a.inputs)
    if (input.learned && (!input.drives.empty() || modulates(a, input.name)))
      used[input.learned->signal.learner] = true;
  for (std::size_t l = 0; l < used.size(); ++l)
    if (!used[l])
      doubts.push_back({a.learners[l].place,
                        "neither a term of trials nor an input holds a signal of learner '" +
                            a.learners[l].name + "'",
                        "no data can tell anything of its parameters"});
}

void doubt_idle_inputs(const Architecture& a, std::vector<Mistake>& doubts) {
  for (const Input& input : a.inputs) {
    if (modulates(a, input.name) || !input.drives.empty() || is_in_a_term(a, input.name)) continue;
    doubts.push_back(
        {input.place,
         "input '" + input.name +
             "' neither drives a region nor modulates a projection nor is in a term of trials",
         "the architecture is the same without it"});
  }
}

}  // namespace

std::vector<Mistake> doubts(const Architecture& architecture) {
  std::vector<Mistake> doubts;
  doubt_unreached(architecture, doubts);
  doubt_parallel(architecture, doubts);
  doubt_resting_terms(architecture, doubts);
  doubt_idle_inputs(architecture, doubts);
  doubt_idle_learners(architecture, doubts);
  doubt_unshown(architecture, doubts);
  return doubts;
}

}  // namespace insula::architecture

// SPDX-License-Identifier: Apache-2.0
// Two architectures are compared claim by claim: "V1 projects to V5", "motion modulates it", "SPC
// gates it". So it does not matter whether a gate is written into a projection or beside it.
#include <algorithm>
#include <set>

#include "framework/architecture/detail/words.h"
#include "framework/architecture/graph.h"
#include "framework/base/text.h"

namespace insula::architecture {
namespace {

using Clauses = std::vector<std::string>;

template <class Named>
const Named* find_named(const std::vector<Named>& all, const std::string& name) {
  for (const Named& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

// "V1 changes kind from neuronal to two_state".
template <class Kind>
void compare_kinds(const std::string& name, const Kind* from, const Kind* to, Clauses& clauses) {
  if (from->name == to->name) return;
  clauses.push_back(name + " changes kind from " + std::string(from->name) + " to " +
                    std::string(to->name));
}

void compare_regions(const Architecture& from, const Architecture& to, Clauses& clauses) {
  for (const Region& region : to.regions) {
    const Region* old = find_named(from.regions, region.name);
    if (old) {
      compare_kinds(region.name, old->kind, region.kind, clauses);
    } else {
      clauses.push_back("adds: region " + region.name + " (" + std::string(region.kind->name) +
                        ")");
    }
  }
  for (const Region& region : from.regions) {
    if (!find_named(to.regions, region.name)) clauses.push_back("removes: region " + region.name);
  }
}

// One thing that an architecture says of the ways between its regions. Modulations and gates belong
// to a pair of regions, whichever of its parallel projections carries them.
struct Claim {
  std::string text;
  std::string pair;      // "V1 → V5"
  bool is_pair = false;  // the claim that there is a projection at all
};

Clauses modulator_texts(const Architecture& a, const Projection& projection) {
  const std::string pair = detail::ends_text(a, projection);
  Clauses texts;
  for (const std::string& context : projection.contexts) {
    texts.push_back(pair + " modulated by " + context);
  }
  for (const std::string& gate : detail::region_names(a, projection.gates)) {
    texts.push_back(gate + " gates " + pair);
  }
  return texts;
}

std::vector<Claim> claims(const Architecture& a) {
  std::vector<Claim> all;
  std::set<std::string> seen;
  for (const Projection& projection : a.projections) {
    const std::string pair = detail::ends_text(a, projection);
    // A projection onto the region itself is nothing but its modulations.
    if (projection.source != projection.target && seen.insert(pair).second) {
      all.push_back({pair, pair, true});
    }
    for (const std::string& text : modulator_texts(a, projection)) {
      if (seen.insert(text).second) all.push_back({text, pair, false});
    }
  }
  return all;
}

bool holds(const std::vector<Claim>& claims, const std::string& text) {
  return std::ranges::find(claims, text, &Claim::text) != claims.end();
}

void compare_claims(const Architecture& from, const Architecture& to, Clauses& clauses) {
  const std::vector<Claim> old_claims = claims(from), new_claims = claims(to);
  for (const Claim& claim : new_claims) {
    if (!holds(old_claims, claim.text)) clauses.push_back("adds: " + claim.text);
  }
  for (const Claim& claim : old_claims) {
    if (holds(new_claims, claim.text)) continue;
    // Without the projection there is nothing left to modulate: one clause says both.
    const bool goes_with_pair =
        !claim.is_pair && holds(old_claims, claim.pair) && !holds(new_claims, claim.pair);
    if (!goes_with_pair) clauses.push_back("removes: " + claim.text);
  }
}

const Projection* find_projection(const Architecture& a, const std::string& name) {
  for (const Projection& projection : a.projections) {
    if (to_text(a, projection) == name) return &projection;
  }
  return nullptr;
}

bool has_same_fields(const ProjectionKind& a, const ProjectionKind& b) {
  return std::ranges::equal(a.parameters, b.parameters, {}, &FieldSpec::name, &FieldSpec::name);
}

// A projection that `other` lacks although it has one between the same regions, and that says
// nothing which the claims do not: a parallel one.
void compare_parallel(const Architecture& a,
                      const Architecture& other,
                      const std::string& verb,
                      Clauses& clauses) {
  const std::vector<Claim> other_claims = claims(other);
  for (const Projection& projection : a.projections) {
    if (find_projection(other, to_text(a, projection))) continue;
    const Clauses said = modulator_texts(a, projection);
    const bool is_said = !holds(other_claims, detail::ends_text(a, projection)) ||
                         std::ranges::any_of(said, [&](const std::string& text) {
                           return !holds(other_claims, text);
                         });
    if (!is_said) clauses.push_back(verb + ": " + detail::arrow_text(a, projection));
  }
}

void compare_projections(const Architecture& from, const Architecture& to, Clauses& clauses) {
  compare_claims(from, to, clauses);
  compare_parallel(to, from, "adds", clauses);
  compare_parallel(from, to, "removes", clauses);
  for (const Projection& projection : to.projections) {
    const Projection* old = find_projection(from, to_text(to, projection));
    if (!old) continue;
    // linear, modulated and gated differ in what they take, which the claims say already.
    const bool is_said = has_same_fields(*old->kind, *projection.kind) &&
                         modulator_texts(from, *old) != modulator_texts(to, projection);
    if (!is_said) {
      compare_kinds(detail::arrow_text(to, projection), old->kind, projection.kind, clauses);
    }
  }
}

// What an input holds: a signal of a learner, or what the dataset has.
void compare_sources(const Architecture& from,
                     const Input* old,
                     const Architecture& to,
                     const Input& now,
                     Clauses& clauses) {
  const auto source = [](const Architecture& a, const Input& input) {
    return input.learned ? detail::stretch_text(a, *input.learned)
           : input.band  ? detail::band_text(*input.band)
                         : "what the dataset has";
  };
  const std::string after = source(to, now);
  if (!old && now.learned) clauses.push_back("adds: input " + now.name + " holds " + after);
  if (!old && now.band) clauses.push_back("adds: feature band " + now.name + ", " + after);
  if (!old || source(from, *old) == after) return;
  clauses.push_back("input " + now.name + " holds " + after + " instead of " + source(from, *old));
}

void compare_inputs(const Architecture& from, const Architecture& to, Clauses& clauses) {
  const auto driven = [](const Architecture& a, const Input* input) {
    return input ? detail::region_names(a, input->drives) : Clauses{};
  };
  const auto is_in = [](const Clauses& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  for (const Input& input : to.inputs) {
    const Input* old = find_named(from.inputs, input.name);
    compare_sources(from, old, to, input, clauses);
    if (!old && input.drives.empty() && !input.learned)
      clauses.push_back("adds: input " + input.name);
    const Clauses before = driven(from, old);
    for (const std::string& region : driven(to, &input)) {
      if (!is_in(before, region)) clauses.push_back("drives: " + input.name + " \u2192 " + region);
    }
  }
  for (const Input& input : from.inputs) {
    const Input* now = find_named(to.inputs, input.name);
    const Clauses after = driven(to, now);
    if (!now && input.drives.empty()) clauses.push_back("removes: input " + input.name);
    for (const std::string& region : driven(from, &input)) {
      if (!is_in(after, region)) {
        clauses.push_back("no longer drives: " + input.name + " \u2192 " + region);
      }
    }
  }
}

void compare_shown(const Architecture& from,
                   const Observation& old,
                   const Architecture& to,
                   const Observation& now,
                   Clauses& clauses) {
  const Clauses before = detail::region_names(from, old.regions);
  const Clauses after = detail::region_names(to, now.regions);
  const int is_own =
      (old.loadings.of == Loadings::Of::own) + (now.loadings.of == Loadings::Of::own);
  for (std::size_t i = 0; i < after.size(); ++i) {
    const auto position = std::ranges::find(before, after[i]);
    if (position == before.end()) {
      clauses.push_back(now.name + " now shows " + after[i]);
      continue;
    }
    if (is_own != 2) continue;
    const std::string& channel = old.channels[static_cast<std::size_t>(position - before.begin())];
    if (channel != now.channels[i]) {
      clauses.push_back(now.name + " changes the channel of " + after[i] + " from " + channel +
                        " to " + now.channels[i]);
    }
  }
  for (const std::string& region : before) {
    if (std::ranges::find(after, region) == after.end()) {
      clauses.push_back(now.name + " no longer shows " + region);
    }
  }
}

void compare_observations(const Architecture& from, const Architecture& to, Clauses& clauses) {
  for (const Observation& now : to.observations) {
    const Observation* old = find_named(from.observations, now.name);
    if (!old) {
      clauses.push_back("adds: observation " + now.name + " of " +
                        in_words(detail::region_names(to, now.regions)));
      continue;
    }
    compare_kinds(now.name, old->kind, now.kind, clauses);
    compare_shown(from, *old, to, now, clauses);
    const auto compare = [&](const std::string& what, const std::string& a, const std::string& b) {
      if (a != b) clauses.push_back(now.name + " changes " + what + " from " + a + " to " + b);
    };
    compare("what regions show in", detail::loadings_text(*old), detail::loadings_text(now));
    compare("noise", detail::noise_text(old->noise), detail::noise_text(now.noise));
    compare("drift", detail::drift_text(old->drift_cutoff), detail::drift_text(now.drift_cutoff));
  }
  for (const Observation& old : from.observations) {
    if (!find_named(to.observations, old.name)) {
      clauses.push_back("removes: observation " + old.name);
    }
  }
}

void compare_terms(const std::string& name,
                   const Predictor& old,
                   const Predictor& now,
                   Clauses& clauses) {
  const auto has = [](const Predictor& p, const Term& term) {
    return std::ranges::find(p.terms, term.name, &Term::name) != p.terms.end();
  };
  if (now.named && !old.named) clauses.push_back("frees: " + name);
  for (const Term& term : now.terms)
    if (!has(old, term)) clauses.push_back("adds: " + name + " depends on " + term.name);
  for (const Term& term : old.terms)
    if (!has(now, term)) clauses.push_back("removes: " + name + " depends on " + term.name);
  if (old.named && !now.named) clauses.push_back("fixes: " + name);
}

void compare_predictors(const TrialObservation& old,
                        const TrialObservation& now,
                        Clauses& clauses) {
  if (old.options != now.options) {
    clauses.push_back(now.name + " changes its options from " + join(old.options, ", ") + " to " +
                      join(now.options, ", "));
    return;  // evidence for one of them means another thing
  }
  for (std::size_t p = 0; p < now.predictors.size(); ++p)
    compare_terms(
        now.name + "." + to_text(now.predictors[p]), old.predictors[p], now.predictors[p], clauses);
}

void compare_trials(const Architecture& from, const Architecture& to, Clauses& clauses) {
  for (const TrialObservation& now : to.trials) {
    const TrialObservation* old = find_named(from.trials, now.name);
    if (!old) {
      clauses.push_back("adds: observation " + now.name + " of trials");
      continue;
    }
    compare_kinds(now.name, old->kind, now.kind, clauses);
    if (old->kind != now.kind) continue;
    if (now.has_window() && old->has_window() && old->window != now.window)
      clauses.push_back(now.name + " changes its window from " + detail::window_text(old->window) +
                        " to " + detail::window_text(now.window));
    compare_predictors(*old, now, clauses);
  }
  for (const TrialObservation& old : from.trials) {
    if (!find_named(to.trials, old.name)) clauses.push_back("removes: observation " + old.name);
  }
}

void compare_learners(const Architecture& from, const Architecture& to, Clauses& clauses) {
  for (const Learner& now : to.learners) {
    const Learner* old = find_named(from.learners, now.name);
    if (!old) {
      clauses.push_back("adds: learner " + now.name + " (" + std::string(now.kind->name) + ") of " +
                        now.outcome + (now.cue.empty() ? "" : " for each " + now.cue));
      continue;
    }
    compare_kinds(now.name, old->kind, now.kind, clauses);
    const auto compare = [&](const std::string& what, const std::string& a, const std::string& b) {
      if (a == b) return;
      clauses.push_back(now.name + " changes " + what + " from " + (a.empty() ? "none" : a) +
                        " to " + (b.empty() ? "none" : b));
    };
    compare("outcome", old->outcome, now.outcome);
    compare("cue", old->cue, now.cue);
    compare("trials", old->table, now.table);
  }
  for (const Learner& old : from.learners) {
    if (!find_named(to.learners, old.name)) clauses.push_back("removes: learner " + old.name);
  }
}

}  // namespace

std::vector<std::string> difference(const Architecture& from, const Architecture& to) {
  Clauses clauses;
  compare_regions(from, to, clauses);
  compare_projections(from, to, clauses);
  compare_inputs(from, to, clauses);
  compare_observations(from, to, clauses);
  compare_trials(from, to, clauses);
  compare_learners(from, to, clauses);
  const Clauses parameters = detail::parameter_difference(from, to);
  clauses.insert(clauses.end(), parameters.begin(), parameters.end());
  return clauses;
}

}  // namespace insula::architecture

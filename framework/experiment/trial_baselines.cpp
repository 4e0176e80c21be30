// SPDX-License-Identifier: Apache-2.0
// Baselines of trials: architectures without regions, made of the terms that the hypotheses use.
#include "framework/experiment/detail/trial_baselines.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "framework/architecture/graph.h"
#include "framework/base/text.h"

namespace insula::experiment {
namespace {

using architecture::Predictor;
using architecture::Term;
using architecture::TrialObservation;

// The same without learning, and without regions: in the place of their activities stands each
// input that drives or modulates them, as in a regression of those who have no model of the
// regions.
std::vector<Term> known_terms(const Hypothesis& h, const Term& term) {
  if (term.is_known()) return {term};
  if (!term.signals.empty()) return {};
  std::vector<Term> all;
  for (const architecture::Input& input : h.architecture.inputs) {
    if (input.learned) continue;
    if (input.drives.empty() && !architecture::modulates(h.architecture, input.name)) continue;
    for (const std::string& column : architecture::columns_of(input)) {
      Term known = term;
      known.regions.clear();
      // An input in "V5 * dots" that already stands there is not squared.
      if (std::ranges::find(known.inputs, column) == known.inputs.end())
        known.inputs.push_back(column);
      std::vector<std::string> parts = known.factors;
      std::ranges::copy(known.inputs, std::back_inserter(parts));
      known.name = join(parts, " * ");
      all.push_back(std::move(known));
    }
  }
  return all;
}

void add_terms(const Hypothesis& h, const std::vector<Term>& from, std::vector<Term>& to) {
  for (const Term& term : from)
    for (Term& known : known_terms(h, term))
      if (std::ranges::find(to, known.name, &Term::name) == to.end())
        to.push_back(std::move(known));
}

// All hypotheses' terms, predictor by predictor; kinds agree, or hypotheses could not be compared.
TrialObservation united(const Experiment& e, const std::string& name) {
  TrialObservation all;
  for (const Hypothesis& h : e.hypotheses)
    for (const TrialObservation& o : h.architecture.trials) {
      if (o.name != name) continue;
      if (all.kind == nullptr) {
        all = o;
        for (Predictor& p : all.predictors) p.terms.clear();
      }
      if (!all.has_window()) all.window = o.window;
      for (std::size_t p = 0; p < all.predictors.size() && o.kind == all.kind; ++p) {
        all.predictors[p].named = all.predictors[p].named || o.predictors[p].named;
        add_terms(h, o.predictors[p].terms, all.predictors[p].terms);
      }
    }
  return all;
}

TrialObservation without_terms(TrialObservation o) {
  for (Predictor& p : o.predictors) p.terms.clear();
  return o;
}

// Every term drives the first predictor of `choice`, or the evidence for each of several options.
TrialObservation of_choices(const Experiment& e,
                            const TrialObservation& asked,
                            const Catalogue& catalogue) {
  const std::string& name = asked.name;
  TrialObservation o;
  o.options = asked.options;
  o.kind = o.options.empty() ? find_kind(catalogue.trials, "choice") : asked.kind;
  for (const PredictorSpec* spec :
       predictors_of(*o.kind, std::max<std::size_t>(2, o.options.size())))
    o.predictors.push_back({spec, std::isnan(spec->unnamed), {}, {}});
  const std::size_t evidence = o.options.empty() ? 1 : o.options.size() - 1;
  for (std::size_t k = 0; k < evidence && !o.options.empty(); ++k)
    o.predictors[k].option = o.options[k + 1];
  for (const Hypothesis& h : e.hypotheses)
    for (const TrialObservation& mine : h.architecture.trials) {
      if (mine.name != name) continue;
      o.name = name;
      o.table = mine.table;
      if (!o.has_window()) o.window = mine.window;
      for (const Predictor& p : mine.predictors)
        for (std::size_t k = 0; k < evidence; ++k) add_terms(h, p.terms, o.predictors[k].terms);
    }
  return o;
}

}  // namespace

bool explains_trials(const std::string& baseline, const Experiment& e) {
  const auto& trials = e.hypotheses.front().architecture.trials;
  return std::ranges::any_of(trials, [&](const TrialObservation& o) {
    return baseline == kConstant || (baseline == kLogistic && o.kind->needs_choice) ||
           (baseline == kDdmRegression && o.kind->name == "ddm") ||
           (baseline == kTrialGlm && !o.kind->needs_choice);
  });
}

architecture::Architecture trial_baseline(const std::string& baseline,
                                          const Experiment& e,
                                          const Catalogue& catalogue) {
  std::vector<TrialObservation> trials;
  for (const TrialObservation& o : e.hypotheses.front().architecture.trials) {
    if (baseline == kConstant) trials.push_back(without_terms(united(e, o.name)));
    if (baseline == kLogistic && o.kind->needs_choice)
      trials.push_back(of_choices(e, o, catalogue));
    const bool is_regression = (baseline == kDdmRegression && o.kind->name == "ddm") ||
                               (baseline == kTrialGlm && !o.kind->needs_choice);
    if (is_regression) trials.push_back(united(e, o.name));
  }
  return architecture::of_trials(baseline, std::move(trials));
}

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/architecture.h"

#include <algorithm>
#include <cmath>

#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"

namespace insula::architecture {

double Parameter::natural(double theta) const {
  switch (domain) {
    case Domain::real: return theta;
    case Domain::positive: return reference * std::exp(theta);
    case Domain::unit_interval: return 1 / (1 + std::exp(-theta));
  }
  return theta;
}

double Parameter::derivative(double theta) const {
  switch (domain) {
    case Domain::real: return 1;
    case Domain::positive: return reference * std::exp(theta);
    case Domain::unit_interval: break;
  }
  const double tail = std::exp(-std::abs(theta));  // symmetric in θ, and never overflows
  return tail / ((1 + tail) * (1 + tail));
}

bool TrialObservation::has_window() const {
  return std::ranges::any_of(predictors, [](const Predictor& p) {
    return std::ranges::any_of(
        p.terms, [](const Term& t) { return !t.regions.empty() || !t.inputs.empty(); });
  });
}

std::size_t Architecture::region_index(const std::string& region) const {
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (regions[i].name == region) return i;
  }
  return npos;
}

std::vector<std::size_t> Architecture::free_parameters() const {
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].free && parameters[i].tied_to == i) free.push_back(i);
  }
  return free;
}

Eigen::MatrixXd weights(const Observation& observation) {
  if (observation.loadings.of != Loadings::Of::own) return observation.loadings.weight;
  const auto regions = static_cast<Eigen::Index>(observation.regions.size());
  return Eigen::MatrixXd::Identity(regions, regions);
}

bool is_in_a_term(const Architecture& a, const std::string& input) {
  for (const TrialObservation& trials : a.trials)
    for (const Predictor& predictor : trials.predictors)
      for (const Term& term : predictor.terms)
        if (std::ranges::find(term.inputs, input) != term.inputs.end()) return true;
  return false;
}

bool modulates(const Architecture& a, const std::string& input) {
  return std::ranges::any_of(a.projections, [&](const Projection& p) {
    return std::ranges::find(p.contexts, input) != p.contexts.end();
  });
}

std::vector<std::string> columns_of(const Input& input) {
  if (!input.band) return {input.name};
  const Band& band = *input.band;
  const std::string of = band.random > 0 ? (band.pca > 0 ? "random_pc" : "random")
                         : band.pca > 0  ? "pc"
                                         : "";
  std::vector<std::string> names;
  for (const double delay : band.delays)
    for (std::size_t c = 1; c <= band.columns; ++c)
      names.push_back(input.name + "[" + of + std::to_string(c) + "]" +
                      (delay > 0 ? " at " + number_text(delay) + " s" : ""));
  return names;
}

std::string to_text(const Predictor& predictor) {
  const std::string name(predictor.spec->intercept.name);
  return predictor.option.empty() ? name : name + "." + predictor.option;
}

std::string to_text(const Architecture& a, const Signal& signal) {
  const Learner& learner = a.learners[signal.learner];
  return learner.name + "." +
         std::string(learner.kind->signals[static_cast<std::size_t>(signal.signal)].name);
}

std::string to_text(const Architecture& architecture, const Projection& projection) {
  return detail::to_text({architecture.regions[projection.source].name,
                          architecture.regions[projection.target].name,
                          projection.ordinal});
}

}  // namespace insula::architecture

// SPDX-License-Identifier: Apache-2.0
// What a run can live with, but its user should know before it starts.
#include <algorithm>

#include "framework/architecture/graph.h"
#include "framework/experiment/detail/loading.h"
#include "framework/experiment/detail/split_stimuli.h"
#include "framework/experiment/experiment.h"

namespace insula::experiment {
namespace {

// Of a band of features, as findings name it: "s01/run-1/clip".
bool drives_a_region(const Experiment& experiment, const std::string& where) {
  const std::string band = where.substr(where.rfind('/') + 1);
  return std::ranges::any_of(experiment.hypotheses, [&](const Hypothesis& h) {
    return std::ranges::any_of(h.architecture.inputs, [&](const architecture::Input& input) {
      return input.band && input.name == band;
    });
  });
}

}  // namespace

std::vector<Mistake> doubts(const Experiment& experiment) {
  std::vector<Mistake> all;
  // Hypotheses that extend one file share its doubts.
  const auto is_told = [&](const Mistake& m) {
    return std::ranges::any_of(all, [&](const Mistake& told) {
      return told.place == m.place && told.message == m.message;
    });
  };
  for (const Hypothesis& h : experiment.hypotheses)
    for (const Mistake& m : architecture::doubts(h.architecture))
      if (!is_told(m)) all.push_back(m);
  for (const Mistake& m : detail::doubts_of_comparable_trials(experiment)) all.push_back(m);
  for (const Mistake& m : detail::doubts_of_split_stimuli(experiment)) all.push_back(m);
  // Here it is known which of them the folds tear apart.
  constexpr const char* kTwins = "duplicated_stimuli";
  for (const dataset::Finding& f : dataset::check(as_recorded(experiment))) {
    const Place place = f.place.file.empty() ? experiment.dataset.place : f.place;
    if (f.check == "feature_not_finite" && drives_a_region(experiment, f.where))
      throw InputError(place,
                       f.where + ": " + f.message,
                       "what drives a region must be known wherever it is shown",
                       ExitCode::data);
    if (f.severity != dataset::Finding::Severity::note && f.check != kTwins)
      all.push_back({place, f.where + ": " + f.message, {}});
  }
  return all;
}

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
// A subject whose training part a corruption has spoilt.
#pragma once

#include <string>

#include "framework/experiment/detail/part.h"
#include "framework/experiment/experiment.h"

namespace insula::experiment {

/// One strength of one of the experiment's corruptions.
struct Corruption {
  const Counterfactual* counterfactual = nullptr;
  double strength = 0;
};

/// What follows the name of a corruption where its models are judged on a confound turned around.
inline constexpr const char* kTurnedAround = ", turned around";

/// "confound of attention", "gain_drift of bold": the kind, and what it is about where that is
/// said.
std::string name_of(const Counterfactual& counterfactual);

/// The subject as a model that trains on the part sees it. Samples, steps of inputs and trials that
/// do not train are the same to the last bit, and at strength 0 everything is.
///
/// random  by the experiment's seed, the corruption, the subject and the fold: every model trains
/// on
///         the same data, and every strength has the same draws
dataset::Subject corrupted(const Experiment& experiment,
                           const dataset::Subject& subject,
                           const Part& part,
                           const Corruption& corruption);

/// The subject with all its samples spoilt by a nuisance that goes against the condition instead of
/// with it: what a model that learned the nuisance is worst at. `corruption` is of a correlated
/// kind.
dataset::Subject turned_around(const Experiment& experiment,
                               const dataset::Subject& subject,
                               const Corruption& corruption);

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
// What each modality buys: a hypothesis fitted to every subset of its observations.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "framework/config/node.h"
#include "framework/experiment/detail/model_run.h"
#include "framework/experiment/experiment.h"

namespace insula::experiment {

/// More would be more than 14 fits a fold.
inline constexpr std::size_t kMostAblated = 4;

/// Names of a hypothesis' observations: recordings, then those of trials.
std::vector<std::string> observations_of(const architecture::Architecture& architecture);

/// "bold + pupil"
std::string in_sum(const std::vector<std::string>& observations);

/// One fit to some of a hypothesis' observations.
struct Ablation {
  std::size_t hypothesis = 0;  // of the experiment
  std::vector<std::string> fitted_to, left_out;
};
/// One for each nonempty proper subset, the small ones first, hypothesis by hypothesis.
std::vector<Ablation> ablations_of(const Experiment& experiment);

/// "gated on bold + pupil"
std::string name_of(const Experiment& experiment, const Ablation& ablation);

/// Whether a score of a model on a target means anything. Of a Gaussian recording that a model was
/// not fitted to neither the level nor the noise is known, of values of trials not even the unit:
/// only r remains. Choices, response times and counts have predictive distributions all the same.
bool has_meaning(const ModelRun& model, const Target& target, std::string_view metric);

/// Adds Results::ablation. Reads RunData alone.
void add_ablation(const RunData& data, report::Results& results);

namespace detail {

/// Reads the key `ablation` into the experiment, whose hypotheses are all there.
void read_ablation(const config::Node& node, Experiment& experiment, Mistakes& mistakes);

}  // namespace detail
}  // namespace insula::experiment

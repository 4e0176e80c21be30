// SPDX-License-Identifier: Apache-2.0
// The parts of a recipe, read; what may stand in them is described in twin.h.
#pragma once

#include <vector>

#include "framework/base/random.h"
#include "framework/config/reader.h"
#include "framework/experiment/twin.h"

namespace insula::experiment::detail {

/// Reads 'inputs', a mapping; `duration` is that of a run, 0 if it is not known. Some are on in
/// every trial.
std::vector<SimulatedInput> read_simulated_inputs(const config::Node& node,
                                                  double duration,
                                                  const SimulatedTrials& trials,
                                                  Mistakes& mistakes);

/// Reads 'trials', a mapping or missing; what is random in their design is drawn here.
SimulatedTrials read_simulated_trials(const config::Node& node,
                                      double duration,
                                      std::uint64_t seed,
                                      Mistakes& mistakes);

/// There are trials for every observation of trials, with what its terms name.
void check_simulated_trials(const SimulatedTrials& trials,
                            const architecture::Architecture& architecture,
                            Mistakes& mistakes);

/// Inputs that hold what is learned have trials, begin within the run and wait for no response.
void check_simulated_signals(const SimulatedTrials& trials,
                             double duration,
                             const architecture::Architecture& architecture,
                             Mistakes& mistakes);

/// The trials before anybody answers.
dataset::Trials trial_table(const SimulatedTrials& trials,
                            const architecture::Architecture& architecture);

/// Draws the answers of one run at natural predictors [trials, predictors]; trials that are not
/// whole have none.
void answer(const architecture::TrialObservation& observation,
            const Eigen::MatrixXd& natural,
            const std::vector<char>& is_whole,
            double missing,
            Stream stream,
            dataset::Trials& table);

/// Reads 'recordings': one for each observation of the architecture, in its order.
std::vector<SimulatedRecording> read_simulated_recordings(
    const config::Node& node,
    double duration,
    const architecture::Architecture& architecture,
    Mistakes& mistakes);

/// Reads 'parameters' as true θ of each of the architecture's parameters.
std::vector<double> read_truth(const config::Node& node,
                               const architecture::Architecture& architecture,
                               Mistakes& mistakes);

}  // namespace insula::experiment::detail

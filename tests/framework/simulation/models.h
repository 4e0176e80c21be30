// SPDX-License-Identifier: Apache-2.0
// Small models and runs for tests of the simulator.
#pragma once

#include <Eigen/Core>
#include <string>

#include "framework/contract/catalogue.h"
#include "framework/dataset/dataset.h"
#include "framework/simulation/detail/trajectory.h"
#include "framework/simulation/system.h"

namespace insula::simulation::test {

/// A → B ⇄ C: B's input is modulated by the context u2 and gated by C, the way back saturates; u1
/// drives A, u2 drives C.
architecture::Architecture chain_of_three(const std::string& region_kind,
                                          const std::string& observation_kind,
                                          const Catalogue& kinds);

/// One neuronal region A that u drives, seen by BOLD.
architecture::Architecture one_region_at_rest(const Catalogue& kinds);

/// Inputs in blocks that do not fall on sample times; a recording for every observation, with
/// another delay for each channel.
dataset::Run block_run(const System& system, double interval, int samples);

/// Every input is 1 from the start, samples every 2 s until `duration`.
dataset::Run constant_run(const System& system, double duration);

/// Prior mean plus half a prior sd times a normal draw; inputs' strengths are 1 plus that.
Eigen::VectorXd drawn_theta(const System& system, std::uint64_t seed);

/// Sets a free parameter by name. errors  std::out_of_range if there is none
void set(const System& system, Eigen::VectorXd& theta, const std::string& name, double value);

/// Largest difference of the Jacobian from central differences at the same steps, as a share of the
/// largest entry of its column (or of a hundredth of the channel's, for columns that hardly
/// matter).
double worst_derivative(const System& system, const Timeline& line, const Eigen::VectorXd& theta);

/// What a channel shows at its samples.
Eigen::VectorXd observed(const System& system,
                         const std::vector<double>& natural,
                         const Trajectory& trajectory,
                         std::size_t channel,
                         std::size_t samples);

}  // namespace insula::simulation::test

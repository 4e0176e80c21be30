// SPDX-License-Identifier: Apache-2.0
// From a trajectory's tape to the coefficients of its tangents: every equation's exact derivatives
// at every stage, kLanes moments at a time, combined by the structure's products.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/simulation/detail/structure.h"
#include "framework/simulation/detail/trajectory.h"

namespace insula::simulation {

/// An index of ours as one of the standard library.
inline std::size_t z(int i) { return static_cast<std::size_t>(i); }

/// The drift's coefficients for blocks [first, last) of kLanes stages, written to `stream` (which
/// holds all blocks). Blocks are independent: call from as many threads as you like.
void fill_drift_stream(const System& system,
                       const Structure& structure,
                       const Timeline& timeline,
                       const std::vector<double>& natural,
                       const Trajectory& trajectory,
                       std::size_t first,
                       std::size_t last,
                       double* stream);

/// One channel's predicted values and, if `stream` is given, its output's coefficients.
Eigen::VectorXd observe_samples(const System& system,
                                const Structure& structure,
                                const std::vector<double>& natural,
                                const Trajectory& trajectory,
                                std::size_t channel,
                                std::size_t samples,
                                std::vector<double>* stream);

}  // namespace insula::simulation

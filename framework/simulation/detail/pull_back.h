// SPDX-License-Identifier: Apache-2.0
// Jᵀv without J: weights of samples carried back along a trajectory, the transpose of tangents,
// step by step and stage by stage. One sweep serves all parameters, where tangents serve kLanes a
// sweep.
//
// source  Griewank & Walther 2008, Evaluating Derivatives, ch. 3 (the reverse mode)
#pragma once

#include <span>
#include <vector>

#include "framework/simulation/detail/tangents.h"

namespace insula::simulation {

/// Whether weights can be carried back: no sample lies within a step or is a sum of what is
/// simulated.
bool can_be_reversed(const Linearised& run);

/// Σ over channels of Jᵀv for each set of weights: parameters × sets. `column_of`: per parameter of
/// the architecture, its place among those asked for, or −1; none may be one of Structure::pulsed.
Eigen::MatrixXd carry_back(const Linearised& run,
                           const Eigen::VectorXd& theta,
                           const std::vector<Eigen::Index>& column_of,
                           Eigen::Index parameters,
                           std::span<const SampleWeights> sets);

}  // namespace insula::simulation

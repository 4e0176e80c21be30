// SPDX-License-Identifier: Apache-2.0
// A system's equations at many points of one parameter vector at once: lanes are points.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/simulation/system.h"

namespace insula::simulation {

/// dx/dt at each point.
/// shape   x points × states, u points × inputs → points × states
/// exact   the same operations as drift(), so the same digits at one instruction set
Eigen::MatrixXd drift_at(const System& system,
                         const std::vector<double>& natural,
                         const Eigen::MatrixXd& x,
                         const Eigen::MatrixXd& u);

/// The predicted mean of every channel at each point: points × channels.
Eigen::MatrixXd observe_at(const System& system,
                           const std::vector<double>& natural,
                           const Eigen::MatrixXd& x);

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
// Derivatives in the strengths of hundreds of columns of features that drive a region.
//
// A column c acts through the region's stimulus alone, and is constant between its changes t_g. So
// the tangent of its strength, X_c, obeys
//
//   X_c(t_g+1) = A_g X_c(t_g) + b_g φ_c(g)
//
// with A_g the tangents of unit displacements of the states at t_g and b_g that of a unit stimulus
// from then on: as many directions as there are states, carried once, serve any number of columns.
// At a sample within the stretch the derivative is a row of the same kind. What one stretch's unit
// stimulus does to later samples dies away, soon as a rule, so that all columns are a product with
// a narrow band. Exact to rounding for the steps taken, as the tangents themselves.
#pragma once

#include <vector>

#include "framework/numerics/impulse_block.h"
#include "framework/simulation/detail/tangents.h"

namespace insula::simulation {

/// Adds the columns of the Jacobian of Structure::pulsed. `column_of`: per parameter of the
/// architecture, the Jacobian's column of the θ that it is, or −1 if that is not asked for.
void add_pulsed(const Linearised& run,
                const Eigen::VectorXd& theta,
                const std::vector<Eigen::Index>& column_of,
                std::vector<Eigen::MatrixXd>& jacobian);

/// What unit stimuli of each region do, in the order of driven_regions().
std::vector<numerics::ImpulseBlock> impulses_of(const Linearised& run,
                                                const Eigen::VectorXd& theta);

}  // namespace insula::simulation

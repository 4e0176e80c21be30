// SPDX-License-Identifier: Apache-2.0
// Regions as static nodes: what they settle at under an input that does not change. Trials without
// a time series are explained by the activity at which each trial's input leaves the network.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/base/outcome.h"
#include "framework/simulation/system.h"

namespace insula::simulation {

struct Equilibrium {
  Outcome outcome;
  Eigen::MatrixXd activity;            // trials × regions
  std::vector<Eigen::MatrixXd> slope;  // per region: trials × free parameters; empty if not asked
};

/// The activity z of every region where 0 = f(x, u; θ) and where the dynamics arrive when they
/// start at rest and each trial's input is held; that equilibrium must be stable. Channels feed
/// nothing back and are ignored. Slopes follow from the implicit function theorem,
///
///     dx/dθ = −(∂f/∂x)⁻¹ ∂f/∂θ,   dz/dθ = ∂z/∂x · dx/dθ + ∂z/∂θ,
///
/// and are 0 in parameters that are not of regions, projections or inputs. Trials with the same
/// input are solved once.
///
/// shape   input: one row for each of system.inputs, one column a trial; theta: one number for each
///         of system.free
/// units   inputs and activities as in the architecture
/// domain  a trial whose input has a NaN has NaN for activity and slopes
/// errors  none on values: if a trial diverges or does not settle, `outcome` names the first such
///         trial (from 1) and the region, and there are no values; InternalError if sizes differ
/// exact   residual and slopes to rounding of the equations; same bytes at any thread count
/// cost    per distinct trial some ten factorisations of regions' states squared
/// source  detail/settle.h; slopes: Krantz & Parks 2002, The Implicit Function Theorem, th. 3.3.1
Equilibrium equilibrium(const System& system,
                        const Eigen::MatrixXd& input,
                        const Eigen::VectorXd& theta,
                        bool with_slopes);

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
// Regions as static nodes: what they settle at under an input that does not change. Trials without
// a time series are explained by the activity at which each trial's input leaves the network.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/base/outcome.h"
#include "framework/simulation/learner_data.h"
#include "framework/simulation/system.h"

namespace insula::simulation {

/// What inputs are in each trial, and how those move whose values learners give.
struct TrialInputs {
  Eigen::MatrixXd value;  // one row for each of System::inputs, one column a trial
  Eigen::MatrixXd slope;  // ∂u/∂p × trials, its rows as of Timeline::input_slope; empty: none moves
};

/// What is `known` of inputs, and in the rows of those that learners give each trial's signal.
/// learner_rows: one for each learner of the architecture, of the same trials as `known`; a learner
/// whose rows are empty moves no input, which stays as it is known.
/// errors  InternalError if a learner has other trials
TrialInputs with_signals(const System& system,
                         const Eigen::MatrixXd& known,
                         const std::vector<LearnerRows>& learner_rows,
                         const std::vector<double>& natural,
                         bool with_slopes);

struct Equilibrium {
  Outcome outcome;
  Eigen::MatrixXd activity;            // trials × regions
  std::vector<Eigen::MatrixXd> slope;  // per region: trials × free parameters; empty if not asked
};

/// The activity z of every region where 0 = f(x, u; θ) and where the dynamics arrive when they
/// start at rest and each trial's input is held; that equilibrium must be stable. Channels feed
/// nothing back and are ignored. Slopes follow from the implicit function theorem,
///
///     dx/dθ = −(∂f/∂x)⁻¹ (∂f/∂θ + ∂f/∂u · du/dθ),   dz/dθ = ∂z/∂x · dx/dθ + ∂z/∂θ,
///
/// and are 0 in parameters that are not of regions, projections, inputs or of the learners that
/// give inputs their values. Trials with the same input, and the same slopes of it, are solved
/// once.
///
/// shape   inputs: of each trial; theta: one number for each of system.free
/// units   inputs and activities as in the architecture
/// domain  a trial whose input has a NaN has NaN for activity and slopes
/// errors  none on values: if a trial diverges or does not settle, `outcome` names the first such
///         trial (from 1) and the region, and there are no values; InternalError if sizes differ
/// exact   residual and slopes to rounding of the equations; same bytes at any thread count
/// cost    per distinct trial some ten factorisations of regions' states squared
/// source  detail/settle.h; slopes: Krantz & Parks 2002, The Implicit Function Theorem, th. 3.3.1
Equilibrium equilibrium(const System& system,
                        const TrialInputs& inputs,
                        const Eigen::VectorXd& theta,
                        bool with_slopes);
/// The same where no input moves, whoever gives it.
Equilibrium equilibrium(const System& system,
                        const Eigen::MatrixXd& input,
                        const Eigen::VectorXd& theta,
                        bool with_slopes);

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
// What SPM's two schemes share: from a path of states to predictions and their differences in θ.
#pragma once

#include <Eigen/Core>

#include "framework/simulation/detail/spm_expansion.h"
#include "framework/simulation/response.h"
#include "framework/simulation/spm_run.h"

namespace insula::simulation {

/// The states q at each moment of a grid.
struct SpmPath {
  Outcome outcome;
  Eigen::MatrixXd q;  // (1 + states) × moments
};

/// True while the magnitudes of q sum to at most 1e6, where SPM stops; else `outcome` says what
/// diverged, and when.
bool spm_plausible(const System& system,
                   const SpmRun& run,
                   const SpmGrid& grid,
                   int moment,
                   const Eigen::VectorXd& q,
                   Outcome& outcome);

/// The states along a grid by each scheme.
SpmPath spm_bilinear_path(const System& system,
                          const SpmRun& run,
                          const SpmGrid& grid,
                          const SpmExpansion& expansion);
SpmPath spm_second_order_path(const System& system,
                              const SpmRun& run,
                              const SpmGrid& grid,
                              const SpmExpansion& expansion);

/// Predictions by a scheme and their forward differences of step exp(−8) in each free parameter.
Response spm_response(const System& system,
                      const SpmRun& run,
                      const SpmGrid& grid,
                      const Eigen::VectorXd& theta,
                      bool with_jacobian,
                      bool second_order);

}  // namespace insula::simulation

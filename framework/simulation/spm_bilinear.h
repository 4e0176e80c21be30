// SPDX-License-Identifier: Apache-2.0
// SPM's integrator of bilinear models (spm_int), copied so that published fits can be reproduced.
#pragma once

#include "framework/simulation/response.h"
#include "framework/simulation/spm_run.h"

namespace insula::simulation {

/// Predictions of the bilinear expansion about rest, whose haemodynamics are linear in the states;
/// only the output equation keeps its form. Between moments of the grid the solution is exact.
/// Sensitivities are forward differences with step exp(−8) in θ, as in SPM's spm_nlsi_GN.
///
/// domain  run made by spm_run(system, …); gates have no effect, so gated models need
///         respond_spm_second_order
/// errors  none on values: a run that diverges says so in `outcome`
/// exact   agrees with SPM's spm_int to about 1e-10 of the range; spm_schemes_test.cpp
/// cost    a matrix exponential for every pair of input values and interval that recurs, a Taylor
///         series for every moment of the others
/// source  Friston, Harrison & Penny 2003, NeuroImage 19:1273; what SPM's spm_int computes
Response respond_spm_bilinear(const System& system,
                              const SpmRun& run,
                              const Eigen::VectorXd& theta,
                              bool with_jacobian);

}  // namespace insula::simulation

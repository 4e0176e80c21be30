// SPDX-License-Identifier: Apache-2.0
// SPM's integrator of gated models (spm_int_D), copied so that published fits can be reproduced.
#pragma once

#include "framework/simulation/response.h"
#include "framework/simulation/spm_run.h"

namespace insula::simulation {

/// Predictions of the second-order expansion about rest. The operator holds the neuronal states of
/// the last moment; moments are the inputs' changes, the samples, and round(TR) others a scan.
///
/// The expansion counts the neuronal flow twice: once in its linear part and again in the part that
/// the states refresh. One region at rest constant ½ s⁻¹ under a lasting input of (1/16) s⁻¹
/// settles at 0.0625 and not at 0.125. Its predictions are therefore those of another system than
/// the equations'. SPM has it since February 2010, in every gated model.
///
/// domain  run made by spm_run(system, …)
/// errors  none on values: a run that diverges says so in `outcome`
/// exact   agrees with SPM's spm_int_D to about 1e-10 of the range; spm_schemes_test.cpp
/// cost    a Taylor series of some 20 products with the operator at every moment
/// source  Stephan et al. 2008, NeuroImage 42:649; what SPM's spm_int_D computes
Response respond_spm_second_order(const System& system,
                                  const SpmRun& run,
                                  const Eigen::VectorXd& theta,
                                  bool with_jacobian);

}  // namespace insula::simulation

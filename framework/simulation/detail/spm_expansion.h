// SPDX-License-Identifier: Apache-2.0
// SPM's expansion of a system about rest, which its two schemes solve in place of the system.
//
// With q = (1, x):  dq/dt = (M0 + Σ_k u_k M1_k + Σ_i x_i M2_i) q
//   M0    column 0: f(rest, 0);        columns 1…: ∂f/∂x
//   M1_k  column 0: ∂f/∂u_k;           columns 1…: ∂²f/∂x∂u_k
//   M2_i  column 0: ∂f/∂x_i;           columns 1…: ∂²f/∂x∂x_i     (i: first state of each region)
// Derivatives are forward differences with step exp(−8), as SPM takes them; so agreement with SPM
// is in the rounding and not in the step.
//
// M2's column 0 repeats what M0 holds already, so second order counts the neuronal flow twice.
//
// source  Friston et al. 2000, NeuroImage 12:466, appendix; Stephan 2008, NeuroImage 42:649; what
//         SPM's spm_bireduce, spm_soreduce and spm_diff compute
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/simulation/system.h"

namespace insula::simulation {

/// exp(−8), the step of all of SPM's differences.
inline constexpr double kSpmStep = 3.35462627902511839e-04;

struct SpmExpansion {
  Eigen::MatrixXd m0;
  std::vector<Eigen::MatrixXd> m1;  // one an input
  std::vector<Eigen::MatrixXd> m2;  // one a region; empty unless asked
  std::vector<int> m2_state;        // the state x_i of each
  std::vector<double> natural;      // parameter values that it holds for
};

/// domain  regions `neuronal` or `two_state`, observations `bold`: their rest is 0, and ∂²f with
///         respect to haemodynamic states and anything else that is used here vanishes
SpmExpansion spm_expansion(const System& system, std::vector<double> natural, bool second_order);

}  // namespace insula::simulation

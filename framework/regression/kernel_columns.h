// SPDX-License-Identifier: Apache-2.0
// An input convolved with the kernel of an observation kind, and with its derivative.
#pragma once

#include <Eigen/Core>

#include "framework/contract/baseline.h"

namespace insula::regression {

/// The response ∫ k(s) u(t − s) ds to an input u that is held between its onsets, and its temporal
/// derivative, which is the response through k′: what a response that comes earlier has more of.
/// The kernel is 0 outside its own bounds; one that begins before 0 shows inputs to come.
///
/// shape   time (s) → times × 2
/// units   of the input; of the input in 1/s
/// exact   absolute 1e-6 of an input that changes by 1 (integral by Hermite cubics over a 64th of
///         the kernel's spacing); the derivative to rounding
Eigen::MatrixXd kernel_columns(const Kernel& kernel,
                               const BaselineInput& input,
                               const Eigen::VectorXd& time);

}  // namespace insula::regression

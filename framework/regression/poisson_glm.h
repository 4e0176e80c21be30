// SPDX-License-Identifier: Apache-2.0
// The Poisson generalised linear model of counts, with delays and penalties that it tunes itself.
#pragma once

#include "framework/contract/baseline.h"

namespace insula::regression {

/// Expected counts from delayed inputs with a logarithmic link; delays and ridge penalty of each
/// channel by nested cross-validation of the deviance.
///
/// source  Truccolo, Eden, Fellows, Donoghue & Brown 2005, J. Neurophysiol. 93:1074
BaselinePrediction predict_by_poisson_glm(const BaselineProblem& problem);

}  // namespace insula::regression

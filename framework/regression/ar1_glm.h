// SPDX-License-Identifier: Apache-2.0
// The general linear model as users of imaging and of psychophysiology run it.
#pragma once

#include "framework/contract/baseline.h"
#include "framework/regression/input_columns.h"

namespace insula::regression {

/// Inputs in one form beside the nuisance columns, by generalised least squares under AR(1) noise
/// of each channel; nothing is shrunk but drift. The last training residual is not carried into
/// the held-out part.
BaselinePrediction predict_by_ar1_glm(const BaselineProblem& problem, const InputForm& form);

}  // namespace insula::regression

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "framework/inference/group.h"

namespace insula::inference::detail {

/// Throws InternalError if the subjects' sizes, names or priors disagree or the design does not
/// fit.
void check(const GroupProblem& problem, const GroupOptions& options);

}  // namespace insula::inference::detail

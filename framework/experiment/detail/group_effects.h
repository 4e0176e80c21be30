// SPDX-License-Identifier: Apache-2.0
// Empirical Bayes over subjects that were fitted one by one, as rows of results.
#pragma once

#include <string>
#include <vector>

#include "framework/experiment/detail/model_run.h"

namespace insula::experiment {

/// True if one of the patterns, in which * stands for anything, is the name.
bool is_named_by(const std::string& name, const std::vector<std::string>& patterns);

/// What fits to all data say of the group that the experiment describes; nothing if it describes
/// none. Hypotheses without the group's parameters, and subjects without a fit, are named among
/// what was not computed.
void add_group_effects(const RunData& data, report::Results& results);

}  // namespace insula::experiment

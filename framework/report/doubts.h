// SPDX-License-Identifier: Apache-2.0
// What is wrong with a fit, in the few words that stand beside every number made of it.
#pragma once

#include <string>
#include <vector>

#include "framework/report/results.h"

namespace insula::report {

/// Parameters whose posterior keeps more of the prior's variance are not identified by the data.
inline constexpr double kUnidentified = 0.9;

/// "iteration limit", "k̂ 0.83", "iteration limit, k̂ 0.83": a fit that did not converge, or whose
/// normal posterior importance sampling finds too narrow (k̂ above 0.7). "posterior not sampled":
/// with `posterior: importance`, weights that cannot be trusted. Empty if nothing is known against
/// it.
std::string doubts_of(const FitSummary& fit);

/// Of several fits: "iteration limit: 2 of 5 fits; k̂ 0.83 at worst, 3 of 5 fits"; of one, its own.
std::string doubts_of(const std::vector<const FitSummary*>& fits);

/// Of all fits of a model; empty also if there is no such model.
std::string doubts_of(const Results& results, const std::string& model);

}  // namespace insula::report

// SPDX-License-Identifier: Apache-2.0
// What recovery came to, in sentences that the page and the terminal share.
#pragma once

#include <string>
#include <vector>

#include "framework/report/results.h"

namespace insula::report {

/// First what went wrong, then whether hypotheses are told apart, then whether posteriors are what
/// they say. Empty without recovery.
std::vector<std::string> recovery_sentences(const Results& results);

}  // namespace insula::report

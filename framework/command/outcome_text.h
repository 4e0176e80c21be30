// SPDX-License-Identifier: Apache-2.0
// What a run says at its end.
#pragma once

#include <string>

#include "framework/report/results.h"

namespace insula::command {

/// A table with a line for each model, then the verdicts that hold over all channels.
std::string outcome_text(const report::Results& results);

/// Fits that did not converge and what was not computed, one warning a line; "" if there is none.
std::string doubtful_fits_text(const report::Results& results);

}  // namespace insula::command

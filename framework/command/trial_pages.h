// SPDX-License-Identifier: Apache-2.0
// What `insula describe` says of the trials of a dataset.
#pragma once

#include <string>

#include "framework/dataset/dataset.h"

namespace insula::command {

/// A row for each table of trials, counted over all subjects, and what is excluded for which
/// reason; "" if there are no trials.
std::string trial_tables(const dataset::Dataset& data);

}  // namespace insula::command

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "framework/experiment/detail/model_run.h"

namespace insula::experiment {

/// Marks every row of every table with what is wrong with the fits that it is made of
/// (report/doubts.h): those of its model, of its subject and fold where it is about one, under its
/// corruption. Parameters that the data do not identify are marked, too.
void mark_doubts(const RunData& clean,
                 const std::vector<RunData>& stressed,
                 report::Results& results);

}  // namespace insula::experiment

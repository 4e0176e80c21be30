// SPDX-License-Identifier: Apache-2.0
// What a task leaves, as bytes that a store keeps.
#pragma once

#include <string>
#include <string_view>

#include "framework/experiment/detail/fit_models.h"

namespace insula::experiment {

std::string to_bytes(const PartResult& part);
std::string to_bytes(const GroupPart& part);

/// The part as it was, but for TrialPosterior::problem, which whoever reads makes again.
/// errors  schedule::Damaged
PartResult part_from_bytes(std::string_view bytes);
GroupPart group_part_from_bytes(std::string_view bytes);

}  // namespace insula::experiment

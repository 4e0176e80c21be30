// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "framework/dataset/matlab.h"
#include "framework/dataset/spm_dcm.h"

namespace insula::dataset::detail {

/// The priors in DCM.M, if there are any; `model` says how many regions and inputs there are.
/// errors  InputError (data) if M's parameters are not those of SPM's bilinear model
std::optional<SpmPriors> read_spm_priors(const MatlabNode& m, const SpmDcm& model);

}  // namespace insula::dataset::detail

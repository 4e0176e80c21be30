// SPDX-License-Identifier: Apache-2.0
// Baselines that are architectures themselves, built of the hypotheses and fitted as they are.
#pragma once

#include <span>
#include <string_view>

namespace insula::experiment {

struct BuiltBaseline {
  std::string_view name, summary;
  std::string_view explained;  // "it explains …"
  std::string_view source;
};

inline constexpr const char* kLinearDcm = "linear_dcm";
inline constexpr const char* kConstant = "constant";
inline constexpr const char* kLogistic = "logistic";
inline constexpr const char* kDdmRegression = "ddm_regression";
inline constexpr const char* kTrialGlm = "trial_glm";

std::span<const BuiltBaseline> built_baselines();
/// nullptr if there is none of that name.
const BuiltBaseline* find_built(std::string_view name);

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
// The groups of integrity checks; integrity.cpp lists them all.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/dataset/dataset.h"

namespace insula::dataset::detail {

/// `where` is "subject/run".
void check_recordings(const Run& run, const std::string& where, std::vector<Finding>& findings);
void check_channels_in_time(const Recording& recording,
                            const std::string& where,
                            std::vector<Finding>& findings);
void check_inputs(const Run& run, const std::string& where, std::vector<Finding>& findings);
void check_trials(const Dataset& dataset, std::vector<Finding>& findings);
void check_features(const Dataset& dataset, std::vector<Finding>& findings);
void check_clocks(const Dataset& dataset, std::vector<Finding>& findings);
void check_between_runs(const Dataset& dataset, std::vector<Finding>& findings);

using Series = Eigen::Ref<const Eigen::VectorXd>;

/// True if the finite values of a series are not all the same.
bool varies(const Series& series);
/// Equal for series that same_samples() calls the same.
std::uint64_t fingerprint(const Series& series);
/// True if two series agree in every sample, missing ones included.
bool same_samples(const Series& a, const Series& b);

}  // namespace insula::dataset::detail

// SPDX-License-Identifier: Apache-2.0
// Forty pictures with six features each, two of which drive a region that is recorded.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>

#include "framework/experiment/experiment.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment::test {

inline constexpr int kPictures = 40, kColumns = 6;
inline constexpr double kEvery = 4, kLasts = 2;  // s
inline constexpr double kDuration = kPictures * kEvery;

/// Of different units and offsets.
Eigen::MatrixXd random_features(std::uint64_t seed, Eigen::Index rows, Eigen::Index columns);

/// As tab-separated text, with a name p0, p1, … for each row.
std::string table_of(const Eigen::MatrixXd& x);

/// The dataset "dataset.yaml" of features "clip.tsv" and what the first two columns drive. A
/// subject sees every picture once, 's2' in the opposite order.
void write_pictures(const dataset::Folder& folder, const Eigen::MatrixXd& x, int subjects = 1);

/// The architecture NAME.yaml: the band 'clip' drives a region A.
void write_band(const dataset::Folder& folder, const std::string& name, const std::string& band);

Experiment load_pictures(const dataset::Folder& folder, const std::string& lines);

inline const std::string kFourBlocks =
    "validation: {split: blocks, folds: 4, gap: 4 s}\ncomparison: {bootstrap: 100}\n";

/// All of it, with one hypothesis, 'embedded'.
Experiment pictures(const dataset::Folder& folder,
                    const std::string& band,
                    const std::string& lines = "baselines: [mean]\n",
                    int subjects = 1);

}  // namespace insula::experiment::test

// SPDX-License-Identifier: Apache-2.0
// The problems that benchmarks of feature-driven fits share: three regions with a gate, or ten all
// connected, see 450 images, a scan each and a scan apart, or watch a film, for 30 minutes (900
// scans, TR 2 s). A row of 500 features for each image, or for each scan of the film, drives the
// first region. Data are simulated from known weights.
#pragma once

#include <Eigen/Core>
#include <string>

#include "framework/architecture/architecture.h"
#include "framework/dataset/dataset.h"

namespace insula::benchmark {

constexpr int kScans = 900, kColumns = 500;
constexpr double kInterval = 2;  // s

enum class Seen { images, film };
bool is_shown(Seen seen, int scan);

/// An architecture file with the band of features "clip" of a region. One column has a weight with
/// an input's prior, more have a learned scale.
std::string watching(const std::string& yaml, const std::string& driven, int columns = kColumns);

/// As features of an experiment are: standardised, over the root of their number; 0 where nothing
/// is shown. Scans × columns.
Eigen::MatrixXd random_features(Seen seen);

struct Simulated {
  dataset::Subject subject{"s01", {}, {}};
  Eigen::VectorXd drive;  // by the features: scans
};

/// Seen by BOLD at an SNR of 3. It ends the program where the truth cannot be simulated.
Simulated simulated(const architecture::Architecture& plain,
                    Seen seen,
                    const architecture::Architecture& architecture);

}  // namespace insula::benchmark

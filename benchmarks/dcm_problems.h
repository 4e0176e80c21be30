// SPDX-License-Identifier: Apache-2.0
// The problems that benchmarks of simulation and fits share: three regions with a gate (360 scans,
// TR 3.22 s) and ten regions fully connected (256 scans, TR 2 s), simulated from known parameters
// at an SNR of 3.
#pragma once

#include <Eigen/Core>
#include <string>

#include "framework/architecture/architecture.h"
#include "framework/contract/catalogue.h"
#include "framework/dataset/dataset.h"

namespace insula::benchmark {

/// Their architecture files, seen by BOLD.
std::string three_regions();  // V1, V5, SPC; inputs photic, motion, attention
std::string ten_regions();    // R0 … R9; inputs u0 … u9

struct DcmProblem {
  architecture::Architecture architecture;
  dataset::Subject subject;
  Eigen::VectorXd truth;
};

/// They end the program where the truth cannot be simulated.
DcmProblem three_regions_with_a_gate(const Catalogue& kinds);
DcmProblem ten_regions_fully_connected(const Catalogue& kinds);

}  // namespace insula::benchmark

// SPDX-License-Identifier: Apache-2.0
// The models of tests/reference/inference/spm_toys.m, and SPM's inversion of them.
#pragma once

#include <Eigen/Core>
#include <string>

#include "framework/inference/problem.h"
#include "tests/framework/inference/toys.h"

namespace insula::inference::toys {

struct SpmToy {
  Problem problem;  // without evaluate()
  Model model;
  // What SPM found:
  Eigen::VectorXd mean, lambda, free_energy_parts;
  Eigen::MatrixXd covariance;
  double free_energy = 0;
  std::string kept;  // + for an iteration that was kept, else -
};

/// decay, oscillation, growth or tone.
SpmToy read_spm_toy(const std::string& name);

}  // namespace insula::inference::toys

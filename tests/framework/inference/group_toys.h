// SPDX-License-Identifier: Apache-2.0
// Groups drawn from a known population.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/inference/group.h"

namespace insula::inference::toys {

struct Population {
  Eigen::MatrixXd design;                      // S × C
  Eigen::MatrixXd mean;                        // P × C
  Eigen::VectorXd variance;                    // P, between subjects
  Eigen::VectorXd prior_mean, prior_variance;  // P, of the subjects' problems
  Eigen::Index data = 12;                      // of each subject
  double noise_precision = 1;                  // of Gaussian data
  bool is_count = false;                       // Poisson data in place of Gaussian ones
};

struct DrawnGroup {
  GroupProblem problem;
  std::vector<Eigen::VectorXd> truth;      // θ_s
  std::vector<Eigen::MatrixXd> regressor;  // A_s, data × P
  std::vector<Eigen::VectorXd> data;
};

/// Subjects "s0", "s1", …: y_s = A_s θ_s + ε, or counts with log rate A_s θ_s; A_s standard normal.
DrawnGroup draw_group(const Population& population, std::uint64_t seed);

/// S × 1 of ones.
Eigen::MatrixXd no_covariates(Eigen::Index subjects);
/// Ones, and a standard normal covariate.
Eigen::MatrixXd one_covariate(Eigen::Index subjects, std::uint64_t seed);

/// Every number of a group's fit as bytes.
std::string bytes_of(const GroupFit& fit);

}  // namespace insula::inference::toys

// SPDX-License-Identifier: Apache-2.0
// What shows activity through a kernel: when its integral is taken, and with which weights.
//
//   y(t) = ∫ k(s) z(t − s) ds = −∫ k(s) d/ds Z(t − s) ds,   Z the integral of z
//
// Z is interpolated by cubics between evenly spaced moments, so that the integral becomes a moving
// sum of Z. A kink of z, where an input changes, then costs an error of the third order in the
// spacing only. Source: product integration, e.g. Davis & Rabinowitz 1984, Methods of Numerical
// Integration, sec. 2.5.6.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/contract/observation.h"
#include "framework/dataset/dataset.h"
#include "framework/simulation/timeline.h"

namespace insula::simulation {

/// When a channel's states are sampled, and how its samples follow.
struct SampleTimes {
  std::vector<double> simulated;  // s, ascending; times before 0 stand for rest
  Convolution convolution;
};
SampleTimes sample_times(const Kernel& kernel,
                         const dataset::Recording& recording,
                         Eigen::Index channel);

/// simulated × columns → samples × columns.
Eigen::MatrixXd convolve(const Convolution& convolution, const Eigen::MatrixXd& simulated);

}  // namespace insula::simulation

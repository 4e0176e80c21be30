// SPDX-License-Identifier: Apache-2.0
// A tall matrix whose columns begin one after the other and die away, in blocks of neighbours.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace insula::numerics {

/// What unit impulses do to every sample from when they begin until it has died away.
struct ImpulseBlock {
  Eigen::Index first = 0, count = 0;  // which impulses of each group
  std::vector<Eigen::Index> sample;   // per channel: the first sample that they reach
  /// Per channel: samples × (groups · count), group by group; no rows if they reach none.
  std::vector<Eigen::MatrixXd> effect;
};

}  // namespace insula::numerics

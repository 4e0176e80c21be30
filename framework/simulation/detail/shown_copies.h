// SPDX-License-Identifier: Apache-2.0
// What the channels of kLanes copies of a system show.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "framework/simulation/detail/packed.h"
#include "framework/simulation/timeline.h"

namespace insula::simulation {

class ShownCopies {
 public:
  ShownCopies(const System& system,
              const Timeline& timeline,
              const Packed& packed,
              std::span<const std::vector<double>> natural);

  /// Takes a sample at a packed state.
  void sample(Sample taken, const double* x);

  /// Per channel: kLanes × what is simulated of it.
  std::vector<Eigen::MatrixXd> simulated;

 private:
  struct Channel {
    const Map *activity, *observe;
    Numbers activity_parameter, observe_parameter;  // of each copy
    std::size_t region_state = 0, state = 0;        // first, in a packed state
  };
  std::vector<Channel> channels_;
};

/// kLanes × simulated → kLanes × samples.
Eigen::MatrixXd convolve_copies(Isa isa,
                                const Convolution& convolution,
                                const Eigen::MatrixXd& simulated);

}  // namespace insula::simulation

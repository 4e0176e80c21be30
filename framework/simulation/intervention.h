// SPDX-License-Identifier: Apache-2.0
// What is done to a network that has been fitted, as an edit of its architecture: whatever runs an
// architecture runs the edited one, so there is no second simulator.
//
//   lesion   a region is gone: its activity is 0, and every projection into it and out of it is cut
//   cut      a projection is gone, with what modulates and gates it
//   clamp    a region's activity is held at a value from the start of every run, whatever arrives;
//            what leaves it goes on
//   swap     where one input modulates a projection the other's time course does, and the other way
//            round, each with the weight that the place has; what they drive they go on driving
//   scale    what arrives by a projection, or by all projections into a region from others, is
//            multiplied
//
// Parameters, and so θ and its posterior, are those of the architecture as it was: those of what is
// gone have no effect.
#pragma once

#include <string>
#include <vector>

#include "framework/architecture/architecture.h"
#include "framework/numerics/isa.h"

namespace insula::simulation {

struct Intervention {
  enum class Kind { lesion, cut, clamp, swap, scale };
  Kind kind = Kind::lesion;
  /// lesion, clamp: regions; cut: projections, as architecture::to_text() names them; scale:
  /// either; swap: two inputs.
  std::vector<std::string> targets;
  double value = 0;  // clamp: activity, in units of the region's kind; scale: the factor
  std::string name;  // unique in an experiment
};

/// "lesion V5", "cut V1 -> V5", "clamp V5 at 0.5", "swap attention with motion",
/// "scale V1 -> V5 by 0.5".
std::string to_text(const Intervention& intervention);

/// Why it cannot be done to this architecture, to follow the architecture's name: "has no region
/// 'V5'"; empty if it can.
std::string obstacle(const architecture::Architecture& architecture,
                     const Intervention& intervention);

/// The architecture with the intervention. Free parameters are the same, in the same order.
/// errors  InternalError if there is an obstacle
architecture::Architecture intervened(architecture::Architecture architecture,
                                      const Intervention& intervention,
                                      Isa isa = chosen_isa());

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
// The one shape in which the simulator sees every equation of every kind: a map
//
//     out = F(state, input, parameters)
//
// evaluated for many instances at once (a block of lanes is kLanes instances of one kind, or one
// instance at kLanes moments), and linearised for one instance at many moments.
#pragma once

#include <cstddef>
#include <cstdint>

namespace insula {

/// Numbers that travel together in memory: one 512-bit vector, or two of 256, or four of 128.
inline constexpr std::size_t kLanes = 8;

/// Arrays are blocked: quantity q of lane l in block b stands at [(b · quantities + q) · kLanes +
/// l].
struct Map {
  int states = 0, inputs = 0, parameters = 0, outputs = 0;

  /// lanes are instances: parameters have lanes of their own. Only blocks that hold one of the
  /// first `instances` lanes are computed (in halves or quarters where vectors are shorter).
  void (*evaluate)(std::size_t instances,
                   const double* state,
                   const double* input,
                   const double* parameter,
                   double* out) = nullptr;

  /// lanes are moments of one instance: `parameter` holds one number each. `partial` receives
  /// ∂out/∂(state, input, parameter), blocked: row-major outputs × (states + inputs + parameters).
  /// `out` may be null.
  void (*linearise)(std::size_t moments,
                    const double* state,
                    const double* input,
                    const double* parameter,
                    double* out,
                    double* partial) = nullptr;

  /// The arguments on which output `o` depends: bit a for argument a in the order above.
  std::uint64_t (*structure)(int o) = nullptr;

  int arguments() const { return states + inputs + parameters; }
  bool depends(int output, int argument) const { return (structure(output) >> argument & 1U) != 0; }
};

}  // namespace insula

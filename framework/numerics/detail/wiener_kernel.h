// SPDX-License-Identifier: Apache-2.0
// The loops over trials of wiener.h, compiled once for each instruction set.
#pragma once

#include <cstddef>

#include "framework/numerics/isa.h"

namespace insula::numerics {

/// Numbers one per trial (stride 1) or one for all (stride 0).
struct WienerColumn {
  const double* data = nullptr;
  std::size_t stride = 1;
};

struct WienerTask {
  std::size_t count = 0;
  WienerColumn in[7];    // rt, resp, v, a, z, t0, sv
  double* out[15] = {};  // what the kernel fills, one number per trial each
};

struct WienerKernels {
  void (*density)(const WienerTask&);    // ln f
  void (*gradient)(const WienerTask&);   // ln f and its slopes in v, a, z, t0, sv
  void (*curvature)(const WienerTask&);  // second derivatives, lower triangle row by row
};
WienerKernels wiener_kernels(Isa isa);

}  // namespace insula::numerics

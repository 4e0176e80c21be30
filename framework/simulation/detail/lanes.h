// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "framework/contract/map.h"
#include "framework/numerics/pack.h"

namespace insula::simulation::INSULA_ISA {

using insula::INSULA_ISA::kWidth;
using insula::INSULA_ISA::Pack;

/// kLanes numbers in as many registers as they take.
struct Lanes {
  static constexpr std::size_t kPacks = kLanes / kWidth;
  Pack p[kPacks];

  static Lanes load(const double* from) {
    Lanes x;
    for (std::size_t i = 0; i < kPacks; ++i) x.p[i] = Pack::load(from + i * kWidth);
    return x;
  }
  void store(double* to) const {
    for (std::size_t i = 0; i < kPacks; ++i) p[i].store(to + i * kWidth);
  }
  void add(double factor, const double* x) {
    const Pack f(factor);
    for (std::size_t i = 0; i < kPacks; ++i) p[i] = p[i] + f * Pack::load(x + i * kWidth);
  }
  void add(const double* factor, const double* x) {
    for (std::size_t i = 0; i < kPacks; ++i)
      p[i] = p[i] + Pack::load(factor + i * kWidth) * Pack::load(x + i * kWidth);
  }
};

}  // namespace insula::simulation::INSULA_ISA

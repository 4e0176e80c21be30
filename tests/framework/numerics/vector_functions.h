// SPDX-License-Identifier: Apache-2.0
// Pack and Dual as the tests reach them: vector_functions.cpp is compiled once for each instruction
// set, and the tests run those that the machine has.
#pragma once

#include <cstddef>

#include "framework/numerics/isa.h"

namespace insula::test {

/// Functions of one number at n points, in packs of the set's width.
using OfMany = void (*)(std::size_t n, const double* x, double* out);

struct VectorFunctions {
  std::size_t width = 0;
  OfMany exp = nullptr, log = nullptr, tanh = nullptr, max_of_half = nullptr;  // max(x, 0.5)
  OfMany exponential = nullptr, exponential_minus_one = nullptr, half_log_over_two_pi = nullptr;

  /// Numbered expressions of (a, b), with their derivatives: out has value, ∂/∂a, ∂/∂b at each of n
  /// points.
  int expressions = 0;
  void (*differentiate)(
      int expression, std::size_t n, const double* a, const double* b, double* out) = nullptr;
  /// The same expression on plain packs: out has the value alone.
  void (*evaluate)(int expression, std::size_t n, const double* a, const double* b, double* out) =
      nullptr;
  /// Bits of the arguments on which an expression depends.
  unsigned (*depends)(int expression) = nullptr;
};

/// Only for a set that the machine has.
VectorFunctions vector_functions(Isa isa);

}  // namespace insula::test

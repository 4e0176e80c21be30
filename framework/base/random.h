// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: a stream is a value made from a seed and a key, so that results do
// not depend on which thread draws first.
//
// source  Salmon et al. 2011, SC'11, "Parallel random numbers: as easy as 1, 2, 3" (Philox4x32-10)
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace insula {

/// The ten-round Philox bijection of a 128-bit counter under a 64-bit key.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key);

/// A stream of random numbers named by a seed and a task, e.g. Stream{7, "bootstrap/gated/V5"}.
/// Streams with different names are independent; the same name gives the same numbers everywhere.
class Stream {
 public:
  Stream(std::uint64_t seed, std::string_view task);

  std::uint64_t bits();
  /// Uniform on (0, 1), both ends open, 53 bits.
  double uniform();
  /// Standard normal, by the inverse distribution function of one uniform.
  double normal();
  /// Uniform on 0 … n − 1 without modulo bias; n ≥ 1.
  std::uint64_t below(std::uint64_t n);

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

/// The quantile of the standard normal distribution, p in (0, 1); relative error below 1e-15.
/// source  Wichura 1988, Appl. Statist. 37:477, algorithm AS 241 (PPND16)
double normal_quantile(double p);

}  // namespace insula

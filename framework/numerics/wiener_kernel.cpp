// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/detail/wiener_kernel.h"

#include <algorithm>

#include "framework/numerics/detail/wiener_series.h"

namespace insula::numerics::INSULA_ISA {

extern const WienerKernels wiener_kernels;

namespace {

// A number for each of kLanes trials.
template <class T>
constexpr std::size_t kLanes = kWidth;
template <>
constexpr std::size_t kLanes<PackPair> = 2 * kWidth;

template <class T>
T load(const double* from) {
  return Pack::load(from);
}
template <>
PackPair load(const double* from) {
  return {Pack::load(from), Pack::load(from + kWidth)};
}
void store(Pack x, double* to) { x.store(to); }
void store(PackPair x, double* to) {
  x.a.store(to);
  x.b.store(to + kWidth);
}

// in: rt, resp, v, a, z, t0, sv
struct Density {
  using Scalar = PackPair;
  static constexpr int kOut = 1;
  [[gnu::always_inline]] static void of(const PackPair* in, PackPair* out) {
    first_passage<false, PackPair>(in[0], in[1], {in[2], in[3], in[4], in[5], in[6]}, out, nullptr);
  }
};

struct Gradient {
  using Scalar = PackPair;
  static constexpr int kOut = 6;
  [[gnu::always_inline]] static void of(const PackPair* in, PackPair* out) {
    first_passage<true, PackPair>(in[0], in[1], {in[2], in[3], in[4], in[5], in[6]}, out, out + 1);
  }
};

// One direction after the other: as fast as all at once, whose numbers no register holds, and a
// third of the code.
struct Curvature {
  using Scalar = Pack;
  static constexpr int kOut = 15;
  static void of(const Pack* in, Pack* out) {
    Dual<1> at[7], value, slope[5];
    for (int i = 0; i < 7; ++i) {
      at[i].v = in[i];
      at[i].d[0] = Pack(0.0);
    }
    for (int j = 0; j < 5; ++j) {
      at[2 + j].d[0] = Pack(1.0);
      first_passage<true, Dual<1>>(
          at[0], at[1], {at[2], at[3], at[4], at[5], at[6]}, &value, slope);
      at[2 + j].d[0] = Pack(0.0);
      for (int i = j; i < 5; ++i) out[i * (i + 1) / 2 + j] = slope[i].d[0];
    }
  }
};

// Whole registers straight from the columns; the last trials once more through here as a padded
// copy, whose lanes hold the same digits as they would elsewhere.
template <class What>
void each(const WienerTask& task) {
  using T = typename What::Scalar;
  constexpr std::size_t kStep = kLanes<T>;
  double shared[7][kStep], results[What::kOut][kStep];
  const double* from[7];
  for (int c = 0; c < 7; ++c) {
    std::fill_n(shared[c], kStep, *task.in[c].data);
    from[c] = task.in[c].stride == 0 ? shared[c] : task.in[c].data;
  }
  T in[7], out[What::kOut];
  std::size_t i = 0;
  for (; i + kStep <= task.count; i += kStep) {
    for (int c = 0; c < 7; ++c) in[c] = load<T>(from[c] + i * task.in[c].stride);
    What::of(in, out);
    for (int k = 0; k < What::kOut; ++k) store(out[k], task.out[k] + i);
  }
  if (i == task.count) return;
  WienerTask padded;
  padded.count = kStep;
  for (int c = 0; c < 7; ++c) {
    if (task.in[c].stride != 0)
      for (std::size_t lane = 0; lane < kStep; ++lane)
        shared[c][lane] = task.in[c].data[std::min(i + lane, task.count - 1)];
    padded.in[c].data = shared[c];
  }
  for (int k = 0; k < What::kOut; ++k) padded.out[k] = results[k];
  each<What>(padded);
  for (int k = 0; k < What::kOut; ++k) std::copy_n(results[k], task.count - i, task.out[k] + i);
}

}  // namespace

constinit const WienerKernels wiener_kernels{each<Density>, each<Gradient>, each<Curvature>};

}  // namespace insula::numerics::INSULA_ISA

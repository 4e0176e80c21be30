// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/detail/wiener_kernel.h"

#include <algorithm>

#include "framework/numerics/detail/wiener_series.h"

namespace insula::numerics::INSULA_ISA {

extern const WienerKernels wiener_kernels;

namespace {

// rt, resp, v, a, z, t0, sv of each trial, or of all with stride 0 (then a register full of it),
// and where the results go.
struct Columns {
  const double* from[7];
  std::size_t stride[7];
  double* to[15];
};
void load(const Columns& columns, std::size_t first, Pack* in) {
  for (int c = 0; c < 7; ++c) in[c] = Pack::load(columns.from[c] + first * columns.stride[c]);
}
void load(const Columns& columns, std::size_t first, PackPair* in) {
  Pack a[7], b[7];
  load(columns, first, a);
  load(columns, first + kWidth, b);
  for (int c = 0; c < 7; ++c) in[c] = {a[c], b[c]};
}
void store(Pack x, double* to) { x.store(to); }
void store(PackPair x, double* to) {
  x.a.store(to);
  x.b.store(to + kWidth);
}

// In stages over a block of trials, because one trial is a single chain of dependent operations:
// a stage has many short chains at once, and its constants stay in registers (on a Xeon with
// avx512 5.2 ns a trial, 6.2 ns for two packs side by side).
struct Density {
  static constexpr int kOut = 1;
  static constexpr std::size_t kStep = kWidth, kBlock = 32;

  static void run(const Columns& columns, std::size_t count) {
    for (std::size_t i = 0; i < count; i += kBlock * kWidth)
      block(columns, i, std::min(kBlock, (count - i) / kWidth));
  }

  static void block(const Columns& columns, std::size_t first, std::size_t packs) {
    Pack w[kBlock], tau[kBlock], scale[kBlock], rest[kBlock];
    Exponential<Pack> near[kBlock], far[kBlock];
    for (std::size_t i = 0; i < packs; ++i) {
      Pack in[7];
      load(columns, first + i * kWidth, in);
      const Passage<Pack> p = passage<Pack>(in[0], in[1], {in[2], in[3], in[4], in[5], in[6]});
      w[i] = p.w;
      tau[i] = p.tau;
      near[i].value = p.near;
      far[i].value = p.far;
      scale[i] = p.scale;
      rest[i] = p.rest;
    }
    for (std::size_t i = 0; i < packs; ++i) near[i] = exponential(near[i].value);
    for (std::size_t i = 0; i < packs; ++i) far[i] = exponential(far[i].value);
    for (std::size_t i = 0; i < packs; ++i) {
      const auto left = at_most(w[i], 0.5);
      const Pack u = 1.0 - w[i];
      const auto early = short_series<false, Pack>(left, w[i], u, 0.0, near[i], far[i]);
      const auto late = long_series<false, Pack>(left, w[i], u, near[i].value);
      const Pack sum = select(at_most(tau[i], kSwitch), early.sum, late.sum);
      scale[i] = sum * sum * scale[i];
    }
    for (std::size_t i = 0; i < packs; ++i)
      (0.5 * log(scale[i]) + rest[i]).store(columns.to[0] + first + i * kWidth);
  }
};

// Whole registers, kStep trials of them, one after the other.
template <class What>
void one_by_one(const Columns& columns, std::size_t count) {
  typename What::Scalar in[7], out[What::kOut];
  for (std::size_t i = 0; i < count; i += What::kStep) {
    load(columns, i, in);
    What::of(in, out);
    for (int k = 0; k < What::kOut; ++k) store(out[k], columns.to[k] + i);
  }
}

struct Gradient {
  using Scalar = PackPair;
  static constexpr int kOut = 6;
  static constexpr std::size_t kStep = 2 * kWidth;
  [[gnu::always_inline]] static void of(const PackPair* in, PackPair* out) {
    first_passage<PackPair>(in[0], in[1], {in[2], in[3], in[4], in[5], in[6]}, out, out + 1);
  }
  static void run(const Columns& columns, std::size_t count) {
    one_by_one<Gradient>(columns, count);
  }
};

// One direction after the other: as fast as all at once, whose numbers no register holds, and a
// third of the code.
struct Curvature {
  using Scalar = Pack;
  static constexpr int kOut = 15;
  static constexpr std::size_t kStep = kWidth;
  static void of(const Pack* in, Pack* out) {
    Dual<1> at[7], value, slope[5];
    for (int i = 0; i < 7; ++i) {
      at[i].v = in[i];
      at[i].d[0] = Pack(0.0);
    }
    for (int j = 0; j < 5; ++j) {
      at[2 + j].d[0] = Pack(1.0);
      first_passage<Dual<1>>(at[0], at[1], {at[2], at[3], at[4], at[5], at[6]}, &value, slope);
      at[2 + j].d[0] = Pack(0.0);
      for (int i = j; i < 5; ++i) out[i * (i + 1) / 2 + j] = slope[i].d[0];
    }
  }
  static void run(const Columns& columns, std::size_t count) {
    one_by_one<Curvature>(columns, count);
  }
};

// Whole steps straight from the columns; the last trials once more as a padded copy, whose lanes
// hold the same digits as they would elsewhere.
template <class What>
void each(const WienerTask& task) {
  constexpr std::size_t kStep = What::kStep;
  double shared[7][kWidth], last[7][kStep], results[What::kOut][kStep];
  Columns columns;
  for (int c = 0; c < 7; ++c) {
    std::fill_n(shared[c], kWidth, *task.in[c].data);
    columns.stride[c] = task.in[c].stride;
    columns.from[c] = columns.stride[c] == 0 ? shared[c] : task.in[c].data;
  }
  std::copy_n(task.out, What::kOut, columns.to);
  const std::size_t whole = task.count - task.count % kStep;
  What::run(columns, whole);
  if (whole == task.count) return;
  for (int c = 0; c < 7; ++c) {
    if (columns.stride[c] == 0) continue;
    for (std::size_t lane = 0; lane < kStep; ++lane)
      last[c][lane] = task.in[c].data[std::min(whole + lane, task.count - 1)];
    columns.from[c] = last[c];
  }
  for (int k = 0; k < What::kOut; ++k) columns.to[k] = results[k];
  What::run(columns, kStep);
  for (int k = 0; k < What::kOut; ++k)
    std::copy_n(results[k], task.count - whole, task.out[k] + whole);
}

}  // namespace

constinit const WienerKernels wiener_kernels{each<Density>, each<Gradient>, each<Curvature>};

}  // namespace insula::numerics::INSULA_ISA

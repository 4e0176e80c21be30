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
Point<Pack> point(const Pack* in) { return {in[2], in[3], in[4], in[5], in[6]}; }

// In stages over a block of trials, because one trial is a single chain of dependent operations:
// a stage has many short chains at once, and its constants stay in registers (on a Xeon with
// avx512 5.2 ns a trial, 6.2 ns for two packs side by side; by tables 4.5 ns).
constexpr std::size_t kBlock = 16;  // registers: what stages hand on stays in the nearest cache

struct Block {
  Passage<Pack> passage[kBlock];
  Exponential<Pack> near[kBlock], far[kBlock];
};

// The log densities of some registers of trials. Not inlined: the same code, and so the same
// digits, whether slopes follow or not.
[[gnu::noinline]] void densities(const Columns& columns,
                                 std::size_t first,
                                 std::size_t packs,
                                 Block& block) {
  for (std::size_t i = 0; i < packs; ++i) {
    Pack in[7];
    load(columns, first + i * kWidth, in);
    block.passage[i] = passage<Pack>(in[0], in[1], point(in));
  }
  for (std::size_t i = 0; i < packs; ++i) {
    block.near[i] = exponential(block.passage[i].near);
    block.far[i] = exponential(block.passage[i].far);
  }
  for (std::size_t i = 0; i < packs; ++i)
    log_density(block.passage[i], block.near[i], block.far[i])
        .store(columns.to[0] + first + i * kWidth);
}

void slopes(const Columns& columns, std::size_t first, std::size_t packs, const Block& block) {
  for (std::size_t i = 0; i < packs; ++i) {
    Pack in[7], slope[5];
    load(columns, first + i * kWidth, in);
    slopes_of(
        block.passage[i], block.near[i], block.far[i], in[1], in[0] - in[5], point(in), slope);
    for (int k = 0; k < 5; ++k) slope[k].store(columns.to[1 + k] + first + i * kWidth);
  }
}

struct Density {
  static constexpr int kOut = 1;
  static void run(const Columns& columns, std::size_t count) {
    Block block;
    for (std::size_t i = 0; i < count; i += kBlock * kWidth)
      densities(columns, i, std::min(kBlock, (count - i) / kWidth), block);
  }
};

struct Gradient {
  static constexpr int kOut = 6;
  static void run(const Columns& columns, std::size_t count) {
    Block block;
    for (std::size_t i = 0; i < count; i += kBlock * kWidth) {
      const std::size_t packs = std::min(kBlock, (count - i) / kWidth);
      densities(columns, i, packs, block);
      slopes(columns, i, packs, block);
    }
  }
};

// One direction after the other: as fast as all at once, whose numbers no register holds, and a
// third of the code.
struct Curvature {
  static constexpr int kOut = 15;
  static void run(const Columns& columns, std::size_t count) {
    for (std::size_t i = 0; i < count; i += kWidth) {
      Pack in[7], out[15];
      load(columns, i, in);
      of(in, out);
      for (int k = 0; k < 15; ++k) out[k].store(columns.to[k] + i);
    }
  }
  static void of(const Pack* in, Pack* out) {
    Dual<1> at[7], slope[5];
    for (int i = 0; i < 7; ++i) {
      at[i].v = in[i];
      at[i].d[0] = Pack(0.0);
    }
    for (int j = 0; j < 5; ++j) {
      at[2 + j].d[0] = Pack(1.0);
      const Point<Dual<1>> here{at[2], at[3], at[4], at[5], at[6]};
      const Passage<Dual<1>> p = passage(at[0], at[1], here);
      slopes_of(p, exponential(p.near), exponential(p.far), at[1], at[0] - at[5], here, slope);
      at[2 + j].d[0] = Pack(0.0);
      for (int i = j; i < 5; ++i) out[i * (i + 1) / 2 + j] = slope[i].d[0];
    }
  }
};

// Whole steps straight from the columns; the last trials once more as a padded copy, whose lanes
// hold the same digits as they would elsewhere.
template <class What>
void each(const WienerTask& task) {
  double shared[7][kWidth], last[7][kWidth], results[What::kOut][kWidth];
  Columns columns;
  for (int c = 0; c < 7; ++c) {
    std::fill_n(shared[c], kWidth, *task.in[c].data);
    columns.stride[c] = task.in[c].stride;
    columns.from[c] = columns.stride[c] == 0 ? shared[c] : task.in[c].data;
  }
  std::copy_n(task.out, What::kOut, columns.to);
  const std::size_t whole = task.count - task.count % kWidth;
  What::run(columns, whole);
  if (whole == task.count) return;
  for (int c = 0; c < 7; ++c) {
    if (columns.stride[c] == 0) continue;
    for (std::size_t lane = 0; lane < kWidth; ++lane)
      last[c][lane] = task.in[c].data[std::min(whole + lane, task.count - 1)];
    columns.from[c] = last[c];
  }
  for (int k = 0; k < What::kOut; ++k) columns.to[k] = results[k];
  What::run(columns, kWidth);
  for (int k = 0; k < What::kOut; ++k)
    std::copy_n(results[k], task.count - whole, task.out[k] + whole);
}

}  // namespace

constinit const WienerKernels wiener_kernels{each<Density>, each<Gradient>, each<Curvature>};

}  // namespace insula::numerics::INSULA_ISA

// SPDX-License-Identifier: Apache-2.0
// Eigen is not included: its inline code, made for one instruction set, would be merged with
// another's by the linker. For the same reason all templates here have internal linkage.
#include "framework/inference/detail/gram_kernel.h"

namespace insula::inference::detail {
namespace {

// A tile of sums lives in registers: 4 × 3 of AVX2's sixteen, 6 × 4 of AVX-512's thirty-two,
// 2 × 3 pairs of SSE2's sixteen.
#if defined(__AVX512F__)
constexpr int kLanes = 8, kLeft = 6, kRight = 4;
using Lanes = double __attribute__((vector_size(64), aligned(8), may_alias));
#elif defined(__AVX2__)
constexpr int kLanes = 4, kLeft = 4, kRight = 3;
using Lanes = double __attribute__((vector_size(32), aligned(8), may_alias));
#else
constexpr int kLanes = 4, kLeft = 2, kRight = 3;
using Lanes = double __attribute__((vector_size(32), aligned(8), may_alias));
#endif

// Pairwise, so that the order does not depend on the compiler.
double total(const Lanes& s) {
  double sum = 0;
  for (int lane = 0; lane < kLanes; lane += 4) {
    sum += (s[lane] + s[lane + 1]) + (s[lane + 2] + s[lane + 3]);
  }
  return sum;
}

// Products of `left` columns at i with `right` columns at j, kept in registers over all rows.
template <int left, int right>
void add_tile(const GramTask& task, std::ptrdiff_t i, std::ptrdiff_t j) {
  const double* x = task.a + i * task.stride;
  const double* y = task.a + j * task.stride;
  Lanes sum[left][right] = {};
  for (std::ptrdiff_t row = 0; row < task.rows; row += kLanes) {
    Lanes b[right];
    for (int c = 0; c < right; ++c) {
      b[c] = *reinterpret_cast<const Lanes*>(y + c * task.stride + row);
    }
    for (int r = 0; r < left; ++r) {
      const Lanes a = *reinterpret_cast<const Lanes*>(x + r * task.stride + row);
      for (int c = 0; c < right; ++c) sum[r][c] += a * b[c];
    }
  }
  for (int r = 0; r < left; ++r) {
    for (int c = 0; c < right; ++c) {
      if (i + r < j + c) continue;  // above the diagonal
      task.gram[i + r + (j + c) * task.gram_stride] += total(sum[r][c]);
    }
  }
}

// `right` columns at j against all columns from j on.
template <int right>
void add_panel(const GramTask& task, std::ptrdiff_t j) {
  std::ptrdiff_t i = j;
  for (; i + kLeft <= task.columns; i += kLeft) add_tile<kLeft, right>(task, i, j);
  for (; i < task.columns; ++i) add_tile<1, right>(task, i, j);
}

}  // namespace

namespace INSULA_ISA {

void add_gram(const GramTask& task) {
  std::ptrdiff_t j = 0;
  for (; j + kRight <= task.columns; j += kRight) add_panel<kRight>(task, j);
  for (; j < task.columns; ++j) add_panel<1>(task, j);
}

}  // namespace INSULA_ISA
}  // namespace insula::inference::detail

// SPDX-License-Identifier: Apache-2.0
// The inner product kernel behind add_gram, one for each instruction set (cmake/kernels.cmake).
#pragma once

#include <cstddef>

namespace insula::inference::detail {

/// Columns of `rows` numbers, `stride` apart, rows a multiple of 8; the lower triangle of `gram`,
/// columns `gram_stride` apart, is added to.
struct GramTask {
  const double* a;
  std::ptrdiff_t rows, stride, columns;
  double* gram;
  std::ptrdiff_t gram_stride;
};

namespace portable {
void add_gram(const GramTask& task);
}
namespace avx2 {
void add_gram(const GramTask& task);
}
namespace avx512 {
void add_gram(const GramTask& task);
}

}  // namespace insula::inference::detail

// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/dense.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <utility>
#include <vector>

#include "framework/base/error.h"
#include "framework/numerics/detail/lapack.h"
#include "framework/numerics/parallel.h"

namespace insula::numerics {

using Eigen::Index;

namespace {

constexpr Index kTileRows = 1024;

template <typename T>
Lapack<T> lapack() {
  one_thread();
  return {};
}

int small(Index n) {
  if (n > std::numeric_limits<int>::max()) throw InternalError("a matrix too large for LAPACK");
  return static_cast<int>(n);
}

Index pieces(Index length, Index piece) { return (length + piece - 1) / piece; }

template <typename T>
Index rows_after(Op op, const DenseIn<T>& m) {
  return op == Op::plain ? m.rows() : m.cols();
}

// Where rows begin … of op(m) lie.
template <typename T>
const T* at_row(Op op, const DenseIn<T>& m, Index row) {
  return m.data() + (op == Op::plain ? row : row * m.outerStride());
}

char letter(Op op) { return op == Op::plain ? 'N' : 'T'; }
Op other(Op op) { return op == Op::plain ? Op::transposed : Op::plain; }

// One tile, c at (row, column): op_a(a) rows from `row`, op_b(b) columns from `column`.
template <typename T>
void tile(Op op_a,
          const DenseIn<T>& a,
          Op op_b,
          const DenseIn<T>& b,
          T scale,
          T keep,
          DenseOut<T>& c,
          Index row,
          Index rows,
          Index column,
          Index columns) {
  const char as_a = letter(op_a), as_b = letter(op_b);
  const int m = small(rows), n = small(columns);
  const int inner = small(op_a == Op::plain ? a.cols() : a.rows());
  const int stride_a = small(a.outerStride()), stride_b = small(b.outerStride());
  const int stride_c = small(c.outerStride());
  lapack<T>().gemm(&as_a,
                   &as_b,
                   &m,
                   &n,
                   &inner,
                   &scale,
                   at_row<T>(op_a, a, row),
                   &stride_a,
                   at_row<T>(other(op_b), b, column),
                   &stride_b,
                   &keep,
                   c.data() + row + column * c.outerStride(),
                   &stride_c);
}

}  // namespace

template <typename T>
void product(
    Op op_a, const DenseIn<T>& a, Op op_b, const DenseIn<T>& b, T scale, T keep, DenseOut<T> c) {
  const Index inner = op_a == Op::plain ? a.cols() : a.rows();
  if (rows_after<T>(op_a, a) != c.rows() || rows_after<T>(other(op_b), b) != c.cols() ||
      (op_b == Op::plain ? b.rows() : b.cols()) != inner) {
    throw InternalError("a product of matrices of unequal shapes");
  }
  if (c.size() == 0) return;
  if (inner == 0) {
    if (keep == 0) c.setZero();
    return;
  }
  const Index down = pieces(c.rows(), kTileRows), across = pieces(c.cols(), kPanel);
  parallel_for(static_cast<std::size_t>(down * across), [&](std::size_t task) {
    const Index row = static_cast<Index>(task) % down * kTileRows;
    const Index column = static_cast<Index>(task) / down * kPanel;
    tile<T>(op_a,
            a,
            op_b,
            b,
            scale,
            keep,
            c,
            row,
            std::min(kTileRows, c.rows() - row),
            column,
            std::min(kPanel, c.cols() - column));
  });
}

template <typename T>
void self_product(Op op_a, const DenseIn<T>& a, T scale, T keep, DenseOut<T> c) {
  const Index n = c.rows(), inner = op_a == Op::plain ? a.cols() : a.rows();
  if (rows_after<T>(op_a, a) != n || c.cols() != n) {
    throw InternalError("a product of matrices of unequal shapes");
  }
  if (n == 0) return;
  if (inner == 0) {
    if (keep == 0) c.setZero();
    return;
  }
  const Index side = pieces(n, kPanel);
  std::vector<std::pair<Index, Index>> tiles;
  for (Index j = 0; j < side; ++j) {
    for (Index i = j; i < side; ++i) tiles.emplace_back(i * kPanel, j * kPanel);
  }
  parallel_for(tiles.size(), [&](std::size_t task) {
    const auto [row, column] = tiles[task];
    const Index rows = std::min(kPanel, n - row);
    if (row != column) {
      tile<T>(op_a, a, other(op_a), a, scale, keep, c, row, rows, column, kPanel);
      return;
    }
    const char as = letter(op_a);
    const int size = small(rows), depth = small(inner);
    const int stride_a = small(a.outerStride()), stride_c = small(c.outerStride());
    lapack<T>().syrk("L",
                     &as,
                     &size,
                     &depth,
                     &scale,
                     at_row<T>(op_a, a, row),
                     &stride_a,
                     &keep,
                     c.data() + row + row * c.outerStride(),
                     &stride_c);
  });
}

template <typename T>
void mirror_lower(DenseOut<T> a) {
  const Index n = a.rows();
  parallel_for(static_cast<std::size_t>(pieces(n, kPanel)), [&](std::size_t task) {
    const Index first = static_cast<Index>(task) * kPanel, last = std::min(n, first + kPanel);
    for (Index j = first; j < last; ++j) a.col(j).head(j) = a.row(j).head(j).transpose();
  });
}

template <typename T>
void mirror_upper(DenseOut<T> a) {
  const Index n = a.rows();
  parallel_for(static_cast<std::size_t>(pieces(n, kPanel)), [&](std::size_t task) {
    const Index first = static_cast<Index>(task) * kPanel, last = std::min(n, first + kPanel);
    for (Index begin = first; begin < n; begin += kPanel) {
      const Index end = std::min(n, begin + kPanel);
      for (Index j = first; j < last; ++j) {
        const Index from = std::max(begin, j + 1);
        if (from < end)
          a.col(j).segment(from, end - from) = a.row(j).segment(from, end - from).transpose();
      }
    }
  });
}

namespace {

// From so many rows on, factors are made of blocks: one call of LAPACK has one thread.
constexpr Index kBlockedRows = 768, kFactorBlock = 256;

template <typename T>
bool factor_whole(DenseOut<T> a) {
  const int n = small(a.rows()), stride = small(a.outerStride());
  int info = 0;
  lapack<T>().potrf("L", &n, a.data(), &stride, &info);
  return info == 0;
}

// b ← b l⁻ᵀ for a lower factor l.
template <typename T>
void half_solve_right_with_factor(const DenseIn<T>& l, DenseOut<T> b) {
  parallel_for(static_cast<std::size_t>(pieces(b.rows(), kPanel)), [&](std::size_t task) {
    const Index first = static_cast<Index>(task) * kPanel;
    const int m = small(std::min(kPanel, b.rows() - first)), n = small(b.cols());
    const int stride_l = small(l.outerStride()), stride_b = small(b.outerStride());
    const T one = 1;
    lapack<T>().trsm(
        "R", "L", "T", "N", &m, &n, &one, l.data(), &stride_l, b.data() + first, &stride_b);
  });
}

}  // namespace

template <typename T>
bool factor_in_place(DenseOut<T> a) {
  const Index n = a.rows();
  if (n == 0) return true;
  if (n < kBlockedRows) return factor_whole<T>(a);
  for (Index first = 0; first < n; first += kFactorBlock) {
    const Index size = std::min(kFactorBlock, n - first), rest = n - first - size;
    DenseOut<T> diagonal = a.block(first, first, size, size);
    if (!factor_whole<T>(diagonal)) return false;
    if (rest == 0) break;
    DenseOut<T> below = a.block(first + size, first, rest, size);
    half_solve_right_with_factor<T>(diagonal, below);
    self_product<T>(Op::plain, below, -1, 1, a.bottomRightCorner(rest, rest));
  }
  return true;
}

namespace {

// l⁻¹ b, then l⁻ᵀ of that, as far as asked for.
template <typename T>
void solve_by(std::initializer_list<Op> ops, const DenseIn<T>& l, DenseOut<T>& b) {
  if (l.rows() != b.rows()) throw InternalError("a solution of unequal shapes");
  if (b.size() == 0) return;
  parallel_for(static_cast<std::size_t>(pieces(b.cols(), kPanel)), [&](std::size_t task) {
    const Index first = static_cast<Index>(task) * kPanel;
    const int m = small(b.rows()), n = small(std::min(kPanel, b.cols() - first));
    const int stride_l = small(l.outerStride()), stride_b = small(b.outerStride());
    const T one = 1;
    T* const panel = b.data() + first * b.outerStride();
    for (const Op op : ops) {
      const char as = letter(op);
      lapack<T>().trsm("L", "L", &as, "N", &m, &n, &one, l.data(), &stride_l, panel, &stride_b);
    }
  });
}

}  // namespace

template <typename T>
void solve_with_factor(const DenseIn<T>& l, DenseOut<T> b) {
  solve_by<T>({Op::plain, Op::transposed}, l, b);
}

template <typename T>
void half_solve_with_factor(Op op_l, const DenseIn<T>& l, DenseOut<T> b) {
  solve_by<T>({op_l}, l, b);
}

namespace {

// Triangles are cut into blocks of about this many columns, all of one width but the last.
constexpr Index kTriangleBlock = 128;
Index triangle_block(Index n) {
  const Index blocks = pieces(n, kTriangleBlock);
  return blocks == 0 ? 1 : pieces(n, blocks);
}

}  // namespace

template <typename T>
void invert_factor(const DenseIn<T>& l, DenseOut<T> w) {
  const Index n = l.rows(), block = triangle_block(n);
  const auto blocks = static_cast<std::size_t>(pieces(n, block));
  const auto size = [&](Index first) { return std::min(block, n - first); };
  parallel_for(blocks, [&](std::size_t task) {
    const Index at = static_cast<Index>(task) * block, k = size(at);
    w.middleCols(at, k).setZero();
    w.block(at, at, k, k).setIdentity();
    half_solve_with_factor<T>(Op::plain, l.block(at, at, k, k), w.block(at, at, k, k));
  });
  parallel_for(blocks, [&](std::size_t task) {
    const Index at = static_cast<Index>(task) * block, k = size(at);
    Dense<T> sum(block, k);
    for (Index row = at + k; row < n; row += block) {
      const Index rows = size(row), above = row - at;
      DenseOut<T> here = sum.topRows(rows);
      product<T>(Op::plain,
                 l.block(row, at, rows, above),
                 Op::plain,
                 w.block(at, at, above, k),
                 1,
                 0,
                 here);
      product<T>(Op::plain,
                 w.block(row, row, rows, rows),
                 Op::plain,
                 here,
                 -1,
                 0,
                 w.block(row, at, rows, k));
    }
  });
}

template <typename T>
void self_product_of_lower(const DenseIn<T>& w, DenseOut<T> c) {
  const Index n = w.rows(), block = triangle_block(n), blocks = pieces(n, block);
  std::vector<std::pair<Index, Index>> tiles;
  for (Index i = 0; i < blocks; ++i)
    for (Index j = 0; j <= i; ++j) tiles.emplace_back(i * block, j * block);
  parallel_for(tiles.size(), [&](std::size_t task) {
    const auto [row, column] = tiles[task];
    const Index rows = std::min(block, n - row), columns = std::min(block, n - column);
    product<T>(Op::transposed,
               w.block(row, row, n - row, rows),
               Op::plain,
               w.block(row, column, n - row, columns),
               1,
               0,
               c.block(row, column, rows, columns));
  });
}

template <typename T>
void product_with_lower(const DenseIn<T>& b, const DenseIn<T>& w, DenseOut<T> c) {
  const Index n = w.rows(), block = triangle_block(n), blocks = pieces(n, block);
  parallel_for(static_cast<std::size_t>(blocks), [&](std::size_t task) {
    const Index at = (blocks - 1 - static_cast<Index>(task)) * block;  // the longest first
    const Index columns = std::min(block, n - at);
    product<T>(Op::plain,
               b.leftCols(at + columns),
               Op::transposed,
               w.block(at, 0, columns, at + columns),
               1,
               0,
               c.middleCols(at, columns));
  });
}

namespace {

// xSTEDC needs 1 + 4n + n² for all eigenvectors (LAPACK 3.10); xSYTRD and xORMTR n times a block.
constexpr Index kBlock = 64;
Index stedc_workspace(Index n) { return 1 + 4 * n + n * n; }

}  // namespace

Index eigen_workspace(Index n) { return n * n + std::max(stedc_workspace(n), kBlock * n) + 2 * n; }

template <typename T>
bool symmetric_eigen_in_place(DenseOut<T> a, DenseVector<T>& values, T* work) {
  const Index n = a.rows();
  values.resize(n);
  if (n == 0) return true;
  for (Index j = 0; j < n; ++j) {
    if (!a.col(j).tail(n - j).allFinite()) return false;
  }
  // The matrix as Q times a tridiagonal one, whose eigenvectors are found first.
  T* const off_diagonal = work;
  T* const tau = work + n;
  Eigen::Map<Dense<T>> vectors(work + 2 * n, n, n);
  T* const rest = work + 2 * n + n * n;
  const int size = small(n), stride = small(a.outerStride());
  const int blocks = small(kBlock * n), most = small(stedc_workspace(n)), integers = 3 + 5 * size;
  std::vector<int> whole(static_cast<std::size_t>(integers));
  int info = 0;
  lapack<T>().sytrd(
      "L", &size, a.data(), &stride, values.data(), off_diagonal, tau, rest, &blocks, &info);
  if (info != 0) return false;
  lapack<T>().stedc("I",
                    &size,
                    values.data(),
                    off_diagonal,
                    vectors.data(),
                    &size,
                    rest,
                    &most,
                    whole.data(),
                    &integers,
                    &info);
  if (info != 0) return false;
  parallel_for(static_cast<std::size_t>(pieces(n, kPanel)), [&](std::size_t task) {
    const Index first = static_cast<Index>(task) * kPanel;
    const int columns = small(std::min(kPanel, n - first));
    // xORMTR keeps a triangle of 65 × 64 beside its block of columns.
    std::vector<T> own(static_cast<std::size_t>(kBlock * (columns + 65)));
    const int length = small(static_cast<Index>(own.size()));
    int failed = 0;
    lapack<T>().ormtr("L",
                      "L",
                      "N",
                      &size,
                      &columns,
                      a.data(),
                      &stride,
                      tau,
                      vectors.data() + first * n,
                      &size,
                      own.data(),
                      &length,
                      &failed);
  });
  a = vectors;
  return true;
}

template void product<float>(
    Op, const DenseIn<float>&, Op, const DenseIn<float>&, float, float, DenseOut<float>);
template void self_product<float>(Op, const DenseIn<float>&, float, float, DenseOut<float>);
template void mirror_lower<float>(DenseOut<float>);
template void mirror_upper<float>(DenseOut<float>);
template bool factor_in_place<float>(DenseOut<float>);
template void solve_with_factor<float>(const DenseIn<float>&, DenseOut<float>);
template void half_solve_with_factor<float>(Op, const DenseIn<float>&, DenseOut<float>);
template void invert_factor<float>(const DenseIn<float>&, DenseOut<float>);
template void self_product_of_lower<float>(const DenseIn<float>&, DenseOut<float>);
template void product_with_lower<float>(const DenseIn<float>&,
                                        const DenseIn<float>&,
                                        DenseOut<float>);
template bool symmetric_eigen_in_place<float>(DenseOut<float>, DenseVector<float>&, float*);
template void product<double>(
    Op, const DenseIn<double>&, Op, const DenseIn<double>&, double, double, DenseOut<double>);
template void self_product<double>(Op, const DenseIn<double>&, double, double, DenseOut<double>);
template void mirror_lower<double>(DenseOut<double>);
template void mirror_upper<double>(DenseOut<double>);
template bool factor_in_place<double>(DenseOut<double>);
template void solve_with_factor<double>(const DenseIn<double>&, DenseOut<double>);
template void half_solve_with_factor<double>(Op, const DenseIn<double>&, DenseOut<double>);
template void invert_factor<double>(const DenseIn<double>&, DenseOut<double>);
template void self_product_of_lower<double>(const DenseIn<double>&, DenseOut<double>);
template void product_with_lower<double>(const DenseIn<double>&,
                                         const DenseIn<double>&,
                                         DenseOut<double>);
template bool symmetric_eigen_in_place<double>(DenseOut<double>, DenseVector<double>&, double*);

}  // namespace insula::numerics

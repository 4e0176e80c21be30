// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/feature_rows.h"

#include <algorithm>

#include "framework/base/error.h"
#include "framework/numerics/column_basis.h"
#include "framework/numerics/parallel.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::kPanel;

namespace {

constexpr Index kChunkRows = 1024;  // enough for products at full speed

void for_panels(Index columns, const std::function<void(Index first, Index count)>& body) {
  parallel_for(static_cast<std::size_t>((columns + kPanel - 1) / kPanel), [&](std::size_t task) {
    const Index first = static_cast<Index>(task) * kPanel;
    body(first, std::min(kPanel, columns - first));
  });
}

}  // namespace

template <typename T>
FeatureRows<T> rows_of(const Dense<T>& x) {
  return {x.rows(),
          x.cols(),
          [&x](Index first, DenseOut<T> into) { into = x.middleRows(first, into.rows()); },
          &x};
}

Nuisance Nuisance::none(Index rows) { return {MatrixXd(rows, 0), VectorXd(0)}; }

Nuisance Nuisance::intercept(Index rows) { return {MatrixXd::Ones(rows, 1), VectorXd::Zero(1)}; }

template <typename T>
ClearedRows<T>::ClearedRows(const FeatureRows<T>& x,
                            const Dense<T>& y,
                            const Nuisance& nuisance,
                            Memory& memory)
    : x_(x), y_(y) {
  const Index n = x.rows, k = nuisance.columns.cols();
  if (y.rows() != n || nuisance.columns.rows() != n || nuisance.penalty.size() != k) {
    throw InternalError("a regression of unequal shapes");
  }
  const bool penalised = (nuisance.penalty.array() > 0).any();
  rows_ = n + (penalised ? k : 0);
  MatrixXd extended = MatrixXd::Zero(rows_, k);
  extended.topRows(n) = nuisance.columns;
  if (penalised) extended.bottomRows(k).diagonal() = nuisance.penalty.cwiseSqrt();
  const numerics::ColumnBasis span = numerics::column_basis(extended);
  exact_basis_ = span.vectors;
  to_weights_ = span.weights;
  basis_ = exact_basis_.template cast<T>();
  if (rank() == 0) return;
  const auto count = [&](Index entries, std::size_t size) {
    counted_.push_back(std::make_unique<Counted>(
        memory, static_cast<std::size_t>(entries) * size, "what the nuisance explains"));
  };
  count(rows_ * rank(), sizeof(double) + sizeof(T));
  count(rank() * (x.columns + y.cols()), sizeof(double));
  clear_targets(memory);
  project_features(memory);
}

template <typename T>
void ClearedRows<T>::clear_targets(Memory& memory) {
  const Index n = x_.rows;
  y_left_.emplace(memory, rows_, y_.cols(), "the targets without nuisance");
  y_on_basis_.resize(rank(), y_.cols());
  for_panels(y_.cols(), [&](Index first, Index count) {
    auto left = (*y_left_)();
    VectorXd column = VectorXd::Zero(rows_);
    for (Index t = first; t < first + count; ++t) {
      column.head(n) = y_.col(t).template cast<double>();
      y_on_basis_.col(t) = exact_basis_.topRows(n).transpose() * column.head(n);
      left.col(t) = (column - exact_basis_ * y_on_basis_.col(t)).template cast<T>();
    }
  });
}

template <typename T>
void ClearedRows<T>::project_features(Memory& memory) {
  const Index n = x_.rows;
  x_on_basis_ = MatrixXd::Zero(rank(), x_.columns);
  const Index step = x_.whole ? n : std::min(n, chunk(memory, 0.25));
  std::optional<Buffer<T>> space;
  if (!x_.whole) space.emplace(memory, step, x_.columns, "a chunk of features");
  for (Index first = 0; first < n; first += step) {
    const Index count = std::min(step, n - first);
    const T* data = x_.whole ? x_.whole->data() : space->data();
    const Index stride = x_.whole ? x_.whole->outerStride() : count;
    if (space) x_.fill(first, Eigen::Map<Dense<T>>(space->data(), count, x_.columns));
    const Eigen::Map<const Dense<T>, 0, Eigen::OuterStride<>> rows(
        data, count, x_.columns, Eigen::OuterStride<>(stride));
    for_panels(x_.columns, [&](Index column, Index columns) {
      for (Index j = column; j < column + columns; ++j) {
        x_on_basis_.col(j) +=
            exact_basis_.middleRows(first, count).transpose() * rows.col(j).template cast<double>();
      }
    });
  }
}

template <typename T>
void ClearedRows<T>::fill(Index first, DenseOut<T> into) const {
  const Index real = std::clamp<Index>(x_.rows - first, 0, into.rows());
  if (real > 0) x_.fill(first, into.topRows(real));
  into.bottomRows(into.rows() - real).setZero();
  if (rank() == 0) return;
  for_panels(into.cols(), [&](Index column, Index columns) {
    for (Index j = column; j < column + columns; ++j) {
      const VectorXd explained = exact_basis_.middleRows(first, into.rows()) * x_on_basis_.col(j);
      into.col(j) = (into.col(j).template cast<double>() - explained).template cast<T>();
    }
  });
}

template <typename T>
Eigen::Map<const Dense<T>, 0, Eigen::OuterStride<>> ClearedRows<T>::read(Index first,
                                                                         Index count,
                                                                         T* space) const {
  if (is_in_memory()) {
    return {x_.whole->data() + first, count, columns(), Eigen::OuterStride<>(x_.whole->rows())};
  }
  fill(first, Eigen::Map<Dense<T>>(space, count, columns()));
  return {space, count, columns(), Eigen::OuterStride<>(count)};
}

template <typename T>
void ClearedRows<T>::gather(const Index* row, DenseOut<T> into) const {
  for (Index begin = 0, end = 0; begin < into.rows(); begin = end) {
    for (end = begin + 1; end < into.rows() && row[end] == row[end - 1] + 1; ++end) {
    }
    fill(row[begin], into.middleRows(begin, end - begin));
  }
}

template <typename T>
Index ClearedRows<T>::chunk(const Memory& memory, double share) const {
  const double bytes = share * static_cast<double>(memory.left());
  const auto fit = static_cast<Index>(bytes / (sizeof(T) * static_cast<double>(columns() + 16)));
  return std::clamp<Index>(fit, 1, kChunkRows);
}

template <typename T>
DenseIn<T> ClearedRows<T>::y() const {
  if (!y_left_) return y_;
  return (*y_left_)();
}

template <typename T>
MatrixXd ClearedRows<T>::nuisance_weights(const Dense<T>& weights) const {
  if (rank() == 0) return MatrixXd::Zero(to_weights_.rows(), targets());
  MatrixXd fitted(rank(), targets());
  for_panels(targets(), [&](Index first, Index count) {
    for (Index t = first; t < first + count; ++t) {
      fitted.col(t) = x_on_basis_ * weights.col(t).template cast<double>();
    }
  });
  return nuisance_weights_of(fitted);
}

template <typename T>
MatrixXd ClearedRows<T>::nuisance_weights_of(const MatrixXd& fitted_on_basis) const {
  if (rank() == 0) return MatrixXd::Zero(to_weights_.rows(), targets());
  return to_weights_ * (y_on_basis_ - fitted_on_basis);
}

template <typename T>
void accumulate_moments(const ClearedRows<T>& x,
                        const DenseIn<T>& y,
                        Memory& memory,
                        DenseOut<T> gram,
                        DenseOut<T> cross) {
  using numerics::Op;
  gram.setZero();
  cross.setZero();
  const Index n = x.rows(), step = x.is_in_memory() ? n : std::min(n, x.chunk(memory, 0.5));
  Buffer<T> space(memory, x.is_in_memory() ? 0 : step, x.columns(), "a chunk of features");
  for (Index first = 0; first < n; first += step) {
    const Index count = std::min(step, n - first);
    const auto rows = x.read(first, count, space.data());
    if (gram.size() > 0) numerics::self_product<T>(Op::transposed, rows, 1, 1, gram);
    if (cross.size() > 0) {
      numerics::product<T>(
          Op::transposed, rows, Op::plain, y.middleRows(first, count), 1, 1, cross);
    }
  }
}

template <typename T>
void accumulate_kernels(const ClearedRows<T>& x,
                        const std::vector<Index>& band_sizes,
                        Memory& memory,
                        const std::vector<std::unique_ptr<Buffer<T>>>& kernels) {
  using numerics::Op;
  const Index n = x.rows(), step = x.is_in_memory() ? n : std::min(n, x.chunk(memory, 0.25));
  const Index held = x.is_in_memory() ? 0 : step;
  Buffer<T> left(memory, held, x.columns(), "a chunk of features");
  Buffer<T> right(memory, held, x.columns(), "a chunk of features");
  for (Index i = 0; i < n; i += step) {
    const Index rows = std::min(step, n - i);
    const auto a = x.read(i, rows, left.data());
    for (Index j = 0; j <= i; j += step) {
      const Index columns = std::min(step, n - j);
      const auto b = i == j ? a : x.read(j, columns, right.data());
      Index first = 0;
      for (std::size_t band = 0; band < kernels.size(); ++band) {
        auto block = (*kernels[band])().block(i, j, rows, columns);
        const auto of_a = a.middleCols(first, band_sizes[band]);
        if (i == j) {
          numerics::self_product<T>(Op::plain, of_a, 1, 0, block);
        } else {
          numerics::product<T>(
              Op::plain, of_a, Op::transposed, b.middleCols(first, band_sizes[band]), 1, 0, block);
        }
        first += band_sizes[band];
      }
    }
  }
}

template struct FeatureRows<float>;
template struct FeatureRows<double>;
template class ClearedRows<float>;
template class ClearedRows<double>;
template FeatureRows<float> rows_of<float>(const Dense<float>&);
template FeatureRows<double> rows_of<double>(const Dense<double>&);
template void accumulate_moments<float>(
    const ClearedRows<float>&, const DenseIn<float>&, Memory&, DenseOut<float>, DenseOut<float>);
template void accumulate_moments<double>(const ClearedRows<double>&,
                                         const DenseIn<double>&,
                                         Memory&,
                                         DenseOut<double>,
                                         DenseOut<double>);
template void accumulate_kernels<float>(const ClearedRows<float>&,
                                        const std::vector<Index>&,
                                        Memory&,
                                        const std::vector<std::unique_ptr<Buffer<float>>>&);
template void accumulate_kernels<double>(const ClearedRows<double>&,
                                         const std::vector<Index>&,
                                         Memory&,
                                         const std::vector<std::unique_ptr<Buffer<double>>>&);

}  // namespace insula::regression

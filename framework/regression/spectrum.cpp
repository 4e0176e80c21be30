// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/detail/spectrum.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::kPanel;
using numerics::Op;

template <typename T>
DenseVector<T> decompose(DenseOut<T> gram, Memory& memory) {
  const Index n = gram.rows();
  Buffer<T> work(memory, numerics::eigen_workspace(n), 1, "an eigendecomposition");
  DenseVector<T> values;
  if (!numerics::symmetric_eigen_in_place<T>(gram, values, work.data())) {
    throw InputError({},
                     "a regression has features whose products are not finite",
                     "rescale them, or look for infinite and missing values",
                     ExitCode::data);
  }
  return values.cwiseMax(0);
}

template <typename T>
DenseVector<T> decompose_kernel(DenseOut<T> kernel, const Dense<T>& nuisance, Memory& memory) {
  const Index n = kernel.rows(), rank = nuisance.cols();
  if (rank > 0) {
    // Lifted above all others, the span of the nuisance fills the last eigenvectors.
    double squares = 0;
    for (Index j = 0; j < n; ++j) {
      squares += std::pow(static_cast<double>(kernel(j, j)), 2);
      squares += 2 * kernel.col(j).tail(n - j - 1).template cast<double>().squaredNorm();
    }
    const double above = squares > 0 ? 1.1 * std::sqrt(squares) : 1;
    numerics::self_product<T>(Op::plain, nuisance, static_cast<T>(above), 1, kernel);
  }
  return decompose<T>(kernel, memory).head(n - rank);
}

template <typename T>
bool carries(const DenseVector<T>& values, const std::vector<double>& alphas) {
  if (std::is_same_v<T, double> || values.size() == 0) return true;
  // An eigenvalue is known to a few units of 6e-8 of the largest one: this leaves it two digits.
  const double largest = values[values.size() - 1], least = values[0];
  return least + alphas.front() >= 1e-5 * largest;
}

template <typename T>
void rows_times(const ClearedRows<T>& x,
                const std::vector<Index>& rows,
                const DenseIn<T>& basis,
                Memory& memory,
                DenseOut<T> into) {
  const auto count = static_cast<Index>(rows.size());
  if (count == 0) return;
  const bool is_block = rows.back() - rows.front() == count - 1;
  if (is_block && x.is_in_memory()) {
    numerics::product<T>(
        Op::plain, x.read(rows.front(), count, nullptr), Op::plain, basis, 1, 0, into);
    return;
  }
  const Index step = std::min(count, x.chunk(memory, 0.25));
  Buffer<T> space(memory, step, x.columns(), "a chunk of features");
  for (Index first = 0; first < count; first += step) {
    const Index some = std::min(step, count - first);
    Eigen::Map<Dense<T>> chunk(space.data(), some, x.columns());
    x.gather(rows.data() + first, chunk);
    numerics::product<T>(Op::plain, chunk, Op::plain, basis, 1, 0, into.middleRows(first, some));
  }
}

template <typename T>
void rotate_in_place(const DenseIn<T>& basis, Memory& memory, DenseOut<T> matrix) {
  const Index panels = (matrix.cols() + kPanel - 1) / kPanel;
  parallel_for(static_cast<std::size_t>(panels), [&](std::size_t task) {
    const Index first = static_cast<Index>(task) * kPanel;
    auto panel = matrix.middleCols(first, std::min(kPanel, matrix.cols() - first));
    Buffer<T> copy(memory, panel.rows(), panel.cols(), "the products with some targets");
    copy() = panel;
    numerics::product<T>(Op::transposed, basis, Op::plain, copy(), 1, 0, panel);
  });
}

template <typename T>
void weights_in_place(const DenseIn<T>& basis,
                      const DenseVector<T>& values,
                      const VectorXd& alpha,
                      const DenseIn<T>& cross,
                      Memory& memory,
                      DenseOut<T> into) {
  const Index q = values.size(), targets = alpha.size();
  const Index panels = (targets + kPanel - 1) / kPanel;
  parallel_for(static_cast<std::size_t>(panels), [&](std::size_t task) {
    const Index first = static_cast<Index>(task) * kPanel;
    const Index count = std::min(kPanel, targets - first);
    Buffer<T> shrunk(memory, q, count, "the weights of some targets");
    auto s = shrunk();
    for (Index t = 0; t < count; ++t) {
      const auto penalty = static_cast<T>(alpha[first + t]);
      s.col(t) = cross.col(first + t).head(q).array() / (values.array() + penalty);
    }
    numerics::product<T>(Op::plain, basis, Op::plain, s, 1, 0, into.middleCols(first, count));
  });
}

Index fewest_rows(const std::vector<InnerFold>& folds) {
  Index fewest = std::numeric_limits<Index>::max();
  for (const InnerFold& fold : folds) {
    fewest = std::min(fewest, static_cast<Index>(fold.train.size()));
  }
  return fewest;
}

void choose_penalties(const MatrixXd& error,
                      const std::vector<double>& alphas,
                      VectorXd& alpha,
                      VectorXd& best_error) {
  alpha.resize(error.cols());
  best_error.resize(error.cols());
  for (Index t = 0; t < error.cols(); ++t) {
    const Index best = best_penalty(error.col(t));
    alpha[t] = alphas[static_cast<std::size_t>(best)];
    best_error[t] = error(best, t);
  }
}

void check_search(Index rows,
                  const std::vector<InnerFold>& folds,
                  const std::vector<double>& alphas) {
  if (folds.empty() || alphas.empty() || !(alphas.front() > 0) ||
      !std::is_sorted(alphas.begin(), alphas.end())) {
    throw InternalError("cross-validated ridge needs folds, and ascending penalties above 0");
  }
  const auto is_row = [rows](Index row) { return 0 <= row && row < rows; };
  for (const InnerFold& fold : folds) {
    if (fold.train.empty() || fold.test.empty() ||
        !std::all_of(fold.train.begin(), fold.train.end(), is_row) ||
        !std::all_of(fold.test.begin(), fold.test.end(), is_row)) {
      throw InternalError("a fold of cross-validated ridge names no rows, or rows that are not");
    }
  }
}

FeatureRows<double> widened(const FeatureRows<float>& x, Memory& memory) {
  const auto fill = [&x, &memory](Index first, DenseOut<double> into) {
    Buffer<float> narrow(memory, into.rows(), x.columns, "a chunk of features");
    x.fill(first, narrow());
    into = narrow().cast<double>();
  };
  return {x.rows, x.columns, fill, nullptr};
}

template DenseVector<float> decompose<float>(DenseOut<float>, Memory&);
template DenseVector<double> decompose<double>(DenseOut<double>, Memory&);
template DenseVector<float> decompose_kernel<float>(DenseOut<float>, const Dense<float>&, Memory&);
template DenseVector<double> decompose_kernel<double>(DenseOut<double>,
                                                      const Dense<double>&,
                                                      Memory&);
template bool carries<float>(const DenseVector<float>&, const std::vector<double>&);
template bool carries<double>(const DenseVector<double>&, const std::vector<double>&);
template void rows_times<float>(const ClearedRows<float>&,
                                const std::vector<Index>&,
                                const DenseIn<float>&,
                                Memory&,
                                DenseOut<float>);
template void rows_times<double>(const ClearedRows<double>&,
                                 const std::vector<Index>&,
                                 const DenseIn<double>&,
                                 Memory&,
                                 DenseOut<double>);
template void rotate_in_place<float>(const DenseIn<float>&, Memory&, DenseOut<float>);
template void rotate_in_place<double>(const DenseIn<double>&, Memory&, DenseOut<double>);
template void weights_in_place<float>(const DenseIn<float>&,
                                      const DenseVector<float>&,
                                      const VectorXd&,
                                      const DenseIn<float>&,
                                      Memory&,
                                      DenseOut<float>);
template void weights_in_place<double>(const DenseIn<double>&,
                                       const DenseVector<double>&,
                                       const VectorXd&,
                                       const DenseIn<double>&,
                                       Memory&,
                                       DenseOut<double>);

}  // namespace insula::regression

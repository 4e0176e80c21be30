// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/ridge_cv.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"
#include "framework/regression/detail/factored.h"
#include "framework/regression/detail/spectrum.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::Op;

namespace {

// What a search of penalties works on.
struct Search {
  const std::vector<InnerFold>& folds;
  const RidgeSearch& by;
  Memory& memory;
};

template <typename T>
std::size_t size_of(Index rows, Index columns) {
  return static_cast<std::size_t>(rows * columns) * sizeof(T);
}

// Fills in errors and penalties; false if T does not carry.
template <typename T>
bool choose_by_folds(const RotatedRidge<T>& rotated, const Search& search, RidgeFit<T>& fit) {
  if (!leave_out_error(rotated, search.folds, search.by.alphas, search.memory, fit.errors)) {
    return false;
  }
  choose_penalties(fit.errors, search.by.alphas, fit.alpha, fit.error);
  return true;
}

// Of a kernel of rows; of the products of features, for which a factor's folds cost more than they
// save, only where there is no room for their eigenvectors.
template <typename T>
bool takes_factors(Index size, bool is_dual, const Search& search) {
  if (search.by.solver != RidgeSearch::Solver::by_cost) {
    return search.by.solver == RidgeSearch::Solver::factors;
  }
  if (!has_room_for_eigenvectors<T>(size, search.memory)) return true;
  return is_dual && factors_are_faster(size, search.by.alphas.size());
}

template <typename T>
bool fit_primal(const ClearedRows<T>& x, Index rows, const Search& search, RidgeFit<T>& fit) {
  const Index p = x.columns();
  Buffer<T> gram(search.memory, p, p, "the products of features");
  fit.weights.resize(p, x.targets());
  Dense<T>& cross = fit.weights;
  Dense<T> none(0, 0);
  DenseVector<T> values;
  if (takes_factors<T>(p, false, search)) {
    accumulate_moments<T>(x, x.y(), search.memory, gram(), cross);
    fit.is_factored = factored_primal<T>(
        gram(), x, rows, search.folds, search.by.alphas, search.memory, fit.errors, cross);
    if (fit.is_factored) choose_penalties(fit.errors, search.by.alphas, fit.alpha, fit.error);
    if (fit.is_factored || std::is_same_v<T, float>) return fit.is_factored;
    values = decompose<T>(gram(), search.memory);
  } else if (x.is_in_memory()) {
    accumulate_moments<T>(x, x.y(), search.memory, gram(), none);
    // The decomposition has stretches that run in one thread.
    parallel_for(2, [&](std::size_t task) {
      if (task == 0) values = decompose<T>(gram(), search.memory);
      if (task == 1) accumulate_moments<T>(x, x.y(), search.memory, none, cross);
    });
  } else {
    accumulate_moments<T>(x, x.y(), search.memory, gram(), cross);
    values = decompose<T>(gram(), search.memory);
  }
  if (!carries(values, search.by.alphas)) return false;
  const auto basis = gram();
  rotate_in_place<T>(basis, search.memory, cross);
  const auto rotate = [&](const std::vector<Index>& named, DenseOut<T> into) {
    rows_times<T>(x, named, basis, search.memory, into);
  };
  const RotatedRidge<T> rotated{false, values, rotate, rows, x.y(), cross, x.nuisance()};
  if (!choose_by_folds(rotated, search, fit)) return false;
  weights_in_place<T>(basis, values, fit.alpha, cross, search.memory, fit.weights);
  return true;
}

// From a kernel to the weights of its rows, with those that stand for penalties.
template <typename T>
bool fit_dual(DenseOut<T> kernel,
              const ClearedRows<T>& x,
              Index rows,
              const Search& search,
              DenseOut<T> row_weights,
              RidgeFit<T>& fit) {
  fit.is_dual = true;
  if (takes_factors<T>(kernel.rows(), true, search)) {
    fit.is_factored = factored_dual<T>(
        kernel, x, rows, search.folds, search.by.alphas, search.memory, fit.errors, row_weights);
    if (fit.is_factored) choose_penalties(fit.errors, search.by.alphas, fit.alpha, fit.error);
    // Where even double is too short for a factor, an eigendecomposition may still not be.
    if (fit.is_factored || std::is_same_v<T, float>) return fit.is_factored;
  }
  const DenseVector<T> values = decompose_kernel<T>(kernel, x.nuisance(), search.memory);
  if (!carries(values, search.by.alphas)) return false;
  const Index q = values.size();
  const auto basis = kernel.leftCols(q);
  auto cross = row_weights.topRows(q);
  numerics::product<T>(Op::transposed, basis, Op::plain, x.y(), 1, 0, cross);
  const auto rotate = [&](const std::vector<Index>& named, DenseOut<T> into) {
    into = basis(named, Eigen::all);
  };
  const RotatedRidge<T> rotated{true, values, rotate, rows, x.y(), cross, x.nuisance()};
  if (!choose_by_folds(rotated, search, fit)) return false;
  weights_in_place<T>(basis, values, fit.alpha, cross, search.memory, row_weights);
  return true;
}

template <typename T>
bool fit_features(const ClearedRows<T>& x, Index rows, const Search& search, RidgeFit<T>& fit) {
  if (x.columns() <= fewest_rows(search.folds)) return fit_primal(x, rows, search, fit);
  const Index n = x.rows();
  Buffer<T> row_weights(search.memory, n, x.targets(), "the weights of rows");
  {
    std::vector<std::unique_ptr<Buffer<T>>> kernel;
    kernel.push_back(std::make_unique<Buffer<T>>(search.memory, n, n, "the products of rows"));
    accumulate_kernels<T>(x, {x.columns()}, search.memory, kernel);
    if (!fit_dual<T>((*kernel[0])(), x, rows, search, row_weights(), fit)) return false;
  }
  fit.weights.resize(x.columns(), x.targets());
  Dense<T> none(0, 0);
  accumulate_moments<T>(x, row_weights(), search.memory, none, fit.weights);
  return true;
}

// What the result takes is counted as if it were ours.
template <typename T>
bool fit_rows(const FeatureRows<T>& x,
              const Dense<T>& y,
              const Nuisance& nuisance,
              const Search& search,
              RidgeFit<T>& fit) {
  const Counted weights(search.memory, size_of<T>(x.columns, y.cols()), "the weights");
  const auto alphas = static_cast<Index>(search.by.alphas.size());
  const Counted errors(search.memory, size_of<double>(alphas, y.cols()), "the errors");
  const ClearedRows<T> cleared(x, y, nuisance, search.memory);
  if (!fit_features(cleared, x.rows, search, fit)) return false;
  fit.nuisance_weights = cleared.nuisance_weights(fit.weights);
  return true;
}

template <typename T>
bool fit_kernel(const Dense<T>& kernel,
                const Dense<T>& y,
                const Nuisance& nuisance,
                const Search& search,
                RidgeFit<T>& fit) {
  const Index rows = kernel.rows();
  // Features that are not read: nuisance is taken out of the kernel from both sides.
  const FeatureRows<T> no_features{rows, 0, [](Index, DenseOut<T>) {}, nullptr};
  const ClearedRows<T> x(no_features, y, nuisance, search.memory);
  const Index n = x.rows();
  Buffer<T> work(search.memory, n, n, "the kernel");
  auto k = work();
  k.setZero();
  for (Index j = 0; j < rows; ++j) k.col(j).segment(j, rows - j) = kernel.col(j).tail(rows - j);
  const Dense<T>& basis = x.nuisance();
  if (basis.cols() > 0) {
    numerics::mirror_lower<T>(k);
    for (const bool is_left : {true, false}) {
      Dense<T> explained = is_left ? Dense<T>(basis.transpose() * k) : Dense<T>(k * basis);
      if (is_left) numerics::product<T>(Op::plain, basis, Op::plain, explained, -1, 1, k);
      if (!is_left) numerics::product<T>(Op::plain, explained, Op::transposed, basis, -1, 1, k);
    }
  }
  Buffer<T> row_weights(search.memory, n, y.cols(), "the weights of rows");
  if (!fit_dual<T>(k, x, rows, search, row_weights(), fit)) return false;
  fit.weights = row_weights().topRows(rows);
  Dense<T> of_kernel(rows, basis.cols());
  if (basis.cols() > 0)  // of an empty result Eigen takes the address
    of_kernel.noalias() = kernel.template selfadjointView<Eigen::Lower>() * basis.topRows(rows);
  const MatrixXd on_basis = (of_kernel.transpose() * fit.weights).template cast<double>();
  fit.nuisance_weights = x.nuisance_weights_of(on_basis);
  return true;
}

void round_to_float(RidgeFit<double>&& wide, RidgeFit<float>& fit) {
  fit.weights = wide.weights.cast<float>();
  fit.nuisance_weights = std::move(wide.nuisance_weights);
  fit.alpha = std::move(wide.alpha);
  fit.error = std::move(wide.error);
  fit.errors = std::move(wide.errors);
  fit.is_dual = wide.is_dual;
  fit.is_factored = wide.is_factored;
  fit.is_widened = true;
}

// Once in T and, if that does not carry, once in double.
template <typename T, typename Once, typename Wide>
RidgeFit<T> fitted(const Search& search, const Once& once, const Wide& wide) {
  RidgeFit<T> fit;
  if (!once(fit)) {
    if constexpr (std::is_same_v<T, float>) {
      fit.weights.resize(0, 0);
      RidgeFit<double> result;
      if (!wide(result)) throw InternalError("double precision is called too short");
      round_to_float(std::move(result), fit);
    }
  }
  fit.peak = search.memory.peak();
  return fit;
}

template <typename T>
RidgeFit<T> search_features(const FeatureRows<T>& x,
                            const Dense<T>& y,
                            const Nuisance& nuisance,
                            const Search& search) {
  return fitted<T>(
      search,
      [&](RidgeFit<T>& fit) { return fit_rows<T>(x, y, nuisance, search, fit); },
      [&](RidgeFit<double>& fit) {
        if constexpr (std::is_same_v<T, float>) {
          const Counted copy(
              search.memory, size_of<double>(y.rows(), y.cols()), "targets in double");
          const Dense<double> wide_y = y.template cast<double>();
          return fit_rows<double>(widened(x, search.memory), wide_y, nuisance, search, fit);
        }
        return false;
      });
}

template <typename T>
RidgeFit<T> search_kernel(const Dense<T>& kernel,
                          const Dense<T>& y,
                          const Nuisance& nuisance,
                          const Search& search) {
  return fitted<T>(
      search,
      [&](RidgeFit<T>& fit) { return fit_kernel<T>(kernel, y, nuisance, search, fit); },
      [&](RidgeFit<double>& fit) {
        if constexpr (std::is_same_v<T, float>) {
          const Counted copy(search.memory,
                             size_of<double>(y.rows(), y.cols() + kernel.cols()),
                             "kernel and targets in double");
          const Dense<double> wide_y = y.template cast<double>();
          const Dense<double> wide_kernel = kernel.template cast<double>();
          return fit_kernel<double>(wide_kernel, wide_y, nuisance, search, fit);
        }
        return false;
      });
}

}  // namespace

template <typename T>
RidgeFit<T> ridge_cv(const FeatureRows<T>& x,
                     const Dense<T>& y,
                     const Nuisance& nuisance,
                     const std::vector<InnerFold>& folds,
                     const RidgeSearch& by) {
  check_search(x.rows, folds, by.alphas);
  Memory memory(by.memory);
  return search_features<T>(x, y, nuisance, Search{folds, by, memory});
}

template <typename T>
Dense<T> linear_kernel(const FeatureRows<T>& x, std::size_t bytes) {
  Memory memory(bytes);
  const Dense<T> y(x.rows, 0);
  const ClearedRows<T> rows(x, y, Nuisance::none(x.rows), memory);
  std::vector<std::unique_ptr<Buffer<T>>> kernel;
  kernel.push_back(std::make_unique<Buffer<T>>(memory, x.rows, x.rows, "the products of rows"));
  accumulate_kernels<T>(rows, {x.columns}, memory, kernel);
  numerics::mirror_lower<T>((*kernel[0])());
  const Counted copy(memory, size_of<T>(x.rows, x.rows), "the kernel");
  return (*kernel[0])();
}

template <typename T>
RidgeFit<T> kernel_ridge_cv(const Dense<T>& kernel,
                            const Dense<T>& y,
                            const Nuisance& nuisance,
                            const std::vector<InnerFold>& folds,
                            const RidgeSearch& by) {
  if (kernel.rows() != kernel.cols()) throw InternalError("a kernel that is not square");
  check_search(kernel.rows(), folds, by.alphas);
  Memory memory(by.memory);
  return search_kernel<T>(kernel, y, nuisance, Search{folds, by, memory});
}

template RidgeFit<float> ridge_cv<float>(const FeatureRows<float>&,
                                         const Dense<float>&,
                                         const Nuisance&,
                                         const std::vector<InnerFold>&,
                                         const RidgeSearch&);
template RidgeFit<double> ridge_cv<double>(const FeatureRows<double>&,
                                           const Dense<double>&,
                                           const Nuisance&,
                                           const std::vector<InnerFold>&,
                                           const RidgeSearch&);
template Dense<float> linear_kernel<float>(const FeatureRows<float>&, std::size_t);
template Dense<double> linear_kernel<double>(const FeatureRows<double>&, std::size_t);
template RidgeFit<float> kernel_ridge_cv<float>(const Dense<float>&,
                                                const Dense<float>&,
                                                const Nuisance&,
                                                const std::vector<InnerFold>&,
                                                const RidgeSearch&);
template RidgeFit<double> kernel_ridge_cv<double>(const Dense<double>&,
                                                  const Dense<double>&,
                                                  const Nuisance&,
                                                  const std::vector<InnerFold>&,
                                                  const RidgeSearch&);

}  // namespace insula::regression

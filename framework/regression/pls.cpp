// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/pls.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "framework/base/error.h"
#include "framework/regression/detail/fold_moments.h"
#include "framework/regression/detail/spectrum.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::Op;

namespace {

// Directions R (p × k) and loadings of the targets Q (t × k): weights with k of them are R Q'.
template <typename T>
struct Directions {
  Dense<T> r, q;
};

// The unit vector w that maximises ‖cross' w‖.
template <typename T>
DenseVector<T> leading_direction(const DenseIn<T>& cross, Memory& memory) {
  const Index p = cross.rows(), t = cross.cols();
  DenseVector<T> w;
  if (t == 1) {
    w = cross.col(0);
  } else {
    const Op smaller = t <= p ? Op::transposed : Op::plain;
    Buffer<T> square(memory, std::min(p, t), std::min(p, t), "the products of targets");
    numerics::self_product<T>(smaller, cross, 1, 0, square());
    decompose<T>(square(), memory);
    const auto last = square().col(std::min(p, t) - 1);
    w = t <= p ? DenseVector<T>(cross * last) : DenseVector<T>(last);
  }
  const T length = w.norm();
  if (length > 0) w /= length;
  Index largest = 0;
  w.cwiseAbs().maxCoeff(&largest);
  return w[largest] < 0 ? DenseVector<T>(-w) : w;
}

// gram has both triangles; cross is deflated in place.
template <typename T>
Directions<T> find_directions(const DenseIn<T>& gram,
                              DenseOut<T> cross,
                              Index most,
                              Memory& memory) {
  const Index p = gram.rows();
  Directions<T> found{Dense<T>(p, most), Dense<T>(cross.cols(), most)};
  Dense<T> loadings(p, most);
  const T whole = gram.diagonal().sum(), start = cross.norm();
  const T noise = 100 * std::numeric_limits<T>::epsilon();
  Index k = 0;
  for (; k < most; ++k) {
    if (!(cross.norm() > noise * start)) break;
    const DenseVector<T> w = leading_direction<T>(cross, memory);
    DenseVector<T> r = w;
    for (Index j = 0; j < k; ++j) r -= loadings.col(j).dot(w) * found.r.col(j);
    const DenseVector<T> along = gram * r;
    const T size = r.dot(along);
    if (!(size > noise * whole * r.squaredNorm())) break;
    found.r.col(k) = r;
    loadings.col(k) = along / size;
    found.q.col(k) = cross.transpose() * r / size;
    numerics::product<T>(
        Op::plain, loadings.col(k), Op::transposed, found.q.col(k), -size, 1, cross);
  }
  found.r.conservativeResize(p, k);
  found.q.conservativeResize(cross.cols(), k);
  return found;
}

// Adds the squared residuals with 1, 2, … components: components × targets.
template <typename T>
void add_residuals(const FoldMoments<T>& fold, Memory& memory, MatrixXd& error) {
  const Directions<T> found = find_directions<T>(fold.gram(), fold.cross(), error.rows(), memory);
  const Dense<T> scores = fold.x_out() * found.r;
  auto residual = fold.y_out();
  for (Index k = 0; k < error.rows(); ++k) {
    if (k < scores.cols()) {
      numerics::product<T>(
          Op::plain, scores.col(k), Op::transposed, found.q.col(k), -1, 1, residual);
    }
    for (Index t = 0; t < residual.cols(); ++t) {
      double sum = 0;
      for (const Index row : fold.scored()) {
        sum += std::pow(static_cast<double>(residual(row, t)), 2);
      }
      error(k, t) += sum;
    }
  }
}

// Errors of the folds, and the weights of all rows: columns × targets.
template <typename T>
void fit_pls(const RowSource<T>& rows,
             const ClearedRows<T>& x,
             Index real_rows,
             DenseOut<T> gram,
             DenseOut<T> cross,
             const std::vector<InnerFold>& folds,
             Memory& memory,
             DenseOut<T> weights,
             PlsFit<T>& fit) {
  double count = 0;
  for (const InnerFold& fold : folds) {
    const FoldMoments<T> moments(rows, x, gram, cross, fold, real_rows, memory);
    add_residuals(moments, memory, fit.errors);
    count += static_cast<double>(fold.test.size());
  }
  fit.errors /= count;
  Directions<T> found = find_directions<T>(gram, cross, fit.errors.rows(), memory);
  fit.error.resize(fit.errors.cols());
  for (Index t = 0; t < fit.errors.cols(); ++t) {
    Index best = 0;
    fit.error[t] = fit.errors.col(t).head(std::max<Index>(1, found.r.cols())).minCoeff(&best);
    fit.components.push_back(std::min(best + 1, found.r.cols()));
    for (Index k = fit.components.back(); k < found.q.cols(); ++k) found.q(t, k) = 0;
  }
  numerics::product<T>(Op::plain, found.r, Op::transposed, found.q, 1, 0, weights);
}

template <typename T>
void fit_primal_pls(const ClearedRows<T>& x,
                    Index real_rows,
                    const std::vector<InnerFold>& folds,
                    Memory& memory,
                    PlsFit<T>& fit) {
  const Index p = x.columns();
  Buffer<T> gram(memory, p, p, "the products of features");
  Buffer<T> cross(memory, p, x.targets(), "the products with targets");
  accumulate_moments<T>(x, x.y(), memory, gram(), cross());
  numerics::mirror_lower<T>(gram());
  const RowSource<T> rows{
      p, [&](const std::vector<Index>& named, DenseOut<T> into) { x.gather(named.data(), into); }};
  fit_pls<T>(rows, x, real_rows, gram(), cross(), folds, memory, fit.weights, fit);
}

template <typename T>
void fit_dual_pls(const ClearedRows<T>& x,
                  Index real_rows,
                  const std::vector<InnerFold>& folds,
                  Memory& memory,
                  PlsFit<T>& fit) {
  fit.is_dual = true;
  const Index n = x.rows();
  std::vector<std::unique_ptr<Buffer<T>>> kernel;
  kernel.push_back(std::make_unique<Buffer<T>>(memory, n, n, "the products of rows"));
  accumulate_kernels<T>(x, {x.columns()}, memory, kernel);
  const DenseVector<T> values = decompose_kernel<T>((*kernel[0])(), x.nuisance(), memory);
  // x = U √Λ V': the rows of U √Λ stand for those of x, but for values that are rounding.
  const T least = values.maxCoeff() * static_cast<T>(n) * std::numeric_limits<T>::epsilon();
  const Index dropped = (values.array() <= least).count(), q = values.size() - dropped;
  const DenseVector<T> kept = values.tail(q), root = kept.cwiseSqrt();
  auto scaled = (*kernel[0])().middleCols(dropped, q);
  for (Index j = 0; j < q; ++j) scaled.col(j) *= root[j];
  Buffer<T> gram(memory, q, q, "the products of features");
  gram().setZero();
  gram().diagonal() = kept;
  Buffer<T> cross(memory, q, x.targets(), "the products with targets");
  numerics::product<T>(Op::transposed, scaled, Op::plain, x.y(), 1, 0, cross());
  const RowSource<T> rows{q, [&](const std::vector<Index>& named, DenseOut<T> into) {
                            into = scaled(named, Eigen::all);
                          }};
  Buffer<T> weights(memory, q, x.targets(), "the weights of rows");
  fit_pls<T>(rows, x, real_rows, gram(), cross(), folds, memory, weights(), fit);
  // β = V w = x' U Λ^(−1/2) w.
  for (Index j = 0; j < q; ++j) weights().row(j) /= kept[j];
  Buffer<T> of_rows(memory, n, x.targets(), "the weights of rows");
  numerics::product<T>(Op::plain, scaled, Op::plain, weights(), 1, 0, of_rows());
  Dense<T> none(0, 0);
  accumulate_moments<T>(x, of_rows(), memory, none, fit.weights);
}

}  // namespace

template <typename T>
PlsFit<T> pls_cv(const FeatureRows<T>& features,
                 const Dense<T>& y,
                 const Nuisance& nuisance,
                 const std::vector<InnerFold>& folds,
                 const PlsSearch& search) {
  check_search(features.rows, folds, {1});
  if (search.components < 1) throw InternalError("partial least squares of no components");
  Memory memory(search.memory);
  PlsFit<T> fit;
  {
    const Index p = features.columns, targets = y.cols();
    const Counted held(memory, static_cast<std::size_t>(p * targets) * sizeof(T), "the weights");
    const ClearedRows<T> x(features, y, nuisance, memory);
    fit.weights.resize(p, targets);
    fit.errors = MatrixXd::Zero(std::min(search.components, p), targets);
    if (p > fewest_rows(folds)) {
      fit_dual_pls(x, features.rows, folds, memory, fit);
    } else {
      fit_primal_pls(x, features.rows, folds, memory, fit);
    }
    fit.nuisance_weights = x.nuisance_weights(fit.weights);
  }
  fit.peak = memory.peak();
  return fit;
}

template PlsFit<float> pls_cv<float>(const FeatureRows<float>&,
                                     const Dense<float>&,
                                     const Nuisance&,
                                     const std::vector<InnerFold>&,
                                     const PlsSearch&);
template PlsFit<double> pls_cv<double>(const FeatureRows<double>&,
                                       const Dense<double>&,
                                       const Nuisance&,
                                       const std::vector<InnerFold>&,
                                       const PlsSearch&);

}  // namespace insula::regression

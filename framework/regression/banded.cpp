// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/banded.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <type_traits>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"
#include "framework/regression/detail/spectrum.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::kPanel;
using numerics::Op;

namespace {

// What candidates have in common.
template <typename T>
struct Bands {
  const ClearedRows<T>& x;
  Index real_rows;
  const std::vector<Index>& sizes;
  const std::vector<InnerFold>& folds;
  const BandedSearch& search;
  bool is_dual;
  // Primal: the products of all features, and cross = x'y. Dual: those of rows, band by band.
  std::vector<std::unique_ptr<Buffer<T>>> products;
  std::unique_ptr<Buffer<T>> cross;
};

// One candidate: its decomposition, and what it scored.
template <typename T>
struct Candidate {
  std::unique_ptr<Buffer<T>> basis;  // primal: √γ V, p × p; dual: U, n × n, of which q columns
  DenseVector<T> values;
  VectorXd alpha, error;  // of each target
  bool carries = false;
};

// √γ of each feature.
template <typename T>
DenseVector<T> roots(const Bands<T>& bands, Index candidate) {
  DenseVector<T> root(bands.x.columns());
  Index first = 0;
  for (std::size_t b = 0; b < bands.sizes.size(); ++b) {
    root.segment(first, bands.sizes[b])
        .setConstant(
            static_cast<T>(std::sqrt(bands.search.candidates(candidate, static_cast<Index>(b)))));
    first += bands.sizes[b];
  }
  return root;
}

template <typename T>
void decompose_primal(const Bands<T>& bands, Index index, Memory& memory, Candidate<T>& made) {
  const Index p = bands.x.columns();
  made.basis = std::make_unique<Buffer<T>>(memory, p, p, "the products of features");
  auto basis = (*made.basis)();
  const auto gram = (*bands.products[0])();
  const DenseVector<T> root = roots(bands, index);
  for (Index j = 0; j < p; ++j) {
    basis.col(j).tail(p - j) = root[j] * gram.col(j).tail(p - j).cwiseProduct(root.tail(p - j));
  }
  made.values = decompose<T>(basis, memory);
  for (Index j = 0; j < p; ++j) basis.col(j).array() *= root.array();
}

template <typename T>
void decompose_dual(const Bands<T>& bands, Index index, Memory& memory, Candidate<T>& made) {
  const Index n = bands.x.rows();
  made.basis = std::make_unique<Buffer<T>>(memory, n, n, "the products of rows");
  auto basis = (*made.basis)();
  for (Index j = 0; j < n; ++j) {
    basis.col(j).tail(n - j).setZero();
    for (std::size_t b = 0; b < bands.sizes.size(); ++b) {
      const auto weight = static_cast<T>(bands.search.candidates(index, static_cast<Index>(b)));
      basis.col(j).tail(n - j) += weight * (*bands.products[b])().col(j).tail(n - j);
    }
  }
  made.values = decompose_kernel<T>(basis, bands.x.nuisance(), memory);
}

template <typename T>
Candidate<T> score_candidate(const Bands<T>& bands, Index index, Memory& memory) {
  Candidate<T> made;
  if (bands.is_dual) decompose_dual(bands, index, memory, made);
  if (!bands.is_dual) decompose_primal(bands, index, memory, made);
  if (!carries(made.values, bands.search.alphas)) return made;
  const Index q = made.values.size();
  const auto basis = (*made.basis)().leftCols(q);
  Buffer<T> cross(memory, q, bands.x.targets(), "the products with targets");
  const DenseIn<T> whole = bands.is_dual ? bands.x.y() : DenseIn<T>((*bands.cross)());
  numerics::product<T>(Op::transposed, basis, Op::plain, whole, 1, 0, cross());
  const auto rotate = [&](const std::vector<Index>& named, DenseOut<T> into) {
    if (bands.is_dual) into = basis(named, Eigen::all);
    if (!bands.is_dual) rows_times<T>(bands.x, named, basis, memory, into);
  };
  const RotatedRidge<T> rotated{bands.is_dual,
                                made.values,
                                rotate,
                                bands.real_rows,
                                bands.x.y(),
                                cross(),
                                bands.x.nuisance()};
  MatrixXd error;
  made.carries = leave_out_error(rotated, bands.folds, bands.search.alphas, memory, error);
  if (made.carries) choose_penalties(error, bands.search.alphas, made.alpha, made.error);
  return made;
}

// Weights of the targets for which the candidate is the best so far: primal of features, dual of
// rows.
template <typename T>
void take_over(const Bands<T>& bands,
               const Candidate<T>& made,
               const std::vector<Index>& targets,
               Memory& memory,
               DenseOut<T> weights) {
  const Index q = made.values.size();
  const auto basis = (*made.basis)().leftCols(q);
  const DenseIn<T> whole = bands.is_dual ? bands.x.y() : DenseIn<T>((*bands.cross)());
  for (std::size_t first = 0; first < targets.size(); first += kPanel) {
    const std::size_t last = std::min(targets.size(), first + kPanel);
    const auto count = static_cast<Index>(last - first);
    Buffer<T> some(memory, whole.rows(), count, "some targets");
    Buffer<T> rotated(memory, q, count, "the weights of some targets");
    auto r = rotated();
    for (Index t = 0; t < count; ++t) {
      some().col(t) = whole.col(targets[first + static_cast<std::size_t>(t)]);
    }
    numerics::product<T>(Op::transposed, basis, Op::plain, some(), 1, 0, r);
    for (Index t = 0; t < count; ++t) {
      const auto alpha = static_cast<T>(made.alpha[targets[first + static_cast<std::size_t>(t)]]);
      r.col(t).array() /= made.values.array() + alpha;
    }
    numerics::product<T>(Op::plain, basis, Op::plain, r, 1, 0, some());
    for (Index t = 0; t < count; ++t) {
      weights.col(targets[first + static_cast<std::size_t>(t)]) = some().col(t);
    }
  }
}

// How many candidates to work on at a time.
template <typename T>
Index candidates_at_once(const Bands<T>& bands, const Memory& memory) {
  if (!bands.x.is_shareable()) return 1;
  const Index n = bands.x.rows(), q = bands.is_dual ? n : bands.x.columns();
  const Index targets = bands.x.targets(), panel = std::min(kPanel, targets);
  // The decomposition; then the products with targets, twice, and a fold.
  const Index fold = n - fewest_rows(bands.folds);
  const Index each =
      q * q + std::max(numerics::eigen_workspace(q),
                       2 * q * targets + fold * (2 * q + fold) + (threads() + 3) * fold * panel);
  const Index fit = static_cast<Index>(memory.left() / sizeof(T)) / std::max<Index>(1, each);
  return std::clamp<Index>(fit, 1, threads());
}

// False if T does not carry.
template <typename T>
bool search_candidates(const Bands<T>& bands,
                       Memory& memory,
                       DenseOut<T> weights,
                       BandedFit<T>& fit) {
  const Index count = bands.search.candidates.rows(), targets = bands.x.targets();
  const Index at_once = candidates_at_once(bands, memory);
  fit.errors.resize(count, targets);
  fit.best_alphas.resize(count, targets);
  fit.candidate.assign(static_cast<std::size_t>(targets), 0);
  for (Index begin = 0; begin < count; begin += at_once) {
    const Index used = std::min(at_once, count - begin);
    const std::size_t share = memory.left() / static_cast<std::size_t>(used);
    std::vector<std::unique_ptr<Memory>> shares;
    for (Index i = 0; i < used; ++i) shares.push_back(std::make_unique<Memory>(share, memory));
    std::vector<Candidate<T>> made(static_cast<std::size_t>(used));
    parallel_for(made.size(), [&](std::size_t i) {
      made[i] = score_candidate(bands, begin + static_cast<Index>(i), *shares[i]);
    });
    for (Index i = 0; i < used; ++i) {
      Candidate<T>& candidate = made[static_cast<std::size_t>(i)];
      if (!candidate.carries) return false;
      fit.errors.row(begin + i) = candidate.error;
      fit.best_alphas.row(begin + i) = candidate.alpha;
      std::vector<Index> better;
      for (Index t = 0; t < targets; ++t) {
        Index& best = fit.candidate[static_cast<std::size_t>(t)];
        if (begin + i > 0 && !(candidate.error[t] < fit.errors(best, t))) continue;
        best = begin + i;
        better.push_back(t);
      }
      take_over(bands, candidate, better, memory, weights);
      candidate.basis.reset();
    }
  }
  return true;
}

void describe_choice(const BandedSearch& search,
                     const MatrixXd& errors,
                     const MatrixXd& alphas,
                     const std::vector<Index>& chosen,
                     VectorXd& alpha,
                     VectorXd& error,
                     MatrixXd& band_weights) {
  const auto targets = static_cast<Index>(chosen.size());
  alpha.resize(targets);
  error.resize(targets);
  band_weights.resize(search.candidates.cols(), targets);
  for (Index t = 0; t < targets; ++t) {
    const Index best = chosen[static_cast<std::size_t>(t)];
    alpha[t] = alphas(best, t);
    error[t] = errors(best, t);
    band_weights.col(t) = search.candidates.row(best).transpose();
  }
}

template <typename T>
bool fit_bands(const FeatureRows<T>& features,
               const std::vector<Index>& sizes,
               const Dense<T>& y,
               const Nuisance& nuisance,
               const std::vector<InnerFold>& folds,
               const BandedSearch& search,
               Memory& memory,
               BandedFit<T>& fit) {
  const Index p = features.columns, targets = y.cols();
  const auto bytes = [](Index entries, std::size_t size) {
    return static_cast<std::size_t>(entries) * size;
  };
  const Counted held(memory, bytes(p * targets, sizeof(T)), "the weights");
  const Counted scores(
      memory, bytes(2 * search.candidates.rows() * targets, sizeof(double)), "the errors");
  const ClearedRows<T> x(features, y, nuisance, memory);
  const Index n = x.rows();
  fit.is_dual = p > fewest_rows(folds);
  Bands<T> bands{x, features.rows, sizes, folds, search, fit.is_dual, {}, nullptr};
  if (fit.is_dual) {
    for (std::size_t b = 0; b < sizes.size(); ++b) {
      bands.products.push_back(std::make_unique<Buffer<T>>(memory, n, n, "products of rows"));
    }
    accumulate_kernels<T>(x, sizes, memory, bands.products);
  } else {
    bands.products.push_back(std::make_unique<Buffer<T>>(memory, p, p, "products of features"));
    bands.cross = std::make_unique<Buffer<T>>(memory, p, targets, "the products with targets");
    accumulate_moments<T>(x, x.y(), memory, (*bands.products[0])(), (*bands.cross)());
  }
  fit.weights.resize(p, targets);
  Buffer<T> row_weights(memory, fit.is_dual ? n : 0, targets, "the weights of rows");
  const bool carries = fit.is_dual ? search_candidates<T>(bands, memory, row_weights(), fit)
                                   : search_candidates<T>(bands, memory, fit.weights, fit);
  if (!carries) return false;
  describe_choice(
      search, fit.errors, fit.best_alphas, fit.candidate, fit.alpha, fit.error, fit.band_weights);
  bands.products.clear();
  if (fit.is_dual) {
    Dense<T> none(0, 0);
    accumulate_moments<T>(x, row_weights(), memory, none, fit.weights);
    for (Index t = 0; t < targets; ++t) {
      fit.weights.col(t).array() *=
          roots(bands, fit.candidate[static_cast<std::size_t>(t)]).array().square();
    }
  }
  fit.nuisance_weights = x.nuisance_weights(fit.weights);
  return true;
}

void check_bands(Index columns, const std::vector<Index>& sizes, const MatrixXd& candidates) {
  const bool fits = std::accumulate(sizes.begin(), sizes.end(), Index{0}) == columns &&
                    std::all_of(sizes.begin(), sizes.end(), [](Index s) { return s > 0; }) &&
                    candidates.cols() == static_cast<Index>(sizes.size()) &&
                    candidates.rows() > 0 && (candidates.array() >= 0).all() &&
                    (candidates.rowwise().sum().array() > 0).all();
  if (!fits) throw InternalError("bands or candidates of banded ridge contradict each other");
}

}  // namespace

template <typename T>
BandedFit<T> banded_ridge(const FeatureRows<T>& x,
                          const std::vector<Index>& band_sizes,
                          const Dense<T>& y,
                          const Nuisance& nuisance,
                          const std::vector<InnerFold>& folds,
                          const BandedSearch& search) {
  check_search(x.rows, folds, search.alphas);
  check_bands(x.columns, band_sizes, search.candidates);
  Memory memory(search.memory);
  BandedFit<T> fit;
  if (!fit_bands<T>(x, band_sizes, y, nuisance, folds, search, memory, fit)) {
    if constexpr (std::is_same_v<T, float>) {
      fit.weights.resize(0, 0);
      const Counted copy(
          memory, static_cast<std::size_t>(y.size()) * sizeof(double), "targets in double");
      const Dense<double> wide_y = y.template cast<double>();
      BandedFit<double> wide;
      if (!fit_bands<double>(
              widened(x, memory), band_sizes, wide_y, nuisance, folds, search, memory, wide)) {
        throw InternalError("double precision is called too short");
      }
      fit = {wide.weights.cast<float>(),
             wide.nuisance_weights,
             wide.alpha,
             wide.band_weights,
             wide.candidate,
             wide.error,
             wide.errors,
             wide.best_alphas,
             wide.is_dual,
             true,
             0};
    }
  }
  fit.peak = memory.peak();
  return fit;
}

template BandedFit<float> banded_ridge<float>(const FeatureRows<float>&,
                                              const std::vector<Index>&,
                                              const Dense<float>&,
                                              const Nuisance&,
                                              const std::vector<InnerFold>&,
                                              const BandedSearch&);
template BandedFit<double> banded_ridge<double>(const FeatureRows<double>&,
                                                const std::vector<Index>&,
                                                const Dense<double>&,
                                                const Nuisance&,
                                                const std::vector<InnerFold>&,
                                                const BandedSearch&);

}  // namespace insula::regression

// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/detail/factored.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <type_traits>

#include "framework/numerics/parallel.h"
#include "framework/regression/detail/fold_moments.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::kPanel;
using numerics::Op;

namespace {

// Ten penalties of 5000 rows and 500 targets take 24 CPU seconds by factors and 25 by eigenvectors
// (24 and 30 of wall time on two busy cores: some stretches of a decomposition have one thread).
// Eigenvectors are found once, so they are for more. With fewer rows both take a few seconds.
constexpr Index kLeastRows = 4096;
constexpr std::size_t kMostPenalties = 10;

// As carries(): what is left of an eigenvalue that is known to a few units of 6e-8 of the largest.
constexpr double kLeastRatio = 1e-5;
constexpr int kPowerSteps = 12;

// As leave_out.cpp trusts float: by the least pivot of a matrix whose entries are at most 1.
template <typename T>
bool trusts_pivots(const DenseIn<T>& factor) {
  constexpr double kLeastPivot = 0.05;
  const auto least = static_cast<double>(factor.diagonal().minCoeff());
  return std::is_same_v<T, double> || least * least > kLeastPivot;
}

// A vector that is no eigenvector of anything that comes up, and always the same.
template <typename T>
Dense<T> start_vector(Index n) {
  Dense<T> v(n, 1);
  for (Index i = 0; i < n; ++i) {
    v(i, 0) = static_cast<T>(1 + 0.5 * std::sin(static_cast<double>(i + 1) * 12.9898));
  }
  return v / v.norm();
}

// The largest eigenvalue of a map, from below.
template <typename T, typename Map>
double power_iteration(Index n, const Map& map) {
  Dense<T> v = start_vector<T>(n);
  double size = 0;
  for (int i = 0; i < kPowerSteps; ++i) {
    map(v);
    size = static_cast<double>(v.norm());
    if (!(size > 0)) break;
    v /= static_cast<T>(size);
  }
  return size;
}

// A kernel whose upper triangle keeps what the lower one is before it is factored.
template <typename T>
class KeptKernel {
 public:
  KeptKernel(DenseOut<T> kernel, const Dense<T>& nuisance) : k_(kernel) {
    // Lifted, the span of the nuisance is as well conditioned as the rest; its part is subtracted
    // from what the inverse is.
    const double trace = k_.diagonal().template cast<double>().sum();
    if (nuisance.cols() > 0 && trace > 0) {
      lift_ = trace / static_cast<double>(k_.rows());
      numerics::self_product<T>(Op::plain, nuisance, static_cast<T>(lift_), 1, k_);
    }
    diagonal_ = k_.diagonal();
    numerics::mirror_lower<T>(k_);
    largest_ = power_iteration<T>(k_.rows(), [&](Dense<T>& v) {
      const Dense<T> copy = v;
      numerics::product<T>(Op::plain, k_, Op::plain, copy, 1, 0, v);
    });
  }

  ~KeptKernel() { restore(); }
  KeptKernel(const KeptKernel&) = delete;
  KeptKernel& operator=(const KeptKernel&) = delete;

  /// The factor of K + α, in the lower triangle.
  bool factor(double alpha) {
    restore();
    is_whole_ = false;
    k_.diagonal().array() += static_cast<T>(alpha);
    return numerics::factor_in_place<T>(k_);
  }

  /// Whether T carries the smallest eigenvalue of the matrix that was factored last.
  bool carries() const {
    if (std::is_same_v<T, double>) return true;
    const double inverse =
        power_iteration<T>(k_.rows(), [&](Dense<T>& v) { numerics::solve_with_factor<T>(k_, v); });
    return 1 >= kLeastRatio * largest_ * inverse;
  }

  DenseIn<T> factored() const { return k_; }
  double lift() const { return lift_; }

 private:
  void restore() {
    if (is_whole_) return;
    numerics::mirror_upper<T>(k_);
    k_.diagonal() = diagonal_;
    is_whole_ = true;
  }

  DenseOut<T> k_;
  DenseVector<T> diagonal_;
  double lift_ = 0, largest_ = 0;
  bool is_whole_ = true;
};

// inverse ← the lower triangle of the rows and columns of (l lᵀ)⁻¹ that are left out.
template <typename T>
void inverse_block(const DenseIn<T>& l,
                   const std::vector<Index>& rows,
                   Memory& memory,
                   DenseOut<T> inverse) {
  const Index top = rows.front(), n = l.rows() - top, size = inverse.rows();
  Buffer<T> space(memory, n, size, "the columns of a fold");
  auto columns = space();
  const Index panels = (size + kPanel - 1) / kPanel;
  parallel_for(static_cast<std::size_t>(panels), [&](std::size_t task) {
    const Index first = static_cast<Index>(task) * kPanel;
    auto panel = columns.middleCols(first, std::min(kPanel, size - first));
    panel.setZero();
    for (Index j = 0; j < panel.cols(); ++j) {
      panel(rows[static_cast<std::size_t>(first + j)] - top, j) = 1;
    }
    // Above its first row a column of the inverse of a lower triangle is zero.
    const Index from = rows[static_cast<std::size_t>(first)];
    numerics::half_solve_with_factor<T>(Op::plain,
                                        l.bottomRightCorner(l.rows() - from, l.rows() - from),
                                        panel.bottomRows(l.rows() - from));
  });
  numerics::self_product<T>(Op::transposed, columns, 1, 0, inverse);
}

using FoldError = Eigen::Ref<Eigen::RowVectorXd, 0, Eigen::InnerStride<>>;

// Adds the squares of scored residuals: what `fill` gives for panels of targets, solved by the
// factor of a fold.
template <typename T>
void add_residuals(const DenseIn<T>& factor,
                   const LeftOut& left,
                   Index targets,
                   const std::function<void(Index first, DenseOut<T> into)>& fill,
                   Memory& memory,
                   FoldError error) {
  const Index panels = (targets + kPanel - 1) / kPanel;
  parallel_for(static_cast<std::size_t>(panels), [&](std::size_t task) {
    const Index first = static_cast<Index>(task) * kPanel;
    Buffer<T> own(
        memory, factor.rows(), std::min(kPanel, targets - first), "the residuals of a fold");
    auto r = own();
    fill(first, r);
    numerics::solve_with_factor<T>(factor, r);
    for (Index t = 0; t < r.cols(); ++t) {
      double sum = 0;
      for (const Index i : left.scored) sum += static_cast<double>(r(i, t)) * r(i, t);
      error[first + t] += sum;
    }
  });
}

// Adds the squared residuals of one fold's scored rows; false if T does not carry.
template <typename T>
bool score_fold(const DenseIn<T>& l,
                double lift,
                const ClearedRows<T>& x,
                const LeftOut& left,
                double alpha,
                const DenseIn<T>& solved,
                Memory& memory,
                FoldError error) {
  const auto size = static_cast<Index>(left.rows.size());
  if (size == 0) return true;
  Buffer<T> space(memory, size, size, "the rows of a fold");
  auto inverse = space();
  inverse_block<T>(l, left.rows, memory, inverse);
  if (x.rank() > 0) {
    const Dense<T> spanned = x.nuisance()(left.rows, Eigen::all);
    const auto share = static_cast<T>(-1 / (lift + alpha));
    numerics::self_product<T>(Op::plain, spanned, share, 1, inverse);
  }
  if (!numerics::factor_in_place<T>(inverse)) return false;
  const auto fill = [&](Index first, DenseOut<T> r) {
    for (Index t = 0; t < r.cols(); ++t) {
      for (Index i = 0; i < size; ++i) {
        r(i, t) = solved(left.rows[static_cast<std::size_t>(i)], first + t);
      }
    }
  };
  add_residuals<T>(inverse, left, solved.cols(), fill, memory, error);
  return true;
}

// The same of features. Rows are read in parts: their fit, and their place in the inverse.
template <typename T>
bool score_fold_of_features(const DenseIn<T>& l,
                            const ClearedRows<T>& x,
                            const LeftOut& left,
                            const DenseIn<T>& weights,
                            Memory& memory,
                            FoldError error) {
  const auto size = static_cast<Index>(left.rows.size());
  if (size == 0) return true;
  Buffer<T> residual_space(memory, size, x.targets(), "the residuals of a fold");
  auto residual = residual_space();
  Buffer<T> space(memory, size, size, "the rows of a fold");
  auto unexplained = space();
  {
    Buffer<T> across(memory, x.columns(), size, "the rows of a fold");
    auto w = across();
    const Index step = std::min(size, x.chunk(memory, 0.5));
    Buffer<T> part(memory, step, x.columns(), "a chunk of features");
    for (Index first = 0; first < size; first += step) {
      const Index count = std::min(step, size - first);
      Eigen::Map<Dense<T>> rows(part.data(), count, x.columns());
      x.gather(left.rows.data() + first, rows);
      auto r = residual.middleRows(first, count);
      const DenseIn<T> y = x.y();
      for (Index i = 0; i < count; ++i) {
        r.row(i) = y.row(left.rows[static_cast<std::size_t>(first + i)]);
      }
      numerics::product<T>(Op::plain, rows, Op::plain, weights, -1, 1, r);
      w.middleCols(first, count) = rows.transpose();
    }
    numerics::half_solve_with_factor<T>(Op::plain, l, w);
    unexplained.setIdentity();
    numerics::self_product<T>(Op::transposed, w, -1, 1, unexplained);
  }
  if (x.rank() > 0) {
    const Dense<T> spanned = x.nuisance()(left.rows, Eigen::all);
    numerics::self_product<T>(Op::plain, spanned, -1, 1, unexplained);
  }
  if (!numerics::factor_in_place<T>(unexplained)) return false;
  if (!trusts_pivots<T>(unexplained)) return false;
  const auto fill = [&](Index first, DenseOut<T> r) { r = residual.middleCols(first, r.cols()); };
  add_residuals<T>(unexplained, left, x.targets(), fill, memory, error);
  return true;
}

// Of ascending penalties, as best_penalty() chooses among all.
template <typename T>
void keep_better(const Eigen::Ref<const Eigen::RowVectorXd, 0, Eigen::InnerStride<>>& error,
                 const DenseIn<T>& solved,
                 Eigen::RowVectorXd& best,
                 DenseOut<T> row_weights) {
  for (Index t = 0; t < error.size(); ++t) {
    if (!std::isnan(best[t]) && !(error[t] <= best[t])) continue;
    best[t] = error[t];
    row_weights.col(t) = solved.col(t);
  }
}

}  // namespace

template <typename T>
bool has_room_for_eigenvectors(Index rows, const Memory& memory) {
  return static_cast<std::size_t>(numerics::eigen_workspace(rows)) <= memory.left() / sizeof(T);
}

bool factors_are_faster(Index rows, std::size_t penalties) {
  return rows >= kLeastRows && penalties <= kMostPenalties;
}

namespace {

// What rows and features have in common: for each penalty a factor, what it makes of the right-hand
// side, the error of each fold, and what is kept of it.
template <typename T, typename Score>
bool search_by_factors(KeptKernel<T>& kept,
                       const DenseIn<T>& right,
                       const std::vector<InnerFold>& folds,
                       Index real_rows,
                       const std::vector<double>& alphas,
                       Memory& memory,
                       MatrixXd& errors,
                       DenseOut<T> weights,
                       const Score& score) {
  errors = MatrixXd::Zero(static_cast<Index>(alphas.size()), right.cols());
  std::vector<LeftOut> left;
  double count = 0;
  for (const InnerFold& fold : folds) {
    left.emplace_back(fold, real_rows);
    count += static_cast<double>(fold.test.size());
  }
  Buffer<T> space(memory, right.rows(), right.cols(), "the weights at a penalty");
  auto solved = space();
  Eigen::RowVectorXd best =
      Eigen::RowVectorXd::Constant(right.cols(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t a = 0; a < alphas.size(); ++a) {
    if (!kept.factor(alphas[a]) || (a == 0 && !kept.carries())) return false;
    solved = right;
    numerics::solve_with_factor<T>(kept.factored(), solved);
    auto error = errors.row(static_cast<Index>(a));
    for (const LeftOut& fold : left) {
      if (!score(fold, alphas[a], DenseIn<T>(solved), FoldError(error))) return false;
    }
    error /= count;
    keep_better<T>(error, solved, best, weights);
  }
  return true;
}

}  // namespace

template <typename T>
bool factored_dual(DenseOut<T> kernel,
                   const ClearedRows<T>& x,
                   Index real_rows,
                   const std::vector<InnerFold>& folds,
                   const std::vector<double>& alphas,
                   Memory& memory,
                   MatrixXd& errors,
                   DenseOut<T> row_weights) {
  KeptKernel<T> kept(kernel, x.nuisance());
  const DenseIn<T> factor = kept.factored();
  const double lift = kept.lift();
  const auto score =
      [&](const LeftOut& fold, double alpha, const DenseIn<T>& solved, FoldError error) {
        return score_fold<T>(factor, lift, x, fold, alpha, solved, memory, error);
      };
  return search_by_factors<T>(
      kept, x.y(), folds, real_rows, alphas, memory, errors, row_weights, score);
}

template <typename T>
bool factored_primal(DenseOut<T> gram,
                     const ClearedRows<T>& x,
                     Index real_rows,
                     const std::vector<InnerFold>& folds,
                     const std::vector<double>& alphas,
                     Memory& memory,
                     MatrixXd& errors,
                     DenseOut<T> cross) {
  KeptKernel<T> kept(gram, Dense<T>(gram.rows(), 0));
  const DenseIn<T> factor = kept.factored();
  Buffer<T> space(memory, cross.rows(), cross.cols(), "the weights");
  auto weights = space();
  const auto score = [&](const LeftOut& fold, double, const DenseIn<T>& solved, FoldError error) {
    return score_fold_of_features<T>(factor, x, fold, solved, memory, error);
  };
  if (!search_by_factors<T>(
          kept, cross, folds, real_rows, alphas, memory, errors, weights, score)) {
    return false;
  }
  cross = weights;
  return true;
}

template bool has_room_for_eigenvectors<float>(Index, const Memory&);
template bool has_room_for_eigenvectors<double>(Index, const Memory&);
template bool factored_dual<float>(DenseOut<float>,
                                   const ClearedRows<float>&,
                                   Index,
                                   const std::vector<InnerFold>&,
                                   const std::vector<double>&,
                                   Memory&,
                                   MatrixXd&,
                                   DenseOut<float>);
template bool factored_dual<double>(DenseOut<double>,
                                    const ClearedRows<double>&,
                                    Index,
                                    const std::vector<InnerFold>&,
                                    const std::vector<double>&,
                                    Memory&,
                                    MatrixXd&,
                                    DenseOut<double>);

template bool factored_primal<float>(DenseOut<float>,
                                     const ClearedRows<float>&,
                                     Index,
                                     const std::vector<InnerFold>&,
                                     const std::vector<double>&,
                                     Memory&,
                                     MatrixXd&,
                                     DenseOut<float>);
template bool factored_primal<double>(DenseOut<double>,
                                      const ClearedRows<double>&,
                                      Index,
                                      const std::vector<InnerFold>&,
                                      const std::vector<double>&,
                                      Memory&,
                                      MatrixXd&,
                                      DenseOut<double>);

}  // namespace insula::regression

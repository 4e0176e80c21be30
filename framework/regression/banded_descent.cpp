// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/banded_descent.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <type_traits>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"
#include "framework/regression/detail/fold_moments.h"
#include "framework/regression/detail/spectrum.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Beyond e^±20 times the mean square of a feature a penalty is none, or leaves nothing.
constexpr double kReach = 20;

struct DescentProblem {
  const std::vector<Index>& sizes;
  const std::vector<std::unique_ptr<FoldMoments<double>>>& folds;
  double least, most;  // bounds of ln penalty
  double count;        // rows scored
};

// The penalty of each feature.
VectorXd by_feature(const std::vector<Index>& sizes, const VectorXd& log_penalty) {
  VectorXd penalty(std::accumulate(sizes.begin(), sizes.end(), Index{0}));
  Index first = 0;
  for (std::size_t b = 0; b < sizes.size(); ++b) {
    penalty.segment(first, sizes[b]).setConstant(std::exp(log_penalty[static_cast<Index>(b)]));
    first += sizes[b];
  }
  return penalty;
}

struct HeldOut {
  double error = 0;    // mean square
  VectorXd gradient;   // bands: J'r / count
  MatrixXd curvature;  // bands × bands: J'J / count
};

// `work` holds a matrix of features × features.
HeldOut held_out(const DescentProblem& problem,
                 Index target,
                 const VectorXd& log_penalty,
                 DenseOut<double> work) {
  const auto bands = static_cast<Index>(problem.sizes.size());
  const VectorXd penalty = by_feature(problem.sizes, log_penalty);
  HeldOut result{0, VectorXd::Zero(bands), MatrixXd::Zero(bands, bands)};
  for (const auto& fold : problem.folds) {
    work = fold->gram();
    work.diagonal() += penalty;
    if (!numerics::factor_in_place<double>(work)) {
      result.error = std::numeric_limits<double>::infinity();
      return result;
    }
    MatrixXd solved = fold->cross().col(target);
    numerics::solve_with_factor<double>(work, solved);
    MatrixXd moved = MatrixXd::Zero(penalty.size(), bands);
    Index first = 0;
    for (Index b = 0; b < bands; ++b) {
      const Index size = problem.sizes[static_cast<std::size_t>(b)];
      moved.col(b).segment(first, size) =
          penalty.segment(first, size).cwiseProduct(solved.col(0).segment(first, size));
      first += size;
    }
    numerics::solve_with_factor<double>(work, moved);
    const auto x = fold->x_out();
    const VectorXd residual = (fold->y_out().col(target) - x * solved)(fold->scored());
    const MatrixXd jacobian = (x * moved)(fold->scored(), Eigen::all);
    result.error += residual.squaredNorm() / problem.count;
    result.gradient += jacobian.transpose() * residual / problem.count;
    result.curvature += jacobian.transpose() * jacobian / problem.count;
  }
  return result;
}

// The step of Levenberg & Marquardt. A penalty at its bound that wants to go beyond stays there;
// none goes further than e³ at a time, where residuals are not linear in it.
VectorXd next_step(const DescentProblem& problem,
                   const VectorXd& at,
                   const HeldOut& here,
                   double damping) {
  MatrixXd matrix = here.curvature;
  VectorXd gradient = here.gradient;
  const double scale = matrix.diagonal().maxCoeff();
  matrix.diagonal() += damping * matrix.diagonal().cwiseMax(1e-6 * scale);
  for (Index b = 0; b < at.size(); ++b) {
    const bool is_held =
        (at[b] >= problem.most && gradient[b] <= 0) || (at[b] <= problem.least && gradient[b] >= 0);
    if (!is_held) continue;
    gradient[b] = 0;
    matrix.row(b).setZero();
    matrix.col(b).setZero();
    matrix(b, b) = 1;
  }
  return (-matrix.partialPivLu().solve(gradient)).cwiseMax(-3).cwiseMin(3);
}

struct Descended {
  VectorXd log_penalty;
  double error, start_error;
  int steps = 0;
};

Descended descend(const DescentProblem& problem,
                  Index target,
                  const VectorXd& start,
                  int steps,
                  DenseOut<double> work) {
  const auto bound = [&](const VectorXd& at) {
    return VectorXd(at.cwiseMax(problem.least).cwiseMin(problem.most));
  };
  Descended now{bound(start), 0, 0, 0};
  HeldOut here = held_out(problem, target, now.log_penalty, work);
  now.error = now.start_error = here.error;
  double damping = 1e-2;
  while (now.steps < steps && damping < 1e8) {
    if (!(here.curvature.diagonal().maxCoeff() > 0)) break;  // no penalty matters any more
    const VectorXd step = next_step(problem, now.log_penalty, here, damping);
    const VectorXd next = bound(now.log_penalty + step);
    const HeldOut there = held_out(problem, target, next, work);
    if (!(there.error < now.error)) {
      damping *= 10;
      continue;
    }
    const bool is_last = now.error - there.error < 1e-9 * now.error;
    now.log_penalty = next;
    now.error = there.error;
    ++now.steps;
    here = there;
    damping = std::max(damping / 10, 1e-8);
    if (is_last) break;
  }
  return now;
}

struct Task {
  const std::vector<Index>& sizes;
  const std::vector<InnerFold>& folds;
  const MatrixXd& start;
  const BandedDescent& by;
  Memory& memory;
};

void solve_all(const Task& task,
               const ClearedRows<double>& x,
               Index real_rows,
               DescendedBands<double>& fit) {
  const Index p = x.columns(), targets = x.targets();
  Buffer<double> gram(task.memory, p, p, "the products of features");
  Buffer<double> cross(task.memory, p, targets, "the products with targets");
  accumulate_moments<double>(x, x.y(), task.memory, gram(), cross());
  numerics::mirror_lower<double>(gram());
  const RowSource<double> rows{p, [&](const std::vector<Index>& named, DenseOut<double> into) {
                                 x.gather(named.data(), into);
                               }};
  std::vector<std::unique_ptr<FoldMoments<double>>> folds;
  double count = 0;
  for (const InnerFold& fold : task.folds) {
    folds.push_back(std::make_unique<FoldMoments<double>>(
        rows, x, gram(), cross(), fold, real_rows, task.memory));
    count += static_cast<double>(fold.test.size());
  }
  const double middle =
      std::log(std::max(gram().diagonal().mean(), std::numeric_limits<double>::min()));
  const DescentProblem problem{task.sizes, folds, middle - kReach, middle + kReach, count};
  parallel_for(static_cast<std::size_t>(targets), [&](std::size_t i) {
    const auto t = static_cast<Index>(i);
    Buffer<double> work(task.memory, p, p, "the factor of a target");
    const VectorXd start = task.start.col(t).array().log();
    const Descended found = descend(problem, t, start, task.by.steps, work());
    fit.penalty.col(t) = found.log_penalty.array().exp();
    fit.error[t] = found.error;
    fit.start_error[t] = found.start_error;
    fit.steps[i] = found.steps;
    work() = gram();
    work().diagonal() += by_feature(task.sizes, found.log_penalty);
    fit.weights.col(t) = cross().col(t);
    if (!numerics::factor_in_place<double>(work())) {
      fit.weights.col(t).setConstant(std::numeric_limits<double>::quiet_NaN());
      return;
    }
    numerics::solve_with_factor<double>(work(), fit.weights.middleCols(t, 1));
  });
}

DescendedBands<double> descend_in_double(const FeatureRows<double>& features,
                                         const Dense<double>& y,
                                         const Nuisance& nuisance,
                                         const Task& task) {
  const Index p = features.columns, targets = y.cols();
  const Counted held(
      task.memory, static_cast<std::size_t>(p * targets) * sizeof(double), "the weights");
  const ClearedRows<double> x(features, y, nuisance, task.memory);
  DescendedBands<double> fit;
  fit.weights.resize(p, targets);
  fit.penalty.resize(task.start.rows(), targets);
  fit.error.resize(targets);
  fit.start_error.resize(targets);
  fit.steps.resize(static_cast<std::size_t>(targets));
  solve_all(task, x, features.rows, fit);
  fit.nuisance_weights = x.nuisance_weights(fit.weights);
  return fit;
}

}  // namespace

template <typename T>
DescendedBands<T> descend_bands(const FeatureRows<T>& x,
                                const std::vector<Index>& band_sizes,
                                const Dense<T>& y,
                                const Nuisance& nuisance,
                                const std::vector<InnerFold>& folds,
                                const MatrixXd& start,
                                const BandedDescent& descent) {
  check_search(x.rows, folds, {1});
  if (std::accumulate(band_sizes.begin(), band_sizes.end(), Index{0}) != x.columns ||
      start.rows() != static_cast<Index>(band_sizes.size()) || start.cols() != y.cols() ||
      !(start.array() > 0).all()) {
    throw InternalError("bands or penalties of a descent contradict each other");
  }
  Memory memory(descent.memory);
  const Task task{band_sizes, folds, start, descent, memory};
  DescendedBands<T> fit;
  if constexpr (std::is_same_v<T, float>) {
    const Counted copy(
        memory, static_cast<std::size_t>(y.size()) * sizeof(double), "targets in double");
    const Dense<double> wide_y = y.template cast<double>();
    const DescendedBands<double> wide =
        descend_in_double(widened(x, memory), wide_y, nuisance, task);
    fit = {wide.weights.cast<float>(),
           wide.nuisance_weights,
           wide.penalty,
           wide.error,
           wide.start_error,
           wide.steps,
           0};
  } else {
    fit = descend_in_double(x, y, nuisance, task);
  }
  fit.peak = memory.peak();
  return fit;
}

template DescendedBands<float> descend_bands<float>(const FeatureRows<float>&,
                                                    const std::vector<Index>&,
                                                    const Dense<float>&,
                                                    const Nuisance&,
                                                    const std::vector<InnerFold>&,
                                                    const MatrixXd&,
                                                    const BandedDescent&);
template DescendedBands<double> descend_bands<double>(const FeatureRows<double>&,
                                                      const std::vector<Index>&,
                                                      const Dense<double>&,
                                                      const Nuisance&,
                                                      const std::vector<InnerFold>&,
                                                      const MatrixXd&,
                                                      const BandedDescent&);

}  // namespace insula::regression

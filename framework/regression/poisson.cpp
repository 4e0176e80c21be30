// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/poisson.h"

#include <cmath>
#include <limits>

#include "framework/base/error.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr int kMostSteps = 100, kMostHalvings = 40;
// Of the gain that a step promises, in nats per row: the step is taken, and the error that it
// leaves is of its square.
constexpr double kSmallGain = 1e-12;

// H⁺ g for a symmetric H ≥ 0 whose columns may depend on each other. H is brought to a unit
// diagonal first: a column that is rarely on is not one that is nothing.
VectorXd solve_semidefinite(const MatrixXd& h, const VectorXd& g) {
  if (g.size() == 0) return g;
  const VectorXd scale =
      h.diagonal().unaryExpr([](double d) { return d > 0 ? 1 / std::sqrt(d) : 0; });
  const numerics::SymmetricEigen eigen =
      numerics::symmetric_eigen(scale.asDiagonal() * h * scale.asDiagonal());
  const double least = std::numeric_limits<double>::epsilon() * static_cast<double>(g.size()) *
                       eigen.values[g.size() - 1];
  const VectorXd inverse =
      eigen.values.unaryExpr([&](double value) { return value > least ? 1 / value : 0; });
  const VectorXd rotated = eigen.vectors.transpose() * scale.cwiseProduct(g);
  return scale.cwiseProduct(eigen.vectors * inverse.cwiseProduct(rotated));
}

MatrixXd information(const MatrixXd& x, const VectorXd& mean, const VectorXd& penalty) {
  const MatrixXd weighted = mean.cwiseSqrt().asDiagonal() * x;
  MatrixXd h = weighted.transpose() * weighted;
  h.diagonal() += penalty;
  return h;
}

struct CountPoint {
  VectorXd weights, mean;
  double loss = std::numeric_limits<double>::infinity();  // minus what is maximised

  CountPoint(const CountRows& rows, const VectorXd& penalty, VectorXd at) : weights(std::move(at)) {
    const VectorXd eta = rows.x * weights;
    mean = rows.exposure.array() * eta.array().exp();
    const double value = mean.sum() - rows.y.dot(eta) + 0.5 * penalty.dot(weights.cwiseAbs2());
    if (std::isfinite(value)) loss = value;
  }
};

// One step of weighted least squares from rates half-way between each count's own and the mean.
CountPoint first_point(const CountRows& rows, const VectorXd& penalty) {
  const VectorXd none = VectorXd::Zero(rows.x.cols());
  CountPoint rest(rows, penalty, none);
  const double rate = rows.y.sum() / rows.exposure.sum();
  if (!(rate > 0)) return rest;
  const VectorXd mean = 0.5 * (rows.y + rate * rows.exposure);
  const VectorXd response =
      mean.array() * (mean.array() / rows.exposure.array()).log() + (rows.y - mean).array();
  CountPoint near(
      rows,
      penalty,
      solve_semidefinite(information(rows.x, mean, penalty), rows.x.transpose() * response));
  return near.loss < rest.loss ? near : rest;
}

void check(const CountRows& rows, const VectorXd& penalty, const VectorXd& start) {
  const bool fits = rows.y.size() == rows.x.rows() && rows.exposure.size() == rows.x.rows() &&
                    penalty.size() == rows.x.cols() &&
                    (start.size() == 0 || start.size() == penalty.size());
  if (!fits) throw InternalError("a Poisson regression of unequal shapes");
  if (!(rows.y.array() >= 0).all()) throw InternalError("a Poisson regression of what is no count");
}

}  // namespace

CountRows CountRows::select(const std::vector<Index>& rows) const {
  return {x(rows, Eigen::all), exposure(rows), y(rows)};
}

PoissonFit poisson_regression(const CountRows& rows,
                              const VectorXd& penalty,
                              const VectorXd& start) {
  check(rows, penalty, start);
  CountPoint now = start.size() > 0 ? CountPoint(rows, penalty, start) : first_point(rows, penalty);
  if (!std::isfinite(now.loss)) now = first_point(rows, penalty);
  PoissonFit fit;
  while (fit.iterations < kMostSteps && !fit.converged) {
    ++fit.iterations;
    const VectorXd slope =
        rows.x.transpose() * (rows.y - now.mean) - penalty.cwiseProduct(now.weights);
    const VectorXd step = solve_semidefinite(information(rows.x, now.mean, penalty), slope);
    const double gain = slope.dot(step);
    fit.converged = gain <= kSmallGain * static_cast<double>(rows.y.size());
    double share = 1;
    for (int halving = 0; halving < kMostHalvings; ++halving, share /= 2) {
      CountPoint next(rows, penalty, now.weights + share * step);
      // Near the end what is gained is below the rounding of the loss itself.
      const bool is_better =
          fit.converged ? std::isfinite(next.loss) : next.loss <= now.loss - 1e-4 * share * gain;
      if (!is_better) continue;
      now = std::move(next);
      break;
    }
  }
  fit.weights = std::move(now.weights);
  return fit;
}

double poisson_deviance(const VectorXd& y, const VectorXd& mean) {
  double sum = 0;
  for (Index i = 0; i < y.size(); ++i) {
    const double own = y[i] > 0 ? y[i] * std::log(y[i] / mean[i]) : 0;
    sum += 2 * (own - y[i] + mean[i]);
  }
  return sum;
}

}  // namespace insula::regression

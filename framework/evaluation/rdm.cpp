// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/rdm.h"

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/numerics/linear_algebra.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

void require_patterns(const MatrixXd& patterns) {
  if (patterns.rows() < 2 || patterns.cols() < 1 || !patterns.allFinite())
    throw InternalError("an RDM needs the known patterns of two stimuli");
}

template <class Dissimilarity>
Rdm of_pairs(Index stimuli, Dissimilarity dissimilarity) {
  Rdm rdm(stimuli * (stimuli - 1) / 2);
  Index at = 0;
  for (Index i = 0; i < stimuli; ++i)
    for (Index j = i + 1; j < stimuli; ++j) rdm[at++] = dissimilarity(i, j);
  return rdm;
}

}  // namespace

Rdm correlation_rdm(const MatrixXd& patterns) {
  require_patterns(patterns);
  MatrixXd unit = patterns.colwise() - patterns.rowwise().mean();
  for (Index i = 0; i < unit.rows(); ++i) {
    const double squares = unit.row(i).squaredNorm();
    const double largest = patterns.row(i).cwiseAbs().maxCoeff();
    if (numerics::is_constant(squares, largest, unit.cols()))
      unit.row(i).setConstant(kNaN);
    else
      unit.row(i) /= std::sqrt(squares);
  }
  const MatrixXd r = unit * unit.transpose();
  return of_pairs(unit.rows(), [&](Index i, Index j) {
    return std::isnan(r(i, j)) ? kNaN : 1 - std::clamp(r(i, j), -1.0, 1.0);
  });
}

Rdm euclidean_rdm(const MatrixXd& patterns) {
  require_patterns(patterns);
  const auto channels = static_cast<double>(patterns.cols());
  return of_pairs(patterns.rows(), [&](Index i, Index j) {
    return (patterns.row(i) - patterns.row(j)).squaredNorm() / channels;
  });
}

Rdm crossnobis_rdm(const std::vector<MatrixXd>& partitions, const MatrixXd& precision) {
  if (partitions.size() < 2) throw InternalError("crossvalidation needs two partitions");
  for (const MatrixXd& patterns : partitions) {
    require_patterns(patterns);
    if (patterns.rows() != partitions[0].rows() || patterns.cols() != partitions[0].cols() ||
        precision.rows() != patterns.cols() || precision.cols() != patterns.cols())
      throw InternalError("partitions and precision must be of the same stimuli and channels");
  }
  if (!precision.allFinite()) throw InternalError("a precision must be known");
  // Over m ≠ l, Σ dₘ·P·dₗ = (Σ d)·P·(Σ d) − Σ dₘ·P·dₘ; with inner products of all stimuli at once.
  const auto inner = [&](const MatrixXd& x) { return MatrixXd(x * precision * x.transpose()); };
  MatrixXd sum = MatrixXd::Zero(partitions[0].rows(), partitions[0].cols());
  MatrixXd products = MatrixXd::Zero(sum.rows(), sum.rows());
  for (const MatrixXd& patterns : partitions) {
    sum += patterns;
    products -= inner(patterns);
  }
  products += inner(sum);
  const auto m = static_cast<double>(partitions.size());
  const double scale = 1 / (m * (m - 1) * static_cast<double>(sum.cols()));
  return of_pairs(sum.rows(), [&](Index i, Index j) {
    return scale * (products(i, i) + products(j, j) - products(i, j) - products(j, i));
  });
}

MatrixXd ShrunkCovariance::precision() const {
  if (!(covariance.trace() > 0)) throw InternalError("no variance has no inverse");
  return numerics::solve(covariance, MatrixXd::Identity(covariance.rows(), covariance.cols()));
}

ShrunkCovariance shrunk_covariance(const MatrixXd& residuals, double degrees) {
  const auto n = static_cast<double>(residuals.rows());
  const auto p = static_cast<double>(residuals.cols());
  if (residuals.rows() < 2 || residuals.cols() < 1 || !residuals.allFinite() || !(degrees > 0) ||
      degrees > n)
    throw InternalError("a covariance needs known residuals and their degrees of freedom");
  const MatrixXd s = residuals.transpose() * residuals / n;
  const double mean = s.trace() / p;
  MatrixXd away = s;
  away.diagonal().array() -= mean;
  const double distance = away.squaredNorm();
  // Σ ‖x xᵀ − S‖² = Σ ‖x‖⁴ − n ‖S‖², as Σ x xᵀ = n S.
  const double spread =
      (residuals.rowwise().squaredNorm().array().square().sum() - n * s.squaredNorm()) / (n * n);
  ShrunkCovariance result;
  result.shrinkage = distance > 0 ? std::clamp(spread / distance, 0.0, 1.0) : 1;
  result.covariance = (1 - result.shrinkage) * s;
  result.covariance.diagonal().array() += result.shrinkage * mean;
  result.covariance *= n / degrees;
  return result;
}

}  // namespace insula::evaluation

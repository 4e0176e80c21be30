// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/reduction.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/numerics/linear_algebra.h"
#include "framework/numerics/statistics.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

// A component whose variance is below this share of the largest is rounding: n·ε for the largest
// problems that we expect.
constexpr double kNoVariance = 1e-12;

constexpr std::size_t kRowsAtOnce = 1024;

// Directions with variance, by falling variance, and their variances.
struct Components {
  MatrixXd directions;  // features × components, orthonormal
  VectorXd variance;
  double total = 0;
};

// The last `most` eigenvectors with variance, the largest first.
Components largest(const numerics::SymmetricEigen& eigen, Index most) {
  Components result;
  result.total = eigen.values.cwiseMax(0).sum();
  const double top = eigen.values.size() == 0 ? 0 : eigen.values[eigen.values.size() - 1];
  Index count = 0;
  while (count < std::min(most, eigen.values.size()) && top > 0 &&
         eigen.values[eigen.values.size() - 1 - count] > kNoVariance * top) {
    ++count;
  }
  result.directions = eigen.vectors.rightCols(count).rowwise().reverse();
  result.variance = eigen.values.tail(count).reverse();
  return result;
}

// A direction and its opposite are the same component: the largest weight decides.
void settle_signs(MatrixXd& directions) {
  for (Index c = 0; c < directions.cols(); ++c) {
    Index at = 0;
    directions.col(c).cwiseAbs().maxCoeff(&at);
    if (directions(at, c) < 0) directions.col(c) = -directions.col(c);
  }
}

// By the covariance of rows that come in parts.
Components components_by_columns(const ColumnMoments& moments, Index most) {
  return largest(numerics::symmetric_eigen(moments.covariance()), most);
}

void for_each_part(std::span<const Index> training,
                   const std::function<void(std::span<const Index>)>& use) {
  for (std::size_t first = 0; first < training.size(); first += kRowsAtOnce) {
    use(training.subspan(first, std::min(kRowsAtOnce, training.size() - first)));
  }
}

// By inner products of rows, fewer than columns: X Xᵀ u = n λ u gives the direction Xᵀ u. Pairs of
// parts are read, so that no more than two are held.
Components components_by_rows(const Reduction& so_far,
                              const RowReader& read,
                              std::span<const Index> training,
                              Index columns,
                              Index most) {
  ColumnMoments moments(columns, false);
  const auto part = [&](std::span<const Index> rows) -> MatrixXd {
    return so_far.apply(read(rows)).rowwise() - moments.mean();
  };
  for_each_part(training,
                [&](std::span<const Index> rows) { moments.add(so_far.apply(read(rows))); });
  const auto n = static_cast<Index>(training.size());
  const auto place = [&](std::span<const Index> rows) {
    return static_cast<Index>(rows.data() - training.data());
  };
  MatrixXd products = MatrixXd::Zero(n, n);  // the lower triangle
  for_each_part(training, [&](std::span<const Index> rows) {
    const MatrixXd a = part(rows);
    for_each_part(training.first(static_cast<std::size_t>(place(rows))),
                  [&](std::span<const Index> earlier) {
                    products.block(place(rows), place(earlier), a.rows(), std::ssize(earlier)) =
                        a * part(earlier).transpose();
                  });
    products.block(place(rows), place(rows), a.rows(), a.rows()) = a * a.transpose();
  });
  Components result = largest(numerics::symmetric_eigen(products / static_cast<double>(n)), most);
  MatrixXd directions = MatrixXd::Zero(columns, result.directions.cols());
  for_each_part(training, [&](std::span<const Index> rows) {
    directions += part(rows).transpose() *
                  result.directions.middleRows(place(rows), static_cast<Index>(rows.size()));
  });
  result.directions = std::move(directions);
  result.directions.colwise().normalize();
  return result;
}

MatrixXd random_directions(const ReductionPlan& plan, Index features) {
  MatrixXd directions(features, plan.projection);
  const double sd = 1 / std::sqrt(static_cast<double>(plan.projection));
  for (Index c = 0; c < directions.cols(); ++c) {
    Stream stream(plan.seed, "random projection/" + plan.name + "/" + std::to_string(c));
    for (Index r = 0; r < features; ++r) directions(r, c) = sd * stream.normal();
  }
  return directions;
}

}  // namespace

ColumnMoments::ColumnMoments(Index columns, bool has_products)
    : has_products_(has_products),
      mean_(RowVectorXd::Zero(columns)),
      squares_(RowVectorXd::Zero(columns)),
      largest_(RowVectorXd::Zero(columns)) {
  if (has_products) products_ = MatrixXd::Zero(columns, columns);
}

void ColumnMoments::add(const Eigen::Ref<const MatrixXd>& rows) {
  if (rows.rows() == 0) return;
  const RowVectorXd mean = rows.colwise().mean();
  const MatrixXd centred = rows.rowwise() - mean;
  const auto before = static_cast<double>(count_), more = static_cast<double>(rows.rows());
  const double share = more / (before + more), between = before * share;
  const RowVectorXd step = mean - mean_;
  squares_ += centred.colwise().squaredNorm() + between * step.cwiseAbs2();
  if (has_products_) {
    products_.noalias() += centred.transpose() * centred;
    products_.noalias() += between * step.transpose() * step;
  }
  mean_ += share * step;
  largest_ = largest_.cwiseMax(rows.cwiseAbs().colwise().maxCoeff());
  count_ += rows.rows();
}

RowVectorXd ColumnMoments::sd() const {
  RowVectorXd sd = (squares_ / static_cast<double>(std::max<Index>(count_, 1))).cwiseSqrt();
  for (Index c = 0; c < sd.size(); ++c) {
    if (numerics::is_constant(squares_[c], largest_[c], count_)) sd[c] = 0;
  }
  return sd;
}

MatrixXd ColumnMoments::covariance() const {
  if (!has_products_) throw InternalError("covariances were not asked for");
  return products_ / static_cast<double>(std::max<Index>(count_, 1));
}

MatrixXd Reduction::apply(const Eigen::Ref<const MatrixXd>& x) const {
  MatrixXd result = (x.rowwise() - centre).array().rowwise() * scale.array();
  if (weights.rows() == 0) return result;
  if (weights.cols() == 0) return MatrixXd(x.rows(), 0);  // nothing varies
  return result * weights;
}

Reduction fit_reduction(const ReductionPlan& plan,
                        Index features,
                        const RowReader& read,
                        std::span<const Index> training) {
  if (training.empty()) throw InternalError("features are reduced without training rows");
  ColumnMoments moments(features, false);
  for_each_part(training, [&](std::span<const Index> rows) { moments.add(read(rows)); });
  Reduction result;
  result.centre = moments.mean();
  result.scale = RowVectorXd::Ones(features);
  if (plan.standardise) {
    const RowVectorXd sd = moments.sd();
    for (Index c = 0; c < features; ++c) result.scale[c] = sd[c] > 0 ? 1 / sd[c] : 0;
  }
  if (plan.projection > 0) result.weights = random_directions(plan, features);
  if (plan.pca == 0) return result;

  const Index columns = plan.projection > 0 ? plan.projection : features;
  const auto n = static_cast<Index>(training.size());
  Components components;
  if (columns <= n) {
    ColumnMoments reduced(columns, true);
    for_each_part(training,
                  [&](std::span<const Index> rows) { reduced.add(result.apply(read(rows))); });
    components = components_by_columns(reduced, plan.pca);
  } else {
    components = components_by_rows(result, read, training, columns, plan.pca);
  }
  settle_signs(components.directions);
  result.explained_share = VectorXd::Zero(components.variance.size());
  if (components.total > 0) result.explained_share = components.variance / components.total;
  if (components.directions.cols() == 0) {
    result.weights.resize(features, 0);
  } else if (plan.projection > 0) {
    result.weights = MatrixXd(result.weights * components.directions);
  } else {
    result.weights = components.directions;
  }
  return result;
}

Reduction fit_reduction(const ReductionPlan& plan,
                        const Eigen::Ref<const MatrixXd>& x,
                        std::span<const Index> training) {
  const auto read = [&](std::span<const Index> rows) {
    MatrixXd part(static_cast<Index>(rows.size()), x.cols());
    for (std::size_t i = 0; i < rows.size(); ++i) part.row(static_cast<Index>(i)) = x.row(rows[i]);
    return part;
  };
  return fit_reduction(plan, x.cols(), read, training);
}

}  // namespace insula::regression

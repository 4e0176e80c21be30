// SPDX-License-Identifier: Apache-2.0
// Fewer columns for many features: what is fitted sees the training rows and no other.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace insula::regression {

/// Means and second moments of columns, from rows that come in parts: features may be larger than
/// memory. The order of parts decides the rounding, so callers keep it.
/// source  Chan, Golub & LeVeque 1983, Am. Stat. 37:242 (pairwise updating)
class ColumnMoments {
 public:
  /// With `has_products`, covariances too: columns² numbers.
  ColumnMoments(Eigen::Index columns, bool has_products);
  void add(const Eigen::Ref<const Eigen::MatrixXd>& rows);

  Eigen::Index count() const { return count_; }
  const Eigen::RowVectorXd& mean() const { return mean_; }
  /// Standard deviations (divided by the count); exactly 0 for a column that is constant to
  /// rounding.
  Eigen::RowVectorXd sd() const;
  /// Covariances, divided by the count; needs `has_products`.
  Eigen::MatrixXd covariance() const;

 private:
  Eigen::Index count_ = 0;
  bool has_products_;
  Eigen::RowVectorXd mean_, squares_, largest_;
  Eigen::MatrixXd products_;
};

/// What is done to features, in this order; 0 leaves a step out.
struct ReductionPlan {
  bool standardise = true;      // each column to mean 0 and sd 1; a constant one becomes 0
  Eigen::Index projection = 0;  // random directions
  Eigen::Index pca = 0;         // principal components
  std::uint64_t seed = 0;       // of the random directions
  std::string name;             // of the band: bands have directions of their own
};

/// An affine map of feature rows, y = (x − centre)·scale·weights, which may be applied to any rows,
/// those of the test part included.
struct Reduction {
  Eigen::RowVectorXd centre, scale;  // one a feature
  Eigen::MatrixXd weights;           // features × columns of the result; 0 × 0: all, as they are
  Eigen::VectorXd explained_share;   // of each principal component: its share of the variance

  /// shape  rows × features → rows × columns of the result
  Eigen::MatrixXd apply(const Eigen::Ref<const Eigen::MatrixXd>& x) const;
};

/// Gives rows of features, in the order asked for: from memory or from a file.
using RowReader = std::function<Eigen::MatrixXd(std::span<const Eigen::Index> rows)>;

/// Fits to the rows `training`, in their order; no other row is asked for. Rows are read a thousand
/// at a time, twice where there are principal components, and where their rows are fewer than their
/// columns as often as there are thousands of them.
///
/// Principal components are those of the covariance of the (standardised, projected) training rows,
/// by falling variance, each with its largest weight positive; no more than there are directions
/// with variance. Random directions are independent normal with variance 1/projection, named by
/// seed and band and by no data, so that squared distances are kept on average.
///
/// errors  InternalError for no training rows
/// cost    n·p·min(n, p) for components of n training rows and p features: by covariances, or where
///         rows are fewer by their inner products; memory min(n, p)² and two thousand rows
/// source  Pearson 1901, Phil. Mag. 2:559; Johnson & Lindenstrauss 1984, Contemp. Math. 26:189
Reduction fit_reduction(const ReductionPlan& plan,
                        Eigen::Index features,
                        const RowReader& read,
                        std::span<const Eigen::Index> training);

/// The same for rows of a matrix.
Reduction fit_reduction(const ReductionPlan& plan,
                        const Eigen::Ref<const Eigen::MatrixXd>& x,
                        std::span<const Eigen::Index> training);

}  // namespace insula::regression

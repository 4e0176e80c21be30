// SPDX-License-Identifier: Apache-2.0
// How much of the variance of targets each band of features explains.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "framework/regression/feature_rows.h"

namespace insula::regression {

/// What each band adds to the prediction of some rows: bands of rows × targets.
template <typename T>
std::vector<Eigen::MatrixXd> band_predictions(const Dense<T>& x,
                                              const std::vector<Eigen::Index>& band_sizes,
                                              const Dense<T>& weights);

struct PartitionBootstrap {
  int draws = 1000;
  double coverage = 0.95;
  std::uint64_t seed = 1;
};

/// Each with the bounds of its interval.
struct VariancePartition {
  /// Bands, and in the last row the rest: the nuisance and its mean. Rows × targets.
  Eigen::MatrixXd share, share_low, share_high;
  Eigen::VectorXd r2, r2_low, r2_high;  // targets: to which shares add up
  /// Means over the targets that vary, on the same draws: of bands and the rest.
  Eigen::VectorXd mean_share, mean_share_low, mean_share_high;
  double mean_r2 = 0, mean_r2_low = 0, mean_r2_high = 0;
};

/// What ȳ is: the mean of these rows, or 0, of y and a rest from which the mean of the training
/// rows was taken. Then a row of zeros says nothing, and may stand where a target is missing.
enum class Reference { mean_of_rows, zero };

/// R² of held-out predictions ŷ = Σ_b ŷ_b + rest as a sum over bands, by the product measure
///
///   share_b = Σ_i ŷ_bi (2 (y_i − ȳ) − (ŷ_i − ȳ)) / Σ_i (y_i − ȳ)²
///
/// in which bands that are correlated divide what they have in common; a share may be negative.
/// Intervals are percentiles over draws of whole blocks with replacement, the same for all
/// targets; they hold the fit for given and answer for the choice of rows.
///
/// shape   predictions: bands of rows × targets; rest, y: rows × targets; block: of each row,
///         0 … blocks − 1, none empty
/// domain  targets that vary; else their shares are NaN
/// source  Pratt 1987, Proc. 2nd Int. Tampere Conf. Statist. 245; for predictions in new rows Dupré
///         la Tour et al. 2022, NeuroImage 264:119728
VariancePartition partition_variance(const std::vector<Eigen::MatrixXd>& predictions,
                                     const Eigen::MatrixXd& rest,
                                     const Eigen::MatrixXd& y,
                                     const std::vector<int>& block,
                                     const PartitionBootstrap& bootstrap,
                                     Reference reference = Reference::mean_of_rows);

/// Blocks of `length` rows in a row, each within one run: short enough that there are many, long
/// enough that their errors are nearly independent. The last of a run may be longer, up to twice.
std::vector<int> row_blocks(const std::vector<int>& run, Eigen::Index length);

}  // namespace insula::regression

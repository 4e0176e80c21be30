// SPDX-License-Identifier: Apache-2.0
// Vector autoregression with exogenous inputs, simulated from those inputs alone.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace insula::regression {

/// y_t = Σ_l A_l y_{t−l} + drive_t + noise, l = 1 … lags.
struct Lags {
  std::vector<Eigen::MatrixXd> a;  // per lag: target channel × source channel

  /// The largest modulus of the eigenvalues of the companion matrix: below 1, it is stable.
  /// source  Lütkepohl 2005, New Introduction to Multiple Time Series Analysis, eq. 2.1.8
  double spectral_radius() const;
};

/// The series without its noise, from the start of each run on; before it, the series stands at
/// `rest`. It never looks at data.
/// shape   drive rows × channels, run_start first row of each run → rows × channels
Eigen::MatrixXd simulate(const Lags& lags,
                         const Eigen::MatrixXd& drive,
                         const Eigen::VectorXd& rest,
                         const std::vector<Eigen::Index>& run_start);

/// The lagged series as columns, lag after lag, NaN before the start of a run.
/// shape   rows × channels → rows × (lags · channels)
Eigen::MatrixXd lag_columns(const Eigen::MatrixXd& data,
                            int lags,
                            const std::vector<Eigen::Index>& run_start);

}  // namespace insula::regression

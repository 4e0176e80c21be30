// SPDX-License-Identifier: Apache-2.0
// Least squares with a penalty per column, white or with first-order autoregressive noise.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace insula::regression {

/// The B that minimises ‖Y − XB‖² + Σ_j penalty_j ‖B_j‖², of all those the smallest: dependent
/// columns share their weight, columns of zeros get none.
///
/// shape   X rows × columns, penalty columns (≥ 0), Y rows × targets → columns × targets
Eigen::MatrixXd least_squares(const Eigen::MatrixXd& x,
                              const Eigen::VectorXd& penalty,
                              const Eigen::MatrixXd& y);

/// Where the rows of a regression lie in time: rows[i] counts samples, run[i] names the run.
struct Positions {
  std::vector<Eigen::Index> row;  // ascending within a run
  std::vector<int> run;           // of each
};

/// Rows made independent under AR(1) noise of coefficient `rho` that is stationary at the start of
/// each run; they keep its marginal variance. Missing samples lie between rows: a step over k
/// samples has the correlation rho^k.
/// source  Prais & Winsten 1954, Cowles Commission discussion paper 383, for k = 1
Eigen::MatrixXd whiten(const Eigen::MatrixXd& rows, const Positions& positions, double rho);

/// The correlation of neighbours in a residual of mean zero; 0 if there are none.
double neighbour_correlation(const Eigen::VectorXd& residual, const Positions& positions);

struct Ar1Fit {
  Eigen::VectorXd weights;  // columns
  double rho = 0;
};

/// Least squares in which the noise is AR(1): weights and coefficient in turn until the coefficient
/// stands (1e-4, at most 20 turns), |rho| ≤ 0.95.
/// source  Cochrane & Orcutt 1949, J. Am. Stat. Assoc. 44:32; Prais & Winsten 1954
Ar1Fit ar1_least_squares(const Eigen::MatrixXd& x,
                         const Eigen::VectorXd& penalty,
                         const Eigen::VectorXd& y,
                         const Positions& positions);

}  // namespace insula::regression

// SPDX-License-Identifier: Apache-2.0
// Poisson regression with a logarithmic link and a penalty per column.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace insula::regression {

/// y ~ Poisson(exposure · e^{xβ}), row by row.
struct CountRows {
  Eigen::MatrixXd x;         // rows × p
  Eigen::VectorXd exposure;  // s, > 0
  Eigen::VectorXd y;         // ≥ 0

  CountRows select(const std::vector<Eigen::Index>& rows) const;
};

struct PoissonFit {
  Eigen::VectorXd weights;  // p
  int iterations = 0;
  bool converged = false;  // false: no maximum within 100 steps, as when all counts are 0
};

/// The β that maximises Σ_i (y_i η_i − exposure_i e^{η_i}) − ½ Σ_j penalty_j β_j², η = xβ, by
/// Newton's method, which here is iteratively reweighted least squares; a step that does not
/// raise it is halved. Columns that others make up share their weight, columns of zeros get none.
///
/// start   of β; empty: from the counts themselves, drawn half-way to their mean rate
/// errors  InternalError if shapes differ or a count is negative or NaN
/// source  Nelder & Wedderburn 1972, J. R. Stat. Soc. A 135:370; McCullagh & Nelder 1989,
///         Generalized Linear Models, sec. 2.5
/// cost    O(rows · p² + p³) a step
PoissonFit poisson_regression(const CountRows& rows,
                              const Eigen::VectorXd& penalty,
                              const Eigen::VectorXd& start = {});

/// 2 Σ (y ln(y/μ) − y + μ), 0 where prediction and datum agree; every μ > 0.
double poisson_deviance(const Eigen::VectorXd& y, const Eigen::VectorXd& mean);

}  // namespace insula::regression

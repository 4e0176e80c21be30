// SPDX-License-Identifier: Apache-2.0
// The learned factors e^ρ of prior variances. Parameters are integrated out as if the model were
// linear from here on: with A_a the diagonal e^(−ρ_a)/v over the parameters of scale a and 0
// elsewhere, μ their posterior mean from the prior's and Σ its covariance, the log evidence has
//
//   ∂/∂ρ_a       = −½ n_a + ½ (μᵀA_aμ + tr A_aΣ) − (ρ_a − m_a)/V_a
//   ∂²/∂ρ_a∂ρ_b  = μᵀA_aΣA_bμ + ½ tr A_aΣA_bΣ − [a = b] (½ (μᵀA_aμ + tr A_aΣ) + 1/V_a)
//
// source  MacKay 1992, Neural Comput. 4:415, sec. 4.4 (the gradient); the rest by dΣ/dρ_a = ΣA_aΣ
// and
//         dμ/dρ_a = ΣA_aμ
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/joint.h"
#include "framework/inference/problem.h"

namespace insula::inference::detail {

/// Prior variances at these ρ, one for each of Problem::scales.
Eigen::VectorXd prior_variance(const Problem& problem, const std::vector<double>& log_scale);

/// The log evidence around some ρ. Where it is not concave the precision is that of ρ for given
/// parameters, ½ (μᵀA_aμ + tr A_aΣ) + 1/V_a, which is positive: a step by it is one of EM.
struct ScaleEvidence {
  Eigen::VectorXd gradient;   // S
  Eigen::MatrixXd precision;  // S × S, in the place of −∂²: positive definite
};
ScaleEvidence scale_evidence(const Problem& problem,
                             const std::vector<double>& log_scale,
                             const Eigen::VectorXd& mean,
                             const Eigen::MatrixXd& covariance);

/// The posterior over parameters and scales together, with weights that go with the roots of their
/// scales: w = m + e^{ρ/2} v. The precision's lower triangle is P + S wide; of weights, rows and
/// gradient are those of e^{ρ/2} v at ρ held.
struct ScaledJoint {
  Eigen::MatrixXd precision;
  Eigen::VectorXd gradient;
  Eigen::VectorXd scale_variance;  // S, the prior's
  Eigen::MatrixXd moved;           // moved_by_scales()
};
/// P × S: what a unit of each ρ moves, half of its weights.
Eigen::MatrixXd moved_by_scales(const Problem& problem, const Eigen::VectorXd& theta);

ScaledJoint with_scales(const Problem& problem,
                        const Joint& joint,
                        const Eigen::VectorXd& theta,
                        const Eigen::VectorXd& prior_variance,
                        const std::vector<double>& log_scale);

/// ½ ln|Π Σ| − ½ (ρ − m)ᵀΠ(ρ − m), Π the prior's precision of ρ.
double scale_complexity(const Problem& problem,
                        const std::vector<double>& log_scale,
                        const Eigen::MatrixXd& precision);

}  // namespace insula::inference::detail

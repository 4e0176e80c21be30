// SPDX-License-Identifier: Apache-2.0
// The group's level: a linear mixed model of what each subject's data say about its parameters.
//
// A subject's log likelihood is kᵀθ − ½ θᵀΛθ up to a constant. With θ ~ N(m, V) it integrates to
//
//   ln Z(m, V) = −½ ln|I + VΛ| + kᵀm − ½ mᵀΛm + ½ tᵀ(Λ + V⁻¹)⁻¹t,   t = k − Λm
//
// with gradient γ = (I + ΛV)⁻¹ t and Hessian −W, W = (I + ΛV)⁻¹Λ, in m. Λ may be singular: a
// subject may say nothing about some parameters, or about all. With m = Bx, B is Gaussian given v
// and integrated out; v = ln V climbs what is left,
//
//   ∂/∂v_p      = ½ V_p Σ_s (γ_sp² − P_ss,pp) + prior,       P_st = δ_st W_s − W_s x_s C_B x_tᵀ W_t
//   ∂²/∂v_p∂v_q = V_p V_q Σ_st (½ P_st,pq² − γ_sp P_st,pq γ_tq) + δ_pq ∂/∂v_p + prior
//
// source  Harville 1977, J. Am. Stat. Assoc. 72:320, sec. 5 (restricted likelihood, derivatives)
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <vector>

namespace insula::inference::detail {

/// What one subject's data say.
struct Evidence {
  Eigen::MatrixXd information;  // Λ, P × P
  Eigen::VectorXd pull;         // k, P
};

/// What stays the same: design and priors.
struct GroupPrior {
  Eigen::MatrixXd design;               // S × C
  std::vector<Eigen::Index> parameter;  // H of P
  Eigen::VectorXd own_mean;             // P: the prior of parameters that are not the group's
  Eigen::VectorXd own_variance;         // P
  Eigen::MatrixXd mean;                 // H × C: B0
  Eigen::MatrixXd mean_precision;       // H × C
  Eigen::VectorXd log_variance;         // H: v0
  double log_variance_variance = 0;
};

/// One subject at prior mean m and variance V.
struct SubjectTerms {
  bool is_finite = false;
  double log_z = 0;
  Eigen::MatrixXd w;      // H × H
  Eigen::VectorXd gamma;  // H
};

/// shape  mean, sd: P, of θ_s; `parameter`: H of P
SubjectTerms subject_terms(const std::vector<Eigen::Index>& parameter,
                           const Evidence& evidence,
                           const Eigen::VectorXd& mean,
                           const Eigen::VectorXd& sd);

struct GroupPoint {
  Eigen::MatrixXd mean;          // B
  Eigen::VectorXd log_variance;  // v
};

/// Mean and variance of θ_s in the group, own priors where they hold.
Eigen::VectorXd subject_mean(const GroupPrior& prior, const GroupPoint& point, Eigen::Index s);
Eigen::VectorXd subject_variance(const GroupPrior& prior, const GroupPoint& point);

/// The level at one v, B at its optimum there.
struct GroupLevel {
  bool is_finite = false;  // false: v is beyond what the evidence allows; the rest is unusable
  GroupPoint point;
  Eigen::LLT<Eigen::MatrixXd> mean_precision{Eigen::MatrixXd()};  // of vec B
  double objective = 0;                // ln p(y | v) p(v), up to a constant
  Eigen::VectorXd gradient;            // H: in v
  Eigen::MatrixXd curvature;           // H × H: Fisher's information about v given B
  std::vector<Eigen::MatrixXd> w;      // per subject, H × H
  std::vector<Eigen::VectorXd> gamma;  // per subject, H
};

/// B from `point` to its optimum at `point`'s v.
GroupLevel group_level(const GroupPrior& prior,
                       const std::vector<Evidence>& evidence,
                       const GroupPoint& point);

/// The level at the maximum of its objective.
GroupLevel best_group_level(const GroupPrior& prior,
                            const std::vector<Evidence>& evidence,
                            const GroupPoint& start);

/// −∂²/∂v² of the objective, or its expectation where that is not positive definite.
Eigen::LLT<Eigen::MatrixXd> log_variance_precision(const GroupPrior& prior,
                                                   const GroupLevel& level);

/// Posterior mean of θ_s at the level.
Eigen::VectorXd shrunken(const GroupPrior& prior,
                         const Evidence& evidence,
                         const GroupPoint& point,
                         Eigen::Index s);

/// ln p(B) + ½ ln|C_B| and ln p(v) + ½ ln|C_v|, 2π cancelled.
double mean_complexity(const GroupPrior& prior, const GroupLevel& level);
double variance_complexity(const GroupPrior& prior,
                           const GroupLevel& level,
                           const Eigen::LLT<Eigen::MatrixXd>& log_variance_precision);

}  // namespace insula::inference::detail

// SPDX-License-Identifier: Apache-2.0
// Learned loadings: coefficients, integrated out like those of confounds, whose columns are
// predictions and move with θ.
//
// For one channel let M(θ) be its sources, l ~ N(0, s²) its loadings, X = [confounds M], and
//
//   A = XᵀΛX + Π,   b̂ = A⁻¹XᵀΛy,   T = (A⁻¹)_l XᵀΛ = s²MᵀP,   P = Cov(y)⁻¹ given θ,
//
// Λ the precision of its noise. With D_j = ∂M/∂θ_j and K_j = T D_j the gradient of ln p(y | θ), l
// and β integrated out, is exact:
//
//   ∂_j = (D_j l̂)ᵀΛ(y − Xb̂) − tr K_j
//
// The curvature is Gauss and Newton's at l̂ where D_j leaves the span of [X] and Fisher's within it,
// where only the prior of l tells θ's from each other (with G = T M = RRᵀ, Y_j = R⁻¹K_jR):
//
//   S_jk = (D_j l̂)ᵀ P (D_k l̂) − (R⁻¹K_j l̂ / s)ᵀ(R⁻¹K_k l̂ / s) + ½ ⟨Y_j + Y_jᵀ, Y_k + Y_kᵀ⟩
//
// Its first two terms are (D_j l̂)ᵀ P_⊥ (D_k l̂) with P_⊥ = P − PM(MᵀPM)⁻¹MᵀP, so that S is positive
// semi-definite; a rotation of the sources, which p(y | θ) does not see, gets none of it.
//
// Sources: Golub & Pereyra 1973, SIAM J. Numer. Anal. 10:413 (eliminating linear coefficients);
// the gradient is Fisher's identity, Dempster, Laird & Rubin 1977, J. R. Stat. Soc. B 39:1, eq.
// 2.14ff; Fisher's information of a Gaussian with covariance V: ½ tr V⁻¹V_j V⁻¹V_k, Kay 1993,
// Estimation Theory, eq. 3.32.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/joint.h"

namespace insula::inference::detail {

/// Puts the sources that a finished `evaluation` predicts in their columns of `own`, and all that
/// follows from them. `own` is what an earlier call has filled, in which nothing else is touched,
/// or empty: it then becomes a copy of `data`, if any channel has loadings.
void set_sources(const std::vector<ChannelData>& data,
                 const Evaluation& evaluation,
                 std::vector<ChannelData>& own);

/// Σ_r l_r ∂m_r/∂θ of one channel, all samples × P; `beta` ends with its loadings.
Eigen::MatrixXd loaded_jacobian(const ChannelData& data,
                                const Evaluation& evaluation,
                                const Eigen::VectorXd& beta);

/// Confounds of one channel with its sources to their right, all samples.
Eigen::MatrixXd confounds_with_sources(const Channel& channel, const Evaluation& evaluation);

/// Adds what l's posterior width has to do with θ: −tr K_j to the gradient, and the last two terms
/// of S_jk to its lower triangle. The block is solved, and its residual stands at b̂ − shift.
void add_loadings(const ChannelData& data,
                  const std::vector<Eigen::MatrixXd>& source_jacobian,
                  const Eigen::VectorXd& beta,
                  double scale,
                  double zeta,
                  const ChannelBlock& block,
                  Eigen::MatrixXd& precision_lower,
                  Eigen::VectorXd& gradient);

}  // namespace insula::inference::detail

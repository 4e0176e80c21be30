// SPDX-License-Identifier: Apache-2.0
// What a search over reduced models needs of a fit: its beliefs about the candidates alone.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <vector>

#include "framework/inference/model_reduction.h"

namespace insula::inference::detail {

/// One belief about the candidates: how far they are from off, and their covariance.
struct OffDistance {
  Eigen::VectorXd distance;  // off − mean
  Eigen::MatrixXd covariance;
};

struct Candidates {
  OffDistance posterior, prior;
  Eigen::Index size() const { return posterior.distance.size(); }
};

/// errors  InternalError if shapes differ, or a parameter is not there, or twice
Candidates candidates_of(const GaussianBelief& prior,
                         const GaussianBelief& posterior,
                         const std::vector<Switch>& switches);

/// errors  InternalError if it is not positive definite
Eigen::LLT<Eigen::MatrixXd> factor_of_covariance(const Eigen::MatrixXd& covariance);

/// Some of the candidates, in this order, once others are off.
Candidates given_off(const Candidates& all,
                     const std::vector<Eigen::Index>& off,
                     const std::vector<Eigen::Index>& some);

/// The change of log evidence if these are switched off.
double change_of(const Candidates& all, const std::vector<Eigen::Index>& off);

/// Per candidate the change of log evidence if it alone is switched over, in the model in which
/// `off` are off. cost  O(k³)
Eigen::VectorXd change_of_each(const Candidates& all, const std::vector<Eigen::Index>& off);

/// As score_reductions().
Eigen::VectorXd score_all(const Candidates& all);

}  // namespace insula::inference::detail

// SPDX-License-Identifier: Apache-2.0
// What a posterior says about scored data that it has not seen.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>

#include "framework/inference/fit.h"
#include "framework/inference/problem.h"

namespace insula::inference {

/// The posterior of predictors, linear in θ about its mean: J Σ Jᵀ, datum by datum.
///
/// shape   predictors, with slopes, at the posterior mean; covariance [P, P]; log_density is NaN
/// cost    O(N p (P + Q)) for each predictor of p parameters
ScoredFit predict(const Predictors& at_mean, const Eigen::MatrixXd& covariance);

struct PredictiveOptions {
  int draws = 200;
  std::uint64_t seed = 0;
  std::string task;  // key of the random numbers
};

/// ln ∫ p(y_n | η) N(η; η̂_n, C_n) dη of every datum in use: the log density that was given to it
/// beforehand. The exact density is averaged over draws of η, spread evenly: pairs η̂ ± Lz with z
/// from a Halton sequence, shifted at random for each datum. With one predictor such a mean of 200
/// is over four times closer than one of independent draws, and data do not share its error. NaN
/// out of use, and where the score is not a number; −∞ if no draw allows the datum.
///
/// shape   `posterior` of the data's own predictors: N × Q and N × Q(Q+1)/2
/// errors  InternalError if the sizes disagree or there is no draw
/// cost    `draws` scores of all data
/// source  Halton 1960, Numer. Math. 2:84; Cranley & Patterson 1976, SIAM J. Numer. Anal. 13:904
///         (shift)
Eigen::VectorXd log_predictive_density(const Scored& data,
                                       const ScoredFit& posterior,
                                       const PredictiveOptions& options = {});

}  // namespace insula::inference

// SPDX-License-Identifier: Apache-2.0
// Scored data in the joint posterior: their log density and what it adds to gradient and precision.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/inference/detail/joint.h"
#include "framework/inference/fit.h"
#include "framework/inference/problem.h"

namespace insula::inference::detail {

bool has_sizes_of(const Scored& scored,
                  const Predictors& predictors,
                  Eigen::Index parameters,
                  bool with_slopes);

/// The first datum in use whose predictors, or slopes if there are any, are not finite; −1: none.
Eigen::Index first_not_finite(const Scored& scored, const Predictors& predictors);

/// "choice of decision, datum 3 of 20", counted from 1.
std::string datum_in_words(const Scored& scored, Eigen::Index datum);

/// Scores of all scored data; a datum in use without a finite one becomes the evaluation's outcome.
/// Empty if the evaluation is not finished.
std::vector<Scores> checked_scores(const Problem& problem,
                                   bool with_derivatives,
                                   Evaluation& evaluation);

/// Σ log p(y | η) over data in use.
double total_value(const Scored& scored, const Scores& scores);

/// Sets what scored data add to the joint.
void linearise(const Problem& problem,
               const Evaluation& evaluation,
               const std::vector<Scores>& scores,
               Joint& joint);

/// scored_information with the exact curvature wherever it is offered; empty if it nowhere is.
Eigen::MatrixXd observed_information(const Problem& problem,
                                     const Evaluation& evaluation,
                                     const std::vector<Scores>& scores);

std::vector<ScoredFit> describe_scored(const Problem& problem,
                                       const Evaluation& evaluation,
                                       const std::vector<Scores>& scores,
                                       const Eigen::MatrixXd& covariance);

}  // namespace insula::inference::detail

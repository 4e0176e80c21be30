// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/evaluation/scores.h"

namespace insula::evaluation {

std::vector<double> model_probabilities(std::span<const double> log_evidence) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const double evidence : log_evidence) {
    if (!std::isnan(evidence)) largest = std::max(largest, evidence);
  }
  std::vector<double> probability;
  double sum = 0;
  for (const double evidence : log_evidence) {
    // Without any finite evidence largest is −∞ and the differences below are NaN, as they should.
    probability.push_back(std::exp(evidence - largest));
    if (!std::isnan(evidence)) sum += probability.back();
  }
  for (double& p : probability) p /= sum;
  return probability;
}

}  // namespace insula::evaluation

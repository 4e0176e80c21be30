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

std::size_t kept_model(std::span<const double> log_evidence,
                       std::span<const std::size_t> parameters) {
  const double best = *std::ranges::max_element(log_evidence);
  std::size_t kept = log_evidence.size();
  for (std::size_t m = 0; m < log_evidence.size(); ++m) {
    if (log_evidence[m] < best - kDecisive) continue;
    const bool is_simpler =
        kept == log_evidence.size() || parameters[m] < parameters[kept] ||
        (parameters[m] == parameters[kept] && log_evidence[m] > log_evidence[kept]);
    if (is_simpler) kept = m;
  }
  return kept;
}

}  // namespace insula::evaluation

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "framework/evaluation/group_comparison.h"
#include "framework/numerics/gamma_functions.h"

namespace insula::evaluation {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// e^-45 is 3e-20: what is left out on either side of the integral.
constexpr double kLeftOut = 45;

// Where each of the gammas is exceeded with probability e^-45 at most.
// source  Boucheron, Lugosi & Massart 2013, Concentration Inequalities, section 2.4
double beyond_all(const VectorXd& counts) {
  const double a = counts.maxCoeff();
  return a + std::sqrt(2 * a * kLeftOut) + kLeftOut + std::log(static_cast<double>(counts.size()));
}

// The step at which the trapezoidal rule's error, exp(−2π² / (step² Σα)), is below 1e-17, and
// which resolves an exponential variable.
double step_for(const VectorXd& counts) { return std::min(0.2, 0.6 / std::sqrt(counts.sum())); }

}  // namespace

VectorXd exceedance_probabilities(const VectorXd& counts) {
  const Index models = counts.size();
  if (models == 1) return VectorXd::Ones(1);
  VectorXd exceedance = VectorXd::Zero(models), log_below(models);
  if (models == 2) {
    for (const Index k : {0, 1})
      exceedance[k] = numerics::beta_distribution(0.5, counts[1 - k], counts[k]);
    return exceedance;
  }
  VectorXd log_norm(models);
  for (Index k = 0; k < models; ++k) log_norm[k] = numerics::log_gamma(counts[k]);
  const double step = step_for(counts), top = std::log(beyond_all(counts));
  for (int i = 0;; ++i) {
    const double t = top - i * step, x = std::exp(t);
    for (Index j = 0; j < models; ++j)
      log_below[j] = numerics::log_gamma_distribution(counts[j], x);
    const double all_below = log_below.sum();
    for (Index k = 0; k < models; ++k)
      exceedance[k] += step * std::exp(counts[k] * t - x - log_norm[k] + all_below - log_below[k]);
    if (all_below < -kLeftOut) return exceedance;
  }
}

}  // namespace insula::evaluation

// SPDX-License-Identifier: Apache-2.0
// Small statistics of samples.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace insula::numerics {

/// Linear interpolation between order statistics, the quantile of R's type 7 and of numpy.
/// domain  0 ≤ p ≤ 1; NaN for no values
/// source  Hyndman & Fan 1996, Am. Stat. 50:361
double quantile(std::vector<double> values, double p);

/// Pearson's correlation, in −1 … 1. NaN for fewer than two samples or if either series is
/// constant to rounding. errors  InternalError if the sizes differ
double correlation(const Eigen::VectorXd& a, const Eigen::VectorXd& b);

/// The distribution function of Student's t with a whole number of degrees of freedom, ≥ 1.
/// source  Abramowitz & Stegun 1964, 26.7.3 and 26.7.4
double student_distribution(double t, int degrees);

/// The t at which that function is p, 0 < p < 1. exact  relative 1e-12
double student_quantile(double p, int degrees);

/// Whether numbers with this sum of squared deviations and largest magnitude are all the same to
/// rounding: their spread is below 1e-12 of their size.
bool is_constant(double squared_deviations, double largest, Eigen::Index count);

}  // namespace insula::numerics

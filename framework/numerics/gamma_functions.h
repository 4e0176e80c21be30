// SPDX-License-Identifier: Apache-2.0
// The gamma function's relatives that distributions of frequencies need.
#pragma once

namespace insula::numerics {

/// ln Γ(x), x > 0. May be called from several threads at once.
double log_gamma(double x);

/// ψ(x) = d ln Γ(x) / dx, x > 0. exact  absolute 1e-14 for x ≥ 1
/// source  Abramowitz & Stegun 1964, 6.3.5 and 6.3.18
double digamma(double x);

/// ln P(shape, x): the logarithm of the distribution function of a gamma variable of rate 1, which
/// does not underflow. −∞ at x = 0.
/// domain  shape > 0, x ≥ 0
/// exact   absolute 1e-13 where |ln P| is small, growing with the size of shape · ln x
/// cost    O(√shape + 30)
/// source  Abramowitz & Stegun 1964, 6.5.29 (series) and 6.5.31 (continued fraction)
double log_gamma_distribution(double shape, double x);

/// I_x(a, b): the distribution function of a beta variable.
/// domain  a, b > 0, 0 ≤ x ≤ 1
/// exact   relative 1e-12 for a + b below 1e4
/// source  Abramowitz & Stegun 1964, 26.5.8
double beta_distribution(double x, double a, double b);

}  // namespace insula::numerics

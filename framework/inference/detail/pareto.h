// SPDX-License-Identifier: Apache-2.0
// How heavy the tail of importance weights is.
#pragma once

#include <vector>

namespace insula::inference::detail {

/// The shape of a generalised Pareto distribution fitted to positive numbers, ascending; it is
/// drawn towards ½ as by ten further data, which steadies it for short tails.
///
/// domain  at least 5 numbers, the upper three quarters above 0; NaN otherwise
/// source  Zhang & Stephens 2009, Technometrics 51:316 (estimate); Vehtari et al. 2024, J. Mach.
/// Learn.
///         Res. 25(72), appendix C (prior)
double pareto_shape(const std::vector<double>& ascending);

/// Pareto k̂ of importance weights given by their logarithms (−∞ allowed, NaN not): the shape of
/// the min(S/5, 3√S) largest. 0 if all weights are equal; NaN if there are fewer than 25.
/// source  Vehtari et al. 2024, sec. 2.1
double pareto_k(std::vector<double> log_weights);

}  // namespace insula::inference::detail

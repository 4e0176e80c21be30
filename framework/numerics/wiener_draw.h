// SPDX-License-Identifier: Apache-2.0
// Choices and response times of the drift-diffusion model: what to expect of them, and draws.
// Parameters as in wiener.h.
#pragma once

#include "framework/base/random.h"

namespace insula::numerics {

/// P(upper) = (1 − e^(−2vaz))/(1 − e^(−2va)), z if v = 0; the drift is that of the trial (sv = 0).
///
/// exact   relative 1e-14, also of P(lower) = upper_probability(−v, a, 1 − z)
double upper_probability(double v, double a, double z);

/// The mean of rt − t0 in s, a·(P(upper) − z)/v, over both responses; sv = 0.
///
/// exact   relative 1e-12 for z in [0.01, 0.99]
double mean_decision_time(double v, double a, double z);

/// The mean of rt − t0 in s of those trials that end at one bound: at the upper
/// a²·(q(va) − z²·q(vaz)) with q(x) = (x·coth x − 1)/x², at the lower the same of 1 − z; sv = 0.
///
/// exact   relative 1e-12 for |va| < 100
double mean_decision_time(double v, double a, double z, bool upper);

struct WienerPoint {
  double v = 0, a = 1, z = 0.5, t0 = 0, sv = 0;
};

struct WienerDraw {
  double rt = 0;    // s
  double resp = 0;  // +1 upper, −1 lower
};

/// The time of first passage through one bound at distance d of a process of unit diffusion that
/// drifts towards it by c ≥ 0: inverse Gaussian with mean d/c and shape d². d > 0; heavy-tailed,
/// without a mean, if c = 0.
///
/// source  Michael, Schucany & Haas 1976, Amer. Statist. 30:88
double draw_first_passage(double d, double c, Stream& random);

/// One trial, exactly: the drift from its normal distribution, then the choice, then its time by
/// rejection from the time of first passage through that bound alone, an inverse Gaussian: every
/// path that ends at the bound passes it for the first time then, so the density of the one lies
/// below that of the other. At most two proposals on average, whatever the parameters. The same
/// digits at any instruction set.
WienerDraw draw_wiener(const WienerPoint& at, Stream& random);

}  // namespace insula::numerics

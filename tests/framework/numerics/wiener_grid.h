// SPDX-License-Identifier: Apache-2.0
// The density of wiener.h on a grid of decision times of one response, for integrals over them.
#pragma once

#include <cmath>
#include <vector>

#include "framework/numerics/wiener.h"
#include "framework/numerics/wiener_draw.h"

namespace insula::test {

/// Equal steps of ln(rt − t0), from where e^(−800) bounds the density to where e^(−75) does: there
/// the density of ln(rt − t0) and all its derivatives vanish, so that the trapezoidal sum
/// Σ weight · … converges faster than any power of the step.
struct WienerGrid {
  std::vector<double> rt, resp, weight, density;

  WienerGrid(const numerics::WienerPoint& at, double response) {
    const double way = at.a * (response > 0 ? 1 - at.z : at.z), step = 1.0 / 256;
    for (double x = 2 * std::log(way) - std::log(1600.0); x < 2 * std::log(at.a) + std::log(15.2);
         x += step) {
      rt.push_back(at.t0 + std::exp(x));
      weight.push_back(step * std::exp(x));
    }
    resp.assign(rt.size(), response);
    density.resize(rt.size());
    numerics::wiener_log_density(trials(), parameters(at), density);
    for (double& f : density) f = std::exp(f);
  }

  numerics::WienerTrials trials() const { return {rt, resp}; }

  static numerics::WienerParameters parameters(const numerics::WienerPoint& at) {
    return {{&at.v, 1}, {&at.a, 1}, {&at.z, 1}, {&at.t0, 1}, {&at.sv, 1}};
  }

  /// ∫ f(rt)·what(i) over decision times; i numbers the grid's points.
  template <class What>
  double integral(What what) const {
    double sum = 0;
    for (std::size_t i = 0; i < rt.size(); ++i) sum += weight[i] * density[i] * what(i);
    return sum;
  }
};

}  // namespace insula::test

// SPDX-License-Identifier: Apache-2.0
// What shows a region's activity through a kernel of area 1, times a gain.
//
//   y(t) = g ∫ k(s) z(t − s) ds          (an offset is the constant among the recording's
//   confounds)
//
// The maps hold the integral of z; the simulator puts the kernel on it (contract/observation.h).
#pragma once

#include <cmath>
#include <numbers>

#include "framework/contract/kind.h"

namespace insula::observations::INSULA_ISA::detail {

using namespace insula::INSULA_ISA;

struct ByKernel {
  template <class T>
  struct Parameters {
    T gain;
    // Data in arbitrary units are scaled to a range of 4, which a gain of 20 makes of an activity
    // of 0.2, as BOLD's does in percent. It is positive: were its sign open, every fit would have a
    // second optimum at which the region and its gain have the other sign.
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::gain,
         {"gain",
          "1",
          "g",
          "recorded units per unit of lasting activity",
          20,
          Domain::positive,
          1}},
    }};
  };
  template <class T>
  using State = Accumulated<T>;
  template <class T>
  using Input = Observed<T>;

  template <class T>
  static State<T> drift(const State<T>&, const Observed<T>& in, const Parameters<T>&) {
    return {in.activity};
  }
  template <class T>
  static T observe(const State<T>& x, const Observed<T>&, const Parameters<T>& p) {
    return p.gain * x.integral;
  }
};

/// Density of the gamma distribution, 1/s. shape > 1, scale in s.
inline double gamma_density(double t, double shape, double scale) {
  if (!(t > 0)) return 0;
  return std::exp((shape - 1) * std::log(t / scale) - t / scale) / (std::tgamma(shape) * scale);
}

/// Distribution and density of the standard normal.
inline double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
inline double normal_density(double x) {
  return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi);
}

}  // namespace insula::observations::INSULA_ISA::detail

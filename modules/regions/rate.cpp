// SPDX-License-Identifier: Apache-2.0
// A firing-rate population with a sigmoid response.
//
//   τ dx/dt = −x + S(afferent + stimulus),   S(a) = (4/s) · (σ(s·(a − h)) − σ(−s·h)),
//   σ(a) = 1 / (1 + exp(−a))
//
// S is 0 at rest and has slope 1 there when the threshold h is 0; it saturates at ±2/s.
// Leaves out: refractoriness, adaptation, noise.
// Source: Dayan & Abbott 2001, Theoretical Neuroscience, eq. 7.6 and 7.11 (with the sigmoid of p.
// 234).
#include "framework/contract/kind.h"

namespace insula::regions::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Rate {
  template <class T>
  struct Parameters {
    T time_constant, slope, threshold;
    static constexpr std::array<Field<Parameters, T>, 3> fields{{
        {&Parameters::time_constant,
         {"time_constant",
          "s",
          "τ",
          "time constant of the population",
          0.1,
          Domain::positive,
          0.25}},
        {&Parameters::slope,
         {"slope", "1", "s", "steepness of the response", 1.0, Domain::positive, 0.25}},
        {&Parameters::threshold, {"threshold", "1", "h", "input of half response"}},
    }};
  };
  template <class T>
  struct State {
    T x;
    static constexpr std::array<Field<State, T>, 1> fields{{
        {&State::x, {"x", "1", "x", "firing rate above rest"}},
    }};
  };
  template <class T>
  struct Input {
    T afferent, stimulus;
    static constexpr std::array<Field<Input, T>, 2> fields{{
        {&Input::afferent, {"afferent", "1", "Σ w x", "what projections bring"}},
        {&Input::stimulus, {"stimulus", "1", "c u", "what known inputs bring"}},
    }};
  };

  template <class T>
  static T sigmoid(const T& a) {
    return 1.0 / (1.0 + exp(-a));
  }
  template <class T>
  static State<T> drift(const State<T>& x, const Input<T>& u, const Parameters<T>& p) {
    const T response =
        (4.0 / p.slope) * (sigmoid<T>(p.slope * (u.afferent + u.stimulus - p.threshold)) -
                           sigmoid<T>(-p.slope * p.threshold));
    return {(response - x.x) / p.time_constant};
  }
  template <class T>
  static T activity(const State<T>& x, const Parameters<T>&) {
    return x.x;
  }
};

}  // namespace

extern const RegionKind rate;
constinit const RegionKind rate =
    region_kind<Rate>("rate",
                      "A population whose rate follows a sigmoid of its input with a lag.",
                      "Dayan & Abbott 2001, Theoretical Neuroscience, ch. 7");

}  // namespace insula::regions::INSULA_ISA

// SPDX-License-Identifier: Apache-2.0
// BOLD by convolution with the double-gamma response, written as a chain of equal stages.
//
//   h(t) = (Γ(t; 6) − Γ(t; 16)/6) · 6/5,   Γ(t; n) = t^{n−1} e^{−t} / (n−1)!   (t in s)
//
// Γ(·; n) is the impulse response of n first-order stages of rate 1 s⁻¹ in a row, so both gammas
// are taps of one chain: dx_1/dt = z − x_1, dx_k/dt = x_{k−1} − x_k, y = g · 6/5 · (x_6 − x_16/6).
// The gain g is in percent per unit of lasting activity; its default, 19.3, is the slope at rest of
// the Balloon model (observation `bold`), so that strengths mean the same in both.
// Source: Friston et al. 1998, NeuroImage 7:30; parameters (6, 16, 1, 1, 6) of SPM's spm_hrf.
#include "framework/contract/kind.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct BoldLinear {
  static constexpr int kStages = 16;

  template <class T>
  struct Parameters {
    T gain;
    static constexpr std::array<Field<Parameters, T>, 1> fields{{
        {&Parameters::gain,
         {"gain", "%", "g", "response to lasting activity of 1", 19.3, Domain::positive, 0}},
    }};
  };
  template <class T>
  struct State {
    T x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16;
    static constexpr std::array<Field<State, T>, kStages> fields{{
        {&State::x1, {"x1", "1", "x1", "stage 1"}},
        {&State::x2, {"x2", "1", "x2", "stage 2"}},
        {&State::x3, {"x3", "1", "x3", "stage 3"}},
        {&State::x4, {"x4", "1", "x4", "stage 4"}},
        {&State::x5, {"x5", "1", "x5", "stage 5"}},
        {&State::x6, {"x6", "1", "x6", "stage 6: the response"}},
        {&State::x7, {"x7", "1", "x7", "stage 7"}},
        {&State::x8, {"x8", "1", "x8", "stage 8"}},
        {&State::x9, {"x9", "1", "x9", "stage 9"}},
        {&State::x10, {"x10", "1", "x10", "stage 10"}},
        {&State::x11, {"x11", "1", "x11", "stage 11"}},
        {&State::x12, {"x12", "1", "x12", "stage 12"}},
        {&State::x13, {"x13", "1", "x13", "stage 13"}},
        {&State::x14, {"x14", "1", "x14", "stage 14"}},
        {&State::x15, {"x15", "1", "x15", "stage 15"}},
        {&State::x16, {"x16", "1", "x16", "stage 16: the undershoot"}},
    }};
  };
  template <class T>
  using Input = Observed<T>;

  template <class T>
  static State<T> drift(const State<T>& x, const Observed<T>& in, const Parameters<T>&) {
    State<T> rate;
    T before = in.activity;
    for (const auto& field : State<T>::fields) {
      rate.*field.member = before - x.*field.member;
      before = x.*field.member;
    }
    return rate;
  }
  template <class T>
  static T observe(const State<T>& x, const Observed<T>&, const Parameters<T>& p) {
    return p.gain * (1.2 * (x.x6 - x.x16 / 6.0));
  }
};

}  // namespace

extern const ObservationKind bold_linear;
constinit const ObservationKind bold_linear = observation_kind<BoldLinear>(
    "bold_linear",
    {.modality = "bold", .unit = "%", .memory = 32, .noise = NoiseModel::ar1},
    "Convolution with the canonical double-gamma response.",
    "Friston et al. 1998, NeuroImage 7:30");

}  // namespace insula::observations::INSULA_ISA

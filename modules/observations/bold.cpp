// SPDX-License-Identifier: Apache-2.0
// BOLD by the Balloon model, in the logarithms of its positive states.
//
//   ds/dt     = z − κ·s − γ·(f − 1)
//   d ln f/dt = s / f
//   d ln v/dt = (f − v^{1/α}) / (τ·v)
//   d ln q/dt = (f·E(f)/E0 − v^{1/α}·q/v) / (τ·q),     E(f) = 1 − (1 − E0)^{1/f}
//   y         = V0·(k1·(1 − q) + k2·(1 − q/v) + k3·(1 − v))
//   k1 = 4.3·ν0·E0·TE,  k2 = ε·r0·E0·TE,  k3 = 1 − ε
//
// y is percent signal change. γ = 0.32 s⁻¹, α = 0.32, E0 = 0.4, V0 = 4 %, ν0 = 40.3 s⁻¹ and
// r0 = 25 s⁻¹ (1.5 T) are fixed; κ, τ and ε are log-normal around their defaults with variance
// 1/256. Source: Buxton 1998; Friston 2000, NeuroImage 12:466; Stephan 2007, NeuroImage 38:387, eq.
// 12; constants as in SPM's spm_fx_fmri and spm_gx_fmri.
#include "framework/contract/kind.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Bold {
  static constexpr double kGamma = 0.32, kAlpha = 0.32, kE0 = 0.4, kV0 = 4, kNu0 = 40.3, kR0 = 25;
  static constexpr double kLogRemaining = -0.51082562376599072;  // ln(1 − E0)

  template <class T>
  struct Parameters {
    T transit, decay, epsilon, echo_time;
    static constexpr std::array<Field<Parameters, T>, 4> fields{{
        {&Parameters::transit,
         {"transit", "s", "τ", "mean transit time of blood", 2.0, Domain::positive, 0.0625}},
        {&Parameters::decay,
         {"decay",
          "1/s",
          "κ",
          "decay of the vasodilatory signal",
          0.64,
          Domain::positive,
          0.0625,
          false}},
        {&Parameters::epsilon,
         {"epsilon",
          "1",
          "ε",
          "intra- to extravascular signal ratio",
          1.0,
          Domain::positive,
          0.0625,
          false}},
        {&Parameters::echo_time,
         {"echo_time",
          "s",
          "TE",
          "echo time of the acquisition",
          0.04,
          Domain::positive,
          0,
          false}},
    }};
  };
  template <class T>
  struct State {
    T signal, log_flow, log_volume, log_deoxyhaemoglobin;
    static constexpr std::array<Field<State, T>, 4> fields{{
        {&State::signal, {"signal", "1/s", "s", "vasodilatory signal"}},
        {&State::log_flow, {"log_flow", "1", "ln f", "log blood flow"}},
        {&State::log_volume, {"log_volume", "1", "ln v", "log venous volume"}},
        {&State::log_deoxyhaemoglobin,
         {"log_deoxyhaemoglobin", "1", "ln q", "log deoxyhaemoglobin"}},
    }};
  };
  template <class T>
  using Input = Observed<T>;

  template <class T>
  static State<T> drift(const State<T>& x, const Observed<T>& in, const Parameters<T>& p) {
    const T f = exp(x.log_flow);
    const T inverse_f = exp(-x.log_flow);
    const T outflow = exp((1 / kAlpha) * x.log_volume);  // v^{1/α}
    const T inverse_tau_v = exp(-x.log_volume) / p.transit;
    const T extraction = (1 / kE0) * (1.0 - exp(kLogRemaining * inverse_f));
    return {in.activity - p.decay * x.signal - kGamma * (f - 1.0),
            x.signal * inverse_f,
            (f - outflow) * inverse_tau_v,
            f * extraction * exp(-x.log_deoxyhaemoglobin) / p.transit - outflow * inverse_tau_v};
  }
  template <class T>
  static T observe(const State<T>& x, const Observed<T>&, const Parameters<T>& p) {
    const T v = exp(x.log_volume);
    const T q = exp(x.log_deoxyhaemoglobin);
    const T k1 = (4.3 * kNu0 * kE0) * p.echo_time;
    const T k2 = (kR0 * kE0) * p.epsilon * p.echo_time;
    const T k3 = 1.0 - p.epsilon;
    return kV0 * (k1 * (1.0 - q) + k2 * (1.0 - exp(x.log_deoxyhaemoglobin - x.log_volume)) +
                  k3 * (1.0 - v));
  }
};

}  // namespace

extern const ObservationKind bold;
constinit const ObservationKind bold = observation_kind<Bold>(
    "bold",
    {.modality = "bold", .unit = "%", .memory = 32, .noise = NoiseModel::ar1},
    "Haemodynamics of the Balloon model: activity drives flow, volume and deoxyhaemoglobin.",
    "Stephan et al. 2007, NeuroImage 38:387; Friston et al. 2000, NeuroImage 12:466");

}  // namespace insula::observations::INSULA_ISA

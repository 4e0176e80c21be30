// SPDX-License-Identifier: Apache-2.0
// From a struct of equations to a kind: instantiates the equations for values, derivatives and
// structure, and collects their fields. Only files of kinds include this (modules/, and the
// simulator's probes); each is compiled once for every instruction set (see numerics/pack.h).
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "framework/contract/observation.h"
#include "framework/contract/projection.h"
#include "framework/contract/region.h"
#include "framework/numerics/dual.h"

namespace insula::INSULA_ISA {

/// A struct of no fields, for kinds without states, inputs or parameters.
template <class T>
struct Nothing {
  static constexpr std::array<Field<Nothing, T>, 0> fields{};
};

namespace detail {

template <class Struct>
inline constexpr int kFields = static_cast<int>(Struct::fields.size());

/// Fills a struct field by field.
template <class Struct, class Get>
Struct filled(Get get) {
  Struct s;
  for (int i = 0; i < kFields<Struct>; ++i) s.*(Struct::fields[i].member) = get(i);
  return s;
}

template <class Struct>
constexpr auto specs_of() {
  std::array<FieldSpec, Struct::fields.size()> specs{};
  for (std::size_t i = 0; i < specs.size(); ++i) specs[i] = Struct::fields[i].spec;
  return specs;
}
template <class Struct>
inline constexpr auto kSpecs = specs_of<Struct>();

/// A map made of Equation, which has nested templates State, Input, Parameters and
///   template <class T> static std::array<T, kOutputs> run(state, input, parameters).
template <class Equation>
struct MapOf {
  template <class T>
  using State = typename Equation::template State<T>;
  template <class T>
  using Input = typename Equation::template Input<T>;
  template <class T>
  using Parameters = typename Equation::template Parameters<T>;
  static constexpr int kStates = kFields<State<Pack>>;
  static constexpr int kInputs = kFields<Input<Pack>>;
  static constexpr int kParameters = kFields<Parameters<Pack>>;
  static constexpr int kArguments = kStates + kInputs + kParameters;
  static constexpr int kOutputs = Equation::kOutputs;

  static void evaluate(std::size_t instances,
                       const double* state,
                       const double* input,
                       const double* parameter,
                       double* out) {
    for (std::size_t lane = 0; lane < instances; lane += kWidth) {
      const std::size_t block = lane / kLanes, within = lane % kLanes;
      const auto at = [&](const double* base, int count, int i) {
        return Pack::load(base + (block * count + i) * kLanes + within);
      };
      const auto result = Equation::template run<Pack>(
          filled<State<Pack>>([&](int i) { return at(state, kStates, i); }),
          filled<Input<Pack>>([&](int i) { return at(input, kInputs, i); }),
          filled<Parameters<Pack>>([&](int i) { return at(parameter, kParameters, i); }));
      for (int o = 0; o < kOutputs; ++o)
        result[o].store(out + (block * kOutputs + o) * kLanes + within);
    }
  }

  static void linearise(std::size_t moments,
                        const double* state,
                        const double* input,
                        const double* parameter,
                        double* out,
                        double* partial) {
    using D = Dual<(kArguments > 0 ? kArguments : 1)>;
    const auto seeded = [](Pack value, int direction) {
      D x(0.0);
      x.v = value;
      x.d[direction] = Pack(1.0);
      return x;
    };
    for (std::size_t lane = 0; lane < moments; lane += kWidth) {
      const std::size_t block = lane / kLanes, within = lane % kLanes;
      const auto at = [&](const double* base, int count, int i) {
        return Pack::load(base + (block * count + i) * kLanes + within);
      };
      const auto result = Equation::template run<D>(
          filled<State<D>>([&](int i) { return seeded(at(state, kStates, i), i); }),
          filled<Input<D>>([&](int i) { return seeded(at(input, kInputs, i), kStates + i); }),
          filled<Parameters<D>>(
              [&](int i) { return seeded(Pack(parameter[i]), kStates + kInputs + i); }));
      for (int o = 0; o < kOutputs; ++o) {
        if (out) result[o].v.store(out + (block * kOutputs + o) * kLanes + within);
        for (int a = 0; a < kArguments; ++a)
          result[o].d[a].store(partial + ((block * kOutputs + o) * kArguments + a) * kLanes +
                               within);
      }
    }
  }

  static std::uint64_t structure(int output) {
    const auto bit = [](int a) { return Dependence(std::uint64_t{1} << a); };
    const auto result = Equation::template run<Dependence>(
        filled<State<Dependence>>([&](int i) { return bit(i); }),
        filled<Input<Dependence>>([&](int i) { return bit(kStates + i); }),
        filled<Parameters<Dependence>>([&](int i) { return bit(kStates + kInputs + i); }));
    return result[output].on;
  }

  static_assert(kArguments <= 64, "structure() has 64 bits");
  static constexpr Map map{kStates, kInputs, kParameters, kOutputs, evaluate, linearise, structure};
};

template <class Struct>
auto as_array(const Struct& s) {
  std::array<std::decay_t<decltype(s.*(Struct::fields[0].member))>, Struct::fields.size()> a;
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = s.*(Struct::fields[i].member);
  return a;
}

// A kind's drift as an equation of as many outputs as states.
template <class Kind>
struct Drift : Kind {
  static constexpr int kOutputs = kFields<typename Kind::template State<Pack>>;
  template <class T>
  static std::array<T, kOutputs> run(const typename Kind::template State<T>& x,
                                     const typename Kind::template Input<T>& u,
                                     const typename Kind::template Parameters<T>& p) {
    if constexpr (kOutputs == 0) {
      return {};
    } else {
      return as_array(Kind::template drift<T>(x, u, p));
    }
  }
};

template <class Kind>
struct Activity : Kind {
  static constexpr int kOutputs = 1;
  template <class T>
  using Input = Nothing<T>;
  template <class T>
  static std::array<T, 1> run(const typename Kind::template State<T>& x,
                              const Nothing<T>&,
                              const typename Kind::template Parameters<T>& p) {
    return {Kind::template activity<T>(x, p)};
  }
};

template <class Kind>
struct Observe : Kind {
  static constexpr int kOutputs = 1;
  template <class T>
  static std::array<T, 1> run(const typename Kind::template State<T>& x,
                              const typename Kind::template Input<T>& u,
                              const typename Kind::template Parameters<T>& p) {
    return {Kind::template observe<T>(x, u, p)};
  }
};

// What every projection's map takes.
template <class T>
struct Transmission {
  T source, modulation, gating;
  static constexpr std::array<Field<Transmission, T>, 3> fields{{
      {&Transmission::source, {"source", "1", "z", "activity of the source"}},
      {&Transmission::modulation, {"modulation", "1/s", "Σbu", "weighted contexts"}},
      {&Transmission::gating, {"gating", "1/s", "Σdz", "weighted activities of gating regions"}},
  }};
};

template <class Kind>
struct Transmit : Kind {
  static constexpr int kOutputs = 1;
  template <class T>
  using State = Nothing<T>;
  template <class T>
  using Input = Transmission<T>;
  template <class T>
  static std::array<T, 1> run(const Nothing<T>&,
                              const Transmission<T>& u,
                              const typename Kind::template Parameters<T>& p) {
    return {Kind::template transmit<T>(u.source, u.modulation, u.gating, p)};
  }
};

}  // namespace detail

/// What every observation sees: the activity of its region.
template <class T>
struct Observed {
  T activity;
  static constexpr std::array<Field<Observed, T>, 1> fields{{
      {&Observed::activity, {"activity", "1", "z", "activity of the region"}},
  }};
};

/// The state of what shows the past through a kernel: its drift is the activity.
template <class T>
struct Accumulated {
  T integral;
  static constexpr std::array<Field<Accumulated, T>, 1> fields{{
      {&Accumulated::integral, {"integral", "s", "∫z", "activity since the start of the run"}},
  }};
};

template <class Kind>
constexpr RegionKind region_kind(std::string_view name,
                                 std::string_view summary,
                                 std::string_view source) {
  return {name,
          summary,
          source,
          detail::kSpecs<typename Kind::template Parameters<Pack>>,
          detail::kSpecs<typename Kind::template State<Pack>>,
          detail::kSpecs<typename Kind::template Input<Pack>>,
          detail::MapOf<detail::Drift<Kind>>::map,
          detail::MapOf<detail::Activity<Kind>>::map};
}

/// Where the weights of a projection's contexts and gating regions come from.
struct Modulation {
  bool contexts = false, regions = false, self = false;
  bool needed = false;        // `by` must name one
  bool of_logarithm = false;  // weights are log changes of the strength, not changes of it
};

/// Priors of B and D of DCM: mean 0, variance 1. source  SPM, spm_dcm_fmri_priors
inline constexpr FieldSpec kContextWeight{
    "modulation", "1/s", "b", "change of strength per unit of context", 0, Domain::real, 1};
inline constexpr FieldSpec kGateWeight{
    "gating",
    "1/s",
    "d",
    "change of strength per unit of the gating region's activity",
    0,
    Domain::real,
    1};
inline constexpr FieldSpec kLogContextWeight{
    "modulation", "1", "b", "log change of strength per unit of context", 0, Domain::real, 1};
inline constexpr FieldSpec kLogGateWeight{
    "gating",
    "1",
    "d",
    "log change of strength per unit of the gating region's activity",
    0,
    Domain::real,
    1};

template <class Kind>
constexpr ProjectionKind projection_kind(std::string_view name,
                                         Modulation modulation,
                                         std::string_view summary,
                                         std::string_view source) {
  return {name,
          summary,
          source,
          detail::kSpecs<typename Kind::template Parameters<Pack>>,
          modulation.of_logarithm ? kLogContextWeight : kContextWeight,
          modulation.of_logarithm ? kLogGateWeight : kGateWeight,
          modulation.contexts,
          modulation.regions,
          modulation.needed,
          modulation.self,
          detail::MapOf<detail::Transmit<Kind>>::map};
}

/// What an observation kind says of its recordings.
struct RecordingTraits {
  std::string_view modality, unit;
  double memory = 0;  // s
  NoiseModel noise = NoiseModel::white;
  Kernel kernel = {};
  Likelihood likelihood = {};
};

template <class Kind>
inline constexpr bool accumulates =
    std::is_same_v<typename Kind::template State<Pack>, Accumulated<Pack>>;

template <class Kind>
constexpr ObservationKind observation_kind(std::string_view name,
                                           RecordingTraits traits,
                                           std::string_view summary,
                                           std::string_view source) {
  return {name,
          summary,
          source,
          traits.modality,
          traits.unit,
          detail::kSpecs<typename Kind::template Parameters<Pack>>,
          detail::kSpecs<typename Kind::template State<Pack>>,
          traits.memory,
          traits.noise,
          traits.kernel,
          traits.likelihood,
          accumulates<Kind>,
          detail::MapOf<detail::Drift<Kind>>::map,
          detail::MapOf<detail::Observe<Kind>>::map};
}

}  // namespace insula::INSULA_ISA

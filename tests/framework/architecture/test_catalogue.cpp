// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/architecture/test_catalogue.h"

#include <array>

namespace insula::architecture {
namespace {

constexpr std::array kNeuronal{FieldSpec{"self_inhibition",
                                         "1/s",
                                         "σ",
                                         "rate at which activity decays by itself",
                                         0.5,
                                         Domain::positive,
                                         0.125}};
constexpr std::array kTwoState{FieldSpec{"inhibition",
                                         "1/s",
                                         "ι",
                                         "strength of the inhibitory on the excitatory population",
                                         0.125,
                                         Domain::positive,
                                         0.125}};
constexpr std::array kRate{
    FieldSpec{
        "time_constant", "s", "τ", "time constant of the population", 0.1, Domain::positive, 0.25},
    FieldSpec{"slope", "1", "s", "steepness of the response", 1.0, Domain::positive, 0.25},
    FieldSpec{"threshold", "1", "h", "input of half response"}};
constexpr std::array kBounded{
    FieldSpec{"leak", "1", "λ", "share that is lost", 0.2, Domain::unit_interval, 0.5}};
constexpr std::array kActivity{FieldSpec{"z", "1", "z", "activity"}};

constexpr std::array kDcmInputs{
    FieldSpec{"afferent", "1/s", "Σ a z", "what projections bring"},
    FieldSpec{"stimulus", "1/s", "C u", "what known inputs bring, before the 1/16"},
    FieldSpec{"self", "1", "B u + D z", "log change of the self-inhibition"}};
constexpr std::array kRateInputs{FieldSpec{"afferent", "1", "Σ w x", "what projections bring"},
                                 FieldSpec{"stimulus", "1", "c u", "what known inputs bring"}};

constexpr std::array kStrength{
    FieldSpec{"strength", "1/s", "w", "fixed strength", 1.0 / 128, Domain::real, 0.125}};
constexpr std::array kSaturating{
    kStrength[0],
    FieldSpec{"slope", "1", "s", "how soon it saturates", 1.0, Domain::positive, 0.25}};
constexpr std::array kExcitatory{
    FieldSpec{"strength", "1/s", "w", "fixed strength, positive", 0.125, Domain::positive, 0.125}};
constexpr FieldSpec kContext{
    "modulation", "1/s", "b", "change of strength per unit of context", 0, Domain::real, 1};
constexpr FieldSpec kGate{"gating",
                          "1/s",
                          "d",
                          "change of strength per unit of the gating region's activity",
                          0,
                          Domain::real,
                          1};

constexpr std::array kBold{
    FieldSpec{"transit", "s", "τ", "mean transit time of blood", 2.0, Domain::positive, 0.0625},
    FieldSpec{"decay",
              "1/s",
              "κ",
              "decay of the vasodilatory signal",
              0.64,
              Domain::positive,
              0.0625,
              false},
    FieldSpec{"epsilon",
              "1",
              "ε",
              "intra- to extravascular signal ratio",
              1.0,
              Domain::positive,
              0.0625,
              false},
    FieldSpec{
        "echo_time", "s", "TE", "echo time of the acquisition", 0.04, Domain::positive, 0, false}};
constexpr std::array kBoldLinear{
    FieldSpec{"gain", "%", "g", "response to lasting activity of 1", 19.3, Domain::positive}};
constexpr std::array kShown{
    FieldSpec{"gain", "1", "g", "recorded units per unit of activity", 1.0, Domain::positive, 1.0}};

constexpr std::array kRescorlaWagner{
    FieldSpec{"learning_rate",
              "1",
              "α",
              "share of the error that is learned",
              0.5,
              Domain::unit_interval,
              1.5},
    FieldSpec{"initial", "1", "V0", "value before the first outcome"}};
constexpr std::array kHgf{
    FieldSpec{"log_volatility", "1", "ω", "how fast the tendency drifts", -3, Domain::real, 4},
    FieldSpec{"initial", "1", "μ2(0)", "tendency before the first outcome"},
    FieldSpec{
        "initial_uncertainty", "1", "σ2(0)", "variance of the tendency", 0.1, Domain::positive}};
constexpr std::array kSignals{
    SignalSpec{"value", "1", "V", "the outcome that is expected", true},
    SignalSpec{"prediction_error", "1", "δ", "outcome minus value", false}};

RegionKind region(std::string_view name,
                  std::span<const FieldSpec> parameters,
                  std::span<const FieldSpec> inputs) {
  return {name,
          "A region for tests.",
          "Test 2000, J. Tests 1:1",
          parameters,
          kActivity,
          inputs,
          {},
          {}};
}

ProjectionKind projection(std::string_view name,
                          std::span<const FieldSpec> parameters,
                          bool contexts,
                          bool regions,
                          bool self) {
  return {name,
          "A projection for tests.",
          "Test 2000, J. Tests 1:2",
          parameters,
          kContext,
          kGate,
          contexts,
          regions,
          self,  // what can change a decay does nothing by itself
          self,
          {}};
}

// Its weights change the logarithm of its strength, so they have no unit.
ProjectionKind excitatory() {
  ProjectionKind kind = projection("excitatory", kExcitatory, true, true, false);
  kind.context_weight.unit = kind.gate_weight.unit = "1";
  return kind;
}

ObservationKind observation(std::string_view name,
                            std::string_view modality,
                            std::string_view unit,
                            std::span<const FieldSpec> parameters,
                            double memory,
                            NoiseModel noise) {
  ObservationKind kind;
  kind.name = name;
  kind.summary = "An observation for tests.";
  kind.source = "Test 2000, J. Tests 1:3";
  kind.modality = modality;
  kind.unit = unit;
  kind.parameters = parameters;
  kind.memory = memory;
  kind.noise = noise;
  return kind;
}

LearnerKind learner(std::string_view name, std::span<const FieldSpec> parameters, bool binary) {
  return {name,
          "A learner for tests.",
          "Test 2000, J. Tests 1:5",
          binary,
          parameters,
          kSignals,
          "Test 2001, J. Tests 2:2",
          nullptr};
}

}  // namespace

const Catalogue& test_catalogue() {
  static const Catalogue catalogue{
      {region("neuronal", kNeuronal, kDcmInputs),
       region("rate", kRate, kRateInputs),
       region("two_state", kTwoState, kDcmInputs)},
      {excitatory(),
       projection("gated", kStrength, false, true, true),
       projection("linear", kStrength, false, false, false),
       projection("modulated", kStrength, true, false, true),
       projection("modulated_gated", kStrength, true, true, true),
       projection("saturating", kSaturating, false, false, false)},
      {observation("bold", "bold", "%", kBold, 32, NoiseModel::ar1),
       observation("bold_linear", "bold", "%", kBoldLinear, 32, NoiseModel::ar1),
       observation("rate", "rate", "a.u.", kShown, 2, NoiseModel::white)},
      {},
      {learner("hgf", kHgf, true), learner("rescorla_wagner", kRescorlaWagner, false)},
      {{"ridge", "A baseline for tests.", "Test 2000, J. Tests 1:4", nullptr}},
      {}};
  return catalogue;
}

const Catalogue& odd_catalogue() {
  static const Catalogue catalogue = [] {
    Catalogue odd = test_catalogue();
    odd.regions.push_back(region("deaf", {}, {}));
    odd.regions.push_back(region("bounded", kBounded, kRateInputs));
    return odd;
  }();
  return catalogue;
}

}  // namespace insula::architecture

// SPDX-License-Identifier: Apache-2.0
// A value moves towards each outcome by the same share of the error.
//
//     δ = r − V,   V ← V + α·δ
//
// r: the outcome in any unit, which is then the unit of V and δ. Each cue has a value of its own:
// cues do not sum, so that in Rescorla & Wagner's notation one cue is present in a trial, and the
// product of its salience and of the outcome's rate is α.
//
// Source: Rescorla & Wagner 1972, in Classical Conditioning II (Black & Prokasy, eds.), 64–99.
#include "modules/learners/detail/recursion.h"

namespace insula::learners {
namespace {

enum { kLearningRate, kInitial, kParameterCount };
enum { kValue, kError, kSignalCount };

constexpr FieldSpec kParameters[kParameterCount] = {
    {"learning_rate",
     "1",
     "α",
     "share of the error that is learned",
     0.5,
     Domain::unit_interval,
     1.5},
    {"initial", "1", "V0", "value before the first outcome", 0},
};

constexpr SignalSpec kSignals[kSignalCount] = {
    {"value", "1", "V", "the outcome that is expected", true},
    {"prediction_error", "1", "δ", "outcome minus value; 0 without an outcome", false},
};

struct Equations : detail::Sizes<kParameterCount, kSignalCount> {
  template <class T>
  struct Belief {
    T value;
  };

  template <class T>
  static Belief<T> initial(const Parameters<T>& p) {
    return {p[kInitial]};
  }
  template <class T>
  static Signals<T> predict(const Parameters<T>& /*p*/, const Belief<T>& belief) {
    return {belief.value, T(0.0)};
  }
  template <class T>
  static void learn(const Parameters<T>& p, double r, Signals<T>& signals, Belief<T>& belief) {
    signals[kError] = T(r) - belief.value;
    belief.value = belief.value + p[kLearningRate] * signals[kError];
  }
};

}  // namespace

extern const LearnerKind rescorla_wagner;
constinit const LearnerKind rescorla_wagner = {
    .name = "rescorla_wagner",
    .summary = "A value moves towards each outcome by the same share of the error.",
    .source = "Rescorla & Wagner 1972, in Classical Conditioning II (Black & Prokasy), 64",
    .parameters = kParameters,
    .signals = kSignals,
    .prior_source =
        "logit sd 1.5 is nearly flat on the rate, whose scale nothing fixes; "
        "conditioning starts at 0, a guess of outcomes 0 and 1 at 0.5",
    .run = detail::run<Equations>,
};

}  // namespace insula::learners

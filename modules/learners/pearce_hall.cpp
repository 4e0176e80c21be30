// SPDX-License-Identifier: Apache-2.0
// A value moves towards each outcome by a share that grows where outcomes were surprising.
//
//     δ = r − V,   V ← V + κ·A·δ,   A ← η·|δ| + (1 − η)·A
//
// The hybrid of Rescorla & Wagner's error with Pearce & Hall's associability that is fitted to
// people: Pearce & Hall's own rule has no signed error. The associability of a trial is that before
// its outcome, and weighs its error. κ, η and the first A lie between 0 and 1, so that values stay
// between 0 and 1 if outcomes do; outcomes on a larger scale have to be divided by it: where κ·A is
// above 2, values fly off. With η = 0 it is Rescorla & Wagner's rule with α = κ·A0.
//
// Source: Li, Schiller, Schoenbaum, Phelps & Daw 2011, Nat. Neurosci. 14:1250 (hybrid); Pearce &
// Hall 1980, Psychol. Rev. 87:532.
#include "modules/learners/detail/recursion.h"

namespace insula::learners {
namespace {

enum { kScale, kAssociabilityRate, kInitial, kInitialAssociability, kParameterCount };
enum { kValue, kError, kAssociability, kSignalCount };

constexpr FieldSpec kParameters[kParameterCount] = {
    {"scale", "1", "κ", "learning rate per unit of associability", 0.5, Domain::unit_interval, 1.5},
    {"associability_rate",
     "1",
     "η",
     "share of the associability that the last error makes",
     0.5,
     Domain::unit_interval,
     1.5},
    {"initial", "1", "V0", "value before the first outcome", 0},
    {"initial_associability",
     "1",
     "A0",
     "associability before the first outcome",
     0.5,
     Domain::unit_interval,
     1},
};

constexpr SignalSpec kSignals[kSignalCount] = {
    {"value", "1", "V", "the outcome that is expected", true},
    {"prediction_error", "1", "δ", "outcome minus value; 0 without an outcome", false},
    {"associability", "1", "A", "average size of earlier errors, which weighs this one", true},
};

struct Equations : detail::Sizes<kParameterCount, kSignalCount> {
  template <class T>
  struct Belief {
    T value, associability;
  };

  template <class T>
  static Belief<T> initial(const Parameters<T>& p) {
    return {p[kInitial], p[kInitialAssociability]};
  }
  template <class T>
  static Signals<T> predict(const Parameters<T>& /*p*/, const Belief<T>& belief) {
    return {belief.value, T(0.0), belief.associability};
  }
  template <class T>
  static void learn(const Parameters<T>& p, double r, Signals<T>& signals, Belief<T>& belief) {
    using std::abs;
    const T error = T(r) - belief.value, eta = p[kAssociabilityRate];
    signals[kError] = error;
    belief.value = belief.value + p[kScale] * belief.associability * error;
    belief.associability = eta * abs(error) + (T(1.0) - eta) * belief.associability;
  }
};

}  // namespace

extern const LearnerKind pearce_hall;
constinit const LearnerKind pearce_hall = {
    .name = "pearce_hall",
    .summary = "A value learns faster where outcomes were surprising.",
    .source = "Li et al. 2011, Nat. Neurosci. 14:1250; Pearce & Hall 1980, Psychol. Rev. 87:532",
    .parameters = kParameters,
    .signals = kSignals,
    .prior_source =
        "both shares nearly flat, as in rescorla_wagner; the initial associability as "
        "in tapas_ph_binary_config of TAPAS",
    .run = detail::run<Equations>,
};

}  // namespace insula::learners

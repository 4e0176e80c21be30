// SPDX-License-Identifier: Apache-2.0
// A belief about the tendency of an outcome that is 0 or 1, which drifts: the hierarchical Gaussian
// filter with two levels.
//
// The tendency x2 is a Gaussian random walk with variance e^ω a trial; an outcome is 1 with
// probability s(x2), s(x) = 1/(1 + e^(−x)). The belief about x2 has mean μ2 and variance σ2:
//
//     μ̂1 = s(μ2),   σ̂2 = σ2 + e^ω                     prediction
//     δ1 = u − μ̂1,  π2 = 1/σ̂2 + μ̂1·(1 − μ̂1)          error, and the precision that it finds
//     μ2 ← μ2 + δ1/π2,   σ2 ← 1/π2
//
// the quadratic approximation of the variational energy at the prediction (update of the second
// level in the paper of 2011, with its third level held still: κ = 0). 1/π2 depends
// on the prediction alone: it is known before the outcome, weighs the error as a learning rate on
// the logit, and is the variance of the belief afterwards. A walk goes on only in a cue's own
// trials with an outcome.
//
// Left out: the third level, drifts, perceptual uncertainty.
//
// Source: Mathys, Daunizeau, Friston & Stephan 2011, Front. Hum. Neurosci. 5:39; Mathys et al.
// 2014, Front. Hum. Neurosci. 8:825.
#include "modules/learners/detail/recursion.h"

namespace insula::learners {
namespace {

enum { kLogVolatility, kInitial, kInitialUncertainty, kParameterCount };
enum { kValue, kError, kUncertainty, kLearningRate, kWeightedError, kSignalCount };

constexpr FieldSpec kParameters[kParameterCount] = {
    {"log_volatility",
     "1",
     "ω",
     "logarithm of the variance that the tendency gains a trial",
     -3,
     Domain::real,
     4},
    {"initial", "1", "μ2(0)", "tendency, a logit, before the first outcome", 0},
    {"initial_uncertainty",
     "1",
     "σ2(0)",
     "variance of the belief about the tendency before the first outcome",
     0.1,
     Domain::positive},
};

constexpr SignalSpec kSignals[kSignalCount] = {
    {"value", "1", "μ̂1", "expected probability of the outcome 1", true},
    {"prediction_error", "1", "δ1", "outcome minus value; 0 without an outcome", false},
    {"uncertainty", "1", "σ̂2", "variance of the predicted tendency", true},
    {"learning_rate",
     "1",
     "1/π2",
     "weight of the error on the logit, and variance of the tendency after the outcome",
     true},
    {"weighted_error", "1", "δ1/π2", "precision-weighted error: change of the tendency", false},
};

struct Equations : detail::Sizes<kParameterCount, kSignalCount> {
  template <class T>
  struct Belief {
    T mean, variance;  // of the tendency
  };

  template <class T>
  static Belief<T> initial(const Parameters<T>& p) {
    return {p[kInitial], p[kInitialUncertainty]};
  }
  template <class T>
  static Signals<T> predict(const Parameters<T>& p, const Belief<T>& belief) {
    using detail::logistic;
    using std::exp;
    const T one(1.0), expected = logistic(belief.mean);
    const T predicted = belief.variance + exp(p[kLogVolatility]);
    const T variance = one / (one / predicted + expected * (one - expected));
    return {expected, T(0.0), predicted, variance, T(0.0)};
  }
  template <class T>
  static void learn(const Parameters<T>& /*p*/, double u, Signals<T>& signals, Belief<T>& belief) {
    signals[kError] = T(u) - signals[kValue];
    signals[kWeightedError] = signals[kLearningRate] * signals[kError];
    belief = {belief.mean + signals[kWeightedError], signals[kLearningRate]};
  }
};

}  // namespace

extern const LearnerKind hgf;
constinit const LearnerKind hgf = {
    .name = "hgf",
    .summary =
        "A belief about a drifting probability: two levels of a hierarchical Gaussian filter.",
    .source = "Mathys et al. 2011, Front. Hum. Neurosci. 5:39; 2014, Front. Hum. Neurosci. 8:825",
    .binary_outcome = true,
    .parameters = kParameters,
    .signals = kSignals,
    .prior_source =
        "HGF toolbox of TAPAS, tapas_hgf_binary_config: ω with mean -3 and variance 16, "
        "the belief before the first outcome fixed at 0 and 0.1",
    .run = detail::run<Equations>,
};

}  // namespace insula::learners

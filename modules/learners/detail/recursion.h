// SPDX-License-Identifier: Apache-2.0
// From a learner's equations for one trial to LearnerKind::run: one belief a cue, trial after
// trial.
//
// Equations is a Sizes<parameters, signals> with the members
//     template <class T> struct Belief { … };
//     template <class T> static Belief<T> initial(const std::array<T, kParameters>& parameter);
//     template <class T> static std::array<T, kSignals> predict(parameter, const Belief<T>&);
//     template <class T> static void learn(parameter, double outcome, std::array<T, kSignals>&,
//                                          Belief<T>&);
// `predict` fills what precedes the outcome and leaves the rest 0; `learn` fills that, and updates.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "framework/contract/learner.h"
#include "modules/learners/detail/tangent.h"

namespace insula::learners::detail {

/// The base of Equations.
template <int kParameterCount, int kSignalCount>
struct Sizes {
  static constexpr int kParameters = kParameterCount, kSignals = kSignalCount;
  template <class T>
  using Parameters = std::array<T, kParameterCount>;
  template <class T>
  using Signals = std::array<T, kSignalCount>;
};

/// Calls put(trial, signals) for every trial.
template <class Equations, class T, class Put>
void for_every_trial(const LearnerTrials& trials,
                     const std::array<T, Equations::kParameters>& parameter,
                     Put put) {
  const int last = trials.cue.empty() ? 0 : *std::max_element(trials.cue.begin(), trials.cue.end());
  const auto initial = Equations::template initial<T>(parameter);
  std::vector beliefs(static_cast<std::size_t>(last) + 1, initial);
  for (std::size_t i = 0; i < trials.outcome.size(); ++i) {
    auto& belief = beliefs[trials.cue.empty() ? 0 : static_cast<std::size_t>(trials.cue[i])];
    auto signals = Equations::template predict<T>(parameter, belief);
    if (!std::isnan(trials.outcome[i]))
      Equations::template learn<T>(parameter, trials.outcome[i], signals, belief);
    put(static_cast<Eigen::Index>(i), signals);
  }
}

template <class Equations>
void run(const LearnerTrials& trials,
         std::span<const double> natural,
         LearnerSignals& signals,
         bool with_slopes) {
  constexpr int kParameters = Equations::kParameters, kSignals = Equations::kSignals;
  if (trials.outcome.empty()) return;
  if (!with_slopes) {
    std::array<double, kParameters> parameter;
    std::copy_n(natural.begin(), kParameters, parameter.begin());
    for_every_trial<Equations>(trials, parameter, [&](Eigen::Index i, const auto& of_trial) {
      for (int s = 0; s < kSignals; ++s) signals.value(i, s) = of_trial[s];
    });
    return;
  }
  using T = Tangent<kParameters>;
  std::array<T, kParameters> parameter;
  for (int p = 0; p < kParameters; ++p) {
    parameter[p].value = natural[static_cast<std::size_t>(p)];
    parameter[p].slope[p] = 1;
  }
  for_every_trial<Equations>(trials, parameter, [&](Eigen::Index i, const auto& of_trial) {
    for (int s = 0; s < kSignals; ++s) {
      signals.value(i, s) = of_trial[s].value;
      for (int p = 0; p < kParameters; ++p)
        signals.slope[static_cast<std::size_t>(s)](i, p) = of_trial[s].slope[p];
    }
  });
}

}  // namespace insula::learners::detail

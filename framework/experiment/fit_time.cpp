// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/fit_time.h"

#include <algorithm>
#include <ctime>

#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/folds.h"

namespace insula::experiment {
namespace {

// All threads' together.
double processor_seconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

std::optional<double> step_of(const Experiment& e, const Hypothesis& hypothesis) {
  const simulation::Scheme scheme = scheme_of(e, hypothesis.architecture);
  const auto fit =
      assemble(hypothesis.architecture, e.dataset.subjects[0], Part{nullptr, 0}, {e.spm, scheme});
  const double start = processor_seconds();
  const bool is_run = evaluate(*fit, scheme, fit->problem.prior_mean, true).outcome.finished();
  return is_run ? std::optional(processor_seconds() - start) : std::nullopt;
}

}  // namespace

std::optional<FitTime> expected_fit_time(const Experiment& e) {
  if (!used_bands(e).empty()) return {};
  std::size_t parts = 0;
  for (const dataset::Subject& subject : e.dataset.subjects)
    parts += 1 + folds_of(e, subject).size();
  // Of each hypothesis, to data that all make at their posterior and it makes at its prior.
  const std::size_t simulated =
      e.hypotheses.size() * static_cast<std::size_t>(e.recovery.simulations) +
      static_cast<std::size_t>(e.recovery.calibration);
  FitTime time;
  for (const Hypothesis& hypothesis : e.hypotheses) {
    const std::optional<double> step = step_of(e, hypothesis);
    if (!step) return {};
    if (*step >= time.step) time.slowest = hypothesis.name;
    time.step = std::max(time.step, *step);
    time.fits += parts + simulated;
    time.seconds += *step * kStepsOfAFit * static_cast<double>(parts + simulated);
  }
  return time;
}

}  // namespace insula::experiment

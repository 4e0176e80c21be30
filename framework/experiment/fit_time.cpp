// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/fit_time.h"

#include <algorithm>
#include <ctime>
#include <vector>

#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/feature_inputs.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/interventions.h"

namespace insula::experiment {
namespace {

// All threads' together.
double processor_seconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

// Seconds of a step with sensitivities, and of a run of the model alone, at draws that are run
// together; 0 where it cannot be run.
struct Probe {
  double step = 0, run = 0;
};

Probe probe(const Experiment& e, const Hypothesis& hypothesis) {
  const simulation::Scheme scheme = scheme_of(e, hypothesis.architecture);
  const auto fit =
      assemble(hypothesis.architecture, e.dataset.subjects[0], Part{nullptr, 0}, {e.spm, scheme});
  const auto seconds = [&](bool with_jacobian) {
    const double start = processor_seconds();
    return evaluate(*fit, scheme, fit->problem.prior_mean, with_jacobian).outcome.finished()
               ? processor_seconds() - start
               : 0;
  };
  const double step = seconds(true);
  if (!fit->problem.evaluate_many) return {step, seconds(false)};
  const std::vector<Eigen::VectorXd> draws(kLanes, fit->problem.prior_mean);
  const double start = processor_seconds();
  fit->problem.evaluate_many(draws);
  return {step, (processor_seconds() - start) / static_cast<double>(kLanes)};
}

// What is done with one hypothesis.
struct Work {
  std::size_t fits = 0, runs = 0;
};

Work work_of(const Experiment& e) {
  // Draws of an importance sampling, which goes on until they are worth enough: on the demo.
  constexpr std::size_t kUsualDraws = 1000;
  const std::size_t subjects = e.dataset.subjects.size();
  std::size_t parts = 0, conditions = 1;
  for (const dataset::Subject& subject : e.dataset.subjects)
    parts += 1 + folds_of(e, subject).size();
  for (const Counterfactual& c : e.counterfactuals)
    conditions += static_cast<std::size_t>(
        std::ranges::count_if(c.strength, [](double strength) { return strength > 0; }));
  // Of each hypothesis, to data that all make at their posterior and it makes at its prior.
  const std::size_t simulated =
      e.hypotheses.size() * static_cast<std::size_t>(e.recovery.simulations) +
      static_cast<std::size_t>(e.recovery.calibration);
  Work work{parts * conditions + simulated, 0};
  const std::size_t sampled = e.importance ? subjects * conditions : 0;
  work.runs += static_cast<std::size_t>(e.pareto_draws) * (parts * conditions - sampled);
  if (e.importance) work.runs += kUsualDraws * (sampled + simulated);
  if (!e.interventions.empty())
    work.runs += kInterventionDraws * (1 + e.interventions.size()) * subjects;
  return work;
}

}  // namespace

std::optional<FitTime> expected_fit_time(const Experiment& e) {
  if (!used_bands(e).empty()) return {};
  const Work work = work_of(e);
  FitTime time;
  for (const Hypothesis& hypothesis : e.hypotheses) {
    const Probe one = probe(e, hypothesis);
    if (one.step == 0) return {};
    if (one.step >= time.step) time.slowest = hypothesis.name;
    time.step = std::max(time.step, one.step);
    time.fits += work.fits;
    time.runs += work.runs;
    time.seconds += one.step * kStepsOfAFit * static_cast<double>(work.fits) +
                    one.run * static_cast<double>(work.runs);
  }
  return time;
}

}  // namespace insula::experiment

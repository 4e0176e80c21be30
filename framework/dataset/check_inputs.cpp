// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/dataset/detail/integrity.h"
#include "framework/dataset/step_signal.h"

namespace insula::dataset::detail {
namespace {

using Severity = Finding::Severity;

constexpr double kCollinear = 0.95;

// Moments over the time of a run, exact because the signals are constant between their changes.
struct Moments {
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
};

Moments moments(const StepSignal& a, const StepSignal& b, double duration) {
  Moments sum;
  double time = 0, value_a = 0, value_b = 0;
  std::size_t i = 0, j = 0;
  while (time < duration) {
    double next = duration;
    if (i < a.onset.size()) next = std::min(next, a.onset[i]);
    if (j < b.onset.size()) next = std::min(next, b.onset[j]);
    const double share = std::max(next - time, 0.0) / duration;
    sum.a += share * value_a;
    sum.b += share * value_b;
    sum.aa += share * value_a * value_a;
    sum.bb += share * value_b * value_b;
    sum.ab += share * value_a * value_b;
    if (i < a.onset.size() && a.onset[i] <= next) value_a = a.value[i++];
    if (j < b.onset.size() && b.onset[j] <= next) value_b = b.value[j++];
    time = std::max(time, next);
  }
  return sum;
}

double correlation(const StepSignal& a, const StepSignal& b, double duration) {
  const Moments m = moments(a, b, duration);
  const double variance_a = m.aa - m.a * m.a, variance_b = m.bb - m.b * m.b;
  // Rounding leaves a constant signal a variance near epsilon · mean square.
  constexpr double kConstant = 1e-12;
  if (variance_a <= kConstant * m.aa || variance_b <= kConstant * m.bb) return 0;
  return (m.ab - m.a * m.b) / std::sqrt(variance_a * variance_b);
}

void check_one(const StepSignal& whole,
               double duration,
               const std::string& where,
               std::vector<Finding>& findings) {
  const bool is_outside =
      !whole.onset.empty() && (whole.onset.front() < 0 || whole.onset.back() >= duration);
  if (is_outside) {
    findings.push_back(
        {Severity::warning,
         "events_outside_run",
         where,
         "the input changes outside the run, which lasts " + short_number(duration, 6) + " s"});
  }
  const StepSignal input = cut(whole, duration);
  if (input.onset.empty()) {
    findings.push_back(
        {Severity::warning, "input_never_on", where, "the input is 0 throughout the run"});
  } else if (input.onset.size() == 1 && input.onset[0] == 0) {
    findings.push_back({Severity::warning,
                        "input_constant",
                        where,
                        "the input is " + short_number(input.value[0], 6) +
                            " throughout the run: its effect cannot be told from a constant"});
  }
}

}  // namespace

void check_inputs(const Run& run, const std::string& where, std::vector<Finding>& findings) {
  for (const StepSignal& input : run.inputs) {
    check_one(input, run.duration, where + "/" + input.name, findings);
  }
  for (std::size_t j = 1; j < run.inputs.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      const double r = correlation(run.inputs[i], run.inputs[j], run.duration);
      if (!(std::abs(r) > kCollinear)) continue;
      findings.push_back({Severity::warning,
                          "inputs_collinear",
                          where + "/" + run.inputs[j].name,
                          "the input correlates with '" + run.inputs[i].name + "' by r = " +
                              short_number(r) + ": their effects cannot be told apart"});
    }
  }
}

}  // namespace insula::dataset::detail

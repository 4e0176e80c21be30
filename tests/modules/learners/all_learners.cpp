// SPDX-License-Identifier: Apache-2.0
#include "tests/modules/learners/all_learners.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "framework/base/nan.h"
#include "modules/catalogue.h"

namespace insula::test {

using Eigen::Index;
using Eigen::MatrixXd;

namespace {

const std::vector<LearnerKind>& learners() {
  static const std::vector<LearnerKind> all = catalogue(Isa::portable).learners;
  return all;
}

}  // namespace

const LearnerKind& learner_kind(const std::string& name) { return *find_kind(learners(), name); }

std::vector<std::string> learner_kind_names() { return kind_names(learners()); }

LearnerSignals run(const LearnerKind& kind,
                   const Trials& trials,
                   const std::vector<double>& parameters,
                   bool with_slopes) {
  const auto rows = static_cast<Index>(trials.outcome.size());
  const auto count = static_cast<Index>(kind.parameters.size());
  LearnerSignals signals{MatrixXd::Zero(rows, static_cast<Index>(kind.signals.size())), {}};
  if (with_slopes) signals.slope.assign(kind.signals.size(), MatrixXd::Zero(rows, count));
  kind.run({trials.outcome, trials.cue}, parameters, signals, with_slopes);
  return signals;
}

Index signal_index(const LearnerKind& kind, std::string_view name) {
  const auto found = std::ranges::find(kind.signals, name, &SignalSpec::name);
  if (found == kind.signals.end()) throw std::out_of_range(std::string(name));
  return static_cast<Index>(found - kind.signals.begin());
}

Eigen::VectorXd signal(const LearnerKind& kind,
                       const LearnerSignals& signals,
                       std::string_view name) {
  return signals.value.col(signal_index(kind, name));
}

Trials random_trials(const LearnerKind& kind, Stream& random, std::size_t count, int cues) {
  Trials trials;
  for (std::size_t i = 0; i < count; ++i) {
    const double drawn = random.uniform();
    trials.outcome.push_back(random.below(8) == 0  ? kNaN
                             : kind.binary_outcome ? (drawn < 0.7 ? 1 : 0)
                                                   : drawn);
    trials.cue.push_back(static_cast<int>(random.below(static_cast<std::uint64_t>(cues))));
  }
  return trials;
}

std::vector<double> random_parameters(const LearnerKind& kind, Stream& random, double width) {
  std::vector<double> parameters;
  for (const FieldSpec& field : kind.parameters) {
    const double sd = field.prior_sd > 0 ? width * field.prior_sd : 0.5;
    const double step = sd * random.normal(), v = field.value;
    parameters.push_back(field.domain == Domain::real ? v + step
                         : field.domain == Domain::positive
                             ? v * std::exp(step)
                             : 1 / (1 + (1 / v - 1) * std::exp(-step)));
  }
  return parameters;
}

}  // namespace insula::test

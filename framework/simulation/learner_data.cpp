// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/learner_data.h"

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"

namespace insula::simulation {
namespace {

using architecture::Learner;
using Eigen::Index;

Index index_of(std::size_t i) { return static_cast<Index>(i); }

LearnerSignals blank(const LearnerKind& kind, std::size_t rows, bool with_slopes) {
  LearnerSignals signals{Eigen::MatrixXd::Zero(index_of(rows), index_of(kind.signals.size())), {}};
  if (with_slopes)
    signals.slope.assign(kind.signals.size(),
                         Eigen::MatrixXd::Zero(index_of(rows), index_of(kind.parameters.size())));
  return signals;
}

// 0, 1, … for the values in their order.
std::vector<int> ranks(const std::vector<double>& values) {
  std::vector<double> distinct = values;
  std::ranges::sort(distinct);
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<int> result;
  for (const double value : values)
    result.push_back(
        static_cast<int>(std::ranges::lower_bound(distinct, value) - distinct.begin()));
  return result;
}

LearnerRows rows_of(const std::vector<const dataset::Run*>& runs, const Learner& learner) {
  LearnerRows rows;
  std::vector<double> cues;
  for (const dataset::Run* run : runs) {
    rows.first.push_back(rows.size());
    const dataset::Trials& trials = *table_of(*run, learner);
    const std::vector<double> outcome = outcomes_of(trials, learner.outcome).value();
    const std::vector<double> cue = learner.cue.empty() ? std::vector<double>(trials.size())
                                                        : cues_of(trials, learner.cue).value();
    for (const std::size_t trial : trials.in_use()) {
      rows.outcome.push_back(outcome[trial]);
      cues.push_back(cue[trial]);
    }
  }
  rows.first.push_back(rows.size());
  rows.cue = ranks(cues);
  return rows;
}

}  // namespace

const dataset::Trials* table_of(const dataset::Run& run, const Learner& learner) {
  return learner.table.empty() ? (run.trials.size() == 1 ? &run.trials.front() : nullptr)
                               : run.trial_table(learner.table);
}

std::optional<std::vector<double>> outcomes_of(const dataset::Trials& trials,
                                               const std::string& called) {
  if (const dataset::TrialColumn* column = trials.column(called)) return column->value;
  const std::size_t dot = called.find('.');
  const dataset::TrialFactor* factor = trials.factor(called.substr(0, dot));
  if (factor == nullptr || (dot == std::string::npos && factor->levels.size() != 2)) return {};
  const std::string level = dot == std::string::npos ? factor->levels[1] : called.substr(dot + 1);
  const auto found = std::ranges::find(factor->levels, level);
  if (found == factor->levels.end()) return {};
  std::vector<double> values;
  for (const int v : factor->value)
    values.push_back(v == dataset::kMissing ? kNaN : v == found - factor->levels.begin() ? 1 : 0);
  return values;
}

std::optional<std::vector<double>> cues_of(const dataset::Trials& trials,
                                           const std::string& called) {
  if (const dataset::TrialColumn* column = trials.column(called)) {
    const bool is_whole = std::ranges::all_of(
        column->value, [](double v) { return std::isnan(v) || v == std::floor(v); });
    if (is_whole) return column->value;
    return {};
  }
  const dataset::TrialFactor* factor = trials.factor(called);
  if (factor == nullptr) return {};
  std::vector<double> values;
  for (const int v : factor->value) values.push_back(v == dataset::kMissing ? kNaN : v);
  return values;
}

LearnerRows learner_rows(const dataset::Subject& subject, const Learner& learner) {
  std::vector<const dataset::Run*> runs;
  for (const dataset::Run& run : subject.runs) runs.push_back(&run);
  return rows_of(runs, learner);
}

LearnerRows learner_rows(const dataset::Run& run, const Learner& learner) {
  return rows_of({&run}, learner);
}

LearnerSignals learner_signals(const Learner& learner,
                               const LearnerRows& rows,
                               std::span<const double> natural,
                               bool with_slopes) {
  const LearnerKind& kind = *learner.kind;
  LearnerSignals all = blank(kind, rows.size(), with_slopes);
  const std::span<const double> outcome(rows.outcome);
  const std::span<const int> cue(rows.cue);
  for (std::size_t r = 0; r + 1 < rows.first.size(); ++r) {
    const std::size_t first = rows.first[r], count = rows.first[r + 1] - first;
    LearnerSignals of_run = blank(kind, count, with_slopes);
    kind.run(
        {outcome.subspan(first, count), cue.subspan(first, count)}, natural, of_run, with_slopes);
    all.value.middleRows(index_of(first), index_of(count)) = of_run.value;
    for (std::size_t s = 0; s < all.slope.size(); ++s)
      all.slope[s].middleRows(index_of(first), index_of(count)) = of_run.slope[s];
  }
  return all;
}

std::vector<HeldStretch> stretches_of(const architecture::Architecture& architecture,
                                      const architecture::Input& input,
                                      const dataset::Run& run) {
  const architecture::SignalStretch& learned = *input.learned;
  const architecture::Learner& learner = architecture.learners[learned.signal.learner];
  const dataset::Trials* trials = table_of(run, learner);
  if (trials == nullptr || trials->onset.empty())
    throw InputError(
        input.place,
        "run '" + run.id + "' has no trials with onsets for learner '" + learner.name + "'",
        "the manifest names them: 'trials' and 'onset'",
        ExitCode::data);
  const bool to_response = learned.lock == architecture::Window::Lock::response;
  std::vector<HeldStretch> all;
  std::size_t row = 0;
  for (const std::size_t i : trials->in_use()) {
    double moment = trials->onset[i];
    if (to_response) moment += trials->response_time.empty() ? kNaN : trials->response_time[i];
    if (!std::isnan(moment)) all.push_back({row, moment + learned.from, moment + learned.to});
    ++row;
  }
  return all;
}

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
// Models with what they said of held-out samples, and scores over several channels and subjects.
#pragma once

#include <string>
#include <vector>

#include "framework/evaluation/scores.h"
#include "framework/experiment/detail/model_run.h"

namespace insula::experiment {

/// Held-out samples of one model and subject: [target][fold]; no folds where it does not explain
/// the target.
using HeldOutTable = std::vector<std::vector<evaluation::HeldOut>>;

struct ScoredModel {
  const ModelRun* model = nullptr;
  std::vector<HeldOutTable> subjects;
};

/// The targets of one recording, or of one observation of trials.
struct ObservedTogether {
  std::string name;
  const Target* first = nullptr;
  std::size_t channels = 0;
  bool is_series = false;  // of a recording
  /// Recordings are judged by correlation, trials by the density of their data.
  const evaluation::Metric& metric() const { return evaluation::metrics()[is_series ? 0 : 2]; }
};
std::vector<ObservedTogether> observed_together(const RunData& data);

/// Targets that both models explain; of one model if they are the same.
std::vector<HeldOutTable> common(const std::vector<HeldOutTable>& mine,
                                 const std::vector<HeldOutTable>& others);

/// The targets of one observation that the model explains.
std::vector<HeldOutTable> of_observation(const RunData& data,
                                         const std::vector<HeldOutTable>& subjects,
                                         const std::string& observation);

/// The mean over subjects of their mean over targets.
evaluation::Interval95 overall(const RunData& data,
                               const evaluation::Metric& metric,
                               const std::vector<HeldOutTable>& tables);

/// Every model that can be scored, and a row of Results::scores for each of its scores.
std::vector<ScoredModel> score_rows(const RunData& data, report::Results& results);

/// False of a model that explains choices but not their times: its evidence is about other data.
bool explains_all(const RunData& data, const ModelRun& model);

/// Results::observations, if there are several.
void add_observation_scores(const RunData& data,
                            const std::vector<ScoredModel>& scored,
                            report::Results& results);

/// False of a baseline that is not linear, which no hypothesis need beat.
bool is_linear(const ModelRun& baseline);

/// The baselines that hypotheses are held against on an observation: the linear one that predicts
/// it best, then the best of those that are not linear; empty if none does. Reads the comparison
/// table, and Results::observations if there are several.
std::vector<const ScoredModel*> opponents_on(const RunData& data,
                                             const std::vector<ScoredModel>& scored,
                                             const ObservedTogether& observation,
                                             const report::Results& results);

/// Every hypothesis against the first of these, channel by channel, by flips of signs of subjects
/// or, where these are few, of blocks of time: Results::tests.
void add_difference_tests(const RunData& data,
                          const std::vector<ScoredModel>& scored,
                          report::Results& results);

/// Every hypothesis against its opponents, then the evidence of hypotheses. Reads the comparison
/// table.
void add_verdicts(const RunData& data,
                  const std::vector<ScoredModel>& scored,
                  report::Results& results);

/// Random effects of subjects that were fitted one by one, by their log evidences and by their
/// held-out log densities: columns of the comparison table, which is there, and a sentence each.
void add_group_comparison(const RunData& data,
                          const std::vector<ScoredModel>& scored,
                          report::Results& results);

}  // namespace insula::experiment

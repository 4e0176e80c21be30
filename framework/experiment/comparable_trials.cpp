// SPDX-License-Identifier: Apache-2.0
// Evidence and scores compare hypotheses only if they are about the same trials.
#include <algorithm>

#include "framework/experiment/detail/loading.h"
#include "framework/experiment/detail/trial_data.h"

namespace insula::experiment {

using architecture::TrialObservation;

std::vector<ComparableTrials> comparable_trials(const Experiment& e) {
  std::vector<ComparableTrials> all;
  for (const dataset::Subject& subject : e.dataset.subjects) {
    ComparableTrials& of_subject = all.emplace_back();
    for (const Hypothesis& h : e.hypotheses)
      for (const TrialObservation& o : h.architecture.trials) {
        const TrialRows rows = trial_rows(subject, h.architecture, o);
        std::vector<char>& comparable = of_subject[o.name];
        comparable.resize(rows.size(), 1);
        for (std::size_t i = 0; i < rows.size(); ++i) comparable[i] &= rows.is_whole(i, o);
      }
  }
  return all;
}

std::vector<Mistake> detail::doubts_of_comparable_trials(const Experiment& e) {
  std::vector<Mistake> doubts;
  const std::vector<ComparableTrials> all = comparable_trials(e);
  for (const TrialObservation& o : e.hypotheses.front().architecture.trials) {
    std::size_t lost = 0, comparable = 0;
    for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s) {
      const std::vector<char>& of_all = all[s].at(o.name);
      std::size_t most = 0;
      for (const Hypothesis& h : e.hypotheses) {
        const TrialObservation& mine =
            *std::ranges::find(h.architecture.trials, o.name, &TrialObservation::name);
        const TrialRows rows = trial_rows(e.dataset.subjects[s], h.architecture, mine);
        std::size_t whole = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) whole += rows.is_whole(i, mine) ? 1 : 0;
        most = std::max(most, whole);
      }
      const auto kept = static_cast<std::size_t>(std::ranges::count(of_all, 1));
      comparable += kept;
      lost += most - kept;
    }
    if (lost == 0) continue;
    doubts.push_back(
        {o.place,
         "some hypotheses need what is missing in " + std::to_string(lost) + " of " +
             std::to_string(comparable + lost) + " trials of '" + o.name +
             "': they are left out of all, or hypotheses would be compared on different trials",
         "fill in what is missing, or leave out the hypothesis that needs it"});
  }
  return doubts;
}

}  // namespace insula::experiment

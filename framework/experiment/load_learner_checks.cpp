// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "framework/base/text.h"
#include "framework/experiment/detail/loading.h"
#include "framework/experiment/detail/trial_data.h"
#include "framework/simulation/learner_data.h"

namespace insula::experiment::detail {
namespace {

using architecture::Learner;

std::vector<std::string> columns_and_factors(const dataset::Trials& trials) {
  std::vector<std::string> names;
  for (const auto& column : trials.columns) names.push_back(column.name);
  for (const auto& factor : trials.factors) names.push_back(factor.name);
  return names;
}

// One run's trials against one learner. Each kind of mistake is told once for all runs.
class LearnerCheck {
 public:
  LearnerCheck(const architecture::Architecture& architecture,
               const Learner& learner,
               std::set<std::string>& told,
               Mistakes& mistakes)
      : a_(architecture), learner_(learner), told_(told), mistakes_(mistakes) {}

  void check(const dataset::Run& run, const std::string& where) {
    where_ = where;
    const dataset::Trials* trials = simulation::table_of(run, learner_);
    if (trials == nullptr) {
      add_table(run);
      return;
    }
    for (const dataset::Trials& any : run.trials) check_name(any);
    check_outcome(*trials);
    if (!learner_.cue.empty()) check_cue(*trials);
    for (const architecture::TrialObservation& o : a_.trials)
      if (o.kind->needs_value && table_of(run, o) == trials) check_explained(o);
  }

 private:
  void add_table(const dataset::Run& run) {
    std::vector<std::string> names;
    for (const dataset::Trials& trials : run.trials) names.push_back(trials.name);
    if (learner_.table.empty() && names.size() > 1)
      add(learner_.place,
          "learner '" + learner_.name +
              "' does not say which of several tables of trials it "
              "learns from",
          "write 'trials: " + names[0] + "'; " + name_hint("", names, "there are"));
    else
      add(learner_.place,
          learner_.table.empty()
              ? "learner '" + learner_.name + "' learns from trials, but the dataset has none"
              : "there are no trials '" + learner_.table + "'",
          names.empty() ? "the manifest names them: 'trials'"
                        : name_hint(learner_.table, names, "there are"));
  }

  // Outcomes are given, those of held-out trials too; what is explained is not.
  void check_explained(const architecture::TrialObservation& o) {
    for (const auto& [called, place] : {std::pair(&learner_.outcome, &learner_.outcome_place),
                                        std::pair(&learner_.cue, &learner_.cue_place)})
      if (*called == o.value)
        add(*place,
            "learner '" + learner_.name + "' learns from '" + o.value + "', which '" + o.name +
                "' explains: values that are held out would be known",
            "what is learned from is given, as columns are; it cannot be explained as well");
  }

  // "side.left" would be a level of the factor and a signal of the learner.
  void check_name(const dataset::Trials& trials) {
    if (trials.factor(learner_.name) == nullptr) return;
    add(learner_.place,
        "learner '" + learner_.name + "' has the name of a factor of trials '" + trials.name + "'",
        "give the learner another name: a term could mean either");
  }

  void check_outcome(const dataset::Trials& trials) {
    const auto outcome = simulation::outcomes_of(trials, learner_.outcome);
    if (!outcome) {
      add_no_outcome(trials);
      return;
    }
    if (!learner_.kind->binary_outcome) return;
    for (const std::size_t trial : trials.in_use()) {
      const double r = (*outcome)[trial];
      if (std::isnan(r) || r == 0 || r == 1) continue;
      add_once("not binary",
               learner_.outcome_place,
               "kind '" + std::string(learner_.kind->name) + "' learns outcomes of 0 and 1, but '" +
                   learner_.outcome + "' holds " + short_number(r, 6),
               "a level of a factor ('feedback.win') is 1 in its trials and 0 in others");
      return;
    }
  }

  void add_no_outcome(const dataset::Trials& trials) {
    const std::string& called = learner_.outcome;
    const std::size_t dot = called.find('.');
    const dataset::TrialFactor* factor = trials.factor(called.substr(0, dot));
    if (factor == nullptr) {
      add_no_column(learner_.outcome_place, called, trials);
    } else if (dot == std::string::npos) {
      std::vector<std::string> levels;
      for (const std::string& level : factor->levels)
        levels.push_back("'" + called + "." + level + "'");
      add(learner_.outcome_place,
          "factor '" + called + "' has " + std::to_string(factor->levels.size()) +
              " levels, and an outcome is one number",
          "name a level: " + in_words(levels));
    } else {
      add(learner_.outcome_place,
          "factor '" + factor->name + "' has no level '" + called.substr(dot + 1) + "'",
          name_hint(called.substr(dot + 1), factor->levels, "its levels are"));
    }
  }

  void check_cue(const dataset::Trials& trials) {
    const auto cue = simulation::cues_of(trials, learner_.cue);
    if (!cue) {
      if (trials.column(learner_.cue) == nullptr)
        add_no_column(learner_.cue_place, learner_.cue, trials);
      else
        add(learner_.cue_place,
            "'" + learner_.cue + "' is no cue: it holds numbers that are not whole",
            "a cue is a factor of the trials, or a column of whole numbers");
      return;
    }
    const auto is_missing = [&](std::size_t trial) { return std::isnan((*cue)[trial]); };
    if (std::ranges::none_of(trials.in_use(), is_missing)) return;
    add(learner_.cue_place,
        "cue '" + learner_.cue + "' of learner '" + learner_.name + "' is missing in trials in use",
        "what such a trial teaches, nobody knows: exclude it in the manifest");
  }

  void add_no_column(const Place& place, const std::string& called, const dataset::Trials& trials) {
    add(place,
        "trials '" + trials.name + "' have no column '" + called + "'",
        name_hint(called, columns_and_factors(trials)));
  }

  void add(const Place& place, const std::string& message, const std::string& note) {
    add_once(message, place, message, note);
  }
  // `what` is the same in all runs, and in all hypotheses that extend one file.
  void add_once(const std::string& what,
                const Place& place,
                const std::string& message,
                const std::string& note) {
    const std::string key =
        place.file + ":" + std::to_string(place.line) + ":" + learner_.name + ":" + what;
    if (told_.insert(key).second) mistakes_.add(place, message + " (run '" + where_ + "')", note);
  }

  const architecture::Architecture& a_;
  const Learner& learner_;
  std::set<std::string>& told_;
  Mistakes& mistakes_;
  std::string where_;
};

}  // namespace

void check_learners(const Experiment& e, Mistakes& mistakes) {
  std::set<std::string> told;
  for (const Hypothesis& h : e.hypotheses)
    for (const Learner& learner : h.architecture.learners)
      for (const dataset::Subject& subject : e.dataset.subjects)
        for (const dataset::Run& run : subject.runs)
          LearnerCheck(h.architecture, learner, told, mistakes)
              .check(run, subject.id + "/" + run.id);
}

}  // namespace insula::experiment::detail

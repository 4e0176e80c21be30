// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "framework/base/text.h"
#include "framework/experiment/detail/loading.h"
#include "framework/experiment/detail/static_regions.h"
#include "framework/experiment/detail/trial_data.h"

namespace insula::experiment::detail {
namespace {

using architecture::Predictor;
using architecture::Term;
using architecture::TrialObservation;

// One run's trials against one observation. Each kind of mistake is told once for all runs.
class TrialCheck {
 public:
  TrialCheck(const architecture::Architecture& architecture,
             const TrialObservation& observation,
             std::set<std::string>& told,
             Mistakes& mistakes)
      : a_(architecture), o_(observation), told_(told), mistakes_(mistakes) {}

  void check(const dataset::Run& run, const std::string& where) {
    const dataset::Trials* trials = table_of(run, o_);
    if (trials == nullptr) {
      add_table(run, where);
      return;
    }
    if (o_.kind->of_options && trials->responses != o_.options)
      add(o_.place,
          "the options of '" + o_.name + "' are " + in_words(o_.options) +
              ", but the responses of trials '" + trials->name + "' are " +
              (trials->responses.empty() ? "not named" : in_words(trials->responses)),
          trials->responses.empty()
              ? "the manifest names them: 'response' and 'responses: [" + join(o_.options, ", ") +
                    "]'"
              : "write 'options: [" + join(trials->responses, ", ") +
                    "]'; the first is the one against which the others' evidence stands",
          where);
    if (o_.kind->needs_choice && !o_.kind->of_options && trials->responses.size() != 2)
      add(o_.place,
          "kind '" + std::string(o_.kind->name) + "' scores one of two responses, but trials '" +
              trials->name + "' have " + std::to_string(trials->responses.size()),
          trials->responses.size() > 2
              ? "kind 'softmax' scores one of several"
              : "the manifest names them: 'response' and 'responses: {low: 0, high: 1}'",
          where);
    if (o_.kind->needs_time && trials->response_time.empty())
      add(o_.place,
          "kind '" + std::string(o_.kind->name) + "' scores response times, but trials '" +
              trials->name + "' have none",
          "the manifest names them: 'response_time'",
          where);
    if (o_.kind->needs_value && trials->column(o_.value) == nullptr)
      add(o_.place,
          "trials '" + trials->name + "' have no column '" + o_.value + "'",
          name_hint(o_.value, columns(*trials)),
          where);
    for (const Predictor& predictor : o_.predictors)
      for (const Term& term : predictor.terms)
        for (const std::string& factor : term.factors)
          check_factor(term.place, factor, *trials, where);
    if (!is_static(run) && trials->onset.empty() && !o_.has_window())
      add(o_.place,
          "'" + o_.name + "' explains trials of a run of " + short_number(run.duration, 6) +
              " s, but trials '" + trials->name + "' have no onsets",
          "the manifest names them: 'onset'; a run of trials alone may go without 'duration'",
          where);
    if (o_.has_window() && is_static(run))
      check_static(run, *trials, where);
    else if (o_.has_window())
      check_window(*trials, where);
    for (const Predictor& predictor : o_.predictors)
      for (const Term& term : predictor.terms)
        for (const architecture::Signal& signal : term.signals) {
          const architecture::Learner& learner = a_.learners[signal.learner];
          const dataset::Trials* learned = simulation::table_of(run, learner);
          if (learned == nullptr || learned == trials)
            continue;  // the former is told of the learner
          add(term.place,
              "learner '" + learner.name + "' learns from trials '" + learned->name + "', but '" +
                  o_.name + "' explains trials '" + trials->name + "'",
              "a term holds what was learned in the trials that are explained",
              where);
        }
  }

 private:
  static std::vector<std::string> columns(const dataset::Trials& trials) {
    std::vector<std::string> names;
    for (const auto& column : trials.columns) names.push_back(column.name);
    return names;
  }
  static std::vector<std::string> terms(const dataset::Trials& trials) {
    std::vector<std::string> names = columns(trials);
    for (const auto& factor : trials.factors) names.push_back(factor.name);
    return names;
  }

  // What regions and inputs do in a trial takes a moment that the trial is locked to.
  void check_window(const dataset::Trials& trials, const std::string& where) {
    if (trials.onset.empty())
      add(o_.place,
          "'" + o_.name +
              "' depends on what regions or inputs do at the time of a trial, but trials '" +
              trials.name + "' have no onsets",
          "the manifest names them: 'onset'",
          where);
    else if (o_.window.lock == architecture::Window::Lock::response && trials.response_time.empty())
      add(o_.place,
          "the window of '" + o_.name + "' is locked to the response, but trials '" + trials.name +
              "' have no response times",
          "the manifest names them: 'response_time'",
          where);
    for (const Predictor& predictor : o_.predictors)
      for (const Term& term : predictor.terms) {
        for (const std::size_t region : term.regions)
          check_ambiguity(term, "region", a_.regions[region].name, trials, where);
        for (const std::string& input : term.inputs)
          check_ambiguity(term, "input", input, trials, where);
      }
  }

  // Without onsets nothing has a time: an input is a column, and a region stands where it settles.
  void check_static(const dataset::Run& run,
                    const dataset::Trials& trials,
                    const std::string& where) {
    if (o_.window != architecture::Window{})
      add(o_.place,
          "'" + o_.name + "' has a window, but trials '" + trials.name + "' have no onsets",
          "remove 'window': regions are what they settle at under a trial's inputs",
          where);
    for (const architecture::Input& input : a_.inputs)
      if (!input.learned && (acts_on_regions(a_, input) || is_in_a_term(a_, input.name)))
        input.band ? check_rows(input, run, trials, where) : check_held(input, trials, where);
    for (const Predictor& predictor : o_.predictors)
      for (const Term& term : predictor.terms)
        for (const std::size_t region : term.regions)
          check_ambiguity(term, "region", a_.regions[region].name, trials, where);
  }

  void check_rows(const architecture::Input& input,
                  const dataset::Run& run,
                  const dataset::Trials& trials,
                  const std::string& where) {
    const dataset::FeatureBand* band = run.feature_band(input.name);
    if (band == nullptr || run.trial_table(band->at) == nullptr || band->at == trials.name)
      return;  // the former two are told of the band
    add(input.place,
        "'" + input.name + "' has a row for each trial of '" + band->at + "', but '" + o_.name +
            "' explains trials '" + trials.name + "'",
        "the manifest says of which trials its rows are: 'at'",
        where);
  }

  void check_held(const architecture::Input& input,
                  const dataset::Trials& trials,
                  const std::string& where) {
    if (trials.column(input.name) != nullptr) return;
    const dataset::TrialFactor* factor = trials.factor(input.name);
    if (factor == nullptr)
      add(input.place,
          "input '" + input.name + "' of trials without onsets is a column, but trials '" +
              trials.name + "' have none of that name",
          name_hint(input.name, terms(trials)),
          where);
    else if (factor->levels.size() != 2)
      add(input.place,
          "input '" + input.name + "' is a factor of " + std::to_string(factor->levels.size()) +
              " levels, and an input is one number",
          "an input is a column of numbers, or a factor of two levels",
          where);
  }

  void check_ambiguity(const Term& term,
                       const std::string& what,
                       const std::string& name,
                       const dataset::Trials& trials,
                       const std::string& where) {
    if (trials.column(name) == nullptr && trials.factor(name) == nullptr) return;
    add(term.place,
        "'" + name + "' is " + (what == "input" ? "an " : "a ") + what +
            " of the architecture and a column of trials '" + trials.name + "'",
        "give one of them another name",
        where);
  }

  void add_table(const dataset::Run& run, const std::string& where) {
    std::vector<std::string> names;
    for (const dataset::Trials& trials : run.trials) names.push_back(trials.name);
    if (o_.table.empty() && names.size() > 1)
      add(o_.place,
          "observation '" + o_.name +
              "' does not say which of several tables of trials it explains",
          "write 'trials: " + names[0] + "'; " + name_hint("", names, "there are"),
          where);
    else
      add(o_.place,
          o_.table.empty()
              ? "observation '" + o_.name + "' explains trials, but the dataset has none"
              : "there are no trials '" + o_.table + "'",
          names.empty() ? "the manifest names them: 'trials'"
                        : name_hint(o_.table, names, "there are"),
          where);
  }

  void check_factor(const Place& place,
                    const std::string& called,
                    const dataset::Trials& trials,
                    const std::string& where) {
    if (trials.column(called) != nullptr) return;
    const std::size_t dot = called.find('.');
    const std::string name = called.substr(0, dot);
    const dataset::TrialFactor* factor = trials.factor(name);
    if (factor == nullptr) {
      add(place,
          "trials '" + trials.name + "' have no column '" + called + "'",
          name_hint(called, terms(trials)),
          where);
    } else if (dot == std::string::npos && factor->levels.size() != 2) {
      add(place,
          "factor '" + name + "' has " + std::to_string(factor->levels.size()) +
              " levels, and a term is one number",
          "name a level: " + levels_of(*factor),
          where);
    } else if (dot != std::string::npos &&
               std::ranges::find(factor->levels, called.substr(dot + 1)) == factor->levels.end()) {
      add(place,
          "factor '" + name + "' has no level '" + called.substr(dot + 1) + "'",
          name_hint(called.substr(dot + 1), factor->levels, "its levels are"),
          where);
    }
  }

  static std::string levels_of(const dataset::TrialFactor& factor) {
    std::vector<std::string> names;
    for (const std::string& level : factor.levels)
      names.push_back("'" + factor.name + "." + level + "'");
    return in_words(names);
  }

  void add(const Place& place,
           const std::string& message,
           const std::string& note,
           const std::string& where) {
    const std::string key = place.file + std::to_string(place.line) + message;
    if (told_.insert(key).second) mistakes_.add(place, message + " (run '" + where + "')", note);
  }

  const architecture::Architecture& a_;
  const TrialObservation& o_;
  std::set<std::string>& told_;
  Mistakes& mistakes_;
};

}  // namespace

void check_trials(const Experiment& e, Mistakes& mistakes) {
  std::set<std::string> told;
  for (const Hypothesis& h : e.hypotheses)
    for (const TrialObservation& o : h.architecture.trials)
      for (const dataset::Subject& subject : e.dataset.subjects)
        for (const dataset::Run& run : subject.runs)
          TrialCheck(h.architecture, o, told, mistakes).check(run, subject.id + "/" + run.id);
}

void check_whole_trials(const Experiment& e, Mistakes& mistakes) {
  std::set<std::string> told;
  for (const Hypothesis& h : e.hypotheses)
    for (const TrialObservation& o : h.architecture.trials)
      for (const dataset::Subject& subject : e.dataset.subjects) {
        const TrialRows rows = trial_rows(subject, h.architecture, o);
        std::size_t whole = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) whole += rows.is_whole(i, o) ? 1 : 0;
        if (whole > 0 || !told.insert(h.name + "/" + o.name).second) continue;
        mistakes.add(
            o.place,
            "subject '" + subject.id + "' has no trial with all that '" + o.name +
                "' needs: its answer, every term" +
                (rows.input.cols() > 0 ? " and every input that acts on its regions"
                 : o.has_window() && !is_static(subject.runs.front())
                     ? " and a window within the run"
                     : ""),
            "leave the subject out, or a term that is missing in its trials; `insula check` "
            "of the dataset counts what is missing");
      }
}

void check_units_of_time(const Experiment& e, const config::Node& top, Mistakes& mistakes) {
  if (has_time(e)) return;
  const auto refuse = [&](const char* section, const char* key) {
    const config::Node node = top[section];
    if (!node.is_map() || node[key].is_missing()) return;
    mistakes.add(node[key].place(),
                 "'" + std::string(key) + "' is a time, but dataset '" + e.dataset.name +
                     "' has trials without onsets",
                 "remove it: folds and blocks count trials");
  };
  refuse("validation", "gap");
  refuse("comparison", "block");
  const TrialObservation& first = e.hypotheses.front().architecture.trials.front();
  for (const Hypothesis& h : e.hypotheses)
    for (const TrialObservation& o : h.architecture.trials)
      if (o.table != first.table)
        mistakes.add(o.place,
                     "'" + o.name + "' and '" + first.name +
                         "' explain different tables of trials without onsets",
                     "give the trials onsets, so that folds can hold out the same time in both");
}

}  // namespace insula::experiment::detail

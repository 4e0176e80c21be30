// SPDX-License-Identifier: Apache-2.0
// Inputs that hold a learner's signal, against the trials of a dataset.
#include <algorithm>
#include <set>

#include "framework/architecture/graph.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/loading.h"
#include "framework/experiment/detail/static_regions.h"
#include "framework/experiment/detail/trial_data.h"
#include "framework/experiment/detail/trial_windows.h"

namespace insula::experiment::detail {
namespace {

using architecture::Input;
using architecture::TrialObservation;
using architecture::Window;
using simulation::HeldStretch;

constexpr double kSameMoment = 1e-9;  // s: rounding of sums of decimal times

// One input in one run. Each kind of mistake is told once for all runs.
class SignalCheck {
 public:
  SignalCheck(const architecture::Architecture& architecture,
              const Input& input,
              std::set<std::string>& told,
              Mistakes& mistakes)
      : a_(architecture), input_(input), told_(told), mistakes_(mistakes) {}

  void check(const dataset::Run& run, const std::string& where) {
    where_ = where;
    const architecture::Learner& learner = a_.learners[input_.learned->signal.learner];
    const dataset::Trials* trials = simulation::table_of(run, learner);
    const std::string holds =
        "input '" + input_.name + "' holds '" + to_text(a_, input_.learned->signal) + "'";
    if (run.input(input_.name) != nullptr)
      add(holds + ", but the dataset has an input of that name", "give one of them another name");
    if (trials == nullptr) return;  // which is told of the learner
    if (is_static(run) && trials->onset.empty()) {
      check_static(run, *trials, holds);
      return;
    }
    const bool to_response = input_.learned->lock == Window::Lock::response;
    if (run.duration <= 0 || trials->onset.empty()) {
      add(holds + " in the time of trials, but trials '" + trials->name + "' have no onsets",
          "the manifest names them: 'onset'");
    } else if (to_response && trials->response_time.empty()) {
      add("input '" + input_.name + "' is locked to the response, but trials '" + trials->name +
              "' have no response times",
          "the manifest names them: 'response_time'");
    } else {
      const std::vector<HeldStretch> stretches = simulation::stretches_of(a_, input_, run);
      check_span(run, *trials, stretches);
      for (const TrialObservation& o : a_.trials)
        if (table_of(run, o) == trials) check_answers(run, *trials, stretches, o);
    }
  }

 private:
  // What ends after the run is cut, as events are; what begins outside of it would be lost.
  void check_span(const dataset::Run& run,
                  const dataset::Trials& trials,
                  const std::vector<HeldStretch>& stretches) {
    const std::vector<std::size_t> in_use = trials.in_use();
    for (const HeldStretch& s : stretches) {
      if (s.from >= -kSameMoment && s.from < run.duration) continue;
      add_once("span",
               "input '" + input_.name + "' begins to hold its signal at " +
                   short_number(s.from, 6) + " s in trial " + std::to_string(in_use[s.row] + 1) +
                   ", but the run goes from 0 s to " + short_number(run.duration, 6) + " s",
               "change 'from', or exclude the trial in the manifest");
      return;
    }
  }

  // Without a time axis each region stands in a trial under that trial's signal.
  void check_static(const dataset::Run& run,
                    const dataset::Trials& trials,
                    const std::string& holds) {
    if (trials.column(input_.name) != nullptr || trials.factor(input_.name) != nullptr)
      add(holds + ", but trials '" + trials.name + "' have a column of that name",
          "give one of them another name");
    if (*input_.learned != architecture::SignalStretch{input_.learned->signal})
      add("input '" + input_.name + "' says when in a trial it holds '" +
              to_text(a_, input_.learned->signal) + "', but trials '" + trials.name +
              "' have no onsets",
          "remove 'locked_to', 'from' and 'to': regions are what they settle at under a trial's "
          "signal");
    const std::vector<bool> moved = is_moved_by(a_, input_);
    for (const TrialObservation& o : a_.trials) {
      const std::vector<std::size_t> in_terms = simulation::regions_in_terms(o);
      const auto region = std::ranges::find_if(in_terms, [&](std::size_t r) { return moved[r]; });
      if (region != in_terms.end()) check_static_term(run, trials, o, a_.regions[*region].name);
    }
  }

  void check_static_term(const dataset::Run& run,
                         const dataset::Trials& learned,
                         const TrialObservation& o,
                         const std::string& region) {
    const dataset::Trials* explained = table_of(run, o);
    if (explained == nullptr) return;  // which is told of the observation
    if (explained != &learned) {
      add("input '" + input_.name + "' moves region '" + region + "' of '" + o.name +
              "' by what is learned from trials '" + learned.name + "', but '" + o.name +
              "' explains trials '" + explained->name + "'",
          "without onsets only what was learned in the trials that are explained can move regions");
      return;
    }
    const architecture::Signal& signal = input_.learned->signal;
    const auto signals = a_.learners[signal.learner].kind->signals;
    if (!(o.kind->needs_choice || o.kind->needs_time) ||
        signals[static_cast<std::size_t>(signal.signal)].precedes_outcome)
      return;
    add("input '" + input_.name + "' moves region '" + region + "' by '" + to_text(a_, signal) +
            "', which follows the outcome of its trial, and '" + o.name +
            "' explains an answer before it",
        "hold a signal that precedes the outcome, such as '" + a_.learners[signal.learner].name +
            "." + std::string(signals.front().name) + "'");
  }

  // An answer comes before the outcome of its trial, so what explains it may not depend on that: of
  // errors on those of the same trial, of expectations on those of the next.
  void check_answers(const dataset::Run& run,
                     const dataset::Trials& trials,
                     const std::vector<HeldStretch>& stretches,
                     const TrialObservation& o) {
    if (!(o.kind->needs_choice || o.kind->needs_time)) return;
    const architecture::Signal& signal = input_.learned->signal;
    const SignalSpec& spec =
        a_.learners[signal.learner].kind->signals[static_cast<std::size_t>(signal.signal)];
    const std::vector<bool> moved = is_moved_by(a_, input_);
    const std::vector<std::size_t> in_terms = simulation::regions_in_terms(o);
    const auto region = std::ranges::find_if(in_terms, [&](std::size_t r) { return moved[r]; });
    if (region == in_terms.end()) return;
    const std::vector<double> moments = window_moments(run, trials, o.window);
    for (const HeldStretch& s : stretches) {
      if (spec.precedes_outcome && s.row == 0) continue;
      const std::size_t answered = spec.precedes_outcome ? s.row - 1 : s.row;
      const double end = moments[answered] + o.window.to;
      if (!(end > s.from + kSameMoment)) continue;  // NaN: there is no window in that trial
      add_once("answer " + o.name,
               "input '" + input_.name + "' moves region '" + a_.regions[*region].name + "' from " +
                   short_number(s.from, 6) + " s on by the outcome of trial " +
                   std::to_string(trials.in_use()[answered] + 1) + ", but the window of '" +
                   o.name + "', which explains the answer before that outcome, ends at " +
                   short_number(end, 6) + " s",
               "let the window end before the signal is held");
      return;
    }
  }

  void add(const std::string& message, const std::string& note) {
    add_once(message, message, note);
  }
  // `what` is the same in all runs, and in all hypotheses that extend one file.
  void add_once(const std::string& what, const std::string& message, const std::string& note) {
    const std::string key = input_.place.file + ":" + std::to_string(input_.place.line) + ":" +
                            input_.name + ":" + what;
    if (told_.insert(key).second)
      mistakes_.add(input_.place, message + " (run '" + where_ + "')", note);
  }

  const architecture::Architecture& a_;
  const Input& input_;
  std::set<std::string>& told_;
  Mistakes& mistakes_;
  std::string where_;
};

}  // namespace

void check_signals(const architecture::Architecture& a,
                   const dataset::Dataset& dataset,
                   std::set<std::string>& told,
                   Mistakes& mistakes) {
  for (const Input& input : a.inputs)
    for (const dataset::Subject& subject : dataset.subjects)
      for (const dataset::Run& run : subject.runs)
        if (input.learned)
          SignalCheck(a, input, told, mistakes).check(run, subject.id + "/" + run.id);
}

void check_signals(const Experiment& e, Mistakes& mistakes) {
  std::set<std::string> told;
  for (const Hypothesis& h : e.hypotheses) check_signals(h.architecture, e.dataset, told, mistakes);
}

}  // namespace insula::experiment::detail

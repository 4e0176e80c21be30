// SPDX-License-Identifier: Apache-2.0
// Trials of a recipe: when they begin, what their columns hold, and how they are answered.
#include <algorithm>
#include <cmath>
#include <set>

#include "framework/architecture/detail/names.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/twin_reading.h"

namespace insula::experiment::detail {
namespace {

using architecture::TrialObservation;
using config::Entry;
using config::Node;
using config::Reader;

constexpr double kMostTrials = 1e5;  // in a run; a typing error could ask for millions

std::vector<double> read_onsets(Reader& r, double duration, std::uint64_t seed) {
  const bool is_list = r.has("onsets");
  if (is_list == r.has("every")) {
    r.mistake(is_list ? "every" : "onsets",
              r.what() + " need one of 'onsets' and 'every', got " + (is_list ? "both" : "none"),
              "for example 'every: 10 s'");
    for (const char* key : {"onsets", "every", "start", "until", "jitter"}) r.any(key);
    return {};
  }
  std::vector<double> onsets;
  if (is_list) {
    for (const Node& item : r.list("onsets").items())
      onsets.push_back(config::read_quantity(
                           item, "an onset", Dimension::time, config::not_negative, r.mistakes())
                           .value_or(0));
    if (!std::ranges::is_sorted(onsets)) r.mistake("onsets", "'onsets' must ascend");
  } else {
    const double every = r.quantity("every", Dimension::time, config::positive).value_or(0);
    const double start =
        r.optional_quantity("start", Dimension::time, config::not_negative).value_or(0);
    double until =
        r.optional_quantity("until", Dimension::time, config::positive).value_or(duration);
    if (duration > 0 && until > duration) {
      r.mistake("until",
                "'until' of " + r.what() + " is " + short_number(until, 6) +
                    " s, after the end of the run at " + short_number(duration, 6) + " s");
      until = duration;
    }
    const double jitter =
        r.optional_quantity("jitter", Dimension::time, config::not_negative).value_or(0);
    if (every > 0 && jitter >= every)
      r.mistake("jitter",
                "'jitter' must be shorter than 'every', " + short_number(every, 6) + " s, got " +
                    short_number(jitter, 6) + " s");
    if (every > 0 && (until - start) / every > kMostTrials)
      r.mistake("every", r.what() + " are more than " + short_number(kMostTrials, 6) + " in a run");
    else if (every > 0) {
      Stream stream(seed, "simulate/trials/onsets");
      for (int k = 0; start + k * every < until; ++k)
        onsets.push_back(start + k * every + (jitter > 0 ? jitter * stream.uniform() : 0));
    }
  }
  if (duration > 0 && !onsets.empty() && onsets.back() >= duration) {
    if (is_list)
      r.mistake("onsets",
                "a trial begins at " + short_number(onsets.back(), 6) + " s, after the run of " +
                    short_number(duration, 6) + " s");
    else
      onsets.pop_back();  // jitter moved it out
  }
  if (onsets.empty()) r.mistake(is_list ? "onsets" : "every", r.what() + " are none in a run");
  return onsets;
}

// Trials without onsets.
std::size_t read_count(Reader& r) {
  for (const char* key : {"onsets", "every", "start", "until", "jitter"})
    if (r.has(key)) {
      r.mistake(key,
                r.what() + " have a 'count', so they have no times",
                "remove 'count', or '" + std::string(key) + "'");
      r.any(key);
    }
  return static_cast<std::size_t>(r.optional_integer("count", {1, kMostTrials}).value_or(0));
}

// Each level as often as any other, but for the last few trials, in an order that is drawn.
std::vector<double> shuffled(const std::vector<double>& levels, std::size_t count, Stream stream) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(levels[i % levels.size()]);
  for (std::size_t i = count; i > 1; --i) std::swap(values[i - 1], values[stream.below(i)]);
  return values;
}

std::vector<double> read_numbers(Reader& r, const std::string& key) {
  std::vector<double> numbers;
  for (const Node& item : r.list(key).items())
    if (const auto number = config::read_quantity(item,
                                                  "an item of '" + key + "' of " + r.what(),
                                                  Dimension::none,
                                                  config::any_number,
                                                  r.mistakes()))
      numbers.push_back(*number);
  return numbers;
}

dataset::TrialColumn read_column(const Entry& entry,
                                 std::size_t count,
                                 std::uint64_t seed,
                                 Mistakes& mistakes) {
  dataset::TrialColumn column;
  column.name = entry.key;
  Reader r(entry.value, "column '" + entry.key + "'", mistakes);
  Stream stream(seed, "simulate/trials/" + entry.key);
  if (!architecture::detail::is_name(entry.key) || entry.key == "onset" ||
      entry.key == "response" || entry.key == "response_time")
    mistakes.add(entry.key_place,
                 "a column cannot be named '" + entry.key + "'",
                 "use letters, digits, '_', '-' and '+'; onsets, responses and their times have "
                 "columns of their own");
  if (entry.value.is_map() && r.has("levels") == r.has("uniform")) {
    mistakes.add(entry.key_place,
                 r.what() + " needs one of 'levels' and 'uniform', got " +
                     (r.has("levels") ? "both" : "none"),
                 "for example {levels: [-0.4, 0.4]} or {uniform: [0, 1]}");
    return column;
  }
  const std::string key = r.has("levels") ? "levels" : "uniform";
  const std::vector<double> numbers = read_numbers(r, key);
  r.finish();
  if (key == "levels" && numbers.empty() && r.node()[key].is_list() &&
      r.node()[key].items().empty())
    r.mistake(key, "'levels' of " + r.what() + " is empty, expected at least one number");
  if (key == "levels" && !numbers.empty()) column.value = shuffled(numbers, count, stream);
  if (key == "uniform") {
    if (numbers.size() != 2 || !(numbers[0] < numbers[1])) {
      r.mistake(key, "'uniform' of " + r.what() + " must be [low, high], low below high");
      return column;
    }
    for (std::size_t i = 0; i < count; ++i)
      column.value.push_back(numbers[0] + (numbers[1] - numbers[0]) * stream.uniform());
  }
  return column;
}

// What is learned, and about what, are columns of the trials.
void check_learner(const SimulatedTrials& trials,
                   const architecture::Learner& learner,
                   Mistakes& mistakes) {
  std::vector<std::string> names;
  for (const dataset::TrialColumn& column : trials.columns) names.push_back(column.name);
  const auto check = [&](const std::string& called, const Place& place, bool is_whole) {
    const auto found = std::ranges::find(trials.columns, called, &dataset::TrialColumn::name);
    if (found == trials.columns.end()) {
      mistakes.add(place,
                   "'trials' of the simulation have no column '" + called + "'",
                   name_hint(called, names, "there are"));
      return;
    }
    const auto is_right = [&](double x) {
      return is_whole ? x >= 0 && x == std::floor(x) : x == 0 || x == 1;
    };
    if ((is_whole || learner.kind->binary_outcome) && !std::ranges::all_of(found->value, is_right))
      mistakes.add(place,
                   "column '" + called + "' must hold " +
                       (is_whole ? "whole numbers: it is a cue" : "0 and 1: it is the outcome") +
                       " of learner '" + learner.name + "'");
  };
  if (!learner.table.empty() && learner.table != "trials")
    mistakes.add(
        learner.place,
        "a simulation has one table of trials, called 'trials', not '" + learner.table + "'");
  check(learner.outcome, learner.outcome_place, false);
  if (!learner.cue.empty()) check(learner.cue, learner.cue_place, true);
}

// Without a time axis inputs are columns.
void check_held_inputs(const SimulatedTrials& trials,
                       const architecture::Architecture& a,
                       Mistakes& mistakes) {
  std::vector<std::string> names;
  for (const dataset::TrialColumn& column : trials.columns) names.push_back(column.name);
  for (const architecture::Input& input : a.inputs) {
    const bool is_there = std::ranges::find(names, input.name) != names.end();
    if (input.learned && is_there)
      mistakes.add(input.place,
                   "input '" + input.name + "' holds '" + to_text(a, input.learned->signal) +
                       "', but 'trials' of the simulation have a column of that name",
                   "give one of them another name");
    if (input.learned || is_there) continue;
    mistakes.add(input.place,
                 "'trials' of the simulation have no column '" + input.name +
                     "', which is an input where trials have no onsets",
                 name_hint(input.name, names, "there are"));
  }
}

void check_terms(const SimulatedTrials& trials, const TrialObservation& o, Mistakes& mistakes) {
  std::vector<std::string> names;
  for (const dataset::TrialColumn& column : trials.columns) names.push_back(column.name);
  for (const architecture::Predictor& predictor : o.predictors)
    for (const architecture::Term& term : predictor.terms)
      for (const std::string& factor : term.factors)
        if (std::ranges::find(names, factor) == names.end())
          mistakes.add(term.place,
                       "'trials' of the simulation have no column '" + factor + "'",
                       name_hint(factor, names, "there are"));
  if (!o.table.empty() && o.table != "trials")
    mistakes.add(o.place,
                 "a simulation has one table of trials, called 'trials', not '" + o.table + "'");
}

}  // namespace

SimulatedTrials read_simulated_trials(const Node& node,
                                      double duration,
                                      std::uint64_t seed,
                                      Mistakes& mistakes) {
  SimulatedTrials trials;
  if (node.is_missing()) return trials;
  Reader r(node, "'trials'", mistakes);
  if (r.has("count")) {
    trials.count = read_count(r);
  } else {
    trials.onset = read_onsets(r, duration, seed);
    trials.count = trials.onset.size();
  }
  trials.missing = r.optional_number("missing", {0, 1, false, true}).value_or(0);
  for (const Entry& entry : r.optional_map("columns").entries())
    trials.columns.push_back(read_column(entry, trials.count, seed, mistakes));
  r.finish();
  return trials;
}

void check_simulated_trials(const SimulatedTrials& trials,
                            const architecture::Architecture& a,
                            Mistakes& mistakes) {
  std::set<std::string> answered;
  if (trials.count > 0 && trials.onset.empty()) check_held_inputs(trials, a, mistakes);
  if (trials.count > 0)
    for (const architecture::Learner& learner : a.learners)
      check_learner(trials, learner, mistakes);
  for (const TrialObservation& o : a.trials) {
    if (trials.count == 0) {
      mistakes.add(o.place,
                   "'" + o.name + "' is of trials, and the simulation has none",
                   "for example 'trials: {every: 10 s}'");
      continue;
    }
    check_terms(trials, o, mistakes);
    if (trials.onset.empty() && o.window != architecture::Window{})
      mistakes.add(o.place,
                   "'" + o.name + "' has a window, but the trials have no onsets",
                   "remove 'window', or write 'every' in the place of 'count'");
    if (o.kind->needs_value &&
        std::ranges::find(trials.columns, o.value, &dataset::TrialColumn::name) !=
            trials.columns.end())
      mistakes.add(o.place,
                   "'" + o.value + "' is a column of the trials, and '" + o.name + "' draws it",
                   "leave the column out");
    if (o.has_window() && o.window.lock == architecture::Window::Lock::response)
      mistakes.add(o.place,
                   "the window of '" + o.name +
                       "' is locked to the response, and in a simulation nobody has answered yet",
                   "lock it to the onset");
    const auto answers = [&](bool needs, const std::string& what) {
      if (needs && !answered.insert(what).second)
        mistakes.add(o.place, "two observations of trials make the " + what + " of one trial");
    };
    answers(o.kind->needs_choice, "response");
    answers(o.kind->needs_time, "response time");
    answers(o.kind->needs_value, "value '" + o.value + "'");
  }
}

void check_simulated_signals(const SimulatedTrials& trials,
                             double duration,
                             const architecture::Architecture& a,
                             Mistakes& mistakes) {
  for (const architecture::Input& input : a.inputs) {
    if (!input.learned) continue;
    const auto is_outside = [&](double onset) {
      return onset + input.learned->from < 0 || onset + input.learned->from >= duration;
    };
    const auto outside = std::ranges::find_if(trials.onset, is_outside);
    const bool is_static = trials.count > 0 && trials.onset.empty();
    if (is_static && *input.learned != architecture::SignalStretch{input.learned->signal})
      mistakes.add(input.place,
                   "input '" + input.name + "' says when in a trial it holds '" +
                       to_text(a, input.learned->signal) + "', but the trials have no onsets",
                   "remove 'locked_to', 'from' and 'to', or write 'every' in the place of 'count'");
    else if (is_static)
      continue;
    else if (trials.onset.empty())
      mistakes.add(
          input.place,
          "input '" + input.name + "' holds what is learned in trials, and the simulation has none",
          "for example 'trials: {every: 10 s}'");
    else if (input.learned->lock == architecture::Window::Lock::response)
      mistakes.add(input.place,
                   "input '" + input.name +
                       "' is locked to the response, and in a simulation nobody has answered yet",
                   "lock it to the onset");
    else if (duration > 0 && outside != trials.onset.end())
      mistakes.add(input.place,
                   "input '" + input.name + "' begins to hold its signal at " +
                       short_number(*outside + input.learned->from, 6) + " s in trial " +
                       std::to_string(outside - trials.onset.begin() + 1) +
                       ", but the run goes from 0 s to " + short_number(duration, 6) + " s",
                   "change 'from', or when trials begin");
  }
}

dataset::Trials trial_table(const SimulatedTrials& trials, const architecture::Architecture& a) {
  dataset::Trials table;
  table.name = "trials";
  table.onset = trials.onset;
  table.columns = trials.columns;
  table.exclusion.assign(trials.count, dataset::kInUse);
  for (const TrialObservation& o : a.trials) {
    if (o.kind->needs_choice) {
      table.responses = o.options.empty() ? std::vector<std::string>{"lower", "upper"} : o.options;
      table.response.assign(trials.count, dataset::kMissing);
    }
    if (o.kind->needs_time) table.response_time.assign(trials.count, kNaN);
    if (o.kind->needs_value)
      table.columns.push_back({o.value, "1", std::vector<double>(trials.count, kNaN), {}});
  }
  return table;
}

void answer(const TrialObservation& o,
            const Eigen::MatrixXd& natural,
            const std::vector<char>& is_whole,
            double missing,
            Stream stream,
            dataset::Trials& table) {
  std::vector<double> one(static_cast<std::size_t>(natural.cols()));
  for (std::size_t i = 0; i < table.size(); ++i) {
    const bool is_lost = missing > 0 && stream.uniform() < missing;
    for (std::size_t k = 0; k < one.size(); ++k)
      one[k] = natural(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k));
    const TrialDatum datum = o.kind->draw(one, stream);
    if (is_lost || !is_whole[i]) continue;
    if (o.kind->needs_choice) table.response[i] = static_cast<int>(datum.choice);
    if (o.kind->needs_time) table.response_time[i] = datum.time;
    if (!o.kind->needs_value) continue;
    std::ranges::find(table.columns, o.value, &dataset::TrialColumn::name)->value[i] = datum.value;
  }
}

}  // namespace insula::experiment::detail

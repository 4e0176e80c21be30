// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/events.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/numerics/statistics.h"

namespace insula::experiment {
namespace {

constexpr std::size_t kFewestEvents = 3;
constexpr std::size_t kFewestLevels = 2, kMostLevels = 4;
constexpr double kSameOnset = 1e-6;  // s

// What tells trials apart: the levels of a factor or the few numbers of a column.
struct Condition {
  std::string name;
  std::vector<int> levels;      // of a factor: indices
  std::vector<double> numbers;  // of a column
};

template <class Visit>
void each_table(const Experiment& e, const std::string& name, Visit visit) {
  for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s)
    for (std::size_t r = 0; r < e.dataset.subjects[s].runs.size(); ++r)
      if (const dataset::Trials* t = e.dataset.subjects[s].runs[r].trial_table(name))
        visit(s, r, *t);
}

template <class Values>
bool are_few(const Values& values) {
  return values.size() >= kFewestLevels && values.size() <= kMostLevels;
}

std::vector<Condition> conditions_of(const Experiment& e, const std::string& table) {
  std::vector<std::string> factors, columns;
  each_table(e, table, [&](std::size_t, std::size_t, const dataset::Trials& t) {
    if (!factors.empty() || !columns.empty()) return;  // all tables of a name have the same ones
    for (const dataset::TrialFactor& f : t.factors) factors.push_back(f.name);
    for (const dataset::TrialColumn& c : t.columns) columns.push_back(c.name);
  });
  std::vector<Condition> all;
  for (const std::string& name : factors) {
    std::set<int> levels;
    each_table(e, table, [&](std::size_t, std::size_t, const dataset::Trials& t) {
      if (const dataset::TrialFactor* f = t.factor(name))
        for (const std::size_t i : t.in_use())
          if (f->value[i] != dataset::kMissing) levels.insert(f->value[i]);
    });
    if (are_few(levels)) all.push_back({name, {levels.begin(), levels.end()}, {}});
  }
  for (const std::string& name : columns) {
    std::set<double> numbers;
    each_table(e, table, [&](std::size_t, std::size_t, const dataset::Trials& t) {
      if (const dataset::TrialColumn* c = t.column(name))
        for (const std::size_t i : t.in_use())
          if (std::isfinite(c->value[i]) && numbers.size() <= kMostLevels)
            numbers.insert(c->value[i]);
    });
    if (are_few(numbers)) all.push_back({name, {}, {numbers.begin(), numbers.end()}});
  }
  return all;
}

std::vector<std::vector<Events::OfRun>> no_events(const Experiment& e) {
  std::vector<std::vector<Events::OfRun>> runs;
  for (const dataset::Subject& subject : e.dataset.subjects) runs.emplace_back(subject.runs.size());
  return runs;
}

// Which of these trials have each level of the conditions.
std::vector<std::vector<char>> memberships(const dataset::Trials& trials,
                                           const std::vector<std::size_t>& of,
                                           const std::vector<Condition>& conditions) {
  std::vector<std::vector<char>> has;
  for (const Condition& c : conditions) {
    const dataset::TrialFactor* factor = trials.factor(c.name);
    const dataset::TrialColumn* column = trials.column(c.name);
    for (const int level : c.levels) {
      has.emplace_back();
      for (const std::size_t i : of) has.back().push_back(factor && factor->value[i] == level);
    }
    for (const double number : c.numbers) {
      has.emplace_back();
      for (const std::size_t i : of) has.back().push_back(column && column->value[i] == number);
    }
  }
  return has;
}

double median_or(std::vector<double> values, double otherwise) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  return values.empty() ? otherwise : numerics::quantile(std::move(values), 0.5);
}

std::vector<std::string> level_names(const Experiment& e,
                                     const std::string& table,
                                     const std::vector<Condition>& conditions) {
  std::vector<std::string> names;
  const dataset::Trials* first = nullptr;
  each_table(e, table, [&](std::size_t, std::size_t, const dataset::Trials& t) {
    if (first == nullptr) first = &t;
  });
  for (const Condition& c : conditions) {
    for (const int level : c.levels)
      names.push_back(c.name + "." +
                      first->factor(c.name)->levels[static_cast<std::size_t>(level)]);
    for (const double number : c.numbers) names.push_back(c.name + " = " + short_number(number, 4));
  }
  return names;
}

Events of_trials(const Experiment& e, const std::string& table) {
  const std::vector<Condition> conditions = conditions_of(e, table);
  Events events{table, level_names(e, table, conditions), no_events(e)};
  std::vector<double> lasting;
  each_table(e, table, [&](std::size_t s, std::size_t r, const dataset::Trials& t) {
    if (t.onset.empty()) return;
    std::vector<std::size_t> trials = t.in_use();
    std::erase_if(trials, [&](std::size_t i) { return !std::isfinite(t.onset[i]); });
    Events::OfRun& run = events.runs[s][r];
    for (const std::size_t i : trials) {
      run.onset.push_back(t.onset[i]);
      if (!t.duration.empty()) lasting.push_back(t.duration[i]);
    }
    run.has = memberships(t, trials, conditions);
  });
  events.lasts = median_or(std::move(lasting), 0);
  return events;
}

Events of_input(const Experiment& e, const std::string& input) {
  Events events{input, {}, no_events(e)};
  std::vector<double> lasting;
  for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s)
    for (std::size_t r = 0; r < e.dataset.subjects[s].runs.size(); ++r) {
      const dataset::Run& run = e.dataset.subjects[s].runs[r];
      const dataset::StepSignal* signal = run.input(input);
      if (signal == nullptr) continue;
      double begun = kNaN;  // it is at 0
      const auto end = [&](double at) {
        if (!std::isnan(begun)) lasting.push_back(at - begun);
        begun = kNaN;
      };
      for (std::size_t k = 0; k < signal->onset.size(); ++k) {
        if (signal->value[k] == 0) end(signal->onset[k]);
        if (signal->value[k] == 0 || !std::isnan(begun)) continue;
        begun = signal->onset[k];
        events.runs[s][r].onset.push_back(begun);
      }
      end(run.duration);
    }
  events.lasts = median_or(std::move(lasting), 0);
  return events;
}

std::size_t count_of(const Events& events) {
  std::size_t count = 0;
  for (const auto& subject : events.runs)
    for (const Events::OfRun& run : subject) count += run.onset.size();
  return count;
}

bool begin_together(const Events& a, const Events& b) {
  for (std::size_t s = 0; s < a.runs.size(); ++s)
    for (std::size_t r = 0; r < a.runs[s].size(); ++r)
      if (!std::ranges::equal(a.runs[s][r].onset, b.runs[s][r].onset, [](double x, double y) {
            return std::abs(x - y) < kSameOnset;
          }))
        return false;
  return true;
}

void add_events(Events events, std::vector<Events>& all) {
  if (count_of(events) < kFewestEvents) return;
  for (const Events& other : all)
    if (begin_together(events, other)) return;
  std::vector<double> between;
  for (const auto& subject : events.runs)
    for (const Events::OfRun& run : subject)
      for (std::size_t i = 1; i < run.onset.size(); ++i)
        between.push_back(run.onset[i] - run.onset[i - 1]);
  events.interval = median_or(std::move(between), std::numeric_limits<double>::infinity());
  all.push_back(std::move(events));
}

}  // namespace

std::vector<Events> events_of(const Experiment& e) {
  std::vector<Events> all;
  if (!has_time(e)) return all;
  for (const std::string& table : e.dataset.trial_table_names())
    add_events(of_trials(e, table), all);
  std::vector<std::string> inputs;
  for (const Hypothesis& h : e.hypotheses)
    for (const architecture::Input& input : h.architecture.inputs)
      if (!input.band && std::ranges::find(inputs, input.name) == inputs.end())
        inputs.push_back(input.name);
  for (const std::string& input : inputs) add_events(of_input(e, input), all);
  return all;
}

}  // namespace insula::experiment

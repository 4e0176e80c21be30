// SPDX-License-Identifier: Apache-2.0
// Checks of what the trials of a subject and of all subjects hold.
#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "framework/base/text.h"
#include "framework/dataset/detail/integrity.h"
#include "framework/dataset/detail/trial_checks.h"

namespace insula::dataset::detail {
namespace {

using Severity = Finding::Severity;

constexpr double kShareToWarn = 0.2;
// A decision that takes longer than the first or less than the second is in another unit.
constexpr double kSlowestResponse = 60;    // s
constexpr double kFastestResponse = 0.02;  // s
constexpr std::size_t kMostIdsShown = 5;

std::string of_count(std::size_t part, std::size_t whole) {
  return std::to_string(part) + " of " + std::to_string(whole);
}

// "in all 38 subjects", "in subject 's01'", "in 3 of 38 subjects: 1, 2 and 7".
std::string in_subjects(const std::vector<std::string>& ids, const TableOfSubjects& table) {
  const std::size_t total = table.subjects.size();
  if (ids.size() == 1) return "in subject '" + ids[0] + "'";
  if (ids.size() == total) return "in all " + std::to_string(total) + " subjects";
  std::vector<std::string> shown(
      ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), kMostIdsShown)));
  if (shown.size() < ids.size()) shown.emplace_back("others");
  return "in " + of_count(ids.size(), total) + " subjects: " + in_words(shown);
}

using Claim = std::function<bool(const SubjectTrials&)>;

std::vector<std::string> subjects_where(const TableOfSubjects& table, const Claim& claim) {
  std::vector<std::string> ids;
  for (const SubjectTrials& subject : table.subjects) {
    if (claim(subject)) ids.push_back(subject.id);
  }
  return ids;
}

// How many of some trials are of a kind, by subject.
struct Share {
  std::size_t part = 0, whole = 0;
};
using Counts = std::function<Share(const Trials&)>;

// One note for all subjects, and a warning for each that has more than kShareToWarn.
void check_share(const TableOfSubjects& table,
                 const std::string& check,
                 const std::string& verb,
                 const Counts& counts,
                 std::vector<Finding>& findings) {
  Share all;
  bool is_warned = false;
  for (const SubjectTrials& subject : table.subjects) {
    Share own;
    for (const Trials* run : subject.runs) {
      const Share share = counts(*run);
      own.part += share.part;
      own.whole += share.whole;
    }
    all.part += own.part;
    all.whole += own.whole;
    if (static_cast<double>(own.part) <= kShareToWarn * static_cast<double>(own.whole)) continue;
    is_warned = true;
    findings.push_back({Severity::warning,
                        check,
                        subject.id + "/" + table.name,
                        of_count(own.part, own.whole) + " trials " + verb});
  }
  const bool is_told = is_warned && table.subjects.size() == 1;
  if (all.part == 0 || is_told) return;
  findings.push_back(
      {Severity::note, check, table.name, of_count(all.part, all.whole) + " trials " + verb});
}

// The values that trials in use have in an array.
template <typename T, typename IsThere>
std::vector<T> values_in_use(const Trials& trials, const std::vector<T>& values, IsThere is_there) {
  std::vector<T> result;
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (trials.is_in_use(k) && is_there(values[k])) result.push_back(values[k]);
  }
  return result;
}

bool is_number(double value) { return !std::isnan(value); }
bool is_index(int value) { return value != kMissing; }

void check_exclusions(const TableOfSubjects& table, std::vector<Finding>& findings) {
  check_share(
      table,
      "trials_excluded",
      "are excluded",
      [](const Trials& t) {
        return Share{t.size() - t.count_in_use(), t.size()};
      },
      findings);
  const auto idle = subjects_where(table, [](const SubjectTrials& subject) {
    return std::ranges::none_of(subject.runs, [](const Trials* t) { return t->count_in_use(); });
  });
  if (!idle.empty()) {
    findings.push_back({Severity::error,
                        "no_trials_in_use",
                        table.name,
                        "no trial is in use " + in_subjects(idle, table)});
  }
  std::vector<std::string> reasons, applied;
  for (const SubjectTrials& subject : table.subjects) {
    for (const Trials* run : subject.runs) {
      for (std::size_t i = 0; i < run->reasons.size(); ++i) {
        const std::string& reason = run->reasons[i];
        if (std::ranges::find(reasons, reason) == reasons.end()) reasons.push_back(reason);
        if (run->count(static_cast<int>(i)) > 0) applied.push_back(reason);
      }
    }
  }
  for (const std::string& reason : reasons) {
    if (std::ranges::find(applied, reason) != applied.end()) continue;
    findings.push_back({Severity::note,
                        "exclusion_without_trials",
                        table.name,
                        "no trial is excluded as '" + reason + "'"});
  }
}

template <typename T, typename IsThere>
void check_missing(const TableOfSubjects& table,
                   const std::string& what,
                   const std::function<const std::vector<T>*(const Trials&)>& array,
                   IsThere is_there,
                   std::vector<Finding>& findings) {
  check_share(
      table,
      "trial_values_missing",
      "in use have no " + what,
      [&](const Trials& t) {
        const std::vector<T>* values = array(t);
        if (values == nullptr || values->empty()) return Share{};
        const std::size_t there = values_in_use(t, *values, is_there).size();
        return Share{t.count_in_use() - there, t.count_in_use()};
      },
      findings);
}

void check_responses(const TableOfSubjects& table, std::vector<Finding>& findings) {
  check_missing<int>(
      table, "response", [](const Trials& t) { return &t.response; }, is_index, findings);
  check_missing<double>(
      table,
      "response time",
      [](const Trials& t) { return &t.response_time; },
      is_number,
      findings);
  const auto single = subjects_where(table, [](const SubjectTrials& subject) {
    std::set<int> labels;
    for (const Trials* run : subject.runs) {
      for (const int label : values_in_use(*run, run->response, is_index)) labels.insert(label);
    }
    return labels.size() == 1;
  });
  if (!single.empty()) {
    findings.push_back({Severity::warning,
                        "one_response_only",
                        table.name,
                        "all responses are the same " + in_subjects(single, table)});
  }
}

void check_response_times(const TableOfSubjects& table, std::vector<Finding>& findings) {
  const auto report = [&](const std::string& message, const auto& is_odd) {
    const auto odd = subjects_where(table, [&](const SubjectTrials& subject) {
      std::size_t count = 0;
      for (const Trials* run : subject.runs) {
        const auto times = values_in_use(*run, run->response_time, is_number);
        count += times.size();
        if (!std::ranges::all_of(times, is_odd)) return false;
      }
      return count > 0;
    });
    if (odd.empty()) return;
    findings.push_back({Severity::warning,
                        "implausible_response_times",
                        table.name + "/response_time",
                        message + " " + in_subjects(odd, table)});
  };
  report("all response times are longer than 60 s, as if they were in ms,",
         [](double time) { return time > kSlowestResponse; });
  report("all response times are shorter than 20 ms, as if they were in s already,",
         [](double time) { return time < kFastestResponse; });
}

void check_column(const TableOfSubjects& table,
                  const std::string& name,
                  std::vector<Finding>& findings) {
  check_missing<double>(
      table,
      "'" + name + "'",
      [&](const Trials& t) {
        const TrialColumn* column = t.column(name);
        return column == nullptr ? nullptr : &column->value;
      },
      is_number,
      findings);
  std::set<double> all;
  const auto constant = subjects_where(table, [&](const SubjectTrials& subject) {
    std::set<double> own;
    std::size_t count = 0;
    for (const Trials* run : subject.runs) {
      const TrialColumn* column = run->column(name);
      if (column == nullptr) continue;
      for (const double value : values_in_use(*run, column->value, is_number)) {
        if (own.size() < 2) own.insert(value);
        ++count;
      }
    }
    if (all.size() < 2) all.insert(own.begin(), own.end());
    return own.size() == 1 && count > 1;
  });
  if (constant.empty()) return;
  // One value for each subject is a covariate, not a mistake.
  if (all.size() > 1 && constant.size() == table.subjects.size()) return;
  findings.push_back(
      {all.size() == 1 ? Severity::warning : Severity::note,
       "constant_trial_column",
       table.name + "/" + name,
       "the value is the same in all trials in use " + in_subjects(constant, table)});
}

void check_factor(const TableOfSubjects& table,
                  const TrialFactor& factor,
                  std::vector<Finding>& findings) {
  for (std::size_t level = 0; level < factor.levels.size(); ++level) {
    const auto absent = subjects_where(table, [&](const SubjectTrials& subject) {
      return std::ranges::none_of(subject.runs, [&](const Trials* run) {
        const TrialFactor* own = run->factor(factor.name);
        if (own == nullptr) return false;
        const auto values = values_in_use(*run, own->value, is_index);
        return std::ranges::find(values, static_cast<int>(level)) != values.end();
      });
    });
    if (absent.empty()) continue;
    findings.push_back({Severity::warning,
                        "level_without_trials",
                        table.name + "/" + factor.name,
                        "the level '" + factor.levels[level] + "' has no trial in use " +
                            in_subjects(absent, table)});
  }
}

}  // namespace

void check_trials(const Dataset& dataset, std::vector<Finding>& findings) {
  for (const std::string& name : dataset.trial_table_names()) {
    const TableOfSubjects table = table_of_subjects(dataset, name);
    check_exclusions(table, findings);
    check_responses(table, findings);
    check_response_times(table, findings);
    for (const std::string& column : table.columns) check_column(table, column, findings);
    for (const TrialFactor* factor : table.factors) check_factor(table, *factor, findings);
    check_trial_times(table, findings);
    check_trial_counts(table, findings);
    check_trial_columns(table, findings);
  }
}

}  // namespace insula::dataset::detail

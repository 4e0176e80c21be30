// SPDX-License-Identifier: Apache-2.0
// Checks of the trials of one run against its time, against each other and against other runs.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>

#include "framework/base/text.h"
#include "framework/dataset/detail/trial_checks.h"
#include "framework/dataset/step_signal.h"

namespace insula::dataset::detail {
namespace {

using Severity = Finding::Severity;

std::string of_trials(std::size_t count, const Trials& trials) {
  return std::to_string(count) + " of " + std::to_string(trials.count_in_use()) + " trials in use";
}

template <typename Claim>
std::size_t count_in_use_where(const Trials& trials, Claim claim) {
  std::size_t count = 0;
  for (std::size_t k = 0; k < trials.size(); ++k) count += trials.is_in_use(k) && claim(k) ? 1 : 0;
  return count;
}

void check_ends(const Trials& trials,
                double duration,
                const std::string& where,
                std::vector<Finding>& findings) {
  const auto time_of = [](const std::vector<double>& times, std::size_t k) {
    return times.empty() ? std::nan("") : times[k];
  };
  // A comparison with a missing time is false.
  const auto ends_late = [&](const std::vector<double>& lasting) {
    return count_in_use_where(trials, [&](std::size_t k) {
      return duration > 0 && time_of(trials.onset, k) + time_of(lasting, k) > duration + kSameTime;
    });
  };
  if (const std::size_t late = ends_late(trials.duration)) {
    findings.push_back({Severity::warning,
                        "trial_after_run",
                        where,
                        of_trials(late, trials) + " end after the run, which lasts " +
                            short_number(duration, 6) + " s"});
  }
  if (const std::size_t late = ends_late(trials.response_time)) {
    findings.push_back({Severity::warning,
                        "response_after_run",
                        where,
                        of_trials(late, trials) + " have a response after the end of the run"});
  }
  const std::size_t after_trial = count_in_use_where(trials, [&](std::size_t k) {
    return time_of(trials.response_time, k) > time_of(trials.duration, k) + kSameTime;
  });
  if (after_trial > 0) {
    findings.push_back({Severity::note,
                        "response_after_trial",
                        where,
                        of_trials(after_trial, trials) + " have a response after the trial's end"});
  }
}

// All that is known of a trial; missing values are equal to each other.
std::vector<std::uint64_t> content(const Trials& trials, std::size_t k) {
  std::vector<std::uint64_t> bits;
  const auto add = [&](double value) {
    bits.push_back(std::isnan(value) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(value));
  };
  for (const auto* times : {&trials.onset, &trials.duration, &trials.response_time}) {
    if (!times->empty()) add((*times)[k]);
  }
  if (!trials.response.empty()) add(trials.response[k]);
  for (const TrialColumn& column : trials.columns) add(column.value[k]);
  for (const TrialFactor& factor : trials.factors) add(factor.value[k]);
  return bits;
}

bool has_time(const std::vector<double>& times, std::size_t k) {
  return !times.empty() && !std::isnan(times[k]);
}

// No two trials have the same onset. Without onsets the same stimulus may well have the same
// response after the same time, rounded as it is, but hardly twice in a row: 11,272 real trials in
// runs of 25 with times to 0.1 ms hold four such trials and no such pair.
void check_duplicates(const Trials& trials,
                      const std::string& where,
                      std::vector<Finding>& findings) {
  const bool has_onsets = !trials.onset.empty();
  std::set<std::vector<std::uint64_t>> seen;
  const std::size_t twice = count_in_use_where(trials, [&](std::size_t k) {
    std::vector<std::uint64_t> bits = content(trials, k);
    if (has_onsets) return has_time(trials.onset, k) && !seen.insert(std::move(bits)).second;
    const std::size_t next = k + 1;
    if (next == trials.size() || !has_time(trials.response_time, k)) return false;
    if (!trials.is_in_use(next) || !has_time(trials.response_time, next)) return false;
    const std::vector<std::uint64_t> more = content(trials, next);
    bits.insert(bits.end(), more.begin(), more.end());
    return !seen.insert(std::move(bits)).second;
  });
  if (twice == 0) return;
  findings.push_back({Severity::warning,
                      "duplicate_trials",
                      where,
                      of_trials(twice, trials) +
                          (has_onsets ? " equal an earlier trial in all that is read"
                                      : " equal, with the trial after them, an earlier pair in all "
                                        "that is read")});
}

}  // namespace

TableOfSubjects table_of_subjects(const Dataset& dataset, const std::string& name) {
  TableOfSubjects table{name, {}, {}, {}};
  std::set<std::string> seen;
  for (const Subject& subject : dataset.subjects) {
    SubjectTrials own{subject.id, {}, {}};
    for (const Run& run : subject.runs) {
      const Trials* trials = run.trial_table(name);
      if (trials == nullptr) continue;
      own.runs.push_back(trials);
      own.in.push_back(&run);
      for (const TrialColumn& column : trials->columns) {
        if (seen.insert(column.name).second) table.columns.push_back(column.name);
      }
      for (const TrialFactor& factor : trials->factors) {
        if (seen.insert(factor.name).second) table.factors.push_back(&factor);
      }
    }
    if (!own.runs.empty()) table.subjects.push_back(std::move(own));
  }
  return table;
}

void check_trial_times(const TableOfSubjects& table, std::vector<Finding>& findings) {
  for (const SubjectTrials& subject : table.subjects) {
    for (std::size_t r = 0; r < subject.runs.size(); ++r) {
      const std::string where = subject.id + "/" + subject.in[r]->id + "/" + table.name;
      check_ends(*subject.runs[r], subject.in[r]->duration, where, findings);
      check_duplicates(*subject.runs[r], where, findings);
    }
  }
}

void check_trial_counts(const TableOfSubjects& table, std::vector<Finding>& findings) {
  constexpr std::size_t kFewRuns = 4;
  constexpr double kMostOfThem = 0.9;
  std::map<std::size_t, std::size_t> runs_of;  // by their number of trials
  std::size_t all = 0;
  for (const SubjectTrials& subject : table.subjects)
    for (const Trials* run : subject.runs) {
      ++runs_of[run->size()];
      ++all;
    }
  if (all < kFewRuns) return;
  const auto usual = std::ranges::max_element(runs_of, {}, [](const auto& e) { return e.second; });
  if (static_cast<double>(usual->second) < kMostOfThem * static_cast<double>(all)) return;
  for (const SubjectTrials& subject : table.subjects)
    for (std::size_t r = 0; r < subject.runs.size(); ++r) {
      const std::size_t count = subject.runs[r]->size();
      if (count == usual->first) continue;
      findings.push_back({Severity::warning,
                          "trial_counts_differ",
                          subject.id + "/" + subject.in[r]->id + "/" + table.name,
                          std::to_string(count) + (count == 1 ? " trial is" : " trials are") +
                              " there, but " + std::to_string(usual->second) + " of " +
                              std::to_string(all) + " runs have " + std::to_string(usual->first)});
    }
}

void check_trial_columns(const TableOfSubjects& table, std::vector<Finding>& findings) {
  for (const SubjectTrials& subject : table.subjects) {
    for (std::size_t r = 0; r < subject.runs.size(); ++r) {
      std::vector<std::string> absent;
      for (const std::string& name : table.columns) {
        if (subject.runs[r]->column(name) == nullptr) absent.push_back("'" + name + "'");
      }
      for (const TrialFactor* factor : table.factors) {
        if (subject.runs[r]->factor(factor->name) == nullptr)
          absent.push_back("'" + factor->name + "'");
      }
      if (absent.empty()) continue;
      findings.push_back({Severity::warning,
                          "different_trial_columns_between_runs",
                          subject.id + "/" + subject.in[r]->id + "/" + table.name,
                          "the table lacks " + in_words(absent) + ", which other runs have"});
    }
  }
}

}  // namespace insula::dataset::detail

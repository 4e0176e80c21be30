// SPDX-License-Identifier: Apache-2.0
#include "framework/command/trial_pages.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "framework/architecture/detail/text_table.h"
#include "framework/base/text.h"

namespace insula::command {
namespace {

using dataset::Trials;
using Rows = std::vector<std::vector<std::string>>;

// Longer lists of levels are counted.
constexpr std::size_t kMostLevelsShown = 6;

// One table over all runs.
struct Summary {
  std::size_t subjects = 0, runs = 0, trials = 0, in_use = 0, answered = 0;
  std::vector<std::string> responses;
  std::vector<std::size_t> given;  // one a response
  std::vector<double> times;
  std::vector<std::string> columns, factors;
  std::vector<std::string> reasons;
  std::map<std::string, std::size_t> excluded;
};

void add_name(const std::string& name, std::vector<std::string>& names) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

void add_values(const Trials& trials, Summary& summary) {
  summary.responses = trials.responses;
  summary.given.resize(trials.responses.size());
  for (const std::size_t k : trials.in_use()) {
    if (!trials.response.empty() && trials.response[k] != dataset::kMissing) {
      ++summary.given[static_cast<std::size_t>(trials.response[k])];
      ++summary.answered;
    }
    if (!trials.response_time.empty() && !std::isnan(trials.response_time[k])) {
      summary.times.push_back(trials.response_time[k]);
    }
  }
}

void add(const Trials& trials, Summary& summary) {
  ++summary.runs;
  summary.trials += trials.size();
  summary.in_use += trials.count_in_use();
  add_values(trials, summary);
  for (const dataset::TrialColumn& column : trials.columns) {
    add_name(column.name + (column.unit == "1" ? "" : " (" + column.unit + ")"), summary.columns);
  }
  for (const dataset::TrialFactor& factor : trials.factors) {
    const std::size_t count = factor.levels.size();
    add_name(factor.name + " (" +
                 (count > kMostLevelsShown ? std::to_string(count) + " levels"
                                           : join(factor.levels, ", ")) +
                 ")",
             summary.factors);
  }
  for (std::size_t i = 0; i < trials.reasons.size(); ++i) {
    add_name(trials.reasons[i], summary.reasons);
    summary.excluded[trials.reasons[i]] += trials.count(static_cast<int>(i));
  }
}

Summary summary_of(const dataset::Dataset& data, const std::string& table) {
  Summary summary;
  for (const dataset::Subject& subject : data.subjects) {
    bool has_table = false;
    for (const dataset::Run& run : subject.runs) {
      const Trials* trials = run.trial_table(table);
      if (trials == nullptr) continue;
      has_table = true;
      add(*trials, summary);
    }
    summary.subjects += has_table ? 1 : 0;
  }
  return summary;
}

// "face 46 %, scene 54 %" of the trials with a response.
std::string shares(const Summary& summary) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < summary.responses.size(); ++i) {
    const double share =
        100 * static_cast<double>(summary.given[i]) / static_cast<double>(summary.answered);
    parts.push_back(summary.responses[i] +
                    (summary.answered == 0 ? "" : " " + short_number(share) + " %"));
  }
  return join(parts, ", ");
}

std::string median(std::vector<double> times) {
  if (times.empty()) return "";
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  const double above = *middle;
  if (times.size() % 2 == 1) return short_number(above) + " s";
  return short_number((above + *std::max_element(times.begin(), middle)) / 2) + " s";
}

}  // namespace

std::string trial_tables(const dataset::Dataset& data) {
  Rows tables{{"table", "subjects", "runs", "trials", "in use", "responses", "median time"}};
  Rows columns{{"table", "columns", "factors"}}, excluded{{"table", "reason", "excluded"}};
  for (const std::string& name : data.trial_table_names()) {
    const Summary summary = summary_of(data, name);
    tables.push_back({name,
                      std::to_string(summary.subjects),
                      std::to_string(summary.runs),
                      std::to_string(summary.trials),
                      std::to_string(summary.in_use),
                      shares(summary),
                      median(summary.times)});
    if (!summary.columns.empty() || !summary.factors.empty()) {
      columns.push_back({name, join(summary.columns, ", "), join(summary.factors, ", ")});
    }
    for (const std::string& reason : summary.reasons) {
      excluded.push_back({name, reason, std::to_string(summary.excluded.at(reason))});
    }
  }
  if (tables.size() == 1) return "";
  std::string text = "\nTrials\n" + architecture::detail::text_table(tables);
  for (const Rows& rows : {columns, excluded}) {
    if (rows.size() > 1) text += "\n" + architecture::detail::text_table(rows);
  }
  return text;
}

}  // namespace insula::command

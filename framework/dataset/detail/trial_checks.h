// SPDX-License-Identifier: Apache-2.0
// A table of trials seen over all subjects, for its integrity checks.
#pragma once

#include <string>
#include <vector>

#include "framework/dataset/dataset.h"

namespace insula::dataset::detail {

struct SubjectTrials {
  std::string id;
  std::vector<const Trials*> runs;  // the table in each run that has it
  std::vector<const Run*> in;       // those runs
};

struct TableOfSubjects {
  std::string name;
  std::vector<SubjectTrials> subjects;  // those that have it
  std::vector<std::string> columns;     // that any run has, in order of first appearance
  std::vector<const TrialFactor*> factors;
};

TableOfSubjects table_of_subjects(const Dataset& dataset, const std::string& name);

/// Trials and responses that go on after their trial or run, and trials that are there twice.
void check_trial_times(const TableOfSubjects& table, std::vector<Finding>& findings);
/// Runs with another number of trials than most have.
void check_trial_counts(const TableOfSubjects& table, std::vector<Finding>& findings);
/// Runs that lack a column or factor which others have.
void check_trial_columns(const TableOfSubjects& table, std::vector<Finding>& findings);

}  // namespace insula::dataset::detail

// SPDX-License-Identifier: Apache-2.0
// A starting project for a dataset whose trials are answered: does a column matter to the answer?
#include <algorithm>

#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"
#include "framework/command/project.h"

namespace insula::command {
namespace {

using architecture::detail::is_name;
using architecture::detail::yaml_text;

std::string architecture_text(const std::string& comment,
                              const std::string& name,
                              const std::string& description,
                              const std::string& entry) {
  return "# " + comment + "\ninsula: architecture/1\nname: " + name +
         "\ndescription: " + description + "\nobservations:\n  decision: {" + entry + "}\n";
}

std::string column_of(const dataset::Trials& trials) {
  for (const dataset::TrialColumn& column : trials.columns)
    if (is_name(column.name) && yaml_text(column.name) == column.name) return column.name;
  return {};
}

}  // namespace

bool has_answered_trials(const dataset::Dataset& dataset) {
  const auto& tables = dataset.subjects.front().runs.front().trials;
  return std::ranges::any_of(tables, [](const dataset::Trials& trials) {
    return trials.responses.size() == 2 && !column_of(trials).empty();
  });
}

std::vector<ProjectFile> trial_project_of(const dataset::Dataset& dataset,
                                          const std::string& name,
                                          const std::string& path) {
  const auto& tables = dataset.subjects.front().runs.front().trials;
  const dataset::Trials& trials = *std::ranges::find_if(tables, [](const dataset::Trials& t) {
    return t.responses.size() == 2 && !column_of(t).empty();
  });
  const std::string column = column_of(trials);
  const bool is_timed = !trials.response_time.empty();
  const std::string table = tables.size() == 1 ? "" : ", trials: " + yaml_text(trials.name);
  const std::string kind = (is_timed ? "kind: ddm" : "kind: choice") + table;
  const std::string predictor = is_timed ? "drift" : "evidence";
  const std::string question = "Does " + column + " decide what is answered?";
  const bool has_group = dataset.subjects.size() > 1;
  return {
      {"indifferent.yaml",
       architecture_text("The plainest hypothesis: answers are the same in all trials.",
                         "indifferent",
                         "Nothing that varies over trials matters.",
                         kind)},
      {"informed.yaml",
       architecture_text(question,
                         "informed",
                         "The " + predictor + " follows " + column + ".",
                         kind + ", " + predictor + ": [" + column + "]")},
      {"experiment.yaml",
       "insula: experiment/1\nname: " + yaml_text(name) + "\ndataset: " + yaml_text(path) +
           "\nhypotheses: [indifferent.yaml, informed.yaml]\nbaselines: [logistic]\n" +
           (has_group ? "inference: {subjects: hierarchical}\n" : "") +
           "validation: {split: blocks, folds: 5}\nseed: 1\n"},
      {"README.md",
       "# " + name + "\n\n" + question +
           "\n\n```\ninsula check experiment.yaml\ninsula diff indifferent.yaml informed.yaml\n"
           "insula run experiment.yaml\n```\n\nThe last command writes `results/" +
           name +
           "`; open `report.html` there. The hypotheses are a start:\nedit them to say what you "
           "think, and add more. `insula describe " +
           (is_timed ? "ddm" : "choice") + "` lists what may depend on what.\n"}};
}

}  // namespace insula::command

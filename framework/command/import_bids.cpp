// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"
#include "framework/command/import_bids.h"
#include "framework/command/import_images.h"
#include "framework/command/manifest_words.h"
#include "framework/command/spm_names.h"

namespace insula::command {
namespace {

using architecture::detail::yaml_text;
using dataset::BidsColumn;
using dataset::BidsInput;
using dataset::BidsRun;
using dataset::BidsSeries;
using dataset::BidsSignal;
using dataset::BidsStudy;
using dataset::BidsTrials;

using Words = std::vector<std::string>;

// What the parts of the manifest share: names are the same in all runs.
class ManifestText {
 public:
  ManifestText(const BidsStudy& study, const std::string& folder) : study_(study), folder_(folder) {
    recordings_["bold"] = names_.take("bold", "bold");
    for (const auto& subject : study.subjects)
      for (const BidsRun& run : subject.runs)
        for (const BidsSignal& signal : run.signals)
          if (!recordings_.contains(signal.name))
            recordings_[signal.name] = names_.take(signal.name, "signal");
    for (const BidsInput& input : study.inputs)
      inputs_.push_back(names_.take(input.level.empty() ? "events" : input.level,
                                    name_from("type_" + input.level, "event")));
  }

  std::string whole() {
    const std::string title =
        study_.name.empty() ? "the BIDS dataset" : "'" + one_line(study_.name) + "'";
    std::string text = "# " + title + ", task '" + study_.task +
                       "', by `insula import bids`: its tables are read where they lie.\n" +
                       "insula: dataset/1\nname: " +
                       yaml_text(study_.name.empty() ? study_.task : one_line(study_.name)) + "\n";
    if (!study_.citation.empty())
      text += "citation: " + yaml_text(one_line(study_.citation)) + "\n";
    if (!study_.licence.empty()) text += "licence: " + yaml_text(one_line(study_.licence)) + "\n";
    text += participants() + "subjects:\n";
    for (const auto& subject : study_.subjects) {
      text += "  - id: " + yaml_text(subject.id) + "\n    runs:\n";
      for (const BidsRun& run : subject.runs) text += run_text(run, subject.id);
    }
    return text;
  }

  std::vector<ProjectFile> tables() const { return tables_; }
  const Words& inputs() const { return inputs_; }

 private:
  // As the manifest, in its folder, is to name the file.
  std::string path(const std::string& file) const { return path_from(folder_, file); }

  // {name: column}, or {name: {column: …, unit: …, levels: […]}}.
  static Words chosen(const std::vector<BidsColumn>& columns, FreeNames& names) {
    Words entries;
    for (const BidsColumn& column : columns) {
      Words keys{"column: " + yaml_text(column.name)};
      if (!column.unit.empty()) keys.push_back("unit: " + yaml_text(column.unit));
      if (!column.levels.empty()) keys.push_back("levels: " + flow_list(column.levels));
      entries.push_back(names.take(column.name, "column") + ": " +
                        (keys.size() == 1 ? yaml_text(column.name) : flow_map(keys)));
    }
    return entries;
  }

  std::string participants() const {
    const auto& table = study_.participants;
    if (table.file.empty()) return "";
    FreeNames names;
    std::string text = "participants:\n  file: " + path(table.file) + "\n";
    const Words columns = chosen(table.columns, names), factors = chosen(table.factors, names);
    if (!columns.empty()) text += "  columns: " + flow_map(columns) + "\n";
    if (!factors.empty()) text += "  factors: " + flow_map(factors) + "\n";
    return text;
  }

  std::string run_text(const BidsRun& run, const std::string& subject) {
    const std::string indent(8, ' ');
    std::string text = "      - id: " + yaml_text(run.id) + "\n";
    if (run.duration > 0) text += indent + "duration: " + in_seconds(run.duration) + "\n";
    const bool has_recordings = run.series || !run.signals.empty();
    if (has_recordings && !run.events.empty())
      text += indent + "inputs:\n" + inputs_text(run, indent + "  ");
    if (has_recordings) text += indent + "recordings:\n";
    if (run.series) text += series_text(*run.series, subject + "_" + run.id, indent + "  ");
    for (const BidsSignal& signal : run.signals) text += signal_text(signal, indent + "  ");
    if (!run.trials.empty()) text += indent + "trials:\n" + trials_text(run, indent + "  ");
    return text;
  }

  // A block for the types that the table gives durations, and one for each other duration.
  std::string inputs_text(const BidsRun& run, const std::string& indent) const {
    std::map<std::string, Words> levels;  // by the duration
    std::string text;
    for (std::size_t i = 0; i < study_.inputs.size(); ++i) {
      const BidsInput& input = study_.inputs[i];
      const std::string duration = input.duration ? in_seconds(*input.duration) : "";
      if (!input.level.empty() && run.has_types) {
        levels[duration].push_back(inputs_[i] + ": " + yaml_text(input.level));
      } else if (input.level.empty() && (!run.has_types || study_.inputs.size() == 1)) {
        text += indent + "- {events: " + path(run.events) + ", name: " + inputs_[i] +
                (duration.empty() ? "" : ", duration: " + duration) + "}\n";
      }
    }
    for (const auto& [duration, entries] : levels)
      text += indent + "- {events: " + path(run.events) +
              ", by: trial_type, levels: " + flow_map(entries) +
              (duration.empty() ? "" : ", duration: " + duration) + "}\n";
    return text;
  }

  std::string series_text(const BidsSeries& series, const std::string& run, const std::string& in) {
    const std::string deep = in + "  ";
    std::string file = path(series.file);
    if (series.image) {
      tables_.push_back({"bold_" + run + ".tsv", table_of(*series.image)});
      file = yaml_text(tables_.back().name);
    }
    std::string text = in + "bold:\n" + deep + "modality: bold\n" + deep + "file: " + file + "\n" +
                       deep + "interval: " + in_seconds(series.interval) + "\n";
    if (!series.regions.empty()) text += deep + "channels: " + flow_list(series.regions) + "\n";
    if (series.delay > 0) text += deep + "delay: " + in_seconds(series.delay) + "\n";
    if (series.is_raw) text += deep + "percent_of_mean: true\n";
    std::string confounds;
    if (!series.confounds.empty()) confounds = path(series.confounds);
    if (!series.confound_table.empty()) {
      tables_.push_back({"confounds_" + run + ".tsv", series.confound_table});
      confounds = yaml_text(tables_.back().name);
    }
    if (!confounds.empty())
      text += deep + "confounds: {file: " + confounds +
              ", columns: " + flow_list(series.confound_columns) + ", missing: censor}\n";
    if (!series.censoring.empty())
      text += deep + "censor: {file: " + path(series.censoring) +
              ", column: " + yaml_text(series.censoring_column) +
              ", unit: " + series.censoring_unit + ", above: " + number_text(series.censor_above) +
              " " + series.censoring_unit + "}\n";
    return text;
  }

  std::string signal_text(const BidsSignal& signal, const std::string& in) const {
    const std::string deep = in + "  ";
    std::string text = in + recordings_.at(signal.name) + ":\n" + deep +
                       "modality: " + yaml_text(signal.modality) + "\n" + deep +
                       "file: " + path(signal.file) + "\n";
    if (!signal.header.empty()) text += deep + "header: " + flow_list(signal.header) + "\n";
    text += deep + "interval: " + in_seconds(signal.interval) + "\n" + deep +
            "start: " + in_seconds(signal.start) + "\n";
    if (!signal.unit.empty()) text += deep + "unit: " + yaml_text(signal.unit) + "\n";
    text += deep + "channels: " + flow_list({signal.column}) + "\n" + deep;
    return text + (signal.bin > 0 ? "bin: " + in_seconds(signal.bin) : "cut: true") + "\n";
  }

  std::string trials_text(const BidsRun& run, const std::string& in) const {
    const BidsTrials& trials = study_.trials;
    std::string text = in + "file: " + path(run.trials) + "\n";
    if (trials.has_onset) text += in + "onset: onset\n";
    if (trials.has_duration) text += in + "duration: duration\n";
    if (!trials.response.empty())
      text += in + "response: " + yaml_text(trials.response) + "\n" + in +
              "responses: " + flow_list(trials.responses) + "\n";
    if (!trials.response_time.empty())
      text += in + "response_time: {column: " + yaml_text(trials.response_time) +
              ", unit: " + yaml_text(trials.time_unit) + "}\n";
    if (!trials.stimulus.empty()) text += in + "stimulus: " + yaml_text(trials.stimulus) + "\n";
    FreeNames names;
    const Words columns = chosen(trials.columns, names), factors = chosen(trials.factors, names);
    if (!columns.empty()) text += in + "columns: " + flow_map(columns) + "\n";
    if (!factors.empty()) text += in + "factors: " + flow_map(factors) + "\n";
    const Words rules = rules_of(run);
    if (!rules.empty()) text += in + "exclude:\n";
    for (const std::string& rule : rules) text += in + "  - " + rule + "\n";
    return text;
  }

  Words rules_of(const BidsRun& run) const {
    const BidsTrials& trials = study_.trials;
    Words rules;
    if (run.starts_before) rules.push_back("{column: onset, below: 0 s, reason: before the run}");
    if (run.ends_after)
      rules.push_back("{column: onset, above: " + in_seconds(run.last) +
                      ", reason: after the run}");
    const bool has_types = run.trials == run.events && run.has_types;
    if (has_types && !trials.unanswered.empty())
      rules.push_back("{column: trial_type, equals: " + flow_list(trials.unanswered) +
                      ", reason: never answered}");
    if (has_types && trials.has_untyped)
      rules.push_back("{column: trial_type, missing: true, reason: no type}");
    if (trials.has_no_times && !trials.response_time.empty())
      rules.push_back("{column: " + yaml_text(trials.response_time) +
                      ", below: 1 us, reason: response time not above 0}");
    return rules;
  }

  const BidsStudy& study_;
  std::string folder_;
  FreeNames names_;
  std::map<std::string, std::string> recordings_;  // by the name of the signal
  Words inputs_;                                   // as study.inputs
  std::vector<ProjectFile> tables_;
};

}  // namespace

std::vector<ProjectFile> bids_project(const BidsStudy& study, const std::string& folder) {
  ManifestText manifest(study, folder);
  std::vector<ProjectFile> files{{"dataset.yaml", manifest.whole()}};
  for (ProjectFile& table : manifest.tables()) files.push_back(std::move(table));
  return files;
}

std::string summary_of(const BidsStudy& study) {
  std::size_t runs = 0, with_series = 0, with_trials = 0;
  Words signals;
  for (const auto& subject : study.subjects)
    for (const BidsRun& run : subject.runs) {
      ++runs;
      with_series += run.series ? 1 : 0;
      with_trials += run.trials.empty() ? 0 : 1;
      for (const BidsSignal& signal : run.signals)
        if (std::ranges::find(signals, signal.name) == signals.end())
          signals.push_back(signal.name);
    }
  if (with_series > 0) signals.insert(signals.begin(), "bold");
  std::string text = "Task '" + study.task + "': " + counted(study.subjects.size(), "subject") +
                     ", " + counted(runs, "run");
  if (!signals.empty()) text += "; recordings " + in_words(signals);
  if (!signals.empty() && !study.inputs.empty())
    text += "; " + counted(study.inputs.size(), "input");
  if (with_trials > 0) text += "; trials in " + counted(with_trials, "run");
  return text;
}

}  // namespace insula::command

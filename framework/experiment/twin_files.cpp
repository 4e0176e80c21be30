// SPDX-License-Identifier: Apache-2.0
// A simulated dataset as files that framework/dataset reads.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"
#include "framework/experiment/twin.h"
#include "framework/report/detail/files.h"

namespace insula::experiment {
namespace {

namespace fs = std::filesystem;
using architecture::detail::yaml_text;
using Eigen::Index;
using report::refuse;
using report::write_file;

struct File {
  std::string name, text;
};

std::string events_table(const Recipe& recipe) {
  struct Row {
    dataset::Event event;
    const std::string* input;
  };
  std::vector<Row> rows;
  for (const SimulatedInput& input : recipe.inputs) {
    for (const dataset::Event& event : input.events) rows.push_back({event, &input.name});
  }
  std::ranges::stable_sort(rows, {}, [](const Row& row) { return row.event.onset; });
  std::string text = "onset\tduration\ttrial_type\tamplitude\n";
  for (const auto& [event, input] : rows) {
    text += number_text(event.onset) + '\t' + number_text(event.duration) + '\t' + *input + '\t' +
            number_text(event.amplitude) + '\n';
  }
  return text;
}

// A cell of a table, in quotes if its text would be read otherwise.
std::string cell(const std::string& text) {
  if (text.find_first_of("\"\t") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
  return result + '"';
}

std::string samples_table(const dataset::Recording& recording) {
  std::vector<std::string> names;
  for (const std::string& channel : recording.channels) names.push_back(cell(channel));
  std::string text = join(names, "\t") + '\n';
  for (Index s = 0; s < recording.samples.rows(); ++s) {
    for (Index c = 0; c < recording.samples.cols(); ++c) {
      text += (c > 0 ? "\t" : "") + number_text(recording.samples(s, c));
    }
    text += '\n';
  }
  return text;
}

std::string trials_table(const dataset::Trials& trials) {
  std::vector<std::string> names;
  if (!trials.onset.empty()) names.push_back("onset");
  if (!trials.response.empty()) names.push_back("response");
  if (!trials.response_time.empty()) names.push_back("response_time");
  for (const dataset::TrialColumn& column : trials.columns) names.push_back(column.name);
  std::string text = join(names, "\t") + '\n';
  for (std::size_t i = 0; i < trials.size(); ++i) {
    std::vector<std::string> cells;
    if (!trials.onset.empty()) cells.push_back(number_text(trials.onset[i]));
    if (!trials.response.empty())
      cells.push_back(trials.response[i] == dataset::kMissing
                          ? "n/a"
                          : trials.responses[static_cast<std::size_t>(trials.response[i])]);
    if (!trials.response_time.empty()) cells.push_back(number_text(trials.response_time[i]));
    for (const dataset::TrialColumn& column : trials.columns)
      cells.push_back(number_text(column.value[i]));
    text += join(cells, "\t") + '\n';
  }
  return text;
}

std::string truth_table(const Twin& twin) {
  std::string text = "parameter\tvalue\tunit\ttheta\tfree\n";
  for (const Truth& truth : twin.truth) {
    text += truth.parameter + '\t' + number_text(truth.value) + '\t' + truth.unit + '\t' +
            number_text(truth.theta) + '\t' + (truth.is_free ? "yes" : "no") + '\n';
  }
  return text;
}

// "bold.tsv"; "s01_run-1_bold.tsv" if there are several.
std::string table_name(const Recipe& recipe,
                       const std::string& subject,
                       const std::string& run,
                       const std::string& recording) {
  const bool is_single = recipe.subjects.size() * recipe.runs.size() == 1;
  return (is_single ? "" : subject + "_" + run + "_") + recording + ".tsv";
}

std::vector<std::string> quoted(std::vector<std::string> names) {
  for (std::string& name : names) name = yaml_text(name);
  return names;
}

std::string trials_entry(const dataset::Trials& trials, const std::string& file) {
  std::vector<std::string> columns;
  for (const dataset::TrialColumn& column : trials.columns) columns.push_back(column.name);
  std::string text = "        trials:\n          file: " + yaml_text(file) + "\n";
  if (!trials.onset.empty()) text += "          onset: onset\n";
  if (!trials.response.empty())
    text += "          response: response\n          responses: [" +
            join(quoted(trials.responses), ", ") + "]\n";
  if (!trials.response_time.empty()) text += "          response_time: response_time\n";
  if (!columns.empty()) text += "          columns: [" + join(quoted(columns), ", ") + "]\n";
  return text;
}

std::string run_entry(const Recipe& recipe, const std::string& subject, const dataset::Run& run) {
  std::vector<std::string> inputs;
  for (const SimulatedInput& input : recipe.inputs) inputs.push_back(input.name);
  std::string text = "      - id: " + yaml_text(run.id) + '\n';
  if (run.duration > 0) text += "        duration: " + number_text(run.duration) + " s\n";
  if (!inputs.empty()) {
    text += "        inputs: {events: events.tsv, by: trial_type, levels: [" +
            join(quoted(inputs), ", ") + "], amplitude: amplitude}\n";
  }
  if (!run.trials.empty())
    text += trials_entry(run.trials.front(), table_name(recipe, subject, run.id, "trials"));
  if (!run.recordings.empty()) text += "        recordings:\n";
  for (const dataset::Recording& recording : run.recordings) {
    text += "          " + yaml_text(recording.name) +
            ":\n            modality: " + recording.modality + "\n            file: " +
            yaml_text(table_name(recipe, subject, run.id, recording.name)) +
            "\n            interval: " + number_text(recording.interval) + " s\n";
    if (recording.start != 0) {
      text += "            start: " + number_text(recording.start) + " s\n";
    }
    text += "            unit: \"" + recording.unit + "\"\n";
    if (recording.delay.front() != 0) {
      text += "            delay: " + number_text(recording.delay.front()) + " s\n";
    }
    text += "            channels: [" + join(quoted(recording.channels), ", ") + "]\n";
  }
  return text;
}

std::string manifest(const Recipe& recipe, const dataset::Dataset& data) {
  std::string text =
      "# Simulated; README.md says how, truth.tsv with which parameters.\n"
      "insula: dataset/1\nname: " +
      yaml_text(data.name) + '\n';
  if (!data.description.empty()) text += "description: " + yaml_text(data.description) + '\n';
  text += "subjects:\n";
  for (const dataset::Subject& subject : data.subjects) {
    text += "  - id: " + yaml_text(subject.id) + "\n    runs:\n";
    for (const dataset::Run& run : subject.runs) text += run_entry(recipe, subject.id, run);
  }
  return text;
}

std::string readme(const Recipe& recipe, const Twin& twin) {
  std::string text = "# " + recipe.name + ": a simulated dataset\n\n";
  if (!recipe.description.empty()) text += recipe.description + "\n\n";
  text += "Made by `insula simulate` from these files, with the seed " +
          std::to_string(recipe.seed) + ":\n\n| file | SHA-256 |\n|---|---|\n";
  for (const dataset::SourceFile& file : recipe.files) {
    text += "| " + file.path + " | `" + file.sha256 + "` |\n";
  }
  text += "\nThe same command makes the same bytes. `dataset.yaml` is the manifest" +
          std::string(recipe.inputs.empty() ? "" : ", `events.tsv` holds the inputs") +
          (recipe.trials.count == 0 ? "" : ", a table of trials with their answers each run") +
          ",\n`truth.tsv` every parameter that the data were made with. The free ones, and the "
          "standard deviation\nof the noise of each channel:\n\n"
          "| parameter | true value |\n|---|---|\n";
  for (const Truth& truth : twin.truth) {
    if (!truth.is_free && !std::isnan(truth.theta)) continue;
    text += "| " + truth.parameter + " | " + short_number(truth.value, 4) +
            (truth.unit == "1" ? "" : " " + truth.unit) + " |\n";
  }
  return text;
}

std::string temporary(const std::string& path) { return path + ".partial"; }

// Written in full under temporary names, then renamed in order; nothing temporary is left behind.
void write_together(const std::vector<File>& files, const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) refuse(folder, "the folder cannot be made: " + error.message());
  const auto path = [&](const File& file) { return (fs::path(folder) / file.name).string(); };
  try {
    for (const File& file : files) write_file(temporary(path(file)), file.text);
    for (const File& file : files) {
      fs::rename(temporary(path(file)), path(file), error);
      if (error) refuse(path(file), "the file cannot be replaced: " + error.message());
    }
  } catch (...) {
    for (const File& file : files) fs::remove(temporary(path(file)), error);
    throw;
  }
}

}  // namespace

void write(const Recipe& recipe, const Twin& twin, const std::string& folder) {
  refuse_unfinished(recipe, twin);
  std::vector<File> files;
  for (const dataset::Subject& subject : twin.dataset.subjects) {
    for (const dataset::Run& run : subject.runs) {
      for (const dataset::Recording& recording : run.recordings) {
        files.push_back(
            {table_name(recipe, subject.id, run.id, recording.name), samples_table(recording)});
      }
      for (const dataset::Trials& trials : run.trials)
        files.push_back({table_name(recipe, subject.id, run.id, "trials"), trials_table(trials)});
    }
  }
  if (!recipe.inputs.empty()) files.push_back({"events.tsv", events_table(recipe)});
  files.push_back({"truth.tsv", truth_table(twin)});
  files.push_back({"README.md", readme(recipe, twin)});
  files.push_back({"dataset.yaml", manifest(recipe, twin.dataset)});
  write_together(files, folder);
}

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
#include "framework/command/import_nwb.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "framework/architecture/detail/names.h"
#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/command/manifest_words.h"
#include "framework/command/spm_names.h"
#include "framework/dataset/array.h"
#include "framework/dataset/npy.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using architecture::detail::yaml_text;
using dataset::NwbColumn;
using dataset::NwbRun;
using dataset::NwbSeries;
using dataset::NwbStudy;
using dataset::NwbTable;

// More levels than these are names of things, not conditions or answers.
constexpr std::size_t kMostLevels = 8;
// A pupil needs no more samples than one in this time, as in BIDS.
constexpr double kPupilBin = 0.1;

std::string cell_of(const NwbColumn& column, std::size_t row) {
  if (!column.is_text) return number_text(column.numbers[row]);
  const std::string text = one_line(column.texts[row]);
  if (text.empty()) return "n/a";
  if (text.find('"') == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

bool is_known(const NwbColumn& column, std::size_t row) {
  return column.is_text ? !one_line(column.texts[row]).empty() : !std::isnan(column.numbers[row]);
}

// Values of a column in all runs, as the tables have them, in order; numbers in the order of
// numbers.
class Levels {
 public:
  void add(const NwbColumn& column) {
    const std::size_t rows = column.is_text ? column.texts.size() : column.numbers.size();
    for (std::size_t row = 0; row < rows && words_.size() + numbers_.size() <= kMostLevels; ++row) {
      if (!is_known(column, row))
        has_missing_ = true;
      else if (column.is_text)
        words_.insert(one_line(column.texts[row]));
      else
        numbers_.insert(column.numbers[row]);
    }
  }
  bool are_few() const {
    const std::size_t count = words_.size() + numbers_.size();
    return count >= 2 && count <= kMostLevels;
  }
  bool has_missing() const { return has_missing_; }
  std::vector<std::string> texts() const {
    std::vector<std::string> texts;
    for (const double number : numbers_) texts.push_back(number_text(number));
    texts.insert(texts.end(), words_.begin(), words_.end());
    return texts;
  }

 private:
  std::set<std::string> words_;
  std::set<double> numbers_;
  bool has_missing_ = false;
};

// What the runs share: names of columns and inputs, and which column's levels are inputs.
class NwbText {
 public:
  NwbText(const NwbStudy& study, const std::string& folder) : study_(study), folder_(folder) {
    for (const auto& subject : study.subjects)
      for (const NwbRun& run : subject.runs) {
        for (const NwbSeries& series : run.series)
          if (!recordings_.contains(series.name))
            recordings_[series.name] = names_.take(series.name, "series");
        learn("trials", run.trials);
        for (const NwbTable& table : run.events) learn(table.name, table);
      }
    for (auto& [name, table] : tables_) name_inputs(name, table);
  }

  std::string whole() {
    std::string text = "# '" + one_line(study_.name) +
                       "', by `insula import nwb`: series are read where they lie.\n"
                       "insula: dataset/1\nname: " +
                       yaml_text(one_line(study_.name)) + "\n";
    if (!study_.description.empty())
      text += "description: " + yaml_text(one_line(study_.description)) + "\n";
    if (!study_.citation.empty())
      text += "citation: " + yaml_text(one_line(study_.citation)) + "\n";
    text += "subjects:\n";
    for (const auto& subject : study_.subjects) {
      text += "  - id: " + yaml_text(id_from(subject.id)) + "\n    runs:\n";
      for (const NwbRun& run : subject.runs) text += run_text(run, subject.id);
    }
    return text;
  }

  std::vector<ProjectFile> files() const { return files_; }

 private:
  struct Shared {
    std::map<std::string, std::string> columns;  // names in our tables, by those in the file
    FreeNames free;
    std::map<std::string, Levels> levels;  // by the column
    std::string by;                        // column whose levels are inputs; "": none
    std::vector<std::pair<std::string, std::string>> inputs;  // name and level
  };

  static std::string id_from(const std::string& text) {
    std::string id = one_line(text);
    std::ranges::replace(id, '/', '-');
    return id.empty() ? "1" : id;
  }

  void learn(const std::string& name, const NwbTable& table) {
    if (table.start.empty()) return;
    Shared& shared = tables_[name];
    if (shared.columns.empty()) {
      shared.free.take("onset", "onset");
      shared.free.take("duration", "duration");
    }
    for (const NwbColumn& column : table.columns) {
      if (!shared.columns.contains(column.name))
        shared.columns[column.name] = shared.free.take(column.name, "column");
      shared.levels[column.name].add(column);
      if (column.is_text && std::ranges::find(order_, column.name) == order_.end())
        order_.push_back(column.name);
    }
  }

  // The first column of texts with few levels tells kinds of events apart, unless it is the answer.
  void name_inputs(const std::string& name, Shared& shared) {
    for (const std::string& column : order_) {
      const auto levels = shared.levels.find(column);
      if (levels == shared.levels.end() || column == study_.response || !shared.by.empty())
        continue;
      if (levels->second.are_few() && !levels->second.has_missing()) shared.by = column;
    }
    if (shared.by.empty()) {
      shared.inputs.emplace_back(names_.take(name == "trials" ? "trial" : name, "event"), "");
      return;
    }
    for (const std::string& level : shared.levels.at(shared.by).texts())
      shared.inputs.emplace_back(names_.take(level, name_from(name + "_" + level, "event")), level);
  }

  std::string add_file(const std::string& name,
                       const std::string& run,
                       const std::string& bytes,
                       const std::string& extension) {
    const std::string stem = name_from(name + "_" + run, "table");
    files_.push_back({stems_.take(stem, stem) + extension, bytes});
    return yaml_text(files_.back().name);
  }

  std::string table_file(const NwbTable& table, const std::string& name, const std::string& run) {
    const Shared& shared = tables_.at(name);
    std::string text = table.stop.empty() ? "onset" : "onset\tduration";
    for (const NwbColumn& column : table.columns) text += "\t" + shared.columns.at(column.name);
    text += "\n";
    for (std::size_t row = 0; row < table.start.size(); ++row) {
      text += number_text(table.start[row]);
      if (!table.stop.empty()) {
        const double duration = table.stop[row] - table.start[row];
        text += "\t" + number_text(duration > 0 ? duration : study_.bin);
      }
      for (const NwbColumn& column : table.columns) text += "\t" + cell_of(column, row);
      text += "\n";
    }
    return add_file(name, run, text, ".tsv");
  }

  std::string run_text(const NwbRun& run, const std::string& subject) {
    const std::string indent(8, ' '), deep = indent + "  ", of = subject + "_" + run.id;
    std::string text = "      - id: " + yaml_text(id_from(run.id)) + "\n" + indent +
                       "duration: " + in_seconds(run.duration) + "\n";
    std::string inputs, trials;
    if (!run.trials.start.empty()) {
      const std::string file = table_file(run.trials, "trials", of);
      inputs += inputs_text(run.trials, "trials", file, deep);
      trials = trials_text(run.trials, file, deep);
    }
    for (const NwbTable& table : run.events)
      inputs += inputs_text(table, table.name, table_file(table, table.name, of), deep);
    if (!run.series.empty()) {
      if (!inputs.empty()) text += indent + "inputs:\n" + inputs;
      text += indent + "recordings:\n";
    }
    for (const NwbSeries& series : run.series) text += series_text(series, run, of, deep);
    if (!trials.empty()) text += indent + "trials:\n" + trials;
    return text;
  }

  std::string inputs_text(const NwbTable& table,
                          const std::string& name,
                          const std::string& file,
                          const std::string& in) const {
    const Shared& shared = tables_.at(name);
    std::vector<std::string> keys{"events: " + file};
    const auto by = shared.columns.find(shared.by);
    const bool has_kinds =
        !shared.by.empty() &&
        std::ranges::find(table.columns, shared.by, &NwbColumn::name) != table.columns.end();
    if (has_kinds) {
      std::vector<std::string> levels;
      for (const auto& [input, level] : shared.inputs)
        levels.push_back(input + ": " + yaml_text(level));
      keys.push_back("by: " + yaml_text(by->second));
      keys.push_back("levels: " + flow_map(levels));
    } else {
      keys.push_back("name: " + shared.inputs.front().first);
    }
    if (table.stop.empty()) keys.push_back("duration: " + in_seconds(study_.bin));
    return in + "- " + flow_map(keys) + "\n";
  }

  std::string series_text(const NwbSeries& series,
                          const NwbRun& run,
                          const std::string& of,
                          const std::string& in) {
    const std::string deep = in + "  ";
    std::string text = in + recordings_.at(series.name) + ":\n" + deep +
                       "modality: " + yaml_text(series.modality) + "\n" + deep + "file: ";
    if (series.dataset.empty()) {
      text += add_file(series.name, of, dataset::npy_of(series.table), ".npy") + "\n";
    } else {
      text += path_from(folder_, run.file) + "\n";
      if (!dataset::array_format_of(run.file)) text += deep + "format: hdf5\n";
      text += deep + "dataset: " + yaml_text(series.dataset) + "\n";
      if (series.conversion != 1)
        text += deep + "conversion: " + number_text(series.conversion) + "\n";
      if (series.offset != 0) text += deep + "offset: " + number_text(series.offset) + "\n";
    }
    text += deep + "interval: " + in_seconds(series.interval) + "\n";
    if (series.start != 0) text += deep + "start: " + in_seconds(series.start) + "\n";
    const bool says_unit = !series.unit.empty() && series.unit != "n.a." && series.unit != "n/a" &&
                           series.unit != "unknown";
    if (says_unit) text += deep + "unit: " + yaml_text(one_line(series.unit)) + "\n";
    FreeNames free;
    std::vector<std::string> channels;
    for (const std::string& channel : series.channels)
      channels.push_back(free.take(channel, "channel"));
    text += deep + "channels: " + flow_list(channels) + "\n";
    if (series.modality == "pupil" && series.interval < kPupilBin)
      text += deep + "bin: " + in_seconds(kPupilBin) + "\n";
    return text;
  }

  std::string trials_text(const NwbTable& table, const std::string& file, const std::string& in) {
    const Shared& shared = tables_.at("trials");
    std::string text =
        in + "file: " + file + "\n" + in + "onset: onset\n" + in + "duration: duration\n";
    std::vector<std::string> columns, factors;
    bool has_no_times = false;
    for (const NwbColumn& column : table.columns) {
      const std::string& name = shared.columns.at(column.name);
      if (column.name == study_.response && shared.levels.at(column.name).are_few()) {
        text += in + "response: " + name + "\n" + in +
                "responses: " + flow_list(shared.levels.at(column.name).texts()) + "\n";
      } else if (column.name == study_.response_time) {
        text += in + "response_time: " + name + "\n";
        has_no_times = std::ranges::any_of(column.numbers, [](double time) { return time <= 0; });
      } else if (column.is_text) {
        factors.push_back(name);
      } else {
        columns.push_back(name);
      }
    }
    if (!columns.empty()) text += in + "columns: " + flow_list(columns) + "\n";
    if (!factors.empty()) text += in + "factors: " + flow_list(factors) + "\n";
    if (has_no_times)
      text += in + "exclude:\n" + in + "  - {column: " + shared.columns.at(study_.response_time) +
              ", below: 1 us, reason: response time not above 0}\n";
    return text;
  }

  const NwbStudy& study_;
  std::string folder_;
  FreeNames names_, stems_;
  std::map<std::string, std::string> recordings_;  // by the name of the series
  std::map<std::string, Shared> tables_;           // by their names
  std::vector<std::string> order_;                 // columns of texts as they came
  std::vector<ProjectFile> files_;
};

}  // namespace

std::vector<ProjectFile> nwb_project(const NwbStudy& study, const std::string& folder) {
  NwbText manifest(study, folder);
  std::vector<ProjectFile> files{{"dataset.yaml", manifest.whole()}};
  for (ProjectFile& file : manifest.files()) files.push_back(std::move(file));
  return files;
}

std::string summary_of(const NwbStudy& study) {
  std::size_t runs = 0, trials = 0;
  std::vector<std::string> series, events;
  const auto note = [](std::vector<std::string>& names, const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const auto& subject : study.subjects)
    for (const NwbRun& run : subject.runs) {
      ++runs;
      trials += run.trials.start.size();
      for (const NwbSeries& some : run.series) note(series, some.name);
      for (const NwbTable& table : run.events) note(events, table.name);
    }
  std::string text = counted(study.subjects.size(), "subject") + ", " + counted(runs, "session");
  if (!series.empty()) text += "; recordings " + in_words(series);
  if (!events.empty()) text += "; events " + in_words(events);
  if (trials > 0) text += "; " + counted(trials, "trial");
  return text;
}

std::vector<std::string> nwb_files(const std::vector<std::string>& named) {
  std::vector<std::string> files;
  for (const std::string& path : named) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
         it.increment(error))
      if (it->path().extension() == ".nwb") inside.push_back(it->path().string());
    if (inside.empty())
      throw InputError(Place{path, 0, 0, 0, ""},
                       "the folder holds no file whose name ends in .nwb",
                       "",
                       ExitCode::no_input);
    std::ranges::sort(inside);
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

}  // namespace insula::command

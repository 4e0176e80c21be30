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
#include "framework/command/nwb_levels.h"
#include "framework/command/spm_names.h"
#include "framework/dataset/array.h"
#include "framework/dataset/npy.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using architecture::detail::yaml_text;
using dataset::NwbColumn;
using dataset::NwbPresented;
using dataset::NwbRun;
using dataset::NwbSeries;
using dataset::NwbStudy;
using dataset::NwbTable;

// Times are compared to this share of an interval, far above rounding.
constexpr double kSameSample = 1e-6;
// A pupil needs no more samples than one in this time, as in BIDS.
constexpr double kPupilBin = 0.1;

// What the runs share: names of columns and inputs, and which column's levels are inputs.
class NwbText {
 public:
  NwbText(const NwbStudy& study, const std::string& folder) : study_(study), folder_(folder) {
    for (const auto& subject : study.subjects)
      for (const NwbRun& run : subject.runs) {
        for (const NwbSeries& series : run.series)
          if (!recordings_.contains(series.name))
            recordings_[series.name] = names_.take(series.name, "series");
        for (const NwbPresented& presented : run.presented) name_presented(presented.series);
        learn("trials", run.trials);
        for (const NwbTable& table : run.events) learn(table.name, table);
      }
    for (auto& [name, table] : tables_) {
      table.invalid = table.free.take("invalid", "invalid");
      name_inputs(name, table);
    }
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
    std::string invalid;  // column that tells what is not to be used
  };

  static std::string id_from(const std::string& text) {
    std::string id = one_line(text);
    std::ranges::replace(id, '/', '-');
    return id.empty() ? "1" : id;
  }

  void name_presented(const NwbSeries& series) {
    std::vector<std::string>& names = presented_[series.name];
    for (std::size_t c = names.size(); c < series.channels.size(); ++c)
      names.push_back(names_.take(series.channels[c], "stimulus"));
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

  // Trials have a column for those that overlap what is not to be used.
  std::string table_file(const NwbTable& table,
                         const std::string& name,
                         const NwbRun& run,
                         const std::string& of) {
    const Shared& shared = tables_.at(name);
    const bool has_invalid = name == "trials" && !run.invalid.empty();
    std::string text = table.stop.empty() ? "onset" : "onset\tduration";
    for (const NwbColumn& column : table.columns) text += "\t" + shared.columns.at(column.name);
    text += (has_invalid ? "\t" + shared.invalid : "") + "\n";
    for (std::size_t row = 0; row < table.start.size(); ++row) {
      text += number_text(table.start[row]);
      if (!table.stop.empty()) {
        const double duration = table.stop[row] - table.start[row];
        text += "\t" + number_text(duration > 0 ? duration : study_.bin);
      }
      for (const NwbColumn& column : table.columns) text += "\t" + cell_of(column, row);
      if (has_invalid)
        text +=
            dataset::overlaps_any(run.invalid, table.start[row], table.stop[row]) ? "\t1" : "\t0";
      text += "\n";
    }
    return add_file(name, of, text, ".tsv");
  }

  std::string run_text(const NwbRun& run, const std::string& subject) {
    const std::string indent(8, ' '), deep = indent + "  ", of = subject + "_" + run.id;
    std::string text = "      - id: " + yaml_text(id_from(run.id)) + "\n" + indent +
                       "duration: " + in_seconds(run.duration) + "\n";
    std::string inputs, trials;
    if (!run.trials.start.empty()) {
      const std::string file = table_file(run.trials, "trials", run, of);
      inputs += inputs_text(run.trials, "trials", file, deep);
      trials = trials_text(run, file, deep);
    }
    for (const NwbTable& table : run.events)
      inputs += inputs_text(table, table.name, table_file(table, table.name, run, of), deep);
    for (const NwbPresented& presented : run.presented)
      inputs += presented_text(presented, of, deep);
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

  // Even ones as samples, others as steps.
  std::string presented_text(const NwbPresented& presented,
                             const std::string& of,
                             const std::string& in) {
    const NwbSeries& series = presented.series;
    const std::vector<std::string>& names = presented_.at(series.name);
    std::vector<std::string> keys;
    if (presented.times.empty()) {
      keys.push_back("file: " + add_file(series.name, of, dataset::npy_of(series.table), ".npy"));
      keys.push_back("interval: " + in_seconds(series.interval));
      if (series.start != 0) keys.push_back("start: " + in_seconds(series.start));
    } else {
      std::string text = "onset\tduration\t" + join(names, "\t") + "\n";
      for (std::size_t k = 0; k < presented.times.size(); ++k) {
        const bool is_last = k + 1 == presented.times.size();
        const double step = is_last ? series.interval : presented.times[k + 1] - presented.times[k];
        if (!(step > 0)) continue;  // the next one stands at the same time
        text += number_text(presented.times[k]) + "\t" + number_text(step);
        for (Eigen::Index c = 0; c < series.table.cols(); ++c)
          text += "\t" + number_text(series.table(static_cast<Eigen::Index>(k), c));
        text += "\n";
      }
      keys.push_back("events: " + add_file(series.name, of, text, ".tsv"));
    }
    keys.push_back("columns: " + flow_list(names));
    if (says_unit(series)) keys.push_back("unit: " + yaml_text(one_line(series.unit)));
    return in + "- " + flow_map(keys) + "\n";
  }

  static bool says_unit(const NwbSeries& series) {
    return !series.unit.empty() && series.unit != "n.a." && series.unit != "n/a" &&
           series.unit != "unknown";
  }

  // Which samples of a series in place are not to be used; "" if all are.
  std::string censored(const NwbSeries& series, const NwbRun& run, const std::string& of) {
    Eigen::MatrixXd flags = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(series.samples), 1);
    for (const auto& [from, to] : run.invalid)
      for (Eigen::Index k = 0; k < flags.rows(); ++k) {
        const double time = series.start + (static_cast<double>(k) + kSameSample) * series.interval;
        if (time >= from && time < to) flags(k, 0) = 1;
      }
    if (flags.sum() == 0) return "";
    return "censor: {file: " +
           add_file(series.name + "_invalid", of, dataset::npy_of(flags), ".npy") +
           ", column: 0, above: 0.5}";
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
    if (says_unit(series)) text += deep + "unit: " + yaml_text(one_line(series.unit)) + "\n";
    FreeNames free;
    std::vector<std::string> channels;
    for (const std::string& channel : series.channels)
      channels.push_back(free.take(channel, "channel"));
    text += deep + "channels: " + flow_list(channels) + "\n";
    const std::string censoring = series.dataset.empty() ? "" : censored(series, run, of);
    if (!censoring.empty()) text += deep + censoring + "\n";
    if (series.modality == "pupil" && series.interval < kPupilBin)
      text += deep + "bin: " + in_seconds(kPupilBin) + "\n";
    return text;
  }

  std::string trials_text(const NwbRun& run, const std::string& file, const std::string& in) {
    const NwbTable& table = run.trials;
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
    if (has_no_times || !run.invalid.empty()) text += in + "exclude:\n";
    if (!run.invalid.empty())
      text += in + "  - {column: " + shared.invalid + ", above: 0.5, reason: invalid times}\n";
    if (has_no_times)
      text += in + "  - {column: " + shared.columns.at(study_.response_time) +
              ", below: 1 us, reason: response time not above 0}\n";
    return text;
  }

  const NwbStudy& study_;
  std::string folder_;
  FreeNames names_, stems_;
  std::map<std::string, std::string> recordings_;              // by the name of the series
  std::map<std::string, std::vector<std::string>> presented_;  // names of inputs, likewise
  std::map<std::string, Shared> tables_;                       // by their names
  std::vector<std::string> order_;                             // columns of texts as they came
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
  std::vector<std::string> series, events, presented;
  const auto note = [](std::vector<std::string>& names, const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const auto& subject : study.subjects)
    for (const NwbRun& run : subject.runs) {
      ++runs;
      trials += run.trials.start.size();
      for (const NwbSeries& some : run.series) note(series, some.name);
      for (const NwbTable& table : run.events) note(events, table.name);
      for (const NwbPresented& some : run.presented) note(presented, some.series.name);
    }
  std::string text = counted(study.subjects.size(), "subject") + ", " + counted(runs, "session");
  if (!series.empty()) text += "; recordings " + in_words(series);
  if (!events.empty()) text += "; events " + in_words(events);
  if (!presented.empty()) text += "; stimuli " + in_words(presented);
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

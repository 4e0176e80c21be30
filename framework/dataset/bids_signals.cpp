// SPDX-License-Identifier: Apache-2.0
// Physiological recordings: a table without a header, and a sidecar that says when its first sample
// was taken, how often, and what its columns are. Some have a header all the same.
//
// source  BIDS 1.9, "Physiological recordings"
#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/dataset/detail/bids.h"
#include "framework/dataset/file.h"

namespace insula::dataset::detail {
namespace {

using Names = std::vector<std::string>;

// Slow organs need no more than this; gaze and pupils are recorded a hundred times as often.
constexpr double kSlowBin = 0.1;  // s

std::string in_lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool names_any(const std::string& column, const Names& words) {
  return std::ranges::any_of(
      words, [&](const std::string& word) { return column.find(word) != std::string::npos; });
}

// What the column shows; "" if it is no measurement.
std::string modality_of(const std::string& name) {
  const std::string column = in_lower_case(name);
  if (names_any(column, {"trigger", "timestamp"})) return "";
  if (names_any(column, {"pupil"})) return "pupil";
  if (names_any(column, {"skin_conductance", "eda", "gsr", "scr"})) return "skin_conductance";
  return column;
}

// The cells of the first line that holds something.
Names first_row(const std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  Names cells(1);
  for (const char c : line) {
    if (c == '\t')
      cells.emplace_back();
    else if (c != '\r')
      cells.back() += c;
  }
  return cells;
}

bool is_number_or_missing(const std::string& cell) {
  if (is_missing(cell)) return true;
  char* end = nullptr;
  const double value = std::strtod(cell.c_str(), &end);
  return end == cell.c_str() + cell.size() && std::isfinite(value);
}

std::string listed(const Names& names) { return join(names, ", "); }

double needed(const Sidecar& sidecar,
              const BidsFile& file,
              const std::string& key,
              const std::string& meaning) {
  const auto number = sidecar_number(sidecar, key);
  if (number) return *number;
  refuse_bids(file.path,
              "no sidecar tells its '" + key + "'",
              "write \"" + key + "\", " + meaning + ", into the .json beside it");
}

Names columns_told(const Sidecar& sidecar, const BidsFile& file) {
  const auto columns = sidecar.find("Columns");
  if (columns == sidecar.end() || !columns->second.is_list || columns->second.list.empty())
    refuse_bids(file.path,
                "no sidecar tells its 'Columns'",
                "write \"Columns\": [\"cardiac\", …] into the .json beside it");
  return columns->second.list;
}

// A gzipped or plain table of physiology.
struct Physiology {
  Names columns;
  bool has_header = false;
  std::size_t rows = 0;
};

Physiology read_physiology(const BidsFile& file, const Sidecar& sidecar) {
  Physiology found;
  found.columns = columns_told(sidecar, file);
  refuse_absent_content(file.path);
  std::string text = read_bytes(file.path);
  if (is_gzip(text) || file.path.ends_with(".gz")) text = gunzip(text, file.path);
  const Names row = first_row(text);
  found.has_header = !std::ranges::all_of(row, is_number_or_missing);
  const std::string told = sidecar.at("Columns").file + " names " +
                           std::to_string(found.columns.size()) + ": " + listed(found.columns);
  if (found.has_header && row != found.columns)
    refuse_bids(file.path,
                "its header has the columns " + listed(row) + ", but " + told,
                "write the header's names into \"Columns\", or remove the header");
  if (!found.has_header && row.size() != found.columns.size())
    refuse_bids(file.path,
                "it has " + std::to_string(row.size()) +
                    (row.size() == 1 ? " column" : " columns") + ", but " + told,
                "name every column in \"Columns\", in their order");
  found.rows =
      Table(std::move(text), file.path, '\t', found.has_header ? Names{} : found.columns).rows();
  return found;
}

void add_signals(const BidsFile& file,
                 const Sidecar& sidecar,
                 std::vector<BidsSignal>& signals,
                 double& end) {
  const double rate = needed(sidecar, file, "SamplingFrequency", "in Hz");
  if (!(rate > 0))
    refuse_bids(sidecar.at("SamplingFrequency").file,
                "'SamplingFrequency' is " + short_number(rate) + " Hz, expected a positive number");
  const double start =
      needed(sidecar, file, "StartTime", "in s from the first volume to the first sample");
  const Physiology table = read_physiology(file, sidecar);
  end = std::max(end, start + static_cast<double>(table.rows) / rate);
  for (const std::string& column : table.columns) {
    const std::string modality = modality_of(column);
    if (modality.empty()) continue;
    BidsSignal signal;
    signal.name = column;
    signal.modality = modality;
    signal.file = file.path;
    signal.column = column;
    if (!table.has_header) signal.header = table.columns;
    signal.start = start;
    signal.interval = 1 / rate;
    signal.unit = tidy_unit(sidecar_text(sidecar, column + "/Units"));
    const bool is_slow = modality == "pupil" || modality == "skin_conductance";
    if (is_slow && signal.interval < kSlowBin) signal.bin = kSlowBin;
    const bool is_taken = std::ranges::find(signals, column, &BidsSignal::name) != signals.end();
    if (is_taken) signal.name = file.name.entity("recording") + "_" + column;
    if (std::ranges::find(signals, signal.name, &BidsSignal::name) != signals.end())
      refuse_bids(file.path,
                  "a second recording of its run has a column '" + column + "'",
                  "the entity 'recording' of file names tells them apart");
    signals.push_back(std::move(signal));
  }
}

}  // namespace

std::vector<BidsSignal> read_signals(const RunFiles& run, double& end) {
  std::vector<BidsSignal> signals;
  for (const BidsFile* file : run.raw->of_subject(run.subject())) {
    const bool is_table = file->name.extension == ".tsv.gz" || file->name.extension == ".tsv";
    if (file->name.suffix != "physio" || !is_table) continue;
    const BidsEntities mine = run_of(file->name.entities);
    // Its name may leave out what the image's has, such as the acquisition.
    if (file->name.entity("task").empty() || !has_entities(run.entities, mine)) continue;
    add_signals(*file, run.raw->sidecar(*file), signals, end);
  }
  return signals;
}

}  // namespace insula::dataset::detail

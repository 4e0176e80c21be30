// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/sources.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <utility>

#include "framework/base/text.h"
#include "framework/dataset/file.h"
#include "framework/dataset/npy.h"

namespace insula::dataset::detail {
namespace {

// Files kept in memory: enough for those that the entries of a run share.
constexpr std::size_t kFilesKept = 8;
const std::vector<std::string> kFormats = {"tsv", "csv", "npy"};
const std::vector<std::string> kRows = {"samples", "trials"};

// The format that the extension tells, ".gz" aside; "" if it is unknown.
std::string format_of(const std::string& path) {
  std::filesystem::path name(path);
  if (name.extension() == ".gz") name = name.stem();
  const std::string extension = name.extension().string();
  for (const std::string& format : kFormats) {
    if (extension == "." + format) return format;
  }
  return "";
}

std::vector<std::string> names_of(const std::variant<Table, Eigen::MatrixXd>& content) {
  if (const Table* table = std::get_if<Table>(&content)) return table->names();
  std::vector<std::string> names;
  const Eigen::Index columns = std::get<Eigen::MatrixXd>(content).cols();
  for (Eigen::Index c = 0; c < columns; ++c) names.push_back(std::to_string(c));
  return names;
}

}  // namespace

Columns::Columns(std::string path, std::variant<Table, Eigen::MatrixXd> content)
    : path_(std::move(path)), content_(std::move(content)), names_(names_of(content_)) {}

Columns Columns::of_trials(std::string path, const Eigen::MatrixXd& trials) {
  Eigen::MatrixXd content(trials.size(), 3);
  for (Eigen::Index i = 0; i < trials.size(); ++i) {
    const Eigen::Index trial = i / trials.cols(), sample = i % trials.cols();
    content.row(i) << trials(trial, sample), static_cast<double>(trial),
        static_cast<double>(sample);
  }
  Columns columns(std::move(path), std::move(content));
  columns.names_ = {"value", "trial", "sample"};
  return columns;
}

std::size_t Columns::rows() const {
  if (const Table* table = std::get_if<Table>(&content_)) return table->rows();
  return static_cast<std::size_t>(std::get<Eigen::MatrixXd>(content_).rows());
}

std::optional<std::size_t> Columns::find(const std::string& name) const {
  if (const Table* table = std::get_if<Table>(&content_)) return table->find(name);
  for (std::size_t c = 0; c < names_.size(); ++c) {
    if (names_[c] == name) return c;
  }
  return std::nullopt;
}

std::optional<double> Columns::number(std::size_t row, std::size_t column) const {
  if (const Table* table = std::get_if<Table>(&content_)) return table->number(row, column);
  const double value = std::get<Eigen::MatrixXd>(content_)(static_cast<Eigen::Index>(row),
                                                           static_cast<Eigen::Index>(column));
  if (std::abs(value) == std::numeric_limits<double>::infinity()) return std::nullopt;
  return value;
}

std::string Columns::text(std::size_t row, std::size_t column) const {
  if (const Table* table = std::get_if<Table>(&content_)) return table->text(row, column);
  return number_text(std::get<Eigen::MatrixXd>(content_)(static_cast<Eigen::Index>(row),
                                                         static_cast<Eigen::Index>(column)));
}

Place Columns::place(std::size_t row, std::size_t column) const {
  if (const Table* table = std::get_if<Table>(&content_)) return table->place(row, column);
  return Place{path_, 0, 0, 0, ""};
}

std::string Columns::position(std::size_t row, std::size_t column) const {
  if (!is_array()) return "";
  return " at row " + std::to_string(row) + ", column " + std::to_string(column) +
         " (counted from 0)";
}

Sources::Sources(const std::string& manifest_path, Mistakes& mistakes)
    : folder_(std::filesystem::path(manifest_path).parent_path().string()), mistakes_(mistakes) {
  files_.push_back({std::filesystem::path(manifest_path).filename().string(),
                    sha256(read_bytes(manifest_path))});
}

// "${NAME}/rest" with the variable's value, anything else relative to the manifest's folder.
std::optional<std::string> Sources::resolve(const std::string& path, const Place& place) {
  if (!path.starts_with("${")) {
    return (std::filesystem::path(folder_) / path).lexically_normal().string();
  }
  const std::size_t end = path.find('}');
  if (end == std::string::npos || end + 1 >= path.size() || path[end + 1] != '/') {
    mistakes_.add(place, "the path '" + path + "' starts with '${', expected '${NAME}/…'");
    return std::nullopt;
  }
  const std::string name = path.substr(2, end - 2);
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    if (unset_variables_.insert(name).second) {
      mistakes_.add(place,
                    "the environment variable " + name + " is not set",
                    "set " + name + " to the folder that holds '" + path.substr(end + 2) +
                        "'; the README beside this file tells how to get the data");
    }
    return std::nullopt;
  }
  return (std::filesystem::path(value) / path.substr(end + 2)).lexically_normal().string();
}

std::shared_ptr<const Columns> Sources::open(config::Reader& reader, const std::string& key) {
  const std::optional<std::string> path = reader.text(key);
  std::optional<std::string> format = reader.optional_choice("format", kFormats);
  const std::optional<std::string> rows = reader.optional_choice("rows", kRows);
  if (!path || (reader.has("format") && !format) || (reader.has("rows") && !rows)) return nullptr;
  const Place place = reader.node()[key].place();
  const std::optional<std::string> file = resolve(*path, place);
  if (!file) return nullptr;
  if (!format) format = format_of(*path);
  if (format->empty()) {
    mistakes_.add(place,
                  "the extension of '" + *path + "' does not tell its format",
                  "rename it or add 'format:' tsv, csv or npy");
    return nullptr;
  }
  const bool has_trials_in_rows = rows == "trials";
  if (has_trials_in_rows && format != "npy") {
    reader.mistake("rows", "'rows: trials' is for arrays (npy), but '" + *path + "' is a table");
    return nullptr;
  }
  return read(*file, *path, {*format, has_trials_in_rows}, place);
}

Columns Sources::columns_of(std::string bytes, const std::string& path, const Layout& layout) {
  if (layout.has_trials_in_rows) return Columns::of_trials(path, parse_npy(bytes, path));
  if (layout.format == "npy") return {path, parse_npy(bytes, path)};
  return {path, Table(std::move(bytes), path, layout.format == "csv" ? ',' : '\t')};
}

std::shared_ptr<const Columns> Sources::read(const std::string& path,
                                             const std::string& shown_as,
                                             const Layout& layout,
                                             const Place& place) {
  const std::string key = layout.format + (layout.has_trials_in_rows ? "/trials:" : ":") + path;
  for (auto it = open_.begin(); it != open_.end(); ++it) {
    if (it->first != key) continue;
    open_.splice(open_.begin(), open_, it);
    return open_.front().second;
  }
  Log& log = logs_[path];
  if (log.is_unreadable) return nullptr;
  std::string bytes;
  try {
    bytes = read_bytes(path);
  } catch (const InputError& error) {
    // The place to mend is the line of the manifest.
    mistakes_.add(place, "'" + path + "': " + error.mistakes().front().message);
    return nullptr;
  }
  if (listed_.insert(path).second) files_.push_back({shown_as, sha256(bytes)});
  try {
    if (is_gzip(bytes) || path.ends_with(".gz")) bytes = gunzip(bytes, path);
    open_.emplace_front(
        key, std::make_shared<const Columns>(columns_of(std::move(bytes), path, layout)));
  } catch (const InputError& error) {
    log.shown.insert(log.shown.end(), error.mistakes().begin(), error.mistakes().end());
    log.is_unreadable = true;
    return nullptr;
  }
  if (open_.size() > kFilesKept) open_.pop_back();
  return open_.front().second;
}

std::vector<double> Sources::numbers(const Columns& file,
                                     std::size_t column,
                                     const std::string& missing) {
  std::vector<double> values(file.rows(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (const std::optional<double> value = file.number(row, column)) {
      values[row] = *value;
      if (*value != *value && !missing.empty()) mistake(file, row, column, missing);
      continue;
    }
    const std::string text = file.text(row, column);
    const bool has_comma = text.find(',') != std::string::npos;
    mistake(file,
            row,
            column,
            "'" + text + "' in column '" + file.names()[column] + "' is not a finite number",
            has_comma ? "write a decimal point, not a comma" : "");
  }
  return values;
}

void Sources::mistake(const Columns& file,
                      std::size_t row,
                      std::size_t column,
                      std::string message,
                      std::string note) {
  Log& log = logs_[file.path()];
  if (!log.cells.emplace(row, column).second) return;
  if (log.cells.size() > kMistakesShown) return;
  message += file.position(row, column);
  log.shown.push_back({file.place(row, column), std::move(message), std::move(note)});
}

std::vector<SourceFile> Sources::finish() {
  for (const auto& [path, log] : logs_) {
    if (log.cells.size() > kMistakesShown) {
      mistakes_.add(Place{path, 0, 0, 0, ""},
                    "the file has " + std::to_string(log.cells.size()) +
                        " wrong cells; the first " + std::to_string(kMistakesShown) +
                        " found follow");
    }
    mistakes_.add(log.shown);
  }
  return files_;
}

}  // namespace insula::dataset::detail

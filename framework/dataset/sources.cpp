// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/sources.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <utility>

#include "framework/base/text.h"
#include "framework/dataset/array.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/file.h"

namespace insula::dataset::detail {

struct FileContent {
  std::string text;  // of a table
  PlainBytes bytes;  // of an array, mapped
};

namespace {

// Files kept in memory: enough for those that the entries of a run share.
constexpr std::size_t kFilesKept = 8;
const std::vector<std::string> kFormats = {"tsv", "csv", "npy", "npz", "safetensors", "hdf5"};
const std::vector<std::string> kRows = {"samples", "trials"};

bool is_table(const std::string& format) { return format == "tsv" || format == "csv"; }

std::string text_of(ArrayFormat format) {
  switch (format) {
    case ArrayFormat::npy: return "npy";
    case ArrayFormat::npz: return "npz";
    case ArrayFormat::safetensors: return "safetensors";
    case ArrayFormat::hdf5: return "hdf5";
  }
  return "";
}

ArrayFormat array_format(const std::string& text) {
  for (const ArrayFormat format : {ArrayFormat::npz, ArrayFormat::safetensors, ArrayFormat::hdf5}) {
    if (text == text_of(format)) return format;
  }
  return ArrayFormat::npy;
}

// The format that the extension tells, ".gz" aside; "" if it is unknown.
std::string format_of(const std::string& path) {
  std::filesystem::path name(path);
  if (name.extension() == ".gz") name = name.stem();
  const std::string extension = name.extension().string();
  if (extension == ".tsv" || extension == ".csv") return extension.substr(1);
  const std::optional<ArrayFormat> array = array_format_of(name.string());
  return array ? text_of(*array) : "";
}

// The keys that name an array in a file of several, each with its format.
constexpr std::pair<const char*, const char*> kArrayKeys[] = {
    {"array", "npz"}, {"tensor", "safetensors"}, {"dataset", "hdf5"}};

// The name that the format's key gives; "" without one, nothing with the key of another format.
std::optional<std::string> array_name(config::Reader& reader,
                                      const std::string& format,
                                      const std::string& path,
                                      Place& place) {
  std::optional<std::string> name = "";
  for (const auto& [key, of] : kArrayKeys) {
    if (format == of) reader.any(key);  // a key that may stand here
    if (!reader.has(key)) continue;
    if (format == of) {
      name = reader.text(key);
      place = reader.node()[key].place();
      continue;
    }
    reader.any(key);
    if (format.empty()) continue;  // which is told
    reader.mistake(key,
                   std::string("'") + key + "' is for files of format " + of + ", but '" + path +
                       "' is read as " + format);
    name.reset();
  }
  return name;
}

Columns columns_of(FileContent content,
                   const std::string& path,
                   const std::string& format,
                   const std::string& array,
                   bool has_trials_in_rows,
                   const std::vector<std::string>& header) {
  if (is_table(format)) {
    return {path, Table(std::move(content.text), path, format == "csv" ? ',' : '\t', header)};
  }
  const Eigen::MatrixXd values =
      open_array(content.bytes, path, array_format(format), array).matrix();
  if (has_trials_in_rows) return Columns::of_trials(path, values);
  return {path, values};
}

// The names that 'header' gives to the columns of a table without a row of names. Nothing after a
// mistake.
std::optional<std::vector<std::string>> given_header(config::Reader& reader,
                                                     const std::string& format,
                                                     const std::string& path) {
  const std::vector<std::string> names = reader.optional_names("header");
  if (!reader.has("header") || format.empty()) return names;
  if (!is_table(format)) {
    reader.mistake("header", "'header' is for tables, but '" + path + "' is read as " + format);
    return std::nullopt;
  }
  std::set<std::string> taken;
  for (const std::string& name : names) {
    if (taken.insert(name).second) continue;
    reader.mistake("header", "'header' names the column '" + name + "' twice");
    return std::nullopt;
  }
  return names;
}

void unpack(FileContent& content, const std::string& path, const std::string& format) {
  const std::string_view bytes = is_table(format) ? content.text : content.bytes.bytes;
  if (!is_gzip(bytes) && !path.ends_with(".gz")) return;
  if (format == "hdf5") {
    refuse_array(
        path, "the HDF5 file is gzipped, but is read where it lies", "'gunzip' unpacks it");
  }
  std::string unpacked = gunzip(bytes, path);
  if (is_table(format)) {
    content.text = std::move(unpacked);
  } else {
    content.bytes = PlainBytes::of_text(std::move(unpacked));
  }
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

std::optional<Sources::Named> Sources::named(config::Reader& reader,
                                             const std::string& key,
                                             bool takes_rows) {
  const std::optional<std::string> path = reader.text(key);
  std::optional<std::string> format = reader.optional_choice("format", kFormats);
  const std::optional<std::string> rows =
      takes_rows ? reader.optional_choice("rows", kRows) : "samples";
  const bool is_wrong =
      !path || (reader.has("format") && !format) || (takes_rows && reader.has("rows") && !rows);
  if (!format) format = path ? format_of(*path) : "";
  const Place place = path ? reader.node()[key].place() : Place{};
  Place array_place = place;
  const std::optional<std::string> array =
      array_name(reader, is_wrong ? "" : *format, path.value_or(""), array_place);
  const auto header = given_header(reader, is_wrong ? "" : *format, path.value_or(""));
  if (is_wrong || !array || !header) return std::nullopt;
  const std::optional<std::string> file = resolve(*path, place);
  if (!file) return std::nullopt;
  if (format->empty()) {
    mistakes_.add(place,
                  "the extension of '" + *path + "' does not tell its format",
                  "rename it or add 'format:' tsv, csv, npy, npz, safetensors or hdf5");
    return std::nullopt;
  }
  const bool has_trials_in_rows = rows == "trials";
  if (has_trials_in_rows && is_table(*format)) {
    reader.mistake("rows", "'rows: trials' is for arrays, but '" + *path + "' is a table");
    return std::nullopt;
  }
  return Named{*file, *path, {*format, *array, has_trials_in_rows, place, array_place, *header}};
}

std::shared_ptr<const Columns> Sources::open(config::Reader& reader, const std::string& key) {
  const std::optional<Named> file = named(reader, key, true);
  return file ? read(*file) : nullptr;
}

std::shared_ptr<const Columns> Sources::open(const config::Node& path) {
  const std::optional<std::string> file = resolve(path.scalar(), path.place());
  if (!file) return nullptr;
  return read({*file,
               path.scalar(),
               {format_of(path.scalar()), "", false, path.place(), path.place(), {}}});
}

bool Sources::names_file(const std::string& path) { return !format_of(path).empty(); }

std::optional<Sources::Features> Sources::open_features(config::Reader& reader,
                                                        const std::string& key) {
  const std::optional<Named> file = named(reader, key, false);
  if (!file) return std::nullopt;
  const Layout& layout = file->layout;
  Features result{{}, nullptr, file->shown_as, layout.array, ""};
  if (is_table(layout.format)) {
    result.table = read(*file);
    if (!result.table) return std::nullopt;
  } else {
    const std::string name = layout.text() + file->path;
    if (!arrays_.contains(name)) {
      attempt(*file, [&](FileContent& content) {
        arrays_[name] =
            open_array(content.bytes, file->path, array_format(layout.format), layout.array);
      });
    }
    const auto found = arrays_.find(name);
    if (found == arrays_.end()) return std::nullopt;
    result.values = found->second;
  }
  result.sha256 = hashes_.at(file->path);
  return result;
}

void Sources::attempt(const Named& file, const std::function<void(FileContent&)>& use) {
  const Layout& layout = file.layout;
  Log& log = logs_[file.path];
  if (log.is_unreadable) return;
  FileContent content;
  try {
    if (is_table(layout.format)) content.text = read_bytes(file.path);
    if (!is_table(layout.format)) content.bytes = PlainBytes::of_file(file.path);
  } catch (const InputError& error) {
    // The place to mend is the line of the manifest.
    const Mistake& mistake = error.mistakes().front();
    mistakes_.add(layout.file_place, "'" + file.path + "': " + mistake.message, mistake.note);
    return;
  }
  if (!hashes_.contains(file.path)) {
    const std::string hash =
        sha256(is_table(layout.format) ? std::string_view(content.text) : content.bytes.bytes);
    hashes_[file.path] = hash;
    files_.push_back({file.shown_as, hash});
  }
  try {
    unpack(content, file.path, layout.format);
    use(content);
  } catch (const InputError& error) {
    if (error.code() == ExitCode::config) {  // a wrong name, which the manifest gives
      const Mistake& mistake = error.mistakes().front();
      mistakes_.add(layout.array_place, mistake.message, mistake.note);
      return;
    }
    log.shown.insert(log.shown.end(), error.mistakes().begin(), error.mistakes().end());
    log.is_unreadable = true;
  }
}

std::shared_ptr<const Columns> Sources::read(const Named& file) {
  const Layout& layout = file.layout;
  const std::string key = layout.text() + file.path;
  for (auto it = open_.begin(); it != open_.end(); ++it) {
    if (it->first != key) continue;
    open_.splice(open_.begin(), open_, it);
    return open_.front().second;
  }
  std::shared_ptr<const Columns> columns;
  attempt(file, [&](FileContent& content) {
    columns = std::make_shared<const Columns>(columns_of(std::move(content),
                                                         file.path,
                                                         layout.format,
                                                         layout.array,
                                                         layout.has_trials_in_rows,
                                                         layout.header));
  });
  if (!columns) return nullptr;
  open_.emplace_front(key, columns);
  if (open_.size() > kFilesKept) open_.pop_back();
  return columns;
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

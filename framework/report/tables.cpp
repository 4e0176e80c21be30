// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cmath>

#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/report/detail/fields.h"
#include "framework/report/detail/files.h"

namespace insula::report {
namespace {

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\\': out += "\\\\"; break;
      default: out += c;
    }
  }
  return out;
}
std::string cell(double value) { return number_text(value); }
std::string cell(bool value) { return value ? "true" : "false"; }

/// Each reader returns whether the text is a value of its type.
bool read_cell(std::string_view text, std::string& value) {
  value.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    if (++i == text.size()) return false;
    switch (text[i]) {
      case 't': value += '\t'; break;
      case 'n': value += '\n'; break;
      case 'r': value += '\r'; break;
      case '\\': value += '\\'; break;
      default: return false;
    }
  }
  return true;
}
bool read_cell(std::string_view text, double& value) {
  if (text == "n/a") {
    value = kUnknown;
    return true;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !std::isnan(value);
}
bool read_cell(std::string_view text, bool& value) {
  value = text == "true";
  return value || text == "false";
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t begin = 0;;) {
    const std::size_t tab = line.find('\t', begin);
    cells.push_back(line.substr(begin, tab - begin));
    if (tab == std::string_view::npos) return cells;
    begin = tab + 1;
  }
}

template <class Row>
std::vector<std::string> columns() {
  std::vector<std::string> names;
  const Row row;
  fields([&names](const char* name, const auto&) { names.emplace_back(name); }, row);
  return names;
}

template <class Row>
std::string write_table(const std::vector<Row>& rows) {
  std::string out = join(columns<Row>(), "\t") + '\n';
  std::vector<std::string> cells;
  for (const Row& row : rows) {
    cells.clear();
    fields([&cells](const char*, const auto& value) { cells.push_back(cell(value)); }, row);
    out += join(cells, "\t") + '\n';
  }
  return out;
}

[[noreturn]] void damaged(const std::string& path, int line, const std::string& message) {
  Place place;
  place.file = path;
  place.line = line;
  place.column = line > 0 ? 1 : 0;
  throw InputError(place, message, kRunAgain, ExitCode::data);
}

template <class Row>
Row read_row(std::string_view line, const std::string& path, int number) {
  const std::vector<std::string_view> cells = split(line);
  const std::size_t expected = columns<Row>().size();
  if (cells.size() != expected) {
    damaged(path,
            number,
            "the row must have " + std::to_string(expected) + " cells, it has " +
                std::to_string(cells.size()));
  }
  Row row;
  std::size_t i = 0;
  const auto read = [&](const char* name, auto& value) {
    const std::string_view text = cells[i++];
    if (!read_cell(text, value)) {
      damaged(path,
              number,
              "column '" + std::string(name) + "' cannot hold '" + std::string(text) + "'");
    }
  };
  fields(read, row);
  return row;
}

template <class Row>
void read_table(std::string_view text, const std::string& path, std::vector<Row>& rows) {
  rows.clear();
  if (text.empty() || text.back() != '\n') damaged(path, 0, "the file ends in the middle of a row");
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (number > 1) {
      rows.push_back(read_row<Row>(line, path, number));
    } else if (const std::string header = join(columns<Row>(), "\t"); line != header) {
      damaged(path, 1, "the columns must be " + join(columns<Row>(), ", "));
    }
  }
}

}  // namespace

std::string to_tsv(const std::vector<ScoreRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<ComparisonRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<ParameterRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<CheckRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<AblationRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<StressRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<InterventionRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<RasterRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<GroupRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<TestRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<RdmRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<PartitionRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<RecoveryRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<ModelRecoveryRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<CalibrationRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<RecoveryFitRow>& rows) { return write_table(rows); }
std::string to_tsv(const std::vector<RecoveryValueRow>& rows) { return write_table(rows); }

void from_tsv(std::string_view text, const std::string& path, std::vector<ScoreRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<ComparisonRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<ParameterRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<CheckRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<AblationRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<StressRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<InterventionRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<RasterRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<GroupRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<RdmRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<PartitionRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<TestRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<RecoveryRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<ModelRecoveryRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<CalibrationRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<RecoveryFitRow>& rows) {
  read_table(text, path, rows);
}
void from_tsv(std::string_view text, const std::string& path, std::vector<RecoveryValueRow>& rows) {
  read_table(text, path, rows);
}

}  // namespace insula::report

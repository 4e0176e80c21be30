// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace insula::dataset {
namespace {

constexpr std::size_t kLongestLineShown = 160;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \r");
  if (first == std::string_view::npos) return text.substr(0, 0);
  return text.substr(first, text.find_last_not_of(" \r") - first + 1);
}

int characters(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not the rest of a UTF-8 sequence
  }));
}

std::string unquoted(std::string_view cell) {
  if (cell.size() < 2 || cell.front() != '"') return std::string(cell);
  std::string text;
  for (std::size_t i = 1; i + 1 < cell.size(); ++i) {
    text += cell[i];
    if (cell[i] == '"') ++i;  // "" stands for "
  }
  return text;
}

std::string_view without_quotes(std::string_view cell) {
  if (cell.size() >= 2 && cell.front() == '"') return trimmed(cell.substr(1, cell.size() - 2));
  return cell;
}

std::optional<double> finite_number(std::string_view cell) {
  const bool has_plus = cell.starts_with('+');  // from_chars knows no plus
  if (has_plus) cell.remove_prefix(1);
  const std::size_t sign = !has_plus && cell.starts_with('-') ? 1 : 0;
  const char first = cell.size() > sign ? cell[sign] : ' ';
  // from_chars also reads "inf" and "nan(…)": those do not start so.
  if (first != '.' && (first < '0' || first > '9')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

std::string count_of(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

}  // namespace

bool is_missing(std::string_view cell) {
  return cell.empty() || cell == "n/a" || cell == "N/A" || cell == "NA" || cell == "nan" ||
         cell == "NaN" || cell == "NAN";
}

// One pass over the text; collects mistakes and goes on.
struct Table::Scan {
  Table& table;
  char delimiter;
  bool is_header_given;
  std::size_t at = 0;
  int line = 1;
  std::vector<Mistake> mistakes = {};
  std::size_t found = 0;
  std::unordered_map<std::string, std::size_t> seen = {};

  void mistake(Place place, std::string message, std::string note = {}) {
    if (++found <= kMistakesShown) {
      mistakes.push_back({std::move(place), std::move(message), std::move(note)});
    }
  }

  void stop_on(const std::string& message, const std::string& note = {}) const {
    throw InputError(Place{table.file_, 0, 0, 0, ""}, message, note, ExitCode::data);
  }

  void refuse_what_is_not_text() {
    const std::string& text = table.text_;
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
      stop_on("the table is UTF-16, expected UTF-8", "save it as UTF-8");
    }
    if (text.find('\0') != std::string::npos) {
      stop_on("the table holds zero bytes: it is not text",
              "name its format with 'format:' if the extension misleads");
    }
    if (text.starts_with("\xEF\xBB\xBF")) at = 3;
    if (text.find_first_not_of(" \r\n", at) == std::string::npos) {
      stop_on(is_header_given ? "the table is empty, expected rows"
                              : "the table is empty, expected a row of column names");
    }
  }

  // Moves past a quoted cell, to the delimiter or the end of the line after it.
  void skip_quoted(std::size_t row_begin, int row_line) {
    const std::string& text = table.text_;
    const std::size_t open = at++;
    for (;;) {
      at = text.find('"', at);
      if (at == std::string::npos) {
        at = text.size();
        const auto end = std::min(text.find('\n', open), text.size());
        mistake(table.place_of(row_begin, row_line, {text.data() + open, end - open}),
                "a quote is opened here and never closed");
        return;
      }
      ++at;
      if (at == text.size() || text[at] != '"') break;
      ++at;
    }
    const std::size_t close = at;
    while (at < text.size() && text[at] != delimiter && text[at] != '\n') ++at;
    line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(open),
                                        text.begin() + static_cast<std::ptrdiff_t>(close),
                                        '\n'));
    if (!trimmed({text.data() + close, at - close}).empty()) {
      mistake(table.place_of(row_begin, row_line, {text.data() + open, at - open}),
              "the cell goes on after its closing quote",
              "write \"\" for a quote inside a quoted cell");
    }
  }

  // Appends the begin of every cell of the line and of the next line; returns the number of cells.
  std::size_t read_line() {
    const std::string& text = table.text_;
    const std::size_t row_begin = at;
    const int row_line = line;
    std::size_t cells = 0;
    for (;; ++at) {
      table.begin_.push_back(at);
      ++cells;
      if (at < text.size() && text[at] == '"') {
        skip_quoted(row_begin, row_line);
      } else {
        while (at < text.size() && text[at] != delimiter && text[at] != '\n') ++at;
      }
      if (at >= text.size() || text[at] == '\n') break;
    }
    ++at;
    ++line;
    table.begin_.push_back(at);
    return cells;
  }

  void read_header() {
    const std::size_t begin = at;
    const int header_line = line;
    const std::size_t cells = read_line();
    std::size_t numbers = 0;
    for (std::size_t c = 0; c < cells; ++c) {
      const std::string_view cell =
          trimmed(std::string_view(table.text_)
                      .substr(table.begin_[c], table.begin_[c + 1] - 1 - table.begin_[c]));
      const std::string name(trimmed(unquoted(cell)));
      const Place place = table.place_of(begin, header_line, cell);
      if (finite_number(name)) ++numbers;
      if (name.empty()) {
        mistake(place,
                "column " + std::to_string(c + 1) + " has no name",
                "a row index that a program wrote can be left out when writing");
      } else if (const auto [it, is_new] = seen.emplace(name, c); !is_new) {
        mistake(place,
                "two columns are named '" + name + "': columns " + std::to_string(it->second + 1) +
                    " and " + std::to_string(c + 1));
      }
      table.names_.push_back(name);
    }
    if (numbers == cells) {
      mistake(table.place_of(begin, header_line, {table.text_.data() + begin, 0}),
              "the first row holds numbers, expected the names of the columns",
              "add a row of names at the top");
    }
    table.begin_.clear();
  }

  void read_rows() {
    const std::string& text = table.text_;
    while (at < text.size()) {
      const std::size_t begin = at;
      const int row_line = line;
      const std::size_t kept = table.begin_.size();
      const std::size_t cells = read_line();
      if (cells == table.columns() && !is_blank(begin)) {
        table.line_.push_back(row_line);
        continue;
      }
      table.begin_.resize(kept);
      const std::string_view row = line_text(begin);
      if (!is_blank(begin)) {
        mistake(table.place_of(begin, row_line, row),
                "the row has " + count_of(cells, "cell") +
                    (is_header_given ? ", but the columns have names for " : ", the header has ") +
                    std::to_string(table.columns()));
      } else if (std::string_view(text).substr(begin).find_first_not_of(" \r\n") !=
                 std::string_view::npos) {
        mistake(table.place_of(begin, row_line, row),
                "the line is blank",
                "write n/a for a missing value; blank lines may stand at the end only");
      } else {
        return;
      }
    }
  }

  std::string_view line_text(std::size_t begin) const {
    const std::string_view rest = std::string_view(table.text_).substr(begin);
    return trimmed(rest.substr(0, rest.find('\n')));
  }
  bool is_blank(std::size_t begin) const { return line_text(begin).empty(); }

  void finish() {
    if (found > kMistakesShown) {
      mistakes.insert(mistakes.begin(),
                      Mistake{Place{table.file_, 0, 0, 0, ""},
                              "the table has " + std::to_string(found) + " mistakes; the first " +
                                  std::to_string(kMistakesShown) + " follow",
                              ""});
    }
    if (found > 0) throw InputError(mistakes, ExitCode::data);
  }
};

Table::Table(std::string text,
             std::string shown_as,
             char delimiter,
             const std::vector<std::string>& header)
    : text_(std::move(text)), file_(std::move(shown_as)), names_(header) {
  Scan scan{*this, delimiter, !header.empty()};
  scan.refuse_what_is_not_text();
  if (header.empty()) scan.read_header();
  scan.read_rows();
  scan.finish();
}

std::optional<std::size_t> Table::find(std::string_view name) const {
  const auto it = std::find(names_.begin(), names_.end(), name);
  if (it == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(it - names_.begin());
}

std::string_view Table::raw(std::size_t row, std::size_t column) const {
  const std::size_t i = row * (columns() + 1) + column;
  return trimmed(std::string_view(text_).substr(begin_[i], begin_[i + 1] - 1 - begin_[i]));
}

std::string Table::text(std::size_t row, std::size_t column) const {
  return std::string(trimmed(unquoted(raw(row, column))));
}

std::optional<double> Table::number(std::size_t row, std::size_t column) const {
  const std::string_view cell = without_quotes(raw(row, column));
  if (is_missing(cell)) return std::numeric_limits<double>::quiet_NaN();
  return finite_number(cell);
}

Place Table::place(std::size_t row, std::size_t column) const {
  return place_of(begin_[row * (columns() + 1)], line_[row], raw(row, column));
}

Place Table::place_of(std::size_t row_begin, int line, std::string_view cell) const {
  const auto begin = static_cast<std::size_t>(cell.data() - text_.data());
  // A quoted cell earlier in the row may hold line ends.
  const std::string_view before = std::string_view(text_).substr(row_begin, begin - row_begin);
  const std::size_t last = before.rfind('\n');
  const std::size_t line_begin = last == std::string_view::npos ? row_begin : row_begin + last + 1;
  std::string_view whole = std::string_view(text_).substr(line_begin);
  whole = whole.substr(0, whole.find('\n'));
  if (!whole.empty() && whole.back() == '\r') whole.remove_suffix(1);
  Place place{file_,
              line,
              1 + characters(std::string_view(text_).substr(line_begin, begin - line_begin)),
              std::max(1, characters(cell.substr(0, cell.find('\n')))),
              ""};
  place.line += static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  if (whole.size() <= kLongestLineShown) place.source_line = std::string(whole);
  return place;
}

}  // namespace insula::dataset

// SPDX-License-Identifier: Apache-2.0
// Tables of text: TSV and CSV with a header row.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/error.h"

namespace insula::dataset {

/// At most so many mistakes of one file are shown; the rest are counted.
inline constexpr std::size_t kMistakesShown = 20;

/// True for the ways in which a missing value is written: n/a (BIDS), NA, nan, NaN, N/A and
/// nothing.
bool is_missing(std::string_view cell);

/// A table with a name for each column. Cells stay text until somebody asks for numbers.
///
/// Accepted: a byte order mark, CRLF, quoted cells ("a ""b"""), blank lines at the end, spaces
/// around cells. Mistakes: no header, columns without a name or with the same name, rows of other
/// lengths, blank lines between rows, an unclosed quote, zero bytes, UTF-16.
///
/// cost    linear in the bytes; eight bytes a cell besides the text
/// source  RFC 4180; BIDS 1.9, "Tabular files"
class Table {
 public:
  /// `shown_as` is the file's name in messages. `header` are the columns' names, each once, where
  /// the file has no row of them.
  /// errors  InputError (data) with the first kMistakesShown mistakes and the number of all.
  Table(std::string text,
        std::string shown_as,
        char delimiter,
        const std::vector<std::string>& header = {});

  const std::vector<std::string>& names() const { return names_; }
  std::size_t rows() const { return line_.size(); }
  std::size_t columns() const { return names_.size(); }
  std::optional<std::size_t> find(std::string_view name) const;

  /// The text of a cell without quotes and spaces around it.
  std::string text(std::size_t row, std::size_t column) const;
  /// NaN if the cell is missing; nothing if it is not a finite decimal number.
  std::optional<double> number(std::size_t row, std::size_t column) const;
  /// Where the cell stands; `source_line` is left out where lines are too long to print.
  Place place(std::size_t row, std::size_t column) const;

 private:
  struct Scan;
  std::string_view raw(std::size_t row, std::size_t column) const;
  Place place_of(std::size_t row_begin, int line, std::string_view cell) const;

  std::string text_;
  std::string file_;
  std::vector<std::string> names_;
  std::vector<std::size_t> begin_;  // of each cell; a row ends with the begin of the next line
  std::vector<int> line_;           // of each row, 1-based
};

}  // namespace insula::dataset

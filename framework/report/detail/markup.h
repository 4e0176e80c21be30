// SPDX-License-Identifier: Apache-2.0
// HTML and SVG as a type: text becomes markup only by way of text(), which escapes it, so that a
// name from a YAML file can never become a tag, an attribute or a script.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace insula::report {

/// Well-formed markup. Made by text(), element() and trusted(), joined by +=.
class Html {
 public:
  Html() = default;
  Html& operator+=(const Html& more) {
    code_ += more.code_;
    return *this;
  }
  friend Html operator+(Html a, const Html& b) { return a += b; }
  const std::string& code() const { return code_; }
  bool empty() const { return code_.empty(); }

 private:
  friend Html trusted(std::string code);
  std::string code_;
};

struct Attribute {
  std::string_view name;  // ours, never the user's
  std::string value;      // anyone's
};

/// Markup written by us.
Html trusted(std::string code);
/// Anyone's text: & < > " ' escaped, control characters but tab and line feed replaced by U+FFFD.
Html text(std::string_view anyone);
/// <name attribute="…">content</name>
Html element(std::string_view name, const std::vector<Attribute>& attributes, const Html& content);
Html element(std::string_view name, const Html& content);
Html element(std::string_view name, std::string_view content);

/// A table with a caption, a header row and rows of cells. Columns marked in `numeric` are aligned
/// to the right; a row of one cell is the heading of those that follow.
struct Table {
  std::string caption;
  std::vector<std::string> header;
  std::vector<bool> numeric;
  std::vector<std::vector<Html>> rows;
};
Html to_html(const Table& table);
/// A cell with a second, smaller line; only the first if there is nothing to add.
Html two_lines(const Html& first, std::string_view second);

/// Something to open: <details> with a summary line.
Html fold(std::string_view title, const Html& content);

/// A link that saves `bytes` as a file of that name, without a network; above 100 kB, a link to the
/// file of that name beside the report.
Html data_link(const std::string& file, const std::string& bytes);

/// Numbers for people: three significant digits, or a fixed count of decimals; a true minus sign;
/// "–" for NaN.
std::string people(double value, int digits = 3);
std::string fixed(double value, int decimals);
/// "0.43 [0.31, 0.55]"; without the interval if it is not known.
std::string with_interval(double value, double low, double high);
/// "0.23"; "< 0.001" below that.
std::string probability(double value);
/// "1 fold", "5 folds".
std::string counted(std::size_t count, std::string_view noun);

/// The template with every {{name}} replaced, once: what is put in is not looked at again.
/// errors  InternalError for a name that has no value
struct Slot {
  std::string_view name;
  std::string value;
};
std::string fill(std::string_view page, const std::vector<Slot>& slots);

}  // namespace insula::report

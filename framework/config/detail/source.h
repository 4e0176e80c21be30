// SPDX-License-Identifier: Apache-2.0
// The text of a YAML file, line by line, and places in it.
#pragma once

#include <string>
#include <vector>

#include "framework/base/error.h"

namespace insula::config {

/// The lines of a file, without line ends and byte-order mark. Places inside are 0-based lines and
/// 0-based bytes, as yaml-cpp counts; the Place that comes out is 1-based and counts characters.
class Source {
 public:
  Source(std::string file, std::string text);

  /// The text that the parser reads.
  const std::string& text() const { return text_; }
  Place place(int line, int byte, int width = 1) const;
  /// The rest of a line from a place on; "" beyond the end.
  std::string from(int line, int byte) const;
  /// The width in characters of the scalar that starts there, on its first line.
  int scalar_width(int line, int byte, const std::string& value) const;
  /// True if a quote stands there that is never closed.
  bool has_open_quote(int line, int byte) const;
  /// Bytes that are not UTF-8 and control characters, one mistake a line.
  void check_characters(Mistakes& mistakes) const;

 private:
  std::string file_;
  std::string text_;
  std::vector<std::string> lines_;
};

/// The number of characters (code points) of a UTF-8 text.
int character_count(const std::string& text);

}  // namespace insula::config

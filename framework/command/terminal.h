// SPDX-License-Identifier: Apache-2.0
// Where text goes: colour only for people, progress only where it can be rewritten.
#pragma once

#include <string>

#include "framework/base/error.h"

namespace insula::command {

enum class Output { standard, error };
enum class Colour { bold, red, yellow, green };

/// `text` in a colour if the output is a terminal that shows colours and NO_COLOR is not set.
/// source  no-color.org
std::string painted(const std::string& text, Colour colour, Output output);

void print(const std::string& text);        // to standard output, as it is
void print_error(const std::string& text);  // to standard error, as it is

/// A mistake's text under the word "warning" instead of "error", to standard error.
void print_warning(const Mistake& doubt);
std::string warning_text(const Mistake& doubt);

/// One line on standard error that is written anew; nothing where that is no terminal.
class ProgressLine {
 public:
  explicit ProgressLine(bool is_wanted);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const std::string& text);
  void clear();

 private:
  bool is_shown_;
  bool has_text_ = false;
};

/// "12 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);

}  // namespace insula::command

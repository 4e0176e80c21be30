// SPDX-License-Identifier: Apache-2.0
#include "framework/command/terminal.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace insula::command {
namespace {

bool is_terminal(Output output) {
  return isatty(output == Output::standard ? STDOUT_FILENO : STDERR_FILENO) == 1;
}

bool shows_colour(Output output) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_refused = no_colour != nullptr && *no_colour != '\0';
  const bool is_dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return is_terminal(output) && !is_refused && !is_dumb;
}

int code_of(Colour colour) {
  switch (colour) {
    case Colour::bold: return 1;
    case Colour::red: return 31;
    case Colour::green: return 32;
    case Colour::yellow: return 33;
  }
  return 0;
}

std::size_t columns() {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  const bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : kUsual;
}

// The first `count` characters; a line that wraps could not be written anew.
std::string shortened(const std::string& text, std::size_t count) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts && characters++ == count) return text.substr(0, i);
  }
  return text;
}

void write(const std::string& text, std::FILE* file) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

}  // namespace

std::string painted(const std::string& text, Colour colour, Output output) {
  if (!shows_colour(output)) return text;
  return "\x1b[" + std::to_string(code_of(colour)) + "m" + text + "\x1b[0m";
}

void print(const std::string& text) { write(text, stdout); }
void print_error(const std::string& text) { write(text, stderr); }

std::string warning_text(const Mistake& doubt) {
  std::string text = to_text(doubt);
  constexpr std::string_view kWord = "error: ";
  const std::size_t at = text.find(kWord);
  if (at != std::string::npos) text.replace(at, kWord.size(), "warning: ");
  return text;
}

void print_warning(const Mistake& doubt) {
  std::string text = warning_text(doubt);
  constexpr std::string_view kWord = "warning:";
  const std::size_t at = text.find(kWord);
  if (at != std::string::npos) {
    text.replace(at, kWord.size(), painted(std::string(kWord), Colour::yellow, Output::error));
  }
  print_error(text + "\n");
}

ProgressLine::ProgressLine(bool is_wanted) : is_shown_(is_wanted && is_terminal(Output::error)) {}
ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const std::string& text) {
  if (!is_shown_) return;
  print_error("\r\x1b[K" + shortened(text, columns() - 1));
  has_text_ = true;
}

void ProgressLine::clear() {
  if (has_text_) print_error("\r\x1b[K");
  has_text_ = false;
}

std::string duration_text(double seconds) {
  const long long whole = std::llround(std::ceil(seconds));
  const long long minutes = whole / 60, hours = minutes / 60;
  if (hours > 0) return std::to_string(hours) + " h " + std::to_string(minutes % 60) + " min";
  if (minutes > 0) return std::to_string(minutes) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole) + " s";
}

}  // namespace insula::command

// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <utility>

#include "framework/command/checked.h"
#include "framework/command/command.h"
#include "framework/command/terminal.h"
#include "modules/catalogue.h"

namespace insula::command {
namespace {

using Severity = dataset::Finding::Severity;

std::string doubt_text(const Doubt& doubt) {
  const Colour colour = doubt.severity == Severity::error     ? Colour::red
                        : doubt.severity == Severity::warning ? Colour::yellow
                                                              : Colour::bold;
  if (doubt.check.empty()) {
    std::string text = warning_text(doubt.mistake);
    const std::string word = "warning:";
    const std::size_t at = text.find(word);
    return at == std::string::npos
               ? text
               : text.replace(at, word.size(), painted(word, colour, Output::standard));
  }
  return painted(to_text(doubt.severity) + ":", colour, Output::standard) + " " + doubt.where +
         ": " + doubt.mistake.message + " (" + doubt.check + ")";
}

// One screen: of a check that finds something in many places the first ones, and how many more.
constexpr std::size_t kShownOfOneCheck = 3;

void show_doubts(const std::vector<Doubt>& doubts) {
  std::map<std::pair<std::string, Severity>, std::size_t> found, shown;
  for (const Doubt& doubt : doubts) ++found[{doubt.check, doubt.severity}];
  for (const Doubt& doubt : doubts) {
    const auto key = std::pair(doubt.check, doubt.severity);
    const std::size_t all = found[key], before = shown[key]++;
    const bool is_short = doubt.check.empty() || all <= kShownOfOneCheck + 1;
    if (is_short || before < kShownOfOneCheck) print(doubt_text(doubt) + "\n");
    if (!is_short && before == kShownOfOneCheck)
      print("  … and " + std::to_string(all - kShownOfOneCheck) + " more like it (" + doubt.check +
            "); --json lists all\n");
  }
}

void show(const Checked& file) {
  if (!file.mistakes.empty()) {
    print_error(file.mistakes_text + "\n");
    return;
  }
  const std::size_t count = file.doubts.size();
  print(file.file + ": " + file.document + " '" + file.name + "' " +
        (count == 0   ? painted("is sound", Colour::green, Output::standard)
         : count == 1 ? "raises a doubt"
                      : "raises " + std::to_string(count) + " doubts") +
        "\n");
  show_doubts(file.doubts);
  for (const std::string& note : file.notes) print("  note: " + note + "\n");
}

}  // namespace

int check(const CheckArguments& arguments) {
  const Catalogue kinds = catalogue();
  std::vector<Checked> files;
  ExitCode code = ExitCode::success;
  for (const std::string& file : arguments.files) {
    files.push_back(checked(file, kinds));
    if (code == ExitCode::success) code = files.back().code;
    if (!arguments.json) show(files.back());
  }
  if (arguments.json) print(to_json(files) + "\n");
  return static_cast<int>(code);
}

}  // namespace insula::command

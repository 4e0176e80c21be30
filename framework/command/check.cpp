// SPDX-License-Identifier: Apache-2.0
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
  for (const Doubt& doubt : file.doubts) print(doubt_text(doubt) + "\n");
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

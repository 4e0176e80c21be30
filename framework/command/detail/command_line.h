// SPDX-License-Identifier: Apache-2.0
// What may be typed, command by command.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace insula::command {

/// What is done once all words are understood; its exit code.
using Action = std::function<int()>;

inline CLI::App* add_command(CLI::App& app,
                             const char* name,
                             const char* about,
                             const char* footer) {
  CLI::App* command = app.add_subcommand(name, about);
  command->footer(footer);
  return command;
}

void add_import(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_rsa(CLI::App& app, Action& action);

}  // namespace insula::command

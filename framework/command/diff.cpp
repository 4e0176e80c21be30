// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/graph.h"
#include "framework/command/command.h"
#include "framework/command/terminal.h"
#include "modules/catalogue.h"

namespace insula::command {

int diff(const std::string& from, const std::string& to) {
  const Catalogue kinds = catalogue();
  // Both are read before anything is said, so that the mistakes of both are told.
  Mistakes mistakes;
  const auto load = [&](const std::string& path) {
    try {
      return architecture::load(path, kinds);
    } catch (const InputError& error) {
      if (error.code() != ExitCode::config) throw;
      mistakes.add(error.mistakes());
      return architecture::Architecture{};
    }
  };
  const architecture::Architecture a = load(from), b = load(to);
  mistakes.throw_if_any();
  const std::vector<std::string> changes = architecture::difference(a, b);
  print(painted(b.name + " against " + a.name, Colour::bold, Output::standard) + "\n");
  for (const std::string& change : changes) print("  " + change + "\n");
  if (changes.empty()) print("  nothing differs\n");
  return 0;
}

}  // namespace insula::command

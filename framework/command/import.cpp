// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "framework/base/text.h"
#include "framework/command/command.h"
#include "framework/command/folder.h"
#include "framework/command/import_spm.h"
#include "framework/command/terminal.h"

namespace insula::command {
namespace {

const std::vector<std::string> kImported{"spm"};

}  // namespace

int import_files(const ImportArguments& arguments) {
  if (std::ranges::find(kImported, arguments.format) == kImported.end()) {
    throw InputError({},
                     "nothing can be imported from '" + arguments.format + "'",
                     name_hint(arguments.format, kImported, "there is"),
                     ExitCode::usage);
  }
  refuse_occupied(arguments.out);
  std::vector<SpmModel> models;
  for (const std::string& file : arguments.files)
    models.push_back({file, dataset::read_spm_dcm(file)});
  write_files(arguments.out, spm_project(models));
  for (const SpmModel& model : models) {
    if (!model.dcm.notes.empty()) print("\n" + model.file + ":\n");
    for (const std::string& note : model.dcm.notes) print("  " + note + "\n");
  }
  const std::filesystem::path folder = arguments.out;
  print("\nNext: insula run " + (folder / "experiment.yaml").string() + "\n");
  return 0;
}

}  // namespace insula::command

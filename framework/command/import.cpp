// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <utility>

#include "framework/base/text.h"
#include "framework/command/command.h"
#include "framework/command/folder.h"
#include "framework/command/import_bids.h"
#include "framework/command/import_spm.h"
#include "framework/command/terminal.h"

namespace insula::command {
namespace {

const std::vector<std::string> kImported{"spm", "bids"};

// Options that the other formats do not have, by what was typed.
void refuse_options_of_bids(const dataset::BidsQuestion& typed) {
  for (const auto& [option, is_typed] : {std::pair{"--derivatives", !typed.derivatives.empty()},
                                         std::pair{"--task", !typed.task.empty()},
                                         std::pair{"--atlas", !typed.atlas.empty()},
                                         std::pair{"--space", !typed.space.empty()},
                                         std::pair{"--desc", !typed.desc.empty()},
                                         std::pair{"--confounds", !typed.confounds.empty()},
                                         std::pair{"--censor", !typed.censor.empty()},
                                         std::pair{"--response", !typed.response.empty()}}) {
    if (is_typed)
      throw InputError(
          {}, std::string("'") + option + "' is for `insula import bids`", "", ExitCode::usage);
  }
}

int import_spm(const ImportArguments& arguments) {
  refuse_options_of_bids(arguments.bids);
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

int import_bids(const ImportArguments& arguments) {
  if (arguments.files.size() != 1)
    throw InputError(
        {},
        "`insula import bids` takes one folder, got " + std::to_string(arguments.files.size()),
        "folders of derivatives are named with --derivatives, once each",
        ExitCode::usage);
  dataset::BidsQuestion question = arguments.bids;
  question.folder = arguments.files.front();
  const dataset::BidsStudy study = dataset::read_bids(question);
  write_files(arguments.out, bids_project(study, arguments.out));
  print("\n" + summary_of(study) + "\n");
  for (const std::string& note : study.notes) print("  " + note + "\n");
  const std::filesystem::path folder = arguments.out;
  print("\nNext: insula new model --from " + (folder / "dataset.yaml").string() + "\n");
  return 0;
}

}  // namespace

int import_files(const ImportArguments& arguments) {
  if (std::ranges::find(kImported, arguments.format) == kImported.end()) {
    throw InputError({},
                     "nothing can be imported from '" + arguments.format + "'",
                     name_hint(arguments.format, kImported, "there is"),
                     ExitCode::usage);
  }
  refuse_occupied(arguments.out);
  return arguments.format == "bids" ? import_bids(arguments) : import_spm(arguments);
}

}  // namespace insula::command

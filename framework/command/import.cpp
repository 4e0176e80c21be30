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

[[noreturn]] void refuse_spm_file(const std::string& file,
                                  const std::string& message,
                                  const std::string& note) {
  Place place;
  place.file = file;
  throw InputError(place, message, note, ExitCode::data);
}

struct SpmFiles {
  std::vector<SpmModel> models;
  std::vector<dataset::MatlabFile> designs, regions;
};

// By the variables that SPM gives its files.
SpmFiles sorted_spm_files(const std::vector<std::string>& paths) {
  SpmFiles files;
  for (const std::string& path : paths) {
    dataset::MatlabValue variables = dataset::read_matlab(path);
    const auto has = [&](const char* name) {
      return std::ranges::find(variables.fields, name) != variables.fields.end();
    };
    if (has("DCM"))
      files.models.push_back({path, dataset::read_spm_dcm(variables, path)});
    else if (has("SPM"))
      files.designs.push_back({path, std::move(variables)});
    else if (has("xY"))
      files.regions.push_back({path, std::move(variables)});
    else
      refuse_spm_file(
          path,
          "the file has none of SPM's variables: DCM (a model), SPM (a design) or xY (a "
          "region)",
          variables.fields.empty() ? "it has no variable"
                                   : "it has: " + join(variables.fields, ", "));
  }
  if (!files.models.empty() && files.designs.size() + files.regions.size() > 0)
    refuse_spm_file(
        (files.designs.empty() ? files.regions : files.designs).front().path,
        "a model has its own series and inputs, and takes none from SPM.mat and VOI_*.mat",
        "import them into another folder");
  if (files.designs.size() > 1)
    refuse_spm_file(files.designs[1].path,
                    "this is a second design",
                    "import each SPM.mat with its VOI_*.mat into a folder of its own");
  if (files.designs.empty() && !files.regions.empty())
    refuse_spm_file(files.regions.front().path,
                    "a region has no inputs and no times of its own",
                    "name the SPM.mat that it was extracted from, too");
  if (!files.designs.empty() && files.regions.empty())
    refuse_spm_file(files.designs.front().path,
                    "a design has no series",
                    "name the regions that were extracted from it, too: VOI_*.mat");
  return files;
}

int import_design(const ImportArguments& arguments, const SpmFiles& files) {
  const dataset::MatlabFile& design = files.designs.front();
  const dataset::SpmDesign read = dataset::read_spm_design(design, files.regions);
  write_files(arguments.out, spm_design_project(read, design.path));
  print("\n");
  for (const std::string& note : read.notes) print("  " + note + "\n");
  const std::filesystem::path folder = arguments.out;
  print("\nNext: insula new model --from " + (folder / "dataset.yaml").string() + "\n");
  return 0;
}

int import_spm(const ImportArguments& arguments) {
  refuse_options_of_bids(arguments.bids);
  const SpmFiles files = sorted_spm_files(arguments.files);
  if (!files.designs.empty()) return import_design(arguments, files);
  write_files(arguments.out, spm_project(files.models));
  for (const SpmModel& model : files.models) {
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

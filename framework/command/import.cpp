// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <utility>

#include "framework/base/quantity.h"
#include "framework/base/text.h"
#include "framework/command/command.h"
#include "framework/command/folder.h"
#include "framework/command/import_bids.h"
#include "framework/command/import_nwb.h"
#include "framework/command/import_spm.h"
#include "framework/command/terminal.h"

namespace insula::command {
namespace {

const std::vector<std::string> kImported{"spm", "bids", "nwb"};

// An option that was typed, and the formats that have it.
struct TypedOption {
  std::string name;
  bool is_typed;
  std::vector<std::string> formats;
};

std::vector<TypedOption> options_of(const ImportArguments& typed) {
  const dataset::BidsQuestion& bids = typed.bids;
  return {{"--derivatives", !bids.derivatives.empty(), {"bids"}},
          {"--task", !bids.task.empty(), {"bids"}},
          {"--atlas", !bids.atlas.empty(), {"bids"}},
          {"--space", !bids.space.empty(), {"bids"}},
          {"--desc", !bids.desc.empty(), {"bids"}},
          {"--confounds", !bids.confounds.empty(), {"bids"}},
          {"--censor", !bids.censor.empty(), {"bids"}},
          {"--response", !bids.response.empty(), {"bids", "nwb"}},
          {"--series", !typed.series.empty(), {"nwb"}},
          {"--bin", !typed.bin.empty(), {"nwb"}}};
}

void refuse_options_of_others(const ImportArguments& typed) {
  for (const TypedOption& option : options_of(typed)) {
    if (!option.is_typed || std::ranges::find(option.formats, typed.format) != option.formats.end())
      continue;
    std::vector<std::string> commands;
    for (const std::string& format : option.formats)
      commands.push_back("`insula import " + format + "`");
    throw InputError({}, "'" + option.name + "' is for " + in_words(commands), "", ExitCode::usage);
  }
}

int import_spm(const ImportArguments& arguments) {
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

double bin_of(const std::string& text) {
  const auto bin = parse_quantity(text);
  if (!bin || bin->dimension != Dimension::time || !(bin->value > 0))
    throw InputError({},
                     "'--bin' needs a time above 0, got '" + text + "'",
                     "for example --bin '50 ms'",
                     ExitCode::usage);
  return bin->value;
}

int import_nwb(const ImportArguments& arguments) {
  dataset::NwbQuestion question;
  question.files = nwb_files(arguments.files);
  if (!arguments.bin.empty()) question.bin = bin_of(arguments.bin);
  question.series = arguments.series;
  question.response = arguments.bids.response;
  const dataset::NwbStudy study = dataset::read_nwb(question);
  write_files(arguments.out, nwb_project(study, arguments.out));
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
  refuse_options_of_others(arguments);
  refuse_occupied(arguments.out);
  if (arguments.format == "bids") return import_bids(arguments);
  if (arguments.format == "nwb") return import_nwb(arguments);
  return import_spm(arguments);
}

}  // namespace insula::command

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <utility>

#include "framework/base/quantity.h"
#include "framework/base/text.h"
#include "framework/command/command.h"
#include "framework/command/folder.h"
#include "framework/command/import_bids.h"
#include "framework/command/import_hemispheres.h"
#include "framework/command/import_images.h"
#include "framework/command/import_nwb.h"
#include "framework/command/import_spm.h"
#include "framework/command/manifest_words.h"
#include "framework/command/terminal.h"
#include "framework/dataset/file.h"

namespace insula::command {
namespace {

const std::vector<std::string> kImported{"spm", "bids", "nwb", "images"};

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
          {"--atlas", !typed.atlases.empty(), {"bids", "images"}},
          {"--region", !bids.regions.empty(), {"bids", "images"}},
          {"--space", !bids.space.empty(), {"bids"}},
          {"--den", !bids.den.empty(), {"bids"}},
          {"--desc", !bids.desc.empty(), {"bids"}},
          {"--confounds", !bids.confounds.empty(), {"bids"}},
          {"--censor", !bids.censor.empty(), {"bids"}},
          {"--response", !bids.response.empty(), {"bids", "nwb"}},
          {"--series", !typed.series.empty(), {"nwb"}},
          {"--bin", !typed.bin.empty(), {"nwb"}},
          {"--labels", !bids.labels.empty(), {"bids", "images"}},
          {"--take", !typed.take.empty(), {"bids", "images"}},
          {"--interval", !typed.interval.empty(), {"images"}},
          {"--events", !typed.events.empty(), {"images"}}};
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

// The manifest says of what its tables were made: a run's summary holds the manifest's hash, and so
// through it theirs.
std::vector<ProjectFile> with_sources(std::vector<ProjectFile> project,
                                      std::vector<std::string> sources,
                                      const std::string& folder) {
  std::ranges::sort(sources);
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  std::string text;
  for (const std::string& source : sources)
    if (!source.empty())
      text += "# made of " + path_from(folder, source) + ", sha256 " +
              dataset::sha256(dataset::MappedFile(source).bytes()) + "\n";
  for (ProjectFile& file : project) {
    const std::size_t at = file.text.find("insula: dataset/1\n");
    if (file.name == "dataset.yaml" && at != std::string::npos) file.text.insert(at, text);
  }
  return project;
}

int import_design(const ImportArguments& arguments, const SpmFiles& files) {
  const dataset::MatlabFile& design = files.designs.front();
  const dataset::SpmDesign read = dataset::read_spm_design(design, files.regions);
  write_files(arguments.out,
              with_sources(spm_design_project(read, design.path), arguments.files, arguments.out));
  print("\n");
  for (const std::string& note : read.notes) print("  " + note + "\n");
  const std::filesystem::path folder = arguments.out;
  print("\nNext: insula new model --from " + (folder / "dataset.yaml").string() + "\n");
  return 0;
}

int import_spm(const ImportArguments& arguments) {
  const SpmFiles files = sorted_spm_files(arguments.files);
  if (!files.designs.empty()) return import_design(arguments, files);
  write_files(arguments.out,
              with_sources(spm_project(files.models), arguments.files, arguments.out));
  for (const SpmModel& model : files.models) {
    if (!model.dcm.notes.empty()) print("\n" + model.file + ":\n");
    for (const std::string& note : model.dcm.notes) print("  " + note + "\n");
  }
  const std::filesystem::path folder = arguments.out;
  print("\nNext: insula run " + (folder / "experiment.yaml").string() + "\n");
  return 0;
}

const std::vector<std::string> kTaken{"mean", "eigenvariate"};

bool takes_eigenvariates(const ImportArguments& arguments) {
  if (!arguments.take.empty() && std::ranges::find(kTaken, arguments.take) == kTaken.end())
    throw InputError({},
                     "'--take' cannot be '" + arguments.take + "'",
                     name_hint(arguments.take, kTaken, "there is"),
                     ExitCode::usage);
  return arguments.take == kTaken.back();
}

// Series that a pipeline wrote are taken as they are.
void refuse_words_of_images(const ImportArguments& arguments, const std::string& atlas) {
  const std::string option = !arguments.take.empty()          ? "--take"
                             : !arguments.bids.labels.empty() ? "--labels"
                                                              : "";
  if (option.empty() || dataset::is_image_of_labels(atlas)) return;
  throw InputError({},
                   "'" + option + "' is for an atlas that is an image of labels",
                   "for example --atlas Schaefer.dlabel.nii, or --atlas dseg.nii.gz",
                   ExitCode::usage);
}

// Those that became tables; tables that are read where they lie are hashed there.
std::vector<std::string> images_of(const dataset::BidsStudy& study,
                                   const dataset::BidsQuestion& question) {
  std::vector<std::string> images;
  for (const auto& subject : study.subjects)
    for (const auto& run : subject.runs)
      if (run.series && run.series->image) images.push_back(run.series->file);
  if (dataset::is_image_of_labels(question.atlas)) images.push_back(question.atlas);
  images.push_back(question.labels);
  return images;
}

int import_bids(const ImportArguments& arguments) {
  if (arguments.files.size() != 1)
    throw InputError(
        {},
        "`insula import bids` takes one folder, got " + std::to_string(arguments.files.size()),
        "folders of derivatives are named with --derivatives, once each",
        ExitCode::usage);
  if (arguments.atlases.size() > 1)
    throw InputError(
        {},
        "`insula import bids` takes one atlas, got " + std::to_string(arguments.atlases.size()),
        "import each into a folder of its own",
        ExitCode::usage);
  dataset::BidsQuestion question = arguments.bids;
  question.folder = arguments.files.front();
  if (!arguments.atlases.empty()) question.atlas = arguments.atlases.front();
  question.eigenvariate = takes_eigenvariates(arguments);
  refuse_words_of_images(arguments, question.atlas);
  const dataset::BidsStudy study = dataset::read_bids(question);
  write_files(
      arguments.out,
      with_sources(bids_project(study, arguments.out), images_of(study, question), arguments.out));
  print("\n" + summary_of(study) + "\n");
  for (const std::string& note : study.notes) print("  " + note + "\n");
  const std::filesystem::path folder = arguments.out;
  print("\nNext: insula new model --from " + (folder / "dataset.yaml").string() + "\n");
  return 0;
}

double time_of(const std::string& option, const std::string& text, const std::string& example) {
  const auto time = parse_quantity(text);
  if (!time || time->dimension != Dimension::time || !(time->value > 0))
    throw InputError({},
                     "'" + option + "' needs a time above 0, got '" + text + "'",
                     "for example " + option + " '" + example + "'",
                     ExitCode::usage);
  return time->value;
}

int import_nwb(const ImportArguments& arguments) {
  dataset::NwbQuestion question;
  question.files = nwb_files(arguments.files);
  if (!arguments.bin.empty()) question.bin = time_of("--bin", arguments.bin, "50 ms");
  question.series = arguments.series;
  question.response = arguments.bids.response;
  const dataset::NwbStudy study = dataset::read_nwb(question);
  write_files(arguments.out,
              with_sources(nwb_project(study, arguments.out), question.files, arguments.out));
  print("\n" + summary_of(study) + "\n");
  for (const std::string& note : study.notes) print("  " + note + "\n");
  const std::filesystem::path folder = arguments.out;
  print("\nNext: insula new model --from " + (folder / "dataset.yaml").string() + "\n");
  return 0;
}

int import_images(const ImportArguments& arguments) {
  if (arguments.events.size() > 1 && arguments.events.size() != arguments.files.size())
    throw InputError({},
                     "there are " + std::to_string(arguments.events.size()) + " tables of events" +
                         " for " + std::to_string(arguments.files.size()) + " images",
                     "--events names one for all, or one for each image in their order",
                     ExitCode::usage);
  dataset::ImageQuestion question;
  question.labels = arguments.bids.labels;
  question.eigenvariate = takes_eigenvariates(arguments);
  if (!arguments.interval.empty())
    question.interval = time_of("--interval", arguments.interval, "2 s");
  std::vector<ImportedImage> images;
  for (std::size_t i = 0; i < arguments.files.size(); ++i) {
    question.image = arguments.files[i];
    question.atlas = atlas_for(question.image, arguments.atlases);
    std::string events;
    if (!arguments.events.empty()) events = arguments.events[arguments.events.size() > 1 ? i : 0];
    images.push_back({question.image, dataset::read_regional_series(question), events});
  }
  images = with_joined_hemispheres(std::move(images), arguments.atlases);
  for (ImportedImage& image : images)
    dataset::take_regions(arguments.bids.regions, image.file, image.series);
  std::vector<std::string> sources = arguments.files;
  sources.insert(sources.end(), arguments.atlases.begin(), arguments.atlases.end());
  sources.push_back(arguments.bids.labels);
  write_files(arguments.out,
              with_sources(image_project(images, arguments.out), sources, arguments.out));
  print("\n" + summary_of(images) + "\n");
  for (const ImportedImage& image : images)
    for (const std::string& note : image.series.notes)
      print("  " + image.file + ": " + note + "\n");
  const std::string manifest = (std::filesystem::path(arguments.out) / "dataset.yaml").string();
  print(arguments.events.empty() ? "\nNext: add inputs to " + manifest + "; --events does\n"
                                 : "\nNext: insula new model --from " + manifest + "\n");
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
  if (arguments.format == "images") return import_images(arguments);
  return import_spm(arguments);
}

}  // namespace insula::command

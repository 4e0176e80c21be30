// SPDX-License-Identifier: Apache-2.0
// Which runs a BIDS dataset has of a task, and which series of regions belong to them.
#include <algorithm>
#include <array>
#include <set>

#include "framework/base/quantity.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/bids.h"

namespace insula::dataset::detail {
namespace {

using Names = std::vector<std::string>;

constexpr const char* kNone = "none";
// Entities of a recording, whatever is computed from it; echoes and the like are parts of one.
constexpr std::array kOfRuns = {"sub", "ses", "task", "acq", "ce", "rec", "dir", "run"};

struct Found {
  const BidsFile* file;
  const BidsFolder* folder;
};

void add(Names& names, const std::string& name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
}

std::string atlas_of(const BidsFile& file) {
  const std::string atlas = file.name.entity("seg");
  return atlas.empty() ? file.name.entity("atlas") : atlas;
}

constexpr const char* kTableOfSeries = ".tsv";
constexpr const char* kParcels = ".ptseries.nii";

bool is_of_a_run(const BidsName& name) {
  return !name.entity("sub").empty() && !name.entity("task").empty();
}

bool is_series(const BidsFile& file) {
  const BidsName& name = file.name;
  return name.suffix == "timeseries" &&
         (name.extension == kTableOfSeries || name.extension == kParcels) && is_of_a_run(name) &&
         name.entity("desc") != "confounds";
}

// An image that was made of a raw one, of the kind that the labels are of.
bool is_derived_image(const BidsFile& file, const std::string& atlas) {
  const BidsName& name = file.name;
  const bool is_made = !name.entity("space").empty() || !name.entity("desc").empty();
  const bool is_kind = atlas.ends_with(".dlabel.nii")
                           ? name.extension == ".dtseries.nii"
                           : name.extension == ".nii" || name.extension == ".nii.gz";
  return name.suffix == "bold" && is_kind && is_made && is_of_a_run(name);
}

bool is_behaviour(const BidsFile& file) {
  const BidsName& name = file.name;
  const bool is_table = name.extension == ".tsv" || name.extension == ".tsv.gz";
  return is_table && !name.entity("sub").empty() && !name.entity("task").empty() &&
         (name.suffix == "events" || name.suffix == "physio" || name.suffix == "beh");
}

// What may be asked for: the option, and how one and several of it are called.
struct Choice {
  const char* option;
  const char* one;
  const char* several;
};
constexpr Choice kTask{"--task", "task", "tasks"};
constexpr Choice kAtlas{"--atlas", "atlas", "atlases"};
constexpr Choice kSpace{"--space", "space", "spaces"};
constexpr Choice kDen{"--den", "density or resolution", "densities or resolutions"};
constexpr Choice kDesc{"--desc", "description", "descriptions"};

std::string one_of(const std::string& asked,
                   Names there,
                   const Choice& choice,
                   const std::string& root) {
  std::ranges::sort(there);
  if (!asked.empty() && std::ranges::find(there, asked) != there.end()) return asked;
  if (!asked.empty())
    throw InputError(Place{root, 0, 0, 0, ""},
                     std::string("there is no ") + choice.one + " '" + asked + "'",
                     name_hint(asked, there, "there is"),
                     ExitCode::usage);
  if (there.size() > 1)
    throw InputError(Place{root, 0, 0, 0, ""},
                     std::string("there are several ") + choice.several + ": " + in_words(there),
                     std::string("choose one with ") + choice.option,
                     ExitCode::usage);
  return there.empty() ? "" : there.front();
}

// What is left of series that differ in one entity when one value is chosen.
void choose(std::vector<Found>& found,
            const std::string& asked,
            const Choice& choice,
            const std::string& root,
            std::string (*value)(const BidsFile&)) {
  Names values;
  for (const Found& one : found) add(values, value(*one.file));
  const std::string chosen = one_of(asked, values, choice, root);
  if (!chosen.empty())
    std::erase_if(found, [&](const Found& one) { return value(*one.file) != chosen; });
}

// Files without an entity beside others that have it can be asked for, too.
std::string or_none(const std::string& value) { return value.empty() ? kNone : value; }

// Means of regions, where other statistics are there, too.
void prefer_means(std::vector<Found>& found) {
  const auto is_mean = [](const Found& one) { return one.file->name.entity("stat") == "mean"; };
  if (std::ranges::any_of(found, is_mean))
    std::erase_if(found, [&](const Found& one) { return !is_mean(one); });
}

// Tables are read where they lie, so that the same series in CIFTI are not needed.
void prefer_tables(std::vector<Found>& found) {
  std::set<std::pair<std::string, BidsEntities>> tables;
  for (const Found& one : found)
    if (one.file->name.extension == kTableOfSeries)
      tables.emplace(one.folder->root() + "/" + one.file->folder, one.file->name.entities);
  std::erase_if(found, [&](const Found& one) {
    return one.file->name.extension == kParcels &&
           tables.contains({one.folder->root() + "/" + one.file->folder, one.file->name.entities});
  });
}

void refuse_seriesless(const BidsFolder& raw, const std::string& task, const std::string& atlas) {
  if (is_image_of_labels(atlas))
    refuse_bids(
        raw.root(),
        "no derivative has images of the task '" + task + "' that '" + atlas + "' can be laid over",
        "a .dlabel.nii is for files that end with _bold.dtseries.nii, a .nii or .nii.gz for "
        "those that end with _desc-preproc_bold.nii.gz or the like");
  refuse_bids(raw.root(),
              "no derivative has series of regions of the task '" + task + "'",
              "--derivatives names the folder of XCP-D, or of whatever wrote files that end with "
              "_timeseries.tsv or _timeseries.ptseries.nii");
}

std::vector<Found> series_of(const BidsFolder& raw,
                             const Derivatives& derivatives,
                             const std::string& task,
                             const BidsQuestion& question) {
  std::vector<Found> found;
  if (question.atlas == kNone) return found;
  const bool is_laid_over = is_image_of_labels(question.atlas);
  for (const auto& folder : derivatives)
    for (const BidsFile& file : folder->files())
      if (file.name.entity("task") == task &&
          (is_laid_over ? is_derived_image(file, question.atlas) : is_series(file)))
        found.push_back({&file, folder.get()});
  if (found.empty() && !question.atlas.empty()) refuse_seriesless(raw, task, question.atlas);
  if (!is_laid_over) choose(found, question.atlas, kAtlas, raw.root(), atlas_of);
  const auto space = [](const BidsFile& file) { return or_none(file.name.entity("space")); };
  const auto den = [](const BidsFile& file) {
    const std::string density = file.name.entity("den");
    return or_none(density.empty() ? file.name.entity("res") : density);
  };
  const auto desc = [](const BidsFile& file) { return or_none(file.name.entity("desc")); };
  prefer_means(found);
  prefer_tables(found);
  choose(found, question.space, kSpace, raw.root(), space);
  choose(found, question.den, kDen, raw.root(), den);
  choose(found, question.desc, kDesc, raw.root(), desc);
  return found;
}

// Runs in the order of their subjects, sessions and so on; numbers by their value.
bool comes_before(const RunFiles& a, const RunFiles& b) {
  for (const char* key : kOfRuns) {
    const std::string one = BidsName{a.entities, "", ""}.entity(key);
    const std::string other = BidsName{b.entities, "", ""}.entity(key);
    if (one == other) continue;
    const auto n = parse_number(one), m = parse_number(other);
    return n && m && *n != *m ? *n < *m : one < other;
  }
  return false;
}

// The folder of a run in the raw dataset, which derivatives need not have taken over.
std::string raw_folder_of(const BidsFolder& raw, const BidsEntities& run) {
  const BidsName name{run, "", ""};
  for (const BidsFile* file : raw.of_subject("sub-" + name.entity("sub")))
    if (file->name.suffix == "bold" && run_of(file->name.entities) == run) return file->folder;
  const std::string session = name.entity("ses");
  return "sub-" + name.entity("sub") + (session.empty() ? "" : "/ses-" + session) + "/func";
}

std::vector<RunFiles> runs_with_series(const BidsFolder& raw,
                                       const std::vector<Found>& found,
                                       const std::string& atlas) {
  std::map<BidsEntities, RunFiles> runs;
  for (const auto& [file, folder] : found) {
    const BidsEntities entities = run_of(file->name.entities);
    const auto [run, is_new] = runs.emplace(
        entities, RunFiles{&raw, raw_folder_of(raw, entities), entities, file, folder, atlas});
    if (is_new || run->second.series->path == file->path) continue;
    refuse_bids(file->path,
                "it is of the same run as " + run->second.series->path,
                "name the derivatives to read with --derivatives");
  }
  std::vector<RunFiles> list;
  for (auto& [entities, run] : runs) list.push_back(std::move(run));
  std::ranges::sort(list, comes_before);
  return list;
}

std::vector<RunFiles> runs_of_behaviour(const BidsFolder& raw, const std::string& task) {
  std::map<BidsEntities, RunFiles> runs;
  for (const BidsFile& file : raw.files()) {
    if (!is_behaviour(file) || file.name.entity("task") != task) continue;
    const BidsEntities entities = run_of(file.name.entities);
    runs.emplace(entities, RunFiles{&raw, file.folder, entities});
  }
  std::vector<RunFiles> list;
  for (const auto& [entities, run] : runs) {
    // A table whose name leaves an entity out belongs to the runs that have it.
    const bool is_part = std::ranges::any_of(runs, [&, &mine = entities](const auto& other) {
      return other.first != mine && has_entities(other.first, mine);
    });
    if (!is_part) list.push_back(run);
  }
  std::ranges::sort(list, comes_before);
  return list;
}

// Runs of the task that have images.
std::set<BidsEntities> runs_with_images(const BidsFolder& raw, const std::string& task) {
  std::set<BidsEntities> runs;
  for (const BidsFile& file : raw.files()) {
    const bool is_image = file.name.suffix == "bold" && file.name.extension.starts_with(".nii");
    if (is_image && file.name.entity("task") == task) runs.insert(run_of(file.name.entities));
  }
  return runs;
}

void note_lacking(const BidsFolder& raw, const std::vector<RunFiles>& runs, BidsStudy& study) {
  std::set<BidsEntities> lacking = runs_with_images(raw, study.task);
  for (const RunFiles& run : runs) lacking.erase(run.entities);
  if (lacking.empty()) return;
  std::vector<std::string> names;
  for (const BidsEntities& run : lacking)
    names.push_back("sub-" + run.at("sub") + " " + id_of(run));
  study.notes.push_back("left out, for they have images but no series of regions: " +
                        in_words(names));
}

void refuse_runless(const BidsFolder& raw, const std::string& task, bool has_images_of_it) {
  if (has_images_of_it)
    refuse_bids(raw.root(),
                "the task '" + task + "' has images, but no derivative has series of regions",
                "XCP-D writes them (files that end with _timeseries.tsv or "
                "_timeseries.ptseries.nii); --derivatives names its folder, `--atlas FILE` lays an "
                "image of labels over those of fMRIPrep, and `--atlas none` imports events, "
                "physiology and behaviour alone");
  refuse_bids(raw.root(),
              "the task '" + task +
                  "' has neither series of regions nor events, physiology or "
                  "behaviour",
              "choose another with --task");
}

}  // namespace

BidsEntities run_of(const BidsEntities& entities) {
  BidsEntities run;
  for (const char* key : kOfRuns) {
    const auto value = entities.find(key);
    if (value != entities.end()) run.insert(*value);
  }
  return run;
}

std::string task_of(const BidsFolder& raw,
                    const Derivatives& derivatives,
                    const std::string& asked) {
  Names tasks;
  const auto look_at = [&](const BidsFolder& folder) {
    for (const BidsFile& file : folder.files())
      if (is_series(file) || is_behaviour(file) || file.name.suffix == "bold")
        add(tasks, file.name.entity("task"));
  };
  look_at(raw);
  for (const auto& folder : derivatives) look_at(*folder);
  if (tasks.empty())
    refuse_bids(raw.root(),
                "no file of it is named for a task",
                "files of runs are called sub-01_task-rest_bold.nii.gz and the like");
  return one_of(asked, tasks, kTask, raw.root());
}

std::string id_of(const BidsEntities& run) {
  std::string id;
  for (const char* key : kOfRuns) {
    const auto value = run.find(key);
    const std::string_view name = key;
    if (value == run.end() || name == "sub" || name == "task") continue;
    id += (id.empty() ? "" : "_") + std::string(key) + "-" + value->second;
  }
  return id.empty() ? "task-" + run.at("task") : id;
}

std::vector<RunFiles> runs_asked_for(const BidsFolder& raw,
                                     const Derivatives& derivatives,
                                     const BidsQuestion& question,
                                     BidsStudy& study) {
  const std::vector<Found> series = series_of(raw, derivatives, study.task, question);
  if (!series.empty()) {
    const std::string atlas = is_image_of_labels(question.atlas) ? question.atlas : "";
    std::vector<RunFiles> with_series = runs_with_series(raw, series, atlas);
    note_lacking(raw, with_series, study);
    return with_series;
  }
  const bool is_lacking = question.atlas != kNone && !runs_with_images(raw, study.task).empty();
  const std::vector<RunFiles> runs = runs_of_behaviour(raw, study.task);
  if (is_lacking || runs.empty()) refuse_runless(raw, study.task, is_lacking);
  if (!question.confounds.empty() || !question.censor.empty())
    throw InputError({},
                     std::string(question.confounds.empty() ? "'--censor'" : "'--confounds'") +
                         " is for series of regions, and none are imported",
                     "",
                     ExitCode::usage);
  for (const BidsFile& file : raw.files()) {
    if (file.name.suffix != "eeg" && file.name.suffix != "meg") continue;
    study.notes.push_back("signals of " + file.name.suffix +
                          " are not read: what happened and was recorded beside them is");
    break;
  }
  return runs;
}

}  // namespace insula::dataset::detail

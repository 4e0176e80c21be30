// SPDX-License-Identifier: Apache-2.0
#include "framework/command/import_images.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "framework/architecture/detail/names.h"
#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/command/manifest_words.h"
#include "framework/dataset/file.h"
#include "framework/dataset/table.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using architecture::detail::yaml_text;

// Entities that tell runs apart; others tell what was made of them.
constexpr const char* kRunEntities[] = {"ses", "task", "acq", "ce", "rec", "dir", "run"};
constexpr const char* kHemisphere = "hemi";
constexpr const char* kImageEndings[] = {
    ".dtseries.nii", ".ptseries.nii", ".func.gii", ".nii.gz", ".nii", ".gii"};

struct RunOfImage {
  std::string subject, run;
};

// sub-01_task-rest_run-2_space-MNI_bold.nii.gz is the run task-rest_run-2 of sub-01.
RunOfImage run_of(const std::string& path, bool has_both_hemispheres) {
  std::string stem = fs::path(path).filename().string();
  for (const char* ending : kImageEndings)
    if (stem.ends_with(ending)) {
      stem.erase(stem.size() - std::string(ending).size());
      break;
    }
  RunOfImage found;
  std::size_t from = 0;
  while (from <= stem.size()) {
    const std::size_t to = std::min(stem.find('_', from), stem.size());
    const std::string part = stem.substr(from, to - from);
    const std::string entity = part.substr(0, part.find('-'));
    if (entity == "sub" && found.subject.empty()) found.subject = part;
    if (std::ranges::find(kRunEntities, entity) != std::end(kRunEntities) ||
        (entity == kHemisphere && !has_both_hemispheres))
      found.run += (found.run.empty() ? "" : "_") + part;
    from = to + 1;
  }
  if (found.subject.empty()) return {stem, "run-1"};
  if (found.run.empty()) found.run = "run-1";
  return found;
}

// Far from 0 everywhere, as scanners give it; eigenvariates are not.
bool is_raw(const dataset::RegionalSeries& series) {
  const Eigen::RowVectorXd mean = series.samples.colwise().mean();
  for (Eigen::Index r = 0; r < series.samples.cols(); ++r) {
    const double spread = (series.samples.col(r).array() - mean[r]).abs().maxCoeff();
    if (!(mean[r] > spread)) return false;
  }
  return series.samples.cols() > 0;
}

std::string events_text(const std::string& folder, const std::string& events) {
  const dataset::Table table(dataset::read_bytes(events), events, '\t');
  const bool has_types = table.find("trial_type").has_value();
  const bool has_durations = table.find("duration").has_value();
  if (!table.find("onset"))
    throw InputError(Place{events, 0, 0, 0, ""},
                     "the events have no column 'onset'; they have " + in_words(table.names()),
                     "",
                     ExitCode::data);
  return "{events: " + path_from(folder, events) +
         (has_types ? ", by: trial_type" : ", name: events") +
         (has_durations ? "" : ", duration: 1 s") + "}";
}

std::string run_text(const ImportedImage& image,
                     const std::string& run,
                     const std::string& table,
                     bool is_percent,
                     const std::string& folder) {
  const std::string in(8, ' ');
  const double duration = static_cast<double>(image.series.samples.rows()) * image.series.interval;
  std::string text =
      "      - id: " + yaml_text(run) + "\n" + in + "duration: " + in_seconds(duration) + "\n";
  if (!image.events.empty())
    text += in + "inputs:\n" + in + "  - " + events_text(folder, image.events) + "\n";
  text += in + "recordings:\n" + in + "  bold:\n" + in + "    modality: bold\n" + in +
          "    file: " + yaml_text(table) + "\n" + in +
          "    interval: " + in_seconds(image.series.interval) + "\n";
  if (is_percent) text += in + "    percent_of_mean: true\n";
  return text;
}

}  // namespace

std::string run_without_hemisphere(const std::string& file) {
  const RunOfImage of = run_of(file, true);
  return of.subject + "/" + of.run;
}

std::string table_of(const dataset::RegionalSeries& series) {
  FreeNames free;
  std::vector<std::string> names;
  for (const std::string& region : series.regions) names.push_back(free.take(region, "region"));
  std::string text = join(names, "\t") + "\n";
  for (Eigen::Index t = 0; t < series.samples.rows(); ++t)
    for (Eigen::Index r = 0; r < series.samples.cols(); ++r)
      text += number_text(series.samples(t, r)) + (r + 1 < series.samples.cols() ? "\t" : "\n");
  return text;
}

std::vector<ProjectFile> image_project(const std::vector<ImportedImage>& images,
                                       const std::string& folder) {
  std::vector<std::pair<std::string, std::vector<std::string>>> subjects;  // texts of their runs
  std::map<std::string, std::string> known;                                // files, by their run
  std::vector<ProjectFile> files{{"dataset.yaml", ""}};
  const bool is_percent =
      std::ranges::all_of(images, [](const ImportedImage& image) { return is_raw(image.series); });
  FreeNames stems;
  for (const ImportedImage& image : images) {
    const RunOfImage of = run_of(image.file, image.has_both_hemispheres);
    const auto [same, is_new] = known.emplace(of.subject + "/" + of.run, image.file);
    if (!is_new)
      throw InputError(Place{image.file, 0, 0, 0, ""},
                       "the image is of run '" + of.run + "' of '" + of.subject +
                           "' by its name, and so is '" + same->second + "'",
                       "name one of them; runs differ in ses, task, acq, ce, rec, dir, run or hemi",
                       ExitCode::data);
    const std::string table = stems.take("bold_" + of.subject + "_" + of.run, "bold") + ".tsv";
    files.push_back({table, table_of(image.series)});
    auto subject = std::ranges::find(
        subjects, of.subject, &std::pair<std::string, std::vector<std::string>>::first);
    if (subject == subjects.end()) {
      subjects.push_back({of.subject, {}});
      subject = std::prev(subjects.end());
    }
    subject->second.push_back(run_text(image, of.run, table, is_percent, folder));
  }
  std::string& text = files.front().text;
  text =
      "# Series of regions, by `insula import images`.\ninsula: dataset/1\nname: images\n"
      "subjects:\n";
  for (const auto& [subject, runs] : subjects) {
    text += "  - id: " + yaml_text(subject) + "\n    runs:\n";
    for (const std::string& run : runs) text += run;
  }
  return files;
}

std::string summary_of(const std::vector<ImportedImage>& images) {
  std::set<std::string> subjects, regions;
  Eigen::Index samples = 0;
  for (const ImportedImage& image : images) {
    subjects.insert(run_of(image.file, image.has_both_hemispheres).subject);
    regions.insert(image.series.regions.begin(), image.series.regions.end());
    samples += image.series.samples.rows();
  }
  return counted(subjects.size(), "subject") + ", " + counted(images.size(), "run") + "; " +
         counted(regions.size(), "region") + ", " +
         counted(static_cast<std::size_t>(samples), "sample");
}

}  // namespace insula::command

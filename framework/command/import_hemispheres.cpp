// SPDX-License-Identifier: Apache-2.0
#include "framework/command/import_hemispheres.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "framework/base/error.h"
#include "framework/base/text.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;

constexpr double kSameInterval = 1e-6;  // a share of it

[[noreturn]] void refuse_atlases(const std::string& message, const std::string& note) {
  throw InputError({}, message, note, ExitCode::usage);
}

[[noreturn]] void refuse_pair(const ImportedImage& one,
                              const std::string& what,
                              const ImportedImage& other) {
  throw InputError(Place{other.file, 0, 0, 0, ""},
                   "the image " + what + " '" + one.file + "', the other hemisphere of its run",
                   "both must be of one recording",
                   ExitCode::data);
}

bool are_called_after(const std::vector<std::string>& regions, const std::string& hemisphere) {
  const std::string lower = hemisphere == "L" ? "l" : "r";
  return std::ranges::all_of(regions, [&](const std::string& region) {
    for (const std::string& start :
         {hemisphere + "_", hemisphere + "H_", lower + "h_", lower + "h.", lower + "h-"})
      if (region.starts_with(start)) return true;
    return false;
  });
}

void name_after(const std::string& hemisphere, std::vector<std::string>& regions) {
  if (are_called_after(regions, hemisphere)) return;
  for (std::string& region : regions) region = hemisphere + "_" + region;
}

// The second one's regions behind those of the first.
void join_pair(ImportedImage& one, ImportedImage& other) {
  dataset::RegionalSeries &left = one.series, &right = other.series;
  if (left.samples.rows() != right.samples.rows())
    refuse_pair(one,
                "has " + std::to_string(right.samples.rows()) + " samples, but " +
                    std::to_string(left.samples.rows()) + " are in",
                other);
  if (!(std::abs(left.interval - right.interval) <= kSameInterval * left.interval))
    refuse_pair(one,
                "has an interval of " + short_number(right.interval, 6) + " s, but it is " +
                    short_number(left.interval, 6) + " s in",
                other);
  if (one.events != other.events) refuse_pair(one, "has other events than", other);
  name_after(hemisphere_of(one.file), left.regions);
  name_after(hemisphere_of(other.file), right.regions);
  Eigen::MatrixXd both(left.samples.rows(), left.samples.cols() + right.samples.cols());
  both << left.samples, right.samples;
  left.samples = std::move(both);
  left.regions.insert(left.regions.end(), right.regions.begin(), right.regions.end());
  for (std::string& note : right.notes)
    left.notes.push_back(fs::path(other.file).filename().string() + ": " + note);
  one.has_both_hemispheres = true;
}

}  // namespace

std::string hemisphere_of(const std::string& file) {
  const std::string name = "." + fs::path(file).filename().string();
  for (const auto& [hemisphere, marks] :
       {std::pair<std::string, std::vector<std::string>>{"L", {"hemi-L", ".L.", ".lh."}},
        {"R", {"hemi-R", ".R.", ".rh."}}})
    for (const std::string& mark : marks)
      if (name.find(mark) != std::string::npos) return hemisphere;
  return "";
}

std::string atlas_for(const std::string& image, const std::vector<std::string>& atlases) {
  if (atlases.empty()) return "";
  const std::string hemisphere = hemisphere_of(image);
  std::vector<std::string> fitting;
  for (const std::string& atlas : atlases) {
    const std::string of_atlas = hemisphere_of(atlas);
    const bool is_only = atlases.size() == 1 && (of_atlas.empty() || hemisphere.empty());
    if (is_only || (!hemisphere.empty() && of_atlas == hemisphere)) fitting.push_back(atlas);
  }
  if (fitting.size() == 1) return fitting.front();
  if (hemisphere.empty())
    refuse_atlases(
        "there are " + std::to_string(atlases.size()) + " atlases, but the name of '" + image +
            "' tells no hemisphere",
        "several are for surfaces: hemi-L and hemi-R in the names of images and atlases");
  refuse_atlases((fitting.empty() ? "no atlas" : "more than one atlas") + std::string(" is of '") +
                     image + "', which is of hemisphere " + hemisphere + " by its name",
                 "give one atlas for each hemisphere, with hemi-L or hemi-R in its name: "
                 "--atlas hemi-L.label.gii --atlas hemi-R.label.gii");
}

std::vector<ImportedImage> with_joined_hemispheres(std::vector<ImportedImage> images,
                                                   const std::vector<std::string>& atlases) {
  std::vector<ImportedImage> joined;
  for (ImportedImage& image : images) {
    const std::string hemisphere = hemisphere_of(image.file);
    const auto other = std::ranges::find_if(joined, [&](const ImportedImage& before) {
      const std::string of_other = hemisphere_of(before.file);
      return !hemisphere.empty() && !of_other.empty() && of_other != hemisphere &&
             !before.has_both_hemispheres &&
             run_without_hemisphere(before.file) == run_without_hemisphere(image.file);
    });
    if (other == joined.end()) {
      joined.push_back(std::move(image));
      continue;
    }
    if (atlases.size() == 1)
      refuse_atlases("'" + atlases.front() + "' is to label both hemispheres of a run",
                     "give one atlas for each, with hemi-L or hemi-R in its name: "
                     "--atlas hemi-L.label.gii --atlas hemi-R.label.gii");
    // Left before right, in whatever order they are given.
    if (hemisphere == "L") std::swap(*other, image);
    join_pair(*other, image);
  }
  return joined;
}

}  // namespace insula::command

// SPDX-License-Identifier: Apache-2.0
// Images of the brain as series of regions, with a manifest.
#pragma once

#include <string>
#include <vector>

#include "framework/command/project.h"
#include "framework/dataset/image.h"

namespace insula::command {

/// One image, what was read of it, and its table of events ("" if there is none).
struct ImportedImage {
  std::string file;
  dataset::RegionalSeries series;
  std::string events;
  bool has_both_hemispheres = false;
};

/// dataset.yaml, to be written into `folder`, and a table for each image. The entities of BIDS in
/// the files' names tell subjects and runs; of other files each is a subject.
/// errors  InputError (data) where two images are the same run
std::vector<ProjectFile> image_project(const std::vector<ImportedImage>& images,
                                       const std::string& folder);

/// Subject and run that a file's name tells, whichever hemisphere it is of.
std::string run_without_hemisphere(const std::string& file);

/// Series as a table: a column a region, a row a sample.
std::string table_of(const dataset::RegionalSeries& series);

/// One line: how much there is, and what it is called.
std::string summary_of(const std::vector<ImportedImage>& images);

}  // namespace insula::command

// SPDX-License-Identifier: Apache-2.0
// Images of the brain over time, and the series of its regions.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace insula::dataset {

/// What is wanted of an image.
struct ImageQuestion {
  std::string image;          // NIfTI, CIFTI dtseries or ptseries (.nii), GIFTI (.gii)
  std::string atlas;          // labels: NIfTI, CIFTI dlabel or GIFTI; "" for a ptseries
  std::string labels;         // a table with the columns index and name; "": the atlas's own names
  bool eigenvariate = false;  // the first eigenvariate of each region; else the mean
  double interval = 0;        // s; 0: as the image says
};

/// A series for each region of an atlas.
struct RegionalSeries {
  std::vector<std::string> regions;
  Eigen::MatrixXd samples;  // samples × regions
  double interval = 0;      // s
  std::vector<std::string> notes;
};

/// Reads an image volume by volume (CIFTI: place by place); memory holds one volume, or for
/// eigenvariates the regions that go into 256 MiB, or one region if that is larger. Places whose
/// values are not all finite are left out of their region. An eigenvariate is that of series less
/// their means over time, with the sign of the mean of its weights and the unit of a place.
///
/// errors  InputError: no_input for files that cannot be read; data for damage, for an atlas on
///         another grid or surface, and for an image that does not say its interval
/// source  NIfTI-1.1, NIfTI-2, CIFTI-2, GIFTI 1.0; numerics/eigenvariate.h
RegionalSeries read_regional_series(const ImageQuestion& question);

/// Takes the regions with these names, in this order; all, if there are no names.
/// errors  InputError (usage) with the nearest name for one that the image, `path`, has not
void take_regions(const std::vector<std::string>& names,
                  const std::string& path,
                  RegionalSeries& series);

}  // namespace insula::dataset

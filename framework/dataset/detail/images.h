// SPDX-License-Identifier: Apache-2.0
// What kinds of images share: where a value lies, and which region a place belongs to.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/dataset/detail/nifti.h"
#include "framework/dataset/image.h"

namespace insula::dataset::detail {

/// An image as blocks of numbers, again and again: all places at one time after the other, or all
/// times of one place after the other.
struct ImageSource {
  std::size_t times = 0, places = 0;
  bool is_by_place = false;
  double interval = 0;    // s; 0: not said
  std::string structure;  // of a surface: "CortexLeft"; "": not said
  std::function<void()> restart;
  std::function<void(std::span<double>)> next;

  std::size_t blocks() const { return is_by_place ? places : times; }
  std::size_t block() const { return is_by_place ? times : places; }
};

/// Which label each place of an image has, and what labels are called.
struct PlaceLabels {
  std::vector<double> label;         // one a place; 0 or NaN: none
  std::map<int, std::string> names;  // by the label; none: as the numbers say
};

// Of each kind of image.
ImageSource volumes_of(const std::string& path);
PlaceLabels labels_of_volume(const std::string& atlas, const std::string& image);
ImageSource surface_of(const std::string& path);
PlaceLabels labels_of_surface(const std::string& atlas, const ImageSource& image);

/// Where the brainordinates of CIFTI lie: a structure, and vertices or voxels of it.
struct BrainModel {
  std::string structure;
  bool is_surface = false;
  std::size_t offset = 0, count = 0, vertices = 0;
  std::vector<long> indices;  // of vertices, or three of each voxel
};

/// What one dimension of a matrix of CIFTI means.
struct CiftiMap {
  std::string kind;  // "CIFTI_INDEX_TYPE_SERIES", …
  std::vector<BrainModel> models;
  std::string volume;                 // extents of the grid of voxels
  std::vector<std::string> parcels;   // names
  std::map<int, std::string> labels;  // of the first map
  std::size_t points = 0;             // of a series
  double step = 0;                    // s; 0: not a time
};

/// A file of CIFTI-2 with two dimensions: the first is along the row, fastest in the file.
struct CiftiFile {
  NiftiFile nifti;
  CiftiMap row, column;
};

/// The two maps in the XML of a file.
/// errors  InputError (data) if it is no XML, or no CIFTI-2 of two dimensions
std::pair<CiftiMap, CiftiMap> read_cifti_xml(const std::string& xml, const std::string& path);
CiftiFile open_cifti(const std::string& path);
/// Times of places, or of parcels.
ImageSource source_of_cifti(const CiftiFile& file);
PlaceLabels labels_of_cifti(const std::string& atlas, const CiftiFile& image);

/// As read_regional_series, but an interval of 0 where the image does not say it.
RegionalSeries series_without_interval(const ImageQuestion& question);

/// errors  InputError (usage) with the nearest name for one of `asked` that is not there
void refuse_unknown_regions(const std::vector<std::string>& asked,
                            const std::vector<std::string>& there,
                            const std::string& path);

/// A series for each label that the image has.
RegionalSeries regional_series(const ImageSource& image,
                               const PlaceLabels& labels,
                               bool eigenvariate,
                               const std::string& path);

}  // namespace insula::dataset::detail

// SPDX-License-Identifier: Apache-2.0
// From the values of all places to a series for each region.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/images.h"
#include "framework/dataset/file.h"
#include "framework/dataset/table.h"
#include "framework/numerics/eigenvariate.h"

namespace insula::dataset {
namespace {

using detail::ImageSource;
using detail::PlaceLabels;

// Grids of an image and its atlas may differ by so much, in mm.
constexpr double kSamePlace = 1e-3;
constexpr std::size_t kRoom = 256 << 20;   // bytes, of regions whose eigenvariates are made at once
constexpr std::size_t kRegionsNamed = 20;  // in a message
constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

// Which region each place belongs to.
struct Regions {
  std::vector<std::string> names;
  std::vector<std::size_t> of_place;  // kNowhere: none
  std::vector<std::size_t> sizes;     // places of each

  bool has(std::size_t place) const { return of_place[place] != kNowhere; }
};

std::string name_of(int label, const PlaceLabels& labels) {
  const auto known = labels.names.find(label);
  return known == labels.names.end() ? "region_" + std::to_string(label) : known->second;
}

Regions regions_of(const PlaceLabels& labels, const std::string& path) {
  std::map<int, std::size_t> order;
  for (const double label : labels.label) {
    if (std::isnan(label) || label == 0) continue;
    if (label != std::floor(label) || std::abs(label) > 1e9)
      detail::refuse_array(
          path,
          "the atlas holds " + number_text(label) + ", which is no label; labels are whole numbers",
          "an atlas of probabilities is not read; was it resampled without "
          "nearest neighbours?");
    // Where names are given, what they leave out is no region.
    const int key = static_cast<int>(label);
    if (labels.names.empty() || labels.names.contains(key)) order[key] = 0;
  }
  if (order.empty()) detail::refuse_array(path, "the atlas labels no place of the image");
  Regions regions;
  for (auto& [label, region] : order) {
    region = regions.names.size();
    regions.names.push_back(name_of(label, labels));
  }
  regions.sizes.assign(order.size(), 0);
  for (const double label : labels.label) {
    const auto known = std::isnan(label) ? order.end() : order.find(static_cast<int>(label));
    const bool is_in = known != order.end() && label != 0;
    regions.of_place.push_back(is_in ? known->second : kNowhere);
    if (is_in) ++regions.sizes[known->second];
  }
  return regions;
}

// Calls visit(time, place, value) for every place in a region.
template <typename Visit>
void for_each_value(const ImageSource& image, const Regions& regions, const Visit& visit) {
  image.restart();
  std::vector<double> block(image.block());
  for (std::size_t b = 0; b < image.blocks(); ++b) {
    image.next(block);
    if (image.is_by_place && !regions.has(b)) continue;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const std::size_t time = image.is_by_place ? i : b, place = image.is_by_place ? b : i;
      if (regions.has(place)) visit(time, place, block[i]);
    }
  }
}

// Takes places out of their regions whose values are not all finite; how many.
std::size_t leave_out_broken(const ImageSource& image, Regions& regions) {
  std::vector<char> is_broken(image.places, 0);
  for_each_value(image, regions, [&](std::size_t, std::size_t place, double value) {
    if (!std::isfinite(value)) is_broken[place] = 1;
  });
  std::size_t count = 0;
  for (std::size_t place = 0; place < image.places; ++place) {
    if (is_broken[place] == 0) continue;
    --regions.sizes[regions.of_place[place]];
    regions.of_place[place] = kNowhere;
    ++count;
  }
  return count;
}

Eigen::MatrixXd means(const ImageSource& image, const Regions& regions) {
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(image.times),
                                               static_cast<Eigen::Index>(regions.names.size()));
  for_each_value(image, regions, [&](std::size_t time, std::size_t place, double value) {
    sums(static_cast<Eigen::Index>(time), static_cast<Eigen::Index>(regions.of_place[place])) +=
        value;
  });
  for (std::size_t r = 0; r < regions.names.size(); ++r)
    sums.col(static_cast<Eigen::Index>(r)) /= static_cast<double>(regions.sizes[r]);
  return sums;
}

// Of the regions [first, last).
void eigenvariates_of(const ImageSource& image,
                      const Regions& regions,
                      std::size_t first,
                      std::size_t last,
                      Eigen::MatrixXd& series) {
  std::vector<Eigen::MatrixXd> values;
  std::vector<Eigen::Index> next(last - first, 0), column(image.places, 0);
  for (std::size_t r = first; r < last; ++r)
    values.emplace_back(static_cast<Eigen::Index>(image.times),
                        static_cast<Eigen::Index>(regions.sizes[r]));
  for (std::size_t place = 0; place < image.places; ++place) {
    const std::size_t r = regions.of_place[place];
    if (r >= first && r < last) column[place] = next[r - first]++;
  }
  for_each_value(image, regions, [&](std::size_t time, std::size_t place, double value) {
    const std::size_t r = regions.of_place[place];
    if (r >= first && r < last)
      values[r - first](static_cast<Eigen::Index>(time), column[place]) = value;
  });
  for (std::size_t r = first; r < last; ++r) {
    Eigen::MatrixXd& own = values[r - first];
    own.rowwise() -= own.colwise().mean().eval();
    series.col(static_cast<Eigen::Index>(r)) = numerics::first_eigenvariate(own);
  }
}

Eigen::MatrixXd eigenvariates(const ImageSource& image, const Regions& regions) {
  Eigen::MatrixXd series(static_cast<Eigen::Index>(image.times),
                         static_cast<Eigen::Index>(regions.names.size()));
  for (std::size_t first = 0; first < regions.names.size();) {
    std::size_t last = first, bytes = 0;
    while (last < regions.names.size()) {
      bytes += regions.sizes[last] * image.times * sizeof(double);
      if (last > first && bytes > kRoom) break;
      ++last;
    }
    eigenvariates_of(image, regions, first, last, series);
    first = last;
  }
  return series;
}

// Regions of which no place is left go out of the list.
void leave_out_empty(Regions& regions, std::vector<std::string>& notes) {
  std::vector<std::string> empty;
  std::vector<std::size_t> now(regions.names.size(), kNowhere);
  Regions kept;
  for (std::size_t r = 0; r < regions.names.size(); ++r) {
    if (regions.sizes[r] == 0) {
      empty.push_back(regions.names[r]);
      continue;
    }
    now[r] = kept.names.size();
    kept.names.push_back(regions.names[r]);
    kept.sizes.push_back(regions.sizes[r]);
  }
  for (std::size_t& region : regions.of_place)
    if (region != kNowhere) region = now[region];
  regions.names = kept.names;
  regions.sizes = kept.sizes;
  if (!empty.empty())
    notes.push_back("of " + in_words(empty) + " no place has only finite values: left out");
}

bool is_surface(const std::string& path) { return path.ends_with(".gii"); }

bool is_cifti(const std::string& path) {
  for (const char* end : {".dtseries.nii", ".ptseries.nii", ".dlabel.nii", ".dscalar.nii"})
    if (path.ends_with(end)) return true;
  return false;
}

// Names by the table of labels.
std::map<int, std::string> names_in(const std::string& path) {
  const Table table(
      read_bytes(path), path, std::filesystem::path(path).extension() == ".csv" ? ',' : '\t');
  const auto index = table.find("index"), name = table.find("name");
  if (!index || !name)
    detail::refuse_array(path,
                         "the table of labels has no column '" +
                             std::string(index ? "name" : "index") + "'; it has " +
                             in_words(table.names()),
                         "a row a region: index, the number in the atlas, and name");
  std::map<int, std::string> names;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto number = table.number(row, *index);
    if (!number || *number != std::floor(*number) || std::abs(*number) > 1e9)
      throw InputError(table.place(row, *index),
                       "a label is a whole number, found '" + table.text(row, *index) + "'",
                       "",
                       ExitCode::data);
    if (!names.emplace(static_cast<int>(*number), table.text(row, *name)).second)
      throw InputError(table.place(row, *index),
                       "the label " + table.text(row, *index) + " has a name already",
                       "",
                       ExitCode::data);
  }
  return names;
}

RegionalSeries parcels_of(const detail::CiftiFile& file) {
  const ImageSource image = detail::source_of_cifti(file);
  RegionalSeries series;
  series.regions = file.column.parcels;
  series.interval = image.interval;
  series.samples.resize(static_cast<Eigen::Index>(image.times),
                        static_cast<Eigen::Index>(image.places));
  image.restart();
  for (Eigen::Index p = 0; p < series.samples.cols(); ++p)
    image.next(std::span<double>(series.samples.col(p).data(), image.times));
  return series;
}

void refuse_missing_atlas(const std::string& path, const std::string& atlas) {
  if (atlas.empty())
    detail::refuse_array(path,
                         "the image has no regions of its own",
                         "--atlas names the image of labels that says which there are");
}

}  // namespace

namespace detail {

RegionalSeries series_without_interval(const ImageQuestion& question) {
  const std::string& path = question.image;
  std::map<int, std::string> names;
  if (!question.labels.empty()) names = names_in(question.labels);
  ImageSource image;
  PlaceLabels labels;
  if (is_surface(path)) {
    refuse_missing_atlas(path, question.atlas);
    image = detail::surface_of(path);
    labels = detail::labels_of_surface(question.atlas, image);
  } else if (is_cifti(path)) {
    const detail::CiftiFile file = detail::open_cifti(path);
    if (file.column.kind == "CIFTI_INDEX_TYPE_PARCELS") {
      if (!question.atlas.empty())
        detail::refuse_array(
            path, "the image has regions of its own, so '--atlas' says nothing", "leave it out");
      return parcels_of(file);
    }
    refuse_missing_atlas(path, question.atlas);
    image = detail::source_of_cifti(file);
    labels = detail::labels_of_cifti(question.atlas, file);
  } else {
    refuse_missing_atlas(path, question.atlas);
    image = detail::volumes_of(path);
    labels = detail::labels_of_volume(question.atlas, path);
  }
  if (!names.empty()) labels.names = names;
  return detail::regional_series(image, labels, question.eigenvariate, question.atlas);
}

ImageSource volumes_of(const std::string& path) {
  const auto file = std::make_shared<NiftiFile>(path);
  if (file->shape().size() > 4)
    refuse_array(path,
                 "the image is " + shape_text(file->shape()) +
                     ", expected three dimensions of space and one of time",
                 "CIFTI is told by its name: .dtseries.nii, .ptseries.nii");
  ImageSource source;
  source.places = file->extent(0) * file->extent(1) * file->extent(2);
  source.times = file->extent(3);
  source.interval = file->interval();
  source.restart = [file] { file->restart(); };
  source.next = [file](std::span<double> out) { file->read(out.size(), out.data()); };
  return source;
}

PlaceLabels labels_of_volume(const std::string& atlas, const std::string& image) {
  NiftiFile labels(atlas);
  const NiftiFile series(image);
  if (labels.shape().size() > 3)
    refuse_array(atlas,
                 "the atlas is " + shape_text(labels.shape()) +
                     ", expected three dimensions with a label in each voxel");
  const std::string remedy =
      "resample the atlas with nearest neighbours: nilearn.image.resample_to_img(atlas, image, "
      "interpolation='nearest')";
  if (grid_text(labels) != grid_text(series))
    refuse_array(atlas,
                 "the atlas has " + grid_text(labels) + " voxels, but '" + image + "' has " +
                     grid_text(series),
                 remedy);
  // Where a corner of the grid lies shows every difference of the affines at its largest.
  double farthest = 0;
  for (int corner = 0; corner < 8; ++corner) {
    Eigen::Vector4d voxel(0, 0, 0, 1);
    for (int d = 0; d < 3; ++d)
      if ((corner >> d & 1) != 0)
        voxel[d] = static_cast<double>(labels.extent(static_cast<std::size_t>(d)) - 1);
    farthest = std::max(farthest, ((labels.affine() - series.affine()) * voxel).norm());
  }
  if (!(farthest <= kSamePlace))
    refuse_array(atlas,
                 "the atlas lies elsewhere than '" + image + "': a corner of its grid is " +
                     short_number(farthest) + " mm away",
                 remedy);
  PlaceLabels read;
  read.label.resize(labels.extent(0) * labels.extent(1) * labels.extent(2));
  labels.read(read.label.size(), read.label.data());
  return read;
}

RegionalSeries regional_series(const ImageSource& image,
                               const PlaceLabels& labels,
                               bool eigenvariate,
                               const std::string& path) {
  if (labels.label.size() != image.places)
    throw InternalError("an atlas has other places than its image");
  Regions regions = regions_of(labels, path);
  RegionalSeries series;
  series.interval = image.interval;
  const std::size_t broken = leave_out_broken(image, regions);
  if (broken > 0)
    series.notes.push_back(
        broken == 1 ? "1 place has values that are not finite: left out of its region"
                    : std::to_string(broken) +
                          " places have values that are not finite: left out of their regions");
  leave_out_empty(regions, series.notes);
  if (regions.names.empty()) refuse_array(path, "no region of the atlas has finite values");
  series.regions = regions.names;
  series.samples = eigenvariate ? eigenvariates(image, regions) : means(image, regions);
  return series;
}

void refuse_unknown_regions(const std::vector<std::string>& asked,
                            const std::vector<std::string>& there,
                            const std::string& path) {
  for (const std::string& name : asked) {
    if (std::ranges::find(there, name) != there.end()) continue;
    const std::string nearest = nearest_name(name, there);
    const std::string many = (nearest.empty() ? "" : "did you mean '" + nearest + "'? ") +
                             "there are " + std::to_string(there.size());
    throw InputError(Place{path, 0, 0, 0, ""},
                     "there is no region '" + name + "'",
                     there.size() > kRegionsNamed ? many : name_hint(name, there, "there is"),
                     ExitCode::usage);
  }
}

}  // namespace detail

void take_regions(const std::vector<std::string>& names,
                  const std::string& path,
                  RegionalSeries& series) {
  if (names.empty()) return;
  detail::refuse_unknown_regions(names, series.regions, path);
  Eigen::MatrixXd taken(series.samples.rows(), static_cast<Eigen::Index>(names.size()));
  for (std::size_t r = 0; r < names.size(); ++r) {
    const auto at = std::ranges::find(series.regions, names[r]) - series.regions.begin();
    taken.col(static_cast<Eigen::Index>(r)) = series.samples.col(at);
  }
  series.regions = names;
  series.samples = std::move(taken);
}

RegionalSeries read_regional_series(const ImageQuestion& question) {
  RegionalSeries series = detail::series_without_interval(question);
  if (question.interval > 0) series.interval = question.interval;
  if (!(series.interval > 0))
    detail::refuse_array(question.image,
                         "the image does not say how far apart in time its samples are",
                         "--interval '2 s' says it");
  if (series.samples.rows() < 2)
    detail::refuse_array(question.image, "the image has one sample, expected a series of them");
  return series;
}

}  // namespace insula::dataset

// SPDX-License-Identifier: Apache-2.0
// CIFTI-2: a matrix in NIfTI-2 whose dimensions are explained in XML.
#include <algorithm>
#include <utility>

#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/images.h"

namespace insula::dataset::detail {
namespace {

constexpr const char* kSeries = "CIFTI_INDEX_TYPE_SERIES";
constexpr const char* kModels = "CIFTI_INDEX_TYPE_BRAIN_MODELS";
constexpr const char* kParcels = "CIFTI_INDEX_TYPE_PARCELS";
constexpr const char* kLabels = "CIFTI_INDEX_TYPE_LABELS";
// The matrix is the sixth and the seventh dimension of NIfTI's eight numbers.
constexpr std::size_t kRow = 4, kColumn = 5;

void check_models(const CiftiFile& file) {
  std::size_t expected = 0;
  for (const BrainModel& model : file.column.models) {
    const std::size_t numbers = model.count * (model.is_surface ? 1 : 3);
    if (model.offset != expected || model.indices.size() != numbers)
      refuse_array(file.nifti.path(),
                   "the brain model of '" + model.structure + "' begins at " +
                       std::to_string(model.offset) + " and has " + std::to_string(model.count) +
                       " places, but " + std::to_string(model.indices.size()) +
                       " indices are listed and the models before it end at " +
                       std::to_string(expected));
    expected += model.count;
  }
  if (expected != file.nifti.extent(kColumn))
    refuse_array(file.nifti.path(),
                 "the brain models have " + std::to_string(expected) +
                     " places, but the matrix has " + std::to_string(file.nifti.extent(kColumn)) +
                     " columns");
}

// A vertex or a voxel by its structure.
using PlaceKey = std::pair<std::string, std::vector<long>>;

PlaceKey key_of(const BrainModel& model, std::size_t k) {
  if (model.is_surface) return {model.structure, {model.indices[k]}};
  const auto at = model.indices.begin() + static_cast<std::ptrdiff_t>(3 * k);
  return {model.structure, {at, at + 3}};
}

[[noreturn]] void refuse_space(const std::string& atlas,
                               const std::string& image,
                               const std::string& structure,
                               const std::string& what,
                               const std::string& theirs,
                               const std::string& ours) {
  refuse_array(atlas,
               "the parcellation has " + theirs + " " + what + " in '" + structure + "', but '" +
                   image + "' has " + ours,
               "both must be in one space: wb_command -cifti-resample makes them so");
}

}  // namespace

CiftiFile open_cifti(const std::string& path) {
  NiftiFile nifti(path);
  auto [row, column] = read_cifti_xml(nifti.cifti(), path);
  CiftiFile file{std::move(nifti), std::move(row), std::move(column)};
  if (file.column.kind == kModels) check_models(file);
  if (file.column.kind == kParcels && file.column.parcels.size() != file.nifti.extent(kColumn))
    refuse_array(path,
                 "the file names " + std::to_string(file.column.parcels.size()) +
                     " parcels, but the matrix has " + std::to_string(file.nifti.extent(kColumn)) +
                     " columns");
  for (std::size_t d = 0; d < kRow; ++d)
    if (file.nifti.extent(d) != 1)
      refuse_array(path,
                   "the CIFTI file is " + shape_text(file.nifti.shape()) +
                       ", expected a matrix in its fifth and sixth dimension");
  return file;
}

ImageSource source_of_cifti(const CiftiFile& file) {
  const auto nifti = std::make_shared<NiftiFile>(file.nifti);
  if (file.row.kind != kSeries)
    refuse_array(nifti->path(),
                 "the CIFTI file has no series along its rows, but '" + file.row.kind + "'",
                 "a .dtseries.nii or a .ptseries.nii has");
  ImageSource source;
  source.times = nifti->extent(kRow);
  source.places = nifti->extent(kColumn);
  source.is_by_place = true;
  source.interval = file.row.step;
  source.restart = [nifti] { nifti->restart(); };
  source.next = [nifti](std::span<double> out) { nifti->read(out.size(), out.data()); };
  if (file.row.points != source.times)
    refuse_array(nifti->path(),
                 "the file says that a series has " + std::to_string(file.row.points) +
                     " points, but the matrix has " + std::to_string(source.times) + " rows");
  return source;
}

PlaceLabels labels_of_cifti(const std::string& atlas, const CiftiFile& image) {
  if (image.column.kind != kModels)
    refuse_array(image.nifti.path(),
                 "the CIFTI file has no places along its columns, but '" + image.column.kind + "'",
                 "a .dtseries.nii has");
  CiftiFile file = open_cifti(atlas);
  if (file.row.kind != kLabels || file.column.kind != kModels)
    refuse_array(atlas, "the file is no parcellation", "a .dlabel.nii is");
  // The first map's labels stand where a row begins.
  std::vector<double> row(file.nifti.extent(kRow));
  std::map<PlaceKey, double> label_at;
  for (const BrainModel& model : file.column.models)
    for (std::size_t k = 0; k < model.count; ++k) {
      file.nifti.read(row.size(), row.data());
      if (row[0] != 0) label_at[key_of(model, k)] = row[0];
    }
  PlaceLabels labels;
  labels.names = file.row.labels;
  const std::string& path = image.nifti.path();
  for (const BrainModel& model : image.column.models) {
    const auto same =
        std::ranges::find(file.column.models, model.structure, &BrainModel::structure);
    if (same != file.column.models.end() && same->vertices != model.vertices)
      refuse_space(atlas,
                   path,
                   model.structure,
                   "vertices",
                   std::to_string(same->vertices),
                   std::to_string(model.vertices));
    if (same != file.column.models.end() && !model.is_surface &&
        file.column.volume != image.column.volume)
      refuse_space(atlas, path, model.structure, "voxels", file.column.volume, image.column.volume);
    for (std::size_t k = 0; k < model.count; ++k) {
      const auto found = label_at.find(key_of(model, k));
      labels.label.push_back(found == label_at.end() ? 0 : found->second);
    }
  }
  return labels;
}

}  // namespace insula::dataset::detail

// SPDX-License-Identifier: Apache-2.0
// GIFTI: series and labels of the vertices of a surface, read by libgiftiio.
#include <gifti/gifti_io.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>

#include "framework/base/quantity.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/images.h"
#include "framework/dataset/file.h"

namespace insula::dataset::detail {
namespace {

struct GiftiCloser {
  void operator()(gifti_image* image) const { gifti_free_image(image); }
};
using GiftiHandle = std::shared_ptr<gifti_image>;

// What an element holds is checked before it is read, as libgiftiio would also read other files.
GiftiHandle open_gifti(const std::string& path) {
  static std::mutex one;  // libgiftiio reads into one place
  const std::lock_guard lock(one);
  const MappedFile file(path);
  gifti_set_verb(0);
  const std::unique_ptr<gifti_image, GiftiCloser> outline(gifti_read_image(path.c_str(), 0));
  if (!outline || outline->numDA < 1)
    refuse_array(path, "the file is no GIFTI file, or is damaged", "copy or make it again");
  for (int k = 0; k < outline->numDA; ++k) {
    const giiDataArray* data = outline->darray[k];
    if (data == nullptr || data->num_dim < 1 || data->num_dim > 2 || data->dims[0] < 1 ||
        (data->num_dim == 2 && data->dims[1] < 1))
      refuse_array(path, "an array of the GIFTI file has no extents, or more than two");
    const bool is_outside = data->encoding == GIFTI_ENCODING_EXTBIN ||
                            (data->ext_fname != nullptr && std::strlen(data->ext_fname) > 0);
    if (is_outside)
      refuse_array(path,
                   "the GIFTI file keeps its numbers in another file",
                   "gifti_tool -infile OLD -encoding BASE64GZIP -write_gifti NEW makes one file of "
                   "them");
    const auto said = static_cast<std::size_t>(data->dims[0]) *
                      static_cast<std::size_t>(data->num_dim == 2 ? data->dims[1] : 1);
    // Deflated, in base64.
    if (said > file.bytes().size() * 2000)
      refuse_array(path,
                   "an array of the GIFTI file is said to have " + std::to_string(said) +
                       " numbers, but the file has " + std::to_string(file.bytes().size()) +
                       " bytes",
                   "was it copied to its end?");
  }
  GiftiHandle image(gifti_read_image(path.c_str(), 1), GiftiCloser());
  const bool is_whole = image && image->numDA == outline->numDA;
  for (int k = 0; is_whole && k < image->numDA; ++k)
    if (image->darray[k] == nullptr || image->darray[k]->data == nullptr)
      refuse_array(path, "the GIFTI file is damaged: an array cannot be read");
  if (!is_whole) refuse_array(path, "the GIFTI file is damaged", "copy or make it again");
  return image;
}

template <typename Number>
double number_at(const void* data, std::size_t at) {
  Number number;
  std::memcpy(&number, static_cast<const char*>(data) + at * sizeof number, sizeof number);
  return static_cast<double>(number);
}

double number_of(const giiDataArray& array, std::size_t at, const std::string& path) {
  switch (array.datatype) {
    case NIFTI_TYPE_UINT8: return number_at<std::uint8_t>(array.data, at);
    case NIFTI_TYPE_INT32: return number_at<std::int32_t>(array.data, at);
    case NIFTI_TYPE_FLOAT32: return number_at<float>(array.data, at);
    case NIFTI_TYPE_FLOAT64: return number_at<double>(array.data, at);
    default:
      refuse_array(path,
                   "the GIFTI file holds numbers of the type " + std::to_string(array.datatype) +
                       ", expected floats, or integers of 8 or 32 bits");
  }
}

// In ms, as the standard has it; 0 if nobody says.
double step_of(const gifti_image& image) {
  const nvpairs* const places[] = {&image.meta, &image.darray[0]->meta};
  for (const nvpairs* pairs : places) {
    const char* text = gifti_get_meta_value(pairs, "TimeStep");
    const auto number = parse_number(text == nullptr ? "" : text);
    if (number && *number > 0) return *number / 1000;
  }
  return 0;
}

// True if the first index is the fastest.
bool is_by_column(const giiDataArray& array) { return array.ind_ord == GIFTI_IND_ORD_COL_MAJOR; }

}  // namespace

ImageSource surface_of(const std::string& path) {
  const GiftiHandle image = open_gifti(path);
  const giiDataArray& first = *image->darray[0];
  ImageSource source;
  source.places = static_cast<std::size_t>(first.dims[0]);
  const bool is_matrix = image->numDA == 1 && first.num_dim == 2;
  source.times = static_cast<std::size_t>(is_matrix ? first.dims[1] : image->numDA);
  source.interval = step_of(*image);
  for (int k = 0; k < image->numDA; ++k)
    if (image->darray[k]->dims[0] != first.dims[0] ||
        (!is_matrix && image->darray[k]->num_dim == 2 && image->darray[k]->dims[1] != 1))
      refuse_array(path, "the arrays of the GIFTI file are not each one time of all vertices");
  const auto time = std::make_shared<std::size_t>(0);
  source.restart = [time] { *time = 0; };
  source.next = [=](std::span<double> out) {
    const std::size_t t = (*time)++;
    const giiDataArray& array = *image->darray[is_matrix ? 0 : t];
    for (std::size_t v = 0; v < out.size(); ++v) {
      const std::size_t at = !is_matrix            ? v
                             : is_by_column(array) ? t * source.places + v
                                                   : v * source.times + t;
      out[v] = number_of(array, at, path);
    }
  };
  return source;
}

PlaceLabels labels_of_surface(const std::string& atlas, const ImageSource& image) {
  const GiftiHandle file = open_gifti(atlas);
  const giiDataArray& array = *file->darray[0];
  const auto vertices = static_cast<std::size_t>(array.dims[0]);
  if (vertices != image.places)
    refuse_array(atlas,
                 "the labels are of " + std::to_string(vertices) + " vertices, but the image has " +
                     std::to_string(image.places),
                 "both must be of one surface: wb_command -label-resample makes them so");
  PlaceLabels labels;
  for (std::size_t v = 0; v < vertices; ++v) labels.label.push_back(number_of(array, v, atlas));
  for (int k = 0; k < file->labeltable.length; ++k)
    if (file->labeltable.label[k] != nullptr)
      labels.names[file->labeltable.key[k]] = file->labeltable.label[k];
  return labels;
}

}  // namespace insula::dataset::detail

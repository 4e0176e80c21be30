// SPDX-License-Identifier: Apache-2.0
// libnifti2 reads the header and its extensions; the numbers are streamed by us, so that an image
// may be larger than memory.
#include "framework/dataset/detail/nifti.h"

#include <nifti2_io.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

#include "framework/base/error.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/file.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kBytesAtOnce = 1 << 20;
// What deflate can make of a byte, as in hdf5.cpp.
constexpr std::size_t kMostDeflated = 1032;
constexpr int kCiftiExtension = NIFTI_ECODE_CIFTI;
constexpr std::size_t kGridDimensions = 3;

const std::map<int, const char*> kTypes{{DT_UINT8, "u1"},
                                        {DT_INT8, "i1"},
                                        {DT_INT16, "i2"},
                                        {DT_UINT16, "u2"},
                                        {DT_INT32, "i4"},
                                        {DT_UINT32, "u4"},
                                        {DT_INT64, "i8"},
                                        {DT_UINT64, "u8"},
                                        {DT_FLOAT32, "f4"},
                                        {DT_FLOAT64, "f8"}};

// s in a unit of time; 0 if it is none.
double seconds_of(int unit) {
  switch (unit) {
    case NIFTI_UNITS_SEC: return 1;
    case NIFTI_UNITS_MSEC: return 1e-3;
    case NIFTI_UNITS_USEC: return 1e-6;
    default: return 0;
  }
}

struct ImageCloser {
  void operator()(nifti_image* image) const { nifti_image_free(image); }
};
using ImageHandle = std::unique_ptr<nifti_image, ImageCloser>;

// libnifti2 has settings that all share.
ImageHandle header_of(const std::string& path) {
  static std::mutex one;
  const std::lock_guard lock(one);
  nifti_set_debug_level(0);
  ImageHandle image(nifti_image_read(path.c_str(), 0));
  const bool is_one_file = image && (image->nifti_type == NIFTI_FTYPE_NIFTI1_1 ||
                                     image->nifti_type == NIFTI_FTYPE_NIFTI2_1);
  if (!is_one_file)
    refuse_array(path,
                 image ? "the image is not one file of NIfTI, but ANALYZE or a pair of files"
                       : "the file is no NIfTI image, or its header is damaged",
                 image ? "nibabel.save(nibabel.load(OLD), 'new.nii.gz') makes one file of it"
                       : "its name ends in .nii or .nii.gz; copy or make it again");
  return image;
}

Eigen::Matrix4d affine_of(const nifti_image& image) {
  const auto& from = image.sform_code > 0 ? image.sto_xyz : image.qto_xyz;
  Eigen::Matrix4d affine;
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) affine(i, j) = from.m[i][j];
  return affine;
}

std::string cifti_of(const nifti_image& image) {
  for (int i = 0; i < image.num_ext; ++i) {
    const nifti1_extension& extension = image.ext_list[i];
    if (extension.ecode != kCiftiExtension || extension.edata == nullptr) continue;
    // Of its size, 8 bytes are the size and the code.
    const std::string text(extension.edata,
                           static_cast<std::size_t>(std::max(extension.esize - 8, 0)));
    return text.substr(0, text.find('\0'));
  }
  return "";
}

}  // namespace

// Packed or not: zlib tells.
struct NiftiFile::Stream {
  explicit Stream(const std::string& path) : file(gzopen(path.c_str(), "rb")) {
    if (file != nullptr) gzbuffer(file, kBytesAtOnce);
  }
  ~Stream() {
    if (file != nullptr) gzclose(file);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  gzFile file;
  std::string bytes;
};

NiftiFile::NiftiFile(const std::string& path) : path_(path) {
  const MappedFile file(path);  // which says what is wrong with it as a file
  const ImageHandle image = header_of(path);
  for (int d = 1; d <= 7; ++d) {
    const std::int64_t extent = d <= image->dim[0] ? image->dim[d] : 1;
    if (extent < 1) refuse_array(path, "the image has an extent of " + std::to_string(extent));
    shape_.push_back(static_cast<std::size_t>(extent));
  }
  while (shape_.size() > kGridDimensions && shape_.back() == 1) shape_.pop_back();
  const auto known = kTypes.find(image->datatype);
  if (known == kTypes.end())
    refuse_array(path,
                 "the image holds numbers of the type " + std::to_string(image->datatype) +
                     ", expected real numbers or integers of up to 64 bits",
                 "complex numbers and colours are not read");
  type_ = number_type(known->second, image->byteorder == 2);  // MSB_FIRST
  affine_ = affine_of(*image);
  interval_ = image->dt * seconds_of(image->time_units);
  if (!std::isfinite(interval_) || interval_ < 0) interval_ = 0;
  if (std::isfinite(image->scl_slope) && image->scl_slope != 0) {
    slope_ = image->scl_slope;
    intercept_ = std::isfinite(image->scl_inter) ? image->scl_inter : 0;
  }
  intent_ = image->intent_code;
  cifti_ = cifti_of(*image);
  offset_ = static_cast<std::size_t>(std::max<std::int64_t>(image->iname_offset, 0));
  const std::optional<std::size_t> count = count_of(shape_);
  std::size_t bytes = 0;
  const bool is_packed = is_gzip(file.bytes());
  const std::size_t room = file.bytes().size() * (is_packed ? kMostDeflated : 1);
  if (!count || __builtin_mul_overflow(*count, type_->size, &bytes) || offset_ > room ||
      bytes > room - offset_)
    refuse_array(path,
                 "the image is said to be " + shape_text(shape_) + ", but the file has " +
                     std::to_string(file.bytes().size()) + " bytes",
                 "was it copied to its end?");
  restart();
}

void NiftiFile::restart() {
  stream_ = std::make_shared<Stream>(path_);
  if (stream_->file == nullptr ||
      gzseek(stream_->file, static_cast<z_off_t>(offset_), SEEK_SET) < 0)
    refuse_array(path_, "the image cannot be read", "copy or make it again");
}

void NiftiFile::read(std::size_t count, double* out) {
  std::string& bytes = stream_->bytes;
  while (count > 0) {
    const std::size_t some = std::min(count, kBytesAtOnce / type_->size);
    bytes.resize(some * type_->size);
    const int held = gzread(stream_->file, bytes.data(), static_cast<unsigned>(bytes.size()));
    if (held < 0 || static_cast<std::size_t>(held) < bytes.size())
      refuse_array(path_,
                   "the image ends early or is damaged: it cannot be read to its end",
                   "copy or make it again");
    if (type_->to_double(bytes.data(), some, out, 1) < some)
      refuse_array(path_, "the image holds integers that are too large to be held exactly");
    if (slope_ != 1 || intercept_ != 0)
      for (std::size_t i = 0; i < some; ++i) out[i] = out[i] * slope_ + intercept_;
    out += some;
    count -= some;
  }
}

std::string grid_text(const NiftiFile& file) {
  const std::vector<std::size_t> grid{file.extent(0), file.extent(1), file.extent(2)};
  return shape_text(grid);
}

}  // namespace insula::dataset::detail

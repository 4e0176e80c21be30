// SPDX-License-Identifier: Apache-2.0
// The header's fields are libnifti2's, and so is what is made of its quaternion and of other
// endianness. Its reader crashes on headers that are damaged, so ours reads; numbers are streamed,
// so that an image may be larger than memory.
#include "framework/dataset/detail/nifti.h"

#include <nifti2_io.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "framework/base/error.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/file.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kBytesAtOnce = 1 << 20;
// What deflate can make of a byte, as in hdf5.cpp.
constexpr std::size_t kMostDeflated = 1032;
constexpr int kCiftiExtension = NIFTI_ECODE_CIFTI;
constexpr std::size_t kGridDimensions = 3, kLongestExtensions = 1 << 30;

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

// What we want of a header of either version.
struct NiftiHeader {
  std::array<std::int64_t, 8> dim{};
  std::array<double, 8> pixdim{};
  int type = 0, units = 0, intent = 0, qform = 0, sform = 0;
  double slope = 0, intercept = 0, quatern_b = 0, quatern_c = 0, quatern_d = 0;
  std::array<double, 3> offset{};
  std::array<std::array<double, 4>, 3> rows{};
  std::int64_t begin = 0;  // of the numbers
};

template <typename Theirs>
NiftiHeader taken_from(const Theirs& h) {
  NiftiHeader header;
  for (std::size_t d = 0; d < 8; ++d) {
    header.dim[d] = h.dim[d];
    header.pixdim[d] = static_cast<double>(h.pixdim[d]);
  }
  header.type = h.datatype;
  header.units = h.xyzt_units;
  header.intent = h.intent_code;
  header.qform = h.qform_code;
  header.sform = h.sform_code;
  header.slope = static_cast<double>(h.scl_slope);
  header.intercept = static_cast<double>(h.scl_inter);
  header.quatern_b = static_cast<double>(h.quatern_b);
  header.quatern_c = static_cast<double>(h.quatern_c);
  header.quatern_d = static_cast<double>(h.quatern_d);
  header.offset = {static_cast<double>(h.qoffset_x),
                   static_cast<double>(h.qoffset_y),
                   static_cast<double>(h.qoffset_z)};
  for (std::size_t j = 0; j < 4; ++j) {
    header.rows[0][j] = static_cast<double>(h.srow_x[j]);
    header.rows[1][j] = static_cast<double>(h.srow_y[j]);
    header.rows[2][j] = static_cast<double>(h.srow_z[j]);
  }
  // Of the first version a float.
  const auto begin = static_cast<double>(h.vox_offset);
  header.begin = begin >= 0 && begin < 1e18 ? static_cast<std::int64_t>(begin) : -1;
  return header;
}

// The fields of a header whose first number is its size, in one endianness or the other.
template <typename Theirs>
Theirs fields_of(const std::string& bytes, bool& is_swapped, void (*swap)(Theirs*)) {
  Theirs header{};
  std::memcpy(&header, bytes.data(), std::min(bytes.size(), sizeof header));
  is_swapped = header.sizeof_hdr != static_cast<int>(sizeof header);
  if (is_swapped) swap(&header);
  return header;
}

[[noreturn]] void refuse_header(const std::string& path, bool is_pair) {
  refuse_array(path,
               is_pair ? "the image is not one file of NIfTI, but ANALYZE or a pair of files"
                       : "the file is no NIfTI image, or its header is damaged",
               is_pair ? "nibabel.save(nibabel.load(OLD), 'new.nii.gz') makes one file of it"
                       : "copy or make it again");
}

NiftiHeader header_of(const std::string& bytes, const std::string& path, bool& is_swapped) {
  if (bytes.size() >= sizeof(nifti_2_header)) {
    const auto second = fields_of<nifti_2_header>(bytes, is_swapped, nifti_swap_as_nifti2);
    if (second.sizeof_hdr == static_cast<int>(sizeof second)) {
      if (std::string_view(second.magic, 4) != std::string_view("n+2\0", 4))
        refuse_header(path, true);
      return taken_from(second);
    }
  }
  if (bytes.size() < sizeof(nifti_1_header)) refuse_header(path, false);
  const auto first = fields_of<nifti_1_header>(bytes, is_swapped, nifti_swap_as_nifti1);
  if (first.sizeof_hdr != static_cast<int>(sizeof first)) refuse_header(path, false);
  if (std::string_view(first.magic, 4) != std::string_view("n+1\0", 4)) refuse_header(path, true);
  return taken_from(first);
}

Eigen::Matrix4d affine_of(const NiftiHeader& h) {
  Eigen::Matrix4d affine = Eigen::Matrix4d::Identity();
  if (h.sform > 0) {
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 4; ++j)
        affine(i, j) = h.rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  } else if (h.qform > 0) {
    const nifti_dmat44 from = nifti_quatern_to_dmat44(h.quatern_b,
                                                      h.quatern_c,
                                                      h.quatern_d,
                                                      h.offset[0],
                                                      h.offset[1],
                                                      h.offset[2],
                                                      h.pixdim[1],
                                                      h.pixdim[2],
                                                      h.pixdim[3],
                                                      h.pixdim[0] < 0 ? -1 : 1);
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) affine(i, j) = from.m[i][j];
  } else {
    for (int i = 0; i < 3; ++i) affine(i, i) = h.pixdim[static_cast<std::size_t>(i) + 1];
  }
  return affine;
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

namespace {

// All that stands before the numbers: the header and its extensions.
std::string bytes_before(gzFile file, std::size_t size) {
  std::string bytes(size, '\0');
  const int held = gzread(file, bytes.data(), static_cast<unsigned>(size));
  bytes.resize(static_cast<std::size_t>(std::max(held, 0)));
  return bytes;
}

int number_in(std::string_view bytes, std::size_t at, bool is_swapped) {
  std::int32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  if (is_swapped) nifti_swap_4bytes(1, &number);
  return number;
}

// The extension in which CIFTI explains itself; "" if there is none.
std::string cifti_of(std::string_view bytes, std::size_t header, bool is_swapped) {
  constexpr std::size_t kFlags = 4, kHead = 8;
  std::size_t at = header + kFlags;
  if (bytes.size() < at || bytes[header] == 0) return "";
  while (bytes.size() >= at + kHead) {
    const int size = number_in(bytes, at, is_swapped), code = number_in(bytes, at + 4, is_swapped);
    if (size < static_cast<int>(kHead) || static_cast<std::size_t>(size) > bytes.size() - at)
      return "";
    const std::string_view text = bytes.substr(at + kHead, static_cast<std::size_t>(size) - kHead);
    if (code == kCiftiExtension) return std::string(text.substr(0, text.find('\0')));
    at += static_cast<std::size_t>(size);
  }
  return "";
}

void check_size(const MappedFile& file,
                const std::string& path,
                const std::vector<std::size_t>& shape,
                std::size_t number,
                std::size_t offset) {
  const std::optional<std::size_t> count = count_of(shape);
  std::size_t bytes = 0;
  const std::size_t room = file.bytes().size() * (is_gzip(file.bytes()) ? kMostDeflated : 1);
  if (count && !__builtin_mul_overflow(*count, number, &bytes) && offset <= room &&
      bytes <= room - offset)
    return;
  refuse_array(path,
               "the image is said to be " + shape_text(shape) + ", but the file has " +
                   std::to_string(file.bytes().size()) + " bytes",
               "was it copied to its end?");
}

}  // namespace

NiftiFile::NiftiFile(const std::string& path) : path_(path) {
  const MappedFile file(path);  // which says what is wrong with it as a file
  Stream start(path);
  bool is_swapped = false;
  std::string before = bytes_before(start.file, sizeof(nifti_2_header));
  const NiftiHeader header = header_of(before, path, is_swapped);
  const std::int64_t dimensions = header.dim[0];
  if (dimensions < 1 || dimensions > 7)
    refuse_array(path,
                 "the image has " + std::to_string(dimensions) + " dimensions, expected 1 to 7");
  for (std::int64_t d = 1; d <= 7; ++d) {
    const std::int64_t extent = d <= dimensions ? header.dim[static_cast<std::size_t>(d)] : 1;
    if (extent < 1) refuse_array(path, "the image has an extent of " + std::to_string(extent));
    shape_.push_back(static_cast<std::size_t>(extent));
  }
  while (shape_.size() > kGridDimensions && shape_.back() == 1) shape_.pop_back();
  const auto known = kTypes.find(header.type);
  if (known == kTypes.end())
    refuse_array(path,
                 "the image holds numbers of the type " + std::to_string(header.type) +
                     ", expected real numbers or integers of up to 64 bits",
                 "complex numbers and colours are not read");
  type_ = number_type(known->second, is_swapped);  // ours is little-endian
  affine_ = affine_of(header);
  interval_ = header.pixdim[4] * seconds_of(XYZT_TO_TIME(header.units));
  if (!std::isfinite(interval_) || interval_ < 0) interval_ = 0;
  if (std::isfinite(header.slope) && header.slope != 0) {
    slope_ = header.slope;
    intercept_ = std::isfinite(header.intercept) ? header.intercept : 0;
  }
  intent_ = header.intent;
  const std::size_t header_size = before.compare(0, 4, std::string("\x1c\x02\0\0", 4)) == 0 ||
                                          before.compare(0, 4, std::string("\0\0\x02\x1c", 4)) == 0
                                      ? sizeof(nifti_2_header)
                                      : sizeof(nifti_1_header);
  if (header.begin < static_cast<std::int64_t>(header_size)) refuse_header(path, false);
  offset_ = static_cast<std::size_t>(header.begin);
  check_size(file, path, shape_, type_->size, offset_);
  if (offset_ < kLongestExtensions) {
    Stream again(path);
    before = bytes_before(again.file, offset_);
    cifti_ = cifti_of(before, header_size, is_swapped);
  }
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

// SPDX-License-Identifier: Apache-2.0
// HDF5, through its C interface. libhdf5 may be used by one thread at a time: whoever calls it
// holds the one lock.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "framework/base/error.h"
#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/hdf5_handle.h"
#include "framework/dataset/detail/number_type.h"

namespace insula::dataset::detail {
namespace {

// What deflate can make of a byte (two bits for 258); a dataset that says more is forged, or holds
// next to nothing.
constexpr std::size_t kMostExpansion = 1032, kSmallestCheck = 1 << 20;
constexpr std::size_t kSmallestCache = 1 << 20, kLargestCache = 64 << 20;
constexpr std::size_t kNumbersAtOnceFromHdf5 = 1 << 20;

ArrayFacts facts_of(hid_t dataset, const std::string& file, const std::string& name) {
  ArrayFacts facts{file, "dataset '" + name + "'", "", 0, {}};
  const Hdf5Handle type = opened(H5Dget_type(dataset), H5Tclose, file, facts.what);
  const H5T_class_t kind = H5Tget_class(type);
  facts.number_size = H5Tget_size(type);
  const std::string size = " of " + std::to_string(facts.number_size) + " bytes";
  const bool is_truth = kind == H5T_ENUM && facts.number_size == 1 && H5Tget_nmembers(type) == 2;
  if (kind == H5T_INTEGER) {
    facts.type = (H5Tget_sign(type) == H5T_SGN_NONE ? "unsigned integer" : "integer") + size;
  } else if (kind == H5T_FLOAT) {
    facts.type = "float" + size;
  } else if (is_truth) {  // as h5py writes them
    facts.type = "truth value" + size;
  }
  if (facts.type.empty() || facts.number_size == 0 || facts.number_size > 8) {
    const char* found = kind == H5T_STRING     ? "texts"
                        : kind == H5T_COMPOUND ? "records"
                        : kind == H5T_ENUM     ? "labels"
                        : kind == H5T_FLOAT    ? "numbers of more than 8 bytes"
                                               : "something else";
    refuse_array(file,
                 facts.what + " holds " + found +
                     ", expected real numbers or integers of up to 8 "
                     "bytes");
  }
  const Hdf5Handle space = opened(H5Dget_space(dataset), H5Sclose, file, facts.what);
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0 || rank > H5S_MAX_RANK) refuse_hdf5(file, facts.what);
  if (H5Sget_simple_extent_type(space) == H5S_NULL) facts.shape = {0};
  if (rank > 0) {
    std::array<hsize_t, H5S_MAX_RANK> extent{};
    if (H5Sget_simple_extent_dims(space, extent.data(), nullptr) < 0) refuse_hdf5(file, facts.what);
    facts.shape.assign(extent.begin(), extent.begin() + rank);
  }
  refuse_empty(facts);
  return facts;
}

// Filters that libhdf5 does not have, and numbers that lie in other files.
void refuse_layout(hid_t list, const ArrayFacts& facts) {
  if (H5Pget_layout(list) == H5D_VIRTUAL || H5Pget_external_count(list) != 0) {
    refuse_array(facts.file,
                 facts.what + " keeps its numbers in other files",
                 "h5repack makes one file of them; what lies elsewhere is not read, so that the "
                 "hash of a file tells its content");
  }
  for (int i = 0; i < H5Pget_nfilters(list); ++i) {
    std::array<char, 64> name{};
    unsigned int flags = 0, config = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(list,
                                               static_cast<unsigned int>(i),
                                               &flags,
                                               &values,
                                               nullptr,
                                               name.size() - 1,
                                               name.data(),
                                               &config);
    if (filter >= 0 && H5Zfilter_avail(filter) > 0) continue;
    refuse_array(facts.file,
                 facts.what + " is packed by the filter '" + name.data() + "' (" +
                     std::to_string(filter) + "), which is not installed",
                 "h5repack -f GZIP=4 writes a file that can be read everywhere");
  }
}

// What is stored must be enough for what is said; gives the bytes of all chunks that share a row.
std::size_t check_storage(hid_t dataset, hid_t list, const ArrayFacts& facts) {
  const std::optional<std::size_t> count = count_of(facts.shape);
  std::size_t bytes = 0;
  const bool is_too_large =
      !count || __builtin_mul_overflow(*count, std::size_t{8}, &bytes) || bytes > PTRDIFF_MAX;
  const std::size_t stored = H5Dget_storage_size(dataset);
  const std::size_t said = is_too_large ? 0 : bytes / 8 * facts.number_size;
  if (is_too_large || stored == 0 || (said > kSmallestCheck && said / kMostExpansion > stored)) {
    refuse_array(facts.file,
                 facts.what + " is said to be " + shape_text(facts.shape) + ", but " +
                     std::to_string(stored) + " bytes are stored",
                 "was it written to its end?");
  }
  if (H5Pget_layout(list) != H5D_CHUNKED) return 0;
  std::array<hsize_t, H5S_MAX_RANK> chunk{};
  const int rank = H5Pget_chunk(list, H5S_MAX_RANK, chunk.data());
  if (rank != static_cast<int>(facts.shape.size())) refuse_hdf5(facts.file, facts.what);
  std::size_t share = facts.number_size, across = 1;  // no product of a file's own sizes overflows
  for (std::size_t d = 0; d < facts.shape.size(); ++d) {
    if (chunk[d] == 0 || __builtin_mul_overflow(share, chunk[d], &share)) {
      refuse_hdf5(facts.file, facts.what);
    }
    if (d > 0) across *= (facts.shape[d] - 1) / chunk[d] + 1;
  }
  if (share > kSmallestCheck && share / kMostExpansion > stored) {
    refuse_array(facts.file,
                 facts.what + " has chunks of " + std::to_string(share) + " bytes, but only " +
                     std::to_string(stored) + " bytes are stored");
  }
  return __builtin_mul_overflow(share, across, &share) ? PTRDIFF_MAX : share;
}

class Hdf5Array : public ArraySource {
 public:
  Hdf5Array(ArrayFacts facts, Hdf5Handle file, Hdf5Handle dataset)
      : ArraySource(std::move(facts)), file_(std::move(file)), dataset_(std::move(dataset)) {
    const std::vector<std::size_t>& shape = this->facts().shape;
    for (std::size_t d = 1; d < shape.size(); ++d) columns_ *= shape[d];
    is_float_ = this->facts().type.starts_with("float");
    is_unsigned_ = this->facts().type.starts_with("unsigned");
  }
  ~Hdf5Array() override {
    const Hdf5Use use;
    dataset_.close();
    file_.close();
  }

  void read(std::size_t first, std::size_t last, double* out) const override {
    const Hdf5Use use;
    fill(first, last, out);
    if (is_float_) return;
    // Whole numbers are as wide as doubles, so they are converted where they lie.
    convert(reinterpret_cast<const char*>(out), first, (last - first) * columns_, out);
  }

  void read(std::size_t first, std::size_t last, float* out) const override {
    const Hdf5Use use;
    if (is_float_ && facts().number_size <= sizeof(float)) {
      return transfer(first, last, H5T_NATIVE_FLOAT, out);
    }
    const std::size_t at_once = std::max<std::size_t>(1, kNumbersAtOnceFromHdf5 / columns_);
    std::vector<double> part(std::min(at_once, last - first) * columns_);
    for (std::size_t row = first; row < last; row += at_once) {
      const std::size_t end = std::min(last, row + at_once);
      fill(row, end, part.data());
      convert(reinterpret_cast<const char*>(part.data()),
              row,
              (end - row) * columns_,
              out + (row - first) * columns_);
    }
  }

 private:
  void fill(std::size_t first, std::size_t last, double* out) const {
    transfer(first,
             last,
             is_float_      ? H5T_NATIVE_DOUBLE
             : is_unsigned_ ? H5T_NATIVE_ULLONG
                            : H5T_NATIVE_LLONG,
             out);
  }

  void transfer(std::size_t first, std::size_t last, hid_t type, void* out) const {
    if (first == last) return;
    const std::string rows =
        "rows " + std::to_string(first) + " to " + std::to_string(last - 1) + " of " + facts().what;
    const Hdf5Handle space = opened(H5Dget_space(dataset_), H5Sclose, facts().file, rows);
    const hsize_t count = (last - first) * columns_;
    const Hdf5Handle memory =
        opened(H5Screate_simple(1, &count, nullptr), H5Sclose, facts().file, rows);
    if (!facts().shape.empty()) {
      std::array<hsize_t, H5S_MAX_RANK> start{}, extent{};
      std::copy(facts().shape.begin(), facts().shape.end(), extent.begin());
      start[0] = first;
      extent[0] = last - first;
      if (H5Sselect_hyperslab(
              space, H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr) < 0) {
        refuse_hdf5(facts().file, rows);
      }
    }
    if (H5Dread(dataset_, type, memory, space, H5P_DEFAULT, out) < 0) {
      refuse_hdf5(facts().file, rows);
    }
  }

  static std::size_t held(const NumberType& t, const char* in, std::size_t n, double* out) {
    return t.to_double(in, n, out, 1);
  }
  static std::size_t held(const NumberType& t, const char* in, std::size_t n, float* out) {
    return t.to_float(in, n, out, 1);
  }

  template <typename Out>
  void convert(const char* numbers, std::size_t row, std::size_t count, Out* out) const {
    const NumberType& type = *number_type(is_float_ ? "f8" : is_unsigned_ ? "u8" : "i8");
    const std::size_t at = held(type, numbers, count, out);
    if (at == count) return;
    refuse_array(facts().file,
                 (is_float_ ? "the number " : "the integer ") + type.text(numbers + 8 * at) +
                     " at row " + std::to_string(row + at / columns_) + ", column " +
                     std::to_string(at % columns_) + " (counted from 0) of " + facts().what +
                     " is too large to be held" +
                     (is_float_ ? " in single precision" : " exactly"));
  }

  Hdf5Handle file_, dataset_;
  std::size_t columns_ = 1;
  bool is_float_ = true, is_unsigned_ = false;
};

Hdf5Handle open_file(const std::string& path) {
  if (H5Fis_hdf5(path.c_str()) <= 0) {
    refuse_array(path, "the file does not start as an HDF5 file does");
  }
  const Hdf5Handle access = opened(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, path, "a property list");
  H5Pset_file_locking(access, false, true);  // we only read, perhaps from a disk that cannot lock
  return opened(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose, path, "its beginning");
}

}  // namespace

Array open_hdf5(const std::string& path, const std::string& name) {
  const Hdf5Use use;
  Hdf5Handle file = open_file(path);
  std::string wanted = name;
  if (wanted.empty()) {
    const std::vector<std::string> names = dataset_names(file, path);
    wanted = names.empty() ? "" : names[chosen_array(names, "", "dataset", path)];
  }
  const Hdf5Link link = find_in_hdf5(file, path, wanted);
  Hdf5Handle dataset;
  if (link.group.is_open()) {
    dataset = {H5Dopen2(link.group, link.name.c_str(), H5P_DEFAULT), H5Dclose};
  }
  if (!dataset.is_open()) {
    chosen_array(dataset_names(file, path), name, "dataset", path);  // says what there is
    refuse_hdf5(path, "dataset '" + name + "'");
  }
  ArrayFacts facts = facts_of(dataset, path, wanted);
  const Hdf5Handle list = opened(H5Dget_create_plist(dataset), H5Pclose, path, facts.what);
  refuse_layout(list, facts);
  const std::size_t needed = check_storage(dataset, list, facts);
  const Hdf5Handle access =
      opened(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, path, "a property list");
  // A chunk that does not fit into the cache is unpacked again for every row.
  H5Pset_chunk_cache(access,
                     H5D_CHUNK_CACHE_NSLOTS_DEFAULT,
                     std::clamp(needed, kSmallestCache, kLargestCache),
                     H5D_CHUNK_CACHE_W0_DEFAULT);
  dataset.close();  // two handles of one dataset would share the first one's cache
  dataset = opened(H5Dopen2(link.group, link.name.c_str(), access), H5Dclose, path, facts.what);
  return Array(
      std::make_shared<const Hdf5Array>(std::move(facts), std::move(file), std::move(dataset)));
}

}  // namespace insula::dataset::detail

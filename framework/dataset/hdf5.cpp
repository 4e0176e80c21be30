// SPDX-License-Identifier: Apache-2.0
// HDF5. libhdf5 finds a dataset and says where its numbers lie; they are then read from the mapped
// file by us, because libhdf5 1.10 reads beyond its buffers where chunks are damaged, and because
// it serves one thread at a time: whoever calls it holds the one lock.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "framework/dataset/detail/array_source.h"
#include "framework/dataset/detail/chunked_array.h"
#include "framework/dataset/detail/flat_array.h"
#include "framework/dataset/detail/hdf5_handle.h"
#include "framework/dataset/detail/hdf5_probe.h"
#include "framework/dataset/detail/number_type.h"

namespace insula::dataset::detail {
namespace {

// What deflate can make of a byte (two bits for 258); a dataset that says more is forged, or holds
// next to nothing.
constexpr std::size_t kMostExpansion = 1032, kSmallestCheck = 1 << 20;
constexpr std::size_t kMostChunks = 10'000'000;

// IEEE 754's formats and bfloat16 by their fields, from the lowest bit.
struct FloatLayout {
  const char* name;
  std::size_t size, sign, exponent, exponent_bits, fraction_bits, bias;
};
constexpr FloatLayout kFloats[] = {{"f2", 2, 15, 10, 5, 10, 15},
                                   {"bf16", 2, 15, 7, 8, 7, 127},
                                   {"f4", 4, 31, 23, 8, 23, 127},
                                   {"f8", 8, 63, 52, 11, 52, 1023}};

std::string float_name(hid_t type) {
  std::size_t sign = 0, exponent = 0, exponent_bits = 0, fraction = 0, fraction_bits = 0;
  if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) < 0)
    return "";
  for (const FloatLayout& layout : kFloats) {
    if (H5Tget_size(type) == layout.size && sign == layout.sign && exponent == layout.exponent &&
        exponent_bits == layout.exponent_bits && fraction == 0 &&
        fraction_bits == layout.fraction_bits && H5Tget_ebias(type) == layout.bias &&
        H5Tget_norm(type) == H5T_NORM_IMPLIED) {
      return layout.name;
    }
  }
  return "";
}

std::string integer_name(hid_t type) {
  const std::size_t size = H5Tget_size(type);
  const bool is_whole = H5Tget_offset(type) == 0 && H5Tget_precision(type) == 8 * size;
  if (!is_whole || size > 8) return "";
  return (H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "i") + std::to_string(size);
}

// nullptr if it is none that we read.
const NumberType* number_type_of(hid_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  std::string name;
  if (kind == H5T_INTEGER) name = integer_name(type);
  if (kind == H5T_FLOAT) name = float_name(type);
  // As h5py writes truth values.
  if (kind == H5T_ENUM && H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2) name = "b1";
  return number_type(name, H5Tget_order(type) == H5T_ORDER_BE);
}

[[noreturn]] void refuse_type(hid_t type, const ArrayFacts& facts) {
  const H5T_class_t kind = H5Tget_class(type);
  const char* found = kind == H5T_STRING                         ? "texts"
                      : kind == H5T_COMPOUND                     ? "records"
                      : kind == H5T_ENUM                         ? "labels"
                      : kind == H5T_FLOAT || kind == H5T_INTEGER ? "numbers of an unusual format"
                                                                 : "something else";
  refuse_array(
      facts.file,
      facts.what + " holds " + found + ", expected real numbers or integers of up to 8 bytes");
}

std::vector<std::size_t> shape_of(hid_t dataset, const ArrayFacts& facts) {
  const Hdf5Handle space = opened(H5Dget_space(dataset), H5Sclose, facts.file, facts.what);
  if (H5Sget_simple_extent_type(space) == H5S_NULL) return {0};
  const int rank = H5Sget_simple_extent_ndims(space);
  std::array<hsize_t, H5S_MAX_RANK> extent{};
  if (rank < 0 || rank > H5S_MAX_RANK ||
      (rank > 0 && H5Sget_simple_extent_dims(space, extent.data(), nullptr) < 0)) {
    refuse_hdf5(facts.file, facts.what);
  }
  return {extent.begin(), extent.begin() + rank};
}

// How the numbers are packed; what leads to other files, or cannot be undone, is refused.
std::vector<ChunkFilter> filters_of(hid_t list, std::size_t element, const ArrayFacts& facts) {
  if (H5Pget_layout(list) == H5D_VIRTUAL || H5Pget_external_count(list) != 0) {
    refuse_array(facts.file,
                 facts.what + " keeps its numbers in other files",
                 "h5repack makes one file of them; what lies elsewhere is not read, so that the "
                 "hash of a file tells its content");
  }
  std::vector<ChunkFilter> filters;
  for (int i = 0; i < H5Pget_nfilters(list); ++i) {
    std::array<char, 64> name{};
    std::array<unsigned int, 16> values{};
    unsigned int flags = 0, config = 0;
    std::size_t count = values.size();
    const H5Z_filter_t filter = H5Pget_filter2(list,
                                               static_cast<unsigned int>(i),
                                               &flags,
                                               &count,
                                               values.data(),
                                               name.size() - 1,
                                               name.data(),
                                               &config);
    if (filter == H5Z_FILTER_DEFLATE) {
      filters.push_back(ChunkFilter::deflate);
    } else if (filter == H5Z_FILTER_SHUFFLE && count >= 1 && values[0] == element) {
      filters.push_back(ChunkFilter::shuffle);
    } else if (filter == H5Z_FILTER_FLETCHER32) {
      filters.push_back(ChunkFilter::fletcher32);
    } else {
      refuse_array(facts.file,
                   facts.what + " is packed by the filter '" + name.data() + "' (" +
                       std::to_string(filter) + "), expected deflate, shuffle or fletcher32",
                   "h5repack -f GZIP=4 writes a file that can be read everywhere");
    }
  }
  return filters;
}

// What is stored must be enough for what is said.
void check_storage(hid_t dataset, const ArrayFacts& facts) {
  const std::optional<std::size_t> count = count_of(facts.shape);
  std::size_t bytes = 0;  // as doubles in memory
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
}

// The extents of chunks, not more than can be stored.
std::vector<std::size_t> chunk_of(hid_t dataset,
                                  hid_t list,
                                  std::size_t element,
                                  const ArrayFacts& facts) {
  std::array<hsize_t, H5S_MAX_RANK> extent{};
  const int rank = H5Pget_chunk(list, H5S_MAX_RANK, extent.data());
  const bool is_in_bytes = element != facts.number_size;
  if (rank + (is_in_bytes ? 1 : 0) != static_cast<int>(facts.shape.size()))
    refuse_hdf5(facts.file, facts.what);
  std::vector<std::size_t> chunk(extent.begin(), extent.begin() + rank);
  if (is_in_bytes) chunk.push_back(element);
  std::size_t bytes = facts.number_size;
  for (const std::size_t size : chunk) {
    if (size == 0 || __builtin_mul_overflow(bytes, size, &bytes)) {
      refuse_hdf5(facts.file, "the chunks of " + facts.what);
    }
  }
  const std::size_t stored = H5Dget_storage_size(dataset);
  if (bytes > kSmallestCheck && bytes / kMostExpansion > stored) {
    refuse_array(facts.file,
                 facts.what + " has chunks of " + std::to_string(bytes) + " bytes, but only " +
                     std::to_string(stored) + " bytes are stored");
  }
  return chunk;
}

ChunkPlace place_of(hid_t dataset,
                    const std::vector<hsize_t>& corner,
                    std::size_t file_size,
                    const ArrayFacts& facts) {
  ChunkPlace place;
  haddr_t at = 0;
  hsize_t size = 0;
  unsigned int skipped = 0;
  if (H5Dget_chunk_info_by_coord(dataset, corner.data(), &skipped, &at, &size) < 0) {
    refuse_hdf5(facts.file, "the places of the chunks of " + facts.what);
  }
  if (at == HADDR_UNDEF || size == 0) return place;
  if (at > file_size || size > file_size - at) {
    refuse_array(
        facts.file,
        "the file is shorter than it says: a chunk of " + facts.what + " lies outside of it",
        "copy or make it again");
  }
  return {true, at, size, skipped};
}

std::string fill_of(hid_t list, hid_t type, const ArrayFacts& facts) {
  std::string fill(facts.number_size, '\0');
  H5D_fill_value_t kind = H5D_FILL_VALUE_UNDEFINED;
  if (H5Pfill_value_defined(list, &kind) >= 0 && kind == H5D_FILL_VALUE_USER_DEFINED &&
      H5Pget_fill_value(list, type, fill.data()) < 0) {
    refuse_hdf5(facts.file, "what " + facts.what + " holds where nothing was written");
  }
  return fill;
}

// Elements of `element` bytes: numbers, or what is looked at byte by byte.
ChunkTable table_of(hid_t dataset,
                    hid_t list,
                    hid_t type,
                    std::size_t element,
                    std::size_t file_size,
                    const ArrayFacts& facts) {
  ChunkTable table;
  table.filters = filters_of(list, element, facts);
  table.chunk = chunk_of(dataset, list, element, facts);
  table.shuffled = element;
  const bool is_in_bytes = element != facts.number_size;
  table.fill = is_in_bytes ? std::string(1, '\0') : fill_of(list, type, facts);
  unsigned int options = 0;
  if (H5Pget_chunk_opts(list, &options) < 0) refuse_hdf5(facts.file, facts.what);
  const std::vector<std::size_t> grid = chunk_grid(facts.shape, table.chunk);
  const std::optional<std::size_t> count = count_of(grid);
  if (options != 0 || !count || *count > kMostChunks) {
    refuse_array(facts.file,
                 facts.what + (options != 0 ? " keeps chunks at its edges unpacked"
                                            : " has more than 10 million chunks"),
                 "'h5repack -l CHUNK=1000x100' writes it in larger ones");
  }
  std::vector<hsize_t> corner(grid.size());
  for (std::size_t i = 0; i < *count; ++i) {
    std::size_t rest = i;
    for (std::size_t d = grid.size(); d-- > 0;) {
      corner[d] = rest % grid[d] * table.chunk[d];
      rest /= grid[d];
    }
    table.places.push_back(place_of(dataset, corner, file_size, facts));
  }
  return table;
}

// The elements where they lie, of the type told; `element` are bytes of one.
Array array_of(hid_t dataset,
               hid_t type,
               std::size_t element,
               const NumberType& number,
               ArrayFacts facts,
               const PlainBytes& bytes) {
  facts.type = std::string(number.name);
  facts.number_size = number.size;
  facts.shape = shape_of(dataset, facts);
  refuse_empty(facts);
  if (element != number.size) facts.shape.push_back(element);
  const Hdf5Handle list = opened(H5Dget_create_plist(dataset), H5Pclose, facts.file, facts.what);
  filters_of(list, element, facts);
  check_storage(dataset, facts);
  if (H5Pget_layout(list) == H5D_CHUNKED) {
    ChunkTable table = table_of(dataset, list, type, element, bytes.bytes.size(), facts);
    return chunked_array(std::move(facts), number, std::move(table), bytes);
  }
  const std::size_t size = *count_of(facts.shape) * number.size;
  if (H5Dget_storage_size(dataset) != size) refuse_hdf5(facts.file, facts.what);
  if (H5Pget_layout(list) == H5D_COMPACT) {  // in its header, less than 64 KiB
    if (H5Tget_size(type) != element || H5Tis_variable_str(type) > 0)
      refuse_hdf5(facts.file, facts.what);
    std::string numbers(size, '\0');
    if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()) < 0) {
      refuse_hdf5(facts.file, facts.what);
    }
    return flat_array(
        std::move(facts), number, false, source_of(PlainBytes::of_text(std::move(numbers))), 0);
  }
  const haddr_t at = H5Dget_offset(dataset);
  if (at == HADDR_UNDEF || at > bytes.bytes.size() || size > bytes.bytes.size() - at) {
    refuse_array(facts.file,
                 "the file is shorter than it says: " + facts.what + " lies outside of it",
                 "copy or make it again");
  }
  return flat_array(std::move(facts), number, false, source_of(bytes), at);
}

}  // namespace

Hdf5Handle open_hdf5_file(const std::string& path) {
  if (H5Fis_hdf5(path.c_str()) <= 0) {
    refuse_array(path, "the file does not start as an HDF5 file does");
  }
  if (!survives_hdf5(path)) {
    refuse_array(path, "the file is damaged: libhdf5 breaks on it", "copy or make it again");
  }
  const Hdf5Handle access = opened(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, path, "a property list");
  H5Pset_file_locking(access, false, true);  // we only read, perhaps from a disk that cannot lock
  Hdf5Handle file =
      opened(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose, path, "its beginning");
  const Hdf5Handle list = opened(H5Fget_create_plist(file), H5Pclose, path, "its beginning");
  hsize_t before = 0;
  if (H5Pget_userblock(list, &before) < 0 || before != 0) {
    refuse_array(path,
                 "the file begins with " + std::to_string(before) + " bytes that are not HDF5's",
                 "'h5unjam -i old.h5 -o new.h5' takes them off");
  }
  return file;
}

Array hdf5_numbers(hid_t dataset, ArrayFacts facts, const PlainBytes& bytes) {
  const Hdf5Handle type = opened(H5Dget_type(dataset), H5Tclose, facts.file, facts.what);
  const NumberType* number = number_type_of(type);
  if (number == nullptr) refuse_type(type, facts);
  return array_of(dataset, type, number->size, *number, std::move(facts), bytes);
}

Array hdf5_elements(hid_t dataset, ArrayFacts facts, std::size_t size, const PlainBytes& bytes) {
  const Hdf5Handle type = opened(H5Dget_type(dataset), H5Tclose, facts.file, facts.what);
  return array_of(dataset, type, size, *number_type("u1"), std::move(facts), bytes);
}

Array open_hdf5(const PlainBytes& bytes, const std::string& path, const std::string& name) {
  const Hdf5Use use;
  const Hdf5Handle file = open_hdf5_file(path);
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
  return hdf5_numbers(dataset, {path, "dataset '" + wanted + "'", "", 0, {}}, bytes);
}

}  // namespace insula::dataset::detail

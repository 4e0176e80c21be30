// SPDX-License-Identifier: Apache-2.0
// From a file to values, by matio, which reads both formats. matlab_outline.cpp looks at a file
// before matio does.
#include <matio.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>

#include "framework/base/error.h"
#include "framework/dataset/detail/hdf5_handle.h"
#include "framework/dataset/detail/hdf5_probe.h"
#include "framework/dataset/detail/matlab_outline.h"
#include "framework/dataset/detail/matlab_text.h"
#include "framework/dataset/file.h"
#include "framework/dataset/matlab.h"

namespace insula::dataset {
namespace {

using Sort = MatlabValue::Sort;

constexpr int kMostMatDepth = 32;
constexpr std::size_t kMostMatNumbers = std::size_t{1} << 28;  // 2 GiB of them
constexpr std::size_t kMostMatDimensions = 32;
constexpr double kMostWhole = 9007199254740992.0;  // 2^53

using detail::kCopyAgain;
using detail::refuse_mat;

// A variable on its way from matio to a value.
class MatReader {
 public:
  explicit MatReader(std::string file) : file_(std::move(file)) {}

  MatlabValue read(const matvar_t* variable, const std::string& path, int depth) {
    MatlabValue value;
    if (variable == nullptr || variable->class_type == MAT_C_EMPTY) {
      value.sort = Sort::numbers;
      value.type = "double";
      value.size = {0, 0};
      return value;
    }
    if (depth > kMostMatDepth)
      refuse_mat(file_,
                 path + " is nested deeper than " + std::to_string(kMostMatDepth) + " levels");
    value.type = type_of(*variable);
    value.size = size_of(*variable, path);
    switch (variable->class_type) {
      case MAT_C_CELL: read_cell(*variable, path, depth, value); break;
      case MAT_C_STRUCT: read_structure(*variable, path, depth, value); break;
      case MAT_C_CHAR: read_text(*variable, path, value); break;
      case MAT_C_SPARSE: read_sparse(*variable, path, value); break;
      case MAT_C_OBJECT:
      case MAT_C_FUNCTION:
      case MAT_C_OPAQUE: break;  // for whoever asks to refuse
      default: read_numbers(*variable, path, value);
    }
    return value;
  }

 private:
  static std::string type_of(const matvar_t& variable) {
    static constexpr const char* kNames[] = {"empty",
                                             "cell",
                                             "struct",
                                             "object",
                                             "char",
                                             "sparse",
                                             "double",
                                             "single",
                                             "int8",
                                             "uint8",
                                             "int16",
                                             "uint16",
                                             "int32",
                                             "uint32",
                                             "int64",
                                             "uint64",
                                             "function_handle",
                                             "opaque"};
    if (variable.isLogical != 0) return "logical";
    const auto at = static_cast<std::size_t>(variable.class_type);
    const std::string name = at < std::size(kNames) ? kNames[at] : "unknown";
    if (variable.isComplex != 0) return "complex " + name;
    return name == "sparse" ? "double" : name;
  }

  std::vector<std::size_t> size_of(const matvar_t& variable, const std::string& path) {
    if (variable.rank < 2 || static_cast<std::size_t>(variable.rank) > kMostMatDimensions ||
        variable.dims == nullptr)
      damaged(path);
    std::vector<std::size_t> size(variable.dims, variable.dims + variable.rank);
    std::size_t product = 1;
    for (const std::size_t extent : size) {
      if (extent != 0 && product > std::numeric_limits<std::size_t>::max() / extent) damaged(path);
      product *= extent;
    }
    return size;
  }

  void take(std::size_t count, const std::string& path) {
    if (count > kMostMatNumbers - taken_)
      refuse_mat(file_, path + " makes the file's values more than 2^28, which is too many");
    taken_ += count;
  }

  [[noreturn]] void damaged(const std::string& path) {
    refuse_mat(file_, path + " is damaged", kCopyAgain);
  }

  double number_at(const void* data, matio_types type, std::size_t k, const std::string& path) {
    const auto of = [&](auto sample) {
      std::memcpy(&sample, static_cast<const char*>(data) + k * sizeof sample, sizeof sample);
      return sample;
    };
    const auto whole = [&](auto sample) {
      const auto number = static_cast<double>(of(sample));
      if (std::abs(number) > kMostWhole)
        refuse_mat(file_,
                   path + " holds an integer beyond 2^53, which a double cannot hold",
                   "save it as double, or leave it out");
      return number;
    };
    switch (type) {
      case MAT_T_INT8: return of(std::int8_t{});
      case MAT_T_UINT8: return of(std::uint8_t{});
      case MAT_T_INT16: return of(std::int16_t{});
      case MAT_T_UINT16: return of(std::uint16_t{});
      case MAT_T_INT32: return of(std::int32_t{});
      case MAT_T_UINT32: return of(std::uint32_t{});
      case MAT_T_INT64: return whole(std::int64_t{});
      case MAT_T_UINT64: return whole(std::uint64_t{});
      case MAT_T_SINGLE: return static_cast<double>(of(float{}));
      case MAT_T_DOUBLE: return of(double{});
      default: damaged(path);
    }
  }

  void read_numbers(const matvar_t& variable, const std::string& path, MatlabValue& value) {
    if (variable.isComplex != 0) return;
    value.sort = Sort::numbers;
    const std::size_t count = value.count();
    if (count == 0) return;
    take(count, path);
    if (variable.data == nullptr || variable.nbytes / Mat_SizeOf(variable.data_type) < count)
      damaged(path);
    value.numbers.resize(count);
    for (std::size_t k = 0; k < count; ++k)
      value.numbers[k] = number_at(variable.data, variable.data_type, k, path);
  }

  void read_sparse(const matvar_t& variable, const std::string& path, MatlabValue& value) {
    if (variable.isComplex != 0) return;
    value.sort = Sort::numbers;
    value.is_sparse = true;
    if (value.count() == 0) return;
    const auto* sparse = static_cast<const mat_sparse_t*>(variable.data);
    if (value.size.size() != 2 || sparse == nullptr || sparse->jc == nullptr ||
        sparse->njc < value.size[1] + 1)
      damaged(path);
    const std::size_t entries = sparse->jc[value.size[1]];
    if (entries > sparse->nir || entries > sparse->ndata) damaged(path);
    if (entries > 0 && (sparse->ir == nullptr || sparse->data == nullptr)) damaged(path);
    take(entries, path);
    for (std::size_t column = 0; column < value.size[1]; ++column) {
      const std::size_t end = sparse->jc[column + 1];
      if (end > entries || sparse->jc[column] > end) damaged(path);
      for (std::size_t k = sparse->jc[column]; k < end; ++k) {
        if (sparse->ir[k] >= value.size[0]) damaged(path);
        value.row.push_back(sparse->ir[k]);
        value.column.push_back(column);
        value.numbers.push_back(number_at(sparse->data, variable.data_type, k, path));
      }
    }
  }

  // Characters lie column by column; a row is a text.
  void read_text(const matvar_t& variable, const std::string& path, MatlabValue& value) {
    value.sort = Sort::text;
    const std::size_t count = value.count();
    if (value.size.size() != 2) return;
    if (count == 0) {
      value.texts.assign(1, "");
      return;
    }
    take(count, path);
    const std::size_t width = std::max<std::size_t>(1, Mat_SizeOf(variable.data_type));
    if (variable.data == nullptr) damaged(path);
    const auto* bytes = static_cast<const unsigned char*>(variable.data);
    if (variable.data_type == MAT_T_UTF8 && value.size[0] == 1) {  // maybe longer than its count
      value.texts.emplace_back(static_cast<const char*>(variable.data), variable.nbytes);
    } else {
      if (variable.nbytes / width < count) damaged(path);
      for (std::size_t row = 0; row < value.size[0]; ++row) {
        std::u32string units;
        for (std::size_t column = 0; column < value.size[1]; ++column) {
          const unsigned char* at = bytes + (column * value.size[0] + row) * width;
          units.push_back(detail::code_unit(at, width));
        }
        value.texts.push_back(detail::utf8(units));
      }
    }
    for (std::string& text : value.texts) {
      while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
    }
  }

  void read_items(const matvar_t& variable,
                  std::size_t count,
                  const std::string& path,
                  int depth,
                  MatlabValue& value) {
    take(count, path);
    if (count == 0) return;
    if (variable.data == nullptr || variable.nbytes / sizeof(matvar_t*) < count) damaged(path);
    auto* const* items = static_cast<matvar_t* const*>(variable.data);
    const std::size_t fields = value.fields.size();
    for (std::size_t k = 0; k < count; ++k) {
      const std::string name =
          fields > 0 ? "." + value.fields[k % fields] : "{" + std::to_string(k + 1) + "}";
      value.items.push_back(read(items[k], path + name, depth + 1));
    }
  }

  void read_cell(const matvar_t& variable, const std::string& path, int depth, MatlabValue& value) {
    value.sort = Sort::cell;
    read_items(variable, value.count(), path, depth, value);
  }

  void read_structure(const matvar_t& variable,
                      const std::string& path,
                      int depth,
                      MatlabValue& value) {
    value.sort = Sort::structure;
    const unsigned fields = Mat_VarGetNumberOfFields(const_cast<matvar_t*>(&variable));
    char* const* names = Mat_VarGetStructFieldnames(&variable);
    if (fields > 0 && names == nullptr) damaged(path);
    for (unsigned k = 0; k < fields; ++k) value.fields.emplace_back(names[k]);
    if (fields > 0 && value.count() > kMostMatNumbers / fields) damaged(path);
    read_items(variable, value.count() * fields, path, depth, value);
  }

  std::string file_;
  std::size_t taken_ = 0;
};

struct MatClose {
  void operator()(mat_t* file) const { Mat_Close(file); }
  void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};

void say_nothing(int /*level*/, char* /*message*/) {}

// matio makes room for what a variable says that it holds, before it reads: no array in it may have
// more elements than the variable has bytes. (A sparse one says how many entries it has.)
bool is_credible(const matvar_t* variable, std::size_t most, int depth = 0) {
  if (variable == nullptr || variable->class_type == MAT_C_SPARSE) return true;
  if (depth > kMostMatDepth || variable->dims == nullptr) return true;  // told when it is read
  std::size_t count = 1;
  for (int k = 0; k < variable->rank; ++k) {
    if (variable->dims[k] != 0 && count > most / variable->dims[k]) return false;
    count *= variable->dims[k];
  }
  const bool is_cell = variable->class_type == MAT_C_CELL;
  if (!is_cell && variable->class_type != MAT_C_STRUCT) return true;
  if (!is_cell) count *= Mat_VarGetNumberOfFields(const_cast<matvar_t*>(variable));
  auto* const* items = static_cast<matvar_t* const*>(variable->data);
  if (items == nullptr || variable->nbytes / sizeof(matvar_t*) < count) return true;
  return std::all_of(items, items + count, [&](const matvar_t* item) {
    return is_credible(item, most, depth + 1);
  });
}

// libhdf5 makes room for what an array says that it holds, even where the file stores nothing of
// it. DEFLATE packs 1032 bytes into one at most.
constexpr std::size_t kMostPacked = 1032;

herr_t find_incredible(hid_t file, const char* name, const H5O_info_t* info, void* most) {
  if (info->type != H5O_TYPE_DATASET) return 0;
  const detail::Hdf5Handle array(H5Dopen2(file, name, H5P_DEFAULT), H5Dclose);
  if (!array.is_open()) return 1;
  const detail::Hdf5Handle space(H5Dget_space(array), H5Sclose);
  const detail::Hdf5Handle type(H5Dget_type(array), H5Tclose);
  if (!space.is_open() || !type.is_open()) return 1;
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  const std::size_t size = H5Tget_size(type);
  return count < 0 || size == 0 ||
                 static_cast<std::size_t>(count) > *static_cast<std::size_t*>(most) / size
             ? 1
             : 0;
}

// All that is done with a file of version 7.3, for nothing.
void read_by_matio(const char* path) {
  Mat_LogInitFunc("insula", say_nothing);
  const std::unique_ptr<mat_t, MatClose> file(Mat_Open(path, MAT_ACC_RDONLY));
  if (!file) return;
  std::size_t count = 0;
  Mat_GetDir(file.get(), &count);
  Mat_Rewind(file.get());
  for (std::size_t k = 0; k < count; ++k) {
    const std::unique_ptr<matvar_t, MatClose> variable(Mat_VarReadNextInfo(file.get()));
    if (!variable || !is_credible(variable.get(), kMostMatNumbers) ||
        Mat_VarReadDataAll(file.get(), variable.get()) != 0)
      return;
  }
}

void refuse_incredible_hdf5(const std::string& path, std::size_t bytes) {
  const detail::Hdf5Use one_at_a_time;
  if (!detail::survives_hdf5(path))
    refuse_mat(path, "the file is damaged: libhdf5 breaks on it", kCopyAgain);
  const detail::Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  std::size_t most = bytes * kMostPacked;
  if (!file.is_open() || H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, find_incredible, &most) != 0)
    refuse_mat(path,
               "the file is damaged: an array in it cannot be read, or says that it is larger than "
               "the file",
               kCopyAgain);
  // matio asks libhdf5 for more than we did.
  if (!detail::survives(read_by_matio, path))
    refuse_mat(path, "the file is damaged: libhdf5 breaks on it", kCopyAgain);
}

// A file of version 7.3 says itself how many variables it has.
std::size_t variables_of(mat_t* file, const detail::MatOutline& outline) {
  if (!outline.is_hdf5) return outline.unpacked.size();
  std::size_t count = 0;
  Mat_GetDir(file, &count);
  Mat_Rewind(file);
  return count;
}

}  // namespace

MatlabValue read_matlab(const std::string& path) {
  const MappedFile mapped(path);
  const detail::MatOutline outline = detail::outline_of(path, mapped.bytes());
  if (outline.is_hdf5) refuse_incredible_hdf5(path, mapped.bytes().size());
  const detail::Hdf5Use one_at_a_time;  // matio's messages and libhdf5 are the process's
  Mat_LogInitFunc("insula", say_nothing);
  const std::unique_ptr<mat_t, MatClose> file(Mat_Open(path.c_str(), MAT_ACC_RDONLY));
  const std::size_t count = file ? variables_of(file.get(), outline) : 0;
  if (count == 0)
    refuse_mat(path, "no variable can be read: the file is empty or damaged", kCopyAgain);
  MatlabValue all;
  all.sort = Sort::structure;
  all.type = "struct";
  all.size = {1, 1};
  MatReader reader(path);
  for (std::size_t k = 0; k < count; ++k) {
    const std::unique_ptr<matvar_t, MatClose> variable(Mat_VarReadNextInfo(file.get()));
    const std::size_t most = outline.is_hdf5 ? kMostMatNumbers : outline.unpacked[k];
    if (!variable || !is_credible(variable.get(), std::min(most, kMostMatNumbers)) ||
        Mat_VarReadDataAll(file.get(), variable.get()) != 0)
      refuse_mat(path, "variable " + std::to_string(k + 1) + " cannot be read", kCopyAgain);
    const std::string name = variable->name == nullptr ? "" : variable->name;
    if (name.empty()) continue;
    all.items.push_back(reader.read(variable.get(), name, 0));
    all.fields.push_back(name);
  }
  return all;
}

}  // namespace insula::dataset

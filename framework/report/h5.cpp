// SPDX-License-Identifier: Apache-2.0
#include "framework/report/detail/h5.h"

#include <algorithm>
#include <cstdint>

#include "framework/report/detail/files.h"

namespace insula::report::h5 {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Chunks of whole columns' worth of rows, at most about 128 KiB each.
std::array<hsize_t, 2> chunk_of(const std::array<hsize_t, 2>& extent) {
  const hsize_t rows = std::max<hsize_t>(1, 16384 / std::max<hsize_t>(extent[1], 1));
  return {std::min(extent[0], rows), extent[1]};
}

std::array<hsize_t, 2> extent_of(const File& file, hid_t array, const char* name, int rank) {
  const Handle space = file.own(H5Dget_space(array), H5Sclose, name);
  std::array<hsize_t, 2> extent{0, 1};
  if (H5Sget_simple_extent_ndims(space) != rank) file.fail(name);
  H5Sget_simple_extent_dims(space, extent.data(), nullptr);
  return extent;
}

Handle text_type(const File& file, std::size_t length) {
  Handle type = file.own(H5Tcopy(H5T_C_S1), H5Tclose, "a text type");
  file.check(H5Tset_size(type, std::max<std::size_t>(length, 1)), "a text type");
  file.check(H5Tset_cset(type, H5T_CSET_UTF8), "a text type");
  file.check(H5Tset_strpad(type, H5T_STR_NULLPAD), "a text type");
  return type;
}

}  // namespace

void File::fail(const std::string& what) const {
  if (reading) refuse(path, "the file is damaged: " + what + " cannot be read", kRunAgain);
  refuse(path, what + " cannot be written", "is the disk full?");
}

Handle without_times(const File& file, hid_t kind) {
  Handle list = file.own(H5Pcreate(kind), H5Pclose, "a property list");
  file.check(H5Pset_obj_track_times(list, false), "a property list");
  return list;
}

void write_array(const File& file,
                 hid_t group,
                 const char* name,
                 hid_t type,
                 const void* data,
                 const std::array<hsize_t, 2>& extent,
                 int rank) {
  const Handle space = file.own(H5Screate_simple(rank, extent.data(), nullptr), H5Sclose, name);
  const Handle list = without_times(file, H5P_DATASET_CREATE);
  const bool empty = extent[0] * extent[1] == 0;
  if (!empty) {
    const std::array<hsize_t, 2> chunk = chunk_of(extent);
    file.check(H5Pset_chunk(list, rank, chunk.data()), name);
    file.check(H5Pset_shuffle(list), name);
    file.check(H5Pset_deflate(list, 4), name);
  }
  const Handle array = file.own(
      H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT), H5Dclose, name);
  if (!empty) file.check(H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), name);
}

void write_matrix(const File& file, hid_t group, const char* name, const Eigen::MatrixXd& matrix) {
  const RowMajor rows = matrix;  // samples × channels in the file's order, last index fastest
  write_array(file,
              group,
              name,
              H5T_IEEE_F64LE,
              rows.data(),
              {static_cast<hsize_t>(rows.rows()), static_cast<hsize_t>(rows.cols())},
              2);
}

Eigen::MatrixXd read_matrix(const File& file, hid_t group, const char* name) {
  const Handle array = file.own(H5Dopen2(group, name, H5P_DEFAULT), H5Dclose, name);
  const std::array<hsize_t, 2> extent = extent_of(file, array, name, 2);
  RowMajor rows(static_cast<Eigen::Index>(extent[0]), static_cast<Eigen::Index>(extent[1]));
  if (rows.size() > 0) {
    file.check(H5Dread(array, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows.data()), name);
  }
  return rows;
}

Eigen::VectorXi read_integers(const File& file, hid_t group, const char* name) {
  const Handle array = file.own(H5Dopen2(group, name, H5P_DEFAULT), H5Dclose, name);
  Eigen::VectorXi out(static_cast<Eigen::Index>(extent_of(file, array, name, 1)[0]));
  if (out.size() > 0) {
    file.check(H5Dread(array, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data()), name);
  }
  return out;
}

void write_texts(const File& file,
                 hid_t group,
                 const char* name,
                 const std::vector<std::string>& texts) {
  std::size_t length = 1;
  for (const std::string& text : texts) length = std::max(length, text.size());
  std::string bytes;
  for (const std::string& text : texts) bytes += text + std::string(length - text.size(), '\0');
  write_array(file, group, name, text_type(file, length), bytes.data(), {texts.size(), 1}, 1);
}

std::vector<std::string> read_texts(const File& file, hid_t group, const char* name) {
  const Handle array = file.own(H5Dopen2(group, name, H5P_DEFAULT), H5Dclose, name);
  const Handle type = file.own(H5Dget_type(array), H5Tclose, name);
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0) file.fail(name);
  const std::size_t count = extent_of(file, array, name, 1)[0];
  const std::size_t length = H5Tget_size(type);
  std::string bytes(count * length, '\0');
  if (count > 0) {
    file.check(H5Dread(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), name);
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = bytes.substr(i * length, length);
    texts.push_back(text.substr(0, text.find('\0')));
  }
  return texts;
}

std::string to_path_name(const std::string& text) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && c != '%' && c != '/' && c != '.') {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out.empty() ? "%" : out;
}

std::string from_path_name(const std::string& name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '%' && i + 2 < name.size()) {
      out += static_cast<char>(std::stoi(name.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else if (name[i] != '%') {
      out += name[i];
    }
  }
  return out;
}

Handle create_groups(const File& file, hid_t root, const std::string& path) {
  const Handle list = without_times(file, H5P_GROUP_CREATE);
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string above = path.substr(0, slash);
    if (H5Lexists(root, above.c_str(), H5P_DEFAULT) > 0) continue;
    file.own(H5Gcreate2(root, above.c_str(), H5P_DEFAULT, list, H5P_DEFAULT), H5Gclose, above);
  }
  return file.own(H5Gcreate2(root, path.c_str(), H5P_DEFAULT, list, H5P_DEFAULT), H5Gclose, path);
}

Handle create_file(const File& file) {
  const Handle list = without_times(file, H5P_FILE_CREATE);
  return file.own(
      H5Fcreate(file.path.c_str(), H5F_ACC_TRUNC, list, H5P_DEFAULT), H5Fclose, "the file");
}

Handle open_file(const File& file) {
  return file.own(H5Fopen(file.path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, "the file");
}

}  // namespace insula::report::h5

// SPDX-License-Identifier: Apache-2.0
// The only file that speaks HDF5. Handles close themselves; every failure is an InputError that
// names the file and what was being done.
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <utility>

#include "framework/report/detail/files.h"

namespace insula::report {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Close = herr_t (*)(hid_t);

/// A handle with the function that closes it.
class Handle {
 public:
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  Close close_;
};

/// HDF5 prints every failure on its own; we turn failures into exceptions instead.
class Silence {
 public:
  Silence() {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Silence() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

struct File {
  std::string path;
  bool reading = false;

  [[noreturn]] void fail(const std::string& what) const {
    if (reading) refuse(path, "the file is damaged: " + what + " cannot be read", kRunAgain);
    refuse(path, what + " cannot be written", "is the disk full?");
  }
  void check(herr_t status, const std::string& what) const {
    if (status < 0) fail(what);
  }
  Handle own(hid_t id, Close close, const std::string& what) const {
    if (id < 0) fail(what);
    return {id, close};
  }
};

/// Property list without modification times, which would differ from run to run.
Handle without_times(const File& file, hid_t kind) {
  Handle list = file.own(H5Pcreate(kind), H5Pclose, "a property list");
  file.check(H5Pset_obj_track_times(list, false), "a property list");
  return list;
}

// ---- arrays ----

/// Chunks of whole columns' worth of rows, at most about 128 KiB each.
std::array<hsize_t, 2> chunk_of(const std::array<hsize_t, 2>& extent) {
  const hsize_t rows = std::max<hsize_t>(1, 16384 / std::max<hsize_t>(extent[1], 1));
  return {std::min(extent[0], rows), extent[1]};
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

std::array<hsize_t, 2> extent_of(const File& file, hid_t array, const char* name, int rank) {
  const Handle space = file.own(H5Dget_space(array), H5Sclose, name);
  std::array<hsize_t, 2> extent{0, 1};
  if (H5Sget_simple_extent_ndims(space) != rank) file.fail(name);
  H5Sget_simple_extent_dims(space, extent.data(), nullptr);
  return extent;
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

// ---- texts of fixed length, so that no heap decides on bytes; a dataset, as attributes end at 64
// kB

Handle text_type(const File& file, std::size_t length) {
  Handle type = file.own(H5Tcopy(H5T_C_S1), H5Tclose, "a text type");
  file.check(H5Tset_size(type, std::max<std::size_t>(length, 1)), "a text type");
  file.check(H5Tset_cset(type, H5T_CSET_UTF8), "a text type");
  file.check(H5Tset_strpad(type, H5T_STR_NULLPAD), "a text type");
  return type;
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

// ---- names ----

/// A text as one component of a path: '%', '/', '.' and control characters percent-encoded; "%" for
/// the empty text, which no link can bear.
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

// ---- blocks ----

std::string group_path(const PredictionBlock& block) {
  return to_path_name(block.model) + '/' + to_path_name(block.subject) + '/' +
         to_path_name(block.run) + '/' + to_path_name(block.recording);
}

/// Matrices of a block under their names in the file.
template <class Block, class Visit>
void matrices(Block& block, Visit&& visit) {
  visit("time", block.time);
  visit("observed", block.observed);
  visit("predicted", block.held_out);
  visit("predicted_sd", block.held_out_sd);
  visit("fitted", block.fitted);
  visit("fitted_sd", block.fitted_sd);
}

/// The group of that path, with those above it. Not H5Pset_create_intermediate_group: groups that
/// HDF5 makes by itself carry the time.
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

void write_block(const File& file, hid_t root, const PredictionBlock& block) {
  const Handle group = create_groups(file, root, group_path(block));
  write_texts(file, group, "channels", block.channels);
  write_texts(file, group, "unit", {block.unit});
  matrices(block, [&](const char* name, const Eigen::MatrixXd& matrix) {
    write_matrix(file, group, name, matrix);
  });
  const Eigen::Matrix<std::int32_t, Eigen::Dynamic, 1> fold = block.fold.cast<std::int32_t>();
  write_array(
      file, group, "fold", H5T_STD_I32LE, fold.data(), {static_cast<hsize_t>(fold.size()), 1}, 1);
}

PredictionBlock read_block(const File& file, hid_t root, const std::string& path) {
  const Handle group = file.own(H5Gopen2(root, path.c_str(), H5P_DEFAULT), H5Gclose, path);
  PredictionBlock block;
  std::array<std::string*, 4> names{&block.model, &block.subject, &block.run, &block.recording};
  std::string rest = path;
  for (std::string* name : names) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    *name = from_path_name(rest.substr(0, slash));
    rest.erase(0, slash + 1);
  }
  block.channels = read_texts(file, group, "channels");
  const std::vector<std::string> unit = read_texts(file, group, "unit");
  if (unit.size() != 1) file.fail("unit");
  block.unit = unit.front();
  matrices(block, [&](const char* name, Eigen::MatrixXd& matrix) {
    matrix = read_matrix(file, group, name);
  });
  block.fold = read_integers(file, group, "fold");
  return block;
}

}  // namespace

void write_predictions(const std::vector<PredictionBlock>& blocks, const std::string& path) {
  const Silence silence;
  const File file{path};
  const Handle list = without_times(file, H5P_FILE_CREATE);
  const Handle root =
      file.own(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, list, H5P_DEFAULT), H5Fclose, "the file");
  std::vector<std::string> order;  // groups have no order of their own
  for (const PredictionBlock& block : blocks) {
    write_block(file, root, block);
    order.push_back(group_path(block));
  }
  write_texts(file, root, "order", order);
  file.check(H5Fflush(root, H5F_SCOPE_GLOBAL), "the file");
}

std::vector<PredictionBlock> read_predictions(const std::string& path) {
  const Silence silence;
  const File file{path, true};
  const Handle root =
      file.own(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, "the file");
  std::vector<PredictionBlock> blocks;
  for (const std::string& group : read_texts(file, root, "order")) {
    blocks.push_back(read_block(file, root, group));
  }
  return blocks;
}

}  // namespace insula::report

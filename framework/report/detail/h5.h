// SPDX-License-Identifier: Apache-2.0
// HDF5 as the files of a results folder need it. Handles close themselves; every failure is an
// InputError that names the file and what was being done.
#pragma once

#include <hdf5.h>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace insula::report::h5 {

using Close = herr_t (*)(hid_t);

/// A list of the groups in their order, which groups have not: beside those of models, none of
/// which can be called so.
inline constexpr const char* kOrder = "@order";

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

  [[noreturn]] void fail(const std::string& what) const;
  void check(herr_t status, const std::string& what) const {
    if (status < 0) fail(what);
  }
  Handle own(hid_t id, Close close, const std::string& what) const {
    if (id < 0) fail(what);
    return {id, close};
  }
};

/// Property list without modification times, which would differ from run to run.
Handle without_times(const File& file, hid_t kind);

void write_array(const File& file,
                 hid_t group,
                 const char* name,
                 hid_t type,
                 const void* data,
                 const std::array<hsize_t, 2>& extent,
                 int rank);
void write_matrix(const File& file, hid_t group, const char* name, const Eigen::MatrixXd& matrix);
Eigen::MatrixXd read_matrix(const File& file, hid_t group, const char* name);
Eigen::VectorXi read_integers(const File& file, hid_t group, const char* name);

/// Texts of fixed length, so that no heap decides on bytes; a dataset, as attributes end at 64 kB.
void write_texts(const File& file,
                 hid_t group,
                 const char* name,
                 const std::vector<std::string>& texts);
std::vector<std::string> read_texts(const File& file, hid_t group, const char* name);

/// A text as one component of a path: '%', '/', '.' and control characters percent-encoded; "%" for
/// the empty text, which no link can bear.
std::string to_path_name(const std::string& text);
std::string from_path_name(const std::string& name);
/// The parts of a path as they were before to_path_name(); "" for those that it lacks.
template <std::size_t count>
std::array<std::string, count> parts_of(const std::string& path) {
  std::array<std::string, count> parts;
  std::size_t from = 0;
  for (std::string& part : parts) {
    const std::size_t slash = std::min(path.find('/', from), path.size());
    part = from_path_name(path.substr(from, slash - from));
    from = std::min(slash + 1, path.size());
  }
  return parts;
}

/// The group of that path, with those above it. Not H5Pset_create_intermediate_group: groups that
/// HDF5 makes by itself carry the time.
Handle create_groups(const File& file, hid_t root, const std::string& path);

/// The whole file, made anew or opened.
Handle create_file(const File& file);
Handle open_file(const File& file);

}  // namespace insula::report::h5

// SPDX-License-Identifier: Apache-2.0
// libhdf5's handles and its one lock; hdf5.cpp, hdf5_path.cpp and hdf5_file.cpp alone include this,
// and matlab_file.cpp, as matio calls libhdf5.
#pragma once

#define H5_USE_110_API  // which later versions keep
#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "framework/dataset/array.h"

namespace insula::dataset::detail {

using Hdf5Close = herr_t (*)(hid_t);

/// While it lives, libhdf5 is ours, and silent: it prints every failure otherwise.
class Hdf5Use {
 public:
  Hdf5Use() : lock_(mutex()) {
    // What a damaged file leaves in libhdf5 makes it complain when a program ends. Every handle is
    // closed by then, so nothing is lost without its last tidying.
    static const herr_t without_farewell = H5dont_atexit();
    static_cast<void>(without_farewell);
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Hdf5Use() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }
  Hdf5Use(const Hdf5Use&) = delete;
  Hdf5Use& operator=(const Hdf5Use&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  std::lock_guard<std::mutex> lock_;
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

/// A handle that closes itself; negative if there is none.
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, Hdf5Close how) : id_(id), close_(how) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept
      : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() { close(); }
  operator hid_t() const { return id_; }
  bool is_open() const { return id_ >= 0; }
  void close() {
    if (id_ >= 0) close_(id_);
    id_ = -1;
  }

 private:
  hid_t id_ = -1;
  Hdf5Close close_ = nullptr;
};

struct ArrayFacts;
struct PlainBytes;

[[noreturn]] void refuse_hdf5(const std::string& file, const std::string& what);

/// The handle, or the refusal that `what` cannot be read.
Hdf5Handle opened(hid_t id, Hdf5Close close, const std::string& file, const std::string& what);

/// The datasets of numbers, by path, each object once however groups contain each other; at most
/// 1000.
std::vector<std::string> dataset_names(hid_t file, const std::string& path);

/// A hard link: a group and a name in it.
struct Hdf5Link {
  Hdf5Handle group;
  std::string name;
};

/// Where the path `name` leads, followed link by link; no group if there is no such object. A path
/// that leads out of the file or around in circles is refused.
Hdf5Link find_in_hdf5(hid_t file, const std::string& path, const std::string& name);

/// The file, open for reading.
/// errors  InputError (data) if it does not start as an HDF5 file does, or is not read from its
///         first byte on
Hdf5Handle open_hdf5_file(const std::string& path);

/// An open dataset's numbers; `facts` name its file and itself.
Array hdf5_numbers(hid_t dataset, ArrayFacts facts, const PlainBytes& bytes);

/// An open dataset's elements, whatever they are, as the bytes that the file has: one dimension
/// more than the dataset, of `size` bytes an element.
Array hdf5_elements(hid_t dataset, ArrayFacts facts, std::size_t size, const PlainBytes& bytes);

}  // namespace insula::dataset::detail

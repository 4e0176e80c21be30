// SPDX-License-Identifier: Apache-2.0
// An HDF5 file as a tree of groups and datasets with attributes, for formats that are built on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/dataset/array.h"

namespace insula::dataset::detail {

struct Hdf5Object {
  enum class Kind { group, numbers, texts, other };
  Kind kind = Kind::other;
  std::uint64_t address = 0;  // two paths with the same one lead to the same object
  std::vector<std::size_t> shape;
  std::vector<std::string> members;                       // names, of a group
  std::map<std::string, std::vector<std::string>> texts;  // attributes
  std::map<std::string, std::vector<double>> numbers;     // attributes

  bool is_group() const { return kind == Kind::group; }
  bool is_dataset() const { return kind != Kind::group; }
  bool has(const std::string& member) const;
  /// The attribute's one text; "" if there is none such.
  std::string text(const std::string& attribute) const;
  /// The attribute's one number; nothing if there is none such.
  std::optional<double> number(const std::string& attribute) const;
};

/// An open file. Objects are named by their path from the root; links are followed one by one, and
/// none leads out of the file or around in circles. May be used from several threads.
///
/// errors  InputError: no_input if the file cannot be read, data for damage
class Hdf5File {
 public:
  explicit Hdf5File(const std::string& path);

  const std::string& path() const;
  /// "" is the root. Nothing if there is no such object.
  std::optional<Hdf5Object> find(const std::string& name) const;
  /// A dataset of numbers, as open_array gives it.
  Array numbers(const std::string& name) const;
  /// A dataset of texts, in C order.
  std::vector<std::string> texts(const std::string& name) const;

 private:
  struct Open;
  std::shared_ptr<const Open> open_;
};

}  // namespace insula::dataset::detail

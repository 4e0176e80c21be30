// SPDX-License-Identifier: Apache-2.0
// Attributes and texts of variable length in HDF5, read from the file's bytes: libhdf5 1.10 reads
// beyond its buffers where they are damaged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace insula::dataset::detail {

/// The heaps of one file whose addresses and lengths have 8 bytes.
///
/// errors  InputError (data) where a reference leads nowhere
/// source  HDF5 File Format Specification 3.0, III.E (global heaps), IV.A (object headers)
class Hdf5Heaps {
 public:
  /// Of a reference to a text: its length, the heap's address and the text's number in the heap.
  static constexpr std::size_t kReferenceBytes = 16;

  Hdf5Heaps(std::string_view file, const std::string& path) : file_(file), path_(path) {}

  std::string text(std::string_view reference);
  /// The attributes that stand in the header of the object at `address`, of texts and numbers;
  /// those of other kinds, and those that an object with very many keeps elsewhere, are passed
  /// over.
  void attributes(std::uint64_t address,
                  std::map<std::string, std::vector<std::string>>& texts,
                  std::map<std::string, std::vector<double>>& numbers);

 private:
  using Objects = std::unordered_map<std::uint64_t, std::string_view>;
  const Objects& objects(std::uint64_t at);

  std::string_view file_;
  const std::string& path_;
  std::unordered_map<std::uint64_t, Objects> heaps_;
};

}  // namespace insula::dataset::detail

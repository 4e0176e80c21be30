// SPDX-License-Identifier: Apache-2.0
// What a format does for an Array, and what the formats share.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/dataset/array.h"
#include "framework/dataset/detail/byte_source.h"

namespace insula::dataset::detail {

/// What is known of an array before its numbers are read.
struct ArrayFacts {
  std::string file;  // for messages
  std::string what;  // "the array", "tensor 'a'": the subject of messages
  std::string type;
  std::size_t number_size = 0;
  std::vector<std::size_t> shape;  // no extent is 0; the product does not overflow
  std::vector<std::string> row_names = {};
};

class ArraySource {
 public:
  explicit ArraySource(ArrayFacts facts) : facts_(std::move(facts)) {}
  virtual ~ArraySource() = default;
  ArraySource(const ArraySource&) = delete;
  ArraySource& operator=(const ArraySource&) = delete;

  const ArrayFacts& facts() const { return facts_; }
  /// The rows [first, last), which exist, into (last − first)·columns numbers.
  virtual void read(std::size_t first, std::size_t last, double* out) const = 0;
  virtual void read(std::size_t first, std::size_t last, float* out) const = 0;

 private:
  ArrayFacts facts_;
};

/// A mistake of the whole file.
[[noreturn]] void refuse_array(const std::string& file,
                               const std::string& why,
                               const std::string& note = {});

/// "3 x 2", or "a single number".
std::string shape_text(std::span<const std::size_t> shape);

/// The number of elements; nothing if it overflows.
std::optional<std::size_t> count_of(std::span<const std::size_t> shape);

/// Refuses an array in which an extent is 0.
void refuse_empty(const ArrayFacts& facts);

/// Of `names` the one that is meant: `name`, or the only one if that is empty. `kind` is what the
/// format calls an array ("tensor"), which is also the key of a manifest.
/// errors  InputError (config) if there is none such, or several to choose from; data if `names` is
///         empty
std::size_t chosen_array(const std::vector<std::string>& names,
                         const std::string& name,
                         const std::string& kind,
                         const std::string& file);

/// The same as dataset::open_array for bytes that are mapped or in memory; HDF5 needs `path` too.
Array open_array(const PlainBytes& bytes,
                 const std::string& path,
                 ArrayFormat format,
                 const std::string& name);

// One for each format.
Array open_npy(const PlainBytes& bytes, const std::string& file);
Array open_npz(const PlainBytes& bytes, const std::string& file, const std::string& name);
Array open_safetensors(const PlainBytes& bytes, const std::string& file, const std::string& name);
Array open_hdf5(const PlainBytes& bytes, const std::string& path, const std::string& name);

/// How messages call an array in NumPy's format, which stands alone or in a .npz file.
struct NpyTitles {
  std::string file;  // "x.npz"
  std::string body;  // "the file", "member 'a.npy'"
  std::string what;  // "the array", "array 'a'"
};
Array open_npy(std::shared_ptr<const ByteSource> bytes, const NpyTitles& titles);

}  // namespace insula::dataset::detail

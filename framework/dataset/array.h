// SPDX-License-Identifier: Apache-2.0
// Arrays of numbers in files, whatever the format: the shape is known at once, the numbers are read
// when they are asked for, so that a file may be larger than memory.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace insula::dataset {

namespace detail {
class ArraySource;
}

enum class ArrayFormat { npy, npz, safetensors, hdf5 };

/// The format that the extension tells: .npy, .npz, .safetensors, and .h5, .hdf5 or .nwb.
std::optional<ArrayFormat> array_format_of(const std::string& path);

/// An array in an open file, a value that is cheap to copy. A row is what the first index chooses;
/// its numbers, however many dimensions they have, are its columns, the last index fastest.
///
/// Numbers may be floating-point (16, 32 or 64 bits, also bfloat16), integers of 8 to 64 bits or
/// truth values (0 and 1). Those that the caller's type cannot hold are refused with their
/// position: integers beyond 2^53, and finite numbers beyond the range of a float; a float
/// otherwise rounds to nearest. NaN and infinities are given as they are. May be read from several
/// threads. The file must not change while it is open.
class Array {
 public:
  Array() = default;  // of no rows, from no file
  explicit Array(std::shared_ptr<const detail::ArraySource> source);

  const std::vector<std::size_t>& shape() const;
  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  /// As the format writes it: "<f4", "BF16"; of HDF5 "f4".
  const std::string& type() const;
  /// The names of the rows, no two the same, where the file has them: safetensors whose metadata
  /// hold "row_names", a list in JSON with a text for each row. `insula features extract` writes
  /// it.
  const std::vector<std::string>& row_names() const;
  /// Bytes of a number in the file.
  std::size_t number_size() const;

  /// The rows [first, last), one after the other.
  /// shape   out: (last − first)·columns()
  /// errors  InputError (data) for numbers that `out` cannot hold and for damage that shows only
  ///         now
  void read_rows(std::size_t first, std::size_t last, std::span<double> out) const;
  void read_rows(std::size_t first, std::size_t last, std::span<float> out) const;

  /// All of it, for an array of one (then it is a column) or two dimensions.
  /// errors  InputError (data) for other dimensions, and as read_rows
  Eigen::MatrixXd matrix() const;

 private:
  std::shared_ptr<const detail::ArraySource> source_;
  std::size_t rows_ = 0, columns_ = 0;
};

/// Opens the array `name` of a file: a member of .npz without its extension, a tensor, or the path
/// of a dataset in HDF5; a .npy file has one array, without a name. An empty name means the only
/// array that there is. All that the file says of itself is checked against its size: shapes,
/// offsets, overlaps, checksums. Nothing is followed out of the file: external links, external
/// storage and virtual datasets of HDF5 are refused.
///
/// errors  InputError: no_input if the file cannot be read, data if it is damaged or holds what is
///         no array of numbers, config if there is no array of that name, or several and no name
/// cost    .npz: one pass over the member, which checks its CRC; HDF5: a look-up for each chunk;
///         others: their header
/// source  numpy.lib.format 1.0 to 3.0 · PKWARE APPNOTE 6.3.9 (ZIP, with ZIP64) · the README of
///         huggingface/safetensors, "Format" · the HDF5 File Format Specification 3.0, through
///         libhdf5
Array open_array(const std::string& path, ArrayFormat format, const std::string& name = {});

}  // namespace insula::dataset

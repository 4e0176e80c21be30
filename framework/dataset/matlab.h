// SPDX-License-Identifier: Apache-2.0
// MATLAB's files (.mat, versions 5 to 7.3) as values, and a way through them that says where it
// stands when something is not as expected.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <string>
#include <vector>

namespace insula::dataset {

/// An array of MATLAB's. Every value is one: a number is an array of 1 x 1.
struct MatlabValue {
  enum class Sort { numbers, text, cell, structure, other };

  Sort sort = Sort::other;
  std::string type;               // as MATLAB's class() says: double, logical, char, struct, …
  std::vector<std::size_t> size;  // at least two extents; the first index runs fastest
  std::vector<double> numbers;    // all of them, or the entries of a sparse matrix
  bool is_sparse = false;
  std::vector<std::size_t> row, column;  // of the entries of a sparse matrix, from 0
  std::vector<std::string> texts;        // rows of characters as UTF-8, without blanks at their end
  std::vector<std::string> fields;       // of a structure
  std::vector<MatlabValue> items;  // of a cell; of a structure all fields of its first element,
                                   // then those of the next

  /// How many elements the array has.
  std::size_t count() const;
};

/// A value, the file it is from and the way to it, as MATLAB writes it: DCM.Y.y. It points into the
/// value that it was made of, which must outlive it.
class MatlabNode {
 public:
  MatlabNode(const MatlabValue& value, std::string file) : value_(&value), file_(std::move(file)) {}

  const MatlabValue& value() const { return *value_; }
  const std::string& path() const { return path_; }

  /// True if this is a structure with such a field, and the field holds something.
  bool has(const std::string& field) const;
  /// errors  InputError (data) if this is no structure of one element, or lacks the field
  MatlabNode at(const std::string& field) const;
  /// A field of one element, from 0, of an array of structures.
  MatlabNode at(const std::string& field, std::size_t element) const;
  /// One element, from 0, of an array of structures: has() and at(field) are about its fields.
  MatlabNode element(std::size_t index) const;
  /// Numbers (truth values count as 0 and 1) as a matrix; a sparse one is filled up.
  /// errors  InputError (data) if it holds something else or has more than two dimensions
  Eigen::MatrixXd matrix() const;
  /// An array of three dimensions as one matrix for each index of the third.
  std::vector<Eigen::MatrixXd> pages() const;
  double number() const;
  std::string text() const;
  /// The texts of a cell, the rows of characters, or one text.
  std::vector<std::string> texts() const;
  /// Throws InputError (data): "DCM.Y.y MESSAGE".
  [[noreturn]] void refuse(const std::string& message, const std::string& note = "") const;

 private:
  [[noreturn]] void refuse_sort(const std::string& expected) const;

  const MatlabValue* value_;
  std::string file_, path_;
  std::size_t element_ = kAll;  // of the array of structures
  static constexpr std::size_t kAll = static_cast<std::size_t>(-1);
};

/// All variables of a file as the fields of one structure.
/// errors  InputError: no_input if there is no such file; data if it is no MATLAB file of version 5
///         to 7.3, is damaged or ends early, or holds what a double cannot (integers beyond 2^53)
/// source  MAT-File Format, The MathWorks 2022 (version 5); HDF5 1.10 (version 7.3), both by matio
MatlabValue read_matlab(const std::string& path);

}  // namespace insula::dataset

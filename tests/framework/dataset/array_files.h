// SPDX-License-Identifier: Apache-2.0
// Arrays in files that tests make byte by byte, and those that the formats' own tools made.
#pragma once

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/base/error.h"
#include "framework/dataset/array.h"
#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"

namespace insula::dataset {

/// A file that arrays_reference.py made.
inline std::string reference_array(const std::string& name) {
  return std::string(INSULA_REFERENCE) + "/dataset/" + name;
}

/// The numbers of arrays_reference.py: (row · columns + column − 8) · scale.
inline Eigen::MatrixXd expected_numbers(Eigen::Index rows, Eigen::Index columns, double scale) {
  Eigen::MatrixXd x(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) {
      x(i, j) = static_cast<double>(i * columns + j - 8) * scale;
    }
  }
  return x;
}

/// Rows as an array gives them, as doubles or floats.
template <typename T>
Eigen::MatrixXd rows_of(const Array& array, std::size_t first, std::size_t last) {
  std::vector<T> out((last - first) * array.columns());
  array.read_rows(first, last, std::span<T>(out));
  using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(out.data(),
                                    static_cast<Eigen::Index>(last - first),
                                    static_cast<Eigen::Index>(array.columns()))
      .template cast<double>();
}

/// Every stretch of rows of the array is what `expected` has there, whatever was read before.
inline void expect_rows(const Array& array, const Eigen::MatrixXd& expected) {
  const auto rows = static_cast<std::size_t>(expected.rows());
  ASSERT_EQ(array.rows(), rows);
  ASSERT_EQ(array.columns(), static_cast<std::size_t>(expected.cols()));
  for (std::size_t first = 0; first <= rows; ++first) {
    for (std::size_t last = rows; last >= first && last <= rows; --last) {
      const auto part = expected.middleRows(static_cast<Eigen::Index>(first),
                                            static_cast<Eigen::Index>(last - first));
      EXPECT_EQ(rows_of<double>(array, first, last), part) << first << " to " << last;
      EXPECT_EQ(rows_of<float>(array, first, last), part) << first << " to " << last;
    }
  }
}

/// What is said of a file that cannot be read: the message and, in brackets, the note.
inline std::string refusal(const std::string& path,
                           ArrayFormat format,
                           const std::string& name = {}) {
  try {
    const Array array = open_array(path, format, name);
    std::vector<double> numbers(array.rows() * array.columns());
    array.read_rows(0, array.rows(), std::span<double>(numbers));
    return "";
  } catch (const InputError& error) {
    EXPECT_EQ(error.mistakes().size(), 1U);
    const Mistake& mistake = error.mistakes().at(0);
    std::string text = mistake.message + (mistake.note.empty() ? "" : " [" + mistake.note + "]");
    for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path)) {
      text.replace(at, path.size(), "FILE");
    }
    return text;
  }
}

/// The same for bytes.
inline std::string refusal_of_bytes(const std::string& bytes,
                                    ArrayFormat format,
                                    const std::string& name = {}) {
  const Folder folder;
  folder.write("file", bytes);
  return refusal(folder.path("file"), format, name);
}

/// A safetensors file.
/// source  the README of huggingface/safetensors, "Format"
inline std::string safetensors(const std::string& header, const std::string& numbers) {
  std::string bytes;
  for (std::size_t i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 255);
  return bytes + header + numbers;
}

}  // namespace insula::dataset

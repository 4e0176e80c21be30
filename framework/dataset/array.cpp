// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/array.h"

#include <filesystem>
#include <functional>
#include <numeric>
#include <utility>

#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/array_source.h"

namespace insula::dataset {
namespace {

// Of a file with very many arrays a message names some.
constexpr std::size_t kArraysNamed = 20;

const detail::ArraySource& checked_rows(const std::shared_ptr<const detail::ArraySource>& source,
                                        const Array& array,
                                        std::size_t first,
                                        std::size_t last,
                                        std::size_t room) {
  if (!source || first > last || last > array.rows() || room / array.columns() != last - first ||
      room % array.columns() != 0) {
    throw InternalError("rows of an array are asked for that it does not have");
  }
  return *source;
}

}  // namespace

std::optional<ArrayFormat> array_format_of(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".npy") return ArrayFormat::npy;
  if (extension == ".npz") return ArrayFormat::npz;
  if (extension == ".safetensors") return ArrayFormat::safetensors;
  if (extension == ".h5" || extension == ".hdf5" || extension == ".nwb") return ArrayFormat::hdf5;
  return std::nullopt;
}

Array::Array(std::shared_ptr<const detail::ArraySource> source)
    : source_(std::move(source)), rows_(1), columns_(1) {
  const std::vector<std::size_t>& extents = shape();
  if (extents.empty()) return;
  rows_ = extents[0];
  columns_ = std::accumulate(
      extents.begin() + 1, extents.end(), std::size_t{1}, std::multiplies<std::size_t>());
}

const std::vector<std::size_t>& Array::shape() const {
  static const std::vector<std::size_t> kNothing{0};
  return source_ ? source_->facts().shape : kNothing;
}

const std::string& Array::type() const {
  static const std::string kNothing;
  return source_ ? source_->facts().type : kNothing;
}

const std::vector<std::string>& Array::row_names() const {
  static const std::vector<std::string> kNone;
  return source_ ? source_->facts().row_names : kNone;
}

std::size_t Array::number_size() const { return source_ ? source_->facts().number_size : 0; }

void Array::read_rows(std::size_t first, std::size_t last, std::span<double> out) const {
  checked_rows(source_, *this, first, last, out.size()).read(first, last, out.data());
}

void Array::read_rows(std::size_t first, std::size_t last, std::span<float> out) const {
  checked_rows(source_, *this, first, last, out.size()).read(first, last, out.data());
}

Eigen::MatrixXd Array::matrix() const {
  if (!source_) return {};
  const detail::ArrayFacts& facts = source_->facts();
  if (facts.shape.empty() || facts.shape.size() > 2) {
    detail::refuse_array(
        facts.file,
        facts.what + " is " + detail::shape_text(facts.shape) + ", expected one or two dimensions");
  }
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  RowMajor values(static_cast<Eigen::Index>(rows_), static_cast<Eigen::Index>(columns_));
  source_->read(0, rows_, values.data());
  return values;
}

Array open_array(const std::string& path, ArrayFormat format, const std::string& name) {
  return detail::open_array(detail::PlainBytes::of_file(path), path, format, name);
}

namespace detail {

Array open_array(const PlainBytes& bytes,
                 const std::string& path,
                 ArrayFormat format,
                 const std::string& name) {
  switch (format) {
    case ArrayFormat::npy: return open_npy(bytes, path);
    case ArrayFormat::npz: return open_npz(bytes, path, name);
    case ArrayFormat::safetensors: return open_safetensors(bytes, path, name);
    case ArrayFormat::hdf5: return open_hdf5(bytes, path, name);
  }
  throw InternalError("a format of arrays that is none");
}

void refuse_array(const std::string& file, const std::string& why, const std::string& note) {
  throw InputError(Place{file, 0, 0, 0, ""}, why, note, ExitCode::data);
}

std::string shape_text(std::span<const std::size_t> shape) {
  std::string text;
  for (const std::size_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text.empty() ? "a single number" : text;
}

std::optional<std::size_t> count_of(std::span<const std::size_t> shape) {
  std::size_t count = 1;
  for (const std::size_t extent : shape) {
    if (__builtin_mul_overflow(count, extent, &count)) return std::nullopt;
  }
  return count;
}

void refuse_empty(const ArrayFacts& facts) {
  for (const std::size_t extent : facts.shape) {
    if (extent == 0) refuse_array(facts.file, facts.what + " is empty: " + shape_text(facts.shape));
  }
}

std::size_t chosen_array(const std::vector<std::string>& names,
                         const std::string& name,
                         const std::string& kind,
                         const std::string& file) {
  if (names.empty()) refuse_array(file, "the file holds no " + kind);
  if (name.empty() && names.size() == 1) return 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!name.empty() && names[i] == name) return i;
  }
  std::vector<std::string> shown(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kArraysNamed)));
  const std::string nearest = nearest_name(name, names);
  std::string note = nearest.empty() || name.empty() ? "" : "did you mean '" + nearest + "'? ";
  note += "it has: " + join(shown, ", ");
  if (shown.size() < names.size()) {
    note += " and " + std::to_string(names.size() - shown.size()) + " more";
  }
  const std::string message = name.empty()
                                  ? "'" + file + "' holds " + std::to_string(names.size()) + " " +
                                        kind + "s, but no key '" + kind + "' says which is meant"
                                  : "'" + file + "' has no " + kind + " '" + name + "'";
  throw InputError(Place{file, 0, 0, 0, ""}, message, note, ExitCode::config);
}

}  // namespace detail
}  // namespace insula::dataset

// SPDX-License-Identifier: Apache-2.0
// NIfTI 1 and 2, packed or not: the header at once, the numbers in order.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "framework/dataset/detail/number_type.h"

namespace insula::dataset::detail {

/// A file of NIfTI. Numbers come in the order of the file, the first index fastest, scaled as the
/// header says.
///
/// errors  InputError: no_input if it cannot be read; data if the header lies, if it holds complex
///         numbers or colours, or if it ends early
/// source  NIfTI-1.1 and NIfTI-2 data format standards, through libnifti2
class NiftiFile {
 public:
  explicit NiftiFile(const std::string& path);

  const std::string& path() const { return path_; }
  /// Without trailing extents of 1 beyond the third.
  const std::vector<std::size_t>& shape() const { return shape_; }
  std::size_t extent(std::size_t dimension) const {
    return dimension < shape_.size() ? shape_[dimension] : 1;
  }
  /// From voxels to mm: the sform, or the qform where there is none.
  const Eigen::Matrix4d& affine() const { return affine_; }
  /// Between volumes, in s; 0 if the header does not say.
  double interval() const { return interval_; }
  int intent() const { return intent_; }
  /// The XML of CIFTI; "" if there is none.
  const std::string& cifti() const { return cifti_; }

  /// The next `count` numbers.
  void read(std::size_t count, double* out);
  /// Back to the first number.
  void restart();

 private:
  struct Stream;
  std::string path_;
  std::vector<std::size_t> shape_;
  Eigen::Matrix4d affine_ = Eigen::Matrix4d::Identity();
  double interval_ = 0, slope_ = 1, intercept_ = 0;
  int intent_ = 0;
  std::string cifti_;
  const NumberType* type_ = nullptr;
  std::size_t offset_ = 0;
  std::shared_ptr<Stream> stream_;
};

/// "91 x 109 x 91".
std::string grid_text(const NiftiFile& file);

}  // namespace insula::dataset::detail

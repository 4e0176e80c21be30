// SPDX-License-Identifier: Apache-2.0
// kLanes small square matrices at once, factored for linear equations: the lanes of a vector
// register are matrices.
#pragma once

#include <cstddef>
#include <vector>

#include "framework/contract/map.h"

namespace insula::simulation {

/// P·A = L·U for each lane, with rows exchanged so that pivots are the largest of their columns.
/// What happens in one lane depends on that lane alone.
///
/// shape   entry (i, j) of lane l stands at [(i · size + j) · kLanes + l], element i of a vector at
///         [i · kLanes + l]
/// errors  none: a singular lane has infinities or NaN in its solutions
/// cost    O(size³) to factor, O(size²) to solve; no allocation
/// source  Golub & Van Loan 2013, Matrix Computations, 4th ed., alg. 3.4.1
class LaneFactors {
 public:
  explicit LaneFactors(std::size_t size);

  /// Where a matrix is put before factor() makes factors of it.
  std::vector<double>& matrix() { return a_; }
  void factor();
  /// b ← A⁻¹ b and b ← A⁻ᵀ b.
  void solve(double* b) const;
  void solve_transposed(double* b) const;
  /// Is the determinant above 0? False if it is not a number.
  bool has_positive_determinant(std::size_t lane) const;

 private:
  double* row(std::size_t i) { return a_.data() + i * size_ * kLanes; }
  const double* row(std::size_t i) const { return a_.data() + i * size_ * kLanes; }
  void exchange_rows(std::size_t column);
  void eliminate(std::size_t column);

  std::size_t size_;
  std::vector<double> a_;           // in place: U, and L below its diagonal of ones
  std::vector<double> inverse_;     // of U's diagonal
  std::vector<std::size_t> pivot_;  // of each column and lane: the row that came up
};

}  // namespace insula::simulation

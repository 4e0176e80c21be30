// SPDX-License-Identifier: Apache-2.0
// What the columns of a tall matrix span.
#pragma once

#include <Eigen/Core>

namespace insula::numerics {

struct ColumnBasis {
  Eigen::MatrixXd vectors;  // m × r: orthonormal, of the same span as the matrix
  Eigen::MatrixXd weights;  // n × r: matrix · weights = vectors; dependent columns have none
};

/// By a QR decomposition with column pivots; r is the rank to rounding.
/// shape  m × n with m ≥ n
ColumnBasis column_basis(const Eigen::MatrixXd& a);

}  // namespace insula::numerics

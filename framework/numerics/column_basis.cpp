// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/column_basis.h"

#include <Eigen/QR>

namespace insula::numerics {

using Eigen::Index;
using Eigen::MatrixXd;

ColumnBasis column_basis(const MatrixXd& a) {
  const Index m = a.rows(), n = a.cols();
  if (m == 0 || n == 0) return {MatrixXd(m, 0), MatrixXd(n, 0)};
  const Eigen::ColPivHouseholderQR<MatrixXd> qr(a);
  const Index r = qr.rank();
  ColumnBasis basis;
  basis.vectors = MatrixXd::Identity(m, r);
  basis.vectors.applyOnTheLeft(qr.householderQ());
  MatrixXd inverse = MatrixXd::Zero(n, r);
  inverse.topRows(r) =
      qr.matrixQR().topLeftCorner(r, r).template triangularView<Eigen::Upper>().solve(
          MatrixXd::Identity(r, r));
  basis.weights = qr.colsPermutation() * inverse;
  return basis;
}

}  // namespace insula::numerics

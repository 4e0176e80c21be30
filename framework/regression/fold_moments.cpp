// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/detail/fold_moments.h"

#include <Eigen/LU>

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using numerics::Op;

LeftOut::LeftOut(const InnerFold& fold, Index real_rows) {
  std::vector<int> role(static_cast<std::size_t>(real_rows), 0);  // 1 trains, 2 is scored
  for (const Index row : fold.train) role[static_cast<std::size_t>(row)] = 1;
  for (const Index row : fold.test) role[static_cast<std::size_t>(row)] = 2;
  for (Index row = 0; row < real_rows; ++row) {
    const int its = role[static_cast<std::size_t>(row)];
    if (its == 1) continue;
    if (its == 2) scored.push_back(static_cast<Index>(rows.size()));
    rows.push_back(row);
  }
}

template <typename T>
FoldMoments<T>::FoldMoments(const RowSource<T>& rows,
                            const ClearedRows<T>& x,
                            const DenseIn<T>& gram,
                            const DenseIn<T>& cross,
                            const InnerFold& fold,
                            Index real_rows,
                            Memory& memory)
    : left_(fold, real_rows),
      gram_(memory, rows.columns, rows.columns, "the products of features of a fold"),
      cross_(memory, rows.columns, x.targets(), "the products with targets of a fold"),
      x_(memory, static_cast<Index>(left_.rows.size()), rows.columns, "the rows of a fold"),
      y_(memory, static_cast<Index>(left_.rows.size()), x.targets(), "the targets of a fold") {
  rows.gather(left_.rows, x_());
  y_() = x.y()(left_.rows, Eigen::all);
  gram_() = gram;
  cross_() = cross;
  numerics::self_product<T>(Op::transposed, x_(), -1, 1, gram_());
  numerics::product<T>(Op::transposed, x_(), Op::plain, y_(), -1, 1, cross_());
  if (x.rank() > 0) {
    // N'N = 1, N'x = 0 and N'y = 0 over all rows: over those that train they lack what these rows
    // have.
    const Dense<T> nuisance = x.nuisance()(left_.rows, Eigen::all);
    const MatrixXd wide = nuisance.template cast<double>();
    const MatrixXd inner = MatrixXd::Identity(x.rank(), x.rank()) - wide.transpose() * wide;
    const Dense<T> inverse =
        inner.fullPivLu().solve(MatrixXd::Identity(x.rank(), x.rank())).template cast<T>();
    const Dense<T> of_x = -nuisance.transpose() * x_(), of_y = -nuisance.transpose() * y_();
    const Dense<T> x_weights = inverse * of_x, y_weights = inverse * of_y;
    numerics::product<T>(Op::transposed, of_x, Op::plain, x_weights, -1, 1, gram_());
    numerics::product<T>(Op::transposed, of_x, Op::plain, y_weights, -1, 1, cross_());
    numerics::product<T>(Op::plain, nuisance, Op::plain, x_weights, -1, 1, x_());
    numerics::product<T>(Op::plain, nuisance, Op::plain, y_weights, -1, 1, y_());
  }
  numerics::mirror_lower<T>(gram_());
}

template class FoldMoments<float>;
template class FoldMoments<double>;

}  // namespace insula::regression

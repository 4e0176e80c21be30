// SPDX-License-Identifier: Apache-2.0
// The products of features and targets that one fold trains on, and the rows that it leaves out,
// for methods that fit each fold anew.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <vector>

#include "framework/regression/cross_validation.h"
#include "framework/regression/feature_rows.h"

namespace insula::regression {

/// Rows of features, or of what stands for them, whose products with the nuisance are zero over all
/// rows.
template <typename T>
struct RowSource {
  Eigen::Index columns = 0;
  std::function<void(const std::vector<Eigen::Index>& rows, DenseOut<T> into)> gather;
};

/// What a fold does not train on.
struct LeftOut {
  std::vector<Eigen::Index> rows, scored;  // rows left out; which of them are scored, by position

  LeftOut(const InnerFold& fold, Eigen::Index real_rows);
};

/// Nuisance is fitted to the rows that train alone: it is taken out of their products, and what it
/// predicts out of the rows that are left out.
template <typename T>
class FoldMoments {
 public:
  /// gram (both triangles) and cross are products over all rows, those of penalties too.
  FoldMoments(const RowSource<T>& rows,
              const ClearedRows<T>& x,
              const DenseIn<T>& gram,
              const DenseIn<T>& cross,
              const InnerFold& fold,
              Eigen::Index real_rows,
              Memory& memory);

  Eigen::Map<Dense<T>> gram() const { return gram_(); }    // columns × columns
  Eigen::Map<Dense<T>> cross() const { return cross_(); }  // columns × targets
  Eigen::Map<Dense<T>> x_out() const { return x_(); }      // rows left out × columns
  Eigen::Map<Dense<T>> y_out() const { return y_(); }      // rows left out × targets
  const std::vector<Eigen::Index>& scored() const { return left_.scored; }

 private:
  LeftOut left_;
  Buffer<T> gram_, cross_, x_, y_;
};

}  // namespace insula::regression

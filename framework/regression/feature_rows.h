// SPDX-License-Identifier: Apache-2.0
// Many features, which may be larger than memory, and what remains of them beside nuisance columns.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "framework/numerics/dense.h"
#include "framework/regression/memory.h"

namespace insula::regression {

using numerics::Dense;
using numerics::DenseIn;
using numerics::DenseOut;

/// Rows of features that can be asked for, wherever they lie.
template <typename T>
struct FeatureRows {
  Eigen::Index rows = 0, columns = 0;
  /// Writes rows first … first + into.rows() − 1; called by one thread at a time.
  std::function<void(Eigen::Index first, DenseOut<T> into)> fill;
  /// The whole, if it lies in memory: it is then read where it lies.
  const Dense<T>* whole = nullptr;
};

/// Features that lie in memory, for as long as the matrix lives.
template <typename T>
FeatureRows<T> rows_of(const Dense<T>& x);

/// Columns that are fitted beside the features: an intercept, drifts. Those of penalty 0 are free.
struct Nuisance {
  Eigen::MatrixXd columns;  // rows × K; K may be 0
  Eigen::VectorXd penalty;  // K

  /// None, of so many rows.
  static Nuisance none(Eigen::Index rows);
  static Nuisance intercept(Eigen::Index rows);
};

/// Features and targets from which nuisance columns are taken out, row by row as they are read.
///
/// Columns that are penalised stand for rows of their own below the others (a penalty is a sample
/// that observes its column alone, at zero); these rows are never left out.
/// source  Frisch & Waugh 1933, Econometrica 1:387
template <typename T>
class ClearedRows {
 public:
  /// Reads all features once if there are nuisance columns. All that is handed in must outlive
  /// this. errors  InternalError if shapes contradict each other
  ClearedRows(const FeatureRows<T>& x, const Dense<T>& y, const Nuisance& nuisance, Memory& memory);

  Eigen::Index rows() const { return rows_; }  // with those of penalties
  Eigen::Index columns() const { return x_.columns; }
  Eigen::Index targets() const { return y_.cols(); }
  Eigen::Index rank() const { return basis_.cols(); }  // of the nuisance
  /// Then read() copies nothing.
  bool is_in_memory() const { return x_.whole != nullptr && rank() == 0; }

  /// Threads may read at the same time.
  bool is_shareable() const { return x_.whole != nullptr; }

  /// Rows first … first + count − 1, where they lie or in `space`.
  Eigen::Map<const Dense<T>, 0, Eigen::OuterStride<>> read(Eigen::Index first,
                                                           Eigen::Index count,
                                                           T* space) const;
  /// Any ascending rows.
  void gather(const Eigen::Index* row, DenseOut<T> into) const;
  /// How many rows of features to read at a time so that they take at most a share of what is left
  /// of the memory.
  Eigen::Index chunk(const Memory& memory, double share) const;

  DenseIn<T> y() const;
  const Dense<T>& nuisance() const { return basis_; }  // rows × rank, orthonormal
  /// γ, K × targets, beside the weights of the features, columns × targets.
  Eigen::MatrixXd nuisance_weights(const Dense<T>& weights) const;
  /// The same when the features' part is given by what of it lies in the nuisance, rank × targets.
  Eigen::MatrixXd nuisance_weights_of(const Eigen::MatrixXd& fitted_on_basis) const;

 private:
  void fill(Eigen::Index first, DenseOut<T> into) const;
  void clear_targets(Memory& memory);
  void project_features(Memory& memory);

  const FeatureRows<T>& x_;
  const Dense<T>& y_;
  Eigen::Index rows_ = 0;
  Eigen::MatrixXd exact_basis_, to_weights_;  // rows × rank, K × rank
  Dense<T> basis_;
  Eigen::MatrixXd x_on_basis_, y_on_basis_;  // rank × columns, rank × targets
  std::optional<Buffer<T>> y_left_;
  std::vector<std::unique_ptr<Counted>> counted_;
};

/// Adds up the lower triangle of x'x (columns × columns) and x'y (columns × columns of y), each
/// unless it is empty.
template <typename T>
void accumulate_moments(const ClearedRows<T>& x,
                        const DenseIn<T>& y,
                        Memory& memory,
                        DenseOut<T> gram,
                        DenseOut<T> cross);

/// The lower triangle of x x' of each band of columns, rows × rows.
template <typename T>
void accumulate_kernels(const ClearedRows<T>& x,
                        const std::vector<Eigen::Index>& band_sizes,
                        Memory& memory,
                        const std::vector<std::unique_ptr<Buffer<T>>>& kernels);

}  // namespace insula::regression

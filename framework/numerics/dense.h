// SPDX-License-Identifier: Apache-2.0
// Products and factors of large dense matrices at the speed of the machine, in both precisions
// (OpenBLAS and LAPACK).
//
// Every call of the library runs in one thread, on a tile whose bounds depend on nothing but the
// shape; tiles run in parallel. So the bytes of a result do not depend on the number of threads.
// They do depend on the machine, for which OpenBLAS picks its kernels.
#pragma once

#include <Eigen/Core>

namespace insula::numerics {

/// T is float or double throughout.
template <typename T>
using Dense = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
template <typename T>
using DenseVector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
/// A matrix, or a block of one, that is read.
template <typename T>
using DenseIn = Eigen::Ref<const Dense<T>>;
/// A matrix, or a block of one, that is written.
template <typename T>
using DenseOut = Eigen::Ref<Dense<T>>;

/// Columns to a tile of product(): what callers who call it on panels of a larger result cut at, so
/// that both give the same bytes.
inline constexpr Eigen::Index kPanel = 512;

enum class Op { plain, transposed };

/// c ← scale · op(a) op(b) + keep · c; with keep = 0, c need not be initialised.
template <typename T>
void product(
    Op op_a, const DenseIn<T>& a, Op op_b, const DenseIn<T>& b, T scale, T keep, DenseOut<T> c);

/// The lower triangle of c ← scale · op(a) op(a)ᵀ + keep · c. The upper one is left undefined.
template <typename T>
void self_product(Op op_a, const DenseIn<T>& a, T scale, T keep, DenseOut<T> c);

/// Copies the lower triangle to the upper one.
template <typename T>
void mirror_lower(DenseOut<T> a);

/// Copies the upper triangle to the lower one.
template <typename T>
void mirror_upper(DenseOut<T> a);

/// The lower Cholesky factor in place of a lower triangle. Returns false, and leaves it undefined,
/// if the matrix is not positive definite to rounding; the strict upper triangle is left as it is.
template <typename T>
bool factor_in_place(DenseOut<T> a);

/// b ← (l lᵀ)⁻¹ b for a lower factor l.
template <typename T>
void solve_with_factor(const DenseIn<T>& l, DenseOut<T> b);

/// b ← l⁻¹ b, or l⁻ᵀ b if transposed.
template <typename T>
void half_solve_with_factor(Op op_l, const DenseIn<T>& l, DenseOut<T> b);

/// w ← l⁻¹ for a lower factor l; 0 above the diagonal.
template <typename T>
void invert_factor(const DenseIn<T>& l, DenseOut<T> w);

/// The lower triangle of c ← wᵀ w for a w that is 0 above its diagonal.
template <typename T>
void self_product_of_lower(const DenseIn<T>& w, DenseOut<T> c);

/// c ← b wᵀ for a w that is 0 above its diagonal.
template <typename T>
void product_with_lower(const DenseIn<T>& b, const DenseIn<T>& w, DenseOut<T> c);

/// Numbers of type T that symmetric_eigen_in_place needs beside the matrix itself.
Eigen::Index eigen_workspace(Eigen::Index n);

/// Eigenvectors in place of a symmetric matrix, of which the lower triangle is read, and its
/// eigenvalues, ascending. `work` has eigen_workspace(n) entries. Returns false if an entry is not
/// finite or the iteration fails.
///
/// cost    O(n³), of which a third is in matrix products
/// source  divide and conquer: Cuppen 1981, Numer. Math. 36:177, as LAPACK's xSTEDC
template <typename T>
bool symmetric_eigen_in_place(DenseOut<T> a, DenseVector<T>& values, T* work);

}  // namespace insula::numerics

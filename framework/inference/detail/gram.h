// SPDX-License-Identifier: Apache-2.0
// Sums of products over a channel's samples: all that the algebra ever needs of the data.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/chain.h"

namespace insula::inference::detail {

/// Rows are padded with zeros to this multiple so that the kernel has no tail.
constexpr Eigen::Index kRowMultiple = 8;
inline Eigen::Index padded_rows(Eigen::Index rows) {
  return (rows + kRowMultiple - 1) / kRowMultiple * kRowMultiple;
}

/// gram(i, j) += aᵢ·aⱼ for i ≥ j.
///
/// shape  a [padded rows, m], gram [m, m]
/// cost   rows · m² operations by the instruction set that numerics/isa.h chose, by BLAS from 128
///        columns on; there the upper triangle is left undefined
void add_gram(const Eigen::Ref<const Eigen::MatrixXd>& a, Eigen::MatrixXd& gram);

/// The Gram matrix of every part of a chain: Σ w_i part_i = ZᵀΩZ (lower triangles).
///
/// shape  z [padded count, m], padding zero; scratch as z; parts [m, m] each
void set_parts(const Chain& chain,
               const Eigen::MatrixXd& z,
               Eigen::MatrixXd& scratch,
               std::vector<Eigen::MatrixXd>& parts);

/// sum = Σ w_i part_i, lower triangle; the upper one holds nothing of use.
void combine(const std::vector<Eigen::MatrixXd>& parts,
             const std::vector<double>& weights,
             Eigen::MatrixXd& sum);

}  // namespace insula::inference::detail

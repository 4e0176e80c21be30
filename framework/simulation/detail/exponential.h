// SPDX-License-Identifier: Apache-2.0
// The exponential of a matrix, and what it does to a vector.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace insula::simulation {

/// exp(a) by a Padé approximant of order (6, 6), scaling and squaring.
///
/// exact   relative 1e-14 in norm for norms up to 10; exponential_test.cpp
/// cost    O(size³ · log norm)
/// source  Moler & Van Loan 2003, SIAM Rev. 45:3, method 3
Eigen::MatrixXd exponential(Eigen::MatrixXd a);

/// A sparse matrix, row after row. Operators of networks have few entries: a state follows its own
/// region and the regions that project to it.
struct CompressedRows {
  std::vector<int> first;   // of each row, and one past the last
  std::vector<int> column;  // of each entry
  Eigen::VectorXd value;    // of each entry
};

/// The entries of `a` that are not 0.
CompressedRows compressed(const Eigen::MatrixXd& a);

/// The values of `a` where `pattern` has entries, in its order.
Eigen::VectorXd entries(const CompressedRows& pattern, const Eigen::MatrixXd& a);

/// x ← exp(a)·x by Taylor's series, in as many equal steps as keep each one's norm below 2; by
/// exponential() if those would be very many. NaN if `a` is not finite.
///
/// exact   relative 1e-14 in norm for norms up to 10; exponential_test.cpp
/// cost    O(entries · norm): cheaper than exponential() unless its result is used many times
void propagate(const CompressedRows& a, Eigen::VectorXd& x);

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
// The exponential of a matrix, and what it does to a vector.
#pragma once

#include <Eigen/Core>

namespace insula::simulation {

/// exp(a) by a Padé approximant of order (6, 6), scaling and squaring.
///
/// exact   relative 1e-14 in norm for norms up to 10; exponential_test.cpp
/// cost    O(size³ · log norm)
/// source  Moler & Van Loan 2003, SIAM Rev. 45:3, method 3
Eigen::MatrixXd exponential(Eigen::MatrixXd a);

/// x ← exp(a)·x by Taylor's series, in as many equal steps as keep each one's norm below 2.
///
/// exact   relative 1e-14 in norm for norms up to 10; exponential_test.cpp
/// cost    O(size² · norm): cheaper than exponential() unless its result is used many times
void propagate(const Eigen::MatrixXd& a, Eigen::VectorXd& x);

}  // namespace insula::simulation

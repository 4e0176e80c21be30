// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <string_view>

#include "framework/base/random.h"

namespace insula::regression {

/// Independent standard normal entries, named by seed and task.
inline Eigen::MatrixXd random_matrix(Eigen::Index rows,
                                     Eigen::Index columns,
                                     std::string_view task) {
  Stream random(1, task);
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return random.normal(); });
}

}  // namespace insula::regression

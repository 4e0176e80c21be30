// SPDX-License-Identifier: Apache-2.0
// Numbers of tests/reference/regression.
#pragma once

#include <Eigen/Core>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace insula::regression {

inline nlohmann::json reference(const std::string& name) {
  std::ifstream file(std::string(INSULA_REFERENCE) + "/regression/" + name);
  return nlohmann::json::parse(file);
}

inline Eigen::MatrixXd matrix(const nlohmann::json& rows) {
  Eigen::MatrixXd m(rows.size(), rows[0].size());
  for (Eigen::Index i = 0; i < m.rows(); ++i) {
    for (Eigen::Index j = 0; j < m.cols(); ++j) m(i, j) = rows[std::size_t(i)][std::size_t(j)];
  }
  return m;
}

inline Eigen::VectorXd vector(const nlohmann::json& values) {
  Eigen::VectorXd v(values.size());
  for (Eigen::Index i = 0; i < v.size(); ++i) v[i] = values[std::size_t(i)];
  return v;
}

}  // namespace insula::regression

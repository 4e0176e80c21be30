// SPDX-License-Identifier: Apache-2.0
// One kind by itself: its equations at a point, and its path under a lasting input.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "framework/contract/map.h"
#include "tests/contract/named_maps.h"

namespace insula::test {

/// The defaults of a kind's fields, in their order.
inline std::vector<double> values(std::span<const FieldSpec> fields) {
  std::vector<double> values;
  for (const FieldSpec& field : fields) values.push_back(field.value);
  return values;
}

inline std::vector<double> joined(const std::vector<double>& a,
                                  const std::vector<double>& b,
                                  const std::vector<double>& c = {}) {
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  all.insert(all.end(), c.begin(), c.end());
  return all;
}

/// The states after `duration` s from `x` under a lasting input, by `steps` steps of the classical
/// Runge-Kutta method: plain and accurate, its error of order four in the step.
inline std::vector<double> settle(const Map& drift,
                                  const std::vector<double>& x,
                                  const std::vector<double>& input,
                                  const std::vector<double>& parameters,
                                  double duration,
                                  int steps) {
  const double h = duration / steps;
  const auto rate = [&](const Eigen::VectorXd& at) {
    return evaluate(drift, joined({at.begin(), at.end()}, input, parameters));
  };
  Eigen::VectorXd state(drift.states);
  for (Eigen::Index i = 0; i < state.size(); ++i) state[i] = x[static_cast<std::size_t>(i)];
  for (int s = 0; s < steps; ++s) {
    const Eigen::VectorXd a = rate(state), b = rate(state + h / 2 * a), c = rate(state + h / 2 * b),
                          d = rate(state + h * c);
    state += h / 6 * (a + 2 * b + 2 * c + d);
  }
  return {state.begin(), state.end()};
}

}  // namespace insula::test

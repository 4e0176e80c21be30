// SPDX-License-Identifier: Apache-2.0
// Trials with their parameters, and what wiener.h makes of them.
#pragma once

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/numerics/wiener.h"

namespace insula::test {

using Numbers = std::vector<double>;

// Columns rt, resp, v, a, z, t0, sv and what comes of them.
struct WienerTable {
  std::array<Numbers, 7> in;
  Numbers value;
  std::array<Numbers, 5> slope;

  std::size_t size() const { return in[0].size(); }
  numerics::WienerTrials trials() const { return {in[0], in[1]}; }
  numerics::WienerParameters parameters() const { return {in[2], in[3], in[4], in[5], in[6]}; }
  void add(const std::array<double, 7>& row) {
    for (std::size_t c = 0; c < 7; ++c) in[c].push_back(row[c]);
  }
  void evaluate(Isa isa = chosen_isa()) {
    value.assign(size(), 0);
    for (Numbers& s : slope) s.assign(size(), 0);
    numerics::wiener_log_density(
        trials(), parameters(), value, {slope[0], slope[1], slope[2], slope[3], slope[4]}, isa);
  }
  std::string row(std::size_t i) const {
    std::string text = "{";
    for (const Numbers& column : in) text += std::to_string(column[i]) + ", ";
    return text + "}";
  }
};

inline WienerTable random_table(std::size_t size) {
  WienerTable table;
  Stream random(1, "wiener_test");
  while (table.size() < size) {
    const double a = 0.4 + 3 * random.uniform(), t0 = 0.4 * random.uniform();
    const double tau = std::exp(-4 + 6 * random.uniform());
    table.add({t0 + tau * a * a,
               random.uniform() < 0.5 ? -1.0 : 1.0,
               -4 + 8 * random.uniform(),
               a,
               0.05 + 0.9 * random.uniform(),
               t0,
               random.uniform() < 0.3 ? 0 : 2 * random.uniform()});
  }
  return table;
}

}  // namespace insula::test

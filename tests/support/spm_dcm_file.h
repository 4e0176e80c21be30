// SPDX-License-Identifier: Apache-2.0
// A small DCM.mat as SPM writes it before it estimates: two regions, two inputs, forty scans.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "framework/dataset/matlab_write.h"

namespace insula::test {

using dataset::MatlabValue;

/// The field of a structure, added if it is not there.
inline MatlabValue& field(MatlabValue& structure, const std::string& name) {
  const auto found = std::ranges::find(structure.fields, name);
  const auto at = static_cast<std::size_t>(found - structure.fields.begin());
  if (found == structure.fields.end()) {
    structure.fields.push_back(name);
    structure.items.emplace_back();
  }
  return structure.items[at];
}

inline void remove_field(MatlabValue& structure, const std::string& name) {
  const auto at = std::ranges::find(structure.fields, name) - structure.fields.begin();
  structure.fields.erase(structure.fields.begin() + at);
  structure.items.erase(structure.items.begin() + at);
}

/// V1 drives V5 and back; "Photic stim" drives V1, "attention" modulates V1 -> V5.
inline MatlabValue small_dcm() {
  using namespace insula::dataset;
  const Eigen::Index scans = 40, bins = 16 * scans;
  Eigen::MatrixXd y(scans, 2), u = Eigen::MatrixXd::Zero(bins, 2);
  for (Eigen::Index t = 0; t < scans; ++t) {
    y(t, 0) = std::sin(0.3 * static_cast<double>(t));
    y(t, 1) = std::cos(0.2 * static_cast<double>(t)) / 3;
  }
  for (Eigen::Index k = 0; k < bins; ++k) {
    u(k, 0) = k % 160 < 80 ? 1 : 0;
    u(k, 1) = k % 320 < 160 ? 1 : 0;
  }
  Eigen::MatrixXd b = Eigen::MatrixXd::Zero(2, 2), c = b;
  b(1, 0) = 1;
  c(0, 0) = 1;
  const auto number = [](double x) { return matlab_numbers(Eigen::MatrixXd::Constant(1, 1, x)); };
  return matlab_structure(
      {{"Y",
        matlab_structure({{"dt", number(2)},
                          {"y", matlab_numbers(y)},
                          {"X0", matlab_numbers(Eigen::MatrixXd::Ones(scans, 1))},
                          {"name", matlab_texts({"V1", "V5"})}})},
       {"U",
        matlab_structure({{"dt", number(0.125)},
                          {"name", matlab_texts({"Photic stim", "attention"})},
                          {"u", matlab_numbers(u)}})},
       {"delays", matlab_numbers(Eigen::Vector2d(1, 0.5))},
       {"TE", number(0.03)},
       {"options", matlab_structure({{"nonlinear", number(0)}, {"centre", number(0)}})},
       {"a", matlab_numbers(Eigen::MatrixXd::Ones(2, 2))},
       {"b", matlab_pages({Eigen::MatrixXd::Zero(2, 2), b}, 2, 2)},
       {"c", matlab_numbers(c)},
       {"d", matlab_pages({}, 2, 2)}});
}

inline void write_dcm(const MatlabValue& dcm, const std::string& path) {
  dataset::write_matlab(
      dataset::matlab_structure({{"DCM", dcm}}), path, dataset::MatlabVersion::v5);
}

}  // namespace insula::test

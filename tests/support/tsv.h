// SPDX-License-Identifier: Apache-2.0
// Reference numbers from tests/reference: tab-separated, one header line.
#pragma once

#include <Eigen/Core>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace insula::test {

struct Tsv {
  std::vector<std::string> columns;
  Eigen::MatrixXd rows;
};

/// A table of numbers; `path` is relative to tests/reference. Throws std::runtime_error if it
/// cannot be read or is not a table.
Tsv read_tsv(const std::string& path);

/// A table of names and numbers in two columns, as SPM's parameters.tsv.
std::map<std::string, double> read_named(const std::string& path);

/// A table of names, means and standard deviations.
std::map<std::string, std::pair<double, double>> read_means(const std::string& path);

}  // namespace insula::test

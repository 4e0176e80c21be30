// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tsv.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace insula::test {
namespace {

std::ifstream open(const std::string& path) {
  std::ifstream file(std::string(INSULA_REFERENCE) + "/" + path);
  if (!file) throw std::runtime_error("cannot read tests/reference/" + path);
  return file;
}

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, '\t');) cells.push_back(cell);
  return cells;
}

}  // namespace

Tsv read_tsv(const std::string& path) {
  std::ifstream file = open(path);
  std::string line;
  std::getline(file, line);
  Tsv table;
  table.columns = cells(line);
  std::vector<std::vector<std::string>> rows;
  while (std::getline(file, line)) rows.push_back(cells(line));
  table.rows.resize(static_cast<Eigen::Index>(rows.size()),
                    static_cast<Eigen::Index>(table.columns.size()));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (rows[r].size() != table.columns.size())
      throw std::runtime_error("row " + std::to_string(r + 1) + " of " + path + " is not whole");
    for (std::size_t c = 0; c < rows[r].size(); ++c)
      table.rows(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c)) =
          std::stod(rows[r][c]);
  }
  return table;
}

std::map<std::string, double> read_named(const std::string& path) {
  std::ifstream file = open(path);
  std::map<std::string, double> values;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::vector<std::string> row = cells(line);
    if (row.size() != 2) throw std::runtime_error("a row of " + path + " is not name and value");
    values[row[0]] = std::stod(row[1]);
  }
  return values;
}

std::map<std::string, std::pair<double, double>> read_means(const std::string& path) {
  std::ifstream file = open(path);
  std::map<std::string, std::pair<double, double>> values;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::vector<std::string> row = cells(line);
    if (row.size() != 3) throw std::runtime_error("a row of " + path + " is not name, mean and sd");
    values[row[0]] = {std::stod(row[1]), std::stod(row[2])};
  }
  return values;
}

}  // namespace insula::test

// SPDX-License-Identifier: Apache-2.0
// Arrays of the real datasets, which have more dimensions than datasets are read with.
#pragma once

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace insula {

/// The numbers of a .npy file in C order, whatever its shape; of f4, f8 and u1, little-endian.
/// source  numpy.lib.format, "Format Version 1.0"
inline std::vector<double> real_array(const std::string& name) {
  const char* folder = std::getenv("INSULA_DATA");
  std::ifstream stream(std::string(folder == nullptr ? "" : folder) + "/" + name, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  const std::string bytes = text.str();
  if (bytes.size() < 10) throw std::runtime_error("no array " + name);
  const auto at = [&bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t begin = 10 + at(8) + 256U * at(9);
  const std::string header = bytes.substr(10, begin - 10);
  const std::string type = header.substr(header.find("'descr': '") + 10, 3);
  const std::size_t size = type == "<f8" ? 8 : type == "<f4" ? 4 : type == "|u1" ? 1 : 0;
  if (size == 0 || header.find("'fortran_order': False") == std::string::npos)
    throw std::runtime_error("array " + name + " is of another form");
  std::vector<double> all;
  for (std::size_t i = begin; i + size <= bytes.size(); i += size) {
    float single = 0;
    double number = at(i);
    if (size == 4) std::memcpy(&single, &bytes[i], 4), number = static_cast<double>(single);
    if (size == 8) std::memcpy(&number, &bytes[i], 8);
    all.push_back(number);
  }
  return all;
}

}  // namespace insula

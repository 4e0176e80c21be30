// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cmath>
#include <cstdint>

#include "framework/dataset/npy.h"

namespace insula::dataset {
namespace {

// What precedes the numbers is a multiple of this.
constexpr std::size_t kAlignment = 64;

template <typename Number, typename Bits>
void append_numbers(const Eigen::MatrixXd& values, std::string& bytes) {
  for (Eigen::Index row = 0; row < values.rows(); ++row)
    for (Eigen::Index column = 0; column < values.cols(); ++column) {
      const auto bits = std::bit_cast<Bits>(static_cast<Number>(values(row, column)));
      for (std::size_t b = 0; b < sizeof(Bits); ++b)
        bytes += static_cast<char>(bits >> (8 * b) & 255);
    }
}

}  // namespace

std::string npy_of(const Eigen::MatrixXd& values) {
  const bool is_short = values
                            .unaryExpr([](double value) {
                              const auto near = static_cast<double>(static_cast<float>(value));
                              return std::isnan(value) || near == value ? 1.0 : 0.0;
                            })
                            .sum() == static_cast<double>(values.size());
  std::string header = std::string("{'descr': '") + (is_short ? "<f4" : "<f8") +
                       "', 'fortran_order': False, 'shape': (" + std::to_string(values.rows()) +
                       ", " + std::to_string(values.cols()) + "), }";
  constexpr std::size_t kBefore = 10;  // the magic word, the version, the header's length
  header.append(kAlignment - 1 - (kBefore + header.size()) % kAlignment, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 255);
  bytes += static_cast<char>(header.size() >> 8 & 255);
  bytes += header;
  bytes.reserve(bytes.size() + static_cast<std::size_t>(values.size()) * (is_short ? 4 : 8));
  if (is_short)
    append_numbers<float, std::uint32_t>(values, bytes);
  else
    append_numbers<double, std::uint64_t>(values, bytes);
  return bytes;
}

}  // namespace insula::dataset

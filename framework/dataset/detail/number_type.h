// SPDX-License-Identifier: Apache-2.0
// Numbers as files hold them, made into the numbers that we compute with.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace insula::dataset::detail {

/// A type of numbers. The functions read `count` packed numbers into out[0], out[step], … and give
/// how many were held; fewer than `count` if the next one cannot be.
struct NumberType {
  std::string_view name;  // NumPy's, "f4"; "bf16" for bfloat16
  std::size_t size = 0;   // bytes
  bool is_integer = false;
  std::size_t (*to_double)(const char* bytes, std::size_t count, double* out, std::size_t step);
  std::size_t (*to_float)(const char* bytes, std::size_t count, float* out, std::size_t step);
  std::string (*text)(const char* bytes);    // of one number
  bool is_double = false, is_float = false;  // in the file as in memory

  bool lies_as(const double* /*out*/) const { return is_double; }
  bool lies_as(const float* /*out*/) const { return is_float; }
};

/// f2, bf16, f4, f8, i1 to i8, u1 to u8 and b1 (0 is false, all else true); nullptr if unknown.
const NumberType* number_type(std::string_view name, bool is_big_endian = false);

struct ArrayFacts;

/// Refuses a number, whose bytes are given, that the caller's type cannot hold.
[[noreturn]] void refuse_number(const ArrayFacts& facts,
                                const NumberType& type,
                                const char* bytes,
                                std::size_t row,
                                std::size_t column);

}  // namespace insula::dataset::detail

// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/detail/number_type.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "framework/base/text.h"

namespace insula::dataset::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as they lie");

// Types that C++ 20 lacks.
struct Half {  // IEEE 754-2008 binary16: 1 sign, 5 exponent, 10 fraction
  std::uint16_t bits;
};
struct Brain {  // bfloat16: the upper half of a float
  std::uint16_t bits;
};
struct Truth {
  std::uint8_t bits;
};

float plain(Half half) {
  const std::uint32_t sign = (half.bits & 0x8000U) << 16, exponent = (half.bits >> 10) & 31U,
                      fraction = half.bits & 1023U;
  if (exponent == 0) {  // zero and subnormal numbers
    return std::copysign(static_cast<float>(fraction) * 0x1p-24F, sign != 0 ? -1.F : 1.F);
  }
  const std::uint32_t wide = exponent == 31 ? 255U : exponent + 127 - 15;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}
float plain(Brain brain) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(brain.bits) << 16);
}
std::uint8_t plain(Truth truth) { return truth.bits != 0; }
template <typename T>
requires std::is_arithmetic_v<T> T plain(T value) { return value; }

template <typename T, bool kSwap>
T load(const char* bytes) {
  std::array<char, sizeof(T)> parts{};
  std::memcpy(parts.data(), bytes, sizeof(T));
  if constexpr (kSwap) std::reverse(parts.begin(), parts.end());
  return std::bit_cast<T>(parts);
}

template <typename Out, typename T>
bool fits(T value) {
  if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
    constexpr T limit = T{1} << std::numeric_limits<double>::digits;
    return value <= limit && (!std::is_signed_v<T> || value >= T{0} - limit);
  } else if constexpr (std::is_same_v<T, double> && std::is_same_v<Out, float>) {
    return std::isfinite(static_cast<float>(value)) || !std::isfinite(value);
  }
  return true;
}

template <typename T, bool kSwap, typename Out>
std::size_t convert(const char* bytes, std::size_t count, Out* out, std::size_t step) {
  if constexpr (std::is_same_v<T, Out> && !kSwap) {
    if (step == 1) {
      std::memcpy(out, bytes, count * sizeof(T));
      return count;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = plain(load<T, kSwap>(bytes + i * sizeof(T)));
    if (!fits<Out>(value)) return i;
    out[i * step] = static_cast<Out>(value);
  }
  return count;
}

template <typename T, bool kSwap>
std::string number_as_text(const char* bytes) {
  const auto value = plain(load<T, kSwap>(bytes));
  if constexpr (std::is_integral_v<decltype(value)>) return std::to_string(value);
  return number_text(static_cast<double>(value));
}

template <typename T, bool kSwap>
constexpr NumberType type_as(std::string_view name) {
  return {name,
          sizeof(T),
          std::is_integral_v<T>,
          convert<T, kSwap, double>,
          convert<T, kSwap, float>,
          number_as_text<T, kSwap>,
          std::is_same_v<T, double> && !kSwap,
          std::is_same_v<T, float> && !kSwap};
}

template <bool kSwap>
constexpr std::array<NumberType, 13> kNumberTypes = {
    type_as<Half, kSwap>("f2"),
    type_as<Brain, kSwap>("bf16"),
    type_as<float, kSwap>("f4"),
    type_as<double, kSwap>("f8"),
    type_as<std::int8_t, kSwap>("i1"),
    type_as<std::int16_t, kSwap>("i2"),
    type_as<std::int32_t, kSwap>("i4"),
    type_as<std::int64_t, kSwap>("i8"),
    type_as<std::uint8_t, kSwap>("u1"),
    type_as<std::uint16_t, kSwap>("u2"),
    type_as<std::uint32_t, kSwap>("u4"),
    type_as<std::uint64_t, kSwap>("u8"),
    type_as<Truth, kSwap>("b1"),
};

}  // namespace

const NumberType* number_type(std::string_view name, bool is_big_endian) {
  for (const NumberType& type : is_big_endian ? kNumberTypes<true> : kNumberTypes<false>) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

}  // namespace insula::dataset::detail

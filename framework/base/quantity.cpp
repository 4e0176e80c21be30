// SPDX-License-Identifier: Apache-2.0
#include "framework/base/quantity.h"

#include <array>
#include <charconv>
#include <cmath>

namespace insula {
namespace {

// A unit is `ratio`·10^`exponent` SI units. The power of ten is kept apart because it is applied to
// the text: "201.25 ms" is then the very double that "0.20125 s" is.
struct Unit {
  std::string_view name;
  Dimension dimension;
  int exponent = 0;
  double multiply = 1;
  double divide = 1;
};

constexpr std::array kUnits = {
    Unit{"s", Dimension::time},
    Unit{"ms", Dimension::time, -3},
    Unit{"us", Dimension::time, -6},
    Unit{"\u00B5s", Dimension::time, -6},  // micro sign
    Unit{"\u03BCs", Dimension::time, -6},  // Greek small mu
    Unit{"min", Dimension::time, 0, 60},
    Unit{"h", Dimension::time, 0, 3600},
    Unit{"Hz", Dimension::rate},
    Unit{"kHz", Dimension::rate, 3},
    Unit{"1/s", Dimension::rate},
    Unit{"1/ms", Dimension::rate, 3},
    Unit{"1/min", Dimension::rate, 0, 1, 60},
    Unit{"m", Dimension::length},
    Unit{"cm", Dimension::length, -2},
    Unit{"mm", Dimension::length, -3},
    Unit{"um", Dimension::length, -6},
    Unit{"\u00B5m", Dimension::length, -6},
    Unit{"\u03BCm", Dimension::length, -6},
    Unit{"m/s", Dimension::velocity},
    Unit{"mm/ms", Dimension::velocity},
    Unit{"V", Dimension::voltage},
    Unit{"mV", Dimension::voltage, -3},
    Unit{"uV", Dimension::voltage, -6},
    Unit{"\u00B5V", Dimension::voltage, -6},
    Unit{"\u03BCV", Dimension::voltage, -6},
    Unit{"%", Dimension::percent},
    Unit{"B", Dimension::memory},
    Unit{"kB", Dimension::memory, 3},
    Unit{"MB", Dimension::memory, 6},
    Unit{"GB", Dimension::memory, 9},
    Unit{"TB", Dimension::memory, 12},
    Unit{"KiB", Dimension::memory, 0, 1024.0},
    Unit{"MiB", Dimension::memory, 0, 1048576.0},
    Unit{"GiB", Dimension::memory, 0, 1073741824.0},
    Unit{"TiB", Dimension::memory, 0, 1099511627776.0},
};

constexpr Unit kPureNumber{"1", Dimension::none};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A decimal number at the start of a text: its digits (sign and point included), its exponent, and
// what follows it.
struct Decimal {
  std::string_view digits;
  int exponent = 0;
  std::string_view rest;
};

std::size_t skip_digits(std::string_view text, std::size_t from) {
  while (from < text.size() && is_digit(text[from])) ++from;
  return from;
}

std::optional<Decimal> split_decimal(std::string_view text) {
  const std::size_t start = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const std::size_t point = skip_digits(text, start);
  std::size_t end = point;
  if (end < text.size() && text[end] == '.') end = skip_digits(text, end + 1);
  const bool has_digits = point > start || end > point + 1;
  const bool octal_looking = point > start + 1 && text[start] == '0';
  if (!has_digits || octal_looking) return {};
  Decimal decimal{text.substr(text[0] == '+' ? 1 : 0, end - (text[0] == '+' ? 1 : 0)), 0, {}};
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t first = end + 1;
    if (first < text.size() && text[first] == '+') ++first;
    const auto read =
        std::from_chars(text.data() + first, text.data() + text.size(), decimal.exponent);
    const bool double_sign = first < text.size() && text[first - 1] == '+' && text[first] == '-';
    if (read.ec != std::errc{} || double_sign) return {};
    end = static_cast<std::size_t>(read.ptr - text.data());
  }
  decimal.rest = text.substr(end);
  return decimal;
}

std::optional<double> value_of(const Decimal& decimal, const Unit& unit) {
  constexpr int kBeyondDouble = 100000;
  if (std::abs(decimal.exponent) > kBeyondDouble) return {};
  const std::string text =
      std::string(decimal.digits) + "e" + std::to_string(decimal.exponent + unit.exponent);
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return {};
  value = value * unit.multiply / unit.divide;
  if (!std::isfinite(value)) return {};
  return value;
}

const Unit* find_unit(std::string_view name) {
  if (name == kPureNumber.name) return &kPureNumber;
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

}  // namespace

std::string_view unit_name(Dimension dimension) {
  switch (dimension) {
    case Dimension::none: return "1";
    case Dimension::time: return "s";
    case Dimension::rate: return "1/s";
    case Dimension::length: return "m";
    case Dimension::velocity: return "m/s";
    case Dimension::voltage: return "V";
    case Dimension::percent: return "%";
    case Dimension::memory: return "B";
  }
  return "";
}

std::string_view dimension_name(Dimension dimension) {
  switch (dimension) {
    case Dimension::none: return "a pure number";
    case Dimension::time: return "a time";
    case Dimension::rate: return "a rate";
    case Dimension::length: return "a length";
    case Dimension::velocity: return "a velocity";
    case Dimension::voltage: return "a voltage";
    case Dimension::percent: return "a percentage";
    case Dimension::memory: return "an amount of memory";
  }
  return "";
}

std::optional<Dimension> dimension_of(std::string_view unit) {
  const Unit* found = find_unit(unit);
  if (!found) return {};
  return found->dimension;
}

std::vector<std::string> units_of(Dimension dimension) {
  std::vector<std::string> names;
  for (const Unit& unit : kUnits) {
    const bool other_mu = unit.name.starts_with("\u03BC");  // looks like the micro sign before it
    if (unit.dimension == dimension && !other_mu) names.emplace_back(unit.name);
  }
  return names;
}

std::optional<Quantity> parse_quantity(std::string_view text) {
  std::optional<Decimal> decimal = split_decimal(text);
  if (!decimal) return {};
  const Unit* unit = &kPureNumber;
  if (!decimal->rest.empty()) {
    std::string_view name = decimal->rest;
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    unit = name == kPureNumber.name ? nullptr : find_unit(name);
  }
  if (!unit) return {};
  const std::optional<double> value = value_of(*decimal, *unit);
  if (!value) return {};
  return Quantity{*value, unit->dimension};
}

std::optional<double> parse_number(std::string_view text) {
  const std::optional<Decimal> decimal = split_decimal(text);
  if (!decimal || !decimal->rest.empty()) return {};
  return value_of(*decimal, kPureNumber);
}

}  // namespace insula

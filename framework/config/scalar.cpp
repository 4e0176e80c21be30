// SPDX-License-Identifier: Apache-2.0
// One scalar as a number with a unit, and what to say when it is none.
#include <cctype>

#include "framework/base/text.h"
#include "framework/config/reader.h"

namespace insula::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The remedy for a scalar that is no quantity of the dimension asked for.
std::string remedy(const Node& node, Dimension dimension) {
  const std::string& text = node.scalar();
  if (node.quoted() && parse_quantity(text)) return "remove the quotes: they make it text";
  const std::size_t start = text.find_first_not_of("+-");
  const bool starts_as_number = start != std::string::npos && is_digit(text[start]);
  if (starts_as_number && text[start] == '0' && start + 1 < text.size() &&
      is_digit(text[start + 1])) {
    return "remove the leading zero";
  }
  if (dimension == Dimension::none) return "";
  return "the units of " + std::string(dimension_name(dimension)) + " are " +
         in_words(units_of(dimension));
}

// "4 Hz (1/s)": as written, and in which SI unit it was understood.
std::string as_understood(const std::string& written, Dimension dimension) {
  const std::string unit(unit_name(dimension));
  if (dimension == Dimension::none || written.ends_with(unit)) return written;
  return written + " (" + unit + ")";
}

std::string limits(const Range& range, Dimension dimension) {
  const std::string words = range.in_words();
  if (dimension == Dimension::none || !is_digit(words.back())) return words;
  return words + " " + std::string(unit_name(dimension));
}

}  // namespace

std::optional<double> read_quantity(const Node& node,
                                    const std::string& what,
                                    Dimension dimension,
                                    Range range,
                                    Mistakes& mistakes) {
  const std::string needs = what + " needs " + std::string(dimension_name(dimension));
  if (!node.is_scalar()) {
    mistakes.add(node.place(), needs + ", got " + found(node));
    return {};
  }
  const std::string& written = node.scalar();
  const std::optional<Quantity> quantity = node.quoted() ? std::nullopt : parse_quantity(written);
  if (!quantity) {
    mistakes.add(node.place(), needs + ", got " + found(node), remedy(node, dimension));
    return {};
  }
  if (quantity->dimension != dimension) {
    const bool bare = quantity->dimension == Dimension::none;
    mistakes.add(node.place(),
                 needs + (bare ? " with its unit" : "") + ", got " +
                     as_understood(written, quantity->dimension),
                 bare ? remedy(node, dimension) : "");
    return {};
  }
  if (!range.contains(quantity->value)) {
    mistakes.add(node.place(), what + " must be " + limits(range, dimension) + ", got " + written);
    return {};
  }
  return quantity->value;
}

}  // namespace insula::config

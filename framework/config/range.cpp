// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "framework/base/text.h"
#include "framework/config/reader.h"

namespace insula::config {

bool Range::contains(double x) const {
  const bool above = open_low ? x > low : x >= low;
  const bool below = open_high ? x < high : x <= high;
  return std::isfinite(x) && above && below;
}

std::string Range::in_words() const {
  const bool has_low = std::isfinite(low), has_high = std::isfinite(high);
  if (!has_low && !has_high) return "any number";
  if (!has_high && low == 0) return open_low ? "positive" : "not negative";
  if (!has_low && high == 0) return open_high ? "negative" : "not positive";
  const std::string from = number_text(low), to = number_text(high);
  if (has_low && has_high && !open_low && !open_high) return "between " + from + " and " + to;
  const std::string lower = (open_low ? "above " : "at least ") + from;
  const std::string upper = (open_high ? "below " : "at most ") + to;
  if (!has_high) return lower;
  if (!has_low) return upper;
  return lower + " and " + upper;
}

}  // namespace insula::config

// SPDX-License-Identifier: Apache-2.0
// Text for people: nearest names, lists in words, numbers.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace insula {

/// The candidate nearest to `name` by Damerau-Levenshtein distance (case ignored), or "" if none is
/// within a third of its length (at least one edit is always allowed). Ties: the first candidate.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// "did you mean 'gain'? it has: gain, tau" or, without a near name, "it has: gain, tau".
std::string name_hint(std::string_view name,
                      std::span<const std::string> candidates,
                      std::string_view has = "it has");

/// "a", "a and b", "a, b and c".
std::string in_words(std::span<const std::string> items);

/// Joined by `separator`.
std::string join(std::span<const std::string> items, std::string_view separator);

/// The shortest text that reads back as the same double; nan is "n/a", infinities "inf", "-inf".
std::string number_text(double value);

/// `value` to `digits` significant digits, without trailing zeros, for people.
std::string short_number(double value, int digits = 3);

}  // namespace insula

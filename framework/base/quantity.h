// SPDX-License-Identifier: Apache-2.0
// Quantities with units. Units are written in YAML and converted here, once; inside, everything is
// SI and a plain double.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace insula {

/// What a number measures. `none` is a pure number; `percent` is percent signal change, kept apart
/// from pure numbers because BOLD is modelled in it; `memory` counts bytes.
enum class Dimension { none, time, rate, length, velocity, voltage, percent, memory };

/// The SI unit in which a dimension is held: "1", "s", "1/s", "m", "m/s", "V", "%", "B".
std::string_view unit_name(Dimension dimension);
/// For messages: "a pure number", "a time", "a rate", "a length", …
std::string_view dimension_name(Dimension dimension);
/// The dimension of a unit's name ("s", "1/s", "1", "%", …); nothing if the unit is unknown.
std::optional<Dimension> dimension_of(std::string_view unit);

/// The units in which `dimension` may be written, for messages: s, ms, us, µs, min, h.
std::vector<std::string> units_of(Dimension dimension);

struct Quantity {
  double value;  // in the SI unit of `dimension`
  Dimension dimension;
};

/// Reads "3.22 s", "60 Hz", "200 ms", "0.4 mm", "0.64 1/s", "4 %", "7". The number and its unit may
/// touch ("3.22s"). Known units: s ms us µs min h; Hz kHz 1/s 1/ms 1/min; m cm mm um µm; m/s mm/ms;
/// V mV uV µV; %; B kB MB GB TB KiB MiB GiB TiB.  Gives nothing if `text` is not a finite number
/// followed by nothing or a known unit. Octal-looking ("010"), hexadecimal, nan and inf are
/// refused.
std::optional<Quantity> parse_quantity(std::string_view text);

/// A finite decimal number and nothing else.
std::optional<double> parse_number(std::string_view text);

}  // namespace insula

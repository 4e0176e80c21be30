// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cmath>
#include <limits>

#include "framework/architecture/detail/prior.h"
#include "framework/base/text.h"

namespace insula::architecture::detail {
namespace {

std::string with_unit(const std::string& number, const Parameter& parameter) {
  return parameter.unit == "1" ? number : number + " " + parameter.unit;
}

double reads_as(const std::string& text) {
  double value = std::numeric_limits<double>::quiet_NaN();
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The shortest decimal number whose θ is `theta` exactly. exp and log round, so the number that the
// user wrote lies within a few units of the last place of natural(θ); its neighbours are tried too.
std::string natural_text(const Parameter& parameter, double theta) {
  const double nearest = parameter.natural(theta);
  const auto is_exact = [&](double value) { return theta_of(parameter, value) == theta; };
  constexpr int kEnoughDigits = 15;
  for (int digits = 1; digits <= kEnoughDigits; ++digits) {
    const std::string text = short_number(nearest, digits);
    if (is_exact(reads_as(text))) return text;
  }
  constexpr int kNeighbours = 64;
  double above = nearest, below = nearest;
  for (int step = 0; step <= kNeighbours; ++step) {
    if (is_exact(above)) return number_text(above);
    if (is_exact(below)) return number_text(below);
    above = std::nextafter(above, std::numeric_limits<double>::infinity());
    below = std::nextafter(below, -std::numeric_limits<double>::infinity());
  }
  return number_text(nearest);
}

std::string form_name(Domain domain) {
  switch (domain) {
    case Domain::real: return "normal";
    case Domain::positive: return "lognormal";
    case Domain::unit_interval: return "logitnormal";
  }
  return "";
}

}  // namespace

double theta_of(const Parameter& parameter, double natural) {
  switch (parameter.domain) {
    case Domain::real: return natural;
    case Domain::positive: return std::log(natural / parameter.reference);
    case Domain::unit_interval: return std::log(natural / (1 - natural));
  }
  return natural;
}

std::string prior_form(Domain domain) {
  switch (domain) {
    case Domain::real: return "normal(mean, sd)";
    case Domain::positive: return "lognormal(median, sd of the logarithm)";
    case Domain::unit_interval: return "logitnormal(median, sd of the logit)";
  }
  return "";
}

std::string prior_text(const Parameter& parameter) {
  std::string sd = number_text(parameter.prior_sd);
  if (parameter.domain == Domain::real) sd = with_unit(sd, parameter);
  return form_name(parameter.domain) + "(" +
         with_unit(natural_text(parameter, parameter.prior_mean), parameter) + ", " + sd + ")";
}

std::string value_text(const Parameter& parameter) {
  return with_unit(natural_text(parameter, parameter.prior_mean), parameter);
}

std::string short_value(const Parameter& parameter, double theta) {
  return with_unit(short_number(parameter.natural(theta)), parameter);
}

}  // namespace insula::architecture::detail

// SPDX-License-Identifier: Apache-2.0
// Priors and fixed values as YAML writes them: normal(mean, sd), lognormal(median, sd of the
// logarithm), logitnormal(median, sd of the logit); numbers with the parameter's unit.
#pragma once

#include <optional>
#include <string>

#include "framework/architecture/architecture.h"
#include "framework/config/node.h"

namespace insula::architecture::detail {

/// What an architecture says of one parameter.
struct Setting {
  bool states = false;  // a prior or a value
  bool free = false;
  double mean = 0, sd = 0;  // of θ
  bool shared = false;
};

/// Reads "100 ms", {fixed: 100 ms}, {prior: lognormal(100 ms, 0.25)} and {shared: true}. `name` is
/// the parameter's in messages; its unit, domain and reference are those of `parameter`.
std::optional<Setting> read_setting(const config::Node& node,
                                    const std::string& name,
                                    const Parameter& parameter,
                                    Mistakes& mistakes);

/// θ of a value in natural units.
double theta_of(const Parameter& parameter, double natural);

/// "lognormal(2 s, 0.06)", of a free parameter. It reads back as the same prior, bit by bit, where
/// some decimal number does.
std::string prior_text(const Parameter& parameter);
/// "2 s", of a fixed one, in the same way.
std::string value_text(const Parameter& parameter);
/// "lognormal(median, sd of the logarithm)", and why: "is positive".
std::string prior_form(Domain domain);
/// The value at θ = `theta` for people: three digits and the unit.
std::string short_value(const Parameter& parameter, double theta);

}  // namespace insula::architecture::detail

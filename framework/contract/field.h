// SPDX-License-Identifier: Apache-2.0
// What a number of a kind is called, measured in, and allowed to be: one declaration from which
// YAML keys, priors, messages, `insula describe` and the documentation are made.
#pragma once

#include <span>
#include <string_view>

namespace insula {

/// Where a parameter lives, and so how the fit transforms it. With θ the number that is fitted:
///   real           value = θ
///   positive       value = reference · exp(θ), so θ is a log scale factor as in DCM
///   unit_interval  value = 1 / (1 + exp(−θ))
/// The reference of a positive parameter is its default.
enum class Domain { real, positive, unit_interval };

/// One parameter, state or input of a kind.
struct FieldSpec {
  std::string_view name;     // lower_snake: the key in YAML
  std::string_view unit;     // "1/s", "s", "1", "%"
  std::string_view symbol;   // as in the paper
  std::string_view meaning;  // one phrase
  double value = 0;          // default of a parameter, rest value of a state; natural units
  Domain domain = Domain::real;
  double prior_sd = 0;  // of θ around the default; 0: fixed unless the architecture says otherwise
  bool per_region = true;  // an observation's parameter: one a region, or one for all
};

/// A field of a struct that a kind declares, in the scalar that it is instantiated for.
template <class Struct, class T>
struct Field {
  T Struct::*member;
  FieldSpec spec;
};

}  // namespace insula

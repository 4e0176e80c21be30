// SPDX-License-Identifier: Apache-2.0
// Every equation of every kind in a catalogue, with what its arguments are, and plain ways to
// evaluate it at one point.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/contract/catalogue.h"

namespace insula::test {

struct NamedMap {
  std::string name;  // "region two_state, drift"
  const Map* map = nullptr;
  std::vector<FieldSpec> arguments;  // states, inputs, parameters, as Map orders them
};

/// In the catalogue's order, which must outlive the result. Maps without outputs are left out.
std::vector<NamedMap> named_maps(const Catalogue& catalogue);

/// One random point of a map's arguments, within each one's domain: parameters within about two
/// units of θ of their default, states and inputs within about two of rest.
std::vector<double> draw(const NamedMap& map, Stream& stream);

/// The point where states rest, inputs are 0 and parameters have their defaults.
std::vector<double> defaults(const NamedMap& map);

/// A point as code: "{0.1, -0.25}".
std::string as_literal(const std::vector<double>& point);

/// All outputs at one point by Map::evaluate.
Eigen::VectorXd evaluate(const Map& map, const std::vector<double>& point);

struct Linearised {
  Eigen::VectorXd value;
  Eigen::MatrixXd partial;  // outputs × arguments
};
Linearised linearise(const Map& map, const std::vector<double>& point);

/// Central differences with step h = cube root of ε · max(|x|, 1), and for each a bound on their
/// error: a third of what halving the order of h shows, ten times over, and rounding.
struct Differences {
  Eigen::MatrixXd partial, bound;
};
Differences central_differences(const Map& map, const std::vector<double>& point);

}  // namespace insula::test

// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/named_maps.h"

#include <cmath>
#include <limits>
#include <span>
#include <sstream>

namespace insula::test {
namespace {

using Specs = std::span<const FieldSpec>;

FieldSpec real(std::string_view name) {
  FieldSpec spec;
  spec.name = name;
  return spec;
}

// What MapOf gives the maps of observations and projections beside the kind's own fields.
const std::vector<FieldSpec> kObserved{real("activity")};
const std::vector<FieldSpec> kTransmission{real("source"), real("modulation"), real("gating")};

class Collector {
 public:
  void add(const std::string& name, const Map& map, Specs states, Specs inputs, Specs parameters) {
    if (map.outputs == 0) return;
    NamedMap named{name, &map, {}};
    for (const Specs part : {states, inputs, parameters})
      named.arguments.insert(named.arguments.end(), part.begin(), part.end());
    maps.push_back(std::move(named));
  }
  std::vector<NamedMap> maps;
};

// Lane 0 of one block; other lanes repeat it.
std::vector<double> block(const std::vector<double>& point, int first, int count) {
  std::vector<double> lanes;
  for (int i = 0; i < count; ++i)
    lanes.insert(lanes.end(), kLanes, point[static_cast<std::size_t>(first + i)]);
  return lanes;
}

}  // namespace

std::vector<NamedMap> named_maps(const Catalogue& catalogue) {
  Collector all;
  for (const RegionKind& k : catalogue.regions) {
    const std::string name = "region " + std::string(k.name);
    all.add(name + ", drift", k.drift, k.states, k.inputs, k.parameters);
    all.add(name + ", activity", k.activity, k.states, {}, k.parameters);
  }
  for (const ProjectionKind& k : catalogue.projections)
    all.add("projection " + std::string(k.name), k.transmit, {}, kTransmission, k.parameters);
  for (const ObservationKind& k : catalogue.observations) {
    const std::string name = "observation " + std::string(k.name);
    all.add(name + ", drift", k.drift, k.states, kObserved, k.parameters);
    all.add(name + ", observe", k.observe, k.states, kObserved, k.parameters);
  }
  return all.maps;
}

std::vector<double> draw(const NamedMap& map, Stream& stream) {
  std::vector<double> point;
  const auto parameters = static_cast<std::size_t>(map.map->states + map.map->inputs);
  for (std::size_t a = 0; a < map.arguments.size(); ++a) {
    const FieldSpec& spec = map.arguments[a];
    const double spread = a < parameters ? 0.7 : 0.5;
    const double theta = spread * stream.normal();
    switch (spec.domain) {
      case Domain::real: point.push_back(spec.value + theta); break;
      case Domain::positive: point.push_back(spec.value * std::exp(theta)); break;
      case Domain::unit_interval: point.push_back(1 / (1 + std::exp(-3 * theta))); break;
    }
  }
  return point;
}

std::vector<double> defaults(const NamedMap& map) {
  std::vector<double> point;
  for (const FieldSpec& spec : map.arguments) point.push_back(spec.value);
  return point;
}

std::string as_literal(const std::vector<double>& point) {
  std::ostringstream out;
  out.precision(17);
  for (std::size_t i = 0; i < point.size(); ++i) out << (i ? ", " : "{") << point[i];
  out << "}";
  return out.str();
}

Eigen::VectorXd evaluate(const Map& map, const std::vector<double>& point) {
  const std::vector<double> state = block(point, 0, map.states);
  const std::vector<double> input = block(point, map.states, map.inputs);
  const std::vector<double> parameter = block(point, map.states + map.inputs, map.parameters);
  std::vector<double> out(static_cast<std::size_t>(map.outputs) * kLanes);
  map.evaluate(1, state.data(), input.data(), parameter.data(), out.data());
  Eigen::VectorXd value(map.outputs);
  for (int o = 0; o < map.outputs; ++o) value[o] = out[static_cast<std::size_t>(o) * kLanes];
  return value;
}

Linearised linearise(const Map& map, const std::vector<double>& point) {
  const std::vector<double> state = block(point, 0, map.states);
  const std::vector<double> input = block(point, map.states, map.inputs);
  const std::vector<double> parameter(point.begin() + map.states + map.inputs, point.end());
  std::vector<double> out(static_cast<std::size_t>(map.outputs) * kLanes);
  std::vector<double> partial(out.size() * static_cast<std::size_t>(map.arguments()));
  map.linearise(1, state.data(), input.data(), parameter.data(), out.data(), partial.data());
  Linearised result{Eigen::VectorXd(map.outputs), Eigen::MatrixXd(map.outputs, map.arguments())};
  for (int o = 0; o < map.outputs; ++o) {
    result.value[o] = out[static_cast<std::size_t>(o) * kLanes];
    for (int a = 0; a < map.arguments(); ++a)
      result.partial(o, a) = partial[static_cast<std::size_t>(o * map.arguments() + a) * kLanes];
  }
  return result;
}

Differences central_differences(const Map& map, const std::vector<double>& point) {
  Differences d{Eigen::MatrixXd(map.outputs, map.arguments()),
                Eigen::MatrixXd(map.outputs, map.arguments())};
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  for (std::size_t a = 0; a < point.size(); ++a) {
    const double h = std::cbrt(kEpsilon) * std::max(std::abs(point[a]), 1.0);
    double size = 1;
    const auto slope = [&](double step) -> Eigen::VectorXd {
      std::vector<double> up = point, down = point;
      up[a] += step;
      down[a] -= step;
      const Eigen::VectorXd f = evaluate(map, up), g = evaluate(map, down);
      size = std::max({size, f.cwiseAbs().maxCoeff(), g.cwiseAbs().maxCoeff()});
      return (f - g) / (up[a] - down[a]);
    };
    const Eigen::VectorXd once = slope(h), twice = slope(2 * h);
    const auto column = static_cast<Eigen::Index>(a);
    d.partial.col(column) = once;
    d.bound.col(column) = (once - twice).cwiseAbs().array() * (10.0 / 3) + 20 * kEpsilon * size / h;
  }
  return d;
}

}  // namespace insula::test

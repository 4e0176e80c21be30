// SPDX-License-Identifier: Apache-2.0
// Lanes are instances, or moments: what one holds never reaches another, and memory beyond the last
// block in use is left alone.
#include <gtest/gtest.h>

#include <cmath>

#include "modules/catalogue.h"
#include "tests/contract/named_maps.h"

namespace insula {
namespace {

using test::NamedMap;

// Quantities of several instances, blocked.
class Blocks {
 public:
  Blocks(int quantities, std::size_t blocks, double fill = 0)
      : quantities_(static_cast<std::size_t>(quantities)),
        values_(quantities_ * blocks * kLanes, fill) {}
  double& at(int quantity, std::size_t lane) {
    return values_[(lane / kLanes * quantities_ + static_cast<std::size_t>(quantity)) * kLanes +
                   lane % kLanes];
  }
  double* data() { return values_.data(); }

 private:
  std::size_t quantities_;
  std::vector<double> values_;
};

constexpr std::size_t kBlocks = 4;
constexpr std::size_t kInstances = 2 * kLanes + 3;  // the third block is half used, the fourth not
constexpr double kUntouched = -12345.678;

struct Call {
  explicit Call(const Map& m)
      : map(m),
        state(m.states, kBlocks),
        input(m.inputs, kBlocks),
        parameter(m.parameters, kBlocks),
        out(m.outputs, kBlocks, kUntouched),
        partial(m.outputs * m.arguments(), kBlocks, kUntouched) {}
  void set(std::size_t lane, const std::vector<double>& point) {
    int a = 0;
    for (int i = 0; i < map.states; ++i) state.at(i, lane) = point[static_cast<std::size_t>(a++)];
    for (int i = 0; i < map.inputs; ++i) input.at(i, lane) = point[static_cast<std::size_t>(a++)];
    for (int i = 0; i < map.parameters; ++i)
      parameter.at(i, lane) = point[static_cast<std::size_t>(a++)];
  }
  void evaluate(std::size_t instances = kInstances) {
    map.evaluate(instances, state.data(), input.data(), parameter.data(), out.data());
  }
  void linearise(const double* shared_parameter, std::size_t moments = kInstances) {
    map.linearise(
        moments, state.data(), input.data(), shared_parameter, out.data(), partial.data());
  }
  const Map& map;
  Blocks state, input, parameter, out, partial;
};

class Lanes : public testing::TestWithParam<Isa> {
 protected:
  Catalogue kinds = catalogue(GetParam());
  std::vector<NamedMap> maps = test::named_maps(kinds);

  std::vector<std::vector<double>> points(const NamedMap& map) {
    Stream stream(10, "contract/lanes/" + map.name);
    std::vector<std::vector<double>> points;
    for (std::size_t l = 0; l < kInstances; ++l) points.push_back(test::draw(map, stream));
    return points;
  }
};

TEST_P(Lanes, EachInstanceHasItsOwnValueWhereverItStands) {
  for (const NamedMap& map : maps) {
    const auto points = this->points(map);
    Call forward(*map.map), backward(*map.map);
    for (std::size_t l = 0; l < kInstances; ++l) {
      forward.set(l, points[l]);
      backward.set(kInstances - 1 - l, points[l]);
    }
    forward.evaluate();
    backward.evaluate();
    for (std::size_t l = 0; l < kInstances; ++l) {
      const Eigen::VectorXd alone = test::evaluate(*map.map, points[l]);
      for (int o = 0; o < map.map->outputs; ++o) {
        EXPECT_EQ(forward.out.at(o, l), alone[o]) << map.name << ", lane " << l;
        EXPECT_EQ(backward.out.at(o, kInstances - 1 - l), alone[o]) << map.name << ", lane " << l;
      }
    }
  }
}

TEST_P(Lanes, AnInstanceThatIsNotANumberSpoilsNoOther) {
  for (const NamedMap& map : maps) {
    const auto points = this->points(map);
    Call clean(*map.map), spoilt(*map.map);
    for (std::size_t l = 0; l < kInstances; ++l) {
      clean.set(l, points[l]);
      spoilt.set(l, points[l]);
    }
    constexpr std::size_t kBad = 9;
    spoilt.set(kBad, std::vector<double>(points[kBad].size(), std::nan("")));
    clean.evaluate();
    spoilt.evaluate();
    for (std::size_t l = 0; l < kInstances; ++l)
      for (int o = 0; o < map.map->outputs; ++o) {
        if (l == kBad) {
          EXPECT_TRUE(std::isnan(spoilt.out.at(o, l))) << map.name;
        } else {
          EXPECT_EQ(spoilt.out.at(o, l), clean.out.at(o, l)) << map.name << ", lane " << l;
        }
      }
  }
}

TEST_P(Lanes, EachMomentHasItsOwnDerivatives) {
  for (const NamedMap& map : maps) {
    auto points = this->points(map);
    const int own = map.map->states + map.map->inputs;
    // One instance: all moments have the first one's parameters.
    for (auto& point : points)
      std::copy(points[0].begin() + own, points[0].end(), point.begin() + own);
    Call run(*map.map);
    for (std::size_t l = 0; l < kInstances; ++l) run.set(l, points[l]);
    run.linearise(points[0].data() + own);
    for (std::size_t l = 0; l < kInstances; ++l) {
      const test::Linearised alone = test::linearise(*map.map, points[l]);
      for (int o = 0; o < map.map->outputs; ++o) {
        EXPECT_EQ(run.out.at(o, l), alone.value[o]) << map.name << ", moment " << l;
        for (int a = 0; a < map.map->arguments(); ++a)
          EXPECT_EQ(run.partial.at(o * map.map->arguments() + a, l), alone.partial(o, a))
              << map.name << ", moment " << l;
      }
    }
  }
}

TEST_P(Lanes, BlocksBeyondTheLastInstanceAreLeftAlone) {
  for (const NamedMap& map : maps) {
    const auto points = this->points(map);
    for (const std::size_t instances : {std::size_t{0}, std::size_t{1}, kLanes, kInstances}) {
      Call run(*map.map);
      for (std::size_t l = 0; l < kInstances; ++l) run.set(l, points[l]);
      run.evaluate(instances);
      run.linearise(points[0].data() + map.map->states + map.map->inputs, instances);
      const std::size_t used = (instances + kLanes - 1) / kLanes * kLanes;
      for (std::size_t l = 0; l < kBlocks * kLanes; ++l)
        for (int o = 0; o < map.map->outputs; ++o) {
          if (l < instances) {
            EXPECT_NE(run.out.at(o, l), kUntouched) << map.name;
          } else if (l >= used) {
            EXPECT_EQ(run.out.at(o, l), kUntouched) << map.name;
            for (int a = 0; a < map.map->arguments(); ++a)
              EXPECT_EQ(run.partial.at(o * map.map->arguments() + a, l), kUntouched) << map.name;
          }
        }
    }
  }
}

TEST_P(Lanes, DerivativesAloneAreTheSameAsWithTheValue) {
  for (const NamedMap& map : maps) {
    const auto points = this->points(map);
    const double* parameter = points[0].data() + map.map->states + map.map->inputs;
    Call with(*map.map), without(*map.map);
    for (std::size_t l = 0; l < kInstances; ++l) {
      with.set(l, points[l]);
      without.set(l, points[l]);
    }
    with.linearise(parameter);
    map.map->linearise(kInstances,
                       without.state.data(),
                       without.input.data(),
                       parameter,
                       nullptr,
                       without.partial.data());
    for (std::size_t l = 0; l < kInstances; ++l)
      for (int e = 0; e < map.map->outputs * map.map->arguments(); ++e)
        EXPECT_EQ(without.partial.at(e, l), with.partial.at(e, l)) << map.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Contract,
                         Lanes,
                         testing::ValuesIn(available_isas()),
                         [](const auto& tested) { return to_text(tested.param); });

}  // namespace
}  // namespace insula

// SPDX-License-Identifier: Apache-2.0
// What every equation of every kind promises, at every instruction set that this machine can run. A
// new file under modules/ is tested here before its author writes a line.
#include <gtest/gtest.h>

#include "modules/catalogue.h"
#include "tests/contract/named_maps.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

using test::NamedMap;

constexpr int kPoints = 200;

class EveryEquation : public testing::TestWithParam<Isa> {
 protected:
  // Calls check(map, point) at random points, and prints the point that failed.
  template <class Check>
  void at_random_points(Check check) {
    for (const NamedMap& map : maps) {
      Stream stream(7, "contract/" + map.name);
      for (int i = 0; i < kPoints && !HasFailure(); ++i) {
        const std::vector<double> point = test::draw(map, stream);
        SCOPED_TRACE(map.name + " at " + test::as_literal(point));
        check(map, point);
      }
    }
  }
  Catalogue kinds = catalogue(GetParam());
  std::vector<NamedMap> maps = test::named_maps(kinds);
};

TEST_P(EveryEquation, HasTheSameValueWithDerivativesAndWithout) {
  at_random_points([](const NamedMap& map, const std::vector<double>& point) {
    const Eigen::VectorXd plain = test::evaluate(*map.map, point);
    const Eigen::VectorXd dual = test::linearise(*map.map, point).value;
    // Some ten operations each, fused differently.
    EXPECT_CLOSE(dual, plain, Tolerance::rounding(50, std::max(1.0, plain.cwiseAbs().maxCoeff())));
  });
}

TEST_P(EveryEquation, HasThePartialDerivativesOfItsValue) {
  at_random_points([](const NamedMap& map, const std::vector<double>& point) {
    const Eigen::MatrixXd exact = test::linearise(*map.map, point).partial;
    const test::Differences central = test::central_differences(*map.map, point);
    for (Eigen::Index o = 0; o < exact.rows(); ++o)
      for (Eigen::Index a = 0; a < exact.cols(); ++a)
        EXPECT_CLOSE(exact(o, a),
                     central.partial(o, a),
                     Tolerance::because(central.bound(o, a),
                                        "ten times the central difference's own error, as doubling "
                                        "its step shows it, and rounding over the step"))
            << "output " << o << " in " << map.arguments[static_cast<std::size_t>(a)].name;
  });
}

TEST_P(EveryEquation, DependsOnWhatItsStructureSaysAndOnNothingElse) {
  for (const NamedMap& map : maps) {
    Stream stream(8, "contract/" + map.name);
    Eigen::MatrixXd largest = Eigen::MatrixXd::Zero(map.map->outputs, map.map->arguments());
    for (int i = 0; i < kPoints; ++i)
      largest =
          largest.cwiseMax(test::linearise(*map.map, test::draw(map, stream)).partial.cwiseAbs());
    for (int o = 0; o < map.map->outputs; ++o)
      for (int a = 0; a < map.map->arguments(); ++a)
        EXPECT_EQ(map.map->depends(o, a), largest(o, a) != 0)
            << map.name << ", output " << o << " in "
            << map.arguments[static_cast<std::size_t>(a)].name << ": the partial is "
            << (largest(o, a) != 0 ? "not " : "") << "0 at all points";
  }
}

TEST_P(EveryEquation, IsFiniteAtRestAndDefaults) {
  for (const NamedMap& map : maps) {
    const test::Linearised at = test::linearise(*map.map, test::defaults(map));
    EXPECT_TRUE(at.value.allFinite() && at.partial.allFinite()) << map.name;
  }
}

TEST_P(EveryEquation, LeavesAKindAtRestWhereItIs) {
  for (const NamedMap& map : maps) {
    if (!map.name.ends_with(", drift")) continue;
    const Eigen::VectorXd rate = test::evaluate(*map.map, test::defaults(map));
    // What cancels at rest are terms of order 1.
    EXPECT_CLOSE(rate, Eigen::VectorXd::Zero(rate.size()), Tolerance::rounding(4, 1)) << map.name;
  }
}

TEST_P(EveryEquation, IsTheSameAtEveryInstructionSet) {
  const Catalogue portable = catalogue(Isa::portable);
  const std::vector<NamedMap> others = test::named_maps(portable);
  ASSERT_EQ(others.size(), maps.size());
  for (std::size_t m = 0; m < maps.size(); ++m) {
    ASSERT_EQ(others[m].name, maps[m].name);
    Stream stream(9, "contract/" + maps[m].name);
    for (int i = 0; i < kPoints; ++i) {
      const std::vector<double> point = test::draw(maps[m], stream);
      const test::Linearised mine = test::linearise(*maps[m].map, point);
      const test::Linearised other = test::linearise(*others[m].map, point);
      SCOPED_TRACE(maps[m].name + " at " + test::as_literal(point));
      // The same operations, with and without fusing.
      EXPECT_CLOSE(mine.value,
                   other.value,
                   Tolerance::rounding(50, std::max(1.0, other.value.cwiseAbs().maxCoeff())));
      EXPECT_CLOSE(mine.partial,
                   other.partial,
                   Tolerance::rounding(50, std::max(1.0, other.partial.cwiseAbs().maxCoeff())));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Contract,
                         EveryEquation,
                         testing::ValuesIn(available_isas()),
                         [](const auto& tested) { return to_text(tested.param); });

}  // namespace
}  // namespace insula

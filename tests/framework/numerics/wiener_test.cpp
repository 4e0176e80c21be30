// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/wiener.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "framework/base/error.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/numerics/wiener_grid.h"
#include "tests/framework/numerics/wiener_table.h"
#include "tests/support/tolerance.h"
#include "tests/support/tsv.h"

namespace insula::numerics {
namespace {

using test::random_table;
using Numbers = test::Numbers;
using Table = test::WienerTable;

class AnyWiener : public testing::TestWithParam<Isa> {
 protected:
  static void expect_reference(const std::string& file) {
    const test::Tsv reference = test::read_tsv(file);
    Table table;
    for (Eigen::Index i = 0; i < reference.rows.rows(); ++i) {
      std::array<double, 7> row{};
      for (int c = 0; c < 7; ++c) row[static_cast<std::size_t>(c)] = reference.rows(i, c);
      table.add(row);
    }
    table.evaluate(GetParam());
    for (std::size_t i = 0; i < table.size(); ++i) {
      const auto r = static_cast<Eigen::Index>(i);
      const double truth = reference.rows(r, 7);
      const double epsilon = std::numeric_limits<double>::epsilon();
      EXPECT_CLOSE(table.value[i],
                   truth,
                   Tolerance::because(std::max(1e-12, 4 * epsilon * std::abs(truth)),
                                      "what wiener.h promises: 1e-12, or 4 roundings if larger"))
          << file << " row " << i << " " << table.row(i);
      for (int k = 0; k < 5; ++k) {
        const double slope = reference.rows(r, 8 + k);
        EXPECT_CLOSE(table.slope[static_cast<std::size_t>(k)][i],
                     slope,
                     Tolerance::because(1e-9 * std::max(1.0, std::abs(slope)),
                                        "what wiener.h promises of slopes"))
            << file << " row " << i << " " << table.row(i);
      }
    }
  }
};

TEST_P(AnyWiener, AgreesWithTheReferenceTable) { expect_reference("numerics/ddm_logpdf.tsv"); }

TEST_P(AnyWiener, AgreesWithItsSeriesAtEightyDigits) { expect_reference("numerics/wiener.tsv"); }

TEST_P(AnyWiener, GivesTheSameDensityWithAndWithoutSlopes) {
  Table table = random_table(203);
  table.evaluate(GetParam());
  Numbers alone(table.size());
  wiener_log_density(table.trials(), table.parameters(), alone, GetParam());
  // Compilers may fuse other products; the terms are of the size of ln f and of ln τ.
  for (std::size_t i = 0; i < alone.size(); ++i)
    EXPECT_CLOSE(alone[i], table.value[i], Tolerance::rounding(8, 10)) << table.row(i);
}

TEST_P(AnyWiener, IsImpossibleUntilTheNonDecisionTimeIsOver) {
  Table table;
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double resp : {-1.0, 1.0})
    for (const double rt : {0.3, 0.1, 0.0, -1.0, -infinity})
      table.add({rt, resp, 1, 1.5, 0.4, 0.3, 0.5});
  table.evaluate(GetParam());
  const auto hessian = wiener_hessian(table.trials(), table.parameters(), GetParam());
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(table.value[i], -infinity) << table.row(i);
    for (const Numbers& s : table.slope) EXPECT_EQ(s[i], 0) << table.row(i);
  }
  EXPECT_TRUE((hessian.array() == 0).all());
}

TEST_P(AnyWiener, StaysFiniteWhereTheDensityUnderflows) {
  Table table;
  for (const double resp : {-1.0, 1.0})
    for (const double time : {1e-60, 1e-20, 1e-6, 1e3, 1e6})
      for (const double z : {1e-12, 0.5, 1 - 1e-12})
        for (const double sv : {0.0, 3.0}) table.add({time, resp, 8, 2, z, 0, sv});
  table.evaluate(GetParam());
  const auto hessian = wiener_hessian(table.trials(), table.parameters(), GetParam());
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_TRUE(std::isfinite(table.value[i])) << table.row(i);
    for (const Numbers& s : table.slope) EXPECT_TRUE(std::isfinite(s[i])) << table.row(i);
    EXPECT_TRUE(hessian.row(static_cast<Eigen::Index>(i)).allFinite()) << table.row(i);
  }
}

TEST_P(AnyWiener, DoesNotDependOnTheTrialsBesideOne) {
  Table whole = random_table(37);
  whole.evaluate(GetParam());
  for (std::size_t count = 1; count <= whole.size(); ++count) {
    Table part = whole;
    for (Numbers& column : part.in) column.erase(column.begin(), column.end() - count);
    part.evaluate(GetParam());
    EXPECT_TRUE(std::equal(part.value.rbegin(), part.value.rend(), whole.value.rbegin())) << count;
    for (std::size_t k = 0; k < 5; ++k)
      EXPECT_TRUE(std::equal(part.slope[k].rbegin(), part.slope[k].rend(), whole.slope[k].rbegin()))
          << count;
  }
}

TEST_P(AnyWiener, EqualsThePortableKernelToRounding) {
  Table portable = random_table(1000), tested = portable;
  portable.evaluate(Isa::portable);
  tested.evaluate(GetParam());
  for (std::size_t i = 0; i < tested.size(); ++i) {
    EXPECT_CLOSE(tested.value[i], portable.value[i], Tolerance::rounding(8, 10)) << tested.row(i);
    for (std::size_t k = 0; k < 5; ++k)
      EXPECT_CLOSE(tested.slope[k][i],
                   portable.slope[k][i],
                   Tolerance::because(1e-11 * std::max(1.0, std::abs(portable.slope[k][i])),
                                      "sums of terms up to 1e4 times as large"))
          << tested.row(i);
  }
}

INSTANTIATE_TEST_SUITE_P(Each,
                         AnyWiener,
                         testing::ValuesIn(available_isas()),
                         [](const auto& tested) { return to_text(tested.param); });

TEST(Wiener, TakesOneParameterForAllAsTheSameForEach) {
  Table each = random_table(100);
  const WienerPoint at{1.2, 1.5, 0.4, 0.1, 0.7};
  const double values[] = {at.v, at.a, at.z, at.t0, at.sv};
  for (std::size_t p = 0; p < 5; ++p) each.in[2 + p].assign(each.size(), values[p]);
  each.evaluate();
  Numbers shared(each.size()), drift_each(each.size());
  wiener_log_density(each.trials(), test::WienerGrid::parameters(at), shared);
  WienerParameters mixed = test::WienerGrid::parameters(at);
  mixed.v = each.in[2];
  wiener_log_density(each.trials(), mixed, drift_each);
  Numbers alone(each.size());
  wiener_log_density(each.trials(), each.parameters(), alone);
  EXPECT_EQ(shared, alone);
  EXPECT_EQ(drift_each, alone);
  EXPECT_EQ(wiener_hessian(each.trials(), test::WienerGrid::parameters(at)),
            wiener_hessian(each.trials(), each.parameters()));
}

TEST(Wiener, GivesTheSameBytesAtAnyNumberOfThreads) {
  Table one = random_table(30000), five = one;
  const int before = threads();
  set_threads(1);
  one.evaluate();
  const auto hessian_one = wiener_hessian(one.trials(), one.parameters());
  set_threads(5);
  five.evaluate();
  const auto hessian_five = wiener_hessian(five.trials(), five.parameters());
  set_threads(before);
  EXPECT_EQ(one.value, five.value);
  EXPECT_EQ(one.slope, five.slope);
  EXPECT_EQ(hessian_one, hessian_five);
}

TEST(Wiener, HasNothingToSayOfNoTrials) {
  Table none;
  none.evaluate();
  EXPECT_TRUE(none.value.empty());
  EXPECT_EQ(wiener_hessian(none.trials(), none.parameters()).rows(), 0);
}

TEST(Wiener, RefusesColumnsOfUnequalLength) {
  Table table = random_table(10);
  table.in[4].pop_back();
  Numbers value(10);
  try {
    wiener_log_density(table.trials(), table.parameters(), value);
    FAIL() << "accepted";
  } catch (const InternalError& error) {
    EXPECT_NE(std::string(error.what()).find("wiener: z has 9 numbers, but there are 10 trials"),
              std::string::npos)
        << error.what();
  }
  table = random_table(10);
  Numbers few(9);
  EXPECT_THROW(wiener_log_density(table.trials(), table.parameters(), few), InternalError);
  table.in[1].resize(1);  // one response for all is no response
  EXPECT_THROW(wiener_log_density(table.trials(), table.parameters(), value), InternalError);
}

}  // namespace
}  // namespace insula::numerics

// SPDX-License-Identifier: Apache-2.0
// What holds of the density whatever its series: integrals, symmetries, limits, derivatives.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "framework/numerics/wiener.h"
#include "tests/framework/numerics/wiener_grid.h"
#include "tests/framework/numerics/wiener_table.h"
#include "tests/support/tolerance.h"

namespace insula::numerics {
namespace {

using test::random_table;
using Numbers = test::Numbers;
using Table = test::WienerTable;

TEST(Wiener, IntegratesToOneOverBothResponses) {
  for (const WienerPoint& at : {WienerPoint{0, 1, 0.5, 0.2, 0},
                                WienerPoint{1.5, 0.8, 0.3, 0, 0},
                                WienerPoint{-3, 2.5, 0.9, 0.3, 0},
                                WienerPoint{2, 1.4, 0.05, 0.1, 1.2},
                                WienerPoint{-0.5, 3, 0.6, 0.25, 3}}) {
    double total = 0;
    for (const double resp : {-1.0, 1.0})
      total += test::WienerGrid(at, resp).integral([](std::size_t) { return 1; });
    EXPECT_CLOSE(total, 1, Tolerance::because(1e-12, "the trapezoidal rule's rounding")) << at.v;
  }
}

// E[∂ ln f] = 0 and E[−∂² ln f] = E[∂ ln f · ∂ ln f] in all but t0, which moves the support (and
// there too, as the density vanishes with all derivatives at t0).
TEST(Wiener, HasScoresOfMeanZeroWhoseCovarianceIsTheMeanCurvature) {
  const WienerPoint at{0.8, 1.3, 0.35, 0.2, 0.9};
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(5);
  Eigen::MatrixXd outer = Eigen::MatrixXd::Zero(5, 5), curvature = outer;
  for (const double resp : {-1.0, 1.0}) {
    const test::WienerGrid grid(at, resp);
    std::array<Numbers, 5> s;
    for (Numbers& slope : s) slope.resize(grid.rt.size());
    Numbers value(grid.rt.size());
    const auto parameters = test::WienerGrid::parameters(at);
    wiener_log_density(grid.trials(), parameters, value, {s[0], s[1], s[2], s[3], s[4]});
    const auto hessian = wiener_hessian(grid.trials(), parameters);
    for (int i = 0; i < 5; ++i) {
      const Numbers& a = s[static_cast<std::size_t>(i)];
      mean[i] += grid.integral([&](std::size_t t) { return a[t]; });
      for (int j = 0; j < 5; ++j) {
        const Numbers& b = s[static_cast<std::size_t>(j)];
        outer(i, j) += grid.integral([&](std::size_t t) { return a[t] * b[t]; });
        curvature(i, j) -= grid.integral([&](std::size_t t) {
          return hessian(static_cast<Eigen::Index>(t), wiener_hessian_column(i, j));
        });
      }
    }
  }
  const auto bound = Tolerance::because(1e-10, "rounding of sums with terms up to 1e5");
  EXPECT_CLOSE(mean, Eigen::VectorXd::Zero(5), bound);
  EXPECT_CLOSE(curvature, outer, bound);
}

TEST(Wiener, KeepsItsShapeWhenTimeIsStretched) {
  Table table = random_table(500), scaled = table;
  const double c = 1.7;
  for (std::size_t i = 0; i < table.size(); ++i) {
    scaled.in[0][i] *= c * c;  // rt
    scaled.in[2][i] /= c;      // v
    scaled.in[3][i] *= c;      // a
    scaled.in[5][i] *= c * c;  // t0
    scaled.in[6][i] /= c;      // sv
  }
  table.evaluate();
  scaled.evaluate();
  for (std::size_t i = 0; i < table.size(); ++i)
    EXPECT_CLOSE(scaled.value[i] + 2 * std::log(c), table.value[i], Tolerance::rounding(50, 10))
        << table.row(i);
}

TEST(Wiener, IsItsOwnMirrorImage) {
  Table table = random_table(500), mirrored = table;
  for (std::size_t i = 0; i < table.size(); ++i) {
    table.in[4][i] = mirrored.in[4][i] =
        std::round(table.in[4][i] * 1024) / 1024;  // 1 − z is exact
    mirrored.in[1][i] *= -1;
    mirrored.in[2][i] *= -1;
    mirrored.in[4][i] = 1 - mirrored.in[4][i];
  }
  table.evaluate();
  mirrored.evaluate();
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(mirrored.value[i], table.value[i]) << table.row(i);
    EXPECT_EQ(mirrored.slope[0][i], -table.slope[0][i]) << table.row(i);
    EXPECT_EQ(mirrored.slope[2][i], -table.slope[2][i]) << table.row(i);
  }
}

// With X = aw + νT, ln f = ln f(sv = 0) + ½·sv²·(X² − T)·(1 + O(sv²·T)).
TEST(Wiener, HasNoStepWhereDriftVariabilityVanishes) {
  Table none = random_table(500);
  for (double& sv : none.in[6]) sv = 0;
  none.evaluate();
  for (const double sv : {1e-8, 1e-4}) {
    Table little = none;
    for (double& x : little.in[6]) x = sv;
    little.evaluate();
    for (std::size_t i = 0; i < none.size(); ++i) {
      const double time = none.in[0][i] - none.in[5][i], sign = -none.in[1][i];
      const double way = none.in[3][i] * (sign > 0 ? none.in[4][i] : 1 - none.in[4][i]);
      const double end = way + sign * none.in[2][i] * time, change = end * end - time;
      EXPECT_CLOSE(little.value[i] - none.value[i],
                   0.5 * sv * sv * change,
                   Tolerance::because(sv * sv * sv * sv * time * (time + end * end) +
                                          1e-15 * (10 + std::abs(none.value[i])),
                                      "the next order, and rounding of ln f"))
          << none.row(i);
      EXPECT_EQ(none.slope[4][i], 0);
    }
  }
}

TEST(Wiener, HasNoStepWhereTheSeriesTurn) {
  Table table;
  for (const double z : {1e-4, 0.1, 0.5, 0.9, 1 - 1e-4})
    for (const double time : {0.3, std::nextafter(0.3, 1)}) table.add({time, -1, 0, 1, z, 0, 0});
  table.evaluate();
  const auto hessian = wiener_hessian(table.trials(), table.parameters());
  for (std::size_t i = 0; i < table.size(); i += 2) {
    EXPECT_CLOSE(table.value[i + 1], table.value[i], Tolerance::because(1e-13, "terms left out"));
    for (const Numbers& s : table.slope)
      EXPECT_CLOSE(s[i + 1],
                   s[i],
                   Tolerance::because(2e-11 * std::max(1.0, std::abs(s[i])), "terms left out"));
    for (int k = 0; k < 15; ++k) {
      const double h = hessian(static_cast<Eigen::Index>(i), k);
      EXPECT_CLOSE(hessian(static_cast<Eigen::Index>(i) + 1, k),
                   h,
                   Tolerance::because(1e-8 * std::max(1.0, std::abs(h)), "terms left out"))
          << table.row(i);
    }
  }
}

// Central differences: of values against slopes, of slopes against second derivatives. The step's
// error is h²/6 times a third derivative, the rounding's ε·|f|/h; both are below 1e-6 of the sizes
// of the derivatives at hand for h = 1e-5·(rt − t0 or the parameter).
TEST(Wiener, HasTheDerivativesThatDifferencesHave) {
  Table at = random_table(300);
  at.evaluate();
  const auto hessian = wiener_hessian(at.trials(), at.parameters());
  for (std::size_t p = 0; p < 5; ++p) {
    Table up = at, down = at;
    Numbers width(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) {
      const double scale = p == 2   ? at.in[4][i] * (1 - at.in[4][i])
                           : p == 3 ? at.in[0][i] - at.in[5][i]
                           : p == 1 ? at.in[3][i]
                                    : 1;
      up.in[2 + p][i] += 1e-5 * scale;
      down.in[2 + p][i] -= 1e-5 * scale;
      width[i] = up.in[2 + p][i] - down.in[2 + p][i];
    }
    up.evaluate();
    down.evaluate();
    for (std::size_t i = 0; i < at.size(); ++i) {
      const double slope = (up.value[i] - down.value[i]) / width[i], scale = 2e-5 / width[i];
      EXPECT_CLOSE(
          at.slope[p][i],
          slope,
          Tolerance::because(1e-7 * std::max(scale * (1 + std::abs(at.value[i])), std::abs(slope)),
                             "central differences"))
          << p << " " << at.row(i);
      for (std::size_t q = 0; q < 5; ++q) {
        const double second = (up.slope[q][i] - down.slope[q][i]) / width[i];
        const int column = wiener_hessian_column(static_cast<int>(p), static_cast<int>(q));
        EXPECT_CLOSE(hessian(static_cast<Eigen::Index>(i), column),
                     second,
                     Tolerance::because(
                         1e-7 * std::max(scale * (1 + std::abs(at.slope[q][i])), std::abs(second)),
                         "central differences"))
            << p << q << " " << at.row(i);
      }
    }
  }
}

}  // namespace
}  // namespace insula::numerics

// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/wiener_draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/framework/numerics/wiener_grid.h"
#include "tests/support/tolerance.h"

namespace insula::numerics {
namespace {

const std::vector<WienerPoint> kPoints{{0, 1, 0.5, 0.2, 0},
                                       {1.5, 0.8, 0.3, 0, 0},
                                       {-3, 2.5, 0.9, 0.3, 0},
                                       {0.01, 1.2, 0.04, 0.1, 0},
                                       {4, 2, 0.97, 0.1, 0}};

TEST(WienerExpectation, IsTheIntegralOfTheDensity) {
  const auto bound = Tolerance::because(1e-12, "the trapezoidal rule's rounding");
  for (const WienerPoint& at : kPoints) {
    double p[2], time[2];
    for (const bool upper : {false, true}) {
      const test::WienerGrid grid(at, upper ? 1 : -1);
      p[upper] = grid.integral([](std::size_t) { return 1; });
      time[upper] = grid.integral([&](std::size_t i) { return grid.rt[i] - at.t0; });
      EXPECT_CLOSE(mean_decision_time(at.v, at.a, at.z, upper), time[upper] / p[upper], bound);
    }
    EXPECT_CLOSE(upper_probability(at.v, at.a, at.z), p[1], bound);
    EXPECT_CLOSE(upper_probability(-at.v, at.a, 1 - at.z), p[0], bound);
    EXPECT_CLOSE(mean_decision_time(at.v, at.a, at.z), time[0] + time[1], bound);
  }
}

TEST(WienerExpectation, HasItsLimitsWithoutDrift) {
  const double a = 1.5, z = 0.25;
  EXPECT_EQ(upper_probability(0, a, z), z);
  EXPECT_CLOSE(mean_decision_time(0, a, z), a * a * z * (1 - z), Tolerance::rounding(4));
  EXPECT_CLOSE(mean_decision_time(0, a, z, true), a * a * (1 - z * z) / 3, Tolerance::rounding(4));
  // P = z·(1 + va(1 − z) + …)
  EXPECT_CLOSE(upper_probability(1e-9, a, z),
               z * (1 + 1e-9 * a * (1 - z)),
               Tolerance::because(1e-16, "the next term, 1e-18, and rounding"));
}

TEST(WienerExpectation, HasNoStepWhereItsFormulasTurn) {
  for (const double v : {0.05, 0.0666666, 0.1}) {
    const double below = std::nextafter(v, 0.0), above = std::nextafter(v, 1.0);
    for (const double a : {1.0, 1.5, 2.0}) {
      EXPECT_CLOSE(mean_decision_time(below, a, 0.3),
                   mean_decision_time(above, a, 0.3),
                   Tolerance::because(1e-13, "cancellation in (P - z)/v at |va| = 0.1"));
      EXPECT_CLOSE(mean_decision_time(below, a, 0.3, false),
                   mean_decision_time(above, a, 0.3, false),
                   Tolerance::because(1e-13, "cancellation in x coth x - 1 at x = 0.1"));
    }
  }
}

TEST(WienerExpectation, StaysFiniteUnderStrongDrift) {
  for (const double v : {-500.0, 500.0}) {
    EXPECT_TRUE(std::isfinite(upper_probability(v, 2, 0.5)));
    EXPECT_CLOSE(mean_decision_time(v, 2, 0.5), 1 / std::abs(v), Tolerance::rounding(4));
    EXPECT_CLOSE(mean_decision_time(v, 2, 0.5, v > 0), 1 / std::abs(v), Tolerance::rounding(8));
  }
  EXPECT_EQ(upper_probability(500, 2, 0.5), 1);
  EXPECT_EQ(upper_probability(-500, 2, 0.5), 0);  // e^(−1000)
  EXPECT_CLOSE(upper_probability(-100, 2, 0.5), std::exp(-200), Tolerance::rounding(4));
}

std::vector<WienerDraw> draws(const WienerPoint& at, int n, const std::string& task) {
  Stream random(5, task);
  std::vector<WienerDraw> all;
  for (int i = 0; i < n; ++i) all.push_back(draw_wiener(at, random));
  return all;
}

constexpr int kDraws = 20000;

TEST(WienerDraws, HaveTheClosedFormsAsTheirMeans) {
  for (const WienerPoint& at : kPoints) {
    double upper = 0, time = 0;
    for (const WienerDraw& d : draws(at, kDraws, "means")) {
      upper += d.resp > 0;
      time += d.rt - at.t0;
    }
    double second = 0;
    for (const double resp : {-1.0, 1.0}) {
      const test::WienerGrid grid(at, resp);
      second += grid.integral([&](std::size_t i) { return std::pow(grid.rt[i] - at.t0, 2); });
    }
    const double p = upper_probability(at.v, at.a, at.z),
                 mean = mean_decision_time(at.v, at.a, at.z);
    EXPECT_CLOSE(upper / kDraws, p, Tolerance::sampling(std::sqrt(p * (1 - p)), kDraws)) << at.v;
    EXPECT_CLOSE(time / kDraws, mean, Tolerance::sampling(std::sqrt(second - mean * mean), kDraws))
        << at.v;
  }
}

// The distribution function of one response on the grid, up to rt[i]; linear between points.
double distribution(const test::WienerGrid& grid, const std::vector<double>& sums, double rt) {
  const auto after = std::lower_bound(grid.rt.begin(), grid.rt.end(), rt) - grid.rt.begin();
  if (after == 0) return 0;
  const auto i = static_cast<std::size_t>(after);
  if (i == grid.rt.size()) return sums.back();
  const double part = (rt - grid.rt[i - 1]) / (grid.rt[i] - grid.rt[i - 1]);
  return sums[i - 1] + part * (sums[i] - sums[i - 1]);
}

TEST(WienerDraws, AreDistributedAsTheDensitySays) {
  std::vector<WienerPoint> points = kPoints;
  points.push_back({2, 1.4, 0.05, 0.1, 1.2});
  points.push_back({-0.5, 3, 0.6, 0.25, 3});
  for (const WienerPoint& at : points) {
    const auto all = draws(at, kDraws, "distribution");
    for (const double resp : {-1.0, 1.0}) {
      const test::WienerGrid grid(at, resp);
      std::vector<double> sums(1, 0.0);
      for (std::size_t i = 1; i < grid.rt.size(); ++i)
        sums.push_back(sums.back() + 0.5 * (grid.weight[i - 1] * grid.density[i - 1] +
                                            grid.weight[i] * grid.density[i]));
      std::vector<double> times;
      for (const WienerDraw& d : all)
        if (d.resp == resp) times.push_back(d.rt);
      const double n = static_cast<double>(times.size()), p = sums.back();
      EXPECT_CLOSE(n / kDraws, p, Tolerance::sampling(std::sqrt(p * (1 - p)), kDraws)) << at.v;
      if (times.empty()) continue;  // one response may be too rare
      std::sort(times.begin(), times.end());
      double distance = 0;
      for (std::size_t i = 0; i < times.size(); ++i) {
        const double expected = distribution(grid, sums, times[i]) / p;
        distance = std::max({distance,
                             std::abs(expected - static_cast<double>(i) / n),
                             std::abs(expected - static_cast<double>(i + 1) / n)});
      }
      // Kolmogorov's bound 2·e^(−2nd²) is 1e-6 here.
      EXPECT_LE(distance, std::sqrt(std::log(2e6) / (2 * n))) << at.v << " " << resp;
    }
  }
}

// The far bound is chosen once in 10,000 trials and then takes about 10,000 proposals.
TEST(WienerDraws, ReachTheFarBoundAsOftenAsTheyShould) {
  const WienerPoint at{0, 1, 1e-4, 0, 0};
  int upper = 0;
  for (const WienerDraw& d : draws(at, 200000, "beside")) upper += d.resp > 0;
  EXPECT_CLOSE(upper / 200000.0, 1e-4, Tolerance::sampling(1e-2, 200000));
}

TEST(WienerDraws, AreTheSameForTheSameKey) {
  const WienerPoint at{1, 1, 0.5, 0.2, 0.5};
  const auto first = draws(at, 100, "a"), again = draws(at, 100, "a"), other = draws(at, 100, "b");
  int equal = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].rt, again[i].rt);
    EXPECT_EQ(first[i].resp, again[i].resp);
    equal += first[i].rt == other[i].rt;
  }
  EXPECT_EQ(equal, 0);
}

}  // namespace
}  // namespace insula::numerics

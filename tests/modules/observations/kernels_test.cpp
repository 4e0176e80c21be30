// SPDX-License-Identifier: Apache-2.0
// The kernels of physiology equal their papers' closed forms.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "modules/catalogue.h"
#include "tests/modules/one_kind.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

class Kernels : public testing::Test {
 protected:
  const Kernel& of(const char* name) const { return find_kind(kinds.observations, name)->kernel; }
  // By the midpoint rule.
  template <class Weight>
  static double integral(const Kernel& k, Weight weight) {
    constexpr int kSteps = 400000;
    const double h = (k.end - k.begin) / kSteps;
    double sum = 0;
    for (int i = 0; i < kSteps; ++i) {
      const double s = k.begin + (i + 0.5) * h;
      sum += k.at(s) * weight(s);
    }
    return sum * h;
  }
  static double area(const Kernel& k) {
    return integral(k, [](double) { return 1.0; });
  }
  Catalogue kinds = catalogue();
};

TEST_F(Kernels, HaveAnAreaOfOne) {
  for (const char* name : {"pupil", "pupil_gamma", "heart_period", "respiration"})
    EXPECT_CLOSE(area(of(name)), 1, Tolerance::because(1e-5, "what is beyond the end")) << name;
  EXPECT_CLOSE(area(of("skin_conductance")),
               1,
               Tolerance::because(2.5e-3, "e^{−0.0708·87} of the slow tail is beyond 90 s"));
}

TEST_F(Kernels, OfThePupilAreHoeksAndLevelts) {
  const Kernel& k = of("pupil");
  const auto paper = [](double t) { return std::pow(t, 10.1) * std::exp(-10.1 * t / 0.93); };
  for (const double t : {0.1, 0.4, 0.93, 1.5, 3.0})
    EXPECT_CLOSE(k.at(t) / k.at(0.93), paper(t) / paper(0.93), Tolerance::rounding(200)) << t;
  EXPECT_EQ(k.at(-0.1), 0);
  EXPECT_GT(k.at(0.93), std::max(k.at(0.92), k.at(0.94)));  // t_max
}

TEST_F(Kernels, OfThePupilAfterLightAreKornAndBachs) {
  const Kernel& k = of("pupil_gamma");
  EXPECT_EQ(k.at(0.2), 0);
  // A gamma's moments: mean shape · scale, variance shape · scale².
  const double mean = integral(k, [](double s) { return s; });
  EXPECT_CLOSE(mean, 0.2 + 2.40 * 0.29, Tolerance::because(1e-4, "what is beyond the end"));
  EXPECT_CLOSE(integral(k, [&](double s) { return (s - mean) * (s - mean); }),
               2.40 * 0.29 * 0.29,
               Tolerance::because(1e-4, "what is beyond the end"));
}

TEST_F(Kernels, OfSkinConductanceAreANormalConvolvedWithTwoExponentials) {
  const Kernel& k = of("skin_conductance");
  const double area = 1 / 0.3176 + 1 / 0.0708;
  for (const double t : {1.0, 3.0, 5.0, 12.0, 40.0, 80.0}) {
    constexpr int kSteps = 20000;
    double sum = 0;
    for (int i = 0; i < kSteps; ++i) {  // over the normal's ±7 sd
      const double x = -7 + 14 * (i + 0.5) / kSteps, lag = t - (3.0745 + 0.7013 * x);
      if (lag > 0)
        sum += std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi) *
               (std::exp(-0.3176 * lag) + std::exp(-0.0708 * lag)) * 14 / kSteps;
    }
    EXPECT_CLOSE(k.at(t), sum / area, Tolerance::because(1e-5, "midpoint rule across a jump")) << t;
  }
}

TEST_F(Kernels, OfTheHeartPeriodAreCastegnettisAndBeginBeforeTheOutcome) {
  const Kernel& k = of("heart_period");
  EXPECT_EQ(k.at(-7.37), 0);
  const double mean = integral(k, [](double s) { return s; });
  EXPECT_CLOSE(mean, 48.5 * 0.182 - 7.36, Tolerance::because(1e-4, "what is beyond the end"));
  EXPECT_CLOSE(integral(k, [&](double s) { return (s - mean) * (s - mean); }),
               48.5 * 0.182 * 0.182,
               Tolerance::because(1e-3, "what is beyond the end"));
}

TEST_F(Kernels, OfRespirationAreANormalThatBeginsWithItsCause) {
  const Kernel& k = of("respiration");
  EXPECT_EQ(k.begin, 0);
  for (const double t : {0.5, 4.2, 9.0})
    EXPECT_CLOSE(k.at(t) / k.at(4.2),
                 std::exp(-0.5 * std::pow((t - 4.2) / 1.65, 2)),
                 Tolerance::rounding(50))
        << t;
}

TEST_F(Kernels, StandBehindAGainOfTheActivitysIntegral) {
  for (const ObservationKind& kind : kinds.observations) {
    if (kind.kernel.at == nullptr) continue;
    EXPECT_TRUE(kind.accumulates) << kind.name;
    EXPECT_EQ(test::evaluate(kind.drift, {5, 0.3, 20})[0], 0.3) << kind.name;
    EXPECT_EQ(test::evaluate(kind.observe, {5, 0.3, 20})[0], 100) << kind.name;
    EXPECT_GE(kind.memory, kind.kernel.end) << kind.name;
  }
}

}  // namespace
}  // namespace insula

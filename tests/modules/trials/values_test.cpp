// SPDX-License-Identifier: Apache-2.0
// Numbers that are known, the edges of domains, and what kinds say of themselves.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "framework/base/quantity.h"
#include "framework/numerics/wiener.h"
#include "tests/modules/trials/all_kinds.h"
#include "tests/support/tolerance.h"

namespace insula::test {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

TrialDatum chosen(double upper) { return {upper, kNone, kNone}; }
TrialDatum timed(double time, double upper = kNone) { return {upper, time, kNone}; }

TEST(Choice, IsALogisticBetweenItsLapses) {
  const TrialKind& kind = trial_kind("choice");
  const double x = std::log(3);  // three to one
  EXPECT_CLOSE(value(kind, chosen(1), {x, 0}), std::log(0.75), Tolerance::rounding(2));
  EXPECT_CLOSE(value(kind, chosen(0), {x, 0}), std::log(0.25), Tolerance::rounding(2));
  EXPECT_CLOSE(value(kind, chosen(1), {x, 0.1}), std::log(0.725), Tolerance::rounding(4));
  EXPECT_CLOSE(kind.mean(Point{x, 0.1}).choice, 0.725, Tolerance::rounding(4));
  // dP/dx = 0.9·0.75·0.25, dP/dλ = ½ − 0.75; information is their products over P(1 − P).
  const Eigen::Vector2d slope{0.16875, -0.25};
  const MatrixXd fisher = slope * slope.transpose() / (0.725 * 0.275);
  EXPECT_CLOSE(score(kind, chosen(1), {x, 0.1}).curvature, fisher, Tolerance::rounding(16));
  EXPECT_CLOSE(score(kind, chosen(1), {x, 0.1}).gradient,
               Eigen::Vector2d(slope / 0.725),
               Tolerance::rounding(16));
}

TEST(Choice, StaysFiniteWhateverTheEvidence) {
  const TrialKind& kind = trial_kind("choice");
  EXPECT_EQ(value(kind, chosen(0), {700, 0}), -700);
  EXPECT_EQ(value(kind, chosen(1), {-700, 0}), -700);
  EXPECT_CLOSE(value(kind, chosen(1), {40, 0}), -std::exp(-40), Tolerance::rounding(2));
  EXPECT_CLOSE(value(kind, chosen(0), {700, 0.02}), std::log(0.01), Tolerance::rounding(4));
  for (const double x : {-700.0, 0.0, 700.0}) {
    for (const double upper : {0.0, 1.0}) {
      const Scored scored = score(kind, chosen(upper), {x, 0});
      EXPECT_TRUE(scored.gradient.allFinite() && scored.curvature.allFinite()) << x;
      EXPECT_TRUE(observed_information(kind, chosen(upper), {x, 0}).allFinite()) << x;
    }
  }
}

TEST(Softmax, OfTwoOptionsIsTheKindChoice) {
  const TrialKind &softmax = trial_kind("softmax"), &choice = trial_kind("choice");
  Stream random(20, "trials/softmax of two");
  for (int c = 0; c < 200; ++c) {
    const Point at = random_point(choice, random, 2);
    const TrialDatum datum = choice.draw(at, random);
    SCOPED_TRACE(testing::PrintToString(at));
    const Scored mine = score(softmax, datum, at), theirs = score(choice, datum, at);
    const auto rounding = Tolerance::rounding(64, std::max(1.0, theirs.curvature.norm()));
    EXPECT_CLOSE(mine.value, theirs.value, Tolerance::rounding(64, 1 + std::abs(theirs.value)));
    EXPECT_CLOSE(mine.gradient, theirs.gradient, rounding);
    EXPECT_CLOSE(mine.curvature, theirs.curvature, rounding);
    EXPECT_CLOSE(observed_information(softmax, datum, at),
                 observed_information(choice, datum, at),
                 rounding);
    EXPECT_CLOSE(softmax.mean(at).choice, choice.mean(at).choice, Tolerance::rounding(8));
  }
}

TEST(Softmax, SharesWhatItDoesNotGuessByTheExponentials) {
  const TrialKind& kind = trial_kind("softmax");
  const Point at{std::log(2), std::log(5), 0.2};  // 1 : 2 : 5, a fifth of trials guessed
  EXPECT_CLOSE(value(kind, chosen(0), at), std::log(0.8 * 1 / 8 + 0.2 / 3), Tolerance::rounding(8));
  EXPECT_CLOSE(value(kind, chosen(1), at), std::log(0.8 * 2 / 8 + 0.2 / 3), Tolerance::rounding(8));
  EXPECT_CLOSE(value(kind, chosen(2), at), std::log(0.8 * 5 / 8 + 0.2 / 3), Tolerance::rounding(8));
}

// Which option is the first is a convention: evidence against another one is a difference.
TEST(Softmax, KeepsItsProbabilitiesWhenAnotherOptionIsTheFirst) {
  const TrialKind& kind = trial_kind("softmax");
  const Point at{0.7, -1.2, 0.03}, around{-0.7, -1.9, 0.03};
  EXPECT_CLOSE(value(kind, chosen(0), at), value(kind, chosen(1), around), Tolerance::rounding(8));
  EXPECT_CLOSE(value(kind, chosen(1), at), value(kind, chosen(0), around), Tolerance::rounding(8));
  EXPECT_CLOSE(value(kind, chosen(2), at), value(kind, chosen(2), around), Tolerance::rounding(8));
}

TEST(Softmax, StaysFiniteWhateverTheEvidence) {
  const TrialKind& kind = trial_kind("softmax");
  EXPECT_EQ(value(kind, chosen(0), {700, 0, 0}), -700);
  EXPECT_CLOSE(value(kind, chosen(1), {-700, 700, 0.03}), std::log(0.01), Tolerance::rounding(4));
  for (const double x : {-700.0, 0.0, 700.0})
    for (const double option : {0.0, 1.0, 2.0}) {
      const Scored scored = score(kind, chosen(option), {x, -x / 2, 0});
      EXPECT_TRUE(scored.gradient.allFinite() && scored.curvature.allFinite()) << x;
      EXPECT_TRUE(observed_information(kind, chosen(option), {x, -x / 2, 0}).allFinite()) << x;
    }
}

TEST(Continuous, IsNormal) {
  const TrialKind& kind = trial_kind("continuous");
  const TrialDatum datum{kNone, kNone, 1.7};
  // e = (1.7 − 0.2)/0.5 = 3: −ln(0.5·√(2π)) − 4.5
  EXPECT_CLOSE(value(kind, datum, {0.2, 0.5}), -4.7257913526447274, Tolerance::rounding(4));
  EXPECT_CLOSE(
      score(kind, datum, {0.2, 0.5}).gradient, Eigen::Vector2d(6, 16), Tolerance::rounding(4));
  Eigen::Matrix2d fisher;
  fisher << 4, 0, 0, 8;
  EXPECT_EQ(score(kind, datum, {0.2, 0.5}).curvature, fisher);
}

// scipy 1.17.1: lognorm.logpdf(0.9, 0.4, 0.2, 0.5), invgauss.logpdf(0.9, 0.5/2.25, 0.2, 2.25)
TEST(ResponseTime, IsLogNormalBehindItsShift) {
  EXPECT_CLOSE(value(trial_kind("response_time"), timed(0.9), {0.5, 0.4, 0.2, 0}),
               0.0002347488054602609,
               Tolerance::rounding(4, 1));
}

TEST(ResponseTimeWald, IsInverseGaussianBehindItsShift) {
  EXPECT_CLOSE(value(trial_kind("response_time_wald"), timed(0.9), {3, 1.5, 0.2, 0}),
               -0.23560386633126695,
               Tolerance::rounding(8, 1));
}

TEST(Ddm, IsTheWienerDensityWithoutLapses) {
  const TrialKind& kind = trial_kind("ddm");
  for (const double upper : {0.0, 1.0}) {
    const double rt = 0.7, resp = 2 * upper - 1, v = 1.2, a = 1.6, z = 0.45, t0 = 0.3, sv = 0.8;
    double expected = 0;
    numerics::wiener_log_density(
        {{&rt, 1}, {&resp, 1}}, {{&v, 1}, {&a, 1}, {&z, 1}, {&t0, 1}, {&sv, 1}}, {&expected, 1});
    EXPECT_EQ(value(kind, timed(rt, upper), {v, a, z, t0, sv, 0}), expected);
    EXPECT_CLOSE(value(kind, timed(rt, upper), {v, a, z, t0, sv, 0.05}),
                 std::log(0.95 * std::exp(expected) + 0.05 * 0.1),
                 Tolerance::rounding(8, 1));
  }
}

// What a kind with lapses gives where the process cannot be: at the shift and before it.
struct Early {
  const char* kind;
  Point at;  // its last is the lapse
  double shift, density;
};

class TimedKind : public testing::TestWithParam<Early> {};

TEST_P(TimedKind, LeavesTimesBeforeItsShiftToLapses) {
  const auto& [name, usual, shift, density] = GetParam();
  const TrialKind& kind = trial_kind(name);
  const std::size_t last = usual.size() - 1;
  for (const double time : {shift, shift / 2}) {
    for (const double lapse : {1e-3, 0.05, 0.5}) {
      Point at = usual;
      at[last] = lapse;
      const Scored scored = score(kind, timed(time, 1), at);
      EXPECT_CLOSE(scored.value, std::log(lapse * density), Tolerance::rounding(8));
      VectorXd slope = VectorXd::Zero(static_cast<Eigen::Index>(at.size()));
      slope[slope.size() - 1] = 1 / lapse;
      EXPECT_CLOSE(scored.gradient, slope, Tolerance::rounding(16));
      MatrixXd information = MatrixXd::Zero(slope.size(), slope.size());
      information(slope.size() - 1, slope.size() - 1) = 1 / (lapse * lapse);
      EXPECT_CLOSE(
          observed_information(kind, timed(time, 1), at), information, Tolerance::rounding(32));
    }
    Point at = usual;
    at[last] = 0;
    const Scored never = score(kind, timed(time, 1), at);
    EXPECT_EQ(never.value, -kInfinity);
    EXPECT_EQ(never.gradient, VectorXd::Zero(never.gradient.size()));
    EXPECT_TRUE(never.curvature.allFinite());
    EXPECT_EQ(observed_information(kind, timed(time, 1), at).norm(), 0);
  }
}

TEST_P(TimedKind, LeavesTimesAboveFiveSecondsToItsProcess) {
  const auto& [name, usual, shift, density] = GetParam();
  const TrialKind& kind = trial_kind(name);
  Point with = usual, without = usual;
  with.back() = 0.25, without.back() = 0;
  EXPECT_CLOSE(value(kind, timed(5.5, 1), with),
               value(kind, timed(5.5, 1), without) + std::log(0.75),
               Tolerance::rounding(8));
}

INSTANTIATE_TEST_SUITE_P(Catalogue,
                         TimedKind,
                         testing::Values(Early{"ddm", {1.2, 1.6, 0.45, 0.3, 0.8, 0}, 0.3, 0.1},
                                         Early{"response_time", {0.5, 0.4, 0.2, 0}, 0.2, 0.2},
                                         Early{"response_time_wald", {3, 1.5, 0.2, 0}, 0.2, 0.2}),
                         [](const auto& early) { return std::string(early.param.kind); });

class TrialKindTexts : public EveryTrialKind {};

// A datum of the point far out in every direction; "trained" fits pass there on their way.
TEST_P(TrialKindTexts, StayFiniteFarFromTheirDefaults) {
  Stream random(21, "trials/edges/" + GetParam());
  for (int c = 0; c < 2000; ++c) {
    const Point at = random_point(kind(), random, 4);
    const TrialDatum datum = kind().draw(random_point(kind(), random, 0.5), random);
    const Scored scored = score(kind(), datum, at);
    ASSERT_FALSE(std::isnan(scored.value) || scored.value == kInfinity);
    ASSERT_TRUE(scored.gradient.allFinite() && scored.curvature.allFinite())
        << testing::PrintToString(at);
    ASSERT_TRUE(observed_information(kind(), datum, at).allFinite()) << testing::PrintToString(at);
  }
}

TEST_P(TrialKindTexts, SayWhatTheirPredictorsAre) {
  EXPECT_TRUE(kind().needs_choice || kind().needs_time || kind().needs_value);
  EXPECT_TRUE(kind().modality == "choice" || kind().modality == "response_time" ||
              kind().modality == "continuous");
  EXPECT_TRUE(kind().summary.ends_with('.'));
  EXPECT_GT(kind().source.size(), 20u);
  std::set<std::string_view> names;
  for (const PredictorSpec& spec : kind().predictors) {
    const FieldSpec& field = spec.intercept;
    SCOPED_TRACE(field.name);
    EXPECT_TRUE(names.insert(field.name).second);
    EXPECT_TRUE(dimension_of(field.unit).has_value()) << field.unit;
    EXPECT_FALSE(field.symbol.empty());
    EXPECT_GT(field.meaning.size(), 10u);
    EXPECT_GT(spec.source.size(), 20u);
    EXPECT_GT(field.prior_sd, 0);
    EXPECT_GT(spec.weight_sd, 0);
    EXPECT_TRUE(field.domain == Domain::real || field.value > 0);
    EXPECT_TRUE(field.domain != Domain::unit_interval || field.value < 1);
  }
  const auto always = [](const PredictorSpec& spec) { return std::isnan(spec.unnamed); };
  EXPECT_TRUE(std::ranges::any_of(kind().predictors, always)) << "nothing is left to fit";
}

// What the architecture leaves out must cost nothing but itself: the value there is that of the
// mixture's or the process's limit, finite at any datum the defaults could have drawn.
TEST_P(TrialKindTexts, ScoreWhereOptionalPredictorsAreNotNamed) {
  Stream random(22, "trials/unnamed/" + GetParam());
  Point at = defaults(kind());
  for (std::size_t q = 0; q < at.size(); ++q)
    if (!std::isnan(specs(kind())[q]->unnamed)) at[q] = specs(kind())[q]->unnamed;
  for (int c = 0; c < 500; ++c) {
    const TrialDatum datum = kind().draw(at, random);
    const Scored scored = score(kind(), datum, at);
    ASSERT_TRUE(std::isfinite(scored.value));
    ASSERT_TRUE(scored.gradient.allFinite() && scored.curvature.allFinite());
    ASSERT_TRUE(observed_information(kind(), datum, at).allFinite());
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue,
                         TrialKindTexts,
                         testing::ValuesIn(trial_kind_names()),
                         test_name);

}  // namespace
}  // namespace insula::test

// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/feature_time.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "framework/base/error.h"
#include "framework/numerics/hrf.h"
#include "tests/framework/regression/random_matrix.h"
#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

TEST(Delayed, ShiftsRowsAndFillsWithZeros) {
  MatrixXd x(3, 2);
  x << 1, 10, 2, 20, 3, 30;
  MatrixXd expected(3, 8);
  expected << 1, 10, 0, 0, 2, 20, 0, 0,  //
      2, 20, 1, 10, 3, 30, 0, 0,         //
      3, 30, 2, 20, 0, 0, 0, 0;
  EXPECT_EQ(delayed(x, std::vector<Index>{0, 1, -1, 5}), expected);
  EXPECT_EQ(delayed(x, std::vector<Index>{}).cols(), 0);
}

// What a row becomes depends on rows before it (for delays that are not negative) and on no later
// one: a held-out stretch cannot reach back into training.
TEST(Delayed, LooksBackAndNotAhead) {
  MatrixXd x = random_matrix(30, 2, "x");
  const std::vector<Index> delays{0, 1, 4};
  const MatrixXd before = delayed(x, delays);
  x.bottomRows(10).setZero();
  EXPECT_EQ(delayed(x, delays).topRows(20), before.topRows(20));
}

VectorXd times(double first, double step, Index count) {
  return VectorXd::LinSpaced(count, first, first + step * static_cast<double>(count - 1));
}

TEST(Resampling, GivesTheSamplesAtTheirOwnTimes) {
  const MatrixXd x = random_matrix(40, 3, "x");
  const MatrixXd weights = resampling_weights(1.5, 0.25, 40, times(1.5, 0.25, 40), 100);
  EXPECT_CLOSE(MatrixXd(weights * x), x, Tolerance::rounding(100, x.cwiseAbs().maxCoeff()));
}

TEST(Resampling, HoldsAConstantUpToBothEnds) {
  const VectorXd at = times(-0.2, 0.37, 28);
  const MatrixXd weights = resampling_weights(0, 0.1, 100, at, 1);
  for (Index t = 0; t < at.size(); ++t) {
    EXPECT_CLOSE(weights.row(t).sum(), 1, Tolerance::rounding(100)) << at[t];
  }
}

TEST(Resampling, IsMissingWhereNothingWasSampled) {
  const MatrixXd weights = resampling_weights(0, 0.1, 100, Eigen::Vector3d(-5, 5, 15), 1);
  EXPECT_TRUE(weights.row(0).array().isNaN().all());
  EXPECT_TRUE(weights.row(1).array().isFinite().all());
  EXPECT_TRUE(weights.row(2).array().isNaN().all());
}

MatrixXd resampled_of(const MatrixXd& x, const Resampling& how, std::vector<std::size_t> rows) {
  return resampled(how, rows, [&](std::span<const Index> read) {
    return MatrixXd(x(std::vector<Index>(read.begin(), read.end()), Eigen::all));
  });
}

std::vector<std::size_t> all_of(const Resampling& how) {
  std::vector<std::size_t> rows(static_cast<std::size_t>(how.rows()));
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

// By the whole matrix of weights, at the middle of each step.
TEST(ResampledSeries, IsAWeightedSumOfTheSeries) {
  const MatrixXd x = random_matrix(400, 3, "x");
  const Resampling how{0.02, 400, 0.5};
  ASSERT_EQ(how.rows(), 16);
  const MatrixXd weights = resampling_weights(0.01, 0.02, 400, times(0.25, 0.5, 16), 1);
  EXPECT_CLOSE(
      resampled_of(x, how, all_of(how)), MatrixXd(weights * x), Tolerance::rounding(400, 1));
}

TEST(ResampledSeries, IsTheSeriesWhereTheStepIsItsInterval) {
  const MatrixXd x = random_matrix(50, 2, "x");
  const Resampling how{0.1, 50, 0.1};
  EXPECT_CLOSE(resampled_of(x, how, all_of(how)), x, Tolerance::rounding(200, 3));
}

TEST(ResampledSeries, EndsWithTheSeriesAndHoldsAConstant) {
  const Resampling how{0.1, 47, 1};  // 4.7 s: the last step lasts 0.7 s
  ASSERT_EQ(how.rows(), 5);
  EXPECT_CLOSE(resampled_of(MatrixXd::Constant(47, 1, 3), how, all_of(how)),
               MatrixXd(MatrixXd::Constant(5, 1, 3)),
               Tolerance::rounding(50, 3));
  // 0.1 is no binary number: thirty of them are three steps of 1 s all the same.
  EXPECT_EQ((Resampling{0.1, 30, 1}.rows()), 3);
}

TEST(ResampledSeries, HasTheSameBytesWhateverElseIsAskedFor) {
  const MatrixXd x = random_matrix(20000, 2, "x");
  const Resampling how{0.01, 20000, 1};
  const MatrixXd all = resampled_of(x, how, all_of(how));
  EXPECT_EQ(resampled_of(x, how, {150, 3, 4, 199, 150}),
            all(std::vector<Index>{150, 3, 4, 199, 150}, Eigen::all));
  EXPECT_EQ(resampled_of(x, how, {}).rows(), 0);
}

TEST(ResampledSeries, KnowsNothingBeyondItsReach) {
  const MatrixXd x = random_matrix(300, 2, "x");
  const Resampling how{0.1, 300, 1};
  for (const std::size_t row : {0u, 7u, 15u, 29u}) {
    const auto [first, end] = how.reach(static_cast<Index>(row));
    EXPECT_LE(end - first, 61);  // three steps to each side
    MatrixXd changed = x;
    changed.topRows(first).setConstant(1e6);
    changed.bottomRows(300 - end).setConstant(-1e6);
    EXPECT_EQ(resampled_of(changed, how, {row}), resampled_of(x, how, {row})) << row;
    changed.row(first + 5).setConstant(1e6);
    EXPECT_NE(resampled_of(changed, how, {row}), resampled_of(x, how, {row})) << row;
  }
}

// How much of a tone of `frequency`, sampled at 50 Hz, is left at 2 samples a second.
double left_of_tone(double frequency) {
  const Index count = 50 * 60;
  VectorXd tone(count), shifted(count);
  for (Index k = 0; k < count; ++k) {
    const double angle = 2 * std::numbers::pi * frequency * static_cast<double>(k) / 50;
    tone[k] = std::cos(angle);
    shifted[k] = std::sin(angle);
  }
  const VectorXd at = times(10, 0.5, 80);  // far from the ends
  const MatrixXd weights = resampling_weights(0, 0.02, count, at, 1);
  const VectorXd a = weights * tone, b = weights * shifted;
  return std::sqrt((a.squaredNorm() + b.squaredNorm()) / static_cast<double>(at.size()));
}

// A tone above half the new rate must not come back as a slower one. Picking single samples, or
// interpolating between two, would keep all of it.
TEST(Resampling, KeepsWhatIsSlowAndRemovesWhatIsTooFast) {
  for (const double slow : {0.0, 0.1, 0.3, 0.5}) {
    EXPECT_CLOSE(left_of_tone(slow), 1, Tolerance::because(0.02, "ripple of Lanczos's window"));
  }
  for (const double fast : {1.5, 1.9, 3.0, 7.3, 24.0}) {
    EXPECT_LT(left_of_tone(fast), 0.03) << fast;
  }
  const double at_cutoff = left_of_tone(1);
  EXPECT_CLOSE(at_cutoff, 0.5, Tolerance::because(0.02, "the cut-off is where half is left"));
}

// The response of the kernel by its own definition: the Fourier integral of the windowed sinc.
TEST(Resampling, HasTheResponseOfItsKernel) {
  const auto sinc = [](double x) {
    return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
  };
  for (const double frequency : {0.3, 0.8, 1.0, 1.2, 1.5}) {
    double response = 0, total = 0;
    const double step = 1e-4;
    for (double t = -1.5 + step / 2; t < 1.5; t += step) {  // three lobes of 0.5 s
      const double kernel = sinc(2 * t) * sinc(2 * t / 3);
      response += kernel * std::cos(2 * std::numbers::pi * frequency * t);
      total += kernel;
    }
    EXPECT_CLOSE(left_of_tone(frequency),
                 std::abs(response / total),
                 Tolerance::because(1e-3, "sum over samples 0.02 s apart for an integral"));
  }
}

TEST(HrfWeights, ConvolveAsTheHaemodynamicResponseDoes) {
  const std::vector<double> onset{3, 10, 12.5}, duration{2, 1, 4};
  const MatrixXd rows = random_matrix(3, 2, "rows");
  const VectorXd at = times(0, 1.7, 30);
  const MatrixXd response = hrf_weights(onset, duration, at) * rows;
  for (Index c = 0; c < 2; ++c) {
    // The same as one input that is held between its changes.
    const std::vector<double> change{3, 5, 10, 11, 12.5, 16.5},
        value{rows(0, c), 0, rows(1, c), 0, rows(2, c), 0};
    const VectorXd expected =
        numerics::hrf_response(numerics::HrfBasis::canonical, change, value, at);
    EXPECT_CLOSE(VectorXd(response.col(c)), expected, Tolerance::because(1e-9, "hrf_response"));
  }
}

TEST(HrfWeights, OfAnImpulseAreTheResponseItself) {
  const VectorXd at = times(0, 2, 10);
  const std::vector<double> onset{2}, none{0}, shortly{1e-4};
  const MatrixXd impulse = hrf_weights(onset, none, at);
  EXPECT_EQ(impulse(0, 0), 0);
  EXPECT_EQ(impulse(3, 0), numerics::hrf(numerics::HrfBasis::canonical, 4));
  EXPECT_CLOSE(MatrixXd(hrf_weights(onset, shortly, at) / 1e-4),
               impulse,
               Tolerance::because(1e-4, "an event of 0.1 ms"));
  EXPECT_THROW(hrf_weights(onset, std::vector<double>{}, at), InternalError);
}

// What comes later does not show earlier.
TEST(HrfWeights, LookBackAndNotAhead) {
  const std::vector<double> onset{5, 30}, duration{1, 1};
  const MatrixXd weights = hrf_weights(onset, duration, times(0, 1, 60));
  EXPECT_EQ(weights.col(1).head(31), VectorXd::Zero(31));
}

}  // namespace
}  // namespace insula::regression

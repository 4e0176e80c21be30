// SPDX-License-Identifier: Apache-2.0
// Means about events by hand, and bands that hold what they say.
#include "framework/experiment/detail/event_average.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/numerics/statistics.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

EventSamples seconds(std::initializer_list<double> values) {
  EventSamples run{0, 1, false, VectorXd(static_cast<Index>(values.size()))};
  std::copy(values.begin(), values.end(), run.observed.begin());
  return run;
}

// One bin before the event, which is the baseline, and two behind.
const EventBins kThreeBins{1, 1, 2, 1};

TEST(EventAverage, IsTheMeanOverEventsOfWhatEachAddsToItsBaseline) {
  const EventSamples run = seconds({0, 1, 4, 5, 0, 2, 9, 7, 3, 3});
  // About 2 s: 4 − 1 and 5 − 1; about 6 s: 9 − 2 and 7 − 2.
  const std::vector<Cutout> cut = cut_out(kThreeBins, run, {2, 6});
  const EventMeans means = observed_means(kThreeBins, {{&run, &cut}});
  EXPECT_EQ(means.n, VectorXd::Constant(3, 2));
  EXPECT_EQ(means.mean, Eigen::Vector3d(0, 5, 4.5));
  EXPECT_EQ(means.position, Eigen::Vector3d(-1, 0, 1));
  // Student's of (3, 7): sd 2√2, standard error 2.
  const double half = 2 * numerics::student_quantile(0.975, 1);
  EXPECT_CLOSE(means.low[1], 5 - half, Tolerance::rounding(8, half));
  EXPECT_CLOSE(means.high[1], 5 + half, Tolerance::rounding(8, half));

  // The model's means are those of the same samples.
  EventPrediction said{VectorXd::LinSpaced(10, 0, 9), VectorXd::Ones(10), VectorXd::Zero(10)};
  const PredictedMeans predicted = predicted_means(kThreeBins, {{&run, &cut}}, {said});
  EXPECT_EQ(predicted.mean, Eigen::Vector3d(0, 1, 2));
  // Two independent events of a sample and a baseline each: (1 + 1) / 2.
  EXPECT_CLOSE(predicted.variance[1], 1, Tolerance::rounding(4));
  EXPECT_EQ(predicted.variance[0], 0);  // the baseline less itself
}

TEST(EventAverage, LeavesOutEventsWhoseBinsLeaveTheRun) {
  const EventSamples run = seconds({0, 1, 4, 5, 0, 2, 9, 7, 3, 3});
  // 0.5 begins before the run; 8 ends with it; 8.5 ends after it.
  const std::vector<Cutout> cut = cut_out(kThreeBins, run, {0.5, 1, 8, 8.5});
  EXPECT_TRUE(cut[0].in_bin.empty());
  EXPECT_FALSE(cut[1].in_bin.empty());
  EXPECT_FALSE(cut[2].in_bin.empty());
  EXPECT_TRUE(cut[3].in_bin.empty());
  EXPECT_EQ(observed_means(kThreeBins, {{&run, &cut}}).n, VectorXd::Constant(3, 2));
}

TEST(EventAverage, CountsAnEventOnlyInTheBinsThatItHasASampleIn) {
  const EventSamples run = seconds({0, 1, 4, kNaN, 0, kNaN, 9, 7, 3, 3});
  // About 2 s the second bin is missing; about 6 s the baseline is, and with it the event.
  const std::vector<Cutout> cut = cut_out(kThreeBins, run, {2, 6, 8});
  EXPECT_TRUE(cut[1].in_bin.empty());
  const EventMeans means = observed_means(kThreeBins, {{&run, &cut}});
  EXPECT_EQ(means.n, Eigen::Vector3d(2, 2, 1));
  EXPECT_EQ(means.mean, Eigen::Vector3d(0, (3 + (3 - 7)) / 2.0, 3 - 7));
  EXPECT_TRUE(std::isnan(means.low[2]));  // of one event
  const EventBins rates{1, 1, 2, 0};
  EXPECT_FALSE(cut_out(rates, run, {6})[0].in_bin.empty());  // nothing is taken off
}

TEST(EventAverage, PutsSamplesOnTheGridOfTheirEventIntoTheBinThatBeginsThere) {
  // 0.1 has no exact double: k · 0.1 − 0.1 · m is off by some roundings to either side.
  EventSamples run{0, 0.1, false, VectorXd::Zero(1000)};
  const EventBins bins{0.1, 10, 30, 10};
  std::vector<double> onsets;
  for (int k = 1; k < 90; ++k) onsets.push_back(0.1 * 11 * k);
  for (const Cutout& cut : cut_out(bins, run, onsets)) {
    if (cut.in_bin.empty()) continue;
    for (const int in_bin : cut.in_bin) EXPECT_EQ(in_bin, 1);
  }
}

TEST(EventAverage, TakesCountsInTheMiddleOfTheirInterval) {
  EventSamples run = seconds({0, 1, 2, 3, 4, 5});
  run.counts = true;
  const EventBins bins{1, 1, 2, 0};
  // What was counted from 2 s to 3 s is 0.1 s late at most for an event at 2.4 s, and early
  // for 2.6.
  const std::vector<Cutout> cut = cut_out(bins, run, {2.4, 2.6});
  EXPECT_EQ(observed_means(bins, {{&run, &cut}}).n, VectorXd::Constant(3, 2));
  EXPECT_EQ(cut[0].samples[1].index, 2);
  EXPECT_EQ(cut[1].samples[0].index, 2);
}

// The band's variance in one pass against w'Cw with C written out.
TEST(EventAverage, HasTheVarianceOfItsWeightsUnderCorrelatedErrors) {
  Stream stream(3, "event average");
  const Index n = 60;
  EventSamples run{0.3, 0.5, false, VectorXd::Zero(n)};
  run.observed[17] = kNaN;
  EventPrediction said{VectorXd::Zero(n), VectorXd(n), VectorXd(n)};
  for (Index i = 0; i < n; ++i) {
    said.sd[i] = 0.5 + stream.uniform();
    said.correlation[i] = i < 30 ? 0.9 : -0.4;
  }
  const EventBins bins{1, 2, 5, 2};
  const std::vector<double> onsets{4.1, 7, 8.2, 19.9};  // windows overlap
  const std::vector<Cutout> cut = cut_out(bins, run, onsets);
  const PredictedMeans means = predicted_means(bins, {{&run, &cut}}, {said});
  MatrixXd covariance(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j <= i; ++j) {
      double correlation = 1;
      for (Index k = j + 1; k <= i; ++k) correlation *= said.correlation[k];
      covariance(i, j) = covariance(j, i) = said.sd[i] * said.sd[j] * correlation;
    }
  for (int b = 0; b < bins.count(); ++b) {
    VectorXd weights = VectorXd::Zero(n);
    double events = 0;
    for (const double onset : onsets) {
      VectorXd own = VectorXd::Zero(n), baseline = VectorXd::Zero(n);
      for (Index i = 0; i < n; ++i) {
        const double lag = 0.3 + 0.5 * static_cast<double>(i) - onset;
        if (i == 17) continue;
        if (lag >= b - 2 && lag < b - 1) own[i] = 1;
        if (lag >= -2 && lag < 0) baseline[i] = 1;
      }
      events += 1;
      weights += own / own.sum() - baseline / baseline.sum();
    }
    const double expected = weights.dot(covariance * weights) / (events * events);
    EXPECT_CLOSE(means.variance[b], expected, Tolerance::rounding(1e3, 1));
  }
}

TEST(EventAverage, TakesRunsForIndependent) {
  const EventSamples a = seconds({0, 0, 0, 0, 0, 0});
  const std::vector<Cutout> cut = cut_out(kThreeBins, a, {2});
  const EventPrediction said{VectorXd::Zero(6), VectorXd::Ones(6), VectorXd::Constant(6, 0.5)};
  const double one = predicted_means(kThreeBins, {{&a, &cut}}, {said}).variance[1];
  EXPECT_CLOSE(one, 2 - 2 * 0.5, Tolerance::rounding(4));  // neighbours that err together
  const double two =
      predicted_means(kThreeBins, {{&a, &cut}, {&a, &cut}}, {said, said}).variance[1];
  EXPECT_CLOSE(two, one / 2, Tolerance::rounding(4));
}

double poisson_below(double count, double mean) {  // P(K ≤ count)
  double sum = 0;
  for (double k = 0; k <= count; ++k)
    sum += std::exp(k * std::log(mean) - mean - std::lgamma(k + 1));
  return sum;
}

TEST(CountBand, HoldsTheMiddleOfAPoissonNumber) {
  for (const double mean : {0.01, 0.5, 3.7, 41.0, 980.0}) {
    const auto [low, high] = count_band(mean, mean);
    EXPECT_GT(poisson_below(low, mean), 0.025) << mean;
    EXPECT_LE(poisson_below(low - 1, mean), 0.025) << mean;
    EXPECT_GE(poisson_below(high, mean), 0.975) << mean;
    EXPECT_LT(poisson_below(high - 1, mean), 0.975) << mean;
  }
}

TEST(CountBand, HoldsTheMiddleOfAGammaMixtureOfPoissonNumbers) {
  // Negative binomial: r = mean² / (variance − mean) = 4, by its own mass function.
  const double mean = 8, variance = 24, r = 4;
  const auto below = [&](double count) {
    double sum = 0;
    for (double k = 0; k <= count; ++k)
      sum += std::exp(std::lgamma(k + r) - std::lgamma(r) - std::lgamma(k + 1) +
                      r * std::log(r / (r + mean)) + k * std::log(mean / (r + mean)));
    return sum;
  };
  const auto [low, high] = count_band(mean, variance);
  EXPECT_GT(below(low), 0.025);
  EXPECT_LE(below(low - 1), 0.025);
  EXPECT_GE(below(high), 0.975);
  EXPECT_LT(below(high - 1), 0.975);
  EXPECT_TRUE(std::isnan(count_band(0, 0).first));
}

// ---- do bands hold 95 %? ----

constexpr int kReplications = 600;

struct Share {
  double inside = 0, all = 0;
  double value() const { return inside / all; }
};

std::vector<double> onsets_of(Stream& stream, int count) {
  std::vector<double> onsets;
  for (int k = 0; k < count; ++k) onsets.push_back(3 + 2.5 * k + 1.5 * stream.uniform());
  return onsets;
}

// Noise of the AR(1) that the model says, about a prediction that is right; windows overlap.
TEST(EventBands, HoldTheObservedMeanAsOftenAsTheySayUnderCorrelatedNoise) {
  const EventBins bins{0.5, 2, 8, 2};
  for (const double correlation : {0.0, 0.6, 0.95}) {
    std::vector<Share> shares(static_cast<std::size_t>(bins.count()));
    for (int replication = 0; replication < kReplications; ++replication) {
      Stream stream(11, "coverage/" + std::to_string(correlation) + std::to_string(replication));
      const Index n = 400;
      EventSamples run{0, 0.25, false, VectorXd(n)};
      EventPrediction said{
          VectorXd(n), VectorXd::Constant(n, 2), VectorXd::Constant(n, correlation)};
      double noise = 2 * stream.normal();
      for (Index i = 0; i < n; ++i) {
        said.mean[i] = std::sin(0.05 * static_cast<double>(i));
        run.observed[i] = said.mean[i] + noise;
        noise =
            correlation * noise + 2 * std::sqrt(1 - correlation * correlation) * stream.normal();
        if (stream.uniform() < 0.1) run.observed[i] = kNaN;
      }
      const std::vector<Cutout> cut = cut_out(bins, run, onsets_of(stream, 36));
      const EventMeans observed = observed_means(bins, {{&run, &cut}});
      const PredictedMeans predicted = predicted_means(bins, {{&run, &cut}}, {said});
      for (int b = bins.before; b < bins.count(); ++b) {
        const double away = std::abs(observed.mean[b] - predicted.mean[b]);
        Share& share = shares[static_cast<std::size_t>(b)];
        share.all += 1;
        share.inside += away <= normal_quantile(0.975) * std::sqrt(predicted.variance[b]);
      }
    }
    for (int b = bins.before; b < bins.count(); ++b)
      // Replications are independent: five standard errors of 600 draws at 95 % are 4.4 %.
      EXPECT_CLOSE(shares[static_cast<std::size_t>(b)].value(),
                   0.95,
                   Tolerance::sampling(std::sqrt(0.95 * 0.05), kReplications))
          << "correlation " << correlation << ", bin " << b;
  }
}

// Counts are discrete: a band of whole counts holds 95 % or more.
TEST(EventBands, OfCountsHoldAtLeastWhatTheySay) {
  for (const double mean : {0.05, 0.4, 3.0}) {
    Share share;
    for (int replication = 0; replication < 4 * kReplications; ++replication) {
      Stream stream(12, "counts/" + std::to_string(mean) + std::to_string(replication));
      double total = 0;
      for (int event = 0; event < 20; ++event)
        for (double product = stream.uniform(); product > std::exp(-mean);
             product *= stream.uniform())
          total += 1;
      const auto [low, high] = count_band(20 * mean, 20 * mean);
      share.all += 1;
      share.inside += low <= total && total <= high;
    }
    const double error = std::sqrt(0.95 * 0.05 / (4 * kReplications));
    EXPECT_GE(share.value(), 0.95 - 3 * error) << mean;
    EXPECT_LE(share.value(), 0.995) << mean;
  }
}

}  // namespace
}  // namespace insula::experiment

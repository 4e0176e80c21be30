// SPDX-License-Identifier: Apache-2.0
// Do 95 % intervals hold the truth 95 % of the time where samples are autocorrelated?
#include <gtest/gtest.h>

#include <array>

#include "tests/framework/evaluation/held_out.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

constexpr int kFolds = 6, kPerFold = 60, kSimulations = 300;
constexpr double kInterval = 3.22, kRho = 0.6;

double true_score(const Metric& one) {
  double sum = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto folds = simulate(kFolds, kPerFold, kInterval, kRho, 1000 + i);
    sum += one.score(folds, all_samples(folds)) / 2000;
  }
  return sum;
}

double coverage(const Metric& one, double block_length) {
  const double truth = true_score(one);
  int covered = 0;
  for (int i = 0; i < kSimulations; ++i) {
    const auto folds = simulate(kFolds, kPerFold, kInterval, kRho, 100000 + i);
    const Interval95 score95 = score(one, folds, {block_length, 300, 1, "coverage"});
    covered += score95.low <= truth && truth <= score95.high;
  }
  return static_cast<double>(covered) / kSimulations;
}

TEST(BlockBootstrap, CoversTheTruthOfAutocorrelatedData) {
  for (const char* name : {"r", "log_density"}) {
    const double blocks = coverage(metric(name), 32), samples = coverage(metric(name), kInterval);
    RecordProperty(std::string(name) + "_blocks", std::to_string(blocks));
    RecordProperty(std::string(name) + "_samples", std::to_string(samples));
    std::printf(
        "%s: coverage %.3f with blocks of 32 s, %.3f with single samples\n", name, blocks, samples);
    // With ρ = 0.6 the variance of a mean over blocks of 10 samples is short by
    // 2ρ/(1 − ρ)²/10 of (1 + ρ)/(1 − ρ): 19 %. That makes 92 % of 95 %; three standard errors of
    // 300 simulations are 4.7 %.
    EXPECT_GT(blocks, 0.92 - 0.047) << name;
    EXPECT_LT(blocks, 0.95 + 0.047) << name;
    EXPECT_LT(samples, blocks - 0.05) << name;
  }
}

}  // namespace
}  // namespace insula::evaluation

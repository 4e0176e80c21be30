// SPDX-License-Identifier: Apache-2.0
// Every trial-wise kind is a density of its data: it integrates to one, its slopes have mean zero,
// its curvature has their covariance for a mean, and its draws follow it.
#include <algorithm>
#include <cmath>
#include <map>

#include "tests/modules/trials/all_kinds.h"
#include "tests/support/tolerance.h"

namespace insula::test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

class TrialKindDensity : public EveryTrialKind {};

std::vector<Point> points(const TrialKind& kind) {
  Stream random(11, "trials/density/" + std::string(kind.name));
  std::vector<Point> all{defaults(kind)};
  while (all.size() < 6) all.push_back(random_point(kind, random, 0.5));
  return all;
}

struct Expectations {
  double total = 0, choice = 0, time = 0, value = 0;
  VectorXd slope;
  MatrixXd covariance, curvature;
};

double or_zero(const std::vector<double>& numbers, std::size_t i) {
  return numbers.empty() ? 0 : numbers[i];
}

Expectations expectations(const TrialKind& kind, const Point& at) {
  const Grid grid(kind, at);
  const TrialScores scores = score(kind, grid.data(), at);
  const auto q = static_cast<Index>(at.size());
  Expectations e{0, 0, 0, 0, VectorXd::Zero(q), MatrixXd::Zero(q, q), {}};
  Eigen::RowVectorXd curvature = Eigen::RowVectorXd::Zero(scores.curvature.cols());
  for (std::size_t i = 0; i < grid.weight.size(); ++i) {
    const auto row = static_cast<Index>(i);
    const double p = grid.weight[i] * std::exp(scores.value[row]);
    const VectorXd slope = scores.gradient.row(row);
    e.total += p;
    e.choice += p * or_zero(grid.choice, i);
    e.time += p * or_zero(grid.time, i);
    e.value += p * or_zero(grid.value, i);
    e.slope += p * slope;
    e.covariance += p * slope * slope.transpose();
    curvature += p * scores.curvature.row(row);
  }
  e.curvature = unpacked(curvature);
  return e;
}

TEST_P(TrialKindDensity, IntegratesToOneAroundItsMean) {
  for (const Point& at : points(kind())) {
    const Expectations e = expectations(kind(), at);
    const auto bound = Tolerance::because(1e-6, "Simpson's rule in steps of 0.25 ms");
    EXPECT_CLOSE(e.total, 1, bound);
    const TrialDatum mean = kind().mean(at);
    const auto check = [&](bool is_needed, double of_kind, double integral) {
      EXPECT_NE(is_needed, std::isnan(of_kind));
      if (is_needed) {
        EXPECT_CLOSE(of_kind, integral, bound);
      }
    };
    check(kind().needs_choice, mean.choice, e.choice);
    check(kind().needs_time, mean.time, e.time);
    check(kind().needs_value, mean.value, e.value);
  }
}

TEST_P(TrialKindDensity, HasSlopesOfMeanZeroThatVaryByItsCurvature) {
  for (const Point& at : points(kind())) {
    const Expectations e = expectations(kind(), at);
    const VectorXd sd = e.covariance.diagonal().cwiseSqrt();
    const VectorXd inverse = (sd.array() > 0).select(sd.cwiseInverse(), 0.0);
    EXPECT_CLOSE(inverse.cwiseProduct(e.slope),
                 VectorXd::Zero(sd.size()),
                 Tolerance::because(1e-5, "Simpson's rule in steps of 0.25 ms, in sds of slopes"));
    EXPECT_CLOSE(MatrixXd(inverse.asDiagonal() * e.curvature * inverse.asDiagonal()),
                 MatrixXd(inverse.asDiagonal() * e.covariance * inverse.asDiagonal()),
                 Tolerance::because(2e-3, "half of it by 32 points a response, in sds of slopes"));
  }
}

// A bin of the data: the label, and which tenth of a second or of a sd.
using Bin = std::pair<int, int>;

Bin bin(double choice, double time, double value) {
  const double ordinate = std::isnan(time) ? (std::isnan(value) ? 0 : value) : std::min(time, 6.05);
  return {std::isnan(choice) ? 0 : static_cast<int>(choice),
          static_cast<int>(std::floor(ordinate / 0.1))};
}

double at_or_nan(const std::vector<double>& numbers, std::size_t i) {
  return numbers.empty() ? std::nan("") : numbers[i];
}

// Pearson's, bins with fewer than ten expected data taken together.
TEST_P(TrialKindDensity, IsThatOfItsDraws) {
  constexpr int kDraws = 20000;
  Stream random(12, "trials/draws/" + GetParam());
  for (const Point& at : points(kind())) {
    std::map<Bin, double> expected, drawn;
    const Grid grid(kind(), at);
    const TrialScores scores = score(kind(), grid.data(), at);
    for (std::size_t i = 0; i < grid.weight.size(); ++i)
      expected[bin(at_or_nan(grid.choice, i), at_or_nan(grid.time, i), at_or_nan(grid.value, i))] +=
          kDraws * grid.weight[i] * std::exp(scores.value[static_cast<Index>(i)]);
    VectorXd choice(kDraws), time(kDraws), value(kDraws);
    for (Index i = 0; i < kDraws; ++i) {
      const TrialDatum datum = kind().draw(at, random);
      ++drawn[bin(datum.choice, datum.time, datum.value)];
      choice[i] = datum.choice, time[i] = datum.time, value[i] = datum.value;
    }
    double statistic = 0, rest_expected = 0, rest_drawn = 0;
    int bins = 0;
    const auto add = [&](double e, double d) { statistic += (d - e) * (d - e) / e, ++bins; };
    for (const auto& [key, e] : expected) {
      if (e >= 10)
        add(e, drawn[key]);
      else
        rest_expected += e, rest_drawn += drawn[key];
    }
    if (rest_expected >= 10) add(rest_expected, rest_drawn);
    const double freedom = bins - 1;
    EXPECT_LT(statistic, freedom + 5 * std::sqrt(2 * freedom)) << "with " << bins << " bins";

    const TrialDatum mean = kind().mean(at);
    const auto check = [&](const VectorXd& numbers, double expected_mean) {
      const double sd = std::sqrt((numbers.array() - numbers.mean()).square().mean());
      EXPECT_CLOSE(numbers.mean(), expected_mean, Tolerance::sampling(sd, kDraws));
    };
    if (kind().needs_choice) check(choice, mean.choice);
    if (kind().needs_time) check(time, mean.time);
    if (kind().needs_value) check(value, mean.value);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue,
                         TrialKindDensity,
                         testing::ValuesIn(trial_kind_names()),
                         test_name);

}  // namespace
}  // namespace insula::test

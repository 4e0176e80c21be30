// SPDX-License-Identifier: Apache-2.0
// Slopes and curvatures of every trial-wise kind against differences of what they are slopes of.
#include <cmath>
#include <functional>
#include <sstream>

#include "framework/numerics/linear_algebra.h"
#include "tests/modules/trials/all_kinds.h"
#include "tests/support/tolerance.h"

namespace insula::test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

constexpr int kCases = 200;

// How far predictor q may be moved for a difference: a thousandth of itself, of its distance from 1
// if it is a share, and of the way to the response time, where densities end.
double step(const TrialKind& kind, const TrialDatum& datum, const Point& at, std::size_t q) {
  const FieldSpec& field = specs(kind)[q]->intercept;
  double scale = std::abs(at[q]);
  if (field.domain == Domain::real) scale = std::max(scale, 1.0);
  if (field.domain == Domain::unit_interval) scale = std::min(at[q], 1 - at[q]);
  if (field.unit == "s") scale = std::min(scale, std::abs(datum.time - at[q]));
  return 1e-3 * scale;
}

// By five points: error of order four in the step.
template <class Function>
auto difference(const Function& f, Point at, std::size_t q, double h) {
  const double middle = at[q];
  const auto moved = [&](double by) {
    at[q] = middle + by;
    return f(at);
  };
  return decltype(f(at))((8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h));
}

std::string text(const TrialDatum& datum, const Point& at) {
  std::ostringstream out;
  out.precision(17);
  out << "choice " << datum.choice << ", time " << datum.time << ", value " << datum.value
      << ", at {";
  for (const double p : at) out << p << ", ";
  return out.str() + "}";
}

// A datum of the point itself, and every fourth time of another one.
TrialDatum datum_of(const TrialKind& kind, const Point& at, Stream& random, int number) {
  return kind.draw(number % 4 == 0 ? random_point(kind, random, 1) : at, random);
}

TEST_P(EveryTrialKind, HasTheSlopesOfItsValue) {
  Stream random(1, "trials/slopes/" + GetParam());
  for (int c = 0; c < kCases; ++c) {
    const Point at = random_point(kind(), random, 1);
    const TrialDatum datum = datum_of(kind(), at, random, c);
    SCOPED_TRACE(text(datum, at));
    const Scored scored = score(kind(), datum, at);
    EXPECT_EQ(scored.value, value(kind(), datum, at));
    const auto f = [&](const Point& p) { return value(kind(), datum, p); };
    for (std::size_t q = 0; q < at.size(); ++q) {
      const double expected = difference(f, at, q, step(kind(), datum, at, q));
      EXPECT_CLOSE(scored.gradient[static_cast<Index>(q)],
                   expected,
                   Tolerance::because(1e-6 * std::max(1.0, std::abs(expected)),
                                      "values exact to 1e-12, steps of 1e-3 of the scale"))
          << specs(kind())[q]->intercept.name;
    }
  }
}

TEST_P(EveryTrialKind, ObservesTheInformationOfItsSlopes) {
  Stream random(2, "trials/information/" + GetParam());
  for (int c = 0; c < kCases; ++c) {
    const Point at = random_point(kind(), random, 1);
    const TrialDatum datum = datum_of(kind(), at, random, c);
    SCOPED_TRACE(text(datum, at));
    const MatrixXd information = observed_information(kind(), datum, at);
    const auto f = [&](const Point& p) -> Eigen::VectorXd {
      return score(kind(), datum, p).gradient;
    };
    for (std::size_t q = 0; q < at.size(); ++q) {
      const Eigen::VectorXd expected = -difference(f, at, q, step(kind(), datum, at, q));
      const double size = std::max(1.0, expected.cwiseAbs().maxCoeff());
      EXPECT_CLOSE(
          information.col(static_cast<Index>(q)),
          expected,
          Tolerance::because(1e-5 * size, "slopes exact to 1e-9, steps of 1e-3 of the scale"))
          << specs(kind())[q]->intercept.name;
    }
  }
}

TEST_P(EveryTrialKind, CurvesDownwardsEverywhere) {
  constexpr int kPoints = 10000;
  Stream random(3, "trials/curvature/" + GetParam());
  const auto q = static_cast<Index>(specs(kind()).size());
  MatrixXd predictor(kPoints, q);
  std::vector<double> upper, time, value;
  for (Index i = 0; i < kPoints; ++i) {
    const Point at = random_point(kind(), random, 2);
    predictor.row(i) = Eigen::Map<const Eigen::RowVectorXd>(at.data(), q);
    const TrialDatum datum = kind().draw(random_point(kind(), random, 2), random);
    upper.push_back(datum.choice), time.push_back(datum.time), value.push_back(datum.value);
  }
  TrialScores scores{Eigen::VectorXd::Zero(kPoints),
                     MatrixXd::Zero(kPoints, q),
                     MatrixXd::Zero(kPoints, q * (q + 1) / 2)};
  kind().score({upper, time, value}, predictor, scores, true);
  for (Index i = 0; i < kPoints; ++i) {
    // In units of each predictor's own information: their sizes differ by many powers of ten.
    MatrixXd curvature = unpacked(scores.curvature.row(i));
    ASSERT_TRUE(curvature.allFinite()) << "at " << predictor.row(i);
    const Eigen::VectorXd size = curvature.diagonal().cwiseSqrt();
    const Eigen::VectorXd inverse = (size.array() > 0).select(size.cwiseInverse(), 0.0);
    curvature = inverse.asDiagonal() * curvature * inverse.asDiagonal();
    EXPECT_GT(numerics::symmetric_eigen(curvature).values[0], -1e-13) << "at " << predictor.row(i);
  }
}

TEST_P(EveryTrialKind, ScoresEachDatumByItself) {
  Stream random(4, "trials/alone/" + GetParam());
  constexpr int kData = 700;  // more than one block of anything
  const auto q = static_cast<Index>(specs(kind()).size());
  MatrixXd predictor(kData, q);
  std::vector<double> upper, time, value;
  std::vector<Point> points;
  for (Index i = 0; i < kData; ++i) {
    const Point at =
        i % 3 == 2 ? points[static_cast<std::size_t>(i / 2)] : random_point(kind(), random, 1);
    points.push_back(at);
    predictor.row(i) = Eigen::Map<const Eigen::RowVectorXd>(at.data(), q);
    const TrialDatum datum = kind().draw(at, random);
    upper.push_back(datum.choice), time.push_back(datum.time), value.push_back(datum.value);
  }
  TrialScores all{Eigen::VectorXd::Zero(kData),
                  MatrixXd::Zero(kData, q),
                  MatrixXd::Zero(kData, q * (q + 1) / 2)};
  kind().score({upper, time, value}, predictor, all, true);
  for (std::size_t i = 0; i < kData; i += 7) {
    const Scored alone = score(kind(), TrialDatum{upper[i], time[i], value[i]}, points[i]);
    const auto row = static_cast<Index>(i);
    EXPECT_EQ(all.value[row], alone.value);
    EXPECT_EQ(Eigen::VectorXd(all.gradient.row(row)), alone.gradient);
    const auto rounding = Tolerance::rounding(32, alone.curvature.cwiseAbs().maxCoeff());
    EXPECT_CLOSE(unpacked(all.curvature.row(row)), alone.curvature, rounding);
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue,
                         EveryTrialKind,
                         testing::ValuesIn(trial_kind_names()),
                         test_name);

}  // namespace
}  // namespace insula::test

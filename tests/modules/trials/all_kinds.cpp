// SPDX-License-Identifier: Apache-2.0
#include "tests/modules/trials/all_kinds.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "modules/catalogue.h"

namespace insula::test {

using Eigen::Index;
using Eigen::MatrixXd;

namespace {

const Catalogue& portable_catalogue() {
  static const Catalogue all = catalogue(Isa::portable);
  return all;
}

MatrixXd repeated(const Point& at, Index rows) {
  return Eigen::Map<const Eigen::RowVectorXd>(at.data(), static_cast<Index>(at.size()))
      .replicate(rows, 1);
}

TrialData one(const TrialDatum& datum) {
  return {{&datum.choice, 1}, {&datum.time, 1}, {&datum.value, 1}};
}

// An even number of equal steps of x, whose time is time(x) and dt/dx is slope(x).
void add_simpson(double from,
                 double to,
                 int steps,
                 const std::function<double(double)>& time,
                 const std::function<double(double)>& slope,
                 std::vector<double>& times,
                 std::vector<double>& weights) {
  const double h = (to - from) / steps;
  for (int k = 0; k <= steps; ++k) {
    const double x = from + k * h, rule = k == 0 || k == steps ? 1 : k % 2 ? 4 : 2;
    times.push_back(time(x));
    weights.push_back(h / 3 * rule * slope(x));
  }
}

}  // namespace

const TrialKind& trial_kind(const std::string& name) {
  return *find_kind(portable_catalogue().trials, name);
}

std::vector<std::string> trial_kind_names() { return kind_names(portable_catalogue().trials); }

std::string test_name(const testing::TestParamInfo<std::string>& info) { return info.param; }

std::vector<const PredictorSpec*> specs(const TrialKind& kind) { return predictors_of(kind, 3); }

Point defaults(const TrialKind& kind) {
  Point at;
  for (const PredictorSpec* spec : specs(kind)) at.push_back(spec->intercept.value);
  return at;
}

Point random_point(const TrialKind& kind, Stream& random, double width) {
  Point at;
  for (const PredictorSpec* spec : specs(kind)) {
    const FieldSpec& field = spec->intercept;
    const double step = width * field.prior_sd * random.normal(), v = field.value;
    at.push_back(field.domain == Domain::real       ? v + step
                 : field.domain == Domain::positive ? v * std::exp(step)
                                                    : 1 / (1 + (1 / v - 1) * std::exp(-step)));
  }
  return at;
}

MatrixXd unpacked(const Eigen::RowVectorXd& row) {
  Index size = 0;
  while (size * (size + 1) / 2 < row.size()) ++size;
  MatrixXd full(size, size);
  for (Index i = 0; i < size; ++i)
    for (Index j = 0; j <= i; ++j) full(i, j) = full(j, i) = row[i * (i + 1) / 2 + j];
  return full;
}

TrialScores score(const TrialKind& kind, const TrialData& data, const Point& at) {
  const auto n =
      static_cast<Index>(std::max({data.choice.size(), data.time.size(), data.value.size()}));
  const auto q = static_cast<Index>(at.size());
  TrialScores scores{
      Eigen::VectorXd::Zero(n), MatrixXd::Zero(n, q), MatrixXd::Zero(n, q * (q + 1) / 2)};
  kind.score(data, repeated(at, n), scores, true);
  return scores;
}

Scored score(const TrialKind& kind, const TrialDatum& datum, const Point& at) {
  const TrialScores scores = score(kind, one(datum), at);
  return {scores.value[0], scores.gradient.row(0), unpacked(scores.curvature.row(0))};
}

double value(const TrialKind& kind, const TrialDatum& datum, const Point& at) {
  TrialScores scores{Eigen::VectorXd::Zero(1), {}, {}};
  kind.score(one(datum), repeated(at, 1), scores, false);
  return scores.value[0];
}

MatrixXd observed_information(const TrialKind& kind, const TrialDatum& datum, const Point& at) {
  const auto q = static_cast<Index>(at.size());
  MatrixXd information = MatrixXd::Zero(1, q * (q + 1) / 2);
  kind.observed_information(one(datum), repeated(at, 1), information);
  return unpacked(information.row(0));
}

Grid::Grid(const TrialKind& kind, const Point& at) {
  std::vector<double> ordinate{0}, measure{1};
  if (kind.needs_time) {
    ordinate.clear(), measure.clear();
    add_simpson(
        0, 5, 20000, [](double t) { return t; }, [](double) { return 1; }, ordinate, measure);
    // The first time is above 5 s, where a lapse no longer can be.
    add_simpson(
        std::log(5 * (1 + 1e-12)),
        std::log(1e6),
        4000,
        [](double x) { return std::exp(x); },
        [](double x) { return std::exp(x); },
        ordinate,
        measure);
  } else if (kind.needs_value) {
    ordinate.clear(), measure.clear();
    constexpr int kSteps = 20000;
    for (int k = 0; k <= kSteps; ++k) {
      ordinate.push_back(at[0] + at[1] * 12 * (2.0 * k / kSteps - 1));
      measure.push_back(at[1] * 24 / kSteps);
    }
  }
  for (const double label : kind.of_options     ? Point{0, 1, 2}
                            : kind.needs_choice ? Point{0, 1}
                                                : Point{0}) {
    weight.insert(weight.end(), measure.begin(), measure.end());
    if (kind.needs_choice) choice.insert(choice.end(), ordinate.size(), label);
    std::vector<double>& column = kind.needs_time ? time : value;
    if (kind.needs_time || kind.needs_value)
      column.insert(column.end(), ordinate.begin(), ordinate.end());
  }
}

}  // namespace insula::test

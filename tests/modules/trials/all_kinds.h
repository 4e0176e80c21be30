// SPDX-License-Identifier: Apache-2.0
// Trial-wise kinds one datum at a time, and random predictors for any of them.
#pragma once

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/contract/trial.h"

namespace insula::test {

/// The catalogue's trial-wise kind of that name.
const TrialKind& trial_kind(const std::string& name);

/// Tests of this fixture run over all of them, also over those that come later.
class EveryTrialKind : public testing::TestWithParam<std::string> {
 protected:
  const TrialKind& kind() const { return trial_kind(GetParam()); }
};
std::vector<std::string> trial_kind_names();
std::string test_name(const testing::TestParamInfo<std::string>& info);

using Point = std::vector<double>;  // natural predictors of one datum

/// The predictors of a kind; of a kind of options, those of three.
std::vector<const PredictorSpec*> specs(const TrialKind& kind);

/// Defaults of all predictors, as if the architecture named each.
Point defaults(const TrialKind& kind);

/// `width` prior sds around the defaults, in the space of the fit.
Point random_point(const TrialKind& kind, Stream& random, double width);

struct Scored {
  double value;
  Eigen::VectorXd gradient;
  Eigen::MatrixXd curvature;
};
Scored score(const TrialKind& kind, const TrialDatum& datum, const Point& at);
double value(const TrialKind& kind, const TrialDatum& datum, const Point& at);
Eigen::MatrixXd observed_information(const TrialKind& kind,
                                     const TrialDatum& datum,
                                     const Point& at);

/// The symmetric matrix of a packed row.
Eigen::MatrixXd unpacked(const Eigen::RowVectorXd& row);

/// All data that a kind can see, with weights of an integral over them: all labels; times by
/// Simpson's rule in steps of 0.25 ms to 5 s and of their logarithm beyond; values by the
/// trapezoidal rule over 12 sds.
struct Grid {
  std::vector<double> choice, time, value, weight;

  Grid(const TrialKind& kind, const Point& at);
  TrialData data() const { return {choice, time, value}; }
};

/// Scores of all of a grid's data at one point.
TrialScores score(const TrialKind& kind, const TrialData& data, const Point& at);

}  // namespace insula::test

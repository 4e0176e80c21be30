// SPDX-License-Identifier: Apache-2.0
// A value measured once a trial: a pupil's size, a speed, a rating, the amplitude of a potential.
//
//     y = μ + σ·ε,   ε standard normal
//
// The framework centres and scales the column over its training trials, so μ and σ are in its
// standard deviations. Curvature is Fisher's information, 1/σ² and 2/σ².
//
// Source: Fisher 1922, Phil. Trans. R. Soc. A 222:309.
#include <cmath>
#include <numbers>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/contract/trial.h"

namespace insula::trials {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

constexpr PredictorSpec kPredictors[] = {
    {{"mean", "1", "μ", "expected value, in training sds", 0, Domain::real, 1},
     1,
     kNaN,
     "the value is centred and scaled: most of its own means lie within one sd of 0"},
    {{"spread", "1", "σ", "sd of the value, in training sds", 1, Domain::positive, 1},
     1,
     kNaN,
     "1 is what the value has if nothing explains it; 95 % from 0.14 to 7"},
};

const double kHalfLogTwoPi = 0.5 * std::log(2 * std::numbers::pi);

void score(const TrialData& data,
           const MatrixXd& predictor,
           TrialScores& scores,
           bool with_derivatives) {
  for (Index i = 0; i < predictor.rows(); ++i) {
    const double sd = predictor(i, 1);
    const double e = (data.value[static_cast<std::size_t>(i)] - predictor(i, 0)) / sd;
    scores.value[i] = -kHalfLogTwoPi - std::log(sd) - 0.5 * e * e;
    if (!with_derivatives) continue;
    scores.gradient.row(i) << e / sd, (e * e - 1) / sd;
    scores.curvature.row(i) << 1 / (sd * sd), 0, 2 / (sd * sd);
  }
}

void observe_information(const TrialData& data, const MatrixXd& predictor, MatrixXd& information) {
  for (Index i = 0; i < predictor.rows(); ++i) {
    const double sd = predictor(i, 1), precision = 1 / (sd * sd);
    const double e = (data.value[static_cast<std::size_t>(i)] - predictor(i, 0)) / sd;
    information.row(i) << precision, 2 * e * precision, (3 * e * e - 1) * precision;
  }
}

TrialDatum mean(std::span<const double> predictor) {
  TrialDatum datum;
  datum.value = predictor[0];
  return datum;
}

TrialDatum draw(std::span<const double> predictor, Stream& stream) {
  TrialDatum datum;
  datum.value = predictor[0] + predictor[1] * stream.normal();
  return datum;
}

}  // namespace

extern const TrialKind continuous;
constinit const TrialKind continuous = {
    .name = "continuous",
    .summary = "A value measured once a trial, normal about its mean.",
    .source = "Fisher 1922, Phil. Trans. R. Soc. A 222:309",
    .modality = "continuous",
    .needs_value = true,
    .predictors = kPredictors,
    .score = score,
    .observed_information = observe_information,
    .mean = mean,
    .draw = draw,
};

}  // namespace insula::trials

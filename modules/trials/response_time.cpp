// SPDX-License-Identifier: Apache-2.0
// Response time alone: a log-normal time of decision behind a shift.
//
//     ln(t − s) = ln m + σ·ε,   ε standard normal
//
// with probability 1 − λ, else uniform up to 5 s. Stages whose durations multiply, each slower by
// the same factor, make such times (Ulrich & Miller). A shift above the fastest response leaves
// that response to the lapses.
//
// Source: Ulrich & Miller 1993, J. Math. Psychol. 37:513.
#include <numbers>

#include "framework/base/nan.h"
#include "framework/contract/trial.h"
#include "modules/trials/detail/lapsing_times.h"

namespace insula::trials {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

enum { kMedian, kSpread, kShift, kLapse, kPredictorCount };

constexpr PredictorSpec kPredictors[kPredictorCount] = {
    {{"decision_time", "s", "m", "median of the time after the shift", 0.5, Domain::positive, 0.7},
     0.5,
     kNaN,
     "0.5 s behind a shift of 0.2 s; 95 % from 0.13 s to 2 s, from reflexes to memory search"},
    {{"spread", "1", "σ", "sd of the logarithm of that time", 0.4, Domain::positive, 0.5},
     0.25,
     kNaN,
     "times with mean 0.74 s and sd 0.23 s; sds grow with means (Wagenmakers & Brown 2007)"},
    detail::kShiftOfTimes,
    detail::kLapseOfTimes,
};

const double kHalfLogTwoPi = 0.5 * std::log(2 * std::numbers::pi);

// The time after the shift, and how far its logarithm lies from the median's.
struct Decision {
  double t, e;
};

Decision decision(const TrialData& data, const MatrixXd& p, Index i) {
  const double t = data.time[static_cast<std::size_t>(i)] - p(i, kShift);
  return {t, std::log(t / p(i, kMedian))};
}

void log_density(const TrialData& data, const MatrixXd& p, VectorXd& value, MatrixXd* slope) {
  for (Index i = 0; i < p.rows(); ++i) {
    const auto [t, e] = decision(data, p, i);
    const double m = p(i, kMedian), sd = p(i, kSpread), z = e / sd;
    const bool can_be = t > 0;
    value[i] = can_be ? -kHalfLogTwoPi - std::log(t * sd) - 0.5 * z * z
                      : -std::numeric_limits<double>::infinity();
    if (!slope) continue;
    if (can_be)
      slope->row(i) << z / (sd * m), (z * z - 1) / sd, (1 + z / sd) / t;
    else
      slope->row(i).setZero();
  }
}

MatrixXd hessian(const TrialData& data, const MatrixXd& p) {
  MatrixXd h = MatrixXd::Zero(p.rows(), 6);
  for (Index i = 0; i < p.rows(); ++i) {
    const auto [t, e] = decision(data, p, i);
    if (!(t > 0)) continue;
    const double m = p(i, kMedian), sd = p(i, kSpread), z = e / sd, precision = 1 / (sd * sd);
    h.row(i) << -(1 + e) * precision / (m * m), -2 * z * precision / m, (1 - 3 * z * z) * precision,
        -precision / (t * m), -2 * z * precision / t, (1 + (e - 1) * precision) / (t * t);
  }
  return h;
}

// The slope in the shift grows as 1/t: what it weighs lies 2σ² below the median.
detail::Window window(const RowVectorXd& p, bool /*upper*/) {
  const double sd = p[kSpread], median = p[kMedian];
  return {p[kShift],
          std::max(median * std::exp(-6 * sd - 2 * sd * sd), 1e-18),
          std::clamp(median * std::exp(6 * sd), 1e-17, 1e18)};
}

constexpr detail::TimeProcess kProcess{kLapse, 1, log_density, hessian, window};

void score(const TrialData& data,
           const MatrixXd& predictor,
           TrialScores& scores,
           bool with_derivatives) {
  detail::score(kProcess, data, predictor, scores, with_derivatives);
}

void observe_information(const TrialData& data, const MatrixXd& predictor, MatrixXd& information) {
  detail::observe_information(kProcess, data, predictor, information);
}

TrialDatum mean(std::span<const double> p) {
  TrialDatum datum;
  datum.time = detail::with_lapses(p[kShift] + p[kMedian] * std::exp(0.5 * p[kSpread] * p[kSpread]),
                                   p[kLapse]);
  return datum;
}

TrialDatum draw(std::span<const double> p, Stream& stream) {
  if (const auto lapse = detail::draw_lapse(kProcess, p[kLapse], stream)) return *lapse;
  TrialDatum datum;
  datum.time = p[kShift] + p[kMedian] * std::exp(p[kSpread] * stream.normal());
  return datum;
}

}  // namespace

extern const TrialKind response_time;
constinit const TrialKind response_time = {
    .name = "response_time",
    .summary = "Response time alone, log-normal behind a shift.",
    .source =
        "Ulrich & Miller 1993, J. Math. Psychol. 37:513; lapses: Wiecki, Sofer & Frank 2013, "
        "Front. Neuroinform. 7:14",
    .modality = "response_time",
    .needs_time = true,
    .predictors = kPredictors,
    .score = score,
    .observed_information = observe_information,
    .mean = mean,
    .draw = draw,
};

}  // namespace insula::trials

// SPDX-License-Identifier: Apache-2.0
// Response time alone: evidence that drifts to one bound, behind a shift.
//
//     f(t) = α/√(2π u³)·exp(−(α − γu)²/(2u)),   u = t − s
//
// with probability 1 − λ, else uniform up to 5 s. The first passage of one accumulator of unit
// diffusion: detection, go against no-go, or errors too rare to model. A shift above the fastest
// response leaves that response to the lapses.
//
// Source: Heathcote 2004, Behav. Res. Methods Instrum. Comput. 36:678; Matzke & Wagenmakers 2009,
// Psychon. Bull. Rev. 16:798.
#include <numbers>

#include "framework/base/nan.h"
#include "framework/contract/trial.h"
#include "framework/numerics/wiener_draw.h"
#include "modules/trials/detail/lapsing_times.h"

namespace insula::trials {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

enum { kDrift, kThreshold, kShift, kLapse, kPredictorCount };

constexpr PredictorSpec kPredictors[kPredictorCount] = {
    {{"drift", "1/s", "γ", "drift towards the bound", 3, Domain::positive, 0.5},
     0.5,
     kNaN,
     "mean of decisions α/γ = 0.5 s, as of response_time; 95 % from 1.1 1/s to 8 1/s"},
    {{"threshold", "1", "α", "distance of the bound, √s", 1.5, Domain::positive, 0.5},
     0.5,
     kNaN,
     "sd of decisions over their mean 1/√(αγ) = 0.47; 95 % from 0.56 to 4"},
    detail::kShiftOfTimes,
    detail::kLapseOfTimes,
};

const double kHalfLogTwoPi = 0.5 * std::log(2 * std::numbers::pi);

double decision(const TrialData& data, const MatrixXd& p, Index i) {
  return data.time[static_cast<std::size_t>(i)] - p(i, kShift);
}

void log_density(const TrialData& data, const MatrixXd& p, VectorXd& value, MatrixXd* slope) {
  for (Index i = 0; i < p.rows(); ++i) {
    const double u = decision(data, p, i), drift = p(i, kDrift), bound = p(i, kThreshold);
    const double e = bound - drift * u, z = e / u;
    const bool can_be = u > 0;
    value[i] = can_be ? std::log(bound) - kHalfLogTwoPi - 1.5 * std::log(u) - 0.5 * e * z
                      : -std::numeric_limits<double>::infinity();
    if (!slope) continue;
    if (can_be)
      slope->row(i) << e, 1 / bound - z, 1.5 / u - z * (drift + 0.5 * z);
    else
      slope->row(i).setZero();
  }
}

MatrixXd hessian(const TrialData& data, const MatrixXd& p) {
  MatrixXd h = MatrixXd::Zero(p.rows(), 6);
  for (Index i = 0; i < p.rows(); ++i) {
    const double u = decision(data, p, i), drift = p(i, kDrift), bound = p(i, kThreshold);
    if (!(u > 0)) continue;
    const double rate = bound / u;
    h.row(i) << -u, 1, -1 / (bound * bound) - 1 / u, drift, -rate / u,
        (1.5 - bound * rate) / (u * u);
  }
  return h;
}

// Without a drift times would have no mean; 1e4 s are enough for any experiment.
detail::Window window(const RowVectorXd& p, bool /*upper*/) {
  return detail::passage_window(p[kShift], p[kThreshold], p[kDrift], p[kDrift], 1e4);
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
  datum.time = detail::with_lapses(p[kShift] + p[kThreshold] / p[kDrift], p[kLapse]);
  return datum;
}

TrialDatum draw(std::span<const double> p, Stream& stream) {
  if (const auto lapse = detail::draw_lapse(kProcess, p[kLapse], stream)) return *lapse;
  TrialDatum datum;
  datum.time = p[kShift] + numerics::draw_first_passage(p[kThreshold], p[kDrift], stream);
  return datum;
}

}  // namespace

extern const TrialKind response_time_wald;
constinit const TrialKind response_time_wald = {
    .name = "response_time_wald",
    .summary = "Response time alone, of one drifting accumulator, behind a shift.",
    .source =
        "Heathcote 2004, Behav. Res. Methods Instrum. Comput. 36:678; Matzke & Wagenmakers "
        "2009, Psychon. Bull. Rev. 16:798; lapses: Wiecki, Sofer & Frank 2013, Front. "
        "Neuroinform. 7:14",
    .modality = "response_time",
    .needs_time = true,
    .predictors = kPredictors,
    .score = score,
    .observed_information = observe_information,
    .mean = mean,
    .draw = draw,
};

}  // namespace insula::trials

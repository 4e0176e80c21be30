// SPDX-License-Identifier: Apache-2.0
// Choice and response time together: the drift-diffusion model.
//
//     p(t, y) = (1 − λ)·f(t, y | v, a, z, t0, s) + λ·0.1/s
//
// f: density of first passage (framework/numerics/wiener.h). A Wiener process of unit diffusion
// starts at z·a and drifts by v, over trials normal with sd s, to the bound of the second label, a,
// or of the first, 0. Left out: variability of z and t0 over trials, which Wiecki, Sofer & Frank
// leave out by default as well.
//
// Source: Ratcliff 1978, Psychol. Rev. 85:59; Navarro & Fuss 2009, J. Math. Psychol. 53:222.
#include "framework/base/nan.h"
#include "framework/contract/trial.h"
#include "framework/numerics/wiener.h"
#include "framework/numerics/wiener_draw.h"
#include "modules/trials/detail/lapsing_times.h"

namespace insula::trials {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

enum { kDrift, kThreshold, kBias, kNondecision, kVariability, kLapse, kPredictorCount };

constexpr PredictorSpec kPredictors[kPredictorCount] = {
    {{"drift", "1/s", "v", "drift towards the second label", 0, Domain::real, 3},
     2,
     kNaN,
     "Wiecki, Sofer & Frank 2013: N(2, 3); about 0, as labels may be stimuli, coded by a weight"},
    {{"threshold", "1", "a", "separation of the bounds, √s", 1.5, Domain::positive, 0.5},
     0.5,
     kNaN,
     "Wiecki, Sofer & Frank 2013: gamma with mean 1.5 and sd 0.75, a log sd of 0.47"},
    {{"bias", "1", "z", "start, from the first label's bound", 0.5, Domain::unit_interval, 0.5},
     0.5,
     0.5,
     "Wiecki, Sofer & Frank 2013: sd 0.5 of the logit, here about 0; 95 % from 0.27 to 0.73"},
    {{"nondecision", "s", "t0", "response time without the decision", 0.3, Domain::positive, 0.5},
     0.25,
     kNaN,
     "Wiecki, Sofer & Frank 2013: gamma with mean 0.4 s and sd 0.2 s, a log sd of 0.47"},
    {{"variability", "1/s", "s", "sd of the drift over trials", 1, Domain::positive, 0.7},
     0.35,
     0,
     "Wiecki, Sofer & Frank 2013: half-normal with sd 2, whose quartiles are 0.64 and 2.3"},
    {{"lapse", "1", "λ", "share of guesses at any time up to 5 s", 0.05, Domain::unit_interval, 1},
     0.5,
     0.05,
     "Wiecki, Sofer & Frank 2013: 0.05 where fixed, beta(1, 15) where free"},
};

numerics::WienerParameters parameters(const MatrixXd& predictor) {
  const auto column = [&](int c) {
    return std::span(predictor.col(c).data(), static_cast<std::size_t>(predictor.rows()));
  };
  return {column(kDrift),
          column(kThreshold),
          column(kBias),
          column(kNondecision),
          column(kVariability)};
}

std::vector<double> signs(std::span<const double> upper) {
  std::vector<double> signs;
  for (const double u : upper) signs.push_back(u > 0.5 ? 1 : -1);
  return signs;
}

void log_density(const TrialData& data,
                 const MatrixXd& predictor,
                 VectorXd& value,
                 MatrixXd* slope) {
  const std::vector<double> resp = signs(data.choice);
  const std::span all(value.data(), static_cast<std::size_t>(value.size()));
  if (!slope) {
    wiener_log_density({data.time, resp}, parameters(predictor), all);
    return;
  }
  const auto column = [&](int c) { return std::span(slope->col(c).data(), all.size()); };
  wiener_log_density({data.time, resp},
                     parameters(predictor),
                     all,
                     {column(kDrift),
                      column(kThreshold),
                      column(kBias),
                      column(kNondecision),
                      column(kVariability)});
}

MatrixXd hessian(const TrialData& data, const MatrixXd& predictor) {
  return numerics::wiener_hessian({data.time, signs(data.choice)}, parameters(predictor));
}

// Whatever the drift, the density falls at least as e^(−π²t/2a²), to e^(−20) at 4.05 a².
detail::Window window(const RowVectorXd& p, bool upper) {
  const double a = p[kThreshold], way = a * (upper ? 1 - p[kBias] : p[kBias]);
  const double v = std::abs(p[kDrift]), spread = 5 * p[kVariability];
  return detail::passage_window(
      p[kNondecision], way, std::max(0.0, v - spread), v + spread, 4.05 * a * a);
}

constexpr detail::TimeProcess kProcess{kLapse, 2, log_density, hessian, window};

void score(const TrialData& data,
           const MatrixXd& predictor,
           TrialScores& scores,
           bool with_derivatives) {
  detail::score(kProcess, data, predictor, scores, with_derivatives);
}

void observe_information(const TrialData& data, const MatrixXd& predictor, MatrixXd& information) {
  detail::observe_information(kProcess, data, predictor, information);
}

struct Expectation {
  double upper = 0, time = 0;
};

// Over the drifts of trials by the trapezoidal rule: expectations have their nearest poles at
// ±iπ/a, so steps of 0.5/a err by e^(−4π²), steps of s/2 by as little for the normal density. At
// most 8193 points; they would be too few if s·a were above 256.
Expectation over_drifts(double v, double a, double z, double s) {
  if (!(s > 0))
    return {numerics::upper_probability(v, a, z), numerics::mean_decision_time(v, a, z)};
  constexpr double kWidth = 8, kMost = 4096;
  const double step = std::max(std::min(s / 2, 0.5 / a), kWidth * s / kMost);
  const int steps = static_cast<int>(std::ceil(kWidth * s / step));
  Expectation sum;
  double total = 0;
  for (int k = -steps; k <= steps; ++k) {
    const double x = k * step, weight = std::exp(-0.5 * (x / s) * (x / s));
    sum.upper += weight * numerics::upper_probability(v + x, a, z);
    sum.time += weight * numerics::mean_decision_time(v + x, a, z);
    total += weight;
  }
  return {sum.upper / total, sum.time / total};
}

TrialDatum mean(std::span<const double> p) {
  const Expectation e = over_drifts(p[kDrift], p[kThreshold], p[kBias], p[kVariability]);
  TrialDatum datum;
  datum.choice = (1 - p[kLapse]) * e.upper + p[kLapse] / 2;
  datum.time = detail::with_lapses(p[kNondecision] + e.time, p[kLapse]);
  return datum;
}

TrialDatum draw(std::span<const double> p, Stream& stream) {
  if (const auto lapse = detail::draw_lapse(kProcess, p[kLapse], stream)) return *lapse;
  const numerics::WienerDraw drawn = numerics::draw_wiener(
      {p[kDrift], p[kThreshold], p[kBias], p[kNondecision], p[kVariability]}, stream);
  TrialDatum datum;
  datum.choice = drawn.resp > 0 ? 1 : 0;
  datum.time = drawn.rt;
  return datum;
}

}  // namespace

extern const TrialKind ddm;
constinit const TrialKind ddm = {
    .name = "ddm",
    .summary = "Choice and response time by the drift-diffusion model.",
    .source =
        "Ratcliff 1978, Psychol. Rev. 85:59; Navarro & Fuss 2009, J. Math. Psychol. 53:222; "
        "lapses: Wiecki, Sofer & Frank 2013, Front. Neuroinform. 7:14",
    .modality = "choice",
    .needs_choice = true,
    .needs_time = true,
    .predictors = kPredictors,
    .score = score,
    .observed_information = observe_information,
    .mean = mean,
    .draw = draw,
};

}  // namespace insula::trials

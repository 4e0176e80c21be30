// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/feature_time.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/numerics/hrf.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kLobes = 3;  // of the sinc to each side

double sinc(double x) {
  const double angle = std::numbers::pi * x;
  return std::abs(angle) < 1e-8 ? 1 : std::sin(angle) / angle;
}

}  // namespace

MatrixXd delayed(const MatrixXd& x, std::span<const Index> delays) {
  const Index n = x.rows(), p = x.cols();
  MatrixXd result = MatrixXd::Zero(n, p * static_cast<Index>(delays.size()));
  for (std::size_t d = 0; d < delays.size(); ++d) {
    const Index delay = delays[d], kept = n - std::abs(delay);
    if (kept <= 0) continue;
    result.block(std::max<Index>(delay, 0), static_cast<Index>(d) * p, kept, p) =
        x.middleRows(std::max<Index>(-delay, 0), kept);
  }
  return result;
}

MatrixXd resampling_weights(
    double start, double interval, Index count, const VectorXd& time, double cutoff) {
  const double rate = 2 * std::min(cutoff, 0.5 / interval);  // zeros of the sinc, 1/s
  const double reach = kLobes / rate;                        // s
  MatrixXd weights = MatrixXd::Zero(time.size(), count);
  for (Index t = 0; t < time.size(); ++t) {
    const double centre = time[t] - start;
    const double low = std::max(std::ceil((centre - reach) / interval), 0.0);
    const double high =
        std::min(std::floor((centre + reach) / interval), static_cast<double>(count - 1));
    double sum = 0;
    for (auto k = static_cast<Index>(low); k <= static_cast<Index>(high) && low <= high; ++k) {
      const double lag = rate * (static_cast<double>(k) * interval - centre);
      weights(t, k) = sinc(lag) * sinc(lag / kLobes);
      sum += weights(t, k);
    }
    // Weights of the outermost lobes alone say nothing of the time itself.
    const bool is_within =
        centre > -0.5 / rate && centre < static_cast<double>(count - 1) * interval + 0.5 / rate;
    if (is_within && sum > 0) {
      weights.row(t) /= sum;
    } else {
      weights.row(t).setConstant(kNaN);
    }
  }
  return weights;
}

MatrixXd hrf_weights(std::span<const double> onset,
                     std::span<const double> duration,
                     const VectorXd& time) {
  if (onset.size() != duration.size()) {
    throw InternalError("events have other numbers of onsets and of durations");
  }
  using numerics::HrfBasis;
  MatrixXd weights(time.size(), static_cast<Index>(onset.size()));
  for (std::size_t e = 0; e < onset.size(); ++e) {
    for (Index t = 0; t < time.size(); ++t) {
      const double since = time[t] - onset[e];
      weights(t, static_cast<Index>(e)) =
          duration[e] == 0 ? numerics::hrf(HrfBasis::canonical, since)
                           : numerics::hrf_integral(HrfBasis::canonical, since) -
                                 numerics::hrf_integral(HrfBasis::canonical, since - duration[e]);
    }
  }
  return weights;
}

}  // namespace insula::regression

// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/feature_time.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

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

constexpr Index kSeriesRowsAtOnce = 8192;

// Of a step, the last one's of what is left of it; s from the beginning of the series.
double middle_of(const Resampling& r, Index row) {
  const double begin = static_cast<double>(row) * r.step;
  return (begin + std::min(begin + r.step, static_cast<double>(r.count) * r.interval)) / 2;
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

Index Resampling::rows() const {
  const double steps = static_cast<double>(count) * interval / step;
  return static_cast<Index>(std::ceil(steps * (1 - 1e-12)));
}

std::pair<Index, Index> Resampling::reach(Index row) const {
  const double lobes = kLobes * step, middle = middle_of(*this, row);
  const double first = std::ceil((middle - lobes) / interval - 0.5),
               last = std::floor((middle + lobes) / interval - 0.5);
  return {std::max<Index>(static_cast<Index>(first), 0),
          std::min<Index>(static_cast<Index>(last) + 1, count)};
}

MatrixXd resampled(const Resampling& resampling,
                   std::span<const std::size_t> rows,
                   const RowReader& read) {
  if (rows.empty()) return read({});
  MatrixXd result;
  for (std::size_t i = 0; i < rows.size();) {
    // Rows that ascend are read together, but not more of the series than this or one row needs.
    const auto [begin, first_end] = resampling.reach(static_cast<Index>(rows[i]));
    Index end = first_end;
    std::size_t next = i + 1;
    for (; next < rows.size() && rows[next] >= rows[next - 1]; ++next) {
      const Index further = resampling.reach(static_cast<Index>(rows[next])).second;
      if (further - begin > std::max(kSeriesRowsAtOnce, first_end - begin)) break;
      end = further;
    }
    std::vector<Index> series(static_cast<std::size_t>(end - begin));
    std::iota(series.begin(), series.end(), begin);
    const MatrixXd part = read(series);
    if (result.size() == 0) result.resize(static_cast<Index>(rows.size()), part.cols());
    for (; i < next; ++i) {
      const auto row = static_cast<Index>(rows[i]);
      const auto [low, high] = resampling.reach(row);
      const double start = (static_cast<double>(low) + 0.5) * resampling.interval;
      const VectorXd middle = VectorXd::Constant(1, middle_of(resampling, row));
      const MatrixXd weights =
          resampling_weights(start, resampling.interval, high - low, middle, 0.5 / resampling.step);
      result.row(static_cast<Index>(i)).noalias() =
          weights.row(0) * part.middleRows(low - begin, high - low);
    }
  }
  return result;
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

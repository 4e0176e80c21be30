// SPDX-License-Identifier: Apache-2.0
// Features at the times of a recording: delays, resampling, haemodynamics. Nothing here is fitted.
#pragma once

#include <Eigen/Core>
#include <span>
#include <utility>

#include "framework/regression/reduction.h"

namespace insula::regression {

/// The columns of one run at each delay, side by side: row t has row t − delay, and 0 where that is
/// before the run or after it. Standardise first: then 0 is the mean.
///
/// shape   samples × features, delays in samples (negative: what is to come) → samples × (features
///         · delays)
Eigen::MatrixXd delayed(const Eigen::MatrixXd& x, std::span<const Eigen::Index> delays);

/// Weights that resample a series taken at start + k·interval (s) at each `time` (s): a sinc of the
/// cut-off, at most the series' own Nyquist rate, windowed by the central lobe of a sinc three
/// times as wide and divided by the sum of weights, so that a constant stays one up to both ends.
/// Above the cut-off nothing is left that could be taken for something slower.
///
/// shape   → times × count; multiply a series of `count` rows by it from the left
/// units   cut-off in Hz; half the rate of the recording that is to be predicted
/// domain  interval, cutoff > 0; a time that is farther from all samples than the kernel reaches
///         has NaN
/// exact   the samples themselves, to rounding, at their own times and a cut-off of at least
///         1/(2·interval)
/// source  Duchon 1979, J. Appl. Meteorol. 18:1016, with a = 3 (as Huth 2016, Nature 532:453, for
///         features of speech)
Eigen::MatrixXd resampling_weights(
    double start, double interval, Eigen::Index count, const Eigen::VectorXd& time, double cutoff);

/// A series of features that hold for `interval` (s) each, from 0 on, as one in which they hold for
/// `step` each: the features at the middle of each step, by resampling_weights with the cut-off
/// 1/(2·step). The last step may be shorter: both end together.
struct Resampling {
  double interval = 0;     // s
  Eigen::Index count = 0;  // rows of the series
  double step = 0;         // s, at least `interval`

  Eigen::Index rows() const;  // of the result
  /// The rows of the series that a row of the result is made of: first, and one past the last.
  std::pair<Eigen::Index, Eigen::Index> reach(Eigen::Index row) const;
};

/// Rows of a resampled series, in the order asked for. The series may be larger than memory.
///
/// shape   rows [n], each below resampling.rows() → n × features
/// exact   a row is the same, to the last bit, whatever other rows are asked for
/// cost    each row of the series is read once where rows ascend, and about six times `step` ahead
Eigen::MatrixXd resampled(const Resampling& resampling,
                          std::span<const std::size_t> rows,
                          const RowReader& read);

/// Weights that convolve features of events with the canonical haemodynamic response: event e holds
/// its row from onset[e] for duration[e] (s; 0 is an impulse of area 1 s).
///
/// shape   → times × events; multiply the rows of the events by it from the left
/// errors  InternalError if onsets and durations differ in number
/// source  numerics/hrf.h
Eigen::MatrixXd hrf_weights(std::span<const double> onset,
                            std::span<const double> duration,
                            const Eigen::VectorXd& time);

}  // namespace insula::regression

// SPDX-License-Identifier: Apache-2.0
// Recordings lose their timing and keep their spectrum:
//
//   y → m + √(1 − s²)·(y − m) + s·z
//
// where z has, in every unbroken stretch of training samples, the amplitudes of y − m at all
// frequencies and random phases. At s = 1 nothing is left that the stimulus could explain.
//
// source  Theiler et al. 1992, Physica D 58:77 (surrogates by random phases)
#include <complex>
#include <unsupported/Eigen/FFT>

#include "modules/corruptions/detail/training.h"

namespace insula::corruptions {
namespace {

constexpr double kPi = 3.141592653589793;
using Eigen::Index;
using Eigen::VectorXd;

VectorXd surrogate(const VectorXd& y, Stream& random) {
  const Index n = y.size();
  Eigen::FFT<double> fft;
  Eigen::VectorXcd spectrum;
  fft.fwd(spectrum, y);
  for (Index k = 1; 2 * k < n; ++k) {
    spectrum[k] = std::polar(std::abs(spectrum[k]), 2 * kPi * random.uniform());
    spectrum[n - k] = std::conj(spectrum[k]);
  }
  // A frequency of half the rate has no phase but a sign.
  if (n % 2 == 0 && random.uniform() < 0.5) spectrum[n / 2] = -spectrum[n / 2];
  VectorXd z;
  fft.inv(z, spectrum);
  return z;
}

void mix(const CorruptionSettings& settings, Stream random, Corruptible& data) {
  const double s = settings.strength, rest = std::sqrt(1 - s * s);
  for (CorruptibleSeries& series : data.series) {
    for (Index first = 0, end = 0; first < series.value.size(); first = end) {
      end = first + 1;
      if (!is_known(series, first)) continue;
      while (end < series.value.size() && is_known(series, end)) ++end;
      auto stretch = series.value.segment(first, end - first);
      const double mean = stretch.mean();
      const VectorXd y = stretch.array() - mean;
      stretch = (rest * y + s * surrogate(y, random)).array() + mean;
    }
  }
}

}  // namespace

extern const CorruptionKind phase_randomise;
const CorruptionKind phase_randomise = {
    "phase_randomise",
    "Recordings keep their spectrum and lose their timing.",
    "amplitude of what has random phases, 0 to 1 (all)",
    "Theiler et al. 1992, Physica D 58:77",
    1,
    CorruptionKind::Condition::none,
    false,
    false,
    mix,
};

}  // namespace insula::corruptions

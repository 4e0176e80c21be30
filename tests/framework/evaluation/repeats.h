// SPDX-License-Identifier: Apache-2.0
// Repeats of a stimulus whose ceilings are known.
#pragma once

#include <cmath>
#include <numbers>

#include "tests/framework/evaluation/held_out.h"

namespace insula::evaluation {

/// A cosine with mean 0 and variance 1 (n − 1 in the denominator); those of different frequencies,
/// 0 < k < n / 2, are uncorrelated exactly.
inline Eigen::VectorXd cosine(int k, Eigen::Index n) {
  Eigen::VectorXd x(n);
  for (Eigen::Index t = 0; t < n; ++t)
    x[t] = std::cos(2 * std::numbers::pi * k * static_cast<double>(t) / static_cast<double>(n));
  return x * std::sqrt(2 * static_cast<double>(n - 1) / static_cast<double>(n));
}

/// Signal cosine(1) and one other cosine a repeat as noise: every sample covariance is exact.
inline Eigen::MatrixXd exact_repeats(int repeats,
                                     Eigen::Index samples,
                                     double signal_variance,
                                     double noise_variance) {
  Eigen::MatrixXd y(repeats, samples);
  for (int i = 0; i < repeats; ++i)
    y.row(i) = (std::sqrt(signal_variance) * cosine(1, samples) +
                std::sqrt(noise_variance) * cosine(i + 2, samples))
                   .transpose();
  return y;
}

/// Gaussian signal of variance 1 under Gaussian noise.
inline Eigen::MatrixXd drawn_repeats(
    int repeats, Eigen::Index samples, double noise_variance, double signal_sd, Stream& random) {
  Eigen::MatrixXd y(repeats, samples);
  for (Eigen::Index t = 0; t < samples; ++t) {
    const double signal = signal_sd * random.normal();
    for (int i = 0; i < repeats; ++i)
      y(i, t) = signal + std::sqrt(noise_variance) * random.normal();
  }
  return y;
}

/// The repeats as held-out samples of one fold, run after run, with a prediction a moment.
inline HeldOut held_out_repeats(const Eigen::MatrixXd& y, const Eigen::VectorXd& prediction) {
  HeldOut fold;
  const Eigen::Index n = y.size();
  fold.observed.resize(n);
  fold.predicted.resize(n);
  fold.time.resize(n);
  fold.sd = Eigen::VectorXd::Ones(n);
  fold.run.assign(static_cast<std::size_t>(n), 0);
  for (Eigen::Index i = 0, at = 0; i < y.rows(); ++i)
    for (Eigen::Index t = 0; t < y.cols(); ++t, ++at) {
      fold.observed[at] = y(i, t);
      fold.predicted[at] = prediction[t];
      fold.time[at] = static_cast<double>(t);
      fold.stimulus.push_back(static_cast<int>(t));
    }
  return fold;
}

/// Mean and standard deviation of numbers, for tolerances of sampling.
struct Spread {
  double count = 0, sum = 0, squares = 0;
  void add(double x) { count += 1, sum += x, squares += x * x; }
  double mean() const { return sum / count; }
  double sd() const { return std::sqrt((squares - sum * sum / count) / (count - 1)); }
};

}  // namespace insula::evaluation

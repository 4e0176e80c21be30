// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/noise_ceilings.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

void require_repeats(const Eigen::MatrixXd& repeats) {
  if (repeats.rows() < 2 || repeats.cols() < 3 || !repeats.allFinite())
    throw InternalError("a noise ceiling needs two repeats of three samples, all of them known");
}

double variance(const Eigen::VectorXd& x) {
  const Eigen::VectorXd d = x.array() - x.mean();
  const double largest = x.cwiseAbs().maxCoeff(), sum = d.squaredNorm();
  return numerics::is_constant(sum, largest, x.size()) ? 0
                                                       : sum / static_cast<double>(x.size() - 1);
}

// The mean of correlations as Fisher's z; those that do not exist are passed over.
class MeanCorrelation {
 public:
  void add(double r) {
    if (std::isnan(r)) return;
    sum_ += std::atanh(r);
    ++count_;
  }
  double value() const { return count_ > 0 ? std::tanh(sum_ / count_) : kNaN; }

 private:
  double sum_ = 0;
  int count_ = 0;
};

// The number of ways to halve `n` repeats, of an odd number one is left out; at most `most` + 1.
double ways_to_halve(Eigen::Index n, double most) {
  const auto half = static_cast<double>(n / 2);
  double ways = n % 2 == 0 ? 0.5 : 0.5 * static_cast<double>(n);
  for (double k = 1; k <= half && ways <= 2 * most; ++k) ways *= (half + k) / k;
  return std::min(std::round(ways), most + 1);
}

// Repeats by the half they are in: 0 and 1; 2: left out.
double correlation_of_halves(const Eigen::MatrixXd& repeats, const std::vector<int>& half_of) {
  Eigen::VectorXd mean[2] = {Eigen::VectorXd::Zero(repeats.cols()),
                             Eigen::VectorXd::Zero(repeats.cols())};
  for (std::size_t i = 0; i < half_of.size(); ++i)
    if (half_of[i] < 2) mean[half_of[i]] += repeats.row(static_cast<Eigen::Index>(i)).transpose();
  return numerics::correlation(mean[0], mean[1]);
}

void add_all_halvings(const Eigen::MatrixXd& repeats, MeanCorrelation& mean) {
  const std::size_t n = repeats.rows(), half = n / 2;
  const std::size_t out_of = n % 2 == 0 ? 1 : n;
  for (std::size_t left_out = 0; left_out < out_of; ++left_out) {
    std::vector<std::size_t> in;
    for (std::size_t i = 0; i < n; ++i)
      if (n % 2 == 0 || i != left_out) in.push_back(i);
    // The first stays in the first half, so that no halving comes twice.
    std::vector<int> others(in.size() - 1, 1);
    std::fill_n(others.begin(), half - 1, 0);
    do {
      std::vector<int> half_of(n, 2);
      half_of[in[0]] = 0;
      for (std::size_t i = 1; i < in.size(); ++i) half_of[in[i]] = others[i - 1];
      mean.add(correlation_of_halves(repeats, half_of));
    } while (std::next_permutation(others.begin(), others.end()));
  }
}

void add_drawn_halvings(const Eigen::MatrixXd& repeats,
                        int splits,
                        Stream& random,
                        MeanCorrelation& mean) {
  const std::size_t n = repeats.rows(), half = n / 2;
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (int split = 0; split < splits; ++split) {
    for (std::size_t i = n - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
    std::vector<int> half_of(n, 2);
    for (std::size_t i = 0; i < 2 * half; ++i) half_of[order[i]] = i < half ? 0 : 1;
    mean.add(correlation_of_halves(repeats, half_of));
  }
}

// The reliability ρ of one repeat with r² = ρ·ρ_{N−1}, the positive root of
// (N − 1)·ρ² − (N − 2)·r²·ρ − r² = 0. Repeats that oppose each other have none.
double reliability_behind(double r, double n) {
  if (!(r > 0)) return r == 0 ? 0 : kNaN;
  const double b = (n - 2) * r * r;
  return (b + std::sqrt(b * b + 4 * (n - 1) * r * r)) / (2 * (n - 1));
}

}  // namespace

double Power::reliability(int repeats) const {
  return total > 0 ? signal / (signal + noise / repeats) : kNaN;
}

Power power(const Eigen::MatrixXd& repeats) {
  require_repeats(repeats);
  const auto n = static_cast<double>(repeats.rows());
  double sum = 0;
  for (Eigen::Index i = 0; i < repeats.rows(); ++i) sum += variance(repeats.row(i).transpose());
  Power result;
  result.total = sum / n;
  result.signal = (variance(repeats.colwise().sum().transpose()) - sum) / (n * (n - 1));
  result.noise = result.total - result.signal;
  return result;
}

double cc_max(const Eigen::MatrixXd& repeats) {
  const double signal = power(repeats).signal;
  const double of_mean = variance(repeats.colwise().mean().transpose());
  return signal > 0 && of_mean > 0 ? std::sqrt(signal / of_mean) : kNaN;
}

double cc_norm(const Eigen::VectorXd& prediction, const Eigen::MatrixXd& repeats) {
  return numerics::correlation(prediction, repeats.colwise().mean().transpose()) / cc_max(repeats);
}

double spearman_brown(double reliability, double factor) {
  return factor * reliability / (1 + (factor - 1) * reliability);
}

SplitHalf split_half(const Eigen::MatrixXd& repeats, int splits, Stream& random) {
  require_repeats(repeats);
  if (splits < 1) throw InternalError("halving repeats needs at least one split");
  MeanCorrelation mean;
  if (ways_to_halve(repeats.rows(), splits) <= splits)
    add_all_halvings(repeats, mean);
  else
    add_drawn_halvings(repeats, splits, random, mean);
  const auto all = static_cast<double>(repeats.rows());
  const auto half = static_cast<double>(repeats.rows() / 2);
  const double r = mean.value();
  return {r, spearman_brown(r, 1 / half), spearman_brown(r, all / half)};
}

LeaveOneOut leave_one_out(const Eigen::MatrixXd& repeats) {
  require_repeats(repeats);
  const Eigen::VectorXd sum = repeats.colwise().sum().transpose();
  MeanCorrelation lower, upper;
  for (Eigen::Index i = 0; i < repeats.rows(); ++i) {
    const Eigen::VectorXd one = repeats.row(i).transpose();
    lower.add(numerics::correlation(one, sum - one));
    upper.add(numerics::correlation(one, sum));
  }
  const double r = lower.value();
  return {r, upper.value(), reliability_behind(r, static_cast<double>(repeats.rows()))};
}

double noise_variance(const Eigen::VectorXd& value, const std::vector<int>& stimulus) {
  if (value.size() != static_cast<Eigen::Index>(stimulus.size()))
    throw InternalError("every value needs the name of its stimulus");
  const int last = stimulus.empty() ? -1 : *std::max_element(stimulus.begin(), stimulus.end());
  std::vector<double> count(last + 1, 0), mean(last + 1, 0);
  for (std::size_t i = 0; i < stimulus.size(); ++i) {
    if (stimulus[i] < 0) continue;
    const double n = ++count[stimulus[i]];
    mean[stimulus[i]] += (value[static_cast<Eigen::Index>(i)] - mean[stimulus[i]]) / n;
  }
  double squares = 0, degrees = 0;
  for (std::size_t i = 0; i < stimulus.size(); ++i)
    if (stimulus[i] >= 0)
      squares += std::pow(value[static_cast<Eigen::Index>(i)] - mean[stimulus[i]], 2);
  for (const double n : count) degrees += std::max(0.0, n - 1);
  return degrees > 0 ? squares / degrees : kNaN;
}

SimulatedCeiling simulated_ceiling(
    double signal_variance, double noise_variance, int samples, int draws, Stream& random) {
  if (!(signal_variance > 0) || !(noise_variance > 0) || samples < 3 || draws < 1)
    throw InternalError("a simulated ceiling needs signal, noise, three samples and a draw");
  const double signal_sd = std::sqrt(signal_variance), noise_sd = std::sqrt(noise_variance);
  std::vector<double> all;
  double sum = 0;
  for (int d = 0; d < draws; ++d) {
    Eigen::VectorXd signal(samples), measured(samples);
    for (int i = 0; i < samples; ++i) {
      signal[i] = signal_sd * random.normal();
      measured[i] = signal[i] + noise_sd * random.normal();
    }
    all.push_back(numerics::correlation(signal, measured));
    sum += all.back();
  }
  return {sum / draws, numerics::quantile(all, 0.025), numerics::quantile(all, 0.975)};
}

}  // namespace insula::evaluation

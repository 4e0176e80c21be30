// SPDX-License-Identifier: Apache-2.0
// Noise ceilings of held-out scores, from repeats within each fold's held-out samples.
#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/evaluation/scores.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

using Pool = std::span<const std::pair<int, int>>;

// How often each sample of each fold is drawn.
std::vector<Eigen::VectorXd> weights_of(std::span<const HeldOut> folds, Pool samples) {
  std::vector<Eigen::VectorXd> weights;
  for (const HeldOut& fold : folds) weights.push_back(Eigen::VectorXd::Zero(fold.observed.size()));
  for (const auto& [fold, sample] : samples) weights[fold][sample] += 1;
  return weights;
}

// One stimulus in one fold.
struct Presented {
  int samples = 0;
  double weight = 0, squared_weight = 0, mean = 0, squares = 0;

  // Unbiased at any weights.
  double noise() const { return squares / (weight - squared_weight / weight); }
};

std::vector<Presented> presentations(const HeldOut& fold, const Eigen::VectorXd& weight) {
  int last = -1;
  for (const int stimulus : fold.stimulus) last = std::max(last, stimulus);
  std::vector<Presented> all(last + 1);
  const auto each = [&](auto visit) {
    for (std::size_t i = 0; i < fold.stimulus.size(); ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      if (fold.stimulus[i] >= 0 && weight[row] > 0)
        visit(all[fold.stimulus[i]], weight[row], fold.observed[row]);
    }
  };
  each([](Presented& p, double w, double y) {
    ++p.samples;
    p.weight += w;
    p.squared_weight += w * w;
    p.mean += (y - p.mean) * w / p.weight;
  });
  each([](Presented& p, double w, double y) { p.squares += w * (y - p.mean) * (y - p.mean); });
  return all;
}

// What is expected of noise in sums over a fold's drawn samples.
struct NoiseOf {
  double samples = 0;   // Σ w
  double repeated = 0;  // Σ w of samples that came again
  double squares = 0;   // Σ w σ²
  double of_mean = 0;   // Σ w times the variance of the weighted mean
};

NoiseOf noise_in(const HeldOut& fold, const Eigen::VectorXd& weight) {
  NoiseOf noise;
  noise.samples = weight.sum();
  double squared_weight = 0;
  for (const Presented& p : presentations(fold, weight)) {
    if (p.samples < 2) continue;
    noise.repeated += p.weight;
    squared_weight += p.squared_weight;
    noise.squares += p.weight * p.noise();
    noise.of_mean += p.squared_weight * p.noise() / noise.samples;
  }
  if (noise.repeated == 0) return noise;
  const double mean_noise = noise.squares / noise.repeated;
  noise.squares += (noise.samples - noise.repeated) * mean_noise;
  noise.of_mean += (weight.squaredNorm() - squared_weight) * mean_noise / noise.samples;
  return noise;
}

// Too little is known of a fold if most of its samples came once.
bool is_known(const NoiseOf& noise) { return 2 * noise.repeated >= noise.samples; }

// 1 − noise / all, both sums of squares; NaN unless positive.
double share_of_signal(double noise, double all) {
  const double share = 1 - noise / all;
  return share > 0 ? share : kNaN;
}

struct Sums {
  double noise = 0, all = 0;
};

// Around the mean of each fold.
Sums centred_sums(std::span<const HeldOut> folds, Pool samples) {
  Sums sums;
  double largest = 0;
  const std::vector<Eigen::VectorXd> weights = weights_of(folds, samples);
  for (std::size_t f = 0; f < folds.size(); ++f) {
    if (weights[f].sum() == 0) continue;
    const NoiseOf noise = noise_in(folds[f], weights[f]);
    if (!is_known(noise)) return {kNaN, kNaN};
    const Eigen::VectorXd& y = folds[f].observed;
    const double mean = weights[f].dot(y) / noise.samples;
    sums.noise += noise.squares - noise.of_mean;
    sums.all += weights[f].dot((y.array() - mean).square().matrix());
    largest = std::max(largest, y.cwiseAbs().maxCoeff());
  }
  if (numerics::is_constant(sums.all, largest, static_cast<Eigen::Index>(samples.size())))
    return {kNaN, kNaN};
  return sums;
}

// Around the training mean.
Sums sums_about_training(std::span<const HeldOut> folds, Pool samples) {
  Sums sums;
  const std::vector<Eigen::VectorXd> weights = weights_of(folds, samples);
  for (std::size_t f = 0; f < folds.size(); ++f) {
    if (weights[f].sum() == 0) continue;
    const NoiseOf noise = noise_in(folds[f], weights[f]);
    if (!is_known(noise)) return {kNaN, kNaN};
    sums.noise += noise.squares;
    sums.all +=
        weights[f].dot((folds[f].observed.array() - folds[f].training_mean).square().matrix());
  }
  return sums;
}

}  // namespace

double ceiling_of_r(std::span<const HeldOut> folds, Pool samples) {
  const Sums sums = centred_sums(folds, samples);
  return std::sqrt(share_of_signal(sums.noise, sums.all));
}

double ceiling_of_r2(std::span<const HeldOut> folds, Pool samples) {
  const Sums sums = sums_about_training(folds, samples);
  return share_of_signal(sums.noise, sums.all);
}

std::string why_no_ceiling(const Metric& metric, std::span<const HeldOut> folds) {
  if (metric.ceiling == nullptr) return "the metric has none";
  std::vector<std::pair<int, int>> all;
  for (std::size_t f = 0; f < folds.size(); ++f) {
    const Eigen::VectorXd once = Eigen::VectorXd::Ones(folds[f].observed.size());
    if (once.size() > 0 && !is_known(noise_in(folds[f], once)))
      return "most of the held-out samples of a fold show a stimulus that does not come again in "
             "it";
    for (int i = 0; i < once.size(); ++i) all.emplace_back(static_cast<int>(f), i);
  }
  if (!std::isnan(metric.ceiling(folds, all))) return "";
  return "repeats of a stimulus differ as much as different stimuli do";
}

}  // namespace insula::evaluation

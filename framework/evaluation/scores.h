// SPDX-License-Identifier: Apache-2.0
// Held-out scores with intervals: one registry of metrics for hypotheses and baselines alike.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace insula::evaluation {

/// Held-out samples of one channel in one fold, with what a model predicted for them.
struct HeldOut {
  Eigen::VectorXd time;      // s, ascending within a run
  std::vector<int> run;      // per sample; runs that repeat one stimulus count as one
  Eigen::VectorXd observed;  // finite: missing samples are left out before
  Eigen::VectorXd predicted;
  Eigen::VectorXd sd;  // predictive standard deviation
  /// Log predictive density of each, where it is not the normal one; otherwise empty.
  Eigen::VectorXd density = {};
  double training_mean = 0;  // of the channel: the reference of R²
  /// Which moment of which stimulus each sample shows, from 0: samples of one fold with the same
  /// number are repeats. −1: it came once. Empty: no stimulus is known.
  std::vector<int> stimulus = {};
};

struct ScoreSums;

/// A score of some samples, given as (fold, sample).
struct Metric {
  std::string_view name;   // "r", "r2", "log_density"
  std::string_view title;  // "correlation", "R²", "log predictive density per sample (nats)"
  double (*score)(std::span<const HeldOut> folds, std::span<const std::pair<int, int>> samples);
  /// The noise ceiling of `score` on the same samples; nullptr if it has none.
  double (*ceiling)(std::span<const HeldOut> folds,
                    std::span<const std::pair<int, int>> samples) = nullptr;
  /// `score` from the sums of each fold's samples; nullptr if it needs more than sums.
  double (*of_sums)(std::span<const ScoreSums> folds) = nullptr;
};

/// r, r2, log_density. Before correlating, observed and predicted are centred within each fold:
/// otherwise the training mean, low where the held-out part is high, would correlate negatively and
/// every model with it. A correlation with a constant prediction is 0 by definition (it carries no
/// information); of a constant observation, or of fewer than three samples, NaN.
std::span<const Metric> metrics();

/// The score of the best model that knows the stimulus and nothing else of a presentation: with
/// σ² = Σ (y − ȳ)² / (n − 1), the noise of a stimulus, the share of the held-out variance that is
/// not noise (R²), or its root (r). Only observed values of the held-out samples themselves enter:
/// each fold's from repeats within it. A sample that came once is taken to have the fold's mean
/// noise. Samples that are drawn several times weigh as much, and count as one in n − 1.
///
/// NaN if in some fold less than half of the samples came again, and if noise alone explains as
/// much variance as there is. Not clipped otherwise; a model that knows more of a presentation than
/// its stimulus may score higher.
/// source  Sahani & Linden 2003, NIPS 15:125; Lage-Castellanos et al. 2019, PLoS Comput. Biol.
///         15:e1006397
double ceiling_of_r(std::span<const HeldOut> folds, std::span<const std::pair<int, int>> samples);
double ceiling_of_r2(std::span<const HeldOut> folds, std::span<const std::pair<int, int>> samples);

/// Why there is no ceiling, in words that follow "noise ceiling of …:"; empty if there is one.
std::string why_no_ceiling(const Metric& metric, std::span<const HeldOut> folds);

/// A metric over its ceiling on the same samples, so that an interval holds the uncertainty of
/// both; and the ceiling itself. nullptr for a metric without one.
const Metric* normalised(const Metric& metric);
const Metric* ceiling_of(const Metric& metric);

struct Interval95 {
  double value = 0, low = 0, high = 0;
};

/// Bootstrap over blocks: held-out samples are cut into contiguous blocks of at least
/// `block_length` seconds within fold and run, blocks are drawn with replacement, and the metric is
/// computed on the pooled draw; percentile interval, expanded for few blocks. Where a run's part of
/// a fold is shorter than `block_length` it is one block. Draws without a score (NaN) are left out;
/// with fewer than two blocks, or if most draws are without a score, the bounds are NaN. errors
/// InternalError unless block_length > 0 and draws ≥ 1 source  Künsch 1989, Ann. Statist. 17:1217;
/// Politis & Romano 1994; Hesterberg 2015, Am. Stat.
///         69:371 (expansion)
struct Bootstrap {
  double block_length = 32;  // s
  int draws = 2000;
  std::uint64_t seed = 0;
  std::string task;  // key of the random stream
};

Interval95 score(const Metric& metric, std::span<const HeldOut> folds, const Bootstrap& bootstrap);

/// Score of `model` minus score of `other` on the same samples: every draw uses the same blocks for
/// both. errors  InternalError unless both hold the same samples.
Interval95 difference(const Metric& metric,
                      std::span<const HeldOut> model,
                      std::span<const HeldOut> other,
                      const Bootstrap& bootstrap);

/// The same for the mean over channels: outer index channel. Every channel has the same folds; a
/// draw takes the same stretches of time in all of them. Channels whose score is NaN are left out.
Interval95 mean_score(const Metric& metric,
                      std::span<const std::vector<HeldOut>> channels,
                      const Bootstrap& bootstrap);
Interval95 mean_difference(const Metric& metric,
                           std::span<const std::vector<HeldOut>> model,
                           std::span<const std::vector<HeldOut>> other,
                           const Bootstrap& bootstrap);

/// The mean over channels in every draw, in the order of the draws: with the same bootstrap two
/// models have the same blocks in a draw, if they are scored on the same samples. NaN where a draw
/// has no score; no draws if there are fewer than two blocks.
std::vector<double> mean_score_draws(const Metric& metric,
                                     std::span<const std::vector<HeldOut>> channels,
                                     const Bootstrap& bootstrap);

/// Bounds of the 95 % interval that draws over so many blocks span, expanded as above; NaN if most
/// draws are without a score.
Interval95 interval_of_draws(double value, std::vector<double> draws, std::size_t blocks);

/// How many blocks a bootstrap draws from.
std::size_t count_blocks(std::span<const std::vector<HeldOut>> channels,
                         const Bootstrap& bootstrap);

/// The median over channels, of a metric that is a quotient: one channel with hardly any signal
/// must not outweigh all others. In a draw, channels without a score are left out.
Interval95 median_score(const Metric& metric,
                        std::span<const std::vector<HeldOut>> channels,
                        const Bootstrap& bootstrap);

/// Posterior model probabilities from log evidences under equal priors: softmax.
/// An evidence of −∞ has probability 0; one that is NaN (no fit) stays NaN and the others share 1.
std::vector<double> model_probabilities(std::span<const double> log_evidence);

/// Nats of log evidence below which nothing is decided: odds of 20 to 1.
/// source  Kass & Raftery 1995, J. Am. Stat. Assoc. 90:773, sec. 3.2
inline constexpr double kDecisive = 3;

/// The simplest of the models whose log evidence is within kDecisive of the best: a more complex
/// one has to earn it. Of equally simple ones that with more evidence.
///
/// shape  per model its log evidence and how many free parameters it has; not empty, no NaN
std::size_t kept_model(std::span<const double> log_evidence,
                       std::span<const std::size_t> parameters);

}  // namespace insula::evaluation

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/evaluation/detail/blocks.h"
#include "framework/evaluation/scores.h"
#include "framework/evaluation/sums.h"
#include "framework/numerics/statistics.h"

namespace insula::evaluation {
namespace {

using detail::Blocks;
using detail::Channel;
using detail::SampleList;

enum class Over { mean, median };

struct BlockSums {
  int fold = 0;
  ScoreSums sums;
};

// The metric of `model` (minus that of `other`, if there is one), over channels.
class Contrast {
 public:
  Contrast(const Metric& metric,
           std::vector<Channel> model,
           std::vector<Channel> other,
           const Blocks& blocks,
           Over over)
      : metric_(metric),
        model_(std::move(model)),
        other_(std::move(other)),
        blocks_(blocks),
        over_(over) {
    std::vector<std::size_t> all(blocks.count());
    for (std::size_t b = 0; b < all.size(); ++b) all[b] = b;
    for (std::size_t c = 0; c < model_.size(); ++c) {
      if (!std::isnan(of_channel(c, all))) channels_.push_back(c);
    }
    value_ = at(all);
    // From here on blocks are drawn: their sums do. They round differently, which the value, as
    // others compute it from samples, must not.
    if (metric_.of_sums != nullptr) {
      model_sums_ = by_block(model_);
      other_sums_ = by_block(other_);
    }
  }

  double value() const { return value_; }

  double at(const std::vector<std::size_t>& draw) {
    if (over_ == Over::median) return median_at(draw);
    double sum = 0;
    for (const std::size_t c : channels_) sum += of_channel(c, draw);
    return channels_.empty() ? kNaN : sum / static_cast<double>(channels_.size());
  }

 private:
  double median_at(const std::vector<std::size_t>& draw) {
    std::vector<double> scores;
    for (const std::size_t c : channels_) {
      const double score = of_channel(c, draw);
      if (!std::isnan(score)) scores.push_back(score);
    }
    return numerics::quantile(std::move(scores), 0.5);
  }

  // The sums of every block, which lies in one fold; those of the other folds stay empty.
  std::vector<std::vector<BlockSums>> by_block(const std::vector<Channel>& channels) const {
    std::vector<std::vector<BlockSums>> result(channels.size());
    for (std::size_t c = 0; c < channels.size(); ++c) {
      const std::vector<Centre> from = centres(channels[c]);
      for (std::size_t b = 0; b < blocks_.count(); ++b) {
        const SampleList& samples = blocks_.samples(c, b);
        const int fold = samples.empty() ? 0 : samples[0].first;
        result[c].push_back({fold, score_sums(channels[c], from, samples)[fold]});
      }
    }
    return result;
  }

  double of_channel(std::size_t c, const std::vector<std::size_t>& draw) {
    if (!model_sums_.empty()) {
      const double score = of_sums(model_sums_[c], model_[c].size(), draw);
      return other_.empty() ? score : score - of_sums(other_sums_[c], other_[c].size(), draw);
    }
    pool_.clear();
    for (const std::size_t block : draw) {
      const SampleList& samples = blocks_.samples(c, block);
      pool_.insert(pool_.end(), samples.begin(), samples.end());
    }
    const double score = metric_.score(model_[c], pool_);
    return other_.empty() ? score : score - metric_.score(other_[c], pool_);
  }

  double of_sums(const std::vector<BlockSums>& blocks,
                 std::size_t folds,
                 const std::vector<std::size_t>& draw) {
    pooled_.assign(folds, {});
    for (const std::size_t block : draw) pooled_[blocks[block].fold].add(blocks[block].sums);
    return metric_.of_sums(pooled_);
  }

  const Metric& metric_;
  std::vector<Channel> model_, other_;
  const Blocks& blocks_;
  Over over_;
  std::vector<std::size_t> channels_;                            // those whose score exists
  std::vector<std::vector<BlockSums>> model_sums_, other_sums_;  // channel, block
  std::vector<ScoreSums> pooled_;
  SampleList pool_;
  double value_ = kNaN;
};

// Percentiles of the draws are too near to each other when blocks are few: the variance of a draw
// is short by 1 − 1/n, and its distribution has no heavier tails for an unknown variance. Both are
// made good by the percentile at √(n/(n − 1)) times Student's quantile. source  Hesterberg 2015,
// Am. Stat. 69:371, section 5 (expanded percentile interval)
double lower_level(std::size_t blocks) {
  const auto n = static_cast<double>(blocks);
  const double t = numerics::student_quantile(0.025, static_cast<int>(blocks) - 1);
  return 0.5 * std::erfc(-t * std::sqrt(n / (n - 1)) / std::numbers::sqrt2);
}

void require_sound(const Bootstrap& bootstrap) {
  if (!(bootstrap.block_length > 0) || bootstrap.draws < 1)
    throw InternalError("a bootstrap needs blocks of positive length and at least one draw");
}

// One a draw; none with fewer than two blocks: one block drawn again and again would pretend to
// certainty.
std::vector<double> draws_of(Contrast& contrast, std::size_t blocks, const Bootstrap& bootstrap) {
  std::vector<double> scores;
  if (blocks < 2) return scores;
  Stream random(bootstrap.seed, bootstrap.task);
  std::vector<std::size_t> draw(blocks);
  for (int d = 0; d < bootstrap.draws; ++d) {
    for (std::size_t& block : draw) block = random.below(blocks);
    scores.push_back(contrast.at(draw));
  }
  return scores;
}

Interval95 interval(const Metric& metric,
                    std::vector<Channel> model,
                    std::vector<Channel> other,
                    const Bootstrap& bootstrap,
                    Over over = Over::mean) {
  require_sound(bootstrap);
  const Blocks blocks(model, bootstrap.block_length);
  Contrast contrast(metric, std::move(model), std::move(other), blocks, over);
  const double value = contrast.value();
  if (std::isnan(value)) return {value, kNaN, kNaN};
  return interval_of_draws(value, draws_of(contrast, blocks.count(), bootstrap), blocks.count());
}

void require_same_samples(const Channel& model, const Channel& other) {
  bool same = model.size() == other.size();
  for (std::size_t f = 0; same && f < model.size(); ++f) {
    same = model[f].run == other[f].run && model[f].time.size() == other[f].time.size() &&
           model[f].time == other[f].time && model[f].observed == other[f].observed;
  }
  if (!same) throw InternalError("two models are compared on different held-out samples");
}

std::vector<Channel> views(std::span<const std::vector<HeldOut>> channels) {
  return {channels.begin(), channels.end()};
}

}  // namespace

Interval95 score(const Metric& metric, std::span<const HeldOut> folds, const Bootstrap& bootstrap) {
  return interval(metric, {folds}, {}, bootstrap);
}

Interval95 difference(const Metric& metric,
                      std::span<const HeldOut> model,
                      std::span<const HeldOut> other,
                      const Bootstrap& bootstrap) {
  require_same_samples(model, other);
  return interval(metric, {model}, {other}, bootstrap);
}

Interval95 mean_score(const Metric& metric,
                      std::span<const std::vector<HeldOut>> channels,
                      const Bootstrap& bootstrap) {
  return interval(metric, views(channels), {}, bootstrap);
}

std::vector<double> mean_score_draws(const Metric& metric,
                                     std::span<const std::vector<HeldOut>> channels,
                                     const Bootstrap& bootstrap) {
  require_sound(bootstrap);
  std::vector<Channel> model = views(channels);
  const Blocks blocks(model, bootstrap.block_length);
  Contrast contrast(metric, std::move(model), {}, blocks, Over::mean);
  return draws_of(contrast, blocks.count(), bootstrap);
}

Interval95 interval_of_draws(double value, std::vector<double> draws, std::size_t blocks) {
  Interval95 result{value, kNaN, kNaN};
  const std::size_t all = draws.size();
  std::erase_if(draws, [](double score) { return std::isnan(score); });
  if (blocks < 2 || 2 * draws.size() < all || draws.empty()) return result;
  const double level = lower_level(blocks);
  result.low = numerics::quantile(draws, level);
  result.high = numerics::quantile(std::move(draws), 1 - level);
  return result;
}

std::size_t count_blocks(std::span<const std::vector<HeldOut>> channels,
                         const Bootstrap& bootstrap) {
  return Blocks(views(channels), bootstrap.block_length).count();
}

Interval95 median_score(const Metric& metric,
                        std::span<const std::vector<HeldOut>> channels,
                        const Bootstrap& bootstrap) {
  return interval(metric, views(channels), {}, bootstrap, Over::median);
}

Interval95 mean_difference(const Metric& metric,
                           std::span<const std::vector<HeldOut>> model,
                           std::span<const std::vector<HeldOut>> other,
                           const Bootstrap& bootstrap) {
  if (model.size() != other.size()) {
    throw InternalError("two models are compared on different channels");
  }
  for (std::size_t c = 0; c < model.size(); ++c) require_same_samples(model[c], other[c]);
  return interval(metric, views(model), views(other), bootstrap);
}

}  // namespace insula::evaluation

// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/detail/blocks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace insula::evaluation::detail {
namespace {

// Held-out samples of one fold in one run, all channels together.
struct Stretch {
  double first = std::numeric_limits<double>::infinity();
  double last = -std::numeric_limits<double>::infinity();
  double step = std::numeric_limits<double>::infinity();  // smallest time between two samples
  std::size_t first_block = 0;
  int blocks = 0;
};

using Stretches = std::map<std::pair<int, int>, Stretch>;  // by (fold, run)

Stretches find_stretches(const std::vector<Channel>& channels) {
  Stretches stretches;
  for (const Channel& folds : channels) {
    for (std::size_t f = 0; f < folds.size(); ++f) {
      const HeldOut& held_out = folds[f];
      for (Eigen::Index s = 0; s < held_out.time.size(); ++s) {
        Stretch& stretch = stretches[{static_cast<int>(f), held_out.run[s]}];
        stretch.first = std::min(stretch.first, held_out.time[s]);
        stretch.last = std::max(stretch.last, held_out.time[s]);
        // Runs that repeat a stimulus count as one: time starts again with each of them.
        if (s > 0 && held_out.run[s] == held_out.run[s - 1] &&
            held_out.time[s] > held_out.time[s - 1]) {
          stretch.step = std::min(stretch.step, held_out.time[s] - held_out.time[s - 1]);
        }
      }
    }
  }
  return stretches;
}

void assign(const Channel& folds, Stretches& stretches, std::vector<SampleList>& blocks) {
  for (std::size_t f = 0; f < folds.size(); ++f) {
    for (Eigen::Index s = 0; s < folds[f].time.size(); ++s) {
      const Stretch& stretch = stretches[{static_cast<int>(f), folds[f].run[s]}];
      const double span =
          stretch.last - stretch.first + (std::isfinite(stretch.step) ? stretch.step : 1);
      const int block =
          static_cast<int>((folds[f].time[s] - stretch.first) / span * stretch.blocks + 1e-9);
      blocks[stretch.first_block + std::min(block, stretch.blocks - 1)].emplace_back(
          static_cast<int>(f), static_cast<int>(s));
    }
  }
}

}  // namespace

Blocks::Blocks(const std::vector<Channel>& channels, double length) {
  Stretches stretches = find_stretches(channels);
  std::size_t count = 0;
  for (auto& [key, stretch] : stretches) {
    const double span =
        stretch.last - stretch.first + (std::isfinite(stretch.step) ? stretch.step : 0);
    stretch.blocks = std::max(1, static_cast<int>(span / length + 1e-9));
    stretch.first_block = count;
    count += stretch.blocks;
  }
  samples_.assign(channels.size(), std::vector<SampleList>(count));
  for (std::size_t c = 0; c < channels.size(); ++c) assign(channels[c], stretches, samples_[c]);
  drop_empty();
}

void Blocks::drop_empty() {
  for (std::size_t block = count(); block-- > 0;) {
    const bool empty = std::all_of(samples_.begin(), samples_.end(), [block](const auto& channel) {
      return channel[block].empty();
    });
    if (!empty) continue;
    for (auto& channel : samples_) channel.erase(channel.begin() + static_cast<long>(block));
  }
}

}  // namespace insula::evaluation::detail

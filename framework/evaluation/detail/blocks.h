// SPDX-License-Identifier: Apache-2.0
// Held-out samples in blocks of time: what is drawn, or flipped, together.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "framework/evaluation/scores.h"

namespace insula::evaluation::detail {

using Channel = std::span<const HeldOut>;
using SampleList = std::vector<std::pair<int, int>>;  // (fold, sample)

/// Block by block, the samples of every channel. Blocks are cut in time, so that channels that are
/// sampled at other moments are drawn together; a run's part of a fold that is shorter than
/// `length` seconds is one. A block in which every sample is missing is none.
class Blocks {
 public:
  Blocks(const std::vector<Channel>& channels, double length);

  std::size_t count() const { return samples_.empty() ? 0 : samples_[0].size(); }
  const SampleList& samples(std::size_t channel, std::size_t block) const {
    return samples_[channel][block];
  }

 private:
  void drop_empty();

  std::vector<std::vector<SampleList>> samples_;  // channel, block
};

}  // namespace insula::evaluation::detail

// SPDX-License-Identifier: Apache-2.0
// Which stimuli go through a network together.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace insula::extraction::detail {

/// Batches of at most `most` of `count` stimuli. Texts of a batch have the same number of tokens,
/// and waveforms of samples, so that none is padded and no row depends on its neighbours. The same
/// stimuli give the same batches. shape   tokens [count], or empty where all stimuli are alike
std::vector<std::vector<std::size_t>> batches(std::size_t count,
                                              std::span<const std::size_t> tokens,
                                              std::size_t most);

}  // namespace insula::extraction::detail

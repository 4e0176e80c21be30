// SPDX-License-Identifier: Apache-2.0
// Channels are lost for stretches of ten samples, each by itself, with this probability. What is
// lost is missing, not zero.
//
// source  as dropped electrodes and frames are marked in recordings; ten samples, so that what is
//         lost cannot be read off its neighbours
#include <limits>

#include "modules/corruptions/detail/training.h"

namespace insula::corruptions {
namespace {

constexpr Eigen::Index kStretch = 10;  // samples

void drop(const CorruptionSettings& settings, Stream random, Corruptible& data) {
  for (CorruptibleSeries& s : data.series)
    for (Eigen::Index first = 0; first < s.value.size(); first += kStretch)
      if (random.uniform() < settings.strength)
        s.value.segment(first, std::min(kStretch, s.value.size() - first))
            .setConstant(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

extern const CorruptionKind channel_dropout;
const CorruptionKind channel_dropout = {
    "channel_dropout",
    "Channels are missing for stretches of ten samples.",
    "share of samples that are lost, 0 to 1",
    "a convention",
    1,
    CorruptionKind::Condition::none,
    false,
    true,
    drop,
};

}  // namespace insula::corruptions

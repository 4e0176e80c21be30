// SPDX-License-Identifier: Apache-2.0
// The head moves at random moments: all channels of a recording jump at once, each by its own
// amount, and fall back within a few samples.
//
//   y_c(t) += 5 · sd(y_c) · a_c · ½^k   in sample k = 0, 1, 2 after a spike,  a_c ~ N(0, 1)
//
// source  Power et al. 2012, NeuroImage 59:2142 (spikes that many regions share); their rate is the
//         strength, their size a convention
#include "modules/corruptions/detail/training.h"

namespace insula::corruptions {
namespace {

constexpr double kSize = 5, kSecondsPerMinute = 60;
constexpr int kSamples = 3;

// Where spikes begin. One uniform number a sample, whatever the strength: more spikes join those of
// a weaker corruption.
std::vector<char> spikes(const CorruptibleSeries& s, double per_minute, Stream& random) {
  const double probability = -std::expm1(-per_minute / kSecondsPerMinute * s.interval);
  std::vector<char> list;
  for (std::size_t i = 0; i < s.time.size(); ++i) list.push_back(random.uniform() < probability);
  return list;
}

void add_spikes(const CorruptionSettings& settings, Stream random, Corruptible& data) {
  std::vector<char> at;
  const CorruptibleSeries* before = nullptr;
  for (CorruptibleSeries& s : data.series) {
    const bool is_same = before && before->run == s.run && before->recording == s.recording &&
                         at.size() == s.time.size();
    if (!is_same) at = spikes(s, settings.strength, random);
    before = &s;
    const double sd = moments(s).sd;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const double amplitude = random.normal();
      double size = at[i] ? kSize * sd * amplitude : 0;
      for (std::size_t k = i; k < at.size() && k < i + kSamples; ++k, size *= 0.5)
        s.value[static_cast<Eigen::Index>(k)] += size;
    }
  }
}

}  // namespace

extern const CorruptionKind motion_spikes;
const CorruptionKind motion_spikes = {
    "motion_spikes",
    "All channels of a recording jump together at random moments, as when a head moves.",
    "spikes a minute",
    "Power et al. 2012, NeuroImage 59:2142",
    std::numeric_limits<double>::infinity(),
    CorruptionKind::Condition::none,
    false,
    false,
    add_spikes,
};

}  // namespace insula::corruptions

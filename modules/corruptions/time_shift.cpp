// SPDX-License-Identifier: Apache-2.0
// Recordings come too late by the strength, in whole samples, as with a trigger that was lost:
//
//   y(t) → y(t − s),   missing where t − s does not train
//
// source  clock offsets between stimulus and recording; the shift is exact for whole samples
#include <limits>

#include "modules/corruptions/detail/training.h"

namespace insula::corruptions {
namespace {

void shift(const CorruptionSettings& settings, Stream, Corruptible& data) {
  for (CorruptibleSeries& s : data.series) {
    const auto by = static_cast<Eigen::Index>(std::lround(settings.strength / s.interval));
    const Eigen::VectorXd before = s.value;
    for (Eigen::Index i = 0; i < before.size(); ++i) {
      const Eigen::Index from = i - by;
      const bool trains = from >= 0 && s.trains[static_cast<std::size_t>(from)] != 0;
      s.value[i] = trains ? before[from] : std::numeric_limits<double>::quiet_NaN();
    }
  }
}

}  // namespace

extern const CorruptionKind time_shift;
const CorruptionKind time_shift = {
    "time_shift",
    "Recordings come too late.",
    "delay in s, rounded to whole samples",
    "a lost trigger",
    std::numeric_limits<double>::infinity(),
    CorruptionKind::Condition::none,
    false,
    true,
    shift,
};

}  // namespace insula::corruptions

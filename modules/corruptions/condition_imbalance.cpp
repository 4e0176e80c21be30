// SPDX-License-Identifier: Apache-2.0
// A condition is seen too seldom: each time that it holds, recordings are missing with the strength
// as probability. A condition holds where its input is above the middle of its range.
//
// source  covariate shift, Shimodaira 2000, J. Stat. Plan. Inference 90:227
#include <algorithm>
#include <limits>

#include "modules/corruptions/detail/training.h"

namespace insula::corruptions {
namespace {

// Stretches of the condition that are lost, one after the other: begin and end, s.
std::vector<std::pair<double, double>> lost(const CorruptibleInput& input,
                                            double whole,
                                            double share,
                                            Stream& random) {
  std::vector<std::pair<double, double>> list;
  if (input.value.empty()) return list;
  const double first = input.onset.front() > 0 ? 0 : input.value.front();
  const double low = std::min(first, *std::ranges::min_element(input.value));
  const double high = std::max(first, *std::ranges::max_element(input.value));
  for (std::size_t i = 0; i < input.value.size(); ++i) {
    const bool is_drawn = random.uniform() < share;
    const double end = i + 1 < input.onset.size() ? input.onset[i + 1] : whole;
    if (is_drawn && input.value[i] > 0.5 * (low + high)) list.emplace_back(input.onset[i], end);
  }
  return list;
}

void unbalance(const CorruptionSettings& settings, Stream random, Corruptible& data) {
  for (const CorruptibleInput& input : data.inputs) {
    if (input.name != settings.condition) continue;
    for (const auto& [begin, end] :
         lost(input, data.duration[input.run], settings.strength, random))
      for (CorruptibleSeries& s : data.series)
        for (std::size_t i = 0; s.run == input.run && i < s.time.size(); ++i)
          if (begin <= s.time[i] && s.time[i] < end)
            s.value[static_cast<Eigen::Index>(i)] = std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace

extern const CorruptionKind condition_imbalance;
const CorruptionKind condition_imbalance = {
    "condition_imbalance",
    "A condition is seldom seen: recordings are missing where it holds.",
    "share of its occurrences that are lost, 0 to 1",
    "Shimodaira 2000, J. Stat. Plan. Inference 90:227",
    1,
    CorruptionKind::Condition::required,
    false,
    true,
    unbalance,
};

}  // namespace insula::corruptions

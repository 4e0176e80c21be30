// SPDX-License-Identifier: Apache-2.0
// Features of other stimuli: among the training rows of a band, each with the strength as
// probability gets the row of another. The columns of a band at a delay move together, so what
// features have in common stays and only what they say of this stimulus is lost.
//
// source  Zhang et al. 2017, ICLR, arXiv:1611.03530 (stimuli at random)
#include "modules/corruptions/detail/training.h"

namespace insula::corruptions {
namespace {

void shuffle_rows(const CorruptionSettings& settings, Stream random, Corruptible& data) {
  std::vector<char> is_done(data.inputs.size(), 0);
  for (std::size_t first = 0; first < data.inputs.size(); ++first) {
    const CorruptibleInput one = data.inputs[first];
    if (one.band.empty() || is_done[first] != 0) continue;
    const std::vector<std::size_t> list = chosen(one.trains, settings.strength, random);
    std::vector<std::size_t> order = list;
    shuffle(order, random);
    for (std::size_t c = first; c < data.inputs.size(); ++c) {
      CorruptibleInput& column = data.inputs[c];
      if (column.run != one.run || column.band != one.band || column.onset != one.onset) continue;
      is_done[c] = 1;
      const std::vector<double> before = column.value;
      for (std::size_t i = 0; i < list.size(); ++i) column.value[order[i]] = before[list[i]];
    }
  }
}

}  // namespace

extern const CorruptionKind feature_shuffle;
const CorruptionKind feature_shuffle = {
    "feature_shuffle",
    "Stimuli are given the features of others.",
    "share of the rows that are others', 0 to 1",
    "Zhang et al. 2017, arXiv:1611.03530",
    1,
    CorruptionKind::Condition::none,
    false,
    true,
    shuffle_rows,
};

}  // namespace insula::corruptions

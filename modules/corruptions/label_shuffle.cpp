// SPDX-License-Identifier: Apache-2.0
// Labels are wrong: among the training steps of an input, and the training rows of a table of
// trials, each with the strength as its probability is given what another of them had. Columns of a
// table move together, so a trial has another trial's stimulus and its own answer.
//
// source  Zhang et al. 2017, ICLR, arXiv:1611.03530 (labels at random); the labels' frequencies
// stay
#include "modules/corruptions/detail/training.h"

namespace insula::corruptions {
namespace {

template <class List>
void permute(const std::vector<std::size_t>& from, std::vector<std::size_t> to, List& values) {
  const List before = values;
  for (std::size_t i = 0; i < from.size(); ++i) values[to[i]] = before[from[i]];
}

void mislabel(const CorruptionSettings& settings, Stream random, Corruptible& data) {
  const auto is_meant = [&](const std::string& name) {
    return settings.condition.empty() || settings.condition == name;
  };
  for (CorruptibleInput& input : data.inputs) {
    if (!input.band.empty() || !is_meant(input.name)) continue;
    const std::vector<std::size_t> list = chosen(input.trains, settings.strength, random);
    std::vector<std::size_t> order = list;
    shuffle(order, random);
    permute(list, order, input.value);
  }
  for (std::size_t first = 0, end = 0; first < data.columns.size(); first = end) {
    const CorruptibleColumn& one = data.columns[first];
    while (end < data.columns.size() && data.columns[end].run == one.run &&
           data.columns[end].table == one.table)
      ++end;
    const std::vector<std::size_t> list = chosen(one.trains, settings.strength, random);
    std::vector<std::size_t> order = list;
    shuffle(order, random);
    for (std::size_t c = first; c < end; ++c)
      if (is_meant(data.columns[c].name)) permute(list, order, data.columns[c].value);
  }
}

}  // namespace

extern const CorruptionKind label_shuffle;
const CorruptionKind label_shuffle = {
    "label_shuffle",
    "Events and trials are given the labels of others.",
    "share of events that are mislabelled, 0 to 1",
    "Zhang et al. 2017, arXiv:1611.03530",
    1,
    CorruptionKind::Condition::optional,
    false,
    true,
    mislabel,
};

}  // namespace insula::corruptions

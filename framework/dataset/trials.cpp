// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/trials.h"

#include <algorithm>

namespace insula::dataset {
namespace {

template <typename Item>
const Item* named(const std::vector<Item>& items, const std::string& name) {
  const auto it = std::ranges::find(items, name, &Item::name);
  return it == items.end() ? nullptr : &*it;
}

// An array that the manifest does not name stays empty.
template <typename T>
void keep(std::vector<T>& values, const std::vector<std::size_t>& trials) {
  if (values.empty()) return;
  std::vector<T> kept;
  kept.reserve(trials.size());
  for (const std::size_t trial : trials) kept.push_back(values[trial]);
  values = std::move(kept);
}

}  // namespace

std::size_t Trials::count(int reason) const {
  return static_cast<std::size_t>(std::ranges::count(exclusion, reason));
}

std::vector<std::size_t> Trials::in_use() const {
  std::vector<std::size_t> trials;
  for (std::size_t trial = 0; trial < size(); ++trial) {
    if (is_in_use(trial)) trials.push_back(trial);
  }
  return trials;
}

const TrialColumn* Trials::column(const std::string& called) const {
  return named(columns, called);
}

const TrialFactor* Trials::factor(const std::string& called) const {
  return named(factors, called);
}

Trials Trials::select(const std::vector<std::size_t>& trials) const {
  Trials part = *this;
  keep(part.onset, trials);
  keep(part.duration, trials);
  keep(part.response, trials);
  keep(part.response_time, trials);
  keep(part.exclusion, trials);
  for (TrialColumn& column : part.columns) keep(column.value, trials);
  for (TrialFactor& factor : part.factors) keep(factor.value, trials);
  return part;
}

}  // namespace insula::dataset

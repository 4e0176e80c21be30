// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/dataset.h"

#include <algorithm>
#include <unordered_set>

namespace insula::dataset {
namespace {

template <typename Item>
const Item* named(const std::vector<Item>& items, const std::string& name) {
  const auto it =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
  return it == items.end() ? nullptr : &*it;
}

template <typename Items>
std::vector<std::string> names_in_order(const std::vector<Subject>& subjects, Items items) {
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  for (const Subject& subject : subjects) {
    for (const Run& run : subject.runs) {
      for (const auto& item : items(run)) {
        if (seen.insert(item.name).second) names.push_back(item.name);
      }
    }
  }
  return names;
}

}  // namespace

double StepSignal::at(double time) const {
  const auto next = std::upper_bound(onset.begin(), onset.end(), time);
  if (next == onset.begin()) return 0;
  return value[static_cast<std::size_t>(next - onset.begin()) - 1];
}

const Apart* Run::apart_at(double time) const {
  const auto found = std::ranges::find_if(
      apart, [&](const Apart& one) { return one.begin <= time && time < one.end; });
  return found == apart.end() ? nullptr : &*found;
}

const StepSignal* Run::input(const std::string& name) const { return named(inputs, name); }

const Recording* Run::recording(const std::string& name) const { return named(recordings, name); }

const Trials* Run::trial_table(const std::string& name) const { return named(trials, name); }

const FeatureBand* Run::feature_band(const std::string& name) const {
  return named(features, name);
}

std::vector<std::string> Dataset::input_names() const {
  return names_in_order(
      subjects, [](const Run& run) -> const std::vector<StepSignal>& { return run.inputs; });
}

std::vector<std::string> Dataset::recording_names() const {
  return names_in_order(
      subjects, [](const Run& run) -> const std::vector<Recording>& { return run.recordings; });
}

std::vector<std::string> Dataset::feature_names() const {
  return names_in_order(
      subjects, [](const Run& run) -> const std::vector<FeatureBand>& { return run.features; });
}

std::vector<std::string> Dataset::trial_table_names() const {
  return names_in_order(subjects,
                        [](const Run& run) -> const std::vector<Trials>& { return run.trials; });
}

}  // namespace insula::dataset

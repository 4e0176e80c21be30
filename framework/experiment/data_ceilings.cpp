// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/data_ceilings.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/evaluation/noise_ceilings.h"
#include "framework/experiment/detail/repeats.h"
#include "framework/numerics/statistics.h"

namespace insula::experiment {
namespace {

// A ceiling from fewer repeated samples says nothing.
constexpr std::size_t kFewestSamples = 20;

bool is_in_every_run(const dataset::Subject& subject, const std::string& recording) {
  const dataset::Recording* first = subject.runs.front().recording(recording);
  return first != nullptr && std::ranges::all_of(subject.runs, [&](const dataset::Run& run) {
           const dataset::Recording* own = run.recording(recording);
           return own != nullptr && own->channels == first->channels;
         });
}

// The samples that are there of what came again.
struct Repeated {
  std::vector<double> value;
  std::vector<int> stimulus;
};

Repeated repeated_samples(const dataset::Subject& subject,
                          const std::string& recording,
                          Eigen::Index channel,
                          const std::vector<int>& stimuli) {
  std::map<int, int> count;
  Repeated all, again;
  std::size_t k = 0;
  for (const dataset::Run& run : subject.runs)
    for (const double x : run.recording(recording)->samples.col(channel)) {
      const int stimulus = stimuli[k++];
      if (stimulus < 0 || !std::isfinite(x)) continue;
      ++count[stimulus];
      all.value.push_back(x);
      all.stimulus.push_back(stimulus);
    }
  for (std::size_t i = 0; i < all.value.size(); ++i) {
    if (count[all.stimulus[i]] < 2) continue;
    again.value.push_back(all.value[i]);
    again.stimulus.push_back(all.stimulus[i]);
  }
  return again;
}

// NaN if it cannot be told; below 0 if repeats share less than chance.
double reliability(const Repeated& repeated) {
  if (repeated.value.size() < kFewestSamples) return NAN;
  const Eigen::Map<const Eigen::VectorXd> values(repeated.value.data(),
                                                 static_cast<Eigen::Index>(repeated.value.size()));
  const double noise = evaluation::noise_variance(values, repeated.stimulus);
  const double total =
      (values.array() - values.mean()).square().sum() / static_cast<double>(values.size() - 1);
  return total > 0 ? 1 - noise / total : NAN;
}

}  // namespace

std::vector<DataCeiling> data_ceilings(const dataset::Dataset& dataset) {
  std::vector<DataCeiling> ceilings;
  if (!has_repeats(dataset)) return ceilings;
  for (const std::string& name : dataset.recording_names()) {
    DataCeiling ceiling;
    ceiling.recording = name;
    std::vector<double> known;
    for (const dataset::Subject& subject : dataset.subjects) {
      if (subject.runs.empty() || !is_in_every_run(subject, name)) continue;
      const auto& channels = subject.runs.front().recording(name)->channels;
      for (std::size_t c = 0; c < channels.size(); ++c) {
        const double share = reliability(
            repeated_samples(subject,
                             name,
                             static_cast<Eigen::Index>(c),
                             stimuli_of_samples(dataset.repeats, subject, name, channels[c])));
        if (share > 0) known.push_back(std::sqrt(share));
        if (share <= 0) ++ceiling.below;
      }
    }
    ceiling.channels = known.size();
    if (known.size() + ceiling.below == 0) continue;
    if (!known.empty()) {
      ceiling.median = numerics::quantile(known, 0.5);
      ceiling.low = *std::ranges::min_element(known);
      ceiling.high = *std::ranges::max_element(known);
    }
    ceilings.push_back(ceiling);
  }
  return ceilings;
}

}  // namespace insula::experiment

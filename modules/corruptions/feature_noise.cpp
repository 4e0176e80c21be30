// SPDX-License-Identifier: Apache-2.0
// White noise on features: a column gets noise of the strength times its standard deviation over
// the training rows.
//
// source  Bishop 1995, Neural Comput. 7:108 (training with noise)
#include "modules/corruptions/detail/training.h"

namespace insula::corruptions {
namespace {

double sd_of_training(const CorruptibleInput& input) {
  double n = 0, sum = 0, square = 0;
  for (std::size_t i = 0; i < input.value.size(); ++i)
    if (input.trains[i]) n += 1, sum += input.value[i];
  for (std::size_t i = 0; i < input.value.size(); ++i)
    if (input.trains[i]) square += std::pow(input.value[i] - sum / n, 2);
  return n > 0 ? std::sqrt(square / n) : 0;
}

void add_noise(const CorruptionSettings& settings, Stream random, Corruptible& data) {
  for (CorruptibleInput& input : data.inputs) {
    if (input.band.empty()) continue;
    const double sd = sd_of_training(input);
    for (double& value : input.value) value += settings.strength * sd * random.normal();
  }
}

}  // namespace

extern const CorruptionKind feature_noise;
const CorruptionKind feature_noise = {
    "feature_noise",
    "White noise is added to features.",
    "standard deviations of the feature",
    "Bishop 1995, Neural Comput. 7:108",
    std::numeric_limits<double>::infinity(),
    CorruptionKind::Condition::none,
    false,
    true,
    add_noise,
};

}  // namespace insula::corruptions

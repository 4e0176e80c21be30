// SPDX-License-Identifier: Apache-2.0
// A nuisance that goes with a condition, in the training part alone: a model that takes it for the
// condition's effect fails where it is gone.
//
//   y(t) += s · sd(y) · n(t),   n = ρ·c + √(1 − ρ²)·e
//
// c is the condition, standardised over the run's training samples, and e white noise, the same in
// all channels of a recording, as a nuisance is.
//
// source  Hendrycks & Dietterich 2019, ICLR, arXiv:1903.12261 (strengths of a corruption); Geirhos
//         et al. 2020, Nat. Mach. Intell. 2:665 (what goes with the labels in training alone)
#include "modules/corruptions/detail/training.h"

namespace insula::corruptions {
namespace {

void add_nuisance(const CorruptionSettings& settings, Stream random, Corruptible& data) {
  const double rho = settings.correlation;
  std::vector<double> noise;
  const CorruptibleSeries* before = nullptr;
  for (CorruptibleSeries& s : data.series) {
    const bool is_same = before && before->run == s.run && before->recording == s.recording &&
                         noise.size() == s.time.size();
    if (!is_same) {
      noise.assign(s.time.size(), 0);
      for (double& e : noise) e = random.normal();
    }
    before = &s;
    CorruptibleSeries condition = s;
    for (const CorruptibleInput& input : data.inputs)
      if (input.run == s.run && input.name == settings.condition)
        for (Eigen::Index i = 0; i < s.value.size(); ++i)
          condition.value[i] = input.at(s.time[static_cast<std::size_t>(i)]);
    const Moments of_data = moments(s), of_condition = moments(condition);
    for (Eigen::Index i = 0; i < s.value.size(); ++i) {
      const double c =
          of_condition.sd > 0 ? (condition.value[i] - of_condition.mean) / of_condition.sd : 0;
      const double e = noise[static_cast<std::size_t>(i)];
      s.value[i] += settings.strength * of_data.sd * (rho * c + std::sqrt(1 - rho * rho) * e);
    }
  }
}

}  // namespace

extern const CorruptionKind confound;
const CorruptionKind confound = {
    "confound",
    "A nuisance that is correlated with a condition is added to recordings.",
    "size of the nuisance in standard deviations of the recording",
    "Hendrycks & Dietterich 2019, arXiv:1903.12261; Geirhos et al. 2020, Nat. Mach. Intell. 2:665",
    std::numeric_limits<double>::infinity(),
    CorruptionKind::Condition::required,
    true,
    false,
    add_nuisance,
};

}  // namespace insula::corruptions

// SPDX-License-Identifier: Apache-2.0
// Learner kinds run over plain vectors, and random trials and parameters for any of them.
#pragma once

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/random.h"
#include "framework/contract/learner.h"

namespace insula::test {

/// The catalogue's learner of that name.
const LearnerKind& learner_kind(const std::string& name);
std::vector<std::string> learner_kind_names();

/// Tests of this fixture run over all of them, also over those that come later.
class EveryLearner : public testing::TestWithParam<std::string> {
 protected:
  const LearnerKind& kind() const { return learner_kind(GetParam()); }
};

struct Trials {
  std::vector<double> outcome;
  std::vector<int> cue;  // or empty
};

LearnerSignals run(const LearnerKind& kind,
                   const Trials& trials,
                   const std::vector<double>& parameters,
                   bool with_slopes = false);

/// The column of a signal, or the index of a parameter, by name.
Eigen::Index signal_index(const LearnerKind& kind, std::string_view name);
Eigen::VectorXd signal(const LearnerKind& kind,
                       const LearnerSignals& signals,
                       std::string_view name);

/// Outcomes from 0 to 1 (0 or 1 if the kind needs that), about one in eight missing.
Trials random_trials(const LearnerKind& kind, Stream& random, std::size_t count, int cues);

/// `width` prior sds around the defaults, in the space of the fit; what is fixed by default moves
/// by half a unit there.
std::vector<double> random_parameters(const LearnerKind& kind, Stream& random, double width);

}  // namespace insula::test

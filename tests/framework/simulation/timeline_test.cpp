// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/timeline.h"

#include <gtest/gtest.h>

#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"

namespace insula::simulation {
namespace {

std::string message_of(const System& system, const dataset::Run& run) {
  try {
    static_cast<void>(timeline(system, run));
  } catch (const InputError& error) {
    return error.mistakes()[0].message + " | " + error.mistakes()[0].note;
  }
  return "accepted";
}

TEST(Timeline, BreaksAtEveryInputChangeAndSampleAndNowhereElse) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::one_region_at_rest(kinds));
  dataset::Run run = test::constant_run(system, 8);  // samples at 0, 2, 4, 6
  run.inputs[0].onset = {1, 2, 5};
  run.inputs[0].value = {1, 0, 3};
  const Timeline line = timeline(system, run);
  EXPECT_EQ(line.time, (std::vector<double>{0, 1, 2, 4, 5, 6}));
  EXPECT_EQ(line.input, (Eigen::MatrixXd(1, 5) << 0, 1, 0, 0, 3).finished());
  EXPECT_EQ(line.first_sample, (std::vector<int>{0, 1, 1, 2, 3, 3, 4}));
}

TEST(Timeline, TakesTimesThatDifferInTheLastDigitsForOne) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::one_region_at_rest(kinds));
  dataset::Run run = test::constant_run(system, 20);
  run.recordings[0].interval = 3.22;
  run.inputs[0].onset = {16 * 0.20125 * 3};  // 9.66, as 3 · 3.22 is, but for rounding
  const Timeline line = timeline(system, run);
  EXPECT_EQ(line.time.size(), 10u);
}

TEST(Timeline, ShowsSamplesBeforeTheStartAtRest) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::one_region_at_rest(kinds));
  dataset::Run run = test::constant_run(system, 8);
  run.recordings[0].start = -3;
  const Timeline line = timeline(system, run);
  EXPECT_EQ(line.time, (std::vector<double>{0, 1, 3}));
  EXPECT_EQ(line.first_sample[1], 2);
}

TEST(Timeline, SaysWhatTheRunLacks) {
  const Catalogue kinds = catalogue();
  const System system = compile(test::one_region_at_rest(kinds));
  dataset::Run run = test::constant_run(system, 8);
  run.inputs[0].name = "v";
  EXPECT_EQ(message_of(system, run), "run 'run' has no input 'u' | did you mean 'v'? it has: v");
  run = test::constant_run(system, 8);
  run.recordings[0].name = "sean";
  EXPECT_EQ(message_of(system, run),
            "run 'run' has no recording 'seen' | did you mean 'sean'? it has: sean");
  run = test::constant_run(system, 8);
  run.recordings[0].channels = {"B"};
  EXPECT_EQ(message_of(system, run),
            "recording 'seen' has no channel 'A' | did you mean 'B'? it has: B");
}

}  // namespace
}  // namespace insula::simulation

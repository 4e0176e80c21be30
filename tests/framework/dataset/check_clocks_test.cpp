// SPDX-License-Identifier: Apache-2.0
// A recording's clock that is not the run's is told by how its length grows with the run's.
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/dataset/dataset.h"

namespace insula::dataset {
namespace {

// Runs of these lengths with a pupil at a nominal 100 Hz whose clock is fast by `drift`, and which
// is stopped `late`.
Dataset recorded(const std::vector<double>& lengths, double drift, double late) {
  Dataset data;
  data.subjects.resize(1);
  data.subjects[0].id = "s01";
  for (const double length : lengths) {
    Run run;
    run.id = "run-" + std::to_string(data.subjects[0].runs.size() + 1);
    run.duration = length;
    Recording pupil;
    pupil.name = pupil.modality = "pupil";
    pupil.unit = "mm";
    pupil.interval = 0.01;
    pupil.channels = {"left"};
    pupil.delay = {0};
    const auto samples = static_cast<Eigen::Index>((length * (1 + drift) + late) / 0.01);
    pupil.samples = 4 + Eigen::ArrayXXd::Random(samples, 1).matrix().array() * 0.3;
    run.recordings = {pupil};
    data.subjects[0].runs.push_back(run);
  }
  return data;
}

std::vector<Finding> of_clocks(const Dataset& data) {
  std::vector<Finding> findings = check(data);
  std::erase_if(findings, [](const Finding& f) { return f.check != "clock_drift"; });
  return findings;
}

TEST(ClockDrift, IsToldWhereItGrowsWithTheRun) {
  const std::vector<Finding> found = of_clocks(recorded({100, 200, 400}, 0.002, 0));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Finding::Severity::warning);
  EXPECT_EQ(found[0].where, "pupil");
  EXPECT_EQ(
      found[0].message,
      "in all 3 runs it is 0.2 % longer than the run, whatever the run's length: its clock is "
      "another, or its interval is not the one that it was recorded with (an interval "
      "0.998004 times as long would make them agree)");
}

TEST(ClockDrift, OfRunsOfOneLengthIsOnlyNoted) {
  const std::vector<Finding> found = of_clocks(recorded({300, 300, 300}, -0.001, 0));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, Finding::Severity::note);
  EXPECT_EQ(
      found[0].message,
      "in all 3 runs it is 0.1 % shorter than the run, which all last about as long: its clock "
      "is another, or it always stops earlier (an interval 1.001 times as long would make them "
      "agree)");
}

TEST(ClockDrift, IsNotSaidOfWhatStopsLaterOrEndsWithTheRun) {
  EXPECT_TRUE(of_clocks(recorded({100, 200, 400}, 0, 0.5)).empty());
  EXPECT_TRUE(of_clocks(recorded({100, 200, 400}, 0, 0)).empty());
  EXPECT_TRUE(of_clocks(recorded({100, 200, 400}, 0, 20)).empty());
  EXPECT_TRUE(of_clocks(recorded({100, 400}, 0.002, 0)).empty());  // two runs may be chance
}

}  // namespace
}  // namespace insula::dataset

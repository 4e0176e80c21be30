// SPDX-License-Identifier: Apache-2.0
// Stimuli of NWB are inputs with PyNWB's numbers at PyNWB's times, and nothing of a time that is
// called invalid is used.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/dataset/dataset.h"
#include "tests/framework/command/program.h"
#include "tests/support/nwb_session.h"
#include "tests/support/tolerance.h"

namespace insula::command {
namespace {

using dataset::Folder;
using Json = nlohmann::json;

constexpr double kBin = 0.1;

Ended import_presented(const Folder& folder, const std::string& options = "") {
  return run_program("import nwb presented.nwb " + options + " --out study", folder.path(""));
}

dataset::Run presented_run(const Folder& folder) {
  const Ended made = import_presented(folder);
  EXPECT_EQ(made.code, 0) << made.error;
  return dataset::load(folder.path("study/dataset.yaml")).subjects.at(0).runs.at(0);
}

// Half-open stretches of PyNWB's table; edges of bins, which are products, are rounded.
bool is_in_invalid_time(const Json& truth, double from, double to) {
  const double rounding = 1e-9;
  from += rounding;
  to = from < to - rounding ? to - rounding : from;
  for (const Json& stretch : truth["invalid"]) {
    const double begin = stretch[0].get<double>(), end = stretch[1].get<double>();
    if (from < end && (to > begin || (from == to && from >= begin))) return true;
  }
  return false;
}

void expect_stimuli(const dataset::Run& run, const Json& truth) {
  const std::vector<double> light = truth["light"].get<std::vector<double>>();
  EXPECT_EQ(run.input("light")->unit, "mW");
  for (std::size_t k = 0; k < light.size(); ++k)
    EXPECT_EQ(run.input("light")->at(0.1 * static_cast<double>(k) + 0.05), light[k]) << k;
  const std::vector<double> changes = truth["changes"].get<std::vector<double>>();
  for (std::size_t k = 0; k + 1 < changes.size(); ++k) {
    const double middle = (changes[k] + changes[k + 1]) / 2;
    for (std::size_t c = 0; c < 2; ++c)
      EXPECT_EQ(run.input("grating_" + std::to_string(c))->at(middle),
                truth["grating"][k][c].get<double>())
          << k;
  }
  EXPECT_EQ(run.input("grating_0")->at(changes.front() / 2), 0);
  EXPECT_EQ(run.input("sounds")->onset, (std::vector<double>{1, 1.5, 6, 7}));
  for (std::size_t k = 0; k < 5; ++k) {
    const std::string name = "picture_" + std::to_string(truth["shown"][k].get<int>());
    EXPECT_EQ(run.input(name)->at(0.5 + 1.5 * static_cast<double>(k) + kBin / 2), 1) << k;
  }
}

void expect_nothing_of_invalid_times(const dataset::Run& run, const Json& truth) {
  const dataset::Recording& even = *run.recording("even");
  ASSERT_EQ(even.samples.rows(), 160);
  for (Eigen::Index k = 0; k < 160; ++k) {
    const double time = 0.05 * static_cast<double>(k);
    if (is_in_invalid_time(truth, time, time))
      EXPECT_TRUE(std::isnan(even.samples(k, 0))) << k;
    else
      EXPECT_EQ(even.samples(k, 0), truth["even"][static_cast<std::size_t>(k)].get<double>()) << k;
  }
  const dataset::Recording& uneven = *run.recording("uneven");
  for (Eigen::Index k = 0; k < 160; ++k) {
    const double time = 0.05 * static_cast<double>(k);
    const bool is_gap = k >= 40 && k < 50;
    if (is_gap || is_in_invalid_time(truth, time, time))
      EXPECT_TRUE(std::isnan(uneven.samples(k, 0))) << k;
    else
      EXPECT_EQ(uneven.samples(k, 0),
                truth["uneven"][static_cast<std::size_t>(k < 40 ? k : k - 10)].get<double>())
          << k;
  }
  const dataset::Recording& units = *run.recording("units");
  double counted = 0, expected = 0;
  for (Eigen::Index k = 0; k < units.samples.rows(); ++k) {
    const double from = static_cast<double>(k) * kBin, to = static_cast<double>(k + 1) * kBin;
    EXPECT_EQ(std::isnan(units.samples(k, 0)), is_in_invalid_time(truth, from, to)) << k;
    if (!std::isnan(units.samples(k, 0))) counted += units.samples(k, 0);
  }
  for (const Json& spike : truth["spike_times"]) {
    const double bin = std::floor(spike.get<double>() / kBin) * kBin;
    expected += is_in_invalid_time(truth, bin, bin + kBin) ? 0 : 1;
  }
  EXPECT_EQ(counted, expected);
}

void expect_trials_outside_of_invalid_times(const dataset::Run& run, const Json& truth) {
  const dataset::Trials& trials = *run.trial_table("trials");
  std::vector<std::size_t> valid;
  for (std::size_t k = 0; k < truth["start_time"].size(); ++k)
    if (!is_in_invalid_time(
            truth, truth["start_time"][k].get<double>(), truth["stop_time"][k].get<double>()))
      valid.push_back(k);
  EXPECT_EQ(valid, (std::vector<std::size_t>{1, 2, 4, 5}));
  EXPECT_EQ(trials.in_use(), valid);
  EXPECT_EQ(trials.reasons, std::vector<std::string>{"invalid times"});
}

void expect_as_pynwb_says(const Folder& folder) {
  const Json truth = Json::parse(bytes_of(folder.path("presented.json")));
  const dataset::Run run = presented_run(folder);
  expect_stimuli(run, truth);
  expect_nothing_of_invalid_times(run, truth);
  expect_trials_outside_of_invalid_times(run, truth);
}

TEST(ImportNwbStimuli, AreInputsAndInvalidTimesAreNotUsed) {
  const Folder folder;
  nwb_file::write_session(folder, "presented");
  expect_as_pynwb_says(folder);
}

TEST(ImportNwbStimuli, AreInputsWhateverPynwbWrites) {
  const Folder folder;
  if (!nwb_file::make_session_with_pynwb(folder, 3, "nwb_presented_reference.py"))
    GTEST_SKIP() << "python3 has no pynwb; `./dev setup` installs it";
  expect_as_pynwb_says(folder);
}

TEST(ImportNwbStimuli, AreToldWithWhatIsLeftOut) {
  const Folder folder;
  nwb_file::write_session(folder, "presented");
  const Ended made = import_presented(folder);
  EXPECT_EQ(
      made.out.substr(made.out.find("\n\n") + 2),
      "1 subject, 1 session; recordings units, even and uneven; events shown and sounds; "
      "stimuli grating and light; 6 trials\n"
      "  'intervals/invalid_times' has 2 stretches: samples within are missing, and trials that "
      "overlap are excluded\n"
      "  'acquisition/uneven' is put on even times, every 0.05 s: its timestamps differ from "
      "these by more than 5 %\n"
      "  'stimulus/presentation/movie' is left out: its data are no numbers of one or two "
      "dimensions\n\nNext: insula new model --from study/dataset.yaml\n");
}

}  // namespace
}  // namespace insula::command

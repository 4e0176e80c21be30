// SPDX-License-Identifier: Apache-2.0
// The manifests of real datasets with trials, read with the real files where they are. The numbers
// were counted from the files by another program, and agree with those of the authors where they
// give any.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>

#include "framework/dataset/dataset.h"
#include "tests/support/tolerance.h"

namespace insula::dataset {
namespace {

class TrialData : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("INSULA_DATA") == nullptr) {
      GTEST_SKIP() << "INSULA_DATA does not name a folder with the datasets";
    }
  }
  static Dataset read(const std::string& name) {
    return load(std::string(INSULA_ROOT) + "/datasets/" + name);
  }
};

// Trials and the share of the second response, by the value of a column or level.
struct Share {
  int second = 0, all = 0;
  double value() const { return static_cast<double>(second) / all; }
};

template <typename Key, typename KeyOf>
std::map<Key, Share> shares(const Dataset& data, KeyOf key_of) {
  std::map<Key, Share> result;
  for (const Subject& subject : data.subjects) {
    for (const dataset::Run& run : subject.runs) {
      const Trials& trials = run.trials.at(0);
      for (std::size_t k = 0; k < trials.size(); ++k) {
        Share& share = result[key_of(trials, k)];
        share.second += trials.response[k] == 1 ? 1 : 0;
        ++share.all;
      }
    }
  }
  return result;
}

std::map<double, Share> by_stimulus(const Dataset& data) {
  return shares<double>(data,
                        [](const Trials& t, std::size_t k) { return t.column("stim")->value[k]; });
}

std::size_t count_trials(const Dataset& data) {
  std::size_t count = 0;
  for (const Subject& subject : data.subjects) {
    for (const dataset::Run& run : subject.runs) count += run.trials.at(0).count_in_use();
  }
  return count;
}

TEST_F(TrialData, OfMotivatedPerceptionHas38SubjectsAnd10861TrialsWithPupils) {
  const Dataset data = read("leong2021-motivated-pupil/dataset.yaml");
  EXPECT_EQ(data.subjects.size(), 38U);
  EXPECT_EQ(count_trials(data), 10861U);
  const auto share = by_stimulus(data);
  const std::map<double, std::pair<int, double>> expected{{-1.5, {880, 0.0284}},
                                                          {-0.5, {1078, 0.2458}},
                                                          {0, {6941, 0.5326}},
                                                          {0.5, {1083, 0.8569}},
                                                          {1.5, {879, 0.9772}}};
  ASSERT_EQ(share.size(), expected.size());
  for (const auto& [stimulus, numbers] : expected) {
    EXPECT_EQ(share.at(stimulus).all, numbers.first);
    EXPECT_CLOSE(share.at(stimulus).value(), numbers.second, Tolerance::printed_decimals(4));
  }
  const Trials& first = data.subjects[0].runs.at(0).trials.at(0);
  EXPECT_EQ(first.column("pupil")->value[0], -0.002);
  EXPECT_EQ(first.column("baseline")->value[1], 1.706);
  EXPECT_EQ(first.factor("condition")
                ->levels[static_cast<std::size_t>(first.factor("condition")->value[0])],
            "scene");
  EXPECT_TRUE(check(data).empty());
}

TEST_F(TrialData, OfMotivatedPerceptionAgreeWithTheSharesOfItsSource) {
  const Dataset data = read("leong2021-motivated-pupil/all_trials.yaml");
  EXPECT_EQ(data.subjects.size(), 38U);
  EXPECT_EQ(count_trials(data), 11272U);
  const auto share = by_stimulus(data);
  const std::map<double, double> expected{
      {-1.5, 0.030}, {-0.5, 0.243}, {0, 0.533}, {0.5, 0.861}, {1.5, 0.978}};
  for (const auto& [stimulus, p] : expected) {
    EXPECT_CLOSE(share.at(stimulus).value(), p, Tolerance::printed_decimals(3));
  }
  const auto by_motivation = shares<int>(
      data, [](const Trials& t, std::size_t k) { return t.factor("condition")->value[k]; });
  EXPECT_CLOSE(by_motivation.at(0).value(), 0.498, Tolerance::printed_decimals(3));
  EXPECT_CLOSE(by_motivation.at(1).value(), 0.527, Tolerance::printed_decimals(3));
  EXPECT_CLOSE(by_motivation.at(2).value(), 0.571, Tolerance::printed_decimals(3));
  EXPECT_TRUE(check(data).empty());
}

TEST_F(TrialData, OfStimulatedPatientsHas14SubjectsAnd3988Trials) {
  const Dataset data = read("cavanagh2011-theta-dbs/dataset.yaml");
  EXPECT_EQ(data.subjects.size(), 14U);
  EXPECT_EQ(count_trials(data), 3988U);
  const std::vector<std::size_t> counts{
      298, 298, 293, 255, 283, 303, 299, 294, 293, 217, 309, 305, 267, 274};
  for (std::size_t s = 0; s < counts.size(); ++s) {
    EXPECT_EQ(data.subjects[s].id, std::to_string(s));
    EXPECT_EQ(data.subjects[s].runs.at(0).trials.at(0).size(), counts[s]);
  }
  const auto accuracy = shares<std::string>(data, [](const Trials& t, std::size_t k) {
    const TrialFactor& pair = *t.factor("pair");
    return pair.levels[static_cast<std::size_t>(pair.value[k])];
  });
  EXPECT_CLOSE(accuracy.at("WL").value(), 0.773, Tolerance::printed_decimals(3));
  EXPECT_CLOSE(accuracy.at("LL").value(), 0.608, Tolerance::printed_decimals(3));
  EXPECT_CLOSE(accuracy.at("WW").value(), 0.572, Tolerance::printed_decimals(3));
  EXPECT_EQ(data.subjects[0].runs[0].trials[0].column("theta")->value[0], 0.65627512226100004);
  EXPECT_TRUE(check(data).empty());
}

TEST_F(TrialData, OfTheFerretIsTheSameByTimeAndByBin) {
  const Dataset data = read("david2018-ferret-a1-pupil-task/dataset.yaml");
  const dataset::Run& run = data.subjects.at(0).runs.at(0);
  const Trials& bins = *run.trial_table("bins");
  const Recording& spikes = *run.recording("spikes");
  ASSERT_EQ(bins.size(), 359U * 29U);
  ASSERT_EQ(spikes.samples.rows(), 359 * 29);
  double spike_count = 0;
  for (std::size_t k = 0; k < bins.size(); ++k) {
    const double time = spikes.time(static_cast<Eigen::Index>(k), 0) + 0.025;
    ASSERT_EQ(bins.column("spikes")->value[k], spikes.samples(static_cast<Eigen::Index>(k), 0));
    ASSERT_EQ(bins.column("pupil")->value[k], run.input("pupil")->at(time));
    ASSERT_EQ(bins.factor("bin")->value[k], static_cast<int>(k % 29));
    const bool is_sound = k % 29 >= 7 && k % 29 < 22;
    ASSERT_EQ(run.input("sound")->at(time), is_sound ? 1 : 0) << k;
    spike_count += bins.column("spikes")->value[k];
  }
  // The mean rate that its README gives, in spikes/s.
  EXPECT_CLOSE(spike_count / (359 * 1.45), 8.34, Tolerance::printed_decimals(2));
}

}  // namespace
}  // namespace insula::dataset

// SPDX-License-Identifier: Apache-2.0
// The manifest of the real dataset, read with the real files where they are.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "framework/dataset/dataset.h"
#include "framework/numerics/eigenvariate.h"
#include "tests/support/real_array.h"
#include "tests/support/tolerance.h"

namespace insula::dataset {
namespace {

const std::string kFolder = std::string(INSULA_ROOT) + "/datasets/attention-to-motion/";
const std::string kManifest = kFolder + "dataset.yaml";
const std::string kSpmManifest = kFolder + "spm.yaml";

class AttentionToMotion : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("INSULA_DATA") == nullptr) {
      GTEST_SKIP() << "INSULA_DATA does not name a folder with attention-to-motion/";
    }
  }
};

TEST_F(AttentionToMotion, HasThreeRegionsIn360Volumes) {
  const Dataset dataset = load(kManifest);
  ASSERT_EQ(dataset.subjects.size(), 1U);
  const auto& run = dataset.subjects[0].runs.at(0);
  EXPECT_EQ(run.duration, 1159.2);
  const Recording* bold = run.recording("bold");
  ASSERT_NE(bold, nullptr);
  EXPECT_EQ(bold->channels, (std::vector<std::string>{"V1", "V5", "SPC"}));
  EXPECT_EQ(bold->samples.rows(), 360);
  EXPECT_EQ(bold->samples.cols(), 3);
  EXPECT_TRUE(bold->samples.allFinite());
  EXPECT_EQ(bold->samples(0, 0), -1.0329035460727725);  // the first cell of bold.tsv
  EXPECT_EQ(bold->interval, 3.22);
  EXPECT_EQ(bold->delay, std::vector<double>(3, 3.22));
  EXPECT_EQ(bold->confounds.cols(), 0);
}

// The voxels are stored as SPM filtered them, so their eigenvariate is SPM's stored series.
TEST_F(AttentionToMotion, HasSpmsEigenvariatesOfItsVoxels) {
  const Dataset dataset = load(kManifest);
  const Recording& bold = dataset.subjects.at(0).runs.at(0).recordings.at(0);
  for (Eigen::Index r = 0; r < 3; ++r) {
    const std::string& region = bold.channels[static_cast<std::size_t>(r)];
    const std::vector<double> voxels = real_array("attention-to-motion/voxels/" + region + ".npy");
    using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto count = static_cast<Eigen::Index>(voxels.size()) / 360;
    const Eigen::MatrixXd values = Eigen::Map<const RowMajor>(voxels.data(), 360, count);
    const Eigen::VectorXd ours = numerics::first_eigenvariate(values);
    for (Eigen::Index t = 0; t < 360; ++t)
      EXPECT_CLOSE(
          ours[t], bold.samples(t, r), Tolerance::because(2e-7, "the voxels are kept with 32 bits"))
          << region << " volume " << t;
  }
}

TEST_F(AttentionToMotion, HasTheConfoundsOfItsFilterOnlyAsSpmFitsIt) {
  const Dataset plain = load(kManifest), spm = load(kSpmManifest);
  const Recording& bold = spm.subjects.at(0).runs.at(0).recordings.at(0);
  EXPECT_EQ(bold.confounds.rows(), 360);
  EXPECT_EQ(bold.confounds.cols(), 19);
  EXPECT_EQ(bold.confound_names.at(18), "x18");
  EXPECT_EQ(bold.samples, plain.subjects.at(0).runs.at(0).recordings.at(0).samples);
  EXPECT_TRUE(check(spm).empty());
}

TEST_F(AttentionToMotion, HasInputsThatChangeAtMultiplesOfASixteenthOfAVolume) {
  const Dataset dataset = load(kManifest);
  const auto& run = dataset.subjects[0].runs.at(0);
  EXPECT_EQ(dataset.input_names(), (std::vector<std::string>{"photic", "motion", "attention"}));
  for (const StepSignal& input : run.inputs) {
    EXPECT_CLOSE(input.onset.at(0), 32.2, Tolerance::rounding(2)) << input.name;
    for (const double onset : input.onset) {
      EXPECT_CLOSE(onset, std::round(onset / 0.20125) * 0.20125, Tolerance::rounding(2));
    }
  }
  // Time on, counted in the rows of inputs.tsv: 3211 + 2·4, 2576 and 1288.
  const auto integral = [&](const StepSignal& input) {
    double sum = 0;
    for (std::size_t k = 0; k < input.onset.size(); ++k) {
      const double end = k + 1 < input.onset.size() ? input.onset[k + 1] : run.duration;
      sum += input.value[k] * (end - input.onset[k]);
    }
    return sum;
  };
  const Tolerance rounding = Tolerance::rounding(40, 40 * run.duration);
  EXPECT_CLOSE(integral(run.inputs[0]), 3219 * 0.20125, rounding);
  EXPECT_CLOSE(integral(run.inputs[1]), 2576 * 0.20125, rounding);
  EXPECT_CLOSE(integral(run.inputs[2]), 1288 * 0.20125, rounding);
}

TEST_F(AttentionToMotion, IsTheDataThatTheReadmeFingerprints) {
  const Dataset dataset = load(kSpmManifest);
  ASSERT_EQ(dataset.files.size(), 4U);
  EXPECT_EQ(dataset.files[1].path, "${INSULA_DATA}/attention-to-motion/inputs.tsv");
  EXPECT_EQ(dataset.files[1].sha256,
            "7429a124ba02cd95fa354d4b8b9bf54a1b0b50e083b6c4d8f141ad8b4d88f803");
  EXPECT_EQ(dataset.files[2].sha256,
            "13d69a1f3e9eb3ab05254c9118eea05c02c3daca410d8566ce471dc01e0adf09");
  EXPECT_EQ(dataset.files[3].sha256,
            "df1109fb0924bfb07a78c9145114bdca0facabe697cd79f83df2926489276a4c");
}

TEST_F(AttentionToMotion, GivesNoReasonForDoubt) {
  for (const Finding& finding : check(load(kManifest))) {
    ADD_FAILURE() << finding.check << " " << finding.where << ": " << finding.message;
  }
}

}  // namespace
}  // namespace insula::dataset

// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/spm_run.h"

#include <gtest/gtest.h>

#include "framework/base/error.h"
#include "modules/catalogue.h"
#include "tests/support/attention_model.h"
#include "tests/support/one_region.h"
#include "tests/support/parameter_table.h"

namespace insula::simulation {
namespace {

dataset::Run two_scans(double delay) {
  dataset::Run run;
  run.id = "run-1";
  run.duration = 6.44;
  run.inputs = {{"light", "1", {3 * 0.20125, 17 * 0.20125}, {1, 0.5}}};
  dataset::Recording bold;
  bold.name = bold.modality = "bold";
  bold.interval = 3.22;
  bold.channels = {"V1"};
  bold.delay = {delay};
  bold.samples = Eigen::MatrixXd::Zero(2, 1);
  run.recordings = {bold};
  return run;
}

class SpmRunOf : public testing::Test {
 protected:
  Catalogue kinds = catalogue();
  System system = compile(insula::test::one_region("neuronal", "bold", kinds));
};

TEST_F(SpmRunOf, HasSixteenBinsAScanWithTheInputAtTheStartOfEach) {
  const SpmRun run = spm_run(system, two_scans(1.61));
  EXPECT_EQ(run.scans, 2);
  EXPECT_DOUBLE_EQ(run.bin, 0.20125);
  EXPECT_DOUBLE_EQ(run.repetition_time, 3.22);
  ASSERT_EQ(run.input.rows(), 1);
  ASSERT_EQ(run.input.cols(), 32);
  for (Eigen::Index b = 0; b < 32; ++b)
    EXPECT_EQ(run.input(0, b), b < 3 ? 0 : b < 17 ? 1 : 0.5) << "bin " << b;
}

TEST_F(SpmRunOf, SamplesAtTheNearestBinAndNeverBeforeTheFirst) {
  EXPECT_EQ(spm_run(system, two_scans(0)).sample_bin, std::vector<int>{1});
  EXPECT_EQ(spm_run(system, two_scans(1.61)).sample_bin, std::vector<int>{8});
  EXPECT_EQ(spm_run(system, two_scans(1.69)).sample_bin, std::vector<int>{8});
  EXPECT_EQ(spm_run(system, two_scans(1.72)).sample_bin, std::vector<int>{9});
  EXPECT_EQ(spm_run(system, two_scans(3.22)).sample_bin, std::vector<int>{16});
}

TEST_F(SpmRunOf, StopsAtChangesAndSamplesAndAtEvenStopsBesides) {
  const SpmRun run = spm_run(system, two_scans(1.61));
  const SpmGrid grid = spm_grid(run);
  EXPECT_EQ(grid.bin, (std::vector<int>{1, 4, 8, 18, 24}));
  EXPECT_EQ(grid.length, (std::vector<int>{3, 4, 10, 6, 0}));
  EXPECT_EQ(grid.level, (std::vector<int>{0, 1, 1, 2, 2}));
  EXPECT_EQ(grid.moment[8], 2);
  EXPECT_EQ(grid.moment[24], 4);
  // Three a scan from the first sample to the last: bins 8, 8 + ceil(16/3), 8 + ceil(32/3), 24.
  EXPECT_EQ(spm_grid(run, 3).bin, (std::vector<int>{1, 4, 8, 14, 18, 19, 24}));
}

TEST_F(SpmRunOf, SharesAnExponentialWhereInputAndIntervalAreTheSame) {
  SpmRun run{0.5, 16, 8, Eigen::MatrixXd::Zero(1, 64), {16}, 4};
  const SpmGrid grid = spm_grid(run);
  EXPECT_EQ(grid.bin, (std::vector<int>{1, 16, 32, 48, 64}));
  EXPECT_EQ(grid.share, (std::vector<int>{0, 1, 1, 1, 2}));
  EXPECT_EQ(grid.uses, (std::vector<int>{1, 3, 1}));
}

std::string refusal(const System& system, const dataset::Run& run) {
  try {
    spm_run(system, run);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST_F(SpmRunOf, RefusesWhatSpmDoesNotModel) {
  EXPECT_EQ(refusal(compile(insula::test::one_region("rate", "bold_linear", kinds)), two_scans(0)),
            "error: SPM's integrators know regions of kind 'neuronal' and 'two_state'; 'V1' is "
            "'rate'\n"
            "  note: leave out 'compatibility: spm' to integrate the equations themselves\n"
            "error: SPM's integrators know observations of kind 'bold'; 'bold' is 'bold_linear'");
}

TEST_F(SpmRunOf, RefusesADelayLongerThanAScan) {
  EXPECT_EQ(refusal(system, two_scans(3.5)),
            "error: SPM's integrators sample within a scan of the scan's start; 'bold of V1' is "
            "sampled later");
}

TEST_F(SpmRunOf, RefusesARunWithoutTheInput) {
  dataset::Run run = two_scans(0);
  run.inputs.clear();
  EXPECT_NE(refusal(system, run).find("has no input 'light'"), std::string::npos);
}

TEST_F(SpmRunOf, KnowsWhichModelsSpmTakesForNonlinear) {
  for (const std::string& model : insula::test::kAttentionModels)
    EXPECT_EQ(is_gated(compile(insula::test::attention_model(model, kinds))), model == "gated")
        << model;
}

}  // namespace
}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
// The demo finds the architecture that made its data, and prints what its README shows.
#include <gtest/gtest.h>

#include "tests/framework/command/program.h"
#include "tests/framework/dataset/folder.h"

namespace insula::command {
namespace {

using dataset::Folder;

// The text between the README's two fences.
std::string shown_output(const std::string& example) {
  const std::string readme = bytes_of(INSULA_ROOT "/examples/" + example + "/README.md");
  const std::string fence = "\n```\n";
  const std::size_t from = readme.find(fence) + fence.size();
  return readme.substr(from, readme.find(fence, from) + 1 - from);
}

// The texts between a README's fences, in order.
std::vector<std::string> all_shown(const std::string& example) {
  const std::string readme = bytes_of(INSULA_ROOT "/examples/" + example + "/README.md");
  const std::string fence = "\n```\n";
  std::vector<std::string> shown;
  for (std::size_t at = readme.find(fence); at != std::string::npos;) {
    const std::size_t end = readme.find(fence, at + fence.size() - 1);
    if (end == std::string::npos) break;
    shown.push_back(readme.substr(at + fence.size(), end + 1 - at - fence.size()));
    at = readme.find(fence, end + fence.size() - 1);
  }
  return shown;
}

// What the terminal says of a fit to all data whose posterior is not normal.
std::string in_doubt(const std::string& model, const std::string& subject, const std::string& k) {
  return "warning: " + model + ", " + subject + ", all data: k̂ " + k +
         ", intervals may be too narrow; 'inference: {posterior: importance}' samples the "
         "posterior\n";
}

// … and of fits of folds.
std::string folds_in_doubt(const std::string& which) {
  return "warning: " + which + ", held-out predictions may be too certain\n";
}

TEST(Demo, FindsTheTruthAndPrintsWhatItsReadmeShows) {
  const Folder folder;
  const Ended ended = run_program(
      "run '" INSULA_ROOT "/examples/demo/experiment.yaml' --out out/demo", folder.path(""));
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(
      ended.error,
      folds_in_doubt("forward, s01, fold 5: k̂ 0.70") +
          folds_in_doubt("backward, folds: k̂ 0.87 at worst, 3 of 5 fits") +
          in_doubt("ungated", "s01", "0.72") + folds_in_doubt("ungated, s01, fold 2: k̂ 0.86") +
          folds_in_doubt("gated, s01, fold 3: k̂ 0.82") +
          folds_in_doubt("linear_dcm, s01, fold 2: k̂ 0.76") + in_doubt("constant", "s01", "0.85") +
          folds_in_doubt("ddm_regression, s01, fold 2: k̂ 0.82"));
  EXPECT_EQ(ended.out, shown_output("demo"));
  EXPECT_NE(ended.out.find("gated has more evidence than ungated"), std::string::npos);
  EXPECT_NE(ended.out.find("gated beats "), std::string::npos);
}

TEST(Demo, PredictsWhatAnInterventionLeavesAndPrintsWhatItsReadmeShows) {
  const Folder folder;
  const Ended ended = run_program(
      "run '" INSULA_ROOT "/examples/demo/interventions.yaml' --out out/without", folder.path(""));
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.error, in_doubt("ungated", "s01", "0.72"));
  const std::vector<std::string> shown = all_shown("demo");
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(ended.out, shown[1]);
}

TEST(LearningExample, FindsWhatDrivesTheVtaAndPrintsWhatItsReadmeShows) {
  const Folder folder;
  const Ended ended =
      run_program("run '" INSULA_ROOT "/examples/learning/experiment.yaml' --out out/learning",
                  folder.path(""));
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.error,
            in_doubt("outcome", "s01", "0.80") +
                folds_in_doubt("surprise on decision, s01, fold 2: k̂ 0.79"));
  EXPECT_EQ(ended.out, shown_output("learning"));
  EXPECT_NE(ended.out.find("surprise has more evidence than outcome"), std::string::npos);
}

TEST(BidsExample, LeadsFromADatasetToTheTruthInThreeCommandsAndPrintsWhatItsReadmeShows) {
  const Folder folder;
  const std::string& here = folder.path("");
  const Ended made = run_script(INSULA_ROOT "/examples/bids/make.sh", "dots", here);
  ASSERT_EQ(made.code, 0) << made.error;
  const std::vector<std::string> shown = all_shown("bids");
  ASSERT_EQ(shown.size(), 3U);
  const std::vector<std::string> commands{
      "import bids dots --confounds motion6 --censor '0.5 mm' --out study",
      "new model --from study/dataset.yaml",
      "run model/experiment.yaml --out out"};
  for (std::size_t k = 0; k < commands.size(); ++k) {
    const Ended ended = run_program(commands[k], here);
    EXPECT_EQ(ended.code, 0) << ended.error;
    EXPECT_EQ(ended.error,
              k < 2 ? ""
                    : folds_in_doubt("modulated, sub-01, fold 4: k̂ 0.70") +
                          in_doubt("linear_dcm", "sub-01", "0.71"));
    EXPECT_EQ(ended.out, shown[k]);
    EXPECT_NE(bytes_of(INSULA_ROOT "/examples/bids/README.md").find("\n    insula " + commands[k]),
              std::string::npos);
  }
  EXPECT_NE(shown.back().find("modulated has more evidence than additive"), std::string::npos);
}

TEST(NwbExample, LeadsFromSessionsToTheTruthInThreeCommandsAndPrintsWhatItsReadmeShows) {
  const Folder folder;
  const std::string& here = folder.path("");
  const std::vector<std::string> shown = all_shown("nwb");
  ASSERT_EQ(shown.size(), 3U);
  const std::string sessions = "examples/nwb/sessions";
  const std::vector<std::string> commands{"import nwb " + sessions + " --out study",
                                          "new model --from study/dataset.yaml",
                                          "run model/experiment.yaml --out out"};
  for (std::size_t k = 0; k < commands.size(); ++k) {
    std::string words = commands[k];
    if (k == 0) words.replace(words.find(sessions), sessions.size(), INSULA_ROOT "/" + sessions);
    const Ended ended = run_program(words, here);
    EXPECT_EQ(ended.code, 0) << ended.error;
    EXPECT_EQ(ended.error,
              k < 2 ? ""
                    : in_doubt("additive", "m1", "1.29") +
                          folds_in_doubt("additive, folds: k̂ 1.62 at worst, 5 of 5 fits") +
                          in_doubt("modulated", "m1", "3.96") +
                          folds_in_doubt("modulated, folds: k̂ 3.51 at worst, 5 of 5 fits") +
                          in_doubt("linear_dcm", "m1", "1.73") +
                          folds_in_doubt("linear_dcm, folds: k̂ 0.95 at worst, 4 of 5 fits"));
    EXPECT_EQ(ended.out, shown[k]);
    EXPECT_NE(bytes_of(INSULA_ROOT "/examples/nwb/README.md").find("\n    insula " + commands[k]),
              std::string::npos);
  }
  EXPECT_NE(shown.back().find("modulated has more evidence than additive"), std::string::npos);
}

TEST(SpmExample, LeadsFromDcmMatToTheTruthAndBackAndPrintsWhatItsReadmeShows) {
  const Folder folder;
  const std::string& here = folder.path("");
  const Ended made = run_script(INSULA_ROOT "/examples/spm/make.sh", "models", here);
  ASSERT_EQ(made.code, 0) << made.error;
  const std::vector<std::string> shown = all_shown("spm");
  ASSERT_EQ(shown.size(), 3U);
  const std::vector<std::string> commands{
      "import spm models/DCM_forward.mat models/DCM_backward.mat --out study",
      "run study/experiment.yaml --out out",
      "export spm study/experiment.yaml --results out --out estimated"};
  for (std::size_t k = 0; k < commands.size(); ++k) {
    const Ended ended = run_program(commands[k], here);
    EXPECT_EQ(ended.code, 0) << ended.error;
    EXPECT_EQ(ended.error, "");
    EXPECT_EQ(ended.out, shown[k]);
    EXPECT_NE(bytes_of(INSULA_ROOT "/examples/spm/README.md").find("\n    insula " + commands[k]),
              std::string::npos);
  }
  EXPECT_NE(shown[1].find("forward has more evidence than backward"), std::string::npos);
}

}  // namespace
}  // namespace insula::command

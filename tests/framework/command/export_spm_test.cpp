// SPDX-License-Identifier: Apache-2.0
// Architectures and their data become DCM.mat and come back the same; fits become what SPM leaves.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "framework/dataset/matlab.h"
#include "framework/dataset/spm_dcm.h"
#include "framework/experiment/experiment.h"
#include "framework/report/results.h"
#include "modules/catalogue.h"
#include "tests/framework/command/program.h"
#include "tests/framework/command/real_models.h"
#include "tests/framework/command/spm_round_trip.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/tolerance.h"

namespace insula::command {
namespace {

using dataset::Folder;
using dataset::MatlabNode;
using dataset::MatlabValue;
using experiment::Experiment;

void expect_same_data(const dataset::Run& one, const dataset::Run& other) {
  const dataset::Recording &a = one.recordings.at(0), &b = other.recordings.at(0);
  EXPECT_EQ(a.samples, b.samples);
  EXPECT_EQ(a.confounds, b.confounds);
  EXPECT_EQ(a.delay, b.delay);
  EXPECT_EQ(a.interval, b.interval);
  ASSERT_EQ(one.inputs.size(), other.inputs.size());
  for (std::size_t k = 0; k < one.inputs.size(); ++k) {
    EXPECT_EQ(one.inputs[k].name, other.inputs[k].name);
    EXPECT_EQ(one.inputs[k].value, other.inputs[k].value);
    ASSERT_EQ(one.inputs[k].onset.size(), other.inputs[k].onset.size());
    for (std::size_t s = 0; s < one.inputs[k].onset.size(); ++s)
      EXPECT_NEAR(one.inputs[k].onset[s], other.inputs[k].onset[s], 1e-9);  // bin · interval rounds
  }
}

// Exports every hypothesis of an experiment, imports the files, and compares all with all.
void expect_round_trip(const Folder& folder, const std::string& file, const std::string& options) {
  const Ended out = run_program("export spm " + file + options + " --out mat", folder.path(""));
  ASSERT_EQ(out.code, 0) << out.error;
  const Ended in = run_program("import spm mat/*.mat --out back", folder.path(""));
  ASSERT_EQ(in.code, 0) << in.error;
  const Catalogue kinds = catalogue();
  const Experiment one = experiment::load(folder.path(file), kinds);
  const Experiment other = experiment::load(folder.path("back/experiment.yaml"), kinds);
  ASSERT_EQ(one.hypotheses.size(), other.hypotheses.size());
  for (const auto& h : one.hypotheses) {
    const auto same = std::ranges::find(other.hypotheses, h.name, &experiment::Hypothesis::name);
    ASSERT_NE(same, other.hypotheses.end()) << h.name;
    expect_same(h.architecture, same->architecture);
  }
  expect_same_data(one.dataset.subjects.at(0).runs.at(0), other.dataset.subjects.at(0).runs.at(0));
}

// Three regions, two inputs; `entries` stand in the architecture, `experiment` in the experiment.
void write_study(const Folder& folder,
                 const std::string& entries,
                 const std::string& experiment = "") {
  folder.write("model.yaml",
               "insula: architecture/1\nname: model\nregions:\n  V1: {kind: neuronal}\n"
               "  V5: {kind: neuronal}\n  SPC: {kind: neuronal}\n"
               "inputs:\n  photic: {drives: [V1]}\n  attention: {drives: [SPC]}\n"
               "observations:\n  bold: {kind: bold, regions: [V1, V5, SPC]}\n" +
                   entries);
  folder.write(
      "recipe.yaml",
      "insula: simulation/1\nname: twin\narchitecture: model.yaml\nseed: 1\n"
      "duration: 240 s\ninputs:\n"
      "  photic: {block: 20 s, pattern: [0, 1, 1, 0, 1]}\n"
      "  attention: {block: 15 s, pattern: [0, 0, 1, 1, 0, 1]}\n"
      "recordings:\n  bold: {interval: 2 s, delay: 1 s, noise: {snr: 3}}\n"
      "parameters:\n  photic -> V1.strength: 1.5 1/s\n  attention -> SPC.strength: 1 1/s\n");
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: study\ndataset: recipe.yaml\n"
               "hypotheses: [model.yaml]\nbaselines: []\nvalidation: none\nseed: 1\n" +
                   experiment);
}

constexpr const char* kBilinear = R"(projections:
  V1 -> V5: {kind: modulated, by: [attention, photic]}
  V5 -> V1: {kind: linear}
  V5 -> V5: {kind: modulated, by: [attention]}
)";
constexpr const char* kNonlinear = R"(projections:
  V1 -> V5: {kind: modulated_gated, by: [photic, SPC]}
  V5 -> SPC: {kind: gated, by: [V1, V5]}
  SPC -> SPC: {kind: gated, by: [V5]}
)";
constexpr const char* kPriors = R"(projections:
  V1 -> V5: {kind: modulated, by: [attention]}
  V5 -> SPC: {kind: linear}
  SPC -> V1: {kind: modulated, by: [photic]}
parameters:
  V1.self_inhibition: {prior: lognormal(0.7 1/s, 0.1)}
  V5.self_inhibition: 0.45 1/s
  V1 -> V5.strength: {prior: normal(0.3 1/s, 0.7 1/s)}
  V1 -> V5.modulation.attention: {prior: normal(0.1 1/s, 0.3 1/s)}
  V5 -> SPC.strength: 0.2 1/s
  SPC -> V1.strength: 0 1/s
  photic -> V1.strength: {prior: normal(0.6 1/s, 1.1 1/s)}
  bold.transit.V5: {prior: lognormal(1.7 s, 0.05)}
  bold.decay: 0.6 1/s
  bold.epsilon: {prior: lognormal(0.9, 0.02)}
  bold.echo_time: 30 ms
)";

TEST(ExportSpm, ABilinearModelComesBackTheSame) {
  const Folder folder;
  write_study(folder, kBilinear);
  expect_round_trip(folder, "experiment.yaml", "");
}

TEST(ExportSpm, ANonlinearModelComesBackTheSame) {
  const Folder folder;
  write_study(folder, kNonlinear);
  expect_round_trip(folder, "experiment.yaml", "");
}

TEST(ExportSpm, PriorsAndFixedValuesComeBackToTheLastBit) {
  const Folder folder;
  write_study(folder, kPriors);
  expect_round_trip(folder, "experiment.yaml", "");
}

TEST(ExportSpm, PriorsThatSpmTakesByItselfAreNotWritten) {
  const Folder folder;
  write_study(folder, kBilinear, "inference: {compatibility: spm}\n");
  expect_round_trip(folder, "experiment.yaml", "");
  const MatlabValue file = dataset::read_matlab(folder.path("mat/DCM_model.mat"));
  EXPECT_FALSE(MatlabNode(file, "").at("DCM").has("M"));
}

TEST(ExportSpm, InputsThatChangeWithinABinGetShorterBinsOrAreTold) {
  const Folder folder;
  write_study(folder, kBilinear);
  const auto with_block = [&](const char* block) {
    std::string recipe = bytes_of(folder.path("recipe.yaml"));
    recipe.replace(recipe.find("15 s"), 4, block);
    folder.write("recipe.yaml", recipe);
  };
  with_block("15.03125 s");  // a quarter of SPM's bin of 0.125 s off
  const Ended finer = run_program("export spm experiment.yaml --out finer", folder.path(""));
  EXPECT_EQ(finer.out, "finer/DCM_model.mat\n") << finer.error;
  EXPECT_EQ(dataset::read_spm_dcm(folder.path("finer/DCM_model.mat")).bin, 2.0 / 64);
  write_study(folder, kBilinear);
  with_block("15.0301 s");
  const Ended moved = run_program("export spm experiment.yaml --out moved", folder.path(""));
  EXPECT_EQ(moved.out,
            "moved/DCM_model.mat\n  DCM_model.mat: Inputs change within bins of DCM.U.dt, 0.125 s, "
            "and were moved to the nearest end of one.\n")
      << moved.error;
}

class ExportOfAFit : public testing::TestWithParam<const char*> {};

// The relations that spm_dcm_estimate makes; Octave's SPM finds the same y to 1e-12 of its range.
TEST_P(ExportOfAFit, LeavesWhatSpmLeaves) {
  const Folder folder;
  write_study(folder, GetParam(), "inference: {compatibility: spm, pareto_draws: 0}\n");
  const Ended run = run_program("run experiment.yaml --out out", folder.path(""));
  ASSERT_EQ(run.code, 0) << run.error;
  const Ended out =
      run_program("export spm experiment.yaml --results out --out mat", folder.path(""));
  ASSERT_EQ(out.code, 0) << out.error;
  const MatlabValue file = dataset::read_matlab(folder.path("mat/DCM_model.mat"));
  const MatlabNode dcm = MatlabNode(file, "").at("DCM");
  const report::Results results = report::read(folder.path("out"));
  EXPECT_EQ(dcm.at("F").number(), results.comparison.at(0).log_evidence);
  EXPECT_EQ(MatlabNode(file, "").at("F").number(), dcm.at("F").number());

  const Eigen::MatrixXd y = dcm.at("Y").at("y").matrix(), predicted = dcm.at("y").matrix();
  const Eigen::MatrixXd residual = dcm.at("R").matrix();
  ASSERT_EQ(y.rows(), 120);
  EXPECT_CLOSE(
      y.colwise().mean().cwiseAbs().maxCoeff(), 0.0, Tolerance::because(1e-12, "spm_detrend"));
  EXPECT_LE(y.maxCoeff() - y.minCoeff(), 4.0 * (1 + 1e-12));
  EXPECT_CLOSE(residual.colwise().sum().cwiseAbs().maxCoeff(),
               0.0,
               Tolerance::because(1e-10, "the constant of X0 is taken out of 120 numbers"));
  EXPECT_LT(residual.squaredNorm(), (y.rowwise() - y.colwise().mean()).squaredNorm());
  EXPECT_CLOSE(
      (y - predicted - residual - (y - predicted - residual).colwise().mean().replicate(120, 1))
          .cwiseAbs()
          .maxCoeff(),
      0.0,
      Tolerance::because(1e-10, "y = prediction + constant + residual"));
  // Standard deviations are those of the table, at their place in spm_vec.
  const Eigen::VectorXd variance = dcm.at("Cp").matrix().diagonal();
  EXPECT_EQ(dcm.at("Vp").at("A").matrix(), variance.head(9).reshaped(3, 3));
  for (const report::ParameterRow& row : results.parameters) {
    if (row.parameter != "V1.self_inhibition" && row.parameter != "bold.decay") continue;
    const Eigen::Index at = row.parameter == "bold.decay" ? variance.size() - 2 : 0;
    EXPECT_CLOSE(std::sqrt(variance[at]), row.posterior_sd, Tolerance::rounding(4));
    EXPECT_EQ(row.parameter == "bold.decay" ? dcm.at("Ep").at("decay").number()
                                            : dcm.at("Ep").at("A").matrix()(0, 0),
              row.posterior_mean);
  }
  // An impulse response at rest starts with the input's own strength, and dies out.
  const Eigen::MatrixXd neuronal = dcm.at("K1").pages().at(0);
  ASSERT_EQ(neuronal.rows(), 64);
  EXPECT_LT(std::abs(neuronal(63, 0)), 1e-3 * std::abs(neuronal(0, 0)));
  const Ended in = run_program("import spm mat/*.mat --out back", folder.path(""));
  EXPECT_EQ(in.code, 0) << in.error;
}

INSTANTIATE_TEST_SUITE_P(Of,
                         ExportOfAFit,
                         testing::Values(kBilinear, kNonlinear),
                         [](const auto& of) {
                           return std::string(of.index == 0 ? "ABilinearModel" : "ANonlinearModel");
                         });

TEST(ExportSpm, WhatDcmMatCannotHoldIsRefusedByItsName) {
  const Folder folder;
  folder.write("model.yaml", R"(insula: architecture/1
name: model
regions:
  V1: {kind: neuronal}
  V5: {kind: two_state}
  SPC: {kind: neuronal}
projections:
  V1 -> V5: {kind: excitatory}
  V1 -> SPC: {kind: linear}
  V1 -> SPC (2): {kind: modulated, by: [attention]}
inputs:
  photic: {drives: [V1]}
  attention: {}
observations:
  bold: {kind: bold, regions: [V1, V5], noise: white, drift: 128 s}
  pupil: {kind: pupil, regions: [SPC]}
)");
  folder.write("recipe.yaml",
               "insula: simulation/1\nname: twin\narchitecture: model.yaml\nseed: 1\n"
               "duration: 240 s\ninputs:\n"
               "  photic: {block: 20 s, pattern: [0, 1, 1, 0, 1]}\n"
               "  attention: {block: 15 s, pattern: [0, 0, 1, 1, 0, 1]}\n"
               "recordings:\n  bold: {interval: 2 s}\n  pupil: {interval: 1 s}\n");
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: study\ndataset: recipe.yaml\n"
               "hypotheses: [model.yaml]\nbaselines: []\nseed: 1\n");
  const Ended ended = run_program("export spm experiment.yaml --out mat", folder.path(""));
  EXPECT_EQ(ended.code, 65);
  EXPECT_EQ(ended.error, bytes_of(INSULA_ROOT "/tests/bad_input/spm/no_place.expected"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("mat")));
}

// Each changes the study that can be exported into one that cannot.
struct Refused {
  const char *name, *entries, *experiment, *options;
};

class ExportSpmRefuses : public testing::TestWithParam<Refused> {};

TEST_P(ExportSpmRefuses, WithOneSentence) {
  const Folder folder;
  write_study(folder, GetParam().entries, GetParam().experiment);
  const std::string options = GetParam().options;
  if (!options.empty()) {
    ASSERT_EQ(run_program("run experiment.yaml --out out", folder.path("")).code, 0);
    if (options.find("changed") != std::string::npos)
      write_study(folder,
                  std::string(GetParam().entries) + "description: changed\n",
                  GetParam().experiment);
  }
  const Ended ended = run_program(
      "export spm experiment.yaml --out mat" + std::string(options.empty() ? "" : " --results out"),
      folder.path(""));
  EXPECT_EQ(ended.code, 65);
  EXPECT_EQ(
      ended.error,
      bytes_of(INSULA_ROOT "/tests/bad_input/spm/" + std::string(GetParam().name) + ".expected"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("mat")));
}

INSTANTIATE_TEST_SUITE_P(
    Models,
    ExportSpmRefuses,
    testing::Values(
        Refused{"shared_transit", "parameters:\n  bold.transit: {shared: true}\n", "", ""},
        Refused{"prior_of_echo_time",
                "parameters:\n  bold.echo_time: {prior: lognormal(30 ms, 0.1)}\n",
                "",
                ""},
        Refused{"changed_since_the_run", "", "inference: {pareto_draws: 0}\n", "changed"}),
    [](const auto& of) { return std::string(of.param.name); });

using ExportOfRealModels = RealModels;

TEST_F(ExportOfRealModels, AreTheSameArchitecturesAndSeriesAgain) {
  expect_round_trip(folder, "study/experiment.yaml", "");
}

TEST_F(ExportOfRealModels, HaveMasksPriorsAndSeriesOfTheFilesToTheLastBit) {
  const Ended out = run_program("export spm study/experiment.yaml --out mat", folder.path(""));
  ASSERT_EQ(out.code, 0) << out.error;
  for (const char* name : {"DCM_bilinear_1.mat", "DCM_bilinear_2.mat"}) {
    const MatlabValue ours_file = dataset::read_matlab(folder.path("mat/") + name);
    const MatlabValue theirs_file = dataset::read_matlab(mat + name);
    const MatlabNode ours = MatlabNode(ours_file, "").at("DCM"),
                     theirs = MatlabNode(theirs_file, "").at("DCM");
    for (const char* field : {"a", "c"})
      EXPECT_EQ(ours.at(field).matrix(), theirs.at(field).matrix());
    EXPECT_EQ(ours.at("b").pages(), theirs.at("b").pages());
    EXPECT_EQ(ours.at("Y").at("y").matrix(), theirs.at("Y").at("y").matrix());
    EXPECT_EQ(ours.at("Y").at("X0").matrix(), theirs.at("Y").at("X0").matrix());
    EXPECT_EQ(ours.at("U").at("u").matrix(), theirs.at("U").at("u").matrix());
    EXPECT_EQ(ours.at("M").at("pC").matrix(), theirs.at("M").at("pC").matrix());
    for (const char* field : {"A", "C", "transit", "decay", "epsilon"})
      EXPECT_EQ(ours.at("M").at("pE").at(field).matrix(),
                theirs.at("M").at("pE").at(field).matrix());
  }
}

}  // namespace
}  // namespace insula::command

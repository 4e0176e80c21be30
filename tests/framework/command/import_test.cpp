// SPDX-License-Identifier: Apache-2.0
// A DCM.mat becomes documents that are sound, hold its numbers to the last bit, and are fitted to
// what SPM finds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>

#include "framework/architecture/architecture.h"
#include "framework/dataset/matlab.h"
#include "modules/catalogue.h"
#include "tests/framework/command/program.h"
#include "tests/framework/command/real_models.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/spm_dcm_file.h"
#include "tests/support/tolerance.h"

namespace insula::command {
namespace {

using dataset::Folder;
using dataset::MatlabNode;
using dataset::MatlabValue;
using test::field;

TEST(ImportSpm, GivesDocumentsThatPassTheirCheckAndRun) {
  const Folder folder;
  test::write_dcm(test::small_dcm(), folder.path("DCM.mat"));
  const Ended made = run_program("import spm DCM.mat --out study", folder.path(""));
  EXPECT_EQ(made.code, 0) << made.error;
  EXPECT_TRUE(made.out.ends_with("\nNext: insula run study/experiment.yaml\n")) << made.out;
  const Ended checked = run_program("check study/*.yaml", folder.path(""));
  EXPECT_EQ(checked.code, 0) << checked.error;
  EXPECT_EQ(bytes_of(folder.path("study/DCM.yaml")),
            "# The model of SPM's DCM.mat, by `insula import spm`.\n"
            "# SPM 26.01 computes with an echo time of 40 ms, whatever DCM.TE says (30 ms); remove "
            "`bold.echo_time` to get its numbers.\n"
            "insula: architecture/1\nname: DCM\n\nregions:\n  V1: {kind: neuronal}\n"
            "  V5: {kind: neuronal}\n\nprojections:\n"
            "  V1 -> V5: {kind: modulated, by: [attention]}\n  V5 -> V1: {kind: linear}\n\n"
            "inputs:\n  Photic_stim: {drives: [V1]}\n  attention: {}\n\nobservations:\n"
            "  bold: {kind: bold, regions: [V1, V5]}\n\nparameters:\n  bold.echo_time: 0.03 s\n");
  const Ended run = run_program("run study/experiment.yaml --out out", folder.path(""));
  EXPECT_EQ(run.code, 0) << run.error;
}

TEST(ImportSpm, TellsGatesChangesOfTheSelfAndEffectsWithoutAStrength) {
  MatlabValue dcm = test::small_dcm();
  Eigen::MatrixXd a = Eigen::MatrixXd::Identity(2, 2), b = Eigen::MatrixXd::Zero(2, 2), gate = b;
  b(1, 0) = b(1, 1) = 1;
  gate(1, 0) = 1;
  field(dcm, "a") = dataset::matlab_numbers(a);
  field(dcm, "b") = dataset::matlab_pages({Eigen::MatrixXd::Zero(2, 2), b}, 2, 2);
  field(dcm, "d") = dataset::matlab_pages({Eigen::MatrixXd::Zero(2, 2), gate}, 2, 2);
  field(field(dcm, "options"), "nonlinear") = dataset::matlab_numbers(Eigen::MatrixXd::Ones(1, 1));
  const Folder folder;
  test::write_dcm(dcm, folder.path("gated.mat"));
  const Ended made = run_program("import spm gated.mat --out study", folder.path(""));
  EXPECT_EQ(made.code, 0) << made.error;
  const std::string text = bytes_of(folder.path("study/gated.yaml"));
  EXPECT_NE(text.find("  V1 -> V5: {kind: modulated_gated, by: [attention, V5]}\n"
                      "  V5 -> V5: {kind: modulated, by: [attention]}\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  V1 -> V5.strength: 0 1/s\n"), std::string::npos) << text;
  const Ended checked = run_program("check study/experiment.yaml", folder.path(""));
  EXPECT_EQ(checked.code, 0) << checked.error;
}

TEST(ImportSpm, ModelsOfOtherDataAreNotPutTogether) {
  const Folder folder;
  MatlabValue dcm = test::small_dcm();
  test::write_dcm(dcm, folder.path("one.mat"));
  field(field(dcm, "Y"), "y").numbers[7] += 1;
  test::write_dcm(dcm, folder.path("two.mat"));
  const Ended made = run_program("import spm one.mat two.mat --out study", folder.path(""));
  EXPECT_EQ(made.code, 65);
  EXPECT_EQ(made.error,
            "two.mat: error: its series are not those of one.mat\n  note: hypotheses are compared "
            "on the same data; import this one into a folder of its own, or, if it is of another "
            "subject, put each subject's files into a folder\n");
  EXPECT_FALSE(std::filesystem::exists(folder.path("study")));
}

using ImportOfRealModels = RealModels;

TEST_F(ImportOfRealModels, HaveTheFilesNumbersToTheLastBit) {
  const dataset::Dataset data = dataset::load(folder.path("study/dataset.yaml"));
  const dataset::Run& run = data.subjects.at(0).runs.at(0);
  const MatlabValue file = dataset::read_matlab(mat + "DCM_bilinear_1.mat");
  const MatlabNode dcm = MatlabNode(file, "").at("DCM");
  EXPECT_EQ(run.recordings.at(0).samples, dcm.at("Y").at("y").matrix());
  EXPECT_EQ(run.recordings.at(0).confounds, dcm.at("Y").at("X0").matrix());
  EXPECT_EQ(run.recordings.at(0).delay, std::vector<double>(3, 3.22));
  const Eigen::MatrixXd u = dcm.at("U").at("u").matrix();
  for (Eigen::Index k = 0; k < 3; ++k) {
    const dataset::StepSignal& input = run.inputs.at(static_cast<std::size_t>(k));
    std::size_t step = 0;
    for (Eigen::Index bin = 0; bin < u.rows(); ++bin) {
      const double middle = (static_cast<double>(bin) + 0.5) * 0.20125;
      while (step < input.onset.size() && input.onset[step] <= middle) ++step;
      ASSERT_EQ(step == 0 ? 0 : input.value[step - 1], u(bin, k)) << input.name << " bin " << bin;
    }
  }
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// Projections with their kinds and contexts, and what inputs drive, without regard to order.
std::set<std::string> structure_of(const architecture::Architecture& a) {
  std::set<std::string> lines;
  for (const architecture::Projection& p : a.projections) {
    std::string line = a.regions[p.source].name + " -> " + a.regions[p.target].name + " " +
                       std::string(p.kind->name);
    for (const std::string& context : p.contexts) line += " " + lower(context);
    lines.insert(line);
  }
  for (const architecture::Input& input : a.inputs) {
    std::string line = lower(input.name);
    for (const std::size_t region : input.drives) line += " " + a.regions[region].name;
    lines.insert(line);
  }
  return lines;
}

TEST_F(ImportOfRealModels, AreTheArchitecturesOfTheExample) {
  const Catalogue kinds = catalogue();
  const std::string examples = std::string(INSULA_ROOT) + "/examples/attention-to-motion/";
  for (const auto& [ours, theirs] :
       {std::pair{"top_down", "DCM_bilinear_1"}, std::pair{"forward", "DCM_bilinear_2"}}) {
    EXPECT_EQ(structure_of(architecture::load(folder.path("study/") + theirs + ".yaml", kinds)),
              structure_of(architecture::load(examples + ours + ".yaml", kinds)));
  }
}

// What SPM reaches from these files when it is started again, with the priors that they store: see
// refits_of_stored_models in attention-to-motion/reference_results.json. (The free energies in the
// files are not those of their optima.)
TEST_F(ImportOfRealModels, AreFittedToSpmsFreeEnergy) {
  const Ended run = run_program("run study/experiment.yaml --out out", folder.path(""));
  ASSERT_EQ(run.code, 0) << run.error;
  std::istringstream table(bytes_of(folder.path("out/comparison.tsv")));
  std::string model, kind, line;
  std::getline(table, line);
  for (const double expected : {-3273.7475, -3254.4916}) {
    double free_energy = 0;
    table >> model >> kind >> free_energy;
    std::getline(table, line);
    EXPECT_CLOSE(
        free_energy, expected, Tolerance::because(0.1, "SPM stops at a promise of 0.1 nats"))
        << model;
  }
}

}  // namespace
}  // namespace insula::command

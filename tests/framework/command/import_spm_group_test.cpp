// SPDX-License-Identifier: Apache-2.0
// SPM.mat with VOI_*.mat becomes a dataset; folders of DCM.mat become a group.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "framework/dataset/dataset.h"
#include "framework/dataset/matlab.h"
#include "tests/framework/command/program.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/real_array.h"
#include "tests/support/spm_dcm_file.h"
#include "tests/support/tolerance.h"

namespace insula::command {
namespace {

using dataset::Folder;
using dataset::MatlabValue;
using test::field;

const std::string kDesign = std::string(INSULA_REFERENCE) + "/spm_design/";

Ended import_design(const Folder& folder, const std::string& regions) {
  std::string words = "import spm '" + kDesign + "SPM.mat'";
  std::istringstream names(regions);
  for (std::string name; names >> name;) words += " '" + kDesign + "VOI_" + name + ".mat'";
  return run_program(words + " --out study", folder.path(""));
}

TEST(ImportSpmDesign, HasSessionsAsRunsAndConditionsWithModulatorsAsInputs) {
  const Folder folder;
  const Ended made = import_design(folder, "V1_1 V5_1 V1_2 V5_2");
  ASSERT_EQ(made.code, 0) << made.error;
  EXPECT_TRUE(
      made.out.ends_with("  Session 2 has no condition 'motion', which is 0 there.\n"
                         "  Session 2 has no condition 'motionxattention^1', which is 0 there.\n"
                         "  Samples are taken 1 s into a scan, SPM's reference bin (xBF.T0); if "
                         "slices were not put to "
                         "that time, write each region's own `delay`.\n\n"
                         "Next: insula new model --from study/dataset.yaml\n"))
      << made.out;
  const dataset::Dataset data = dataset::load(folder.path("study/dataset.yaml"));
  const auto& runs = data.subjects.at(0).runs;
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].id, "session-1");
  EXPECT_EQ(data.input_names(),
            (std::vector<std::string>{"photic", "motion", "motionxattention_1"}));
  const dataset::Recording& bold = runs[1].recordings.at(0);
  EXPECT_EQ(bold.channels, (std::vector<std::string>{"V1", "V5"}));
  EXPECT_EQ(bold.samples.rows(), 24);
  EXPECT_EQ(bold.interval, 2);
  EXPECT_EQ(bold.delay, std::vector<double>(2, 1.0));
  EXPECT_EQ(bold.samples(5, 1), std::sin(0.7 * 5 + 1) * 2);
  EXPECT_EQ(bold.confounds.cols(), 2);
  // spm_get_ons: on from the bin of the onset for the duration and a bin more, 32 bins off.
  const dataset::StepSignal& photic = *runs[0].input("photic");
  ASSERT_EQ(photic.onset.size(), 4U);
  EXPECT_EQ(photic.onset, (std::vector<double>{4, 12.125, 20, 28.125}));
  const dataset::StepSignal& modulated = *runs[0].input("motionxattention_1");
  EXPECT_EQ(modulated.at(5), -2);  // 1, 2 and 6 less their mean
  EXPECT_EQ(modulated.at(13), -1);
  EXPECT_EQ(modulated.at(23), 3);
  EXPECT_EQ(runs[1].input("motion")->at(13), 0);
}

TEST(ImportSpmDesign, TakesTheSessionsThatRegionsAreFrom) {
  const Folder folder;
  const Ended made = import_design(folder, "V5_2 V1_2");
  ASSERT_EQ(made.code, 0) << made.error;
  const dataset::Dataset data = dataset::load(folder.path("study/dataset.yaml"));
  ASSERT_EQ(data.subjects.at(0).runs.size(), 1U);
  EXPECT_EQ(data.subjects[0].runs[0].id, "session-2");
  EXPECT_EQ(data.subjects[0].runs[0].recordings[0].channels,
            (std::vector<std::string>{"V5", "V1"}));
  EXPECT_EQ(run_program("check study/dataset.yaml", folder.path("")).code, 0);
}

// Three subjects of the small model, each with series of its own.
void write_group(const Folder& folder) {
  for (int s = 1; s <= 3; ++s) {
    MatlabValue dcm = test::small_dcm();
    for (double& y : field(field(dcm, "Y"), "y").numbers) y += 0.1 * s;
    const std::string sub = folder.path("sub-0" + std::to_string(s));
    std::filesystem::create_directory(sub);
    test::write_dcm(dcm, sub + "/DCM_full.mat");
  }
}

TEST(ImportSpmGroup, FoldersAreSubjectsAndTheyAreFittedTogether) {
  const Folder folder;
  write_group(folder);
  const Ended made = run_program("import spm sub-*/DCM_full.mat --out study", folder.path(""));
  ASSERT_EQ(made.code, 0) << made.error;
  const dataset::Dataset data = dataset::load(folder.path("study/dataset.yaml"));
  ASSERT_EQ(data.subjects.size(), 3U);
  EXPECT_EQ(data.subjects[2].id, "sub-03");
  EXPECT_NE(data.subjects[0].runs[0].recordings[0].samples,
            data.subjects[2].runs[0].recordings[0].samples);
  const Ended run = run_program("run study/experiment.yaml --out out", folder.path(""));
  EXPECT_EQ(run.code, 0) << run.error;
  EXPECT_NE(bytes_of(folder.path("out/parameters.tsv")).find("\tgroup sd\t"), std::string::npos);
}

TEST(ImportSpmGroup, ModelsThatDifferBetweenSubjectsAreRefused) {
  const Folder folder;
  write_group(folder);
  MatlabValue dcm = test::small_dcm();
  field(dcm, "c") = dataset::matlab_numbers(Eigen::MatrixXd::Ones(2, 2));
  test::write_dcm(dcm, folder.path("sub-02/DCM_full.mat"));
  const auto said = [&](const std::string& files) {
    const Ended ended = run_program("import spm " + files + " --out study", folder.path(""));
    EXPECT_EQ(ended.code, 65);
    EXPECT_FALSE(std::filesystem::exists(folder.path("study")));
    return ended.error;
  };
  EXPECT_EQ(
      said("sub-*/DCM_full.mat"),
      "sub-02/DCM_full.mat: error: its masks differ from those of sub-01/DCM_full.mat\n"
      "  note: the models of a group are the same in all subjects; import others into a folder "
      "of their own\n");
  test::write_dcm(test::small_dcm(), folder.path("sub-03/DCM_other.mat"));
  EXPECT_EQ(said("sub-01/*.mat sub-03/*.mat").find("sub-03/DCM_other.mat: error: its "), 0U);
  std::filesystem::remove(folder.path("sub-03/DCM_full.mat"));
  EXPECT_EQ(
      said("sub-01/*.mat sub-03/*.mat"),
      "sub-03/DCM_other.mat: error: subject 'sub-03' has no model 'DCM_full', as 'sub-01' has\n"
      "  note: the models of a group are the same in all folders\n");
}

// The tables of semantic-60 as DCM.mat files of our own export, imported and fitted as SPM does. F
// of subjects whose estimation SPM had ended is known.
// 60 people's DCM.mat, ours because the source's are not at hand, become one group.
TEST(ImportSpmGroup, SixtyRealSubjectsRunAsAGroupAndAreFittedToSpmsFreeEnergies) {
  const char* data = std::getenv("INSULA_DATA");
  if (data == nullptr) GTEST_SKIP() << "INSULA_DATA does not name a folder with semantic-60/";
  const Folder folder;
  const std::string here = std::string(data) + "/semantic-60/";
  std::vector<std::string> subjects;
  for (int s = 1; s <= 60; ++s)
    subjects.push_back(std::string(s < 10 ? "sub-0" : "sub-") + std::to_string(s));
  const std::vector<double> blocks = real_array("semantic-60/inputs_microtime.npy");
  const std::vector<double> constants = real_array("semantic-60/confound_column0.npy");
  std::string manifest = "insula: dataset/1\nname: semantic\nsubjects:\n";
  for (const std::string& subject : subjects) {
    manifest +=
        "  - id: " + subject + "\n    runs:\n      - id: run-1\n        duration: 712.8 s\n";
    const auto number = static_cast<std::size_t>(std::stoi(subject.substr(4))) - 1;
    std::string line;
    Eigen::MatrixXd u(3168, 3);
    for (Eigen::Index k = 0; k < u.size(); ++k)
      u(k / 3, k % 3) = blocks.at(number * 3168 * 3 + static_cast<std::size_t>(k));
    u.rowwise() -= u.colwise().mean().eval();
    std::ostringstream inputs;
    inputs.precision(17);
    inputs << "Task\tPictures\tWords\n";
    for (Eigen::Index k = 0; k < u.rows(); ++k)
      inputs << u(k, 0) << "\t" << u(k, 1) << "\t" << u(k, 2) << "\n";
    // The first confound is each subject's own, the others are everybody's.
    std::istringstream confounds(bytes_of(here + "confounds_X0.tsv"));
    std::ostringstream own;
    own.precision(17);
    std::getline(confounds, line);
    own << line << "\n";
    for (std::size_t scan = 0; std::getline(confounds, line); ++scan)
      own << constants.at(number * 198 + scan) << line.substr(line.find('\t')) << "\n";
    folder.write(subject + "_x0.tsv", own.str());
    folder.write(subject + ".tsv", inputs.str());
    manifest +=
        "        inputs: {file: " + subject +
        ".tsv, interval: 225 ms, columns: [Task, Pictures, Words]}\n"
        "        recordings:\n          bold:\n            modality: bold\n            file: " +
        here + "bold/" + subject +
        ".tsv\n            interval: 3.6 s\n            unit: a.u.\n            delay: 3.6 s\n"
        "            channels: [lvF, ldF, rvF, rdF]\n            confounds: {file: " +
        subject + "_x0.tsv}\n";
  }
  folder.write("dataset.yaml", manifest);
  std::string regions, projections;
  for (const char* to : {"lvF", "ldF", "rvF", "rdF"}) {
    const std::string r = to;
    regions += "  " + r + ": {kind: neuronal}\n";
    projections += "  " + r + " -> " + r + ": {kind: modulated, by: [Pictures, Words]}\n";
    for (const char* from : {"lvF", "ldF", "rvF", "rdF"})
      if (r != from && (r.front() == *from || r[1] == from[1]))
        projections += "  " + std::string(from) + " -> " + r + ": {kind: linear}\n";
  }
  folder.write(
      "full.yaml",
      "insula: architecture/1\nname: full\nregions:\n" + regions + "projections:\n" + projections +
          "inputs:\n  Task: {drives: [lvF, ldF, rvF, rdF]}\n  Pictures: {}\n  Words: {}\n"
          "observations:\n  bold: {kind: bold, regions: [lvF, ldF, rvF, rdF]}\n");  // SPM's 40 ms
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: semantic\ndataset: dataset.yaml\n"
               "hypotheses: [full.yaml]\nbaselines: []\n"
               "inference: {compatibility: spm, pareto_draws: 0}\nvalidation: none\nseed: 1\n");
  const Ended out = run_program("export spm experiment.yaml --out glm", folder.path(""));
  ASSERT_EQ(out.code, 0) << out.error;
  const Ended in = run_program("import spm glm/*/DCM_full.mat --out study", folder.path(""));
  ASSERT_EQ(in.code, 0) << in.error;
  std::string experiment = bytes_of(folder.path("study/experiment.yaml"));
  const std::string group = "subjects: hierarchical";
  experiment.replace(experiment.rfind(group), group.size(), "compatibility: spm");
  folder.write("study/spm.yaml", experiment + "group: {parameters: [\"*.modulation.*\"]}\n");
  const Ended run = run_program("run study/spm.yaml --out out", folder.path(""));
  ASSERT_EQ(run.code, 0) << run.error;
  using nlohmann::json;
  const json summary = json::parse(bytes_of(folder.path("out/summary.json")));
  const json known = json::parse(bytes_of(here + "reference_results.json"));
  const json& theirs_all = known.at("computed_first_level").at("subjects");
  const json& fits = summary.at("models").at(0).at("fits");
  EXPECT_EQ(fits.size(), 60U);
  std::size_t compared = 0;
  for (const json& fit : fits) {
    EXPECT_EQ(fit.at("status"), "converged") << fit.at("subject");
    const auto found = theirs_all.find(fit.at("subject").get<std::string>());
    if (found == theirs_all.end()) continue;
    ++compared;
    const json& theirs = *found;
    EXPECT_CLOSE(fit.at("free_energy").get<double>(),
                 theirs.at("F").get<double>(),
                 Tolerance::because(2e-3, "SPM and we take the same steps; it kept four digits"))
        << fit.at("subject");
  }
  EXPECT_EQ(compared, theirs_all.size());
  const std::string group_table = bytes_of(folder.path("out/group.tsv"));
  EXPECT_NE(group_table.find("effect\trdF -> rdF.modulation.Words\tmean"), std::string::npos);
}

}  // namespace
}  // namespace insula::command

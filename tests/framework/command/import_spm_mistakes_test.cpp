// SPDX-License-Identifier: Apache-2.0
// Files of SPM's that do not fit each other: each is told by one sentence that says what to do, and
// nothing is written. The whole messages are in tests/bad_input/spm/NAME.expected.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "framework/dataset/matlab.h"
#include "framework/dataset/matlab_write.h"
#include "tests/framework/command/program.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/spm_dcm_file.h"

namespace insula::command {
namespace {

using dataset::Folder;
using dataset::MatlabValue;
using test::field;

MatlabValue one_number(double x) {
  return dataset::matlab_numbers(Eigen::MatrixXd::Constant(1, 1, x));
}

// The design without what only SPM needs, and the regions of both sessions.
struct Study {
  MatlabValue spm, v1_1, v5_1, v1_2;
};

MatlabValue variable_of(const std::string& file, const std::string& name) {
  MatlabValue all = dataset::read_matlab(std::string(INSULA_REFERENCE) + "/spm_design/" + file);
  return field(all, name);
}

Study good_study() {
  MatlabValue spm = variable_of("SPM.mat", "SPM");
  test::remove_field(field(spm, "xY"), "VY");  // objects, which are not written
  return {std::move(spm),
          variable_of("VOI_V1_1.mat", "xY"),
          variable_of("VOI_V5_1.mat", "xY"),
          variable_of("VOI_V1_2.mat", "xY")};
}

struct SpmMistake {
  const char* name;
  const char* files;
  std::function<void(Study&)> change = [](Study&) {};
};

std::ostream& operator<<(std::ostream& out, const SpmMistake& mistake) {
  return out << mistake.name;
}

class SpmMistakes : public testing::TestWithParam<SpmMistake> {};

TEST_P(SpmMistakes, AreToldWithTheirWholeMessage) {
  const Folder folder;
  Study study = good_study();
  GetParam().change(study);
  const auto write = [&](const char* file, const char* name, const MatlabValue& value) {
    dataset::write_matlab(
        dataset::matlab_structure({{name, value}}), folder.path(file), dataset::MatlabVersion::v5);
  };
  write("SPM.mat", "SPM", study.spm);
  write("other.mat", "SPM", study.spm);
  write("V1_1.mat", "xY", study.v1_1);
  write("V5_1.mat", "xY", study.v5_1);
  write("V1_2.mat", "xY", study.v1_2);
  write("numbers.mat", "x", one_number(1));
  test::write_dcm(test::small_dcm(), folder.path("DCM.mat"));
  const Ended ended =
      run_program(std::string("import spm ") + GetParam().files + " --out study", folder.path(""));
  EXPECT_EQ(ended.code, 65);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(
      ended.error,
      bytes_of(INSULA_ROOT "/tests/bad_input/spm/" + std::string(GetParam().name) + ".expected"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("study")));
}

std::string mistake_name(const testing::TestParamInfo<SpmMistake>& of) { return of.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Files,
    SpmMistakes,
    testing::Values(SpmMistake{"design_alone", "SPM.mat"},
                    SpmMistake{"regions_alone", "V1_1.mat V5_1.mat"},
                    SpmMistake{"two_designs", "SPM.mat other.mat V1_1.mat"},
                    SpmMistake{"model_and_region", "DCM.mat V1_1.mat"},
                    SpmMistake{"neither_model_nor_design", "SPM.mat numbers.mat"},
                    SpmMistake{"region_twice", "SPM.mat V1_1.mat V1_1.mat"},
                    SpmMistake{"region_without_a_session", "SPM.mat V1_1.mat V5_1.mat V1_2.mat"},
                    SpmMistake{"session_that_is_not_there",
                               "SPM.mat V1_1.mat",
                               [](Study& s) { field(s.v1_1, "Sess") = one_number(3); }},
                    SpmMistake{"series_of_another_length",
                               "SPM.mat V1_1.mat V5_1.mat",
                               [](Study& s) {
                                 field(s.v5_1, "u") =
                                     dataset::matlab_numbers(Eigen::MatrixXd::Zero(19, 1));
                               }},
                    SpmMistake{"voxels_for_an_eigenvariate",
                               "SPM.mat V1_1.mat",
                               [](Study& s) { field(s.v1_1, "u") = field(s.v1_1, "y"); }},
                    SpmMistake{
                        "bins_that_are_no_part_of_a_scan",
                        "SPM.mat V1_1.mat",
                        [](Study& s) { field(field(s.spm, "xBF"), "dt") = one_number(0.1); }},
                    SpmMistake{"reference_after_the_scan",
                               "SPM.mat V1_1.mat",
                               [](Study& s) { field(field(s.spm, "xBF"), "T0") = one_number(17); }},
                    SpmMistake{"condition_of_other_bins",
                               "SPM.mat V1_1.mat",
                               [](Study& s) {
                                 MatlabValue& conditions = field(field(s.spm, "Sess"), "U");
                                 field(conditions, "u") =
                                     dataset::matlab_numbers(Eigen::MatrixXd::Zero(320, 1));
                               }},
                    SpmMistake{"sessions_without_scans",
                               "SPM.mat V1_1.mat",
                               [](Study& s) { field(s.spm, "nscan") = one_number(20); }},
                    SpmMistake{"design_without_sessions",
                               "SPM.mat V1_1.mat",
                               [](Study& s) { test::remove_field(s.spm, "Sess"); }}),
    mistake_name);

}  // namespace
}  // namespace insula::command

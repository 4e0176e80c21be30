// SPDX-License-Identifier: Apache-2.0
// Every malformed experiment under tests/bad_input/experiments has its full message beside it; what
// they name, right or mistaken, is in the folder `parts`.
#include "framework/experiment/experiment.h"
#include "modules/catalogue.h"
#include "tests/support/bad_input.h"

namespace insula::experiment {
namespace {

constexpr const char* kBadExperiments = "tests/bad_input/experiments";

class BadExperiment : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(BadExperiment, IsRefusedWithItsWholeMessage) {
  const InRoot in_root;
  try {
    load(GetParam().generic_string(), catalogue());
    FAIL() << "it was accepted";
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()) + "\n", expected_message(GetParam()));
    EXPECT_EQ(error.code(), ExitCode::config);
  }
}

INSTANTIATE_TEST_SUITE_P(Folder,
                         BadExperiment,
                         testing::ValuesIn(bad_inputs(kBadExperiments)),
                         case_name);

TEST(BadExperiments, AreManyAndEachHasAMessage) {
  EXPECT_EQ(count_expected(kBadExperiments), bad_inputs(kBadExperiments).size());
  EXPECT_GE(count_expected(kBadExperiments), 103U);
}

TEST(MissingExperiment, SaysSoWithItsOwnExitCode) {
  try {
    load("no/such/experiment.yaml", catalogue());
    FAIL() << "it was accepted";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "no/such/experiment.yaml: error: the file does not exist");
    EXPECT_EQ(error.code(), ExitCode::no_input);
  }
}

}  // namespace
}  // namespace insula::experiment

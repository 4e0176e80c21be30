// SPDX-License-Identifier: Apache-2.0
// Every malformed architecture under tests/bad_input/architectures has its full message beside it:
// NN_name.yaml and NN_name.expected. A new case is two files.
#include <gtest/gtest.h>

#include "tests/framework/architecture/support.h"
#include "tests/support/bad_input.h"

namespace insula::architecture {
namespace {

const std::filesystem::path kBadArchitectures = "tests/bad_input/architectures";

class BadArchitecture : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(BadArchitecture, IsRefusedWithItsWholeMessage) {
  std::string message;
  try {
    load_from_root(GetParam().generic_string());
    FAIL() << "it was accepted";
  } catch (const InputError& error) {
    message = std::string(error.what()) + "\n";
    EXPECT_EQ(error.code(), ExitCode::config);
  }
  EXPECT_EQ(message, expected_message(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Folder,
                         BadArchitecture,
                         testing::ValuesIn(bad_inputs(kBadArchitectures)),
                         case_name);

TEST(BadArchitectures, AreManyAndEachHasAMessage) {
  EXPECT_EQ(count_expected(kBadArchitectures), bad_inputs(kBadArchitectures).size());
  EXPECT_GE(count_expected(kBadArchitectures), 30U);
}

TEST(MissingFile, SaysSoWithItsOwnExitCode) {
  try {
    load("no/such/file.yaml", test_catalogue());
    FAIL() << "it was accepted";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "no/such/file.yaml: error: the file does not exist");
    EXPECT_EQ(error.code(), ExitCode::no_input);
  }
}

}  // namespace
}  // namespace insula::architecture

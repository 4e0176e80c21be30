// SPDX-License-Identifier: Apache-2.0
// Every malformed recipe under tests/bad_input/simulations has its full message beside it:
// NN_name.yaml and NN_name.expected. A new case is two files.
#include <gtest/gtest.h>

#include "framework/experiment/twin.h"
#include "modules/catalogue.h"
#include "tests/support/bad_input.h"

namespace insula::experiment {
namespace {

const std::filesystem::path kBadRecipes = "tests/bad_input/simulations";

class BadRecipe : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(BadRecipe, IsRefusedWithItsWholeMessage) {
  const InRoot in_root;
  std::string message;
  try {
    read_recipe(GetParam().generic_string(), catalogue());
    FAIL() << "it was accepted";
  } catch (const InputError& error) {
    message = std::string(error.what()) + "\n";
    EXPECT_EQ(error.code(), ExitCode::config);
  }
  EXPECT_EQ(message, expected_message(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Folder, BadRecipe, testing::ValuesIn(bad_inputs(kBadRecipes)), case_name);

TEST(BadRecipes, AreManyAndEachHasAMessage) {
  EXPECT_EQ(count_expected(kBadRecipes), bad_inputs(kBadRecipes).size());
  EXPECT_GE(count_expected(kBadRecipes), 36U);
}

}  // namespace
}  // namespace insula::experiment

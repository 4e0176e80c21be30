// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/detail/names.h"

#include <gtest/gtest.h>

namespace insula::architecture::detail {
namespace {

TEST(Names, HoldLettersDigitsAndAFewSigns) {
  for (const char* name : {"V1", "hMT+", "7a", "left-V1", "_x", "Brücke"}) {
    EXPECT_TRUE(is_name(name)) << name;
  }
  for (const char* name :
       {"", "V 1", "V1.x", "+V1", "-V1", "V1>V5", "V1\u2192V5", "V5(2)", "a:b"}) {
    EXPECT_FALSE(is_name(name)) << name;
  }
}

TEST(ProjectionNames, AreReadWithAnySpaces) {
  for (const char* text : {"V1 -> V5 (2)", "V1->V5(2)", "  V1  ->V5  ( 2 )"}) {
    const auto name = read_projection_name(text);
    ASSERT_TRUE(name.has_value()) << text;
    EXPECT_EQ(to_text(*name), "V1 -> V5 (2)");
  }
  EXPECT_EQ(to_text(*read_projection_name("V1 -> V5 (1)")), "V1 -> V5");
}

TEST(ProjectionNames, NeedTwoRegionsAndACountingOrdinal) {
  for (const char* text : {"V1",
                           "V1 ->",
                           "-> V5",
                           "V1 -> V5 -> V6",
                           "V1 -> V5 (0)",
                           "V1 -> V5 (-1)",
                           "V1 -> V5 (02)",
                           "V1 -> V5 ()",
                           "V1 -> V5 2)",
                           "V1 -> V5 (99999999999)"}) {
    EXPECT_FALSE(read_projection_name(text).has_value()) << text;
  }
}

TEST(ParameterNames, GetTheSpacesThatWeWrite) {
  EXPECT_EQ(tidy_name("V1->V5(2).gating.SPC"), "V1 -> V5 (2).gating.SPC");
  EXPECT_EQ(tidy_name("bold.transit.V1"), "bold.transit.V1");
  EXPECT_EQ(owner_of("V1 -> V5 (2).gating.SPC"), "V1 -> V5 (2)");
}

TEST(YamlText, IsQuotedOnlyWhereItMustBe) {
  EXPECT_EQ(yaml_text("V1 -> V5 (2).strength"), "V1 -> V5 (2).strength");
  EXPECT_EQ(yaml_text("null"), "\"null\"");
  EXPECT_EQ(yaml_text(""), "\"\"");
  EXPECT_EQ(yaml_text("a, b: \"c\"\n"), "\"a, b: \\\"c\\\"\\n\"");
}

}  // namespace
}  // namespace insula::architecture::detail

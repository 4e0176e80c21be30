// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/framework/config/mistakes_of.h"

namespace insula::config {
namespace {

struct Answer {
  std::optional<double> value;
  std::string message, note;
};

Answer read(const std::string& text, Dimension dimension, Range range = any_number) {
  Mistakes mistakes;
  const Node node = parse_text("tau: " + text + "\n", "a.yaml")["tau"];
  Answer answer{read_quantity(node, "'tau'", dimension, range, mistakes), "", ""};
  if (!mistakes.empty()) {
    answer.message = mistakes.sorted().front().message;
    answer.note = mistakes.sorted().front().note;
  }
  return answer;
}

TEST(ReadQuantity, ConvertsToSI) {
  EXPECT_EQ(read("200 ms", Dimension::time).value, 0.2);
  EXPECT_EQ(read("-3.5", Dimension::none).value, -3.5);
  EXPECT_EQ(read("200 ms", Dimension::time, positive).message, "");
}

TEST(ReadQuantity, SaysWhichDimensionItGot) {
  EXPECT_EQ(read("4 Hz", Dimension::time).message, "'tau' needs a time, got 4 Hz (1/s)");
  EXPECT_EQ(read("4 1/s", Dimension::time).message, "'tau' needs a time, got 4 1/s");
  EXPECT_EQ(read("4 s", Dimension::none).message, "'tau' needs a pure number, got 4 s");
  EXPECT_EQ(read("4 %", Dimension::none).message, "'tau' needs a pure number, got 4 %");
  EXPECT_FALSE(read("4 Hz", Dimension::time).value);
}

TEST(ReadQuantity, AsksForTheUnitOfABareNumber) {
  const Answer answer = read("4", Dimension::time);
  EXPECT_FALSE(answer.value);
  EXPECT_EQ(answer.message, "'tau' needs a time with its unit, got 4");
  EXPECT_EQ(answer.note, "the units of a time are s, ms, us, \u00B5s, min and h");
}

TEST(ReadQuantity, ListsTheUnitsWhenOneIsUnknown) {
  const Answer answer = read("4 sec", Dimension::time);
  EXPECT_EQ(answer.message, "'tau' needs a time, got '4 sec'");
  EXPECT_EQ(answer.note, "the units of a time are s, ms, us, \u00B5s, min and h");
}

TEST(ReadQuantity, TakesQuotedNumbersForText) {
  const Answer answer = read("'4 s'", Dimension::time);
  EXPECT_FALSE(answer.value);
  EXPECT_EQ(answer.message, "'tau' needs a time, got '4 s'");
  EXPECT_EQ(answer.note, "remove the quotes: they make it text");
}

TEST(ReadQuantity, RefusesNumbersThatLookOctal) {
  const Answer answer = read("010", Dimension::none);
  EXPECT_FALSE(answer.value);
  EXPECT_EQ(answer.message, "'tau' needs a pure number, got '010'");
  EXPECT_EQ(answer.note, "remove the leading zero");
}

TEST(ReadQuantity, RefusesWhatYamlWouldCallANumber) {
  for (const char* text :
       {"0x10", "0o10", ".inf", "-.inf", ".nan", "1_000", "1:30", "yes", "1e999"}) {
    const Answer answer = read(text, Dimension::none);
    EXPECT_FALSE(answer.value) << text;
    EXPECT_EQ(answer.message, "'tau' needs a pure number, got '" + std::string(text) + "'");
  }
}

TEST(ReadQuantity, SaysTheLimitsInTheUnitTheyAreMeantIn) {
  EXPECT_EQ(read("-0.1 s", Dimension::time, positive).message,
            "'tau' must be positive, got -0.1 s");
  EXPECT_EQ(read("2 min", Dimension::time, Range{0, 60}).message,
            "'tau' must be between 0 and 60 s, got 2 min");
  EXPECT_EQ(read("2", Dimension::none, Range{0, 1}).message,
            "'tau' must be between 0 and 1, got 2");
  EXPECT_FALSE(read("2", Dimension::none, Range{0, 1}).value);
}

TEST(ReadQuantity, SaysWhatItFoundInPlaceOfANumber) {
  EXPECT_EQ(read("", Dimension::time).message, "'tau' needs a time, got nothing");
  EXPECT_EQ(read("[1]", Dimension::none).message, "'tau' needs a pure number, got a list");
  EXPECT_EQ(read("{}", Dimension::none).message, "'tau' needs a pure number, got a mapping");
}

}  // namespace
}  // namespace insula::config

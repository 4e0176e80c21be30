// SPDX-License-Identifier: Apache-2.0
#include "framework/base/error.h"

#include <gtest/gtest.h>

namespace insula {
namespace {

Place tau_place() { return {"two_choice.yaml", 14, 10, 6, "    tau: -0.1 s"}; }

TEST(MistakeText, ShowsTheLineWithItsNumberAndACaret) {
  EXPECT_EQ(
      to_text({tau_place(), "'tau' of region 'striatum' must be positive, got -0.1 s", ""}),
      "two_choice.yaml:14:10: error: 'tau' of region 'striatum' must be positive, got -0.1 s\n"
      "   14 |     tau: -0.1 s\n"
      "      |          ^~~~~~");
}

TEST(MistakeText, EndsWithItsNote) {
  const Mistake mistake{{"a.yaml", 3, 1, 4, "gian: 1.2"}, "no key 'gian'", "did you mean 'gain'?"};
  EXPECT_EQ(to_text(mistake),
            "a.yaml:3:1: error: no key 'gian'\n"
            "    3 | gian: 1.2\n"
            "      | ^~~~\n"
            "  note: did you mean 'gain'?");
}

TEST(MistakeText, KeepsTheBarUnderLongLineNumbers) {
  EXPECT_EQ(to_text({{"a.tsv", 1234567, 2, 1, "xy"}, "no number", ""}),
            "a.tsv:1234567:2: error: no number\n"
            "1234567 | xy\n"
            "        |  ^");
}

TEST(MistakeText, PutsTheCaretUnderTheCharacterAfterTabsAndAccents) {
  EXPECT_EQ(to_text({{"a.yaml", 1, 5, 2, "\té\tµx"}, "wrong", ""}),
            "a.yaml:1:5: error: wrong\n"
            "    1 | \té\tµx\n"
            "      | \t \t ^~");
}

TEST(MistakeText, OfAWholeFileHasNoLine) {
  EXPECT_EQ(to_text({{"a.yaml", 0, 0, 0, ""}, "the file does not exist", ""}),
            "a.yaml: error: the file does not exist");
}

TEST(MistakeText, OfNoFileIsTheMessageAlone) {
  EXPECT_EQ(to_text({{}, "no experiment was named", "write 'insula run FILE'"}),
            "error: no experiment was named\n"
            "  note: write 'insula run FILE'");
}

TEST(Mistakes, ThatSeveralFilesInheritFromOneAreToldOnce) {
  Mistakes mistakes;
  for (int file = 0; file < 3; ++file) mistakes.add({"shared.yaml", 2, 5, 1, ""}, "no unit");
  mistakes.add({"shared.yaml", 2, 9, 1, ""}, "no unit");
  EXPECT_EQ(mistakes.sorted().size(), 2U);
}

TEST(Mistakes, AreSortedByFileThenLineThenColumn) {
  Mistakes mistakes;
  mistakes.add({"b.yaml", 1, 1, 1, ""}, "fourth");
  mistakes.add({"a.yaml", 9, 1, 1, ""}, "third");
  mistakes.add({"a.yaml", 2, 5, 1, ""}, "second");
  mistakes.add({"a.yaml", 2, 1, 1, ""}, "first");
  std::string order;
  for (const Mistake& mistake : mistakes.sorted()) order += mistake.message + " ";
  EXPECT_EQ(order, "first second third fourth ");
}

TEST(Mistakes, AtOnePlaceKeepTheOrderInWhichTheyWereFound) {
  Mistakes mistakes;
  mistakes.add(tau_place(), "one");
  mistakes.add(std::vector<Mistake>{{tau_place(), "two", ""}, {tau_place(), "three", ""}});
  const std::vector<Mistake> sorted = mistakes.sorted();
  ASSERT_EQ(sorted.size(), 3U);
  EXPECT_EQ(sorted[0].message, "one");
  EXPECT_EQ(sorted[1].message, "two");
  EXPECT_EQ(sorted[2].message, "three");
}

TEST(Mistakes, AreThrownTogetherInOneText) {
  Mistakes mistakes;
  EXPECT_NO_THROW(mistakes.throw_if_any());
  mistakes.add({"a.yaml", 2, 1, 1, "b"}, "second", "look");
  mistakes.add({"a.yaml", 1, 1, 1, "a"}, "first");
  try {
    mistakes.throw_if_any();
    FAIL() << "two mistakes were swallowed";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "a.yaml:1:1: error: first\n"
                 "    1 | a\n"
                 "      | ^\n"
                 "a.yaml:2:1: error: second\n"
                 "    2 | b\n"
                 "      | ^\n"
                 "  note: look");
    EXPECT_EQ(error.mistakes().size(), 2U);
    EXPECT_EQ(error.code(), ExitCode::config);
  }
}

TEST(InputError, CarriesTheExitCodeOfItsKind) {
  const InputError error({"x.tsv", 0, 0, 0, ""}, "the file does not exist", "", ExitCode::no_input);
  EXPECT_EQ(static_cast<int>(error.code()), 66);
  EXPECT_EQ(error.mistakes().front().place.file, "x.tsv");
}

TEST(InternalError, AsksToBeReported) {
  EXPECT_STREQ(InternalError("a stream of no region").what(),
               "internal error: a stream of no region\n"
               "  note: Insula is at fault, not your files; please report this text");
}

}  // namespace
}  // namespace insula

// SPDX-License-Identifier: Apache-2.0
#include "framework/config/reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/framework/config/mistakes_of.h"

namespace insula::config {
namespace {

const std::vector<std::string> kKinds{"neuronal", "rate"};

TEST(Reader, ReadsEveryType) {
  const std::string text =
      "kind: rate\ntau: 100 ms\ngain: 1.5\nsize: 12\nshared: true\nby: [a, b]\none: a\n"
      "id: 007\nregions: {}\nitems: []\n";
  EXPECT_EQ(reading_mistakes(text,
                             [](Reader& r) {
                               EXPECT_EQ(r.choice("kind", kKinds), "rate");
                               EXPECT_EQ(r.quantity("tau", Dimension::time, positive), 0.1);
                               EXPECT_EQ(r.number("gain"), 1.5);
                               EXPECT_EQ(r.integer("size", positive), 12);
                               EXPECT_EQ(r.optional_boolean("shared"), true);
                               EXPECT_EQ(r.names("by"), (std::vector<std::string>{"a", "b"}));
                               EXPECT_EQ(r.names("one"), std::vector<std::string>{"a"});
                               EXPECT_EQ(r.text("id"), "007");
                               EXPECT_TRUE(r.map("regions").is_map());
                               EXPECT_TRUE(r.list("items").is_list());
                               r.finish();
                             }),
            "");
}

// C++20 lets a temporary die before a loop over what it refers to: sanitizers watch this one.
TEST(Reader, GivesEntriesThatOutliveTheNodeTheyCameFrom) {
  EXPECT_EQ(reading_mistakes("{}",
                             [](Reader& r) {
                               for (const Entry& entry : r.optional_map("a").entries()) {
                                 ADD_FAILURE() << entry.key;
                               }
                               for (const Node& item : r.any("b").items()) {
                                 ADD_FAILURE() << item.scalar();
                               }
                             }),
            "");
}

TEST(Reader, GivesNothingInSilenceForOptionalKeysThatAreAbsent) {
  EXPECT_EQ(reading_mistakes("{}",
                             [](Reader& r) {
                               EXPECT_FALSE(r.optional_text("a"));
                               EXPECT_FALSE(r.optional_choice("b", kKinds));
                               EXPECT_FALSE(r.optional_number("c"));
                               EXPECT_FALSE(r.optional_integer("d"));
                               EXPECT_FALSE(r.optional_quantity("e", Dimension::time));
                               EXPECT_FALSE(r.optional_boolean("f"));
                               EXPECT_TRUE(r.optional_names("g").empty());
                               EXPECT_TRUE(r.optional_map("h").is_missing());
                               EXPECT_TRUE(r.optional_list("i").is_missing());
                               EXPECT_TRUE(r.any("j").is_missing());
                               EXPECT_FALSE(r.has("a"));
                               r.finish();
                             }),
            "");
}

TEST(Reader, AsksForEveryRequiredKeyThatIsAbsent) {
  EXPECT_EQ(reading_mistakes("{a: 1}",
                             [](Reader& r) {
                               r.any("a");
                               EXPECT_FALSE(r.text("kind"));
                               EXPECT_FALSE(r.quantity("tau", Dimension::time));
                               EXPECT_TRUE(r.names("by").empty());
                               EXPECT_TRUE(r.map("regions").is_missing());
                               EXPECT_FALSE(r.integer("size"));
                               r.finish();
                             }),
            "a.yaml:1:1: error: region 'V1' needs the key 'kind'\n    1 | {a: 1}\n      | ^\n"
            "a.yaml:1:1: error: region 'V1' needs the key 'tau'\n    1 | {a: 1}\n      | ^\n"
            "a.yaml:1:1: error: region 'V1' needs the key 'by'\n    1 | {a: 1}\n      | ^\n"
            "a.yaml:1:1: error: region 'V1' needs the key 'regions'\n    1 | {a: 1}\n      | ^\n"
            "a.yaml:1:1: error: region 'V1' needs the key 'size'\n    1 | {a: 1}\n      | ^");
}

TEST(Reader, TellsOfARequiredKeyOnceWhereItIsMisspelt) {
  EXPECT_EQ(reading_mistakes("tua: 1 s\nnaem: x\n",
                             [](Reader& r) {
                               r.quantity("tau", Dimension::time);
                               r.text("colour");
                               r.finish();
                             }),
            "a.yaml:1:1: error: region 'V1' needs the key 'colour'\n"
            "    1 | tua: 1 s\n"
            "      | ^\n"
            "a.yaml:1:1: error: region 'V1' has no key 'tua'\n"
            "    1 | tua: 1 s\n"
            "      | ^~~\n"
            "  note: did you mean 'tau'? it has: tau, colour\n"
            "a.yaml:2:1: error: region 'V1' has no key 'naem'\n"
            "    2 | naem: x\n"
            "      | ^~~~\n"
            "  note: it has: tau, colour");
}

TEST(Reader, NamesTheKeyNearestToOneThatNobodyAskedFor) {
  EXPECT_EQ(reading_mistakes("tau: 1 s\ngian: 1.2\n",
                             [](Reader& r) {
                               r.optional_number("gain");
                               r.quantity("tau", Dimension::time);
                               r.optional_number("gain");  // asked twice, listed once
                               r.finish();
                             }),
            "a.yaml:2:1: error: region 'V1' has no key 'gian'\n"
            "    2 | gian: 1.2\n"
            "      | ^~~~\n"
            "  note: did you mean 'gain'? it has: gain, tau");
}

TEST(Reader, CollectsEveryMistakeInTheOrderOfTheLines) {
  EXPECT_EQ(reading_mistakes("tau: -0.1 s\nkind: [x]\nsize: 2.5\nextra: 1\n",
                             [](Reader& r) {
                               r.integer("size");
                               r.text("kind");
                               r.quantity("tau", Dimension::time, positive);
                               r.finish();
                             }),
            "a.yaml:1:6: error: 'tau' of region 'V1' must be positive, got -0.1 s\n"
            "    1 | tau: -0.1 s\n"
            "      |      ^~~~~~\n"
            "a.yaml:2:7: error: 'kind' of region 'V1' must be a text, got a list\n"
            "    2 | kind: [x]\n"
            "      |       ^\n"
            "a.yaml:3:7: error: 'size' of region 'V1' must be a whole number, got 2.5\n"
            "    3 | size: 2.5\n"
            "      |       ^~~\n"
            "a.yaml:4:1: error: region 'V1' has no key 'extra'\n"
            "    4 | extra: 1\n"
            "      | ^~~~~\n"
            "  note: it has: size, kind, tau");
}

TEST(Reader, PutsTheCaretUnderTheValueAtFault) {
  EXPECT_EQ(reading_mistakes("  tau: -0.1 s  # too small\n",
                             [](Reader& r) { r.quantity("tau", Dimension::time, positive); }),
            "a.yaml:1:8: error: 'tau' of region 'V1' must be positive, got -0.1 s\n"
            "    1 |   tau: -0.1 s  # too small\n"
            "      |        ^~~~~~");
}

TEST(Reader, ListsTheChoices) {
  EXPECT_EQ(reading_mistakes("kind: neuornal\n",
                             [](Reader& r) { EXPECT_FALSE(r.choice("kind", kKinds)); }),
            "a.yaml:1:7: error: 'kind' of region 'V1' cannot be 'neuornal'\n"
            "    1 | kind: neuornal\n"
            "      |       ^~~~~~~~\n"
            "  note: did you mean 'neuronal'? it can be: neuronal, rate");
}

TEST(Reader, TakesOnlyTrueAndFalseForTruth) {
  const auto read = [](Reader& r) { EXPECT_FALSE(r.optional_boolean("shared")); };
  EXPECT_EQ(reading_mistakes("shared: yes\n", read),
            "a.yaml:1:9: error: 'shared' of region 'V1' must be true or false, got 'yes'\n"
            "    1 | shared: yes\n"
            "      |         ^~~\n"
            "  note: write true");
  EXPECT_NE(reading_mistakes("shared: off\n", read).find("note: write false"), std::string::npos);
  EXPECT_NE(reading_mistakes("shared: 'true'\n", read).find("note: remove the quotes"),
            std::string::npos);
  EXPECT_NE(reading_mistakes("shared: maybe\n", read), "");
  EXPECT_EQ(reading_mistakes("shared: false\n",
                             [](Reader& r) { EXPECT_EQ(r.optional_boolean("shared"), false); }),
            "");
}

TEST(Reader, TakesWholeNumbersOnly) {
  for (const char* text : {"2.5", "3.0", "1e3", "99999999999999999999"}) {
    EXPECT_NE(
        reading_mistakes(std::string("n: ") + text, [](Reader& r) { EXPECT_FALSE(r.integer("n")); })
            .find("'n' of region 'V1' must be a whole number, got " + std::string(text)),
        std::string::npos);
  }
  EXPECT_EQ(reading_mistakes("n: 9007199254740993",
                             [](Reader& r) {
                               EXPECT_EQ(r.integer("n"),
                                         9007199254740993);  // 2^53 + 1: not rounded to a double
                             }),
            "");
  EXPECT_NE(reading_mistakes("n: 0", [](Reader& r) { EXPECT_FALSE(r.integer("n", positive)); })
                .find("must be positive, got 0"),
            std::string::npos);
}

TEST(Reader, TellsMappingsListsAndTextsApart) {
  EXPECT_EQ(reading_mistakes("a: 1\n", [](Reader& r) { EXPECT_TRUE(r.map("a").is_missing()); }),
            "a.yaml:1:4: error: 'a' of region 'V1' must be a mapping, got '1'\n"
            "    1 | a: 1\n"
            "      |    ^");
  EXPECT_EQ(reading_mistakes("a: {}\n",
                             [](Reader& r) { EXPECT_TRUE(r.optional_list("a").is_missing()); }),
            "a.yaml:1:4: error: 'a' of region 'V1' must be a list, got a mapping\n"
            "    1 | a: {}\n"
            "      |    ^");
  EXPECT_EQ(reading_mistakes("a:\n", [](Reader& r) { EXPECT_FALSE(r.optional_text("a")); }),
            "a.yaml:1:1: error: 'a' of region 'V1' must be a text, got nothing\n"
            "    1 | a:\n"
            "      | ^");
}

TEST(Reader, TakesOnlyNamesInAListOfNames) {
  EXPECT_EQ(reading_mistakes("by: [a, [b], c]\n",
                             [](Reader& r) {
                               EXPECT_EQ(r.names("by"), (std::vector<std::string>{"a", "c"}));
                             }),
            "a.yaml:1:9: error: 'by' of region 'V1' must hold names only, got a list\n"
            "    1 | by: [a, [b], c]\n"
            "      |         ^");
  EXPECT_EQ(reading_mistakes("by: {a: 1}\n", [](Reader& r) { EXPECT_TRUE(r.names("by").empty()); }),
            "a.yaml:1:5: error: 'by' of region 'V1' must be a list of names, got a mapping\n"
            "    1 | by: {a: 1}\n"
            "      |     ^");
}

TEST(Reader, OfSomethingElseThanAMappingSpeaksOnce) {
  EXPECT_EQ(reading_mistakes("[1, 2]",
                             [](Reader& r) {
                               EXPECT_FALSE(r.text("kind"));
                               EXPECT_TRUE(r.map("regions").is_missing());
                               r.finish();
                             }),
            "a.yaml:1:1: error: region 'V1' must be a mapping, got a list\n"
            "    1 | [1, 2]\n"
            "      | ^");
}

TEST(Reader, OfAMissingNodeIsSilent) {
  Mistakes mistakes;
  Reader outer(parse_text("{}", "a.yaml"), "the architecture", mistakes);
  Reader inner(outer.optional_map("regions"), "'regions'", mistakes);
  EXPECT_FALSE(inner.text("V1"));
  inner.finish();
  EXPECT_TRUE(mistakes.empty());
}

TEST(Reader, TakesMistakesThatOthersFind) {
  EXPECT_EQ(reading_mistakes("a: 12\n",
                             [](Reader& r) {
                               r.mistake("a", "there is no region '12'", "it has: V1");
                               r.mistake("b", "a 'b' would be needed");
                             }),
            "a.yaml:1:1: error: a 'b' would be needed\n"
            "    1 | a: 12\n"
            "      | ^\n"
            "a.yaml:1:4: error: there is no region '12'\n"
            "    1 | a: 12\n"
            "      |    ^~\n"
            "  note: it has: V1");
}

std::string one_of_mistakes(const std::string& text) {
  return reading_mistakes(text, [](Reader& r) {
    r.optional_integer("columns");
    r.optional_map("reduce");
    r.needs_one_of({"columns", "reduce"}, "needs one of two", "write one");
    r.finish();
  });
}

TEST(Reader, AsksForOneOfSeveralKeysUnlessOneIsMisspelt) {
  EXPECT_EQ(one_of_mistakes("reduce: {}"), "");
  EXPECT_EQ(one_of_mistakes("{}"),
            "a.yaml:1:1: error: needs one of two\n    1 | {}\n      | ^\n  note: write one");
  EXPECT_EQ(one_of_mistakes("reduse: {}"),
            "a.yaml:1:1: error: region 'V1' has no key 'reduse'\n    1 | reduse: {}\n      | "
            "^~~~~~\n  note: did you mean 'reduce'? it has: columns, reduce");
}

std::string kind_mistakes(const std::string& text) {
  return reading_mistakes(text, [](Reader& r) {
    read_document_kind(r, "architecture", 1);
    r.finish();
  });
}

TEST(DocumentKind, IsReadFromTheKeyInsula) {
  EXPECT_EQ(kind_mistakes("insula: architecture/1\n"), "");
}

TEST(DocumentKind, SaysWhatToWriteIfItIsAbsent) {
  EXPECT_EQ(kind_mistakes("{}"),
            "a.yaml:1:1: error: region 'V1' does not say which document it is\n"
            "    1 | {}\n"
            "      | ^\n"
            "  note: write 'insula: architecture/1'");
}

TEST(DocumentKind, TellsAnotherDocumentFromAnotherVersion) {
  EXPECT_EQ(kind_mistakes("insula: dataset/1\n"),
            "a.yaml:1:9: error: this must be architecture/1, got 'dataset/1'\n"
            "    1 | insula: dataset/1\n"
            "      |         ^~~~~~~~~\n"
            "  note: write 'insula: architecture/1'");
  EXPECT_EQ(kind_mistakes("insula: architecture/2\n"),
            "a.yaml:1:9: error: this Insula reads architecture/1, got 'architecture/2'\n"
            "    1 | insula: architecture/2\n"
            "      |         ^~~~~~~~~~~~~~\n"
            "  note: write 'insula: architecture/1', or use the Insula that the file was written "
            "for");
}

}  // namespace
}  // namespace insula::config

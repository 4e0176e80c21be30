// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/framework/config/mistakes_of.h"

namespace insula::config {
namespace {

TEST(Parse, KeepsTheOrderOfKeys) {
  const Node root = parse_text("b: 1\na: 2\nc: 3\n", "a.yaml");
  ASSERT_TRUE(root.is_map());
  std::string order;
  for (const Entry& entry : root.entries()) order += entry.key + entry.value.scalar() + " ";
  EXPECT_EQ(order, "b1 a2 c3 ");
}

TEST(Parse, GivesEveryNodeItsPlaceAndLine) {
  const Node root = parse_text("regions:\n  V1: {kind: neuronal}\nlist:\n  - x\n", "a.yaml");
  const Entry v1 = root["regions"].entries().at(0);
  EXPECT_EQ(v1.key_place, (Place{"a.yaml", 2, 3, 2, "  V1: {kind: neuronal}"}));
  EXPECT_EQ(v1.value.place(), (Place{"a.yaml", 2, 7, 1, "  V1: {kind: neuronal}"}));
  EXPECT_EQ(v1.value["kind"].place(), (Place{"a.yaml", 2, 14, 8, "  V1: {kind: neuronal}"}));
  EXPECT_EQ(root["list"].items().at(0).place(), (Place{"a.yaml", 4, 5, 1, "  - x"}));
}

TEST(Parse, CountsColumnsInCharacters) {
  const Node root = parse_text("größe: {µ: \"ß ß\"}\n", "a.yaml");
  const Node value = root["größe"]["µ"];
  EXPECT_EQ(value.scalar(), "ß ß");
  EXPECT_EQ(value.place().column, 12);
  EXPECT_EQ(value.place().width, 5);
  EXPECT_EQ(root.entries().at(0).key_place.width, 5);
}

TEST(Parse, KnowsWhatStoodInQuotes) {
  const Node root = parse_text("a: 'it''s'\nb: its\nc: \"x\\\"y\"\n", "a.yaml");
  EXPECT_TRUE(root["a"].quoted());
  EXPECT_EQ(root["a"].scalar(), "it's");
  EXPECT_EQ(root["a"].place().width, 7);
  EXPECT_FALSE(root["b"].quoted());
  EXPECT_EQ(root["c"].scalar(), "x\"y");
  EXPECT_EQ(root["c"].place().width, 6);
}

TEST(Parse, ReadsBlockTextAndLinesThatGoOn) {
  const Node root = parse_text("a: |\n  one\n  two\nb: one\n  two\n", "a.yaml");
  EXPECT_EQ(root["a"].scalar(), "one\ntwo\n");
  EXPECT_EQ(root["b"].scalar(), "one two");
  EXPECT_EQ(root["b"].place().width, 3);  // what stands on its first line
}

TEST(Parse, TakesArrowsAndParenthesesAsPlainKeys) {
  const Node root = parse_text("V1 -> V5 (2): {by: [SPC]}\nremove: [V5 -> V1]\n", "a.yaml");
  EXPECT_EQ(root["V1 -> V5 (2)"]["by"].items().at(0).scalar(), "SPC");
  EXPECT_EQ(root["remove"].items().at(0).scalar(), "V5 -> V1");
}

TEST(Parse, AcceptsWindowsLineEndsAndAByteOrderMark) {
  const Node root = parse_text(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n",
      "a.yaml");
  EXPECT_EQ(root["a"].place(), (Place{"a.yaml", 1, 4, 1, "a: 1"}));
  EXPECT_EQ(root["b"].place(), (Place{"a.yaml", 2, 4, 1, "b: 2"}));
}

TEST(Parse, TakesNullAndNothingForNothing) {
  const Node root = parse_text("a: null\nb: ~\nc:\n\nd: 'null'\n", "a.yaml");
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(root[key].kind(), Node::Kind::null) << key;
  EXPECT_EQ(root["a"].place().column, 4);
  EXPECT_EQ(root["c"].place().line, 3);  // at its key, not at the next token
  EXPECT_EQ(root["d"].scalar(), "null");
}

TEST(Parse, OfAnEmptyTextIsNothingOnLineOne) {
  for (const char* text : {"", "# only a comment\n"}) {
    const Node root = parse_text(text, "a.yaml");
    EXPECT_EQ(root.kind(), Node::Kind::null);
    EXPECT_EQ(root.place().line, 1) << text;
  }
}

TEST(Node, ThatIsMissingStandsWhereItsMappingStands) {
  const Node root = parse_text("\na: {b: 1}\n", "a.yaml");
  const Node absent = root["a"]["c"];
  EXPECT_TRUE(absent.is_missing());
  EXPECT_EQ(absent.place().line, 2);
  EXPECT_EQ(absent.place().column, 4);
  EXPECT_TRUE(absent["deeper"].is_missing());
  EXPECT_TRUE(Node().is_missing());
  EXPECT_EQ(Node().place(), Place{});
}

TEST(Node, KeepsTheTreeAlive) {
  Node value;
  {
    const Node root = parse_text("a: {b: [1, 2]}\n", "a.yaml");
    value = root["a"]["b"].items().at(1);
    EXPECT_EQ(value.address(), root["a"]["b"].items().at(1).address());
  }
  EXPECT_EQ(value.scalar(), "2");
}

TEST(Found, SaysWhatWasFound) {
  const Node root = parse_text("m: {}\nl: []\nn:\ns: abc\n", "a.yaml");
  EXPECT_EQ(found(root["m"]), "a mapping");
  EXPECT_EQ(found(root["l"]), "a list");
  EXPECT_EQ(found(root["n"]), "nothing");
  EXPECT_EQ(found(root["x"]), "nothing");
  EXPECT_EQ(found(root["s"]), "'abc'");
}

TEST(Found, ShortensLongTextsBetweenCharacters) {
  std::string forty, fifty;
  for (int i = 0; i < 50; ++i) (i < 40 ? forty : fifty) += "ß";
  EXPECT_EQ(found(parse_text(forty, "a.yaml")), "'" + forty + "'");
  EXPECT_EQ(found(parse_text(forty + fifty, "a.yaml")), "'" + forty + "…'");
}

}  // namespace
}  // namespace insula::config

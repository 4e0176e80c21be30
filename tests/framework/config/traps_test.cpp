// SPDX-License-Identifier: Apache-2.0
// What YAML would let through in silence, and what is said instead.
#include <gtest/gtest.h>

#include "tests/framework/config/mistakes_of.h"

namespace insula::config {
namespace {

TEST(YamlTrap, ADuplicateKey) {
  EXPECT_EQ(syntax_mistakes("tau: 1 s\ngain: 2\ntau: 3 s\n"),
            "a.yaml:3:1: error: the key 'tau' stands twice in one mapping\n"
            "    3 | tau: 3 s\n"
            "      | ^~~\n"
            "  note: it stands first on line 1");
  EXPECT_EQ(syntax_mistakes("a: {x: 1}\nb: {x: 1}\n"), "");
}

TEST(YamlTrap, AMergeKey) {
  EXPECT_EQ(syntax_mistakes("<<: {tau: 1 s}\n"),
            "a.yaml:1:1: error: merge keys are not read\n"
            "    1 | <<: {tau: 1 s}\n"
            "      | ^~\n"
            "  note: write the keys out");
}

TEST(YamlTrap, AnAnchorAndItsAlias) {
  EXPECT_EQ(syntax_mistakes("a: &x [1, 2]\nb: *x\n"),
            "a.yaml:1:4: error: anchors are not read\n"
            "    1 | a: &x [1, 2]\n"
            "      |    ^~\n"
            "  note: write the value out where it is needed\n"
            "a.yaml:2:4: error: aliases are not read\n"
            "    2 | b: *x\n"
            "      |    ^~\n"
            "  note: write the value out where it is needed");
}

TEST(YamlTrap, ATag) {
  EXPECT_EQ(syntax_mistakes("a: !!str 3\n"),
            "a.yaml:1:4: error: tags are not read\n"
            "    1 | a: !!str 3\n"
            "      |    ^~~~~\n"
            "  note: remove the word that starts with '!'");
  EXPECT_NE(syntax_mistakes("a: !region {x: 1}\n"), "");
  EXPECT_NE(syntax_mistakes("a: !list [1]\n"), "");
}

TEST(YamlTrap, ASecondDocument) {
  EXPECT_EQ(syntax_mistakes("a: 1\n---\nb: 2\n"),
            "a.yaml:2:1: error: a second document starts here, but a file holds one\n"
            "    2 | ---\n"
            "      | ^");
}

TEST(YamlTrap, AKeyThatIsNoWord) {
  EXPECT_EQ(syntax_mistakes("{[a]: 1}\n"),
            "a.yaml:1:2: error: a key is a word, and this is none\n"
            "    1 | {[a]: 1}\n"
            "      |  ^");
  EXPECT_NE(syntax_mistakes("~: 1\n"), "");
}

TEST(YamlTrap, AQuoteThatIsNeverClosed) {
  EXPECT_EQ(syntax_mistakes("\"name: x\n"),
            "a.yaml:1:1: error: this quote is never closed\n"
            "    1 | \"name: x\n"
            "      | ^");
  EXPECT_NE(syntax_mistakes("name: 'x\nother: y\n"), "");
}

TEST(YamlTrap, AColonInsidePlainText) {
  EXPECT_EQ(syntax_mistakes("description: two: choices\n"),
            "a.yaml:1:17: error: this is not YAML: illegal map value\n"
            "    1 | description: two: choices\n"
            "      |                 ^\n"
            "  note: a text that holds ': ' needs quotes");
}

TEST(YamlTrap, BytesThatAreNotText) {
  EXPECT_EQ(syntax_mistakes("a: 1\nb: \xFF\n"),
            "a.yaml:2:4: error: this line is not UTF-8 text\n"
            "  note: save the file as UTF-8 text");
  EXPECT_EQ(syntax_mistakes(std::string("a: \x04 1\n")),
            "a.yaml:1:4: error: this line holds a control character\n"
            "  note: save the file as UTF-8 text");
  EXPECT_NE(syntax_mistakes("a: \xC0\x80\n"), "");          // overlong
  EXPECT_NE(syntax_mistakes("a: \xED\xA0\x80\n"), "");      // half of a surrogate pair
  EXPECT_NE(syntax_mistakes("a: \xF4\x90\x80\x80\n"), "");  // beyond Unicode
  EXPECT_NE(syntax_mistakes("a: \xE2\x82"), "");            // cut short
  EXPECT_EQ(syntax_mistakes("a: \xE2\x82\xAC \xF0\x9F\xA7\xA0\n"), "");
}

TEST(YamlTrap, ACharacterThatStartsNoValue) {
  EXPECT_EQ(syntax_mistakes(", a: 1\n"),
            "a.yaml:1:1: error: this is not YAML: no value starts like this\n"
            "    1 | , a: 1\n"
            "      | ^");
}

TEST(YamlTrap, SeveralAtOnceAreAllReported) {
  const std::string text = syntax_mistakes("a: *x\n");
  EXPECT_EQ(text,
            "a.yaml:1:4: error: this is not YAML: the referenced anchor is not defined\n"
            "    1 | a: *x\n"
            "      |    ^");
  EXPECT_EQ(syntax_mistakes("a: 1\na: !t 2\nb: [\n"),
            "a.yaml:2:1: error: the key 'a' stands twice in one mapping\n"
            "    2 | a: !t 2\n"
            "      | ^\n"
            "  note: it stands first on line 1\n"
            "a.yaml:2:4: error: tags are not read\n"
            "    2 | a: !t 2\n"
            "      |    ^~\n"
            "  note: remove the word that starts with '!'\n"
            "a.yaml:4:1: error: this is not YAML: end of sequence flow not found");
}

TEST(YamlTrap, NestingWithoutEnd) {
  EXPECT_NE(syntax_mistakes(std::string(100000, '[')), "");
  EXPECT_NE(syntax_mistakes(std::string(100000, '{')), "");
}

}  // namespace
}  // namespace insula::config

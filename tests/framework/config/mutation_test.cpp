// SPDX-License-Identifier: Apache-2.0
// Documents damaged at random: whatever a file holds, it is read or it is the user's mistake.
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/base/random.h"
#include "tests/framework/config/mistakes_of.h"

namespace insula::config {
namespace {

const std::string kDocument =
    "insula: architecture/1\nregions:\n  V1: {kind: neuronal, tau: 100 ms}\n"
    "  'V5': [1, 2.5, \"x\\ty\", ~]  # comment\nprojections:\n  V1 -> V5 (2): {by: [a, b]}\n"
    "text: |\n  one\n  two\n";

// A few bytes replaced, inserted or cut out; half of them are characters that mean something.
std::string damaged(Stream& stream) {
  const std::string special = "{}[]:,#&*!|>'\"%@`-? \n\t\r~<\\\x80\xC3";
  std::string text = kDocument;
  for (std::uint64_t edits = 1 + stream.below(4); edits > 0; --edits) {
    const char byte = stream.below(2) == 0 ? special[stream.below(special.size())]
                                           : static_cast<char>(stream.below(256));
    const std::size_t at = stream.below(text.size());
    const std::uint64_t edit = stream.below(3);
    if (edit == 0) text[at] = byte;
    if (edit == 1) text.insert(at, 1, byte);
    if (edit == 2) text.erase(at, 1 + stream.below(8));
  }
  return text;
}

std::size_t depth(const Node& node) {
  std::size_t deepest = 0;
  for (const Node& item : node.items()) deepest = std::max(deepest, depth(item));
  for (const Entry& entry : node.entries()) deepest = std::max(deepest, depth(entry.value));
  return deepest + 1;
}

TEST(DamagedDocument, IsReadOrIsAMistakeWithAPlace) {
  Stream stream(1, "damaged documents");
  int read = 0, refused = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = damaged(stream);
    SCOPED_TRACE(testing::PrintToString(text));
    try {
      ASSERT_GE(depth(parse_text(text, "a.yaml")), 1U);
      ++read;
    } catch (const InputError& error) {
      ++refused;
      for (const Mistake& mistake : error.mistakes()) {
        ASSERT_EQ(mistake.place.file, "a.yaml");
        ASSERT_GE(mistake.place.line, 1);
        ASSERT_GE(mistake.place.column, 1);
      }
    } catch (const std::exception& error) {
      FAIL() << "not an InputError: " << error.what();
    }
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace insula::config

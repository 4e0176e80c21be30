// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "framework/base/error.h"
#include "framework/report/detail/markup.h"

namespace insula::report {
namespace {

TEST(Markup, EscapesWhatCouldEndATextOrAnAttribute) {
  EXPECT_EQ(text("<a href=\"x\" b='y'>&amp;").code(),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(element("p", {{"class", "\"><script>"}}, text("</p>")).code(),
            "<p class=\"&quot;&gt;&lt;script&gt;\">&lt;/p&gt;</p>");
}

TEST(Markup, ReplacesControlCharactersButTabAndLineFeed) {
  EXPECT_EQ(text(std::string_view("a\0b\x1b\t\n", 6)).code(), "a\uFFFDb\uFFFD\t\n");
}

TEST(Markup, KeepsUnicode) { EXPECT_EQ(text("Büchel → V5 𝛼").code(), "Büchel → V5 𝛼"); }

TEST(Markup, FillsEachSlotOnce) {
  const std::vector<Slot> slots{{"a", "{{b}}"}, {"b", "B"}};
  EXPECT_EQ(fill("<{{a}}|{{b}}|{{a}}>", slots), "<{{b}}|B|{{b}}>");
  EXPECT_THROW(fill("{{c}}", slots), InternalError);
}

TEST(Markup, LinksSmallDataInThePageAndLargeDataBesideIt) {
  const std::string small = data_link("a.tsv", "x\t<y>\n").code();
  EXPECT_NE(small.find("href=\"data:text/tab-separated-values;charset=utf-8,x%09%3Cy%3E%0A\""),
            std::string::npos)
      << small;
  EXPECT_NE(small.find("download=\"a.tsv\""), std::string::npos);
  const std::string large = data_link("a.tsv", std::string(300'000, 'x')).code();
  EXPECT_NE(large.find("href=\"a.tsv\""), std::string::npos);
}

TEST(Markup, WritesNumbersForPeople) {
  EXPECT_EQ(people(0.123456), "0.123");
  EXPECT_EQ(people(-0.5), "−0.5");
  EXPECT_EQ(people(12345.6), "12346");
  EXPECT_EQ(people(std::numeric_limits<double>::quiet_NaN()), "–");
  EXPECT_EQ(fixed(-1598.249, 1), "−1598.2");
  EXPECT_EQ(fixed(-0.001, 1), "0.0");
  EXPECT_EQ(with_interval(0.43, 0.31, 0.55), "0.43 [0.31, 0.55]");
  EXPECT_EQ(with_interval(0.43, std::numeric_limits<double>::quiet_NaN(), 0.55), "0.43");
  EXPECT_EQ(probability(1e-9), "< 0.001");
  EXPECT_EQ(probability(0.25), "0.25");
  EXPECT_EQ(counted(1, "fold"), "1 fold");
  EXPECT_EQ(counted(5, "fold"), "5 folds");
}

TEST(Markup, GivesARowOfOneCellTheWholeWidth) {
  Table table;
  table.header = {"a", "b"};
  table.numeric = {false, true};
  table.rows = {{text("group")}, {text("x"), text("1")}};
  const std::string html = to_html(table).code();
  EXPECT_NE(html.find("colspan=\"2\">group</th>"), std::string::npos) << html;
  EXPECT_NE(html.find("<td class=\"number\">1</td>"), std::string::npos) << html;
}

}  // namespace
}  // namespace insula::report

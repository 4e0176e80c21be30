// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/table.h"

#include <gtest/gtest.h>

#include <cmath>

namespace insula::dataset {
namespace {

Table tsv(const std::string& text) { return {text, "x.tsv", '\t'}; }
Table csv(const std::string& text) { return {text, "x.csv", ','}; }

std::string mistakes_of(const std::string& text, char delimiter = '\t') {
  try {
    const Table table(text, "x.tsv", delimiter);
    return "";
  } catch (const InputError& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return error.what();
  }
}

TEST(Table, ReadsNamesAndNumbers) {
  const Table table = tsv("a\tb\n1\t-2.5e-3\n+3\t.5\n");
  EXPECT_EQ(table.names(), (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.number(0, 0), 1);
  EXPECT_EQ(table.number(0, 1), -2.5e-3);
  EXPECT_EQ(table.number(1, 0), 3);
  EXPECT_EQ(table.number(1, 1), 0.5);
  EXPECT_EQ(table.find("b"), 1U);
  EXPECT_FALSE(table.find("c"));
}

TEST(Table, ReadsEveryDigitOfADouble) {
  const Table table = tsv("a\n-1.0329035460727725\n5e-324\n1.7976931348623157e308\n");
  EXPECT_EQ(table.number(0, 0), -1.0329035460727725);
  EXPECT_EQ(table.number(1, 0), 5e-324);
  EXPECT_EQ(table.number(2, 0), 1.7976931348623157e308);
}

TEST(Table, TakesMissingValuesAsNaN) {
  const Table table = tsv("a\tb\nn/a\tNaN\n\tNA\nnan\tN/A\n");
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 2; ++column) {
      ASSERT_TRUE(table.number(row, column));
      EXPECT_TRUE(std::isnan(*table.number(row, column))) << row << ", " << column;
    }
  }
}

TEST(Table, TakesNothingElseForANumber) {
  for (const char* text : {"inf",
                           "-inf",
                           "1e999",
                           "0x10",
                           "1,5",
                           "1 2",
                           "--1",
                           "+-1",
                           "1e",
                           "e5",
                           "nan(1)",
                           "one",
                           "-",
                           "+",
                           ".",
                           "1d5"}) {
    EXPECT_FALSE(tsv("a\n" + std::string(text) + "\n").number(0, 0)) << text;
  }
}

TEST(Table, AcceptsAByteOrderMarkCarriageReturnsAndNoLastLineEnd) {
  const Table table =
      tsv("\xEF\xBB\xBF"
          "a\tb\r\n1\t2\r\n3\t4");
  EXPECT_EQ(table.names(), (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.number(0, 1), 2);
  EXPECT_EQ(table.number(1, 1), 4);
}

TEST(Table, AcceptsQuotesSpacesAndBlankLinesAtTheEnd) {
  const Table table =
      csv("\"first, of all\",b\n \"1\" , 2 \n\"say \"\"no\"\"\",\"two\nlines\"\n\n \r\n");
  EXPECT_EQ(table.names(), (std::vector<std::string>{"first, of all", "b"}));
  ASSERT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.number(0, 1), 2);
  EXPECT_EQ(table.text(1, 0), "say \"no\"");
  EXPECT_EQ(table.text(1, 1), "two\nlines");
}

TEST(Table, ReadsAQuotedNumber) { EXPECT_EQ(csv("a,b\n\"1.5\",\"\"\n").number(0, 0), 1.5); }

TEST(Table, MayHaveNoRows) {
  EXPECT_EQ(tsv("onset\tduration\n").rows(), 0U);
  EXPECT_EQ(tsv("onset\tduration").rows(), 0U);
}

TEST(Table, KnowsThePlaceOfACell) {
  const Table table = tsv("name\tb\n\xC3\xA9t\xC3\xA9\tbad\n1\t2\n");
  const Place place = table.place(0, 1);
  EXPECT_EQ(place.file, "x.tsv");
  EXPECT_EQ(place.line, 2);
  EXPECT_EQ(place.column, 5);  // characters, not bytes
  EXPECT_EQ(place.width, 3);
  EXPECT_EQ(place.source_line, "\xC3\xA9t\xC3\xA9\tbad");
}

TEST(Table, KnowsThePlaceOfACellBehindLinesInQuotes) {
  const Table table = csv("a,b\n\"two\nlines\",x\ny,z\n");
  EXPECT_EQ(table.place(0, 1).line, 3);
  EXPECT_EQ(table.place(0, 1).column, 8);
  EXPECT_EQ(table.place(1, 0).line, 4);
  EXPECT_EQ(table.place(1, 0).column, 1);
}

TEST(Table, TellsAllMistakesOfTheHeaderAndTheRowsAtOnce) {
  EXPECT_EQ(mistakes_of("a\t\ta\n1\t2\n\n1\t2\t3\n1\t2\t3\t4\n"),
            "x.tsv:1:3: error: column 2 has no name\n"
            "    1 | a\t\ta\n"
            "      |  \t^\n"
            "  note: a row index that a program wrote can be left out when writing\n"
            "x.tsv:1:4: error: two columns are named 'a': columns 1 and 3\n"
            "    1 | a\t\ta\n"
            "      |  \t\t^\n"
            "x.tsv:2:1: error: the row has 2 cells, the header has 3\n"
            "    2 | 1\t2\n"
            "      | ^~~\n"
            "x.tsv:3:1: error: the line is blank\n"
            "  note: write n/a for a missing value; blank lines may stand at the end only\n"
            "x.tsv:5:1: error: the row has 4 cells, the header has 3\n"
            "    5 | 1\t2\t3\t4\n"
            "      | ^~~~~~~");
}

TEST(Table, RefusesAFileWithoutAHeader) {
  EXPECT_EQ(mistakes_of("0.5\t1\n2\t3\n"),
            "x.tsv:1:1: error: the first row holds numbers, expected the names of the columns\n"
            "    1 | 0.5\t1\n"
            "      | ^\n"
            "  note: add a row of names at the top");
}

TEST(Table, RefusesQuotesThatDoNotClose) {
  EXPECT_EQ(mistakes_of("a,b\n\"x,1\n", ','),
            "x.tsv:2:1: error: a quote is opened here and never closed\n"
            "    2 | \"x,1\n"
            "      | ^~~~\n"
            "x.tsv:2:1: error: the row has 1 cell, the header has 2\n"
            "    2 | \"x,1\n"
            "      | ^~~~");
  EXPECT_EQ(mistakes_of("a,b\n\"x\"y,1\n", ','),
            "x.tsv:2:1: error: the cell goes on after its closing quote\n"
            "    2 | \"x\"y,1\n"
            "      | ^~~~\n"
            "  note: write \"\" for a quote inside a quoted cell");
}

TEST(Table, RefusesWhatIsNotText) {
  EXPECT_EQ(mistakes_of(""), "x.tsv: error: the table is empty, expected a row of column names");
  EXPECT_EQ(mistakes_of("\n \n"),
            "x.tsv: error: the table is empty, expected a row of column names");
  EXPECT_EQ(mistakes_of(std::string("a\0b\n", 4)),
            "x.tsv: error: the table holds zero bytes: it is not text\n"
            "  note: name its format with 'format:' if the extension misleads");
  EXPECT_EQ(mistakes_of(std::string("\xFF\xFE"
                                    "a\0",
                                    4)),
            "x.tsv: error: the table is UTF-16, expected UTF-8\n  note: save it as UTF-8");
}

TEST(Table, ShowsTheFirstTwentyOfManyMistakes) {
  std::string text = "a\tb\n";
  for (int i = 0; i < 1000; ++i) text += "1\n";
  try {
    tsv(text);
    FAIL();
  } catch (const InputError& error) {
    ASSERT_EQ(error.mistakes().size(), 1 + kMistakesShown);
    EXPECT_EQ(error.mistakes()[0].message, "the table has 1000 mistakes; the first 20 follow");
  }
}

}  // namespace
}  // namespace insula::dataset

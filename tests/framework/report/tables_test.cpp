// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "framework/base/error.h"
#include "framework/report/detail/files.h"
#include "tests/framework/report/example_results.h"

namespace insula::report {
namespace {

/// The text of the InputError that reading `tsv` as scores throws.
std::string error_of_tsv(const std::string& tsv) {
  std::vector<ScoreRow> rows;
  try {
    from_tsv(tsv, "out/scores.tsv", rows);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Tables, ReadBackExactlyWhatWasWritten) {
  const Results results = example_results();
  std::vector<ScoreRow> scores;
  std::vector<ComparisonRow> comparison;
  std::vector<ParameterRow> parameters;
  std::vector<CheckRow> checks;
  from_tsv(to_tsv(results.scores), "", scores);
  from_tsv(to_tsv(results.comparison), "", comparison);
  from_tsv(to_tsv(results.parameters), "", parameters);
  from_tsv(to_tsv(results.checks), "", checks);
  EXPECT_EQ(to_tsv(scores), to_tsv(results.scores));
  EXPECT_EQ(to_tsv(comparison), to_tsv(results.comparison));
  EXPECT_EQ(to_tsv(parameters), to_tsv(results.parameters));
  EXPECT_EQ(checks.size(), results.checks.size());
  EXPECT_EQ(to_tsv(checks), to_tsv(results.checks));
  ASSERT_EQ(scores.size(), results.scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    EXPECT_EQ(scores[i].value, results.scores[i].value);  // bit for bit: shortest round trip
    EXPECT_EQ(std::isnan(scores[i].ceiling), std::isnan(results.scores[i].ceiling));
    EXPECT_EQ(scores[i].ceiling_kind, results.scores[i].ceiling_kind);
    if (std::isnan(scores[i].ceiling)) continue;
    EXPECT_EQ(scores[i].normalised, results.scores[i].normalised);
    EXPECT_EQ(scores[i].normalised_high, results.scores[i].normalised_high);
  }
}

TEST(Tables, NameTheirColumnsInTheFirstLine) {
  const std::string tsv = to_tsv(std::vector<ScoreRow>{});
  EXPECT_EQ(
      tsv,
      "model\tkind\tsubject\tfold\tcorruption\tstrength\tmodality\tchannel\tmetric\tvalue\t"
      "ceiling\tlow\thigh\tnormalised\tnormalised_low\tnormalised_high\tceiling_kind\tdoubts\n");
  EXPECT_EQ(
      to_tsv(std::vector<CheckRow>{}),
      "model\tkind\tobservation\tchannel\tcheck\ttrials\tterm\tlevel\tresponse\tunit\tlow\thigh\t"
      "position\tn\tleft_out\tobserved\tobserved_low\tobserved_high\tpredicted\t"
      "predicted_low\tpredicted_high\tdoubts\n");
}

TEST(Tables, WriteUnknownNumbersAsNotAvailableAndInfinitiesByName) {
  ScoreRow row;
  row.value = -std::numeric_limits<double>::infinity();
  const std::string tsv = to_tsv(std::vector<ScoreRow>{row});
  EXPECT_NE(tsv.find("\t-inf\tn/a\tn/a\tn/a\tn/a\tn/a\tn/a\t\t\n"), std::string::npos) << tsv;
  std::vector<ScoreRow> back;
  from_tsv(tsv, "", back);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].value, row.value);
  EXPECT_TRUE(std::isnan(back[0].low));
}

TEST(Tables, KeepNamesThatHoldTabsLineFeedsAndBackslashes) {
  ScoreRow row;
  row.model = "a\tb\nc\r\\n";
  row.channel = "n/a";  // a channel of that name is a text, not a missing number
  const std::string tsv = to_tsv(std::vector<ScoreRow>{row});
  EXPECT_EQ(std::count(tsv.begin(), tsv.end(), '\n'), 2);
  std::vector<ScoreRow> back;
  from_tsv(tsv, "", back);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].model, row.model);
  EXPECT_EQ(back[0].channel, row.channel);
}

TEST(Tables, SayWhichCellIsDamaged) {
  std::string tsv = to_tsv(example_results().scores);
  tsv.replace(tsv.find("\tr\t") + 3, 1, "x");
  const std::string error = error_of_tsv(tsv);
  EXPECT_EQ(error.find("out/scores.tsv:2:1: error: column 'value' cannot hold 'x"), 0u) << error;
}

TEST(Tables, RefuseAFileThatEndsInTheMiddleOfARow) {
  const std::string tsv = to_tsv(example_results().scores);
  EXPECT_NE(error_of_tsv(tsv.substr(0, tsv.size() / 2)).find("ends in the middle of a row"),
            std::string::npos);
  EXPECT_NE(error_of_tsv("").find("ends in the middle of a row"), std::string::npos);
}

TEST(Tables, RefuseOtherColumnsAndRowsOfAnotherLength) {
  EXPECT_NE(error_of_tsv("model\tvalue\n").find("the columns must be model, kind, subject"),
            std::string::npos);
  EXPECT_NE(error_of_tsv(to_tsv(std::vector<ScoreRow>{}) + "gated\t1\n")
                .find("the row must have 18 cells, it has 2"),
            std::string::npos);
}

}  // namespace
}  // namespace insula::report

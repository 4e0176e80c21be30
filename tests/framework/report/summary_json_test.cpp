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

std::string error_of_json(const std::string& json) {
  Checksums checksums;
  try {
    from_summary_json(json, "out/summary.json", checksums);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(SummaryJson, ReadsBackExactlyWhatWasWritten) {
  Results results = example_results();
  const Checksums checksums{{"scores.tsv", {123, 4000000000U}}};
  Checksums read_checksums;
  Results back = from_summary_json(to_summary_json(results, checksums), "", read_checksums);
  EXPECT_EQ(read_checksums, checksums);
  back.comparison = results.comparison;  // comes from its own file
  EXPECT_EQ(to_summary_json(back, checksums), to_summary_json(results, checksums));
  EXPECT_EQ(back.seed, 18446744073709551615ULL);
  ASSERT_EQ(back.models.size(), 9u);
  EXPECT_EQ(back.models[2].graph.edges[0].gated_by, std::vector<std::string>{"SPC"});
  EXPECT_EQ(back.models[2].fits[0].free_energy_by_iteration,
            results.models[2].fits[0].free_energy_by_iteration);  // bit for bit
}

TEST(SummaryJson, WritesNaNAsNullAndKeepsInfinities) {
  Results results;
  results.models.resize(1);
  results.models[0].fits.resize(1);
  FitSummary& fit = results.models[0].fits[0];
  fit.start_free_energy = {kUnknown, -std::numeric_limits<double>::infinity(), 0.1};
  const std::string json = to_summary_json(results, {});
  EXPECT_NE(json.find("\"pareto_k\": null"), std::string::npos) << json;
  Checksums checksums;
  const std::vector<double> back =
      from_summary_json(json, "", checksums).models[0].fits[0].start_free_energy;
  ASSERT_EQ(back.size(), 3u);
  EXPECT_TRUE(std::isnan(back[0]));
  EXPECT_EQ(back[1], -std::numeric_limits<double>::infinity());
  EXPECT_EQ(back[2], 0.1);
}

TEST(SummaryJson, GivesEveryModelItsScores) {
  const std::string json = to_summary_json(example_results(), {});
  EXPECT_NE(json.find("\"log_evidence\": -1598.2"), std::string::npos);
}

TEST(SummaryJson, SurvivesBytesThatAreNotUtf8) {
  Results results;
  results.experiment = "a\xFFz";
  Checksums checksums;
  EXPECT_EQ(from_summary_json(to_summary_json(results, {}), "", checksums).experiment,
            "a\xEF\xBF\xBDz");
}

TEST(SummaryJson, SaysWhatIsDamaged) {
  const std::string json = to_summary_json(example_results(), {});
  const std::string cut = error_of_json(json.substr(0, json.size() / 2));
  EXPECT_EQ(cut.find("out/summary.json: error: the file is damaged: "), 0u) << cut;
  std::string renamed = json;
  renamed.replace(renamed.find("\"gap\""), 5, "\"gab\"");
  EXPECT_NE(error_of_json(renamed).find("key 'gap' not found"), std::string::npos)
      << error_of_json(renamed);
  std::string mistyped = json;
  mistyped.replace(mistyped.find("\"gap\": 20.0"), 11, "\"gap\": []");
  EXPECT_NE(error_of_json(mistyped).find("must be number"), std::string::npos)
      << error_of_json(mistyped);
  EXPECT_NE(
      error_of_json("{\"insula\": \"results/9\"}").find("not a summary of the format 'results/1'"),
      std::string::npos);
}

}  // namespace
}  // namespace insula::report

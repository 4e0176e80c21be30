// SPDX-License-Identifier: Apache-2.0
// What the page and the folder hold of recovery.
#include <gtest/gtest.h>

#include "framework/report/detail/sections.h"
#include "framework/report/html.h"
#include "framework/report/recovery_words.h"
#include "tests/framework/report/example_results.h"
#include "tests/support/temporary_folder.h"

namespace insula::report {
namespace {

RecoveryFitRow fit_row(const std::string& status) {
  RecoveryFitRow row;
  row.hypothesis = row.fitted = "gated";
  row.drawn_from = "prior";
  row.data_set = 1;
  row.subject = "s01";
  row.status = status;
  return row;
}

// Thirty data sets, of which one diverged and one fit did not converge.
Results with_recovery() {
  Results results = example_results();
  for (int i = 0; i < 28; ++i) results.recovery_fits.push_back(fit_row("converged"));
  results.recovery_fits.push_back(fit_row("not simulated"));
  results.recovery_fits.push_back(fit_row("stalled"));
  RecoveryRow row;
  row.hypothesis = "gated";
  row.drawn_from = "prior";
  row.parameter = "V1 -> V5.strength";
  row.data_sets = 30;
  row.not_simulated = row.not_converged = 1;
  row.not_done = 0;
  row.n = 28;
  row.coverage = 27.0 / 28;
  row.rank_p = 0.02;
  row.ranks_within = false;
  results.recovery.push_back(row);
  ModelRecoveryRow found;
  found.truth = found.fitted = "gated";
  found.data_sets = 20;
  found.left_out = 1;
  found.n = 19;
  found.best = 18;
  found.kept = 17;
  found.share = 18.0 / 19;
  results.model_recovery.push_back(found);
  CalibrationRow bin;
  bin.hypothesis = "gated";
  bin.parameter = row.parameter;
  bin.from = 0, bin.to = 1, bin.n = 28, bin.count = 28;
  results.calibration.push_back(bin);
  RecoveryValueRow value;
  value.hypothesis = "gated";
  value.drawn_from = "prior";
  value.data_set = 1;
  value.status = "converged";
  value.parameter = row.parameter;
  value.truth = 0.1, value.estimate = 0.2, value.sd = 0.1, value.rank = 0.16;
  results.recovery_values.push_back(value);
  return results;
}

TEST(RecoverySection, SaysFirstWhatWentWrong) {
  const std::vector<std::string> sentences = recovery_sentences(with_recovery());
  ASSERT_EQ(sentences.size(), 3u);
  EXPECT_EQ(
      sentences[0],
      "Recovery: 30 fits to simulated data; left out of what follows: 1 to data that could "
      "not be simulated (parameters drawn from the prior may make a model diverge), 1 did not "
      "converge.");
  EXPECT_EQ(
      sentences[1],
      "The hypothesis that made the data has most evidence in: gated 18 of 19 (1 data set left "
      "out). It is the simplest within 3 nats of the best, which decide nothing, in: gated 17 of "
      "19.");
  EXPECT_EQ(sentences[2],
            "Of parameters drawn from the prior, 96.4 % of 95 % intervals hold the truth (1 "
            "parameter); ranks of 0 of 1 lie within their 95 % bands, as those of about 1 should, "
            "and of 0 within bands for all of them together.");
  // One of three may stray as far as 2 % do, where one alone may not.
  Results more = with_recovery();
  for (const char* name : {"a", "b"}) {
    more.recovery.push_back(more.recovery[0]);
    more.recovery.back().parameter = name;
    more.recovery.back().rank_p = 0.4;
    more.recovery.back().ranks_within = true;
  }
  EXPECT_TRUE(recovery_sentences(more)[2].ends_with(
      "ranks of 2 of 3 lie within their 95 % bands, as those of about 3 should, and of 3 within "
      "bands for all of them together."))
      << recovery_sentences(more)[2];
  EXPECT_TRUE(recovery_sentences(example_results()).empty());
}

TEST(RecoverySection, StandsOnThePageOnlyWhereDataWereSimulated) {
  const TemporaryFolder folder;
  write(example_results(), folder.path());
  EXPECT_TRUE(read(folder.path()).recovery.empty());
  write(with_recovery(), folder.path());
  const Results back = read(folder.path());
  EXPECT_EQ(back.recovery_fits.size(), 30u);
  EXPECT_EQ(back.recovery.front().ranks_within, false);
  EXPECT_EQ(back.model_recovery.front().best, 18);
  EXPECT_EQ(back.calibration.front().count, 28);
  EXPECT_EQ(back.recovery_values.front().rank, 0.16);
  EXPECT_NE(recovery_tables(back).code().find("0.02 ✗"), std::string::npos);
  write(example_results(), folder.path());
  EXPECT_TRUE(read(folder.path()).recovery_fits.empty()) << "an earlier run's tables are gone";
}

}  // namespace
}  // namespace insula::report

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "framework/report/detail/sections.h"

namespace insula::report {
namespace {

// A channel a row is too much of whole brains: tests.tsv has them all.
constexpr std::size_t kMostTests = 40;

}  // namespace

Html test_table(const Results& results) {
  if (results.tests.empty()) return {};
  Table table;
  table.header = {"hypothesis", "against", "on", "difference", "t", "p", "p of the family", "q"};
  table.numeric = {false, false, false, true, true, true, true, true};
  for (std::size_t i = 0; i < std::min(kMostTests, results.tests.size()); ++i) {
    const TestRow& row = results.tests[i];
    const std::string metric = row.metric == "r2" ? "R²" : "log density";
    table.rows.push_back({model_label(results, row.model),
                          model_label(results, row.other),
                          two_lines(text(row.channel), row.modality),
                          two_lines(text(fixed(row.difference, 3)), metric),
                          text(fixed(row.t, 2)),
                          text(probability(row.p)),
                          text(probability(row.p_family)),
                          text(probability(row.q))});
  }
  const TestRow& first = results.tests.front();
  table.caption = fmt::format(
      "Each hypothesis against the best linear baseline on the same held-out samples, by flips of "
      "signs "
      "of {} {}: "
      "two-sided p, p corrected for all hypotheses and channels of the recording by the largest "
      "|t| "
      "(Nichols & Holmes 2002), and rate of false discoveries q (Benjamini & Hochberg 1995).{}",
      fixed(first.n, 0),
      first.units,
      results.tests.size() > kMostTests ? " The rest is in tests.tsv." : "");
  return fold("Tests over all hypotheses and channels", to_html(table));
}

}  // namespace insula::report

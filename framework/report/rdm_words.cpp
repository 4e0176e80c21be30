// SPDX-License-Identifier: Apache-2.0
#include "framework/report/rdm_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/report/detail/markup.h"

namespace insula::report {
namespace {

// What a person can quote; empty of what is no hypothesis.
std::string rdm_sentence(const RdmRow& row) {
  if (row.other.empty() || !std::isfinite(row.difference)) return {};
  const bool is_known = std::isfinite(row.difference_low) && std::isfinite(row.difference_high);
  const std::string verb = !is_known                 ? "cannot be told from"
                           : row.difference_low > 0  ? "is nearer to the data than"
                           : row.difference_high < 0 ? "is farther from the data than"
                                                     : "is not told apart from";
  return fmt::format("Dissimilarities on {}: {} {} {}, {} {}; difference {}.",
                     row.recording,
                     row.model,
                     verb,
                     row.other,
                     similarity_in_words(row.similarity),
                     fixed(row.value, 3),
                     with_interval(row.difference, row.difference_low, row.difference_high));
}

}  // namespace

std::vector<std::string> rdm_recordings(const Results& results) {
  std::vector<std::string> recordings;
  for (const RdmRow& row : results.rdm)
    if (std::ranges::find(recordings, row.recording) == recordings.end())
      recordings.push_back(row.recording);
  return recordings;
}

RdmRows rdm_rows_on(const Results& results, const std::string& recording) {
  RdmRows all, of_group;
  for (const RdmRow& row : results.rdm) {
    if (row.recording != recording) continue;
    (row.subject == "all" ? of_group : all).push_back(&row);
  }
  return of_group.empty() ? all : of_group;
}

std::string similarity_in_words(const std::string& similarity) {
  return similarity == "kendall_tau_a" ? "Kendall's τ-a"
         : similarity == "spearman"    ? "Spearman's ρ"
                                       : "Pearson's r";
}

std::vector<std::string> rdm_sentences(const Results& results) {
  std::vector<std::string> all;
  for (const std::string& recording : rdm_recordings(results))
    for (const RdmRow* row : rdm_rows_on(results, recording))
      if (const std::string sentence = rdm_sentence(*row); !sentence.empty())
        all.push_back(sentence);
  return all;
}

}  // namespace insula::report

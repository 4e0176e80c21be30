// SPDX-License-Identifier: Apache-2.0
// What comparisons of dissimilarities say, in sentences: of the page and of a terminal.
#pragma once

#include <string>
#include <vector>

#include "framework/report/results.h"

namespace insula::report {

using RdmRows = std::vector<const RdmRow*>;

/// Recordings whose dissimilarities were compared, in order.
std::vector<std::string> rdm_recordings(const Results& results);
/// Rows over all subjects, or of the only one.
RdmRows rdm_rows_on(const Results& results, const std::string& recording);

/// "Kendall's τ-a"
std::string similarity_in_words(const std::string& similarity);

/// Each hypothesis against the baseline that is most like the data.
std::vector<std::string> rdm_sentences(const Results& results);

}  // namespace insula::report

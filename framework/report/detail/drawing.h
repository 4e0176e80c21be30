// SPDX-License-Identifier: Apache-2.0
// The drawing of an architecture as SVG: regions at their positions, inputs as small squares,
// projections as arrows from source to target, modulation and gating as arrows onto a projection.
#pragma once

#include "framework/report/detail/markup.h"
#include "framework/report/results.h"

namespace insula::report {

/// The largest |strength| of projections and of inputs over all drawings that shall be compared.
struct StrengthScale {
  double projection = 0;
  double input = 0;
};
StrengthScale strength_scale(const std::vector<ModelSummary>& models);

/// Width grows with |strength| relative to `scale`, class "positive" or "negative" gives the
/// colour, opacity grows with the probability of the sign: 0.2 at 1/2, 1 at certainty. Without a
/// fit (NaN) arrows have one width and the class "unfitted".
Html draw(const ModelSummary& model, const StrengthScale& scale);

/// "V1 → V5 (modulated): 0.43, P(> 0) = 0.99, modulated by motion"
std::string in_words(const GraphEdge& edge);

}  // namespace insula::report

// SPDX-License-Identifier: Apache-2.0
// Pages for people: an architecture, and each sort of kind. Plain text in UTF-8, lines end with \n.
#pragma once

#include <string>

#include "framework/architecture/architecture.h"

namespace insula::architecture {

/// Regions, projections as sentences, inputs, observations, the table of parameters with priors in
/// natural units, and doubts.
std::string describe(const Architecture& architecture);

/// Name, summary, source, a table of parameters and a short example that is valid: of a document
/// for regions, projections and observations, of an experiment for baselines. Of a trial-wise
/// observation also what it needs of trials, and how its predictors depend on their columns; of a
/// learner also its signals, and which of them precede the outcome.
std::string describe(const RegionKind& kind);
std::string describe(const ProjectionKind& kind);
std::string describe(const ObservationKind& kind);
std::string describe(const TrialKind& kind);
std::string describe(const LearnerKind& kind);
std::string describe(const BaselineKind& kind);

}  // namespace insula::architecture

// SPDX-License-Identifier: Apache-2.0
// The parameters that an architecture has, before it says anything of them.
#pragma once

#include <optional>
#include <string_view>

#include "framework/architecture/architecture.h"

namespace insula::architecture::detail {

/// Fills `parameters` and the offsets from regions, projections, inputs, observations and learners,
/// with the defaults of the kinds. What has no kind (it was mistaken) has no parameters of its
/// kind.
void build_parameters(Architecture& architecture, Priors priors);

/// Mean and sd of θ where SPM's prior is not the kind's default.
struct ThetaPrior {
  double mean, sd;
};
std::optional<ThetaPrior> spm_prior(std::string_view kind, std::string_view field);

/// True for a projection of a region onto itself.
inline bool is_self(const Projection& projection) { return projection.source == projection.target; }

/// The input of that name that the kind declares, or nullptr.
const FieldSpec* find_input(const RegionKind& kind, std::string_view name);

/// The number of consecutive parameters that one field of an observation has.
std::size_t parameters_of(const Observation& observation, const FieldSpec& field);

/// Where the parameters of recordings begin and end: before them stand those of the regions, after
/// them those of trials and learners.
struct Span {
  std::size_t first = 0, end = 0;
};
Span parameters_of_recordings(const Architecture& architecture);

}  // namespace insula::architecture::detail

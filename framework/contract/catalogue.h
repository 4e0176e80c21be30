// SPDX-License-Identifier: Apache-2.0
// All kinds that YAML can name: a value that is handed in, never a global.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/contract/baseline.h"
#include "framework/contract/corruption.h"
#include "framework/contract/learner.h"
#include "framework/contract/observation.h"
#include "framework/contract/projection.h"
#include "framework/contract/region.h"
#include "framework/contract/trial.h"

namespace insula {

struct Catalogue {
  std::vector<RegionKind> regions;
  std::vector<ProjectionKind> projections;
  std::vector<ObservationKind> observations;
  std::vector<TrialKind> trials;  // trial-wise observations
  std::vector<LearnerKind> learners;
  std::vector<BaselineKind> baselines;
  std::vector<CorruptionKind> corruptions;
};

/// The kind of that name, or nullptr.
template <class Kind>
const Kind* find_kind(const std::vector<Kind>& kinds, std::string_view name) {
  for (const Kind& kind : kinds)
    if (kind.name == name) return &kind;
  return nullptr;
}

template <class Kind>
std::vector<std::string> kind_names(const std::vector<Kind>& kinds) {
  std::vector<std::string> names;
  for (const Kind& kind : kinds) names.emplace_back(kind.name);
  return names;
}

}  // namespace insula

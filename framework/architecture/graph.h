// SPDX-License-Identifier: Apache-2.0
// An architecture as a graph: checks that help, differences in words, positions for the drawing.
#pragma once

#include <string>
#include <vector>

#include "framework/architecture/architecture.h"

namespace insula::architecture {

/// Doubts about an architecture by itself: a region that no input reaches, an observation of a
/// region that nothing drives, parallel projections of one kind, an input that is named but neither
/// drives nor modulates, a region that nothing observes and that leads to no observed region.
std::vector<Mistake> doubts(const Architecture& architecture);

/// True for each region whose activity this input can change: those that it drives, the targets of
/// projections that it modulates, and all that these project to or gate.
std::vector<bool> is_moved_by(const Architecture& architecture, const Input& input);

/// What `to` changes of `from`, in words, one clause an item; empty if nothing differs. Regions and
/// projections are compared by what is claimed of them: a gate written as a parallel projection and
/// one written into `by` read the same.
///     "adds: SPC gates V1 → V5", "adds: V1 → V5 modulated by motion", "removes: V5 → V1",
///     "drives: attention → SPC", "V1 changes kind from neuronal to two_state",
///     "frees: bold.decay with prior lognormal(0.64 1/s, 0.0625)"
std::vector<std::string> difference(const Architecture& from, const Architecture& to);

struct Position {
  double x = 0, y = 0;
};
/// Layered positions in [0, 1]²: regions by their distance from the inputs (breadth first, left to
/// right), alternating within a layer. Regions first, then inputs.
struct Layout {
  std::vector<Position> regions, inputs;
};
Layout layout(const Architecture& architecture);

/// The canonical YAML of a resolved architecture (no extends): reading it, with the same `Priors`,
/// gives the same value. Parameters that have their kind's default are left out.
std::string to_yaml(const Architecture& architecture);

/// The same graph with every projection linear and without gates; contexts that modulated a
/// projection drive its target instead, so that the linear model sees the same signals.
Architecture linearised(const Architecture& architecture, const Catalogue& catalogue);

/// The union of several architectures' linearised graphs: what the baseline `linear_dcm` fits.
Architecture linear_union(const std::vector<Architecture>& architectures,
                          const Catalogue& catalogue);

/// An architecture without regions that scores these trials, with the priors of their kinds.
Architecture of_trials(const std::string& name, std::vector<TrialObservation> trials);

}  // namespace insula::architecture

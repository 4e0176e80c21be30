// SPDX-License-Identifier: Apache-2.0
// The accurate solution of a system for one run, and the tape that its derivatives are made from.
//
// Dormand & Prince's embedded pair of orders 5 and 4: the step is the longest whose estimated error
// stays below kTolerance of the scale of the node's states so far, and never crosses a break point,
// so the steps feel no jump of the input. Step sizes depend on θ alone, never on threads or
// history.
//
// source  Dormand & Prince 1980, J. Comput. Appl. Math. 6:19, RK5(4)7M; step control: Hairer,
// Nørsett
//         & Wanner 1993, Solving Ordinary Differential Equations I, II.4
#pragma once

#include <Eigen/Core>
#include <array>
#include <span>
#include <vector>

#include "framework/base/outcome.h"
#include "framework/simulation/detail/packed.h"
#include "framework/simulation/response.h"
#include "framework/simulation/timeline.h"

namespace insula::simulation {

/// Error of one step allowed, as a share of its node's scale. Predicted BOLD then stays within 1e-4
/// of its range of the exact solution with a margin of three or more; trajectory_test.cpp measures
/// it.
inline constexpr double kTolerance = 2e-5;
inline constexpr int kStages = 6;
/// A state beyond this has diverged: activities are of order 1.
inline constexpr double kLargest = 1e3;
/// Scale of states that have not moved yet.
inline constexpr double kFloor = 1e-9;

/// a[s][j]: how much of slope j enters stage s; the last row is the step itself.
inline constexpr double kDormandPrince[kStages + 1][kStages] = {
    {},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
};

/// What each slope, the seventh included, adds to the solution `fraction` of a step after its
/// start: the continuous extension of order 4. source  Hairer, Nørsett & Wanner 1993, II.6, and
/// their code DOPRI5
std::array<double, kStages + 1> interpolation(double fraction);

struct Step {
  /// s. 0: a step of one stage that only gives the last slope of the one before, where the input
  /// changes after it and samples were taken within it.
  double size = 0;
  int segment = 0;         // of the timeline
  std::size_t moment = 0;  // its first stage's place among all stages of all steps
  std::size_t stages() const { return size == 0 ? 1 : kStages; }
};

/// A sample within a step.
struct WithinStep {
  int step = 0;
  double fraction = 0;  // of the step, in [0, 1]
  Sample sample;
};

struct Trajectory {
  Outcome outcome;
  std::vector<Step> steps;
  std::vector<int> steps_until;    // break points: steps done when it is reached
  std::vector<WithinStep> within;  // the timeline's glimpses, in their order
  Eigen::MatrixXd stimuli;         // by bands: Structure::stimulated × segments
  /// Per channel: its own states and its region's states at each of its samples, blocked lanes.
  std::vector<std::vector<double>> channel_at_sample, region_at_sample;
  /// All states at each stage of each step: blocked lanes of `states` quantities, lane =
  /// Step::moment + stage. Empty unless asked for.
  std::vector<double> tape;

  std::size_t moments() const {
    return steps.empty() ? 0 : steps.back().moment + steps.back().stages();
  }
};

/// `replay`: steps to take again instead of choosing them (finite differences in tests).
Trajectory integrate(const System& system,
                     const Timeline& timeline,
                     const std::vector<double>& natural,
                     bool with_tape,
                     const std::vector<Step>* replay = nullptr,
                     double tolerance = kTolerance);

/// kLanes parameter vectors in one go: each lane is one of them, and all take the same steps, each
/// within its own tolerance. Their timelines differ in the inputs alone.
struct Together {
  Outcome outcome;                         // what happened first to any of them
  std::vector<Eigen::MatrixXd> simulated;  // per channel: kLanes × what is simulated of it
};
Together integrate_together(const System& system,
                            std::span<const Timeline* const> timelines,
                            std::span<const std::vector<double>> natural,
                            double tolerance = kTolerance);

/// respond() with the steps given (`replay`) or given back (`steps`); either may be null.
Response respond_accurately(const System& system,
                            const Timeline& timeline,
                            const Eigen::VectorXd& theta,
                            bool with_jacobian,
                            const std::vector<Step>* replay,
                            std::vector<Step>* steps);

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
// Where regions settle under constant input when they start at rest: pseudo-transient continuation.
//
// A nonlinear network may have several equilibria. The one meant is that which the dynamics reach,
// so they are followed: by linearly implicit steps, accurate at first and ever longer as the
// network comes to rest, of which the limit is Newton's method. Newton's method itself takes over
// only close to the end, and what it finds must be stable; near an equilibrium that is not, the
// dynamics are followed on.
//
// source  Kelley & Keyes 1998, SIAM J. Numer. Anal. 35:508 (continuation); Verwer, Spee, Blom &
//         Hundsdorfer 1999, SIAM J. Sci. Comput. 20:1456, ROS2 with γ = 1 − 1/√2 (the steps)
#pragma once

#include <array>
#include <vector>

#include "framework/base/outcome.h"
#include "framework/simulation/detail/lane_factors.h"
#include "framework/simulation/detail/linearise.h"

namespace insula::simulation {

/// −∂f/∂x of every lane from the coefficients of `form`, laid out for LaneFactors.
void put_negative_jacobian(const FormStructure& form,
                           const std::vector<double>& coefficients,
                           std::size_t states,
                           std::vector<double>& matrix);

/// How one lane ended.
struct Settled {
  Outcome::Kind kind = Outcome::Kind::finished;
  int region = kNone;  // at fault
  double time = 0;     // s since rest
};

/// kLanes networks of one system that differ in their inputs. What happens in one lane depends on
/// that lane's input alone.
class Settling {
 public:
  /// The system and its values must outlive this.
  Settling(const System& system, const std::vector<double>& natural);

  /// Inputs of all lanes are set here before run().
  LinearisedDrift& drift() { return drift_; }

  /// shape   state(): blocked lanes of the regions' states at their equilibrium; lanes that did not
  ///         finish are where they stopped
  std::array<Settled, kLanes> run();
  const std::vector<double>& state() const { return x_; }

 private:
  struct Lane {
    bool is_done = false;
    bool is_ending = false;  // by Newton's method
    double step = 0;         // s, to be tried next
    double time = 0;         // s
    double scale = 0;        // the largest excursion from rest so far
    double near = 0;        // a step shorter than this share of the scale calls for Newton's method
    double correction = 0;  // Newton's last
  };

  bool is_done() const;
  void factor();
  double first_step(std::size_t lane);
  double shift(const Lane& lane) const;
  void try_steps();
  void travel(std::size_t lane);
  void end(std::size_t lane);
  void judge(std::size_t lane);
  void go_on(std::size_t lane, double nearer);
  void stop(std::size_t lane, Outcome::Kind kind, std::size_t state);
  std::size_t largest(const std::vector<double>& values, std::size_t lane) const;

  const System& system_;
  LinearisedDrift drift_;
  std::size_t states_;
  std::vector<double> rest_;  // one number for each state
  LaneFactors factors_;  // of 1/(γ·step) − ∂f/∂x, or of −∂f/∂x for Newton's method
  std::vector<double> coefficients_;
  // Blocked lanes of states: now; where the travel was left for Newton's method; where a step's
  // second stage is; f; the stages, times γ·step.
  std::vector<double> x_, left_, point_, rate_, first_, second_;
  std::array<Lane, kLanes> lanes_;
  std::array<Settled, kLanes> settled_;
};

}  // namespace insula::simulation

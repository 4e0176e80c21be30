// SPDX-License-Identifier: Apache-2.0
// Every equation's exact derivatives at kLanes moments at a time, combined by the structure's
// products: from a trajectory's tape to the coefficients of its tangents, or at states that someone
// else brings.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "framework/simulation/detail/structure.h"
#include "framework/simulation/detail/trajectory.h"

namespace insula::simulation {

/// An index of ours as one of the standard library.
template <typename Integer>
std::size_t z(Integer i) {
  return static_cast<std::size_t>(i);
}

/// The drift at kLanes moments, each with its state and its inputs, and its derivatives there.
/// Holds the memory that takes: one for each thread. The system and its values must outlive it.
class LinearisedDrift {
 public:
  enum class Of { everything, regions };  // which rows: channels' states, too, or not

  LinearisedDrift(const System& system, const std::vector<double>& natural, Of rows);

  const FormStructure& form() const { return form_; }

  /// The kLanes values of an input, for the caller to set before run(). They stay.
  double* input(std::size_t k) { return slot(at_.input[k]); }
  /// The same of what bands do together to one of Structure::stimulated.
  double* stimulus(std::size_t r) { return slot(at_.stimulus[r]); }
  /// The same of a row of Timeline::input_slope.
  double* input_slope(std::size_t row) { return slot(at_.input_slope[row]); }

  /// The first `moments` lanes of form()'s coefficients and of the drift itself (in the order of
  /// states); either may be null. `state`: blocked lanes of the states that have rows.
  void run(const double* state, std::size_t moments, double* coefficients, double* rate);

  /// After run(), kLanes numbers each: a region's activity, and its derivatives in the kind's
  /// arguments of activity.
  const double* activity(std::size_t region) { return slot(at_.activity[region]); }
  const double* activity_partial(std::size_t region) { return slot(at_.activity_partial[region]); }

 private:
  double* slot(int block) { return scratch_.data() + z(block) * kLanes; }
  void fill(int block, double value);
  void run_activities(const double* state, std::size_t moments);
  void run_projections(std::size_t moments);
  void run_drifts(const double* state, std::size_t moments, double* rate);
  void run_channels(const double* state, std::size_t moments, double* rate);

  const System& system_;
  const Structure& structure_;
  const Scratch& at_;
  const FormStructure& form_;
  const std::vector<double>& natural_;
  bool has_channels_;
  std::vector<double> zeros_;  // parameters of a self-projection
  std::vector<double> scratch_;
  std::vector<std::vector<double>> channel_parameters_;
  Kernels kernels_;
};

/// What the columns of Structure::pulsed do together, by each copy's parameters:
/// Structure::stimulated × (segments · copies), a segment's copies side by side. One pass over
/// inputs serves all copies: these differ in signals that are learned, and none of those columns
/// is.
Eigen::MatrixXd stimuli_of(const System& system,
                           const Timeline& timeline,
                           std::span<const std::vector<double>> natural);

/// The drift's coefficients for blocks [first, last) of kLanes stages, written to `stream` (which
/// holds all blocks). Blocks are independent: call from as many threads as you like.
void fill_drift_stream(const System& system,
                       const Structure& structure,
                       const Timeline& timeline,
                       const std::vector<double>& natural,
                       const Trajectory& trajectory,
                       std::size_t first,
                       std::size_t last,
                       double* stream);

/// One channel's predicted values and, if `stream` is given, its output's coefficients.
Eigen::VectorXd observe_samples(const System& system,
                                const Structure& structure,
                                const std::vector<double>& natural,
                                const Trajectory& trajectory,
                                std::size_t channel,
                                std::size_t samples,
                                std::vector<double>* stream);

}  // namespace insula::simulation

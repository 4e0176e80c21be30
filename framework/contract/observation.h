// SPDX-License-Identifier: Apache-2.0
// What an observation kind promises: how a region's activity shows in one channel of a recording.
#pragma once

#include <Eigen/Core>
#include <span>
#include <string_view>

#include "framework/contract/field.h"
#include "framework/contract/map.h"

namespace insula {

class Stream;

enum class NoiseModel { white, ar1 };

/// The response to a brief activity of area 1 at time 0, in 1/s: what is shown at t is
/// ∫ at(s) · z(t − s) ds over s from `begin` to `end`.
struct Kernel {
  double (*at)(double s) = nullptr;  // nullptr: the kind's maps say all
  double begin = 0, end = 0;         // s; before 0 if what is shown comes before what it shows
  /// s: distance of the moments at which the activity's integral is taken. The kernel is smooth
  /// over it, and so is the activity but for its kinks.
  double spacing = 0;
};

/// log p(y | prediction) of every sample, and what takes the place of −∂²: not negative.
struct SampleScores {
  Eigen::VectorXd value, gradient, curvature;  // samples
};

/// Data that are not Gaussian about the prediction. A sample is what happened between its time and
/// the next one's, `interval` s later, and the prediction is that of the middle. There is no noise
/// to learn, and no confound.
struct Likelihood {
  /// Comes sized and zero; missing data (NaN) are left so. Deterministic, reentrant.
  void (*score)(std::span<const double> data,
                double interval,
                const Eigen::VectorXd& prediction,
                SampleScores& scores,
                bool with_derivatives) = nullptr;  // nullptr: Gaussian
  /// The exact −∂²/∂prediction², whatever its sign; sized and zero.
  void (*observed_information)(std::span<const double> data,
                               double interval,
                               const Eigen::VectorXd& prediction,
                               Eigen::VectorXd& information) = nullptr;
  double (*mean)(double prediction, double interval) = nullptr;
  double (*variance)(double prediction, double interval) = nullptr;
  double (*draw)(double prediction, double interval, Stream& stream) = nullptr;
};

/// One channel a region. The maps' one input is the region's activity.
struct ObservationKind {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  std::string_view modality;  // of the recordings it explains
  std::string_view unit;      // of its predictions
  std::span<const FieldSpec> parameters, states;
  double memory = 0;  // s: how long the past shows; the default gap of validation
  NoiseModel noise = NoiseModel::white;  // unless the architecture says otherwise
  /// If it has one, the maps show the integral of the activity, times a gain, and the simulator
  /// puts the kernel on it.
  Kernel kernel;
  Likelihood likelihood;
  bool counts() const { return likelihood.score != nullptr; }
  bool accumulates = false;  // its state grows with the run: an integral
  Map drift;                 // → time derivative of each state; no outputs if there are no states
  Map observe;               // → the predicted mean
};

}  // namespace insula

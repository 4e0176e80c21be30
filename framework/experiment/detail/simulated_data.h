// SPDX-License-Identifier: Apache-2.0
// Data that a fitted hypothesis could have made, in the place of those that it was fitted to: the
// same samples and trials, inputs, confounds and missing data.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/base/outcome.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/model_run.h"

namespace insula::experiment {

/// Where the parameters come from that data are simulated with.
///
///   posterior  θ ~ N(θ̂, Σ) of the fit to the recorded data; confounds, drift and loadings as
///              that fit has them
///   prior      θ from the prior; drift and loadings from theirs, and confounds of a flat prior 0,
///              which a fit does not depend on
///
/// Noise has the level and the correlation that the fit learned in both, and prior variances that
/// are learned theirs: their own priors are so wide that data drawn from them would be of another
/// world.
enum class DrawnFrom { posterior, prior };
std::string to_text(DrawnFrom from);

/// One subject's data. Series in the recordings' units.
struct SimulatedData {
  Outcome outcome;        // if it is not finished, there are no data
  Eigen::VectorXd theta;  // free parameters
  struct Series {
    std::string recording, channel;
    Eigen::VectorXd value;  // samples of all runs
  };
  std::vector<Series> series;
  struct Answers {
    std::string observation;
    std::vector<double> choice, time, value;  // trials; NaN where the recorded trial was not whole
  };
  std::vector<Answers> answers;
};

/// `problem` is of all data of one subject, and `fitted` is the fit to them.
/// random  streams named by seed, task and what is drawn: the same data whoever asks
SimulatedData simulated_data(const FitProblem& problem,
                             const PartResult& fitted,
                             const std::vector<Target>& targets,
                             DrawnFrom from,
                             std::uint64_t seed,
                             const std::string& task);

/// Puts them in the place of a problem's own, which keeps its priors and its scaling: those of the
/// recorded data. The problem may be another hypothesis', of the same subject.
void put_data(const SimulatedData& data, FitProblem& problem);

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
// A small joint dataset: two regions, one of which gates, bold, a pupil and decisions that depend
// on regions. Four minutes, a trial every six seconds.
#pragma once

#include <string>

#include "framework/experiment/experiment.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment::test {

struct JointStudy {
  explicit JointStudy(int subjects = 1);

  /// "NAME.yaml": the regions with this entry for the observation "decision".
  void write(const std::string& name, const std::string& decision) const;
  /// The experiment with these lines, on data that "truth.yaml" made.
  Experiment load(const std::string& lines) const;
  /// The same for one hypothesis, without validation and baselines.
  Experiment load_one(const std::string& decision) const;

  dataset::Folder folder;
};

/// θ at which all of the experiment's first hypothesis moves: its prior mean, with strengths that
/// reach activities of a few tenths and weights that differ from 0.
Eigen::VectorXd moving_theta(const architecture::Architecture& architecture);

}  // namespace insula::experiment::test

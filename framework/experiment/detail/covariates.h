// SPDX-License-Identifier: Apache-2.0
// What a group's mean depends on: the covariates of an experiment as columns of a design.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/experiment/experiment.h"

namespace insula::experiment {

/// A column of a group's design after the first, and what one unit of it is. Every column has mean
/// 0 over subjects, so that the group's mean is the mean over them.
struct CovariateEffect {
  std::string covariate;
  std::string name;   // "age"; "group.patient" of a factor's level
  std::string means;  // "per sd of age (7.3 years)"; "patient against control"
  Eigen::VectorXd column;
};

/// Numbers are centred and divided by their sd over subjects (n in the denominator): the effect is
/// that of one sd. A factor has a column for each level but the first, 1 at the level and 0
/// elsewhere, centred: the effect is the level's difference to the first, whatever the numbers of
/// subjects; of two levels with as many subjects it is −½ and ½. Levels that no subject has do not
/// count. Columns of a covariate that is the same in all subjects are left out.
std::vector<CovariateEffect> covariate_effects(const dataset::Dataset& dataset,
                                               const std::vector<std::string>& names);

/// S × (1 + effects): ones, then the columns of the effects.
Eigen::MatrixXd group_design(const dataset::Dataset& dataset,
                             const std::vector<CovariateEffect>& effects);

}  // namespace insula::experiment

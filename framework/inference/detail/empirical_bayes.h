// SPDX-License-Identifier: Apache-2.0
// What fits say once their own priors are taken out, and the group's level over it.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/inference/detail/group_level.h"
#include "framework/inference/empirical_bayes.h"

namespace insula::inference::detail {

/// A group's priors, and per subject its evidence and what turns ln Z into nats of its data.
struct FitsAsEvidence {
  GroupPrior prior;
  std::vector<Evidence> evidence;  // S
  std::vector<double> offset;      // S
};

/// errors  as empirical_bayes()
FitsAsEvidence as_evidence(const GroupOfFits& fits, const EmpiricalBayesOptions& options);

/// As spm_dcm_peb.
EmpiricalBayes spm_empirical_bayes(const FitsAsEvidence& fits);

/// The subjects' posteriors with the group's density as prior, and the effects' prior.
void add_subjects(const FitsAsEvidence& fits, const Eigen::MatrixXd& means, EmpiricalBayes& group);

}  // namespace insula::inference::detail

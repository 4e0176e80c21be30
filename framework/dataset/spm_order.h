// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

namespace insula::dataset {

/// Where SPM's parameters of a model stand in the vector that spm_vec makes of them: A, B, C, D,
/// transit, decay, epsilon, each column by column.
/// source  SPM 26.01.rc1: spm_dcm_fmri_priors (the order of the fields), spm_vec
struct SpmOrder {
  Eigen::Index regions = 0, inputs = 0;
  Eigen::Index gates = 0;  // regions, or 0 if none gates

  Eigen::Index a(Eigen::Index to, Eigen::Index from) const { return to + regions * from; }
  Eigen::Index b(Eigen::Index input, Eigen::Index to, Eigen::Index from) const {
    return square() * (1 + input) + a(to, from);
  }
  Eigen::Index c(Eigen::Index region, Eigen::Index input) const {
    return square() * (1 + inputs) + region + regions * input;
  }
  Eigen::Index d(Eigen::Index gate, Eigen::Index to, Eigen::Index from) const {
    return square() * (1 + inputs + gate) + regions * inputs + a(to, from);
  }
  Eigen::Index transit(Eigen::Index region) const {
    return square() * (1 + inputs + gates) + regions * inputs + region;
  }
  Eigen::Index decay() const { return transit(regions); }
  Eigen::Index epsilon() const { return decay() + 1; }
  Eigen::Index size() const { return epsilon() + 1; }

 private:
  Eigen::Index square() const { return regions * regions; }
};

}  // namespace insula::dataset

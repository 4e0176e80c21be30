// SPDX-License-Identifier: Apache-2.0
// A model for fMRI as the file DCM.mat that SPM opens, specified or estimated.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "framework/dataset/matlab.h"
#include "framework/dataset/spm_dcm.h"
#include "framework/dataset/spm_order.h"

namespace insula::dataset {

SpmOrder order_of(const SpmDcm& dcm);

/// What SPM takes for the priors of a model with these masks, where nobody says otherwise.
/// source  SPM 26.01.rc1: spm_dcm_fmri_priors
SpmPriors usual_spm_priors(const SpmDcm& dcm);

/// What was estimated; vectors and matrices of parameters in SpmOrder.
struct SpmEstimates {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
  double free_energy = 0;
  double scale = 1;                // of the samples: what they were multiplied with before the fit
  Eigen::VectorXd noise_variance;  // a region
  Eigen::MatrixXd prediction;      // scans × regions, without confounds
  /// Responses to an impulse of each input, at kKernelInterval, 2·, 3·, … seconds: samples ×
  /// regions.
  std::vector<Eigen::MatrixXd> haemodynamic, neuronal;
  static constexpr Eigen::Index kKernelSamples = 64;
  static constexpr double kKernelInterval = 0.5;  // s
};

/// The variable DCM, and of an estimated model F, Ep and Cp beside it, as spm_dcm_estimate leaves
/// them. Priors are written where the model has some that SPM would not take by itself, and always
/// if it was estimated. `version` is that of the program, which stands in DCM.version.
/// source  SPM 26.01.rc1: spm_dcm_specify, spm_dcm_estimate
MatlabValue spm_dcm_file(const SpmDcm& dcm,
                         const std::optional<SpmEstimates>& estimates,
                         const std::string& name,
                         const std::string& version);

}  // namespace insula::dataset

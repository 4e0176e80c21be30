// SPDX-License-Identifier: Apache-2.0
// What an SPM file DCM.mat holds of a dynamic causal model for fMRI: its data and its structure.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "framework/dataset/matlab.h"

namespace insula::dataset {

/// A Gaussian prior of one of SPM's parameters, in SPM's space.
struct SpmPrior {
  double mean = 0, variance = 0;
  bool operator==(const SpmPrior&) const = default;
};

/// SPM's priors of a model that was estimated, with the indices of SpmDcm.
struct SpmPriors {
  std::vector<std::vector<SpmPrior>> a;               // [to][from]
  std::vector<std::vector<std::vector<SpmPrior>>> b;  // [input][to][from]
  std::vector<std::vector<SpmPrior>> c;               // [region][input]
  std::vector<std::vector<std::vector<SpmPrior>>> d;  // [gate][to][from]
  std::vector<SpmPrior> transit;                      // [region]
  SpmPrior decay, epsilon;
  bool operator==(const SpmPriors&) const = default;
};

/// Row i and column j of `a`, `b` and `d` are about what region j sends to region i; what is not 0
/// is there.
struct SpmDcm {
  std::vector<std::string> regions, inputs;  // names as the file has them
  Eigen::MatrixXd a;                         // regions x regions
  std::vector<Eigen::MatrixXd> b;            // for each input, regions x regions
  Eigen::MatrixXd c;                         // regions x inputs
  std::vector<Eigen::MatrixXd> d;            // for each region that gates; empty: none does
  Eigen::MatrixXd samples;                   // scans x regions, as they were fitted
  Eigen::MatrixXd confounds;                 // scans x confounds; 0 columns: a constant
  Eigen::MatrixXd signals;                   // bins x inputs; centred if the options say so
  double scan_interval = 0, bin = 0;         // s
  double echo_time = 0.04;                   // s
  std::vector<double> delays;                // s, a region
  std::optional<SpmPriors> priors;
  std::optional<double> free_energy;  // as SPM stored it
  std::string name;                   // DCM.name of a file that Insula wrote; otherwise empty
  std::vector<std::string> notes;     // what a reader of numbers should know, in sentences
};

/// Reads the variable DCM of a file.
/// errors  InputError: as read_matlab(); data if it is no DCM for fMRI, one that Insula has no
/// model
///         of (two states, stochastic, spectral, hidden states, another state equation), or if its
///         parts do not fit each other
/// source  SPM 26.01.rc1: spm_dcm_specify, spm_dcm_estimate, spm_dcm_fmri_priors
SpmDcm read_spm_dcm(const std::string& path);
/// The same of a file's variables; `path` names it in messages.
SpmDcm read_spm_dcm(const MatlabValue& file, const std::string& path);

}  // namespace insula::dataset

// SPDX-License-Identifier: Apache-2.0
// What SPM.mat and VOI_*.mat hold of an experiment: conditions as inputs, and regions' series.
#pragma once

#include <string>
#include <vector>

#include "framework/dataset/matlab.h"
#include "framework/dataset/spm_dcm.h"

namespace insula::dataset {

/// A file of MATLAB's that was read.
struct MatlabFile {
  std::string path;
  MatlabValue variables;
};

struct SpmSession {
  int number = 1;  // as SPM counts
  SpmDcm data;     // its regions, inputs, series, confounds, signals and times; no structure
};

struct SpmDesign {
  std::vector<SpmSession> sessions;  // by number; all have the same regions and inputs
  std::vector<std::string> notes;    // in sentences
};

/// The design's conditions, with their modulators, become inputs; a condition that a session lacks
/// is 0 there. Of each region the first eigenvariate is taken, as spm_dcm_specify does, sampled at
/// the reference bin of a scan (xBF.T0).
/// errors  InputError (data) if a file lacks what SPM writes, sessions and regions do not fit each
///         other, or a region is there twice
/// source  SPM 26.01.rc1: spm_get_ons (32 bins before the first scan), spm_regions,
///         spm_dcm_specify_ui
SpmDesign read_spm_design(const MatlabFile& design, const std::vector<MatlabFile>& regions);

}  // namespace insula::dataset

// SPDX-License-Identifier: Apache-2.0
// The six models of attention to visual motion that SPM was run on (tests/reference/spm), built by
// hand, and SPM's names of their parameters.
//
// Regions V1, V5, SPC; V1 and V5, and V5 and SPC, project to each other; photic drives V1; motion
// modulates V1 -> V5; and besides
//   forward   attention modulates V1 -> V5
//   backward  attention modulates V5 -> V1
//   full      both
//   top_down  attention modulates SPC -> V5
//   ungated   attention drives SPC
//   gated     attention drives SPC, and SPC gates V1 -> V5
#pragma once

#include <Eigen/Core>
#include <map>
#include <string>
#include <vector>

#include "framework/architecture/architecture.h"

namespace insula::test {

inline const std::vector<std::string> kAttentionModels{
    "forward", "backward", "full", "top_down", "ungated", "gated"};

/// One of kAttentionModels with SPM's priors; throws std::out_of_range for another name. The
/// architecture points into the catalogue, which must outlive it.
architecture::Architecture attention_model(const std::string& model, const Catalogue& catalogue);

/// Our full name of an SPM parameter: "A[V5<-V1]" → "V1 -> V5.strength", "A[V1<-V1]" →
/// "V1.self_inhibition", "B[V5<-V1|motion]" → "V1 -> V5.modulation.motion", "C[V1|photic]" →
/// "photic -> V1.strength", "D[V5<-V1|SPC]" → "V1 -> V5.gating.SPC", "transit[V1]" →
/// "bold.transit.V1", "decay" → "bold.decay". θ is the same number in both.
std::string from_spm(const std::string& spm_name);

/// θ in the order of free_parameters() from values by SPM's names; names of parameters that the
/// architecture lacks or does not free are passed over.
/// errors  std::out_of_range if a free parameter has no value
Eigen::VectorXd theta_from_spm(const architecture::Architecture& architecture,
                               const std::map<std::string, double>& values);

}  // namespace insula::test

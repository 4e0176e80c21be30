// SPDX-License-Identifier: Apache-2.0
// What a run found out about one subject, as SPM's estimates of the same model.
#pragma once

#include "framework/command/spm_dcm_of.h"
#include "framework/experiment/experiment.h"
#include "framework/report/results.h"

namespace insula::command {

/// The samples of `spm` become those that were fitted. Needs subjects that were fitted one by one,
/// with a run each.
/// errors  InputError (data) if the results lack a fit of this hypothesis to all data of the
/// subject
dataset::SpmEstimates spm_estimates(const experiment::Experiment& experiment,
                                    const experiment::Hypothesis& hypothesis,
                                    std::size_t subject,
                                    const report::Results& results,
                                    const std::string& folder,
                                    SpmDcmOf& spm);

}  // namespace insula::command

// SPDX-License-Identifier: Apache-2.0
// The Poisson generalised linear model of spike counts on all inputs.
#include "framework/regression/poisson_glm.h"

#include "framework/contract/baseline.h"

namespace insula::baselines {
namespace {

bool holds_counts(const BaselineRecording& recording) { return recording.counts; }

}  // namespace

extern const BaselineKind poisson_glm;
const BaselineKind poisson_glm = {
    "poisson_glm",
    "Poisson regression of counts on delayed inputs with a logarithmic link; delays and ridge "
    "penalty per channel by nested cross-validation of the deviance.",
    "Truccolo et al. 2005, J. Neurophysiol. 93:1074",
    regression::predict_by_poisson_glm,
    holds_counts,
    "counts",
};

}  // namespace insula::baselines

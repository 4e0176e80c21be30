// SPDX-License-Identifier: Apache-2.0
// The general linear model of psychophysiology: every input convolved with the canonical kernel of
// the recording's observation kind and with its temporal derivative, beside the nuisance columns.
//
//   y = Σ_k (β_k0 κ + β_k1 κ′) * u_k + Zγ + ε,   ε AR(1), its coefficient per channel
//
// Where the kind has no kernel (rate, calcium) an impulse takes its place: inputs enter as they
// are. Its derivative is 0 but at the onsets, at which no sample need be taken, and has no column.
// Weights are generalised least squares, not shrunk, as in hrf_glm. What is left out of the field's
// practice: filters of the data; the nuisance columns hold their slow part.
// Source: Bach, Flandin, Friston & Dolan 2009, J. Neurosci. Methods 184:224 (skin conductance; the
// other kernels' sources are with the observation kinds).
#include "framework/contract/baseline.h"
#include "framework/regression/ar1_glm.h"

namespace insula::baselines {
namespace {

BaselinePrediction predict_kernel_glm(const BaselineProblem& problem) {
  return regression::predict_by_ar1_glm(problem, regression::input_forms(problem)[0]);
}

bool is_continuous_and_not_bold(const BaselineRecording& recording) {
  return !recording.counts && recording.modality != "bold";
}

}  // namespace

extern const BaselineKind kernel_glm;
const BaselineKind kernel_glm = {
    "kernel_glm",
    "Inputs convolved with the observation kind's kernel and its temporal derivative, by "
    "generalised least squares under AR(1) noise.",
    "Bach, Flandin, Friston & Dolan 2009, J. Neurosci. Methods 184:224",
    predict_kernel_glm,
    is_continuous_and_not_bold,
    "continuous recordings other than BOLD",
};

}  // namespace insula::baselines

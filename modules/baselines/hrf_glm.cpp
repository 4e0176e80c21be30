// SPDX-License-Identifier: Apache-2.0
// The general linear model of functional imaging: every input convolved with the canonical
// haemodynamic response, its temporal and its dispersion derivative, beside the nuisance columns.
//
//   y = Σ_k (β_k0 h + β_k1 h_t + β_k2 h_d) * u_k + Zγ + ε,   ε AR(1), its coefficient per channel
//
// Weights are generalised least squares under the estimated coefficient, not shrunk: the model as
// its users run it. It explains BOLD alone; kernel_glm does the same with the kernels of others.
#include "framework/contract/baseline.h"
#include "framework/regression/ar1_glm.h"

namespace insula::baselines {
namespace {

BaselinePrediction predict_hrf_glm(const BaselineProblem& problem) {
  return regression::predict_by_ar1_glm(problem, {regression::InputForm::Kind::hrf, 0, 0});
}

bool shows_haemodynamics(const BaselineRecording& recording) {
  return recording.modality == "bold";
}

}  // namespace

extern const BaselineKind hrf_glm;
const BaselineKind hrf_glm = {
    "hrf_glm",
    "Inputs convolved with the canonical haemodynamic response and its derivatives, by generalised "
    "least squares under AR(1) noise.",
    "Friston 1998, NeuroImage 7:30; Cochrane & Orcutt 1949, J. Am. Stat. Assoc. 44:32",
    predict_hrf_glm,
    shows_haemodynamics,
    "BOLD",
};

}  // namespace insula::baselines

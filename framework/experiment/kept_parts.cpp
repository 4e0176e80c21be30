// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/kept_parts.h"

#include "framework/schedule/archive.h"

namespace insula::schedule {

template <>
struct Fields<Outcome> {
  static void of(auto&& visit, auto& x) { visit(x.kind, x.where, x.time, x.run); }
};
template <>
struct Fields<inference::FreeEnergy> {
  static void of(auto&& visit, auto& x) { visit(x.accuracy, x.parameters, x.hyperparameters); }
};
template <>
struct Fields<inference::ChannelFit> {
  static void of(auto&& visit, auto& x) {
    visit(x.lambda,
          x.lambda_variance,
          x.zeta,
          x.zeta_variance,
          x.beta,
          x.beta_covariance,
          x.prediction,
          x.prediction_sd,
          x.noise_sd);
  }
};
template <>
struct Fields<inference::ScaleFit> {
  static void of(auto&& visit, auto& x) {
    visit(x.name, x.parameter, x.log_scale, x.variance, x.prior_mean, x.prior_variance);
  }
};
template <>
struct Fields<inference::ScoredFit> {
  static void of(auto&& visit, auto& x) {
    visit(x.predictor, x.predictor_sd, x.predictor_covariance, x.log_density);
  }
};
template <>
struct Fields<inference::Iteration> {
  static void of(auto&& visit, auto& x) {
    visit(x.free_energy, x.predicted_gain, x.damping, x.accepted);
  }
};
template <>
struct Fields<inference::WeakDirection> {
  static void of(auto&& visit, auto& x) { visit(x.ratio, x.in_words); }
};
template <>
struct Fields<inference::Fit> {
  static void of(auto&& visit, auto& x) {
    visit(x.status,
          x.reason,
          x.outcome,
          x.mean,
          x.covariance,
          x.information,
          x.curvature,
          x.free_energy,
          x.channels,
          x.scored,
          x.scales,
          x.scale_covariance,
          x.iterations,
          x.gradient,
          x.gradient_norm,
          x.shrinkage,
          x.weak_directions,
          x.pareto_k,
          x.start_free_energy);
  }
};
template <>
struct Fields<inference::Sweep> {
  static void of(auto&& visit, auto& x) { visit(x.free_energy, x.promise, x.relaxation, x.steps); }
};
template <>
struct Fields<inference::GroupFit> {
  static void of(auto&& visit, auto& x) {
    visit(x.status,
          x.reason,
          x.parameter,
          x.mean,
          x.mean_sd,
          x.mean_covariance,
          x.log_variance,
          x.log_variance_sd,
          x.log_variance_covariance,
          x.subjects,
          x.subject_covariance,
          x.subject_free_energy,
          x.mean_complexity,
          x.variance_complexity,
          x.sweeps,
          x.left_out,
          x.unfinished);
  }
};
template <>
struct Fields<inference::Slope> {
  static void of(auto&& visit, auto& x) { visit(x.parameter, x.value); }
};
template <>
struct Fields<inference::Predictors> {
  static void of(auto&& visit, auto& x) { visit(x.value, x.slope); }
};
template <>
struct Fields<report::FitSummary> {
  static void of(auto&& visit, auto& x) {
    visit(x.subject,
          x.fold,
          x.status,
          x.reason,
          x.iterations,
          x.free_energy,
          x.accuracy,
          x.complexity_parameters,
          x.complexity_hyperparameters,
          x.gradient_norm,
          x.pareto_k,
          x.log_evidence,
          x.log_evidence_se,
          x.draws,
          x.effective_draws,
          x.start_free_energy,
          x.free_energy_by_iteration,
          x.noise,
          x.weak_directions,
          x.tuned);
  }
};
template <>
struct Fields<experiment::LearnedLoading> {
  static void of(auto&& visit, auto& x) { visit(x.name, x.mean, x.sd, x.scale, x.unit); }
};
template <>
struct Fields<experiment::BandPart> {
  static void of(auto&& visit, auto& x) { visit(x.band, x.of_target); }
};
template <>
struct Fields<experiment::TrialPosterior> {
  static void of(auto&& visit, auto& x) { visit(x.problem, x.at_mean, x.spread); }
};
template <>
struct Fields<experiment::PartResult> {
  static void of(auto&& visit, auto& x) {
    visit(x.done,
          x.has_prediction,
          x.summary,
          x.mean,
          x.sd,
          x.log_density,
          x.correlation,
          x.bands,
          x.loadings,
          x.trials,
          x.fit);
  }
};
template <>
struct Fields<experiment::GroupResult> {
  static void of(auto&& visit, auto& x) { visit(x.summary, x.pooled, x.fit); }
};
template <>
struct Fields<experiment::GroupPart> {
  static void of(auto&& visit, auto& x) { visit(x.subjects, x.group); }
};

}  // namespace insula::schedule

namespace insula::experiment {

std::string to_bytes(const PartResult& part) { return schedule::to_bytes(part); }
std::string to_bytes(const GroupPart& part) { return schedule::to_bytes(part); }
PartResult part_from_bytes(std::string_view bytes) {
  return schedule::from_bytes<PartResult>(bytes);
}
GroupPart group_part_from_bytes(std::string_view bytes) {
  return schedule::from_bytes<GroupPart>(bytes);
}

}  // namespace insula::experiment

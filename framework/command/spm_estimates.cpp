// SPDX-License-Identifier: Apache-2.0
#include "framework/command/spm_estimates.h"

#include <algorithm>
#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>

#include "framework/base/text.h"
#include "framework/experiment/fitted_series.h"
#include "framework/report/detail/files.h"
#include "framework/simulation/system.h"

namespace insula::command {
namespace {

using dataset::SpmEstimates;
using experiment::FittedSeries;
using experiment::Hypothesis;

struct Found {
  const report::FitSummary& fit;
  const report::Posterior& posterior;
};

Found found_in(const report::Results& results,
               const std::string& model,
               const std::string& subject,
               const std::string& folder) {
  const auto summary = std::ranges::find(results.models, model, &report::ModelSummary::name);
  const auto is_posterior = [&](const report::Posterior& p) {
    return p.model == model && p.subject == subject && p.covariance.size() > 0;
  };
  const auto posterior = std::ranges::find_if(results.posteriors, is_posterior);
  if (summary != results.models.end() && posterior != results.posteriors.end()) {
    const auto is_full = [&](const report::FitSummary& f) {
      return f.subject == subject && f.fold == "full";
    };
    const auto fit = std::ranges::find_if(summary->fits, is_full);
    if (fit != summary->fits.end()) return {*fit, *posterior};
  }
  report::refuse(
      folder,
      "the results have no fit of '" + model + "' to all data of subject '" + subject + "'",
      "`insula status` tells which fits ended; run the experiment again into this "
      "folder");
}

// What each input's impulse moves, the model linearised at rest: spm_bireduce and spm_kernels.
void add_kernels(const Hypothesis& hypothesis,
                 const std::vector<std::string>& inputs,
                 const Eigen::VectorXd& theta,
                 SpmEstimates& estimates) {
  const simulation::System system = simulation::compile(hypothesis.architecture);
  const std::vector<double> natural = system.natural(theta);
  const Eigen::VectorXd rest = system.rest();
  const auto used = static_cast<Eigen::Index>(system.inputs.size());
  const Eigen::VectorXd no_input = Eigen::VectorXd::Zero(used);
  const auto outputs = static_cast<Eigen::Index>(system.observed());
  Eigen::MatrixXd flow(system.states, system.states), shown(outputs, system.states);
  constexpr double kStep = 1e-5;  // central differences: exact to about 1e-10 of states near 1
  for (Eigen::Index k = 0; k < rest.size(); ++k) {
    Eigen::VectorXd up = rest, down = rest;
    up[k] += kStep;
    down[k] -= kStep;
    flow.col(k) = (drift(system, natural, up, no_input) - drift(system, natural, down, no_input)) /
                  (2 * kStep);
    shown.col(k) = (observe(system, natural, up) - observe(system, natural, down)) / (2 * kStep);
  }
  const Eigen::MatrixXd step = (flow * SpmEstimates::kKernelInterval).exp();
  const auto regions = static_cast<Eigen::Index>(system.regions.size());
  const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(SpmEstimates::kKernelSamples, regions);
  estimates.haemodynamic.assign(inputs.size(), none);
  estimates.neuronal.assign(inputs.size(), none);
  const Eigen::VectorXd still = drift(system, natural, rest, no_input);
  for (Eigen::Index u = 0; u < used; ++u) {
    const auto name = std::ranges::find(inputs, system.inputs[static_cast<std::size_t>(u)]);
    const auto at = static_cast<std::size_t>(name - inputs.begin());
    Eigen::VectorXd x = drift(system, natural, rest, Eigen::VectorXd::Unit(used, u)) - still;
    for (Eigen::Index t = 0; t < SpmEstimates::kKernelSamples; ++t) {
      x = step * x;
      const Eigen::VectorXd y = shown * x;
      for (Eigen::Index c = 0; c < outputs; ++c)
        estimates.haemodynamic[at](t, system.channels[static_cast<std::size_t>(c)].region) = y[c];
      for (Eigen::Index r = 0; r < regions; ++r)
        estimates.neuronal[at](t, r) = x[system.regions[static_cast<std::size_t>(r)].first_state];
    }
  }
}

// Mean and covariance in SPM's order; what is fixed has its value and no variance.
void add_posterior(const architecture::Architecture& a,
                   const report::Posterior& posterior,
                   const SpmDcmOf& spm,
                   SpmEstimates& estimates) {
  const std::size_t count = spm.parameter.size();
  std::vector<Eigen::Index> row(count, -1);
  estimates.mean = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(count));
  estimates.covariance = Eigen::MatrixXd::Zero(estimates.mean.size(), estimates.mean.size());
  for (std::size_t k = 0; k < count; ++k) {
    if (spm.parameter[k] == SpmDcmOf::kNone) continue;
    const architecture::Parameter& p = a.parameters[spm.parameter[k]];
    const auto at = static_cast<Eigen::Index>(k);
    estimates.mean[at] = p.prior_mean;
    if (!p.free) continue;
    row[k] = std::ranges::find(posterior.parameters, p.name) - posterior.parameters.begin();
    estimates.mean[at] = posterior.mean[row[k]];
  }
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t l = 0; l < count; ++l)
      if (row[k] >= 0 && row[l] >= 0)
        estimates.covariance(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(l)) =
            posterior.covariance(row[k], row[l]);
}

// In the numbers that were fitted, as SPM stores them.
void add_series(const architecture::Observation& observation,
                const FittedSeries& series,
                const report::FitSummary& fit,
                SpmDcmOf& spm,
                SpmEstimates& estimates) {
  const auto regions = static_cast<Eigen::Index>(observation.regions.size());
  Eigen::MatrixXd& samples = spm.dcm.samples;
  estimates.scale = series.factor[0];
  estimates.noise_variance.resize(regions);
  estimates.prediction.resize(samples.rows(), regions);
  const double range = samples.maxCoeff() - samples.minCoeff();
  for (Eigen::Index c = 0; c < regions; ++c) {
    const auto region = static_cast<Eigen::Index>(observation.regions[static_cast<std::size_t>(c)]);
    // Samples that were centred and scaled before keep their last bit.
    constexpr double kRounding = 1e-12;
    const bool is_as_fitted =
        series.factor[c] == 1 && std::abs(series.centre[c]) <= kRounding * range;
    if (!is_as_fitted) samples.col(region) = series.data.col(c);
    estimates.prediction.col(region) = series.prediction.col(c);
    const std::string& channel = series.channels[static_cast<std::size_t>(c)];
    for (const auto& [name, sd] : fit.noise)
      if (name == channel) estimates.noise_variance[region] = std::pow(sd * series.factor[c], 2);
  }
}

}  // namespace

SpmEstimates spm_estimates(const experiment::Experiment& experiment,
                           const Hypothesis& hypothesis,
                           std::size_t subject,
                           const report::Results& results,
                           const std::string& folder,
                           SpmDcmOf& spm) {
  const std::string& id = experiment.dataset.subjects[subject].id;
  const Found found = found_in(results, hypothesis.name, id, folder);
  const architecture::Architecture& a = hypothesis.architecture;
  SpmEstimates estimates;
  add_posterior(a, found.posterior, spm, estimates);
  estimates.free_energy = found.fit.free_energy;
  const FittedSeries series =
      experiment::fitted_series(experiment, hypothesis, subject, found.posterior.mean);
  add_series(a.observations.front(), series, found.fit, spm, estimates);
  add_kernels(hypothesis, spm.dcm.inputs, found.posterior.mean, estimates);
  if (spm.dcm.echo_time != dataset::SpmDcm{}.echo_time)
    spm.notes.push_back(
        "SPM 26.01 computes with an echo time of 40 ms, whatever DCM.TE says, so that its "
        "predictions "
        "would differ from those of the fit.");
  if (!experiment.spm)
    spm.notes.push_back(
        "The fit is none of `compatibility: spm`: its noise is correlated and has a wider prior, "
        "so "
        "that F must not be compared with that of a model that SPM has estimated.");
  if (found.fit.status != "converged")
    spm.notes.push_back("The fit did not converge (" + found.fit.status + ").");
  return estimates;
}

}  // namespace insula::command

// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/recovery.h"

#include "framework/base/random.h"
#include "framework/experiment/detail/fit_models.h"
#include "framework/experiment/detail/kept_tasks.h"
#include "framework/numerics/linear_algebra.h"
#include "framework/numerics/parallel.h"

namespace insula::schedule {

template <>
struct Fields<experiment::RecoveryFit> {
  static void of(auto&& visit, auto& x) {
    visit(x.done, x.status, x.reason, x.free_energy, x.truth, x.mean, x.sd, x.rank);
  }
};

}  // namespace insula::schedule

namespace insula::experiment {
namespace {

constexpr int kRankDraws = 99;

// Names the random numbers of a data set, whoever is fitted to it.
std::string data_set(const RunData& data, const RecoveryTask& task) {
  return "recovery/" + to_text(task.from) + "/" + data.models[task.truth].name + "/" +
         std::to_string(task.simulation);
}

RecoveryFit not_simulated(std::string reason) {
  RecoveryFit fit;
  fit.done = true;
  fit.status = kNotSimulated;
  fit.reason = std::move(reason);
  return fit;
}

// Parameters with which the model cannot be run make no data, so they are no part of the prior that
// data come from; then they are none of the posterior either, and draws of them are drawn again.
// The place among 99 draws, spread evenly over the hundredth that it stands for; nothing if most
// draws cannot be run.
Eigen::VectorXd ranks_among_draws(const inference::Problem& problem,
                                  const inference::Fit& fit,
                                  const Eigen::VectorXd& truth,
                                  Stream stream) {
  constexpr int kMostTried = 500;
  const numerics::SymmetricEigen eigen = numerics::symmetric_eigen(fit.covariance);
  const Eigen::MatrixXd root = eigen.vectors * eigen.values.cwiseMax(0).cwiseSqrt().asDiagonal();
  Eigen::VectorXd below = Eigen::VectorXd::Zero(truth.size()), z(truth.size());
  int kept = 0;
  for (int tried = 0; kept < kRankDraws && tried < kMostTried; ++tried) {
    for (double& value : z) value = stream.normal();
    const Eigen::VectorXd drawn = fit.mean + root * z;
    if (!problem.evaluate(drawn, false).outcome.finished()) continue;
    ++kept;
    below += (drawn.array() < truth.array()).cast<double>().matrix();
  }
  if (kept < kRankDraws) return {};
  for (double& count : below) count = (count + stream.uniform()) / (kept + 1);
  return below;
}

// The same among independent draws of weighted ones.
Eigen::VectorXd ranks_among_weighted(const inference::ImportancePosterior& posterior,
                                     const Eigen::VectorXd& truth,
                                     Stream stream) {
  Eigen::VectorXd below = Eigen::VectorXd::Zero(truth.size());
  for (int i = 0; i < kRankDraws; ++i) {
    Eigen::Index at = 0;
    for (double left = stream.uniform() - posterior.weight[0];
         left > 0 && at + 1 < posterior.weight.size();
         left -= posterior.weight[at])
      ++at;
    below += (posterior.draws.col(at).array() < truth.array()).cast<double>().matrix();
  }
  for (double& count : below) count = (count + stream.uniform()) / (kRankDraws + 1);
  return below;
}

RecoveryFit recover(const RunData& data, const RecoveryTask& task, const RunOptions& options) {
  const ModelRun &truth = data.models[task.truth], &fitted = data.models[task.fitted];
  const PartResult& recorded = truth.parts[task.subject][0];
  if (!recorded.done) return {};
  if (!recorded.has_prediction)
    return not_simulated(truth.name + " could not be fitted to the recorded data");
  auto problem = problem_of(data, truth, task.subject, 0);
  const std::string name = data_set(data, task);
  const SimulatedData simulated =
      simulated_data(*problem, recorded, data.targets, task.from, data.experiment.seed, name);
  if (!simulated.outcome.finished())
    return not_simulated("with the parameters drawn it " + to_text(simulated.outcome));
  if (task.fitted != task.truth) problem = problem_of(data, fitted, task.subject, 0);
  put_data(simulated, *problem);
  const std::string fit_name = name + "/" + fitted.name;
  inference::Fit fit = fit_of(data, *problem, fit_name, options);
  RecoveryFit result;
  result.done = fit.status != inference::Fit::Status::interrupted;
  result.status = inference::to_text(fit.status);
  result.reason = fit.reason;
  result.truth = simulated.theta;
  if (fit.status == inference::Fit::Status::no_start) return result;
  result.free_energy = fit.free_energy.total();
  if (task.fitted != task.truth) return result;
  const inference::ImportancePosterior sampled =
      sample_posterior(data, problem->problem, fit_name, options, fit);
  result.done = result.done && !sampled.is_interrupted;
  result.mean = fit.mean;
  result.sd = fit.covariance.diagonal().cwiseSqrt();
  if (task.from == DrawnFrom::prior && fit.converged()) {
    const Stream stream(data.experiment.seed, name + "/ranks");
    result.rank = inference::is_trusted(sampled)
                      ? ranks_among_weighted(sampled, result.truth, stream)
                      : ranks_among_draws(problem->problem, fit, result.truth, stream);
  }
  return result;
}

}  // namespace

RecoveryBatch make_recovery(const Experiment& e) {
  RecoveryBatch batch;
  const std::size_t hypotheses = e.hypotheses.size(), subjects = e.dataset.subjects.size();
  for (std::size_t h = 0; h < hypotheses; ++h) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(e.recovery.simulations); ++i)
      for (std::size_t f = 0; f < hypotheses; ++f)
        batch.tasks.push_back({DrawnFrom::posterior, h, i, i % subjects, f});
    for (std::size_t i = 0; i < static_cast<std::size_t>(e.recovery.calibration); ++i)
      batch.tasks.push_back({DrawnFrom::prior, h, i, i % subjects, h});
  }
  batch.fits.resize(batch.tasks.size());
  return batch;
}

std::string name_of(const RunData& data, const RecoveryTask& task) {
  return "recovery: " + data.models[task.truth].name + " at its " + to_text(task.from) +
         ", data set " + std::to_string(task.simulation + 1) + ", fitted by " +
         data.models[task.fitted].name;
}

void do_recovery(RunData& data,
                 RecoveryBatch& batch,
                 std::size_t first,
                 const RunOptions& options,
                 Telling& telling) {
  if (!batch.tasks.empty()) fit_to_all_data(data, options);
  do_kept_tasks(
      batch.planned,
      first,
      options,
      [&](std::size_t t) { return recover(data, batch.tasks[t], options); },
      [](const RecoveryFit& fit) {
        return Ending{fit.status, fit.reason};
      },
      [&](std::size_t t) { return name_of(data, batch.tasks[t]); },
      batch.fits,
      telling);
}

}  // namespace insula::experiment

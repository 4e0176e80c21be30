// SPDX-License-Identifier: Apache-2.0
// Data that fitted hypotheses could have made, and fits to them.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "framework/evaluation/calibration.h"
#include "framework/experiment/detail/fit_models.h"
#include "framework/experiment/detail/recovery.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_joint.h"
#include "tests/framework/experiment/small_trials.h"

namespace insula::experiment {
namespace {

using test::portable_kinds;

Experiment small(int simulations, int calibration) {
  Experiment e = test::small_experiment(portable_kinds());
  e.baselines = {};
  e.split = Split::none;
  e.pareto_draws = 0;
  e.recovery = {simulations, calibration};
  return e;
}

// y = a·x + ε with a ~ N(0, 1) and known noise: the posterior is exact, so ranks are uniform, and
// the same posterior with half the sd is found out.
TEST(Calibration, OfALinearModelIsUniformAndFallsOutOfTheBandsWhereSdsAreHalved) {
  inference::Problem problem;
  problem.parameter = {"a"};
  problem.prior_mean = Eigen::VectorXd::Zero(1);
  problem.prior_variance = Eigen::VectorXd::Ones(1);
  const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(8, -1, 1);
  inference::Channel channel;
  channel.recording = "line";
  channel.name = "y";
  channel.use.assign(8, 1);
  channel.run_start = {0};
  channel.confounds.resize(8, 0);
  channel.confound_precision.resize(0);
  channel.lambda_mean = 0;
  channel.lambda_variance = 1e-6;
  problem.evaluate = [&](const Eigen::VectorXd& theta, bool) {
    inference::Evaluation at;
    at.prediction = {x * theta[0]};
    at.jacobian = {x};
    return at;
  };
  int outside = 0, found_out = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<double> right, halved;
    for (int i = 0; i < 200; ++i) {
      Stream stream(seed, "line/" + std::to_string(i));
      const double truth = stream.normal();
      channel.data = x * truth;
      for (double& y : channel.data) y += stream.normal();
      problem.channels = {channel};
      const inference::Fit fit = inference::variational_laplace(problem);
      ASSERT_TRUE(fit.converged());
      // Precision of the data about a, Σx², to where a fit stops: 0.014 sds away.
      const double precision = 1 + x.squaredNorm();
      EXPECT_NEAR(fit.mean[0], x.dot(channel.data) / precision, 0.01);
      const double sd = std::sqrt(fit.covariance(0, 0));
      right.push_back(evaluation::posterior_rank({truth, fit.mean[0], sd}));
      halved.push_back(evaluation::posterior_rank({truth, fit.mean[0], 0.5 * sd}));
    }
    outside += evaluation::rank_histogram(right, 20).p_value < 0.05;
    found_out += evaluation::rank_histogram(halved, 20).p_value < 1e-4;
  }
  // One of twenty is outside its 95 % bands by chance; five or more have a chance of 0.3 %.
  EXPECT_LE(outside, 4);
  EXPECT_EQ(found_out, 20);
}

RunData fitted(const Experiment& e, ModelRun& model) {
  RunData data{e, targets(e), {}, {model}, comparable_trials(e)};
  for (std::size_t s = 0; s < e.dataset.subjects.size(); ++s) data.folds.emplace_back();
  make_tasks(data);
  data.models[0].parts[0][0] = fit_subject(data, data.models[0], 0, 0, {});
  return data;
}

// All modalities at once: the design stays, and what is drawn is of the model.
TEST(SimulatedData, HaveTheRecordedDesignTheFittedNoiseAndAnswersOfTheModel) {
  const test::JointStudy study;
  study.write("one", "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  const Experiment e = study.load(
      "hypotheses: [one.yaml]\nvalidation: none\nbaselines: []\n"
      "inference: {pareto_draws: 0}\n");
  ModelRun model{"one", "hypothesis", &e.hypotheses[0].architecture, nullptr, {}, {}, {}};
  const RunData data = fitted(e, model);
  const PartResult& fit = data.models[0].parts[0][0];
  const auto recorded = problem_of(data, data.models[0], 0, 0);
  std::map<std::string, std::vector<double>> residuals;
  for (int i = 0; i < 20; ++i) {
    const SimulatedData simulated = simulated_data(
        *recorded, fit, data.targets, DrawnFrom::posterior, 1, "test/" + std::to_string(i));
    ASSERT_TRUE(simulated.outcome.finished());
    const auto problem = problem_of(data, data.models[0], 0, 0);
    put_data(simulated, *problem);
    const inference::Evaluation at = problem->problem.evaluate(simulated.theta, false);
    for (std::size_t c = 0; c < problem->problem.channels.size(); ++c) {
      const inference::Channel &now = problem->problem.channels[c],
                               &before = recorded->problem.channels[c];
      EXPECT_EQ(now.use, before.use);
      EXPECT_EQ(now.lambda_mean, before.lambda_mean) << "priors stay those of the recorded data";
      // Residuals but for confounds, which the fit to the recorded data has.
      const Scaling& scaling = problem->scaling[problem->gaussian[c]];
      const Eigen::VectorXd beside =
          (fit.mean[c].array() - scaling.centre) * scaling.factor -
          recorded->problem.evaluate(fit.fit.mean, false).prediction[c].array();
      const Eigen::VectorXd noise = (now.data - at.prediction[c] - beside) / scaling.factor;
      residuals[now.recording + "/" + now.name].push_back(std::sqrt(noise.array().square().mean()));
    }
    const TrialProblem &trials = *problem->trials[0], &asked = *recorded->trials[0];
    EXPECT_EQ(trials.use, asked.use);
    for (std::size_t t = 0; t < trials.rows.size(); ++t)
      EXPECT_TRUE(!trials.whole[t] || trials.rows.answer[t] > 0) << "drawn, and a time";
  }
  std::size_t next = 0;
  for (const Target& target : data.targets) {
    if (target.of != Target::Of::samples) continue;
    double mean = 0;
    const auto& own = residuals.at(target.recording + "/" + target.channel);
    for (const double sd : own) mean += sd / static_cast<double>(own.size());
    // A mean of 20 sds of 120 samples or more, correlated: 10 % are more than four standard errors.
    EXPECT_NEAR(mean / fit.summary.noise[next++].second, 1, 0.1) << target.channel;
  }
}

TEST(SimulatedData, AreTheSameWhoeverAsksAndOthersForEveryDataSet) {
  const Experiment e = small(0, 0);
  ModelRun model{"modulated", "hypothesis", &e.hypotheses[1].architecture, nullptr, {}, {}, {}};
  const RunData data = fitted(e, model);
  const auto problem = problem_of(data, data.models[0], 0, 0);
  const auto drawn = [&](DrawnFrom from, const std::string& task) {
    return simulated_data(*problem, data.models[0].parts[0][0], data.targets, from, 1, task);
  };
  const SimulatedData one = drawn(DrawnFrom::prior, "a"), same = drawn(DrawnFrom::prior, "a"),
                      other = drawn(DrawnFrom::prior, "b");
  EXPECT_EQ(one.series[0].value, same.series[0].value);
  EXPECT_NE(one.series[0].value, other.series[0].value);
  EXPECT_NE(one.theta, other.theta);
}

// The data were made with a context that matters, and noise a third of the signal.
TEST(Recovery, TellsHypothesesApartAndCoversTheTruth) {
  const report::Results r = run(small(8, 24), portable_kinds());
  double right = 0, of = 0;
  for (const report::ModelRecoveryRow& row : r.model_recovery)
    if (row.truth == row.fitted) {
      right += row.best;
      of += row.n;
    }
  EXPECT_GE(of, 14) << "of 16 data sets";
  EXPECT_GE(right, of - 1);
  double covered = 0, n = 0, astray = 0;
  for (const report::RecoveryRow& row : r.recovery) {
    if (row.drawn_from != "prior" || row.parameter == "all") continue;
    EXPECT_EQ(row.n + row.not_simulated + row.not_converged + row.not_done, row.data_sets);
    covered += row.coverage * row.n;
    n += row.n;
    astray += row.ranks_within ? 0 : 1;
  }
  EXPECT_GT(n, 300);
  EXPECT_GT(covered / n, 0.90) << "intervals of one data set go together";
  EXPECT_LE(astray, 3) << "of 17 parameters; one is expected";
  EXPECT_EQ(r.recovery_fits.size(), 2u * 8 * 2 + 2 * 24);
}

// Ranks among draws of the posterior itself, not of the normal one.
TEST(Recovery, ByImportanceSamplingHasUniformRanks) {
  Experiment e = small(0, 40);
  e.importance = true;
  const report::Results r = run(e, portable_kinds());
  double covered = 0, n = 0, astray = 0, judged = 0;
  for (const report::RecoveryRow& row : r.recovery) {
    if (row.drawn_from != "prior" || row.parameter == "all") continue;
    covered += row.coverage * row.n;
    n += row.n;
    ++judged;
    astray += row.ranks_within ? 0 : 1;
  }
  EXPECT_EQ(judged, 17);
  EXPECT_NEAR(covered / n, 0.95, 0.03) << "sd of the share 0.01, more as a data set's go together";
  EXPECT_LE(astray, 3) << "of 17 parameters; one is expected";
  for (const report::ModelSummary& model : r.models)
    for (const report::FitSummary& fit : model.fits) {
      EXPECT_GE(fit.effective_draws, 300);
      EXPECT_NEAR(fit.log_evidence, fit.free_energy, 1) << "nats, of a posterior nearly normal";
      EXPECT_LT(fit.log_evidence_se, 0.06);
    }
}

TEST(Recovery, CountsWhatDivergedOrDidNotConvergeAndLeavesItOut) {
  Experiment e = small(2, 6);
  e.max_iterations = 2;  // too few
  const report::Results r = run(e, portable_kinds());
  for (const report::RecoveryRow& row : r.recovery)
    if (row.n == 0) {
      EXPECT_EQ(row.not_simulated + row.not_converged, row.data_sets);
      EXPECT_TRUE(std::isnan(row.coverage));
    }
  for (const report::ModelRecoveryRow& row : r.model_recovery)
    EXPECT_EQ(row.n + row.left_out, row.data_sets);
  EXPECT_NE(test::files_of(r).at("report.html").find("did not converge"), std::string::npos);
}

TEST(Recovery, GivesTheSameBytesAtAnyNumberOfThreadsFromAStoreAndFromShards) {
  const Experiment e = small(2, 3);
  set_threads(1);
  const auto one = test::files_of(run(e, portable_kinds()));
  set_threads(3);
  EXPECT_TRUE(test::files_of(run(e, portable_kinds())) == one);
  set_threads(0);
  const dataset::Folder folder;
  schedule::Store store(folder.path(""));
  RunOptions options;
  options.store = &store;
  options.program = "1";
  Progress last;
  options.progress = [&](const Progress& p) { last = p; };
  options.shard = {1, 2};  // the second shard first: it lacks fits that the first would leave
  EXPECT_GT(run_shard(e, portable_kinds(), options), 0u);
  options.shard = {0, 2};
  EXPECT_EQ(run_shard(e, portable_kinds(), options), 0u);
  options.shard = {};
  EXPECT_TRUE(test::files_of(run(e, portable_kinds(), options)) == one);
  EXPECT_EQ(last.taken, last.total);
  EXPECT_EQ(last.total, 2u + 2 * 2 * 2 + 2 * 3) << "recorded data, both sources";
  // More data sets: those that are there stay.
  run(small(3, 3), portable_kinds(), options);
  EXPECT_EQ(last.taken, 2u + 2 * 2 * 2 + 2 * 3);
}

TEST(Recovery, OfDecisionsWithoutATimeAxisTakesSubjectsInTurn) {
  const dataset::Folder folder;
  test::write_decisions(folder, {{}, {.drift = 0.5}}, 150, 1);
  test::write_hypothesis(folder, "flat", "kind: ddm");
  test::write_hypothesis(folder, "steep", "kind: ddm, drift: [signal]");
  const Experiment e = test::load_decisions(
      folder,
      "hypotheses: [flat.yaml, steep.yaml]\nbaselines: []\nvalidation: none\n"
      "inference: {pareto_draws: 0}\nrecovery: {simulations: 4, calibration: 0}\nseed: 4\n");
  const report::Results r = run(e, portable_kinds());
  ASSERT_EQ(r.recovery_fits.size(), 16u);
  EXPECT_NE(r.recovery_fits[0].subject, r.recovery_fits[2].subject);
  for (const report::ModelRecoveryRow& row : r.model_recovery)
    if (row.truth == row.fitted) {
      EXPECT_EQ(row.best, row.n) << row.truth;
    }
}

}  // namespace
}  // namespace insula::experiment

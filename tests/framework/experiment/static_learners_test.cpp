// SPDX-License-Identifier: Apache-2.0
// Trials without onsets whose regions stand under what is learned: signals drive and modulate them,
// and answers tell of the learning rate through the equilibrium.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/run.h"
#include "framework/experiment/twin.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "modules/catalogue.h"
#include "tests/framework/experiment/taught_study.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace test;

TEST(StaticLearners, LeaveRegionsWhereTheClosedFormSaysInEveryTrial) {
  const Study study;
  const Recipe recipe = study.recipe();
  dataset::Subject subject = simulate(recipe).dataset.subjects[0];
  dataset::Trials& first = subject.runs[0].trials[0];
  first.reasons = {"bad"};
  first.exclusion[3] = 0;            // it teaches nothing
  first.columns[1].value[7] = kNaN;  // no outcome was seen
  first.columns[0].value[9] = kNaN;  // its contrast is missing, but its outcome teaches
  ASSERT_EQ(first.columns[1].name, "reward");
  ASSERT_EQ(first.columns[0].name, "contrast");
  const auto fit = assemble(recipe.architecture, subject, {}, {});
  const inference::Evaluation at = fit->problem.evaluate(truth_of(recipe, *fit), false);
  ASSERT_TRUE(at.outcome.finished());
  Index row = 0;
  for (const dataset::Run& run : subject.runs) {
    const dataset::Trials& trials = run.trials[0];
    const std::vector<Belief> learned = beliefs(trials, 0.3);
    const std::vector<std::size_t> in_use = trials.in_use();
    for (std::size_t k = 0; k < in_use.size(); ++k, ++row) {
      const double contrast = trials.column("contrast")->value[in_use[k]];
      EXPECT_EQ(fit->problem.scored[0].use[static_cast<std::size_t>(row)] != 0,
                !std::isnan(contrast));
      if (std::isnan(contrast)) continue;
      EXPECT_CLOSE(at.predictors[0].value(row, 0),
                   4 * v5(contrast, learned[k].value),
                   Tolerance::rounding(100));
      EXPECT_CLOSE(
          at.predictors[1].value(row, 0), 2 * response(learned[k].error), Tolerance::rounding(100));
    }
  }
  EXPECT_EQ(row, 299);
}

TEST(StaticLearners, PassTheirSlopesOnToThePredictors) {
  for (const LearnerKind& learner : catalogue().learners) {
    const Study study(std::string(learner.name),
                      "V5, V5 * value.value, V5 * contrast",
                      "VTA, VTA * V5, value.prediction_error");
    const Recipe recipe = study.recipe();
    const auto fit = assemble(recipe.architecture, simulate(recipe).dataset.subjects[0], {}, {});
    VectorXd theta = truth_of(recipe, *fit);
    for (Index i = 0; i < theta.size(); ++i) theta[i] += 0.05 * static_cast<double>(i % 3 + 1);
    const inference::Evaluation at = fit->problem.evaluate(theta, true);
    ASSERT_TRUE(at.outcome.finished());
    int learning = 0;
    for (std::size_t o = 0; o < 2; ++o) {
      const inference::Slope& slope = at.predictors[o].slope[0];
      MatrixXd dense = MatrixXd::Zero(slope.value.rows(), theta.size());
      for (std::size_t k = 0; k < slope.parameter.size(); ++k)
        dense.col(slope.parameter[k]) += slope.value.col(static_cast<Index>(k));
      for (Index p = 0; p < theta.size(); ++p) {
        constexpr double h = 1e-3;
        const auto value = [&](double steps) {
          VectorXd moved = theta;
          moved[p] += steps * h;
          return VectorXd(fit->problem.evaluate(moved, false).predictors[o].value.col(0));
        };
        const VectorXd difference =
            (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * h);
        const std::string& name = fit->problem.parameter[static_cast<std::size_t>(p)];
        EXPECT_CLOSE(VectorXd(dense.col(p)),
                     difference,
                     Tolerance::because(1e-8, "h⁴/30 of fifth derivatives, and 1e-12 / h"))
            << learner.name << ": " << name;
        if (name.starts_with("value.")) learning += dense.col(p).cwiseAbs().maxCoeff() > 1e-3;
      }
    }
    EXPECT_GE(learning, 2) << learner.name;
  }
}

// The better of the two starts that a run takes.
inference::Fit fitted(const FitProblem& problem) {
  inference::Options options;
  inference::Fit best = inference::variational_laplace(problem.problem, options);
  options.start = problem.other_start;
  inference::Fit other = inference::variational_laplace(problem.problem, options);
  return other.free_energy.total() > best.free_energy.total() ? other : best;
}

constexpr const char* kBet = R"yaml(insula: architecture/1
name: bet
regions: {OFC: {kind: rate}}
inputs: {belief: {signal: value.value, drives: [OFC]}}
learners: {value: {kind: rescorla_wagner, outcome: reward, cue: picture, initial: 0.5}}
observations: {decision: {kind: choice, evidence: [OFC]}}
parameters: {decision.evidence.OFC: {prior: "normal(0, 6)"}}
)yaml";

constexpr const char* kBets = R"(insula: simulation/1
name: bets
architecture: bet.yaml
seed: 1
trials: {count: 400, columns: {reward: {levels: [0, 1]}, picture: {levels: [1, 2]}}}
parameters:
  belief -> OFC.strength: 1
  decision.evidence: -3
  decision.evidence.OFC: 6
)";

// Learning rates drawn from their prior, from answers alone. Of 60 intervals 95 % hold the truth,
// within 4 standard errors.
TEST(StaticLearners, GiveLearningRatesBackFromAnswersThroughARegion) {
  constexpr std::size_t kSeries = 60;
  const Catalogue kinds = catalogue();
  const dataset::Folder folder;
  folder.write("bet.yaml", kBet);
  folder.write("recipe.yaml", kBets);
  const Recipe recipe = read_recipe(folder.path("recipe.yaml"), kinds);
  const auto& parameters = recipe.architecture.parameters;
  const auto rate = static_cast<std::size_t>(
      std::ranges::find(parameters, "value.learning_rate", &architecture::Parameter::name) -
      parameters.begin());
  std::vector<double> truth(kSeries), mean(kSeries), sd(kSeries);
  parallel_for(kSeries, [&](std::size_t i) {
    Recipe drawn = recipe;
    drawn.seed = i;
    truth[i] = drawn.theta[rate] = with_drawn_parameters(recipe, 900 + i).theta[rate];
    const auto problem = assemble(recipe.architecture, simulate(drawn).dataset.subjects[0], {}, {});
    const inference::Fit fit = fitted(*problem);
    EXPECT_TRUE(fit.converged()) << fit.reason;
    const int at = problem->free_index[rate];
    mean[i] = fit.mean[at];
    sd[i] = std::sqrt(fit.covariance(at, at));
  });
  int covered = 0;
  double middle = 0, spread = 0, error = 0;
  for (const double t : truth) middle += t / kSeries;
  for (std::size_t i = 0; i < kSeries; ++i) {
    covered += std::abs(mean[i] - truth[i]) < normal_quantile(0.975) * sd[i] ? 1 : 0;
    spread += std::pow(truth[i] - middle, 2);
    error += std::pow(mean[i] - truth[i], 2);
  }
  std::printf("learning rates: answers cover %d of %zu and leave %.0f %% of their variance\n",
              covered,
              kSeries,
              100 * error / spread);
  EXPECT_GE(covered, kSeries * (0.95 - 4 * std::sqrt(0.95 * 0.05 / kSeries)));
  EXPECT_LT(error, 0.4 * spread);
}

constexpr const char* kRun =
    "hypotheses: [taught.yaml, unmoved.yaml]\nvalidation: {split: blocks, folds: 3}\ncomparison: "
    "{bootstrap: 100}\ninference: {pareto_draws: 0}\n";

TEST(StaticLearners, AreRankedAgainstOthersAndAgainstBaselines) {
  const Study study;
  const Experiment e = study.load_experiment(kRun);
  EXPECT_EQ(e.baselines, (std::vector<std::string>{kLinearDcm, kConstant, kLogistic, kTrialGlm}));
  const report::Results results = run(e, study.kinds);
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits)
      EXPECT_EQ(f.status, "converged") << m.name << ": " << f.reason;
  std::map<std::string, double> evidence, decision, pupil;
  for (const auto& row : results.comparison) evidence[row.model] = row.log_evidence;
  for (const auto& row : results.observations)
    (row.observation == "pupil" ? pupil : decision)[row.model] = row.value;
  for (const auto& [model, density] : decision)
    std::printf("%s: log evidence %.1f, log density of choices %.3f, of the pupil %.3f\n",
                model.c_str(),
                evidence[model],
                density,
                pupil[model]);
  EXPECT_GT(evidence.at("taught"), evidence.at("unmoved") + 3);
  // Regressions know no learner: nothing tells them of the pupil.
  EXPECT_GT(pupil.at("taught"), pupil.at(kTrialGlm) + 0.1);
  EXPECT_GT(pupil.at(kLinearDcm), pupil.at(kTrialGlm) + 0.1);
  const auto rate = std::ranges::find_if(results.parameters, [](const report::ParameterRow& p) {
    return p.model == "taught" && p.parameter == "value.learning_rate";
  });
  ASSERT_NE(rate, results.parameters.end());
  EXPECT_LT(rate->low, 0.3);
  EXPECT_GT(rate->high, 0.3);
}

// What was fitted without the first block, and what it predicts there.
std::string first_fold_of(const report::Results& results) {
  std::ostringstream text;
  text.precision(17);
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits)
      if (f.fold == results.folds[0])
        text << m.name << ' ' << f.status << ' ' << f.iterations << ' ' << f.free_energy << '\n';
  for (const report::PredictionBlock& b : results.predictions)
    for (Index i = 0; i < b.fold.size(); ++i)
      if (b.fold[i] == 0)
        text << b.model << ' ' << b.recording << ' ' << b.held_out.row(i) << ' '
             << b.held_out_sd.row(i) << '\n';
  return text.str();
}

TEST(StaticLearners, PredictHeldOutTrialsFromOutcomesAndFromNothingElseOfThem) {
  const Study study;
  const Experiment e = study.load_experiment(kRun);
  const report::Results clean = run(e, study.kinds);
  const std::string before = first_fold_of(clean);
  ASSERT_GT(before.size(), 1000U);
  // The first block is the first 100 of 2 · 150 trials.
  ASSERT_EQ(
      std::ranges::count(
          std::vector<int>(clean.predictions[0].fold.begin(), clean.predictions[0].fold.end()), 0),
      100);
  Experiment spoilt = e;
  dataset::Trials& trials = spoilt.dataset.subjects[0].runs[0].trials[0];
  for (std::size_t i = 0; i < 100; ++i) {
    trials.response[i] = 1 - trials.response[i];
    for (dataset::TrialColumn& column : trials.columns)
      if (column.name == "dilation") column.value[i] += 100;
  }
  const report::Results other = run(spoilt, study.kinds);
  EXPECT_EQ(first_fold_of(other), before);
  EXPECT_NE(clean.models[0].fits.back().free_energy, other.models[0].fits.back().free_energy);
  // Outcomes are given: what the first teaches is known in all trials after it.
  Experiment taught = e;
  for (dataset::TrialColumn& column : taught.dataset.subjects[0].runs[0].trials[0].columns)
    if (column.name == "reward") column.value[0] = 1 - column.value[0];
  EXPECT_NE(first_fold_of(run(taught, study.kinds)), before);
}

TEST(StaticLearners, AreTheSameBytesAtAnyNumberOfThreadsInAWholeRun) {
  const Study study;
  const Experiment e = study.load_experiment(kRun);
  std::vector<std::string> texts;
  for (const int threads : {1, 2, 5}) {
    set_threads(threads);
    const report::Results r = run(e, study.kinds);
    std::ostringstream text;
    text.precision(17);
    for (const auto& p : r.parameters) text << p.posterior_mean << ' ' << p.posterior_sd << '\n';
    for (const auto& s : r.scores) text << s.value << ' ' << s.low << ' ' << s.high << '\n';
    for (const auto& b : r.predictions) text << b.held_out << '\n' << b.held_out_sd << '\n';
    texts.push_back(text.str());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

// Trials tell only products of strengths and weights, which groups follow slowly: one of each is
// held at its true value.
constexpr const char* kAnchored = R"(insula: architecture/1
name: anchored
extends: taught.yaml
parameters: {contrast -> V1.strength: 1.2, surprise -> VTA.strength: 1}
)";

TEST(StaticLearners, AreFittedToManySubjectsTogether) {
  const Study study("rescorla_wagner", "V5", "VTA", replaced(kRecipe, "runs: 2", "subjects: 4"));
  study.folder.write("anchored.yaml", kAnchored);
  for (const char* subjects : {"pooled", "hierarchical"}) {
    const report::Results results =
        run(study.load_experiment("hypotheses: [anchored.yaml]\nbaselines: []\nvalidation: "
                                  "none\ninference: {pareto_draws: 0, subjects: " +
                                  std::string(subjects) + "}\n"),
            study.kinds);
    for (const report::FitSummary& f : results.models[0].fits)
      EXPECT_EQ(f.status, "converged") << subjects << ": " << f.reason;
    int rates = 0;
    for (const report::ParameterRow& p : results.parameters) {
      if (p.parameter != "value.learning_rate" || p.subject == "group sd") continue;
      ++rates;
      EXPECT_LT(p.low, 0.3) << subjects << " " << p.subject;
      EXPECT_GT(p.high, 0.3) << subjects << " " << p.subject;
      EXPECT_LT(p.shrinkage, 0.3) << subjects << " " << p.subject;
    }
    EXPECT_EQ(rates, std::string(subjects) == "pooled" ? 1 : 5);
  }
}

}  // namespace
}  // namespace insula::experiment

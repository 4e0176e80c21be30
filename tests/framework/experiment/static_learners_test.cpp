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
#include "framework/numerics/parallel.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// What is expected of a picture decides how much of the contrast reaches V5, and so the answer;
// what of the outcome was not expected drives the VTA, and so the pupil.
constexpr const char* kTaught = R"(insula: architecture/1
name: taught
regions: {V1: {kind: rate}, V5: {kind: rate}, VTA: {kind: rate}}
projections: {V1 -> V5: {kind: modulated, by: [belief]}}
inputs:
  contrast: {drives: [V1]}
  belief: {signal: value.value}
  surprise: {signal: value.prediction_error, drives: [VTA]}
learners:
  value: {kind: LEARNER, outcome: reward, cue: picture}
observations:
  decision: {kind: choice, evidence: [EVIDENCE]}
  pupil: {kind: continuous, value: dilation, mean: [PUPIL]}
)";

constexpr const char* kRecipe = R"(insula: simulation/1
name: taught
architecture: taught.yaml
seed: 6
runs: 2
trials:
  count: 150
  columns: {contrast: {uniform: [-1, 1]}, reward: {levels: [0, 1]}, picture: {levels: [1, 2]}}
parameters:
  contrast -> V1.strength: 1.2
  surprise -> VTA.strength: 1
  V1 -> V5.strength: 0.2 1/s
  V1 -> V5.modulation.belief: 1.5 1/s
  decision.evidence.V5: 4
  pupil.mean.VTA: 2
)";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

struct Study {
  explicit Study(const std::string& learner = "rescorla_wagner",
                 const std::string& evidence = "V5",
                 const std::string& pupil = "VTA",
                 const std::string& recipe = kRecipe) {
    std::string text = replaced(kTaught, "LEARNER", learner);
    text = replaced(replaced(text, "EVIDENCE", evidence), "PUPIL", pupil);
    folder.write("taught.yaml", text);
    const std::string rate = learner == "rescorla_wagner" ? "  value.learning_rate: 0.3\n" : "";
    folder.write("recipe.yaml", recipe + rate);
    // The expectation changes nothing.
    folder.write("unmoved.yaml", R"(insula: architecture/1
name: unmoved
extends: taught.yaml
projections: {V1 -> V5: {kind: linear}}
)");
  }
  Recipe recipe() const { return read_recipe(folder.path("recipe.yaml"), kinds); }
  Experiment load_experiment(const std::string& lines) const {
    folder.write("experiment.yaml",
                 "insula: experiment/1\nname: taught\ndataset: recipe.yaml\n" + lines);
    return load(folder.path("experiment.yaml"), kinds);
  }

  Catalogue kinds = catalogue();
  dataset::Folder folder;
};

// The closed form, written again: x = S(a) of firing rates, and the rule of Rescorla & Wagner.
double response(double a) { return 4 * (1 / (1 + std::exp(-a)) - 0.5); }

struct Belief {
  double value = 0, error = 0;
};

// Of the trials in use of one run.
std::vector<Belief> beliefs(const dataset::Trials& trials, double rate) {
  std::map<double, double> expected;  // of each picture, 0 at first
  std::vector<Belief> all;
  for (const std::size_t i : trials.in_use()) {
    double& value = expected[trials.column("picture")->value[i]];
    const double reward = trials.column("reward")->value[i];
    all.push_back({value, std::isnan(reward) ? 0 : reward - value});
    value += rate * all.back().error;
  }
  return all;
}

double v5(double contrast, double value, double strength = 0.2, double modulation = 1.5) {
  return response((strength + modulation * value) * response(1.2 * contrast));
}

VectorXd truth_of(const Recipe& recipe, const FitProblem& fit) {
  VectorXd theta = fit.problem.prior_mean;
  for (Index i = 0; i < theta.size(); ++i)
    theta[i] = recipe.theta[fit.system.free[static_cast<std::size_t>(i)]];
  return theta;
}

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

TEST(StaticLearners, HaveTwinsThatAreAnsweredFromTheirEquilibria) {
  const Study study("rescorla_wagner",
                    "V5",
                    "VTA",
                    replaced(replaced(kRecipe, "count: 150", "count: 2000"), "runs: 2", "runs: 1"));
  const Recipe recipe = study.recipe();
  const Twin twin = simulate(recipe);
  ASSERT_TRUE(twin.outcome.finished());
  const dataset::Trials& trials = twin.dataset.subjects[0].runs[0].trials[0];
  const std::vector<Belief> learned = beliefs(trials, 0.3);
  double ups = 0, expected = 0, variance = 0, squares = 0, along = 0, signal = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const double z = v5(trials.column("contrast")->value[i], learned[i].value);
    // Weighted by z, so that chance alone is not enough.
    const double p = 1 / (1 + std::exp(-4 * z));
    ups += z * trials.response[i], expected += z * p, variance += z * z * p * (1 - p);
    const double mean = 2 * response(learned[i].error);
    squares += std::pow(trials.column("dilation")->value[i] - mean, 2);
    along += mean * (trials.column("dilation")->value[i] - mean);
    signal += mean * mean;
  }
  const auto n = static_cast<double>(trials.size());
  EXPECT_CLOSE(
      ups, expected, Tolerance::because(4 * std::sqrt(variance), "four standard deviations"));
  EXPECT_CLOSE(std::sqrt(squares / n), 1.0, Tolerance::because(4 / std::sqrt(2 * n), "noise is 1"));
  EXPECT_CLOSE(
      along, 0.0, Tolerance::because(4 * std::sqrt(signal), "four sds of noise along the mean"));
  write(recipe, twin, study.folder.path("made"));
  const dataset::Trials back =
      dataset::load(study.folder.path("made/dataset.yaml")).subjects[0].runs[0].trials[0];
  EXPECT_EQ(back.response, trials.response);
  EXPECT_EQ(back.column("dilation")->value, trials.column("dilation")->value);
  EXPECT_EQ(back.column("reward")->value, trials.column("reward")->value);
  EXPECT_EQ(back.column("belief"), nullptr);
}

// Observations of one table share equilibria; one of columns alone needs none, wherever it stands.
TEST(StaticLearners, HaveTwinsWithObservationsThatNameNoRegion) {
  const Study study("rescorla_wagner", "contrast", "VTA");
  study.folder.write("recipe.yaml", replaced(kRecipe, "  decision.evidence.V5: 4\n", ""));
  const Twin twin = simulate(study.recipe());
  ASSERT_TRUE(twin.outcome.finished());
  const dataset::Trials& trials = twin.dataset.subjects[0].runs[0].trials[0];
  EXPECT_EQ(std::ranges::count(trials.response, dataset::kMissing), 0);
}

// A learner whose numbers leave every range stops the fit there, with a reason.
TEST(StaticLearners, OfNoNumbersAreToldAsAnOutcome) {
  const Study study("hgf");
  const Recipe recipe = study.recipe();
  const auto fit = assemble(recipe.architecture, simulate(recipe).dataset.subjects[0], {}, {});
  VectorXd theta = truth_of(recipe, *fit);
  const auto at = std::ranges::find(fit->problem.parameter, "value.log_volatility") -
                  fit->problem.parameter.begin();
  theta[at] = 800;  // e^800 is no double; the first trial's belief is older
  const inference::Evaluation nowhere = fit->problem.evaluate(theta, true);
  EXPECT_FALSE(nowhere.outcome.finished());
  EXPECT_EQ(to_text(nowhere.outcome),
            "reaches no stable equilibrium in what belief drives on trial 2");
}

}  // namespace
}  // namespace insula::experiment

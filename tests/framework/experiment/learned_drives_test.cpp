// SPDX-License-Identifier: Apache-2.0
// What is learned across trials drives regions: BOLD and choices tell of one learning rate.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/run.h"
#include "framework/experiment/twin.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// A cue is shown, expectations rise with it; 2 s later the outcome is seen, and what of it was not
// expected drives the VTA.
constexpr const char* kModel = R"(insula: architecture/1
name: reward
regions: {V1: {kind: neuronal}, OFC: {kind: neuronal}, VTA: {kind: neuronal}}
projections:
  V1 -> OFC: {kind: modulated, by: [belief]}
  OFC -> VTA: {kind: linear}
inputs:
  cue: {drives: [V1]}
  belief: {signal: value.value, to: 2 s}
  surprise: {signal: value.prediction_error, drives: [VTA], from: 2 s, to: 3 s}
learners:
  value: {kind: LEARNER, outcome: reward, cue: picture}
observations:
  bold: {kind: bold, regions: [V1, OFC, VTA]}
  decision: {CHOICE}
)";

constexpr const char* kRecipe = R"(insula: simulation/1
name: reward
architecture: truth.yaml
seed: 4
duration: 12 min
inputs: {cue: {each: trial, on: 2 s}}
trials:
  every: 5 s
  start: 2 s
  jitter: 1 s
  columns: {reward: {levels: [0, 1]}, picture: {levels: [0, 1]}, effort: {uniform: [-1, 1]}}
recordings: {bold: {interval: 2 s, noise: {sd: 1 %}, ar: 0.2}}
parameters:
  cue -> V1.strength: 4 1/s
  V1 -> OFC.modulation.belief: 0.5 1/s
  OFC -> VTA.strength: 0.1 1/s
  surprise -> VTA.strength: 4 1/s
  decision.evidence: -3
)";

struct Study {
  explicit Study(const std::string& choice = "kind: choice, evidence: [value.value]",
                 const std::string& learner = "rescorla_wagner") {
    std::string model = kModel;
    model.replace(model.find("LEARNER"), 7, learner);
    model.replace(model.find("CHOICE"), 6, choice);
    const std::string term = choice.substr(
        choice.find('[') + 1, choice.find_first_of(",]", choice.find('[')) - choice.find('[') - 1);
    folder.write(
        "truth.yaml",
        model + "parameters: {decision.evidence." + term + ": {prior: \"normal(0, 6)\"}}\n");
    const std::string rate = learner == "rescorla_wagner" ? "  value.learning_rate: 0.25\n" : "";
    folder.write("recipe.yaml", kRecipe + rate + "  decision.evidence." + term + ": 6\n");
    folder.write("bold.yaml",
                 "insula: architecture/1\nname: bold\nextends: truth.yaml\nremove: [decision]\n");
    // The expectation changes nothing.
    folder.write("unmoved.yaml", R"(insula: architecture/1
name: unmoved
extends: truth.yaml
projections: {V1 -> OFC: {kind: linear}}
)");
  }
  Recipe recipe() const { return read_recipe(folder.path("recipe.yaml"), kinds); }
  architecture::Architecture model(const std::string& name) const {
    return architecture::load(folder.path(name + ".yaml"), kinds);
  }
  Experiment load_experiment(const std::string& lines) const {
    folder.write("experiment.yaml",
                 "insula: experiment/1\nname: reward\ndataset: recipe.yaml\n" + lines);
    return load(folder.path("experiment.yaml"), kinds);
  }

  Catalogue kinds = catalogue();
  dataset::Folder folder;
};

// Activity in a window moves a choice, and a learner moves the activity and the choice beside it.
// As in joint_test.cpp: steps of the integrator change with θ, and a step of 0.05 leaves 1e-5.
TEST(LearnedDrives, HaveSlopesOfPredictorsThatEqualDifferences) {
  for (const char* learner : {"rescorla_wagner", "pearce_hall", "hgf"}) {
    const Study study(
        "kind: choice, evidence: [VTA * value.value, OFC, VTA * effort], window: {from: -2 s, to: "
        "2 s}",
        learner);
    const Recipe recipe = study.recipe();
    const Twin twin = simulate(recipe);
    ASSERT_TRUE(twin.outcome.finished());
    const auto fit = assemble(recipe.architecture, twin.dataset.subjects[0], {}, {});
    VectorXd theta = fit->problem.prior_mean;
    for (Index i = 0; i < theta.size(); ++i) {
      const std::string& name = fit->problem.parameter[static_cast<std::size_t>(i)];
      theta[i] = recipe.theta[fit->system.free[static_cast<std::size_t>(i)]];
      if (name.starts_with("decision.evidence.")) theta[i] = 1.5;
    }
    const inference::Evaluation at = fit->problem.evaluate(theta, true);
    ASSERT_TRUE(at.outcome.finished());
    const inference::Slope& slope = at.predictors[0].slope[0];
    MatrixXd dense = MatrixXd::Zero(slope.value.rows(), theta.size());
    for (std::size_t k = 0; k < slope.parameter.size(); ++k)
      dense.col(slope.parameter[k]) = slope.value.col(static_cast<Index>(k));
    constexpr double h = 0.05;
    int learning = 0;
    for (Index p = 0; p < theta.size(); ++p) {
      const auto value = [&](double steps) {
        VectorXd moved = theta;
        moved[p] += steps * h;
        return VectorXd(fit->problem.evaluate(moved, false).predictors[0].value.col(0));
      };
      const VectorXd difference = (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * h);
      const std::string& name = fit->problem.parameter[static_cast<std::size_t>(p)];
      EXPECT_CLOSE(VectorXd(dense.col(p)),
                   difference,
                   Tolerance::because(1e-5 * dense.cwiseAbs().maxCoeff(),
                                      "steps of the integrator change with θ"))
          << learner << ": " << name;
      if (name.starts_with("value.")) learning += dense.col(p).cwiseAbs().maxCoeff() > 1e-3;
    }
    EXPECT_GE(learning, 1) << learner;
  }
}

struct Interval {
  double mean = 0, sd = 0;
  bool holds(double truth) const { return std::abs(mean - truth) < normal_quantile(0.975) * sd; }
};

Interval learned(const FitProblem& problem, const std::string& parameter) {
  const inference::Fit fit = inference::variational_laplace(problem.problem);
  EXPECT_TRUE(fit.converged());
  const auto at =
      std::ranges::find(problem.problem.parameter, parameter) - problem.problem.parameter.begin();
  return {fit.mean[at], std::sqrt(fit.covariance(at, at))};
}

struct Recovered {
  double truth = 0;
  Interval bold, joint;
};

// The logit of the learning rate, drawn from its prior or the recipe's, from BOLD alone and from
// BOLD and choices. Strengths are the recipe's.
std::vector<Recovered> recovered(const Study& study, std::size_t series, bool is_drawn) {
  const Recipe recipe = study.recipe();
  const architecture::Architecture bold = study.model("bold"), joint = study.model("truth");
  const auto& parameters = recipe.architecture.parameters;
  const auto rate = static_cast<std::size_t>(
      std::ranges::find(parameters, "value.learning_rate", &architecture::Parameter::name) -
      parameters.begin());
  std::vector<Recovered> all(series);
  parallel_for(series, [&](std::size_t i) {
    Recipe drawn = recipe;
    drawn.seed = i;
    if (is_drawn) drawn.theta[rate] = with_drawn_parameters(recipe, 900 + i).theta[rate];
    const Twin twin = simulate(drawn);
    const dataset::Subject& subject = twin.dataset.subjects[0];
    all[i] = {drawn.theta[rate],
              learned(*assemble(bold, subject, {}, {}), "value.learning_rate"),
              learned(*assemble(joint, subject, {}, {}), "value.learning_rate")};
  });
  return all;
}

// Of 60 intervals 95 % hold the truth, within 4 standard errors.
TEST(LearnedDrives, GiveLearningRatesBackFromBoldAloneAndFromBoldWithChoices) {
  constexpr int kSeries = 60;
  int by_bold = 0, by_both = 0;
  double spread = 0, error = 0, mean = 0;
  const std::vector<Recovered> all = recovered(Study(), kSeries, true);
  for (const Recovered& one : all) mean += one.truth / kSeries;
  for (const Recovered& one : all) {
    by_bold += one.bold.holds(one.truth) ? 1 : 0;
    by_both += one.joint.holds(one.truth) ? 1 : 0;
    spread += std::pow(one.truth - mean, 2);
    error += std::pow(one.bold.mean - one.truth, 2);
  }
  std::printf(
      "learning rates: BOLD covers %d of %d and leaves %.0f %% of their variance; BOLD and "
      "choices cover %d\n",
      by_bold,
      kSeries,
      100 * error / spread,
      by_both);
  const double least = kSeries * (0.95 - 4 * std::sqrt(0.95 * 0.05 / kSeries));
  EXPECT_GE(by_bold, least);
  EXPECT_GE(by_both, least);
  EXPECT_LT(error, 0.4 * spread);
}

// At one truth, for the sd of a logit depends on where it is estimated.
TEST(LearnedDrives, AreKnownBetterWithChoices) {
  constexpr int kSeries = 20;
  int narrower = 0;
  double bold = 0, joint = 0;
  for (const Recovered& one : recovered(Study(), kSeries, false)) {
    narrower += one.joint.sd < one.bold.sd ? 1 : 0;
    bold += one.bold.sd / kSeries;
    joint += one.joint.sd / kSeries;
  }
  std::printf(
      "logit of a learning rate of 0.25: sd %.3f by BOLD, %.3f with choices, narrower in %d "
      "of %d\n",
      bold,
      joint,
      narrower,
      kSeries);
  EXPECT_LT(joint, 0.9 * bold);
  EXPECT_GE(narrower, 18);
}

constexpr const char* kRun =
    "hypotheses: [truth.yaml, unmoved.yaml]\nbaselines: [mean, ridge, hrf_glm, constant, "
    "linear_dcm]\nvalidation: {split: blocks, folds: 2, gap: 20 s}\ncomparison: {bootstrap: 100}\n"
    "inference: {pareto_draws: 0}\n";

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

TEST(LearnedDrives, PredictHeldOutDataFromOutcomesAndFromNothingElseOfThem) {
  const Study study;
  const Experiment e = study.load_experiment(kRun);
  Experiment spoilt = e;
  dataset::Run& run_of = spoilt.dataset.subjects[0].runs[0];
  const evaluation::Fold fold = folds_of(e, e.dataset.subjects[0])[0];
  const auto is_held_out = [&](double time) {
    return evaluation::part_of(fold, 0, time, e.gap) != evaluation::Part::train;
  };
  dataset::Recording& bold = run_of.recordings[0];
  for (Index i = 0; i < bold.samples.rows(); ++i)
    if (is_held_out(bold.time(i, 0))) bold.samples.row(i).array() += 1e4;
  dataset::Trials& trials = run_of.trials[0];
  for (std::size_t i = 0; i < trials.size(); ++i)
    if (is_held_out(trials.onset[i])) trials.response[i] = 1 - trials.response[i];
  const report::Results clean = run(e, study.kinds), other = run(spoilt, study.kinds);
  EXPECT_EQ(first_fold_of(clean), first_fold_of(other));
  EXPECT_NE(clean.models[0].fits.back().free_energy, other.models[0].fits.back().free_energy);
}

TEST(LearnedDrives, AreTheSameBytesAtAnyNumberOfThreadsInAWholeRun) {
  const Study study;
  const Experiment e = study.load_experiment(kRun);
  std::vector<std::string> texts;
  for (const int threads : {1, 2, 4}) {
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

// The truth, in which the expectation modulates, beats the account without it; `linear_dcm` knows
// what is learned too, as a drive; `ridge` knows the dataset's inputs alone.
TEST(LearnedDrives, AreRankedAgainstOthers) {
  const Study study;
  const report::Results r = run(study.load_experiment(kRun), study.kinds);
  const auto evidence = [&](const std::string& model) {
    for (const auto& row : r.comparison)
      if (row.model == model) return row.log_evidence;
    return std::nan("");
  };
  EXPECT_GT(evidence("reward"), evidence("unmoved") + 3);
  const auto score = [&](const std::string& model) {
    for (const auto& s : r.scores)
      if (s.model == model && s.channel == "VTA" && s.metric == "r" && s.fold == "all")
        return s.value;
    return std::nan("");
  };
  for (const auto& row : r.comparison)
    std::printf("%s: log evidence %.1f, r of the VTA %.2f\n",
                row.model.c_str(),
                row.log_evidence,
                score(row.model));
  for (const char* model : {"reward", "unmoved", "linear_dcm"}) EXPECT_GT(score(model), 0.5);
  EXPECT_LT(score("ridge"), 0.5 * score("linear_dcm"));
  const auto rate = std::ranges::find_if(r.parameters, [](const report::ParameterRow& p) {
    return p.model == "linear_dcm" && p.parameter == "value.learning_rate";
  });
  EXPECT_NE(rate, r.parameters.end());
}

// A written twin has what is learned from in its trials, and reads back as it was made.
TEST(LearnedDrives, AreWrittenWithTheirTrials) {
  const Study study;
  Recipe recipe = study.recipe();
  recipe.architecture = study.model("bold");
  recipe.theta.clear();
  const Twin twin = simulate(recipe);
  ASSERT_TRUE(twin.outcome.finished());
  ASSERT_EQ(twin.dataset.subjects[0].runs[0].trials.size(), 1U);
  write(recipe, twin, study.folder.path("written"));
  const dataset::Dataset back = dataset::load(study.folder.path("written") + "/dataset.yaml");
  const dataset::Run& run_of = back.subjects[0].runs[0];
  EXPECT_EQ(run_of.recordings[0].samples, twin.dataset.subjects[0].runs[0].recordings[0].samples);
  ASSERT_EQ(run_of.trials.size(), 1U);
  EXPECT_EQ(run_of.trials[0].column("reward")->value,
            twin.dataset.subjects[0].runs[0].trials[0].column("reward")->value);
  EXPECT_TRUE(run_of.trials[0].response.empty());
  EXPECT_EQ(run_of.input("surprise"), nullptr);
}

}  // namespace
}  // namespace insula::experiment

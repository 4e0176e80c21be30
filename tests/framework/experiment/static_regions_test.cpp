// SPDX-License-Identifier: Apache-2.0
// Trials without onsets: regions are static nodes that stand, in each trial, where its columns
// leave them, and measures of a trial observe them.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/trial_baselines.h"
#include "framework/experiment/run.h"
#include "framework/experiment/twin.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "framework/schedule/store.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// What the truth is made of: V1 follows the contrast, SPC the cue, and SPC gates V1 -> V5. The
// closed form of the equilibrium of firing rates, which needs no solver: x = S(a).
double response(double a) { return 4 * (1 / (1 + std::exp(-a)) - 0.5); }

struct Truth {
  double v1 = 1.2, spc = 1, strength = 0.2, gating = 1.5;
  double activity_of_v5(double contrast, double cue) const {
    return response((strength + gating * response(spc * cue)) * response(v1 * contrast));
  }
};

constexpr const char* kGated = R"(insula: architecture/1
name: gated
regions: {V1: {kind: rate}, SPC: {kind: rate}, V5: {kind: rate}}
projections: {V1 -> V5: {kind: gated, by: [SPC]}}
inputs: {contrast: {drives: [V1]}, cue: {drives: [SPC]}}
observations:
  theta: {kind: continuous, value: theta, mean: [V5]}
  pupil: {kind: continuous, value: dilation, mean: [SPC]}
  decision: {kind: choice, evidence: [V5]}
)";

// The same regions, but the cue adds to V5.
constexpr const char* kAdded = R"(insula: architecture/1
name: added
regions: {V1: {kind: rate}, SPC: {kind: rate}, V5: {kind: rate}}
projections: {V1 -> V5: {kind: linear}, SPC -> V5: {kind: linear}}
inputs: {contrast: {drives: [V1]}, cue: {drives: [SPC]}}
observations:
  theta: {kind: continuous, value: theta, mean: [V5]}
  pupil: {kind: continuous, value: dilation, mean: [SPC]}
  decision: {kind: choice, evidence: [V5]}
)";

// Trials of one subject: contrast in [-1, 1], a cue in two levels, answers and two measures.
class Study {
 public:
  explicit Study(int trials = 200, std::uint64_t seed = 1) {
    const Truth truth;
    Stream stream(seed, "static_regions_test");
    std::ostringstream table;
    table.precision(17);
    table << "contrast\tcue\tanswer\ttheta\tdilation\tsubject\n";
    for (int t = 0; t < trials; ++t) {
      const double contrast = 2 * stream.uniform() - 1, cue = stream.uniform() < 0.5 ? 0 : 1;
      const double z = truth.activity_of_v5(contrast, cue);
      const bool yes = stream.uniform() < 1 / (1 + std::exp(-2 * z));
      table << (t == missing_contrast ? "n/a" : std::to_string(contrast)) << '\t'
            << (cue > 0 ? "valid" : "neutral") << '\t' << (yes ? "yes" : "no") << '\t'
            << 3 + 2 * z + 0.7 * stream.normal() << '\t'
            << 50 + 4 * response(truth.spc * cue) + 3 * stream.normal() << "\ts1\n";
    }
    folder.write("trials.tsv", table.str());
    folder.write("dataset.yaml", R"(insula: dataset/1
name: measures
subjects:
  file: trials.tsv
  by: subject
  trials:
    response: answer
    responses: {no: no, yes: yes}
    columns: [contrast, theta, dilation]
    factors: {cue: {column: cue, levels: [neutral, valid]}}
)");
    folder.write("gated.yaml", kGated);
    folder.write("added.yaml", kAdded);
  }

  Experiment load(const std::string& lines) const {
    folder.write("experiment.yaml",
                 "insula: experiment/1\nname: static\ndataset: dataset.yaml\n" + lines);
    return experiment::load(folder.path("experiment.yaml"), test::portable_kinds());
  }
  Experiment load_one(const std::string& text) const {
    folder.write("one.yaml", text);
    return load("hypotheses: [one.yaml]\nvalidation: none\nbaselines: []\n");
  }

  static constexpr int missing_contrast = 4;
  dataset::Folder folder;
};

VectorXd at_truth(const Experiment& e) {
  const architecture::Architecture& a = e.hypotheses[0].architecture;
  const std::map<std::string, double> known{{"contrast -> V1.strength", 1.2},
                                            {"cue -> SPC.strength", 1},
                                            {"V1 -> V5.strength", 0.2},
                                            {"V1 -> V5.gating.SPC", 1.5},
                                            {"theta.mean.V5", 0.8},
                                            {"pupil.mean.SPC", 0.6},
                                            {"decision.evidence.V5", 2}};
  std::vector<double> theta;
  for (const std::size_t p : a.free_parameters()) {
    const auto found = known.find(a.parameters[p].name);
    theta.push_back(found == known.end() ? a.parameters[p].prior_mean : found->second);
  }
  return Eigen::Map<const VectorXd>(theta.data(), std::ssize(theta));
}

TEST(StaticRegions, StandWhereTheClosedFormSaysInEveryTrial) {
  const Study study;
  const Experiment e = study.load_one(kGated);
  const auto fit = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
  const inference::Evaluation at = fit->problem.evaluate(at_truth(e), false);
  ASSERT_TRUE(at.outcome.finished());
  const dataset::Trials& trials = e.dataset.subjects[0].runs[0].trials[0];
  const std::vector<double>& contrast = trials.column("contrast")->value;
  const Truth truth;
  const VectorXd theta = at.predictors[0].value.col(0), evidence = at.predictors[2].value.col(0);
  for (Index t = 0; t < theta.size(); ++t) {
    if (t == Study::missing_contrast) continue;
    const auto i = static_cast<std::size_t>(t);
    const double z = truth.activity_of_v5(contrast[i], trials.factor("cue")->value[i]);
    EXPECT_CLOSE(theta[t], 0.8 * z, Tolerance::rounding(100));
    EXPECT_CLOSE(evidence[t], 2 * z, Tolerance::rounding(100));
  }
}

TEST(StaticRegions, PassTheirSlopesOnToThePredictors) {
  const Study study(40);
  const std::string text = std::string(kGated).replace(
      std::string(kGated).find("evidence: [V5]"), 14, "evidence: [V5 * contrast, V5 * SPC, SPC]");
  const Experiment e = study.load_one(text);
  const auto fit = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
  VectorXd theta = at_truth(e);
  for (Index p = 0; p < theta.size(); ++p) theta[p] += 0.05 * static_cast<double>(p % 3 + 1);
  const inference::Evaluation at = fit->problem.evaluate(theta, true);
  ASSERT_TRUE(at.outcome.finished());
  const double h = 1e-3;
  int moving = 0;
  for (std::size_t o = 0; o < 3; ++o)
    for (Index q = 0; q < at.predictors[o].value.cols(); ++q) {
      const inference::Slope& slope = at.predictors[o].slope[static_cast<std::size_t>(q)];
      MatrixXd dense = MatrixXd::Zero(slope.value.rows(), theta.size());
      for (std::size_t p = 0; p < slope.parameter.size(); ++p)
        dense.col(slope.parameter[p]) += slope.value.col(static_cast<Index>(p));
      for (Index p = 0; p < theta.size(); ++p) {
        const auto value = [&](double steps) {
          VectorXd moved = theta;
          moved[p] += steps * h;
          return VectorXd(fit->problem.evaluate(moved, false).predictors[o].value.col(q));
        };
        const VectorXd difference =
            (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * h);
        moving += dense.col(p).cwiseAbs().maxCoeff() > 1e-3 ? 1 : 0;
        EXPECT_CLOSE(dense.col(p),
                     difference,
                     Tolerance::because(1e-9, "h⁴/30 of fifth derivatives, and 1e-13 / h"))
            << fit->problem.parameter[static_cast<std::size_t>(p)];
      }
    }
  EXPECT_GE(moving, 12);
}

// A measure that does not depend on the missing column keeps the trial.
TEST(StaticRegions, OfATrialThatLacksAnInputExplainNothing) {
  const Study study;
  const Experiment e = study.load_one(kGated);
  const auto fit = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
  for (std::size_t o = 0; o < 3; ++o) {
    EXPECT_FALSE(fit->problem.scored[o].use[Study::missing_contrast]);
    EXPECT_TRUE(fit->problem.scored[o].use[Study::missing_contrast + 1]);
  }
  const inference::Evaluation at = fit->problem.evaluate(at_truth(e), true);
  for (const inference::Predictors& p : at.predictors) {
    EXPECT_TRUE(p.value.allFinite());
    for (const inference::Slope& slope : p.slope) EXPECT_TRUE(slope.value.allFinite());
  }
}

constexpr const char* kBoth =
    "hypotheses: [gated.yaml, added.yaml]\nvalidation: {split: blocks, folds: 3}\ncomparison: "
    "{bootstrap: 100}\ninference: {pareto_draws: 0}\n";

TEST(StaticRegions, TellTheGateThatMadeTheTrialsFromASum) {
  const Study study(300);
  const Experiment e = study.load(kBoth);
  EXPECT_EQ(e.baselines, (std::vector<std::string>{kLinearDcm, kConstant, kLogistic, kTrialGlm}));
  const report::Results results = run(e, test::portable_kinds());
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits)
      EXPECT_EQ(f.status, "converged") << m.name << ": " << f.reason;
  std::map<std::string, double> evidence, density;
  for (const auto& row : results.comparison) evidence[row.model] = row.log_evidence;
  for (const auto& row : results.observations)
    if (row.observation == "theta") density[row.model] = row.value;
  EXPECT_GT(evidence.at("gated"), evidence.at("added") + 10);
  EXPECT_GT(evidence.at("gated"), evidence.at(kLinearDcm) + 10);
  for (const char* other : {"added", kLinearDcm, kTrialGlm, kConstant})
    EXPECT_GT(density.at("gated"), density.at(other) + 0.02) << other;
}

// The data do not tell a network from its mirror images, in which signals change their sign; the
// second start is on the side of the truth.
TEST(StaticRegions, LetTheGateBeRecoveredFromTheAnswersAndMeasuresOfTrials) {
  int covered = 0, count = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Study study(200, seed);
    const Experiment e = study.load(
        "hypotheses: [gated.yaml]\nvalidation: none\nbaselines: []\ninference: {pareto_draws: "
        "0}\n");
    const auto fit = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
    inference::Options options;
    options.start = fit->other_start;
    const inference::Fit posterior = inference::variational_laplace(fit->problem, options);
    ASSERT_TRUE(posterior.converged()) << posterior.reason;
    const VectorXd truth = at_truth(e);
    for (Index p = 0; p < truth.size(); ++p) {
      const std::string& name = fit->problem.parameter[static_cast<std::size_t>(p)];
      if (name != "V1 -> V5.gating.SPC" && name != "contrast -> V1.strength" &&
          name != "V1 -> V5.strength" && name != "cue -> SPC.strength" &&
          name != "decision.evidence.V5")
        continue;
      const double sd = std::sqrt(posterior.covariance(p, p));
      covered += std::abs(posterior.mean[p] - truth[p]) < 1.96 * sd ? 1 : 0;
      count += 1;
    }
  }
  EXPECT_EQ(count, 100);
  // Of 100 intervals, not all independent: 95 ± 2·2.2, and a prior that does not hold the truth.
  EXPECT_GE(covered, 88);
}

constexpr const char* kRecipe = R"(insula: simulation/1
name: counted
architecture: gated.yaml
seed: 5
subjects: 2
trials: {count: 400, columns: {contrast: {uniform: [-1, 1]}, cue: {levels: [0, 1]}}, missing: 0.1}
parameters:
  contrast -> V1.strength: 1.2
  cue -> SPC.strength: 1
  V1 -> V5.strength: 0.2 1/s
  V1 -> V5.gating.SPC: 1.5 1/s
  theta.mean.V5: 2
  pupil.mean.SPC: 1
  decision.evidence.V5: 2
)";

TEST(StaticRegions, HaveTwinsThatAreAnsweredFromTheirEquilibria) {
  const Study study;
  study.folder.write("recipe.yaml", kRecipe);
  const Recipe recipe = read_recipe(study.folder.path("recipe.yaml"), test::portable_kinds());
  const Twin twin = simulate(recipe);
  ASSERT_TRUE(twin.outcome.finished());
  const dataset::Trials& trials = twin.dataset.subjects[1].runs[0].trials[0];
  ASSERT_EQ(trials.size(), 400U);
  EXPECT_TRUE(trials.onset.empty());
  EXPECT_EQ(twin.dataset.subjects[0].runs[0].duration, 0);
  const Truth truth;
  double n = 0, sum = 0, squares = 0, ups = 0, expected = 0, variance = 0, answered = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const double z =
        truth.activity_of_v5(trials.column("contrast")->value[i], trials.column("cue")->value[i]);
    const double error = trials.column("theta")->value[i] - 2 * z;
    if (std::isfinite(error)) n += 1, sum += error, squares += error * error;
    if (trials.response[i] == dataset::kMissing) continue;
    const double p = 1 / (1 + std::exp(-2 * z));
    answered += 1, ups += trials.response[i], expected += p, variance += p * (1 - p);
  }
  const double sd = std::sqrt(squares / n);
  EXPECT_CLOSE(sum / n, 0.0, Tolerance::because(4 * sd / std::sqrt(n), "four standard errors"));
  EXPECT_CLOSE(sd, 1.0, Tolerance::because(4 / std::sqrt(2 * n), "the prior median is 1"));
  EXPECT_CLOSE(
      ups, expected, Tolerance::because(4 * std::sqrt(variance), "four standard deviations"));
  EXPECT_CLOSE(answered, 360.0, Tolerance::because(24, "four standard deviations of 40 lost"));
}

TEST(StaticRegions, OfATwinAreTheSameInFilesAndInMemory) {
  const Study study;
  study.folder.write("recipe.yaml", kRecipe);
  const Recipe recipe = read_recipe(study.folder.path("recipe.yaml"), test::portable_kinds());
  write(recipe, simulate(recipe), study.folder.path("made"));
  const dataset::Dataset made = dataset::load(study.folder.path("made/dataset.yaml"));
  const dataset::Dataset twin =
      experiment::twin(study.folder.path("recipe.yaml"), test::portable_kinds());
  ASSERT_EQ(made.subjects.size(), 2U);
  for (std::size_t s = 0; s < 2; ++s) {
    const dataset::Trials &a = made.subjects[s].runs[0].trials[0],
                          &b = twin.subjects[s].runs[0].trials[0];
    EXPECT_EQ(a.response, b.response);
    for (std::size_t i = 0; i < b.size(); ++i) {
      const double x = a.column("theta")->value[i], y = b.column("theta")->value[i];
      EXPECT_TRUE(x == y || (std::isnan(x) && std::isnan(y)));
    }
  }
}

std::string fitted_without_first_fold(const report::Results& results) {
  std::ostringstream text;
  text.precision(17);
  for (const report::PredictionBlock& b : results.predictions)
    for (Index s = 0; s < b.fold.size(); ++s)
      if (b.fold[s] == 0) text << b.held_out.row(s) << ' ' << b.held_out_sd.row(s) << '\n';
  return text.str();
}

TEST(StaticRegions, OfHeldOutTrialsLeaveNoTraceInTheFit) {
  const Study study(90);
  Experiment e = study.load(kBoth);
  const std::string before = fitted_without_first_fold(run(e, test::portable_kinds()));
  ASSERT_GT(before.size(), 1000U);
  // The measures and answers of the first block change; its inputs are given, as columns are.
  dataset::Trials& trials = e.dataset.subjects[0].runs[0].trials[0];
  for (std::size_t i = 0; i < 30; ++i) {
    trials.response[i] = 1 - trials.response[i];
    for (dataset::TrialColumn& column : trials.columns)
      if (column.name != "contrast") column.value[i] += 100;
  }
  EXPECT_EQ(fitted_without_first_fold(run(e, test::portable_kinds())), before);
  trials.response[60] = 1 - trials.response[60];
  EXPECT_NE(fitted_without_first_fold(run(e, test::portable_kinds())), before);
}

// Static regions are fitted from two starts; whichever of them a stop meets, what is kept is whole.
TEST(StaticRegions, AreFittedAsIfUndisturbedAfterAStopAnywhere) {
  const Study study(60);
  const Experiment e = study.load(
      "hypotheses: [gated.yaml]\nvalidation: none\nbaselines: []\ninference: {pareto_draws: 0}\n");
  const auto evidence = [&](const RunOptions& options) {
    return run(e, test::portable_kinds(), options);
  };
  const double whole = evidence({}).models[0].fits.at(0).free_energy;
  int stopped = 0, allowed = 0;
  for (bool is_left_alone = false; !is_left_alone && allowed < 1000; ++allowed) {
    const dataset::Folder kept;
    schedule::Store store(kept.path(""));
    RunOptions options;
    options.store = &store;
    std::atomic<int> asked = 0;
    options.stop = [&] { return ++asked > allowed; };
    is_left_alone = evidence(options).not_computed.empty();
    stopped += is_left_alone ? 0 : 1;
    options.stop = nullptr;
    EXPECT_EQ(evidence(options).models[0].fits.at(0).free_energy, whole) << allowed;
  }
  EXPECT_GT(stopped, 5);
  EXPECT_LT(allowed, 1000);
}

TEST(StaticRegions, GiveTheSameBytesAtAnyNumberOfThreads) {
  const Study study(90);
  const Experiment e = study.load(kBoth);
  std::vector<std::string> texts;
  for (const int threads : {1, 2, 4}) {
    set_threads(threads);
    std::ostringstream text;
    text.precision(17);
    for (const auto& p : run(e, test::portable_kinds()).parameters)
      text << p.posterior_mean << ' ' << p.posterior_sd << '\n';
    texts.push_back(text.str());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

}  // namespace
}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
// Trials from the table to the verdict: what is fitted, what is held out, who wins.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/run.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_trials.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using test::Decider;

constexpr const char* kNoLapse = "parameters:\n  decision.lapse: {fixed: 0.0001}\n";

// Two accounts of two subjects: one knows the signal, the other takes noise for it.
Experiment two_accounts(const dataset::Folder& folder, const std::string& lines = "") {
  test::write_decisions(folder, {{}, {.drift = -0.2, .threshold = 2}}, 120, 3);
  test::write_hypothesis(folder, "signal", "kind: ddm, drift: [signal]");
  test::write_hypothesis(folder, "noise", "kind: ddm, drift: [noise]");
  return test::load_decisions(folder,
                              "hypotheses: [signal.yaml, noise.yaml]\nvalidation: {split: blocks, "
                              "folds: 4}\ncomparison: {bootstrap: 100}\n" +
                                  lines);
}

std::map<std::string, report::ComparisonRow> rows_of(const report::Results& results) {
  std::map<std::string, report::ComparisonRow> rows;
  for (const auto& row : results.comparison) rows[row.model] = row;
  return rows;
}

TEST(Trials, TheAccountThatMadeThemWinsByEvidenceAndHeldOutDensity) {
  const dataset::Folder folder;
  const Experiment e = two_accounts(folder);
  const auto rows = rows_of(run(e, test::portable_kinds()));
  EXPECT_EQ(rows.at("signal").delta, 0);
  EXPECT_LT(rows.at("noise").delta, -20);
  EXPECT_GT(rows.at("signal").log_density, rows.at("noise").log_density + 0.1);
  EXPECT_GT(rows.at("signal").log_density, rows.at("constant").log_density + 0.1);
  EXPECT_GT(rows.at("signal").r, 0.2);
}

TEST(Trials, BaselinesOfTrialsAreTheDefaultAndThoseOfOtherDataHaveNoEvidence) {
  const dataset::Folder folder;
  const Experiment e = two_accounts(folder);
  EXPECT_EQ(e.baselines, (std::vector<std::string>{kConstant, kLogistic, kDdmRegression}));
  const report::Results results = run(e, test::portable_kinds());
  const auto rows = rows_of(results);
  // Choices alone are other data than choices with their times.
  EXPECT_TRUE(std::isnan(rows.at("logistic").log_evidence));
  EXPECT_TRUE(std::isnan(rows.at("logistic").log_density));
  EXPECT_TRUE(std::isfinite(rows.at("ddm_regression").log_evidence));
  EXPECT_GT(rows.at("logistic").r, 0.3);
  // The regression has the terms of both accounts.
  std::vector<std::string> names;
  for (const auto& p : results.parameters)
    if (p.model == "ddm_regression" && p.subject == "s1") names.push_back(p.parameter);
  EXPECT_EQ(names,
            (std::vector<std::string>{"decision.drift",
                                      "decision.drift.signal",
                                      "decision.drift.noise",
                                      "decision.threshold",
                                      "decision.nondecision"}));
}

// All that was fitted without a block, the first is 1.
std::string fitted_without_block(const report::Results& results, int block) {
  std::ostringstream text;
  text.precision(17);
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits)
      if (f.fold == std::to_string(block))
        text << m.name << f.status << f.free_energy << ' ' << f.accuracy << ' ' << f.gradient_norm
             << '\n';
  for (const report::PredictionBlock& b : results.predictions)
    for (Eigen::Index i = 0; i < b.fold.size(); ++i)
      if (b.fold[i] == block - 1) text << b.model << ' ' << b.held_out.row(i) << '\n';
  return text.str();
}

class TrialLeakage : public testing::TestWithParam<const char*> {};

TEST_P(TrialLeakage, HeldOutAnswersChangeNoFittedNumberByABit) {
  const dataset::Folder folder;
  const Experiment clean =
      two_accounts(folder, std::string("inference: {subjects: ") + GetParam() + "}\n");
  Experiment spoilt = clean;
  for (dataset::Subject& subject : spoilt.dataset.subjects) {
    dataset::Trials& trials = subject.runs[0].trials[0];
    for (std::size_t i = 0; i < trials.size() / 4; ++i) {
      trials.response[i] = 1 - trials.response[i];
      trials.response_time[i] += 2;
    }
  }
  const report::Results a = run(clean, test::portable_kinds()),
                        b = run(spoilt, test::portable_kinds());
  EXPECT_EQ(fitted_without_block(a, 1), fitted_without_block(b, 1));
  EXPECT_NE(fitted_without_block(a, 2), fitted_without_block(b, 2));  // so that the test can tell
  EXPECT_NE(rows_of(a).at("signal").log_density, rows_of(b).at("signal").log_density);
}

TEST_P(TrialLeakage, SameBytesAtAnyNumberOfThreads) {
  const dataset::Folder folder;
  const Experiment e =
      two_accounts(folder, std::string("inference: {subjects: ") + GetParam() + "}\n");
  std::vector<std::string> texts;
  for (const int threads : {1, 2, 5}) {
    set_threads(threads);
    const report::Results r = run(e, test::portable_kinds());
    std::ostringstream text;
    text.precision(17);
    for (const auto& p : r.parameters) text << p.posterior_mean << ' ' << p.posterior_sd << '\n';
    for (const auto& s : r.scores) text << s.value << ' ' << s.low << ' ' << s.high << '\n';
    texts.push_back(text.str());
  }
  set_threads(0);
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_EQ(texts[0], texts[2]);
}

INSTANTIATE_TEST_SUITE_P(Subjects,
                         TrialLeakage,
                         testing::Values("separate", "pooled", "hierarchical"));

// ζ of every interval: posteriors of 40 deciders drawn about one truth.
TEST(Trials, SeparateFitsRecoverTheirDeciders) {
  std::vector<Decider> deciders;
  Stream stream(7, "deciders");
  for (int s = 0; s < 40; ++s)
    deciders.push_back({0.5 * stream.normal(),
                        1 + 0.5 * stream.normal(),
                        1.5 * std::exp(0.3 * stream.normal()),
                        1 / (1 + std::exp(-0.4 * stream.normal())),
                        0.3 * std::exp(0.3 * stream.normal())});
  const dataset::Folder folder;
  test::write_decisions(folder, deciders, 150, 11);
  test::write_hypothesis(
      folder, "signal", "kind: ddm, drift: [signal], bias: [], lapse: []", kNoLapse);
  const Experiment e =
      test::load_decisions(folder, "hypotheses: [signal.yaml]\nbaselines: []\nvalidation: none\n");
  const report::Results results = run(e, test::portable_kinds());
  int covered = 0, all = 0;
  for (const report::ParameterRow& p : results.parameters) {
    const Decider& d = deciders[static_cast<std::size_t>(std::stoi(p.subject.substr(1)) - 1)];
    const double truth = p.parameter == "decision.drift"          ? d.drift
                         : p.parameter == "decision.drift.signal" ? d.stimulus
                         : p.parameter == "decision.threshold"    ? d.threshold
                         : p.parameter == "decision.bias"         ? d.bias
                                                                  : d.nondecision;
    all += 1;
    covered += p.low <= truth && truth <= p.high ? 1 : 0;
  }
  ASSERT_EQ(all, 200);
  // 95 % of 200 with the binomial's 99.9 % interval: 0.95 ± 0.05.
  EXPECT_GE(covered, 180);
  EXPECT_LT(covered, 200);
}

TEST(Trials, TheGroupIsRecoveredAndSubjectsShrinkToIt) {
  std::vector<Decider> deciders;
  Stream stream(5, "group");
  for (int s = 0; s < 24; ++s)
    deciders.push_back({.drift = 0.2 + 0.3 * stream.normal(), .stimulus = 1});
  const dataset::Folder folder;
  test::write_decisions(folder, deciders, 60, 13);
  test::write_hypothesis(folder, "signal", "kind: ddm, drift: [signal], lapse: []", kNoLapse);
  const std::string lines =
      "hypotheses: [signal.yaml]\nbaselines: []\nvalidation: none\ninference: {subjects: ";
  const auto fitted = [&](const std::string& sharing) {
    return run(test::load_decisions(folder, lines + sharing + "}\n"), test::portable_kinds());
  };
  const auto spread = [](const report::Results& results) {
    double n = 0, sum = 0, squares = 0;
    for (const auto& p : results.parameters)
      if (p.parameter == "decision.drift.signal" && p.subject.starts_with("s")) {
        n += 1, sum += p.posterior_mean, squares += p.posterior_mean * p.posterior_mean;
      }
    return std::sqrt(squares / n - sum * sum / n / n);
  };
  const report::Results group = fitted("hierarchical"), alone = fitted("separate");
  for (const auto& p : group.parameters) {
    if (p.subject != "group") continue;
    const double truth = p.parameter == "decision.drift"          ? 0.2
                         : p.parameter == "decision.drift.signal" ? 1
                         : p.parameter == "decision.threshold"    ? 1.6
                                                                  : 0.3;
    const double natural_sd = (p.high - p.low) / 3.92;
    EXPECT_CLOSE(p.estimate, truth, Tolerance::because(4 * natural_sd, "four posterior sds"));
  }
  // All have the same stimulus weight: what they differ by is noise, and the group knows.
  EXPECT_LT(spread(group), 0.5 * spread(alone));
}

TEST(Trials, PooledSubjectsAreOneWithAllTheirTrials) {
  const dataset::Folder folder;
  test::write_decisions(folder, {{}, {}, {}}, 50, 17);
  test::write_hypothesis(folder, "signal", "kind: ddm, drift: [signal]");
  const std::string lines = "hypotheses: [signal.yaml]\nbaselines: []\nvalidation: none\n";
  Experiment e = test::load_decisions(folder, lines + "inference: {subjects: pooled}\n");
  const report::Results pooled = run(e, test::portable_kinds());
  // The same trials as three runs of one subject.
  for (std::size_t s = 1; s < 3; ++s)
    e.dataset.subjects[0].runs.push_back(e.dataset.subjects[s].runs[0]);
  e.dataset.subjects.resize(1);
  e.subjects = Subjects::separate;
  const report::Results one = run(e, test::portable_kinds());
  ASSERT_EQ(pooled.parameters.size(), one.parameters.size());
  for (std::size_t i = 0; i < one.parameters.size(); ++i) {
    EXPECT_EQ(pooled.parameters[i].subject, "all");
    EXPECT_CLOSE(pooled.parameters[i].posterior_mean,
                 one.parameters[i].posterior_mean,
                 Tolerance::because(1e-6, "sums in another order"));
  }
  EXPECT_CLOSE(rows_of(pooled).at("signal").log_evidence,
               rows_of(one).at("signal").log_evidence,
               Tolerance::because(1e-6, "sums in another order"));
}

TEST(Trials, WithoutATimeAxisFoldsAreBlocksOfTrials) {
  const dataset::Folder folder;
  const Experiment e = two_accounts(folder);
  EXPECT_FALSE(has_time(e));
  EXPECT_EQ(e.gap, 0);
  const auto folds = folds_of(e, e.dataset.subjects[0]);
  ASSERT_EQ(folds.size(), 4u);
  EXPECT_EQ(folds[1].test[0].begin, 30);
  EXPECT_EQ(folds[1].test[0].end, 60);
}

TEST(Trials, AMissingAnswerOrTermIsLeftOutAndOthersStay) {
  const dataset::Folder folder;
  Experiment e = two_accounts(folder);
  dataset::Trials& trials = e.dataset.subjects[0].runs[0].trials[0];
  trials.response[3] = dataset::kMissing;
  trials.response_time[4] = std::nan("");
  trials.columns[0].value[5] = std::nan("");
  const auto fit = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
  const std::vector<char>& use = fit->problem.scored[0].use;
  EXPECT_EQ(std::count(use.begin(), use.end(), 1), 117);
  for (const std::size_t i : {3, 4, 5}) EXPECT_FALSE(use[i]);
  EXPECT_TRUE(inference::variational_laplace(fit->problem).converged());
}

// Evidence about fewer trials would be higher for no other reason.
TEST(Trials, AreTheSameForAllHypothesesThoughSomeNeedWhatIsMissing) {
  const dataset::Folder folder;
  Experiment e = two_accounts(folder);
  for (const std::size_t trial : {3UL, 17UL, 60UL})
    e.dataset.subjects[0].runs[0].trials[0].columns[1].value[trial] = std::nan("");
  ASSERT_EQ(e.dataset.subjects[0].runs[0].trials[0].columns[1].name, "noise");
  const report::Results all = run(e, test::portable_kinds());
  // As if these trials had been excluded.
  dataset::Trials& trials = e.dataset.subjects[0].runs[0].trials[0];
  for (const std::size_t trial : {3UL, 17UL, 60UL}) trials.response[trial] = dataset::kMissing;
  const report::Results without = run(e, test::portable_kinds());
  const auto rows = rows_of(all), same = rows_of(without);
  for (const char* model : {"signal", "noise", "constant", "ddm_regression"}) {
    EXPECT_EQ(rows.at(model).log_evidence, same.at(model).log_evidence) << model;
    EXPECT_EQ(rows.at(model).log_density, same.at(model).log_density) << model;
  }
  bool is_told = false;
  for (const Mistake& m : doubts(e))
    is_told = is_told || m.message.find("left out of all") != std::string::npos;
  EXPECT_FALSE(is_told);  // all lack the answers
  for (const std::size_t trial : {3UL, 17UL, 60UL}) trials.response[trial] = 1;
  for (const Mistake& m : doubts(e))
    is_told = is_told || m.message.find("in 3 of 240 trials of 'decision'") != std::string::npos;
  EXPECT_TRUE(is_told);
}

TEST(Trials, LevelsOfFactorsAndProductsAreTerms) {
  const dataset::Folder folder;
  test::write_decisions(folder, {{}}, 12, 19);
  test::write_hypothesis(folder, "levels", "kind: ddm, drift: [difficulty.hard * signal, noise]");
  const Experiment e =
      test::load_decisions(folder, "hypotheses: [levels.yaml]\nvalidation: none\n");
  const auto& observation = e.hypotheses[0].architecture.trials[0];
  const TrialRows rows =
      trial_rows(e.dataset.subjects[0], e.hypotheses[0].architecture, observation);
  const dataset::Trials& trials = e.dataset.subjects[0].runs[0].trials[0];
  const auto& levels = trials.factor("difficulty")->value;
  for (std::size_t i = 0; i < 12; ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    EXPECT_EQ(rows.terms[0](at, 0), levels[i] == 1 ? trials.column("signal")->value[i] : 0);
    EXPECT_EQ(rows.terms[0](at, 1), trials.column("noise")->value[i]);
  }
}

// Scores through links: gradient and exact information in η, against central differences.
class TrialKinds : public testing::TestWithParam<const char*> {};

TEST_P(TrialKinds, DerivativesInThetaEqualCentralDifferences) {
  const dataset::Folder folder;
  test::write_decisions(folder, {{}}, 40, 23);
  test::write_hypothesis(folder, "any", GetParam());
  const Experiment e = test::load_decisions(folder, "hypotheses: [any.yaml]\nvalidation: none\n");
  const auto fit = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
  const inference::Problem& problem = fit->problem;
  const inference::Scored& scored = problem.scored[0];
  const auto n = scored.count;
  const Eigen::Index q = scored.predictors;
  const auto scores_at = [&](const Eigen::VectorXd& theta) {
    inference::Scores s{Eigen::VectorXd::Zero(n),
                        Eigen::MatrixXd::Zero(n, q),
                        Eigen::MatrixXd::Zero(n, q * (q + 1) / 2)};
    const auto evaluation = problem.evaluate(theta, true);
    scored.score(evaluation.predictors[0].value, s, true);
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(theta.size());
    for (Eigen::Index k = 0; k < q; ++k) {
      const inference::Slope& slope = evaluation.predictors[0].slope[static_cast<std::size_t>(k)];
      for (std::size_t p = 0; p < slope.parameter.size(); ++p)
        gradient[slope.parameter[p]] +=
            s.gradient.col(k).dot(slope.value.col(static_cast<Eigen::Index>(p)));
    }
    return std::pair(s.value.sum(), gradient);
  };
  Eigen::VectorXd theta = problem.prior_mean;
  Stream stream(29, "theta");
  for (double& t : theta) t += 0.1 * stream.normal();
  const auto [value, gradient] = scores_at(theta);
  ASSERT_TRUE(std::isfinite(value));
  for (Eigen::Index p = 0; p < theta.size(); ++p) {
    const double h = 1e-5;
    Eigen::VectorXd up = theta, down = theta;
    up[p] += h;
    down[p] -= h;
    const double slope = (scores_at(up).first - scores_at(down).first) / (2 * h);
    EXPECT_CLOSE(gradient[p],
                 slope,
                 Tolerance::because(1e-6 * std::max(1.0, std::abs(slope)), "central differences"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    TrialKinds,
    testing::Values("kind: ddm, drift: [signal], threshold: [noise], bias: [noise], variability: "
                    "[], nondecision: [noise], lapse: []",
                    "kind: choice, evidence: [signal, noise * signal], lapse: []",
                    "kind: response_time, decision_time: [signal], spread: [noise], shift: []",
                    "kind: response_time_wald, drift: [signal], threshold: [noise]",
                    "kind: continuous, value: noise, mean: [signal], spread: [signal]"));

// Nothing but the shared table of parameters ties recordings and trials that depend on no region:
// the evidence of both is the sum of each.
TEST(Trials, EvidenceOfRecordingsAndTrialsAdds) {
  const dataset::Folder folder;
  test::write_decisions(folder, {{}}, 100, 31);
  test::write_hypothesis(folder, "signal", "kind: ddm, drift: [signal]");
  const Experiment decisions =
      test::load_decisions(folder, "hypotheses: [signal.yaml]\nvalidation: none\n");
  const Experiment series = test::small_experiment(test::portable_kinds());
  dataset::Subject both = series.dataset.subjects[0];
  both.runs[0].trials = decisions.dataset.subjects[0].runs[0].trials;
  dataset::Trials& trials = both.runs[0].trials[0];
  for (std::size_t i = 0; i < trials.size(); ++i)
    trials.onset.push_back(4.0 * static_cast<double>(i));
  folder.write("joint.yaml", R"(insula: architecture/1
name: joint
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: linear}}
inputs: {stimulus: {drives: [A]}, context: {}}
observations:
  bold: {kind: bold, regions: [A, B]}
  decision: {kind: ddm, drift: [signal]}
)");
  const auto joint = architecture::load(folder.path("joint.yaml"), test::portable_kinds());
  const auto evidence = [&](const architecture::Architecture& a) {
    const auto fit = assemble(a, both, {}, {});
    inference::Options options;
    options.tolerance = 1e-9;
    return inference::variational_laplace(fit->problem, options).free_energy.total();
  };
  EXPECT_CLOSE(
      evidence(joint),
      evidence(series.hypotheses[0].architecture) + evidence(decisions.hypotheses[0].architecture),
      Tolerance::because(1e-5, "a promise of 1e-9 nats leaves θ 4e-5 sds off"));
}

}  // namespace
}  // namespace insula::experiment

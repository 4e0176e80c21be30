// SPDX-License-Identifier: Apache-2.0
// Recordings and trials that depend on the same regions: predictors, what is held out, baselines.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/folds.h"
#include "framework/experiment/detail/trial_baselines.h"
#include "framework/experiment/run.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_joint.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using test::JointStudy;

// η of the first trials, and its slopes if they are asked for, at θ.
inference::Predictors predictors_at(const FitProblem& fit,
                                    const VectorXd& theta,
                                    bool with_slopes = true) {
  const inference::Evaluation e = fit.problem.evaluate(theta, with_slopes);
  EXPECT_TRUE(e.outcome.finished());
  return e.predictors.at(0);
}

MatrixXd dense(const inference::Slope& slope, Index parameters) {
  MatrixXd all = MatrixXd::Zero(slope.value.rows(), parameters);
  for (std::size_t p = 0; p < slope.parameter.size(); ++p)
    all.col(slope.parameter[p]) = slope.value.col(static_cast<Index>(p));
  return all;
}

// Central differences of the fourth order: rows are trials, columns parameters.
MatrixXd differences(const FitProblem& fit, const VectorXd& theta, Index predictor, double h) {
  MatrixXd all;
  for (Index p = 0; p < theta.size(); ++p) {
    const auto value = [&](double steps) {
      VectorXd moved = theta;
      moved[p] += steps * h;
      return VectorXd(predictors_at(fit, moved, false).value.col(predictor));
    };
    const VectorXd column = (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * h);
    if (p == 0) all.resize(column.size(), theta.size());
    all.col(p) = column;
  }
  return all;
}

class Slopes : public testing::TestWithParam<const char*> {};

// The integrator chooses its steps anew at every θ, so values jump by its error, here up to 1e-6,
// of which a difference keeps 1e-6/h; its truncation is h⁴/30 of fifth derivatives, which are as
// large as activities. A step of 0.05 leaves 1e-5 of the largest slope. A peak needs a smaller one,
// for it jumps, by what a parabola errs, where another sample becomes the largest.
TEST_P(Slopes, OfPredictorsEqualDifferencesInEveryParameter) {
  const JointStudy study;
  const Experiment e = study.load_one(GetParam());
  const auto fit = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
  const VectorXd theta = test::moving_theta(e.hypotheses[0].architecture);
  const inference::Predictors at = predictors_at(*fit, theta);
  ASSERT_EQ(at.value.rows(), 40);
  ASSERT_TRUE(at.value.allFinite());
  const bool is_peak = std::string(GetParam()).find("peak") != std::string::npos;
  const double step = is_peak ? 0.01 : 0.05;
  int moving = 0;
  for (Index q = 0; q < at.value.cols(); ++q) {
    const MatrixXd slope = dense(at.slope[static_cast<std::size_t>(q)], theta.size());
    const MatrixXd difference = differences(*fit, theta, q, step);
    const double largest = difference.cwiseAbs().maxCoeff();
    for (Index p = 0; p < theta.size(); ++p) {
      moving += slope.col(p).cwiseAbs().maxCoeff() > 1e-3 ? 1 : 0;
      EXPECT_CLOSE(slope.col(p),
                   difference.col(p),
                   Tolerance::because(1e-5 * largest, "steps of the integrator change with θ"))
          << fit->problem.parameter[static_cast<std::size_t>(p)] << " of predictor " << q;
    }
  }
  EXPECT_GE(moving, 8);
}

INSTANTIATE_TEST_SUITE_P(
    Windows,
    Slopes,
    testing::Values(
        "kind: ddm, drift: [V5 * coherence, SPC, dots * noise], threshold: [V5 * SPC], bias: [V5 * "
        "V5], nondecision: [noise], window: {from: -1 s, to: 2 s}",
        "kind: ddm, drift: [SPC * noise, V5], window: {from: 0 s, to: 3 s, take: integral}",
        "kind: ddm, drift: [V5, SPC * dots], window: {from: 0 s, to: 4 s, take: peak}",
        "kind: ddm, drift: [V5, SPC], threshold: [V5], window: {at: 1300 ms}",
        "kind: choice, evidence: [V5, SPC * noise], lapse: [V5], window: {locked_to: response, "
        "from: -1 s, to: 500 ms}"));

// A trial whose window leaves the run, or that has no response, is out of use, and it moves
// nothing.
TEST(Predictors, OfATrialWithoutAWindowAreOutOfUse) {
  const JointStudy study;
  Experiment e =
      study.load_one("kind: choice, evidence: [V5, SPC], window: {locked_to: response, to: 2 s}");
  dataset::Subject subject = e.dataset.subjects[0];
  dataset::Trials& trials = subject.runs[0].trials[0];
  trials.response_time[4] = std::nan("");
  trials.onset.back() = 238.9;  // the window would end after the run
  trials.response_time.back() = 0.5;
  const auto fit = assemble(e.hypotheses[0].architecture, subject, {}, {});
  const auto whole = assemble(e.hypotheses[0].architecture, e.dataset.subjects[0], {}, {});
  EXPECT_FALSE(fit->problem.scored[0].use[4]);
  EXPECT_FALSE(fit->problem.scored[0].use.back());
  EXPECT_TRUE(fit->problem.scored[0].use[5]);
  const VectorXd theta = test::moving_theta(e.hypotheses[0].architecture);
  const inference::Predictors at = predictors_at(*fit, theta), all = predictors_at(*whole, theta);
  EXPECT_TRUE(at.value.allFinite());
  EXPECT_TRUE(at.slope[0].value.allFinite());
  // Others are what they were, but for the integrator's steps.
  for (const Index i : {3, 5, 6})
    EXPECT_CLOSE(at.value(i, 0),
                 all.value(i, 0),
                 Tolerance::because(1e-4 * std::abs(all.value(i, 0)), "other steps"));
}

// A subject's runs stand one below the other.
TEST(Predictors, OfSeveralRunsAreThoseOfEach) {
  const JointStudy study;
  const Experiment e = study.load_one("kind: ddm, drift: [V5 * noise], window: {to: 2 s}");
  dataset::Subject two = e.dataset.subjects[0];
  two.runs.push_back(two.runs[0]);
  two.runs[1].id = "other";
  for (double& onset : two.runs[1].trials[0].onset) onset -= 1.25;
  for (double& noise : two.runs[1].trials[0].columns[1].value) noise *= -0.5;
  dataset::Subject second = two;
  second.runs.erase(second.runs.begin());
  const auto& a = e.hypotheses[0].architecture;
  const VectorXd theta = test::moving_theta(a);
  const auto of = [&](const dataset::Subject& subject) {
    const inference::Predictors at = predictors_at(*assemble(a, subject, {}, {}), theta);
    MatrixXd all(at.value.rows(), theta.size() + 1);
    all << at.value.col(0), dense(at.slope[0], theta.size());
    return all;
  };
  const MatrixXd both = of(two);
  EXPECT_EQ(both.topRows(40), of(e.dataset.subjects[0]));
  EXPECT_EQ(both.bottomRows(40), of(second));
  EXPECT_NE(both.topRows(40), both.bottomRows(40));
}

// Only the regions tie the two: what the trials say of them narrows what recordings leave open.
TEST(JointModels, LearnOfRegionsFromTrials) {
  const JointStudy study;
  const Experiment e = study.load_one("kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  const auto& a = e.hypotheses[0].architecture;
  const auto fit = assemble(a, e.dataset.subjects[0], {}, {});
  const inference::Fit posterior = inference::variational_laplace(fit->problem);
  ASSERT_TRUE(posterior.converged());
  const auto weight = std::ranges::find(fit->problem.parameter, "decision.drift.V5");
  ASSERT_NE(weight, fit->problem.parameter.end());
  const Index w = weight - fit->problem.parameter.begin();
  // The weight trades against what moves the region: they are correlated in the posterior, which
  // they could not be if trials were scored apart.
  double largest = 0;
  for (Index p = 0; p < fit->system.dynamic_parameters(); ++p)
    largest = std::max(largest,
                       std::abs(posterior.covariance(w, p)) /
                           std::sqrt(posterior.covariance(w, w) * posterior.covariance(p, p)));
  EXPECT_GT(largest, 0.05);
}

// Two accounts on small data, with validation.
Experiment joint_accounts(const JointStudy& study, const std::string& sharing = "separate") {
  study.write("region", "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  study.write("column", "kind: ddm, drift: [noise]");
  return study.load(
      "hypotheses: [region.yaml, column.yaml]\nbaselines: [constant, ddm_regression]\n"
      "validation: {split: blocks, folds: 2, gap: 10 s}\ncomparison: {bootstrap: 100}\n"
      "inference: {pareto_draws: 100, subjects: " +
      sharing + "}\n");
}

// All that was fitted without the first block, and what it predicts there.
std::string first_fold_of(const report::Results& results, bool with_predictions = true) {
  std::ostringstream text;
  text.precision(17);
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits) {
      if (f.fold != results.folds[0]) continue;
      text << m.name << ' ' << f.status << ' ' << f.iterations << ' ' << f.free_energy << ' '
           << f.accuracy << ' ' << f.gradient_norm;
      for (const double x : f.free_energy_by_iteration) text << ' ' << x;
      for (const auto& [channel, sd] : f.noise) text << ' ' << channel << ' ' << sd;
      text << '\n';
    }
  for (const report::PredictionBlock& b : results.predictions)
    for (Index i = 0; with_predictions && i < b.fold.size(); ++i)
      if (b.fold[i] == 0)
        text << b.model << ' ' << b.recording << ' ' << b.held_out.row(i) << ' '
             << b.held_out_sd.row(i) << '\n';
  return text.str();
}

// Held-out answers are turned round and delayed; held-out samples get a marker.
Experiment spoilt(Experiment e, double delay) {
  const evaluation::Fold fold = folds_of(e, e.dataset.subjects[0])[0];
  dataset::Run& run = e.dataset.subjects[0].runs[0];
  for (dataset::Recording& r : run.recordings)
    for (Index c = 0; c < r.samples.cols(); ++c)
      for (Index i = 0; i < r.samples.rows(); ++i)
        if (evaluation::part_of(fold, 0, r.time(i, c), e.gap) != evaluation::Part::train)
          r.samples(i, c) += 1e4;
  dataset::Trials& trials = run.trials[0];
  int changed = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (evaluation::part_of(fold, 0, trials.onset[i], e.gap) == evaluation::Part::train) continue;
    trials.response[i] = 1 - trials.response[i];
    trials.response_time[i] += delay;
    ++changed;
  }
  EXPECT_GE(changed, 15);
  return e;
}

class JointLeakage : public testing::TestWithParam<const char*> {};

TEST_P(JointLeakage, HeldOutAnswersAndSamplesChangeNoFittedNumberAndNoPredictionByABit) {
  const std::string sharing = GetParam();
  const JointStudy study(sharing == "separate" ? 1 : 2);
  const Experiment e = joint_accounts(study, sharing);
  const report::Results clean = run(e, test::portable_kinds()),
                        other = run(spoilt(e, 2), test::portable_kinds());
  EXPECT_EQ(first_fold_of(clean), first_fold_of(other));
  // Trials are among what is compared, and the test can fail: other folds train on the marker.
  EXPECT_NE(first_fold_of(clean).find("region decision"), std::string::npos);
  const auto second = [](const report::Results& results) {
    for (const report::FitSummary& f : results.models[0].fits)
      if (f.fold == results.folds[1]) return f.gradient_norm;
    return std::nan("");
  };
  EXPECT_TRUE(std::isfinite(second(clean)));
  EXPECT_NE(second(clean), second(other));
}

INSTANTIATE_TEST_SUITE_P(Subjects,
                         JointLeakage,
                         testing::Values("separate", "pooled", "hierarchical"));

// Where the window is locked to the response, a held-out response time is like a column of its own
// trial: it may change what is predicted there, but nothing that is fitted.
TEST(LockedLeakage, HeldOutResponseTimesOfLockedWindowsChangeNoFittedNumberByABit) {
  const JointStudy study;
  study.write("locked",
              "kind: choice, evidence: [V5], window: {locked_to: response, from: -1 s, to: 0 s}");
  const Experiment e = study.load(
      "hypotheses: [locked.yaml]\nbaselines: []\ninference: {pareto_draws: 0}\nvalidation: "
      "{split: blocks, folds: 2, gap: 10 s}\ncomparison: {bootstrap: 100}\n");
  const report::Results clean = run(e, test::portable_kinds()),
                        other = run(spoilt(e, 0.37), test::portable_kinds());
  EXPECT_EQ(first_fold_of(clean, false), first_fold_of(other, false));
}

TEST(JointRuns, AreTheSameBytesAtAnyNumberOfThreads) {
  const JointStudy study;
  const Experiment e = joint_accounts(study);
  std::vector<std::string> texts;
  for (const int threads : {1, 2, 4}) {
    set_threads(threads);
    const report::Results r = run(e, test::portable_kinds());
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

std::vector<std::string> term_names(const architecture::TrialObservation& o) {
  std::vector<std::string> names;
  for (const architecture::Predictor& predictor : o.predictors)
    for (const architecture::Term& term : predictor.terms)
      names.push_back(std::string(predictor.spec->intercept.name) + ": " + term.name);
  return names;
}

// Those who have no model of regions regress on what drives them.
TEST(TrialBaselines, HaveInputsInThePlaceOfRegions) {
  const JointStudy study;
  study.write("first", "kind: ddm, drift: [V5 * noise, coherence], window: {from: 0 s, to: 2 s}");
  study.write("second", "kind: ddm, drift: [coherence, SPC], threshold: [SPC * dots]");
  const Experiment e = study.load("hypotheses: [first.yaml, second.yaml]\nvalidation: none\n");
  EXPECT_EQ(term_names(trial_baseline(kDdmRegression, e, test::portable_kinds()).trials.at(0)),
            (std::vector<std::string>{"drift: noise * dots",
                                      "drift: noise * attention",
                                      "drift: coherence",
                                      "drift: dots",
                                      "drift: attention",
                                      "threshold: dots",  // an indicator is its own square
                                      "threshold: dots * attention"}));
  EXPECT_EQ(term_names(trial_baseline(kLogistic, e, test::portable_kinds()).trials.at(0)),
            (std::vector<std::string>{"evidence: noise * dots",
                                      "evidence: noise * attention",
                                      "evidence: coherence",
                                      "evidence: dots",
                                      "evidence: attention",
                                      "evidence: dots * attention"}));
  EXPECT_TRUE(
      term_names(trial_baseline(kConstant, e, test::portable_kinds()).trials.at(0)).empty());
  // They can be fitted, and inputs count in the hypotheses' window.
  const architecture::Architecture a = trial_baseline(kDdmRegression, e, test::portable_kinds());
  const auto fit = assemble(a, e.dataset.subjects[0], {}, {});
  const TrialRows& rows = fit->trials.at(0)->rows;
  const dataset::Run& run = e.dataset.subjects[0].runs[0];
  for (Index i = 0; i < 40; ++i) {
    // `dots` is as high as the coherence for the first 2 s of each trial: that is the window.
    const double dots = run.trials[0].column("coherence")->value[static_cast<std::size_t>(i)];
    EXPECT_CLOSE(rows.terms[0](i, 3), dots, Tolerance::because(1e-9, "times of a run of 240 s"));
  }
}

// A hypothesis of columns alone has no window to give.
TEST(TrialBaselines, TakeTheWindowOfTheFirstThatHasOne) {
  const JointStudy study;
  study.write("columns", "kind: ddm, drift: [coherence]");
  study.write("regions", "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  const Experiment e = study.load("hypotheses: [columns.yaml, regions.yaml]\nvalidation: none\n");
  for (const char* baseline : {kDdmRegression, kLogistic})
    EXPECT_EQ(trial_baseline(baseline, e, test::portable_kinds()).trials.at(0).window,
              e.hypotheses[1].architecture.trials[0].window)
        << baseline;
}

// An input that does nothing need not be in the data, and no baseline asks for it.
TEST(TrialBaselines, DoNotNeedAnInputThatNothingUses) {
  const JointStudy study;
  study.folder.write("idle.yaml", R"(insula: architecture/1
name: idle
extends: truth.yaml
inputs: {sound: {}}
)");
  const Experiment e = study.load("hypotheses: [idle.yaml]\nvalidation: none\n");
  const auto a = trial_baseline(kDdmRegression, e, test::portable_kinds());
  EXPECT_EQ(term_names(a.trials.at(0)),
            (std::vector<std::string>{"drift: dots", "drift: attention"}));
}

// Regions that nothing but trials shows are simulated all the same.
TEST(JointModels, MayShowTheirRegionsThroughTrialsAlone) {
  const JointStudy study;
  study.folder.write("trials_alone.yaml", R"(insula: architecture/1
name: trials_alone
regions: {V5: {kind: neuronal}}
inputs: {dots: {drives: [V5]}}
observations: {decision: {kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}}}
)");
  const Experiment e = study.load(
      "hypotheses: [trials_alone.yaml]\ninference: {pareto_draws: 0}\nvalidation: {split: blocks, "
      "folds: 2}\ncomparison: {bootstrap: 100}\n");
  EXPECT_EQ(e.baselines,
            (std::vector<std::string>{kLinearDcm, kConstant, kLogistic, kDdmRegression}));
  const report::Results results = run(e, test::portable_kinds());
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits) EXPECT_EQ(f.status, "converged") << m.name;
  std::set<std::string> names;
  for (const report::ParameterRow& p : results.parameters) {
    if (p.model == "trials_alone") names.insert(p.parameter);
    EXPECT_TRUE(std::isfinite(p.posterior_mean) && p.posterior_sd > 0) << p.parameter;
  }
  EXPECT_TRUE(names.contains("dots -> V5.strength"));
  EXPECT_TRUE(names.contains("decision.drift.V5"));
}

}  // namespace
}  // namespace insula::experiment

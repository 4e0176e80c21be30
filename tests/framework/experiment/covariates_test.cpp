// SPDX-License-Identifier: Apache-2.0
// From the participants' table to the effect on a group's mean.
#include "framework/experiment/detail/covariates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/run.h"
#include "framework/inference/group.h"
#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/small_group.h"
#include "tests/framework/experiment/small_trials.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using test::age_of;
using test::is_patient;
using test::kMean;
using test::kOfPatients;
using test::kPerAge;
using test::kSubjects;
using test::write_times;
using EffectRows = std::map<std::pair<std::string, std::string>, report::ParameterRow>;

Experiment load_times(const dataset::Folder& folder,
                      const std::string& covariates,
                      const std::string& validation = "none") {
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: times\ndataset: dataset.yaml\nhypotheses: "
               "[times.yaml]\nbaselines: []\nvalidation: " +
                   validation + "\ninference: {subjects: hierarchical, pareto_draws: 0" +
                   covariates + "}\n");
  return load(folder.path("experiment.yaml"), test::portable_kinds());
}

constexpr const char* kBoth = ", covariates: [age, group]";

EffectRows effect_rows_of(const report::Results& results) {
  EffectRows rows;
  for (const auto& p : results.parameters) rows[{p.subject, p.parameter}] = p;
  return rows;
}

TEST(Covariates, HaveMeanZeroAndAUnitOverSubjects) {
  const dataset::Folder folder;
  write_times(folder, {});
  const Experiment e = load_times(folder, kBoth);
  const auto effects = covariate_effects(e.dataset, e.covariates);
  ASSERT_EQ(effects.size(), 2U);
  const auto rounding = Tolerance::rounding(1, 100);
  EXPECT_EQ(effects[0].name, "age");
  EXPECT_CLOSE(effects[0].column.mean(), 0, rounding);
  EXPECT_CLOSE(effects[0].column.squaredNorm() / kSubjects, 1, rounding);
  EXPECT_GT(effects[0].column[1], effects[0].column[0]);  // subjects' order, not the table's
  EXPECT_EQ(effects[1].name, "group.patient");
  EXPECT_EQ(effects[1].means, "patient against control");
  EXPECT_CLOSE(effects[1].column.mean(), 0, rounding);
  EXPECT_CLOSE(effects[1].column[0] - effects[1].column[1], 1, rounding);
}

TEST(Covariates, OfTwoLevelsWithAsManySubjectsAreMinusAndPlusAHalf) {
  Experiment e;
  e.dataset.subjects.resize(4);
  e.dataset.covariates = {{"group", "1", {"a", "b"}, {0, 1, 1, 0}, {}},
                          {"site", "1", {"x", "nowhere", "y", "z"}, {2, 0, 3, 2}, {}}};
  e.covariates = {"group"};
  EXPECT_EQ(covariate_effects(e.dataset, e.covariates).at(0).column,
            (Eigen::Vector4d{-0.5, 0.5, 0.5, -0.5}));
  e.covariates = {"site"};
  const auto sites = covariate_effects(e.dataset, e.covariates);
  ASSERT_EQ(sites.size(), 2U);  // no subject is of one level
  EXPECT_EQ(sites[0].name, "site.y");
  EXPECT_EQ(sites[0].column, (Eigen::Vector4d{0.5, -0.5, -0.5, 0.5}));
  EXPECT_EQ(sites[1].means, "z against x");
}

TEST(Covariates, EffectsAreRecoveredAndRaiseTheEvidence) {
  const dataset::Folder folder;
  write_times(folder, {});
  const Experiment e = load_times(folder, kBoth);
  const report::Results with = run(e, test::portable_kinds());
  const report::Results without = run(load_times(folder, ""), test::portable_kinds());
  const EffectRows rows = effect_rows_of(with);
  double sd_of_age = 0, mean_age = 0;
  for (int s = 0; s < kSubjects; ++s) mean_age += age_of(s) / kSubjects;
  for (int s = 0; s < kSubjects; ++s)
    sd_of_age += (age_of(s) - mean_age) * (age_of(s) - mean_age) / kSubjects;
  sd_of_age = std::sqrt(sd_of_age);
  const auto expect_found = [&](const std::string& subject, double truth) {
    const report::ParameterRow& row = rows.at({subject, "decision.decision_time"});
    EXPECT_CLOSE(row.posterior_mean, truth, Tolerance::sampling(row.posterior_sd, 1));
    EXPECT_LT(row.low, std::exp(truth));  // a ratio
    EXPECT_GT(row.high, std::exp(truth));
    EXPECT_LT(row.posterior_sd, 0.1);
    return row;
  };
  expect_found("group effect of age", kPerAge * sd_of_age);
  EXPECT_GT(expect_found("group effect of group.patient", kOfPatients).low, 1);
  // The spread is positive, so what is shown is a ratio; nothing moves it.
  const report::ParameterRow& spread = rows.at({"group effect of age", "decision.spread"});
  EXPECT_EQ(spread.unit, "1");
  EXPECT_CLOSE(spread.estimate, std::exp(spread.posterior_mean), Tolerance::rounding(1, 10));
  EXPECT_LT(spread.low, 1);
  EXPECT_GT(spread.high, 1);
  EXPECT_GT(with.comparison[0].log_evidence, without.comparison[0].log_evidence + 5);
  // What covariates explain is no spread.
  EXPECT_LT(rows.at({"group sd", "decision.decision_time"}).estimate,
            0.6 * effect_rows_of(without).at({"group sd", "decision.decision_time"}).estimate);
  bool is_told = false;
  for (const auto& [key, value] : with.settings)
    is_told = is_told || (key == "effect of group.patient" && value == "patient against control");
  EXPECT_TRUE(is_told);
}

TEST(Covariates, ThatMoveNothingCostEvidence) {
  const dataset::Folder folder;
  write_times(folder, {0, 0});
  const report::Results with = run(load_times(folder, kBoth), test::portable_kinds());
  const report::Results without = run(load_times(folder, ""), test::portable_kinds());
  EXPECT_LT(with.comparison[0].log_evidence, without.comparison[0].log_evidence - 1);
}

TEST(Covariates, OfAnExperimentAreTheDesignOfItsGroupFit) {
  const dataset::Folder folder;
  write_times(folder, {});
  const Experiment e = load_times(folder, kBoth);
  inference::GroupProblem group;
  std::vector<std::unique_ptr<FitProblem>> fits;
  for (const dataset::Subject& subject : e.dataset.subjects) {
    fits.push_back(assemble(e.hypotheses[0].architecture, subject, {}, {}));
    group.subjects.push_back(fits.back()->problem);
    group.subject.push_back(subject.id);
  }
  group.design.resize(kSubjects, 3);
  VectorXd age(kSubjects), patient(kSubjects);
  for (int s = 0; s < kSubjects; ++s) age[s] = age_of(s), patient[s] = is_patient(s);
  age.array() -= age.mean();
  patient.array() -= patient.mean();
  group.design << VectorXd::Ones(kSubjects), age / std::sqrt(age.squaredNorm() / kSubjects),
      patient;
  inference::GroupOptions options;
  options.subject.seed = e.seed;
  options.subject.max_iterations = e.max_iterations;
  const inference::GroupFit by_hand = inference::fit_group(group, options);
  ASSERT_TRUE(by_hand.converged()) << by_hand.reason;
  const EffectRows rows = effect_rows_of(run(e, test::portable_kinds()));
  const std::vector<std::string> names{
      "group", "group effect of age", "group effect of group.patient"};
  const auto same = Tolerance::because(1e-9, "the design's columns in another order of sums");
  for (Index c = 0; c < 3; ++c)
    for (Index h = 0; h < by_hand.mean.rows(); ++h) {
      const std::string& parameter = group.subjects[0].parameter[static_cast<std::size_t>(h)];
      const auto& row = rows.at({names[static_cast<std::size_t>(c)], parameter});
      EXPECT_CLOSE(row.posterior_mean, by_hand.mean(h, c), same);
      EXPECT_CLOSE(row.posterior_sd, by_hand.mean_sd(h, c), same);
    }
}

TEST(Covariates, OfHeldOutTrialsAreKnownAndTheirAnswersAreNot) {
  const dataset::Folder folder;
  write_times(folder, {});
  const Experiment clean = load_times(folder, kBoth, "{split: blocks, folds: 2}");
  Experiment spoilt = clean;
  for (dataset::Subject& subject : spoilt.dataset.subjects)
    for (std::size_t i = 0; i < 20; ++i) subject.runs[0].trials[0].response_time[i] += 2;
  const report::Results a = run(clean, test::portable_kinds()),
                        b = run(spoilt, test::portable_kinds());
  ASSERT_EQ(a.predictions.size(), b.predictions.size());
  int held_out = 0;
  for (std::size_t k = 0; k < a.predictions.size(); ++k)
    for (Index i = 0; i < a.predictions[k].fold.size(); ++i)
      if (a.predictions[k].fold[i] == 0) {
        held_out += 1;
        EXPECT_EQ(a.predictions[k].held_out(i, 0), b.predictions[k].held_out(i, 0));
      }
  EXPECT_EQ(held_out, 20 * kSubjects);
}

}  // namespace
}  // namespace insula::experiment

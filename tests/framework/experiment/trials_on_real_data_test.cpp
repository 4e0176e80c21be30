// SPDX-License-Identifier: Apache-2.0
// Published group posteriors of diffusion models, met on the same data by the shipped experiments.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "framework/experiment/run.h"
#include "modules/catalogue.h"

namespace insula::experiment {
namespace {

struct Group {
  double estimate = 0, mean = 0, sd = 0;
};

// The group's parameters of one shipped hypothesis, fitted to all data.
std::map<std::string, Group> group_of(const std::string& folder, const std::string& hypothesis) {
  const Catalogue kinds = catalogue();
  Experiment e = load(INSULA_ROOT "/examples/" + folder + "/experiment.yaml", kinds);
  std::erase_if(e.hypotheses, [&](const Hypothesis& h) { return h.name != hypothesis; });
  e.baselines.clear();
  e.split = Split::none;
  e.pareto_draws = 0;
  std::map<std::string, Group> group;
  for (const report::ParameterRow& p : run(e, kinds).parameters)
    if (p.subject == "group") group[p.parameter] = {p.estimate, p.posterior_mean, p.posterior_sd};
  return group;
}

#define SKIP_WITHOUT_DATA()                  \
  if (std::getenv("INSULA_DATA") == nullptr) \
  GTEST_SKIP() << "INSULA_DATA does not name the folder of the real datasets"

// source  README of the dataset: 95 % intervals of HDDM's posteriors of the model zbp_vbp
TEST(MotivatedPerception, GroupPosteriorsLieInThePublishedIntervals) {
  SKIP_WITHOUT_DATA();
  const auto group = group_of("motivated-perception", "full");
  const auto expect_within = [&](const char* name, double low, double high) {
    EXPECT_GT(group.at(name).estimate, low) << name;
    EXPECT_LT(group.at(name).estimate, high) << name;
  };
  expect_within("decision.threshold", 1.9200, 2.1100);
  expect_within("decision.nondecision", 0.4380, 0.5400);
  expect_within("decision.drift.stim", 1.3100, 1.5500);
  expect_within("decision.drift.pupil * motivation", 0.0019, 0.1310);
  expect_within("decision.drift.baseline * motivation", -0.0177, 0.0552);
  expect_within("decision.drift", -0.0117, 0.1200);
  expect_within("decision.bias.pupil * motivation", -0.0948, 0.0747);
  expect_within("decision.bias.baseline * motivation", -0.0505, 0.0312);
  // Published: P(> 0) = 0.977.
  EXPECT_GT(group.at("decision.drift.pupil * motivation").mean,
            1.6 * group.at("decision.drift.pupil * motivation").sd);
}

// source  README of the dataset: HDDM's group threshold, and signs of theta in conflict
TEST(ConflictAndStimulation, ThetaRaisesTheThresholdUnlessStimulationReversesIt) {
  SKIP_WITHOUT_DATA();
  const auto group = group_of("conflict-and-stimulation", "theta");
  EXPECT_GT(group.at("decision.threshold").estimate, 1.792);
  EXPECT_LT(group.at("decision.threshold").estimate, 2.171);
  const Group off = group.at("decision.threshold.theta * conflict.high * dbs.off"),
              on = group.at("decision.threshold.theta * conflict.high * dbs.on");
  // One posterior sd: one-sided 84 %; published 95 to 98 %, with patients' slopes held equal.
  EXPECT_GT(off.mean, off.sd);
  EXPECT_LT(on.mean, -on.sd);
  // The maximum-likelihood slopes in the README, 0.045 and -0.053 of a threshold near 2, within
  // two of their standard errors, 0.026 and 0.028.
  const double threshold = group.at("decision.threshold").estimate;
  EXPECT_NEAR(threshold * off.mean, 0.045, 2 * 0.026);
  EXPECT_NEAR(threshold * on.mean, -0.053, 2 * 0.028);
}

}  // namespace
}  // namespace insula::experiment

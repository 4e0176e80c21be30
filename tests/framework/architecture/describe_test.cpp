// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/describe.h"

#include <gtest/gtest.h>

#include <array>
#include <sstream>

#include "framework/base/nan.h"
#include "tests/framework/architecture/support.h"

namespace insula::architecture {
namespace {

TEST(DescribeArchitecture, IsAPageWithPriorsInNaturalUnitsAndDoubts) {
  const Architecture a = parse_test(R"(insula: architecture/1
name: page
description: One page.
regions: {V1: {kind: neuronal}, V5: {kind: neuronal}}
projections: {V1 -> V5: {kind: modulated_gated, by: [motion, V5], strength: 0.2 1/s}}
inputs: {photic: {drives: [V1]}, motion: {}, idle: {}}
observations: {bold: {kind: bold_linear, regions: [V1, V5], channels: {V1: left}, gain: {shared: true}}}
)");
  EXPECT_EQ(describe(a), R"(page: One page.
from test.yaml

Regions
  V1  neuronal  A region for tests.
  V5  neuronal  A region for tests.

Projections
  V1 → V5  modulated_gated  modulated by motion, gated by V5

Inputs
  photic  drives V1
  motion  modulates V1 → V5
  idle    does nothing

Observations
  bold  bold_linear  shows V1 (left) and V5; ar1 noise; no drift

Parameters: 5 free of 8
  name                        middle   middle ± 2 sd          prior    meaning
  V1.self_inhibition          0.5 1/s  0.389 1/s … 0.642 1/s  default  rate at which activity decays by itself
  V5.self_inhibition          0.5 1/s  0.389 1/s … 0.642 1/s  default  rate at which activity decays by itself
  V1 -> V5.strength           0.2 1/s  fixed                  stated   fixed strength
  V1 -> V5.modulation.motion  0 1/s    -2 1/s … 2 1/s         default  change of strength per unit of context
  V1 -> V5.gating.V5          0 1/s    -2 1/s … 2 1/s         default  change of strength per unit of the gating region's activity
  photic -> V1.strength       0 1/s    -2 1/s … 2 1/s         default  strength with which the input drives the region
  bold.gain.V1                19.3 %   fixed                  default  response to lasting activity of 1
  bold.gain.V5                19.3 %   as bold.gain.V1        default  response to lasting activity of 1

Doubts
  input 'idle' neither drives a region nor modulates a projection nor is in a term of trials
    the architecture is the same without it
)");
}

TEST(DescribeKind, ShowsOneFieldALine) {
  EXPECT_EQ(describe(test_catalogue().regions[1]), R"(rate (region)
A region for tests.
Source: Test 2000, J. Tests 1:1

Parameters
  name           symbol  unit  default  domain    prior                   meaning
  time_constant  τ       s     0.1 s    positive  lognormal(0.1 s, 0.25)  time constant of the population
  slope          s       1     1        positive  lognormal(1, 0.25)      steepness of the response
  threshold      h       1     0        any       fixed                   input of half response

States
  z  z  1  activity

Example
  insula: architecture/1
  name: example
  regions:
    V1: {kind: rate, time_constant: 0.1 s}
  inputs: {light: {drives: [V1]}}
)");
}

// The lines after "Example", without their indent.
std::string example_of(const std::string& page) {
  std::istringstream lines(page.substr(page.find("\nExample\n") + 9));
  std::string text, line;
  while (std::getline(lines, line)) text += line.substr(2) + "\n";
  return text;
}

TEST(DescribeKind, GivesExamplesThatAreValid) {
  for (const RegionKind& kind : test_catalogue().regions) {
    EXPECT_EQ(parse_test(example_of(describe(kind))).regions[0].kind->name, kind.name);
  }
  for (const ProjectionKind& kind : test_catalogue().projections) {
    EXPECT_EQ(parse_test(example_of(describe(kind))).projections[0].kind->name, kind.name);
  }
  for (const ObservationKind& kind : test_catalogue().observations) {
    EXPECT_EQ(parse_test(example_of(describe(kind))).observations[0].kind->name, kind.name);
  }
}

TEST(DescribeKind, PrintsPriorsAsTheyAreWritten) {
  for (const ObservationKind& kind : test_catalogue().observations) {
    const std::string page = describe(kind);
    for (const FieldSpec& field : kind.parameters) {
      EXPECT_NE(page.find(std::string(field.name)), std::string::npos);
    }
  }
  EXPECT_NE(describe(test_catalogue().observations[0])
                .find("lognormal(0.64 1/s, 0.0625)  decay of the vasodilatory signal (one for all "
                      "regions)"),
            std::string::npos);
  EXPECT_NE(describe(test_catalogue().baselines[0]).find("baselines: [ridge]"), std::string::npos);
}

constexpr std::array kPredictors{
    PredictorSpec{{"drift", "1/s", "v", "drift of evidence", 0, Domain::real, 3},
                  1,
                  kNaN,
                  "Test 2001, J. Tests 2:1"},
    PredictorSpec{{"delay", "s", "t0", "time before it", 0.3, Domain::positive, 0.5},
                  0.25,
                  kNaN,
                  "Test 2002, J. Tests 3:1"},
    PredictorSpec{{"lapse", "1", "λ", "share of guesses", 0.05, Domain::unit_interval, 1},
                  0.5,
                  0,
                  "Test 2003, J. Tests 4:1"}};

TrialKind trial_kind(bool needs_value) {
  TrialKind kind;
  kind.name = "decision";
  kind.summary = "Trials for tests.";
  kind.source = "Test 2000, J. Tests 1:4";
  kind.modality = needs_value ? "continuous" : "choice";
  kind.needs_choice = kind.needs_time = !needs_value;
  kind.needs_value = needs_value;
  kind.predictors = kPredictors;
  return kind;
}

TEST(DescribeKind, ShowsWhatTrialsNeedAndWhyTheirDefaults) {
  EXPECT_EQ(describe(trial_kind(false)), R"(decision (observation of trials)
Trials for tests.
Source: Test 2000, J. Tests 1:4
Of every trial it needs a response of two labels and a response time.

Predictors: link(predictor) = link(intercept) + sum of weight * term
  name   symbol  unit  link      prior                  of a weight      not named   meaning
  drift  v       1/s   identity  normal(0 1/s, 3 1/s)   normal(0, 1)     as named    drift of evidence
  delay  t0      s     log       lognormal(0.3 s, 0.5)  normal(0, 0.25)  as named    time before it
  lapse  λ       1     logit     logitnormal(0.05, 1)   normal(0, 0.5)   fixed at 0  share of guesses

Why these defaults
  drift  Test 2001, J. Tests 2:1
  delay  Test 2002, J. Tests 3:1
  lapse  Test 2003, J. Tests 4:1

Example
  insula: architecture/1
  name: example
  observations:
    decision: {kind: decision, drift: [contrast], lapse: []}
)");
}

TEST(DescribeKind, GivesExamplesOfTrialsThatAreValid) {
  for (const bool needs_value : {false, true}) {
    Catalogue kinds = test_catalogue();
    kinds.trials = {trial_kind(needs_value)};
    const Architecture a = parse(example_of(describe(kinds.trials[0])), "test.yaml", kinds);
    ASSERT_EQ(a.trials.size(), 1u);
    EXPECT_EQ(a.trials[0].value, needs_value ? "pupil" : "");
    EXPECT_EQ(a.trials[0].predictors[0].terms.size(), 1u);
    EXPECT_TRUE(a.trials[0].predictors[2].named);
  }
}

}  // namespace
}  // namespace insula::architecture

// SPDX-License-Identifier: Apache-2.0
// How the trials of a recipe are answered.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/framework/experiment/small_experiment.h"
#include "tests/framework/experiment/twin_studio.h"
#include "tests/support/tolerance.h"

namespace insula::experiment {
namespace {

using test::made_twin;
using test::Studio;
using test::trials_of;

// Choices and times of 3600 trials, level by level, against the expectation of their kind.
TEST(AnswersOfARecipe, FollowTheModel) {
  const Studio studio;
  const Twin twin = made_twin(studio.decider("every: 10 s, columns: {stim: {levels: [-1, 0.5]}}"));
  const dataset::Trials& trials = trials_of(twin);
  const TrialKind& ddm = *find_kind(test::portable_kinds().trials, "ddm");
  ASSERT_EQ(trials.size(), 3600U);
  EXPECT_EQ(trials.responses, (std::vector<std::string>{"lower", "upper"}));
  for (const double level : {-1.0, 0.5}) {
    double n = 0, upper = 0, sum = 0, squares = 0;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      if (trials.columns[0].value[i] != level) continue;
      ASSERT_TRUE(std::isfinite(trials.response_time[i]));
      n += 1;
      upper += trials.response[i];
      sum += trials.response_time[i];
      squares += trials.response_time[i] * trials.response_time[i];
    }
    ASSERT_EQ(n, 1800);
    // drift, threshold, bias, non-decision time, variability, and the lapses that are not named.
    const std::vector<double> natural{0.2 + 1.1 * level, 1.4, 0.55, 0.25, 0.3, 0.05};
    const TrialDatum expected = ddm.mean(natural);
    const double p = expected.choice, sd = std::sqrt(squares / n - sum * sum / n / n);
    EXPECT_CLOSE(
        upper / n, p, Tolerance::because(4 * std::sqrt(p * (1 - p) / n), "four standard errors"));
    EXPECT_CLOSE(
        sum / n, expected.time, Tolerance::because(4 * sd / std::sqrt(n), "four standard errors"));
    EXPECT_GT(std::abs(p - 0.5), 0.1);  // so that the test can tell
  }
}

TEST(AnswersOfARecipe, AmongSeveralOptionsFollowTheirEvidence) {
  const Studio studio;
  studio.folder.write("chooser.yaml", R"(insula: architecture/1
name: chooser
observations:
  decision: {kind: softmax, options: [left, up, right], evidence: {up: [], right: [stim]}}
)");
  const Twin twin = made_twin(
      studio.recipe("chooser", R"(trials: {count: 6000, columns: {stim: {levels: [-1, 1]}}}
parameters:
  decision.evidence.up: 0.6931471805599453
  decision.evidence.right: 0.6931471805599453
  decision.evidence.right.stim: 0.6931471805599453
)"));
  const dataset::Trials& trials = trials_of(twin);
  EXPECT_EQ(trials.responses, (std::vector<std::string>{"left", "up", "right"}));
  // 1 : 2 : 1 where stim is −1, and 1 : 2 : 4 where it is 1.
  for (const double stim : {-1.0, 1.0}) {
    const std::vector<double> odds{1, 2, stim < 0 ? 1.0 : 4.0};
    const double total = odds[0] + odds[1] + odds[2];
    std::vector<double> drawn(3);
    for (std::size_t i = 0; i < trials.size(); ++i)
      if (trials.columns[0].value[i] == stim) ++drawn[static_cast<std::size_t>(trials.response[i])];
    for (std::size_t k = 0; k < 3; ++k) {
      const double p = odds[k] / total;
      EXPECT_CLOSE(drawn[k] / 3000, p, Tolerance::sampling(std::sqrt(p * (1 - p)), 3000)) << k;
    }
  }
}

TEST(AnswersOfARecipe, AreLostAsOftenAsWasAsked) {
  const Studio studio;
  const Twin twin =
      made_twin(studio.decider("every: 10 s, missing: 0.2, columns: {stim: {levels: [-1, 1]}}"));
  const dataset::Trials& trials = trials_of(twin);
  double lost = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const bool is_lost = trials.response[i] == dataset::kMissing;
    EXPECT_EQ(is_lost, std::isnan(trials.response_time[i])) << i;  // both or none
    lost += is_lost ? 1 : 0;
  }
  const auto n = static_cast<double>(trials.size());
  EXPECT_CLOSE(lost / n, 0.2, Tolerance::sampling(std::sqrt(0.2 * 0.8), n));
}

TEST(AnswersOfARecipe, AreDrawnAnewForEverySeedSubjectAndRun) {
  const Studio studio;
  Recipe recipe = studio.decider("every: 10 s, columns: {stim: {levels: [-1, 1]}}", "1000 s");
  recipe.subjects = {"s01", "s02"};
  recipe.runs = {"a", "b"};
  const Twin twin = made_twin(recipe);
  Recipe other = recipe;
  other.seed = 6;
  const auto times = [](const Twin& t, std::size_t s, std::size_t r) {
    return trials_of(t, s, r).response_time;
  };
  EXPECT_NE(times(twin, 0, 0), times(twin, 0, 1));
  EXPECT_NE(times(twin, 0, 0), times(twin, 1, 0));
  EXPECT_NE(times(twin, 0, 0), times(made_twin(other), 0, 0));
  EXPECT_EQ(trials_of(twin, 1, 1).onset, trials_of(twin, 0, 0).onset);
  // One subject more changes nothing for the others.
  Recipe more = recipe;
  more.subjects.push_back("s03");
  EXPECT_EQ(times(made_twin(more), 1, 1), times(twin, 1, 1));
}

// By the other road: the recording of the same region, summed with a step of 5 ms.
TEST(AnswersOfARecipe, DependOnTheMeanOfARegionInTheWindow) {
  const Studio studio;
  const Twin twin = made_twin(studio.relay("window: {from: -500 ms, to: 2 s}"));
  const dataset::Trials& trials = trials_of(twin);
  const dataset::Recording& seen = twin.dataset.subjects[0].runs[0].recordings.at(0);
  ASSERT_GE(trials.size(), 12U);
  double largest = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const double begin = trials.onset[i] - 0.5, end = trials.onset[i] + 2;
    if (end > 100) {
      EXPECT_TRUE(std::isnan(trials.column("size")->value[i]));  // no window, no answer
      continue;
    }
    // Linear between samples, from `begin` to `end` by midpoints.
    double sum = 0;
    constexpr int kSteps = 4000;
    for (int k = 0; k < kSteps; ++k) {
      const double at = (begin + (k + 0.5) / kSteps * (end - begin)) * 200;
      const auto s = static_cast<Eigen::Index>(at);
      const double share = at - static_cast<double>(s);
      sum += (1 - share) * seen.samples(s, 0) + share * seen.samples(s + 1, 0);
    }
    const double mean = sum / kSteps * trials.column("gain")->value[i];
    largest = std::max(largest, mean);
    EXPECT_CLOSE(trials.column("size")->value[i],
                 mean,
                 Tolerance::because(2e-5, "five sds of the spread and the integrator's 1e-4"));
  }
  EXPECT_GT(largest, 0.05);
}

TEST(AnswersOfARecipe, DependOnTheValueOfARegionAtAMoment) {
  const Studio studio;
  const Twin twin = made_twin(studio.relay("window: {at: 1500 ms}"));
  const dataset::Trials& trials = trials_of(twin);
  const dataset::Recording& seen = twin.dataset.subjects[0].runs[0].recordings.at(0);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const double at = (trials.onset[i] + 1.5) * 200;
    const auto s = static_cast<Eigen::Index>(at);
    if (s + 1 >= seen.samples.rows()) continue;
    const double share = at - static_cast<double>(s);
    EXPECT_CLOSE(
        trials.column("size")->value[i],
        trials.column("gain")->value[i] *
            ((1 - share) * seen.samples(s, 0) + share * seen.samples(s + 1, 0)),
        Tolerance::because(2e-5, "five sds of the spread and what is between samples of 5 ms"));
  }
}

// What is written has an effect or is a mistake: nobody has answered yet where a window would be
// locked to the response.
TEST(WindowsOfARecipe, CannotWaitForAResponseThatIsNotThere) {
  const Studio studio;
  studio.folder.write("late.yaml", R"(insula: architecture/1
name: late
regions: {A: {kind: neuronal}}
inputs: {light: {drives: [A]}}
observations:
  choice: {kind: choice, evidence: [A], window: {locked_to: response, from: -1 s, to: 0 s}}
)");
  EXPECT_THROW(studio.recipe("late",
                             "duration: 100 s\ninputs: {light: {each: trial, on: 1 s}}\n"
                             "trials: {every: 10 s}\n"),
               InputError);
}

}  // namespace
}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
// What learners learn drives regions and modulates projections in time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/dataset/step_signal.h"
#include "framework/numerics/parallel.h"
#include "framework/simulation/response.h"
#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

using Eigen::Index;

// What is expected modulates a projection and drives a region beside it; errors drive the target.
// Stretches of the expectation overlap with those of the next trial.
std::string model_of(const std::string& learner, const std::string& observation) {
  return R"(insula: architecture/1
name: learned
regions: {A: {kind: REGION}, B: {kind: REGION}, C: {kind: REGION}}
projections:
  A -> B: {kind: modulated_gated, by: [belief, C]}
  B -> C: {kind: modulated, by: [u]}
learners:
  value: {kind: )" +
         learner + R"(, outcome: reward, cue: picture}
inputs:
  u: {drives: [A]}
  error: {signal: value.ERROR, drives: [B, C], from: 500 ms, to: 1700 ms}
  belief: {signal: value.BELIEF, drives: [C], to: 9 s}
observations: {seen: {kind: )" +
         observation + ", regions: [A, B, C]}}\n";
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), by);
}

std::string filled(std::string text, const std::string& region, const LearnerKind& kind) {
  replace_all(text, "REGION", region);
  // The first signal is what is expected; an error follows the outcome.
  const auto error =
      std::ranges::find_if(kind.signals, [](const SignalSpec& s) { return !s.precedes_outcome; });
  replace_all(text, "ERROR", std::string(error->name));
  replace_all(text, "BELIEF", std::string(kind.signals.front().name));
  // The initial beliefs are free where they may be: the first trial's 0 then moves.
  for (const FieldSpec& field : kind.parameters)
    if (field.name == "initial") text += "parameters: {value.initial: {prior: \"normal(0, 1)\"}}\n";
  return text;
}

// A block run with trials about every 7 s, some without an outcome, two pictures.
dataset::Run learning_run(const System& system, double interval, int samples) {
  dataset::Run run = test::block_run(system, interval, samples);
  std::erase_if(run.inputs, [](const dataset::StepSignal& s) { return s.name != "u"; });
  dataset::Trials trials;
  trials.name = "trials";
  Stream random(4, "trials");
  dataset::TrialColumn reward, picture;
  reward.name = "reward";
  picture.name = "picture";
  for (double onset = 1.3; onset + 10 < run.duration; onset += 6.5 + random.uniform()) {
    trials.onset.push_back(onset);
    trials.exclusion.push_back(dataset::kInUse);
    const bool is_missing = trials.onset.size() % 7 == 3;
    reward.value.push_back(is_missing ? kNaN : random.uniform() < 0.7 ? 1 : 0);
    picture.value.push_back(random.uniform() < 0.5 ? 1 : 0);
  }
  trials.reasons = {"bad"};
  trials.exclusion[4] = 0;  // it neither teaches nor drives
  trials.columns = {reward, picture};
  run.trials = {trials};
  return run;
}

Eigen::VectorXd strong_theta(const System& system) {
  Eigen::VectorXd theta = test::drawn_theta(system, 11);
  const bool is_rate = system.regions[0].kind->name == "rate";
  const std::vector<std::string> names = system.parameter_names();
  for (Index i = 0; i < theta.size(); ++i) {
    const std::string& name = names[static_cast<std::size_t>(i)];
    const bool is_strength = name.starts_with("error ->") || name.starts_with("belief ->");
    if (is_strength) theta[i] = (is_rate ? 0.2 : 2) * (i % 2 == 0 ? 1 : -0.8);
    if (name.find("modulation.belief") != std::string::npos) theta[i] = 0.4;
    if (name == "A -> B.gating.C") theta[i] = 0.1;
    // Where the first outcome is what is expected, the associability of `pearce_hall` has a kink.
    if (name == "value.initial") theta[i] = system.learned[0].parameters > 2 ? 0.15 : 0;
  }
  return theta;
}

TEST(LearnedInputs, HaveExactSensitivitiesInTheLearnersParameters) {
  const Catalogue kinds = catalogue();
  double worst = 0;
  for (const LearnerKind& learner : kinds.learners)
    for (const char* region : {"neuronal", "rate"})
      for (const char* observation : {"bold", "rate", "pupil"})
        for (const double interval : {2.0, 0.3}) {  // the integrator stops at samples, or not
          const System system = compile(architecture::parse(
              filled(model_of(std::string(learner.name), observation), region, learner),
              "learned.yaml",
              kinds));
          const Timeline line =
              timeline(system, learning_run(system, interval, interval < 1 ? 250 : 50));
          const Eigen::VectorXd theta = strong_theta(system);
          const std::string what = std::string(learner.name) + " drives " + region + " seen by " +
                                   observation + " every " + std::to_string(interval) + " s";
          const double error = test::worst_derivative(system, line, theta);
          EXPECT_LT(error, 1e-6) << what;
          worst = std::max(worst, error);
          // They matter, each of them.
          const Response r = respond(system, line, theta, true);
          const std::vector<Index> learning = system.learning_parameters();
          EXPECT_GE(learning.size(), 1U) << what;
          for (const Index p : learning) {
            double mine = 0, largest = 0;
            for (const Eigen::MatrixXd& j : r.jacobian) {
              mine = std::max(mine, j.col(p).cwiseAbs().maxCoeff());
              largest = std::max(largest, j.cwiseAbs().maxCoeff());
            }
            EXPECT_GT(mine, 1e-4 * largest)
                << what << ": " << system.parameter_names()[static_cast<std::size_t>(p)];
          }
        }
  std::printf("largest error of a sensitivity: %.1e of its column\n", worst);
}

// In lanes of one integration each has inputs of its own.
TEST(LearnedInputs, AtManyParametersAtOnceAreEachOnesOwn) {
  const Catalogue kinds = catalogue();
  for (const LearnerKind& learner : kinds.learners) {
    const System system = compile(architecture::parse(
        filled(model_of(std::string(learner.name), "bold"), "neuronal", learner),
        "learned.yaml",
        kinds));
    const Timeline line = timeline(system, learning_run(system, 2, 50));
    Stream random(3, std::string(learner.name));
    std::vector<Eigen::VectorXd> thetas(11, strong_theta(system));
    for (Eigen::VectorXd& theta : thetas)
      for (const Index p : system.learning_parameters()) theta[p] += 0.5 * random.normal();
    const std::vector<Response> together = respond_together(system, line, thetas);
    double apart = 0;
    for (std::size_t i = 0; i < thetas.size(); ++i) {
      const Response alone = respond(system, line, thetas[i], false);
      ASSERT_TRUE(together[i].outcome.finished() && alone.outcome.finished()) << learner.name;
      for (std::size_t c = 0; c < alone.value.size(); ++c) {
        const double range = alone.value[c].maxCoeff() - alone.value[c].minCoeff();
        EXPECT_CLOSE(together[i].value[c],
                     alone.value[c],
                     Tolerance::because(2e-4 * range, "both are within 1e-4 of the solution"))
            << learner.name;
        const Response next = respond(system, line, thetas[(i + 1) % thetas.size()], false);
        apart = std::max(apart, (alone.value[c] - next.value[c]).cwiseAbs().maxCoeff() / range);
      }
    }
    EXPECT_GT(apart, 1e-3) << learner.name << ": parameters do not matter";
  }
}

// The same heights, read as events of a dataset, at fixed parameters of the learner.
dataset::StepSignal as_events(const System& system,
                              const dataset::Run& run,
                              const std::vector<double>& natural,
                              std::size_t node) {
  const LearnedNode& learned = system.learned[node];
  const auto input = static_cast<std::size_t>(learned.input);
  const architecture::Architecture& a = system.architecture;
  const LearnerSignals signals = learner_signals(
      a.learners[learned.signal.learner],
      learner_rows(run, a.learners[learned.signal.learner]),
      {natural.data() + learned.first_parameter, static_cast<std::size_t>(learned.parameters)},
      false);
  std::vector<dataset::Event> events;
  for (const HeldStretch& s : stretches_of(a, a.inputs[input], run))
    events.push_back(
        {s.from, s.to - s.from, signals.value(static_cast<Index>(s.row), learned.signal.signal)});
  return dataset::cut(dataset::boxcars(a.inputs[input].name, events), run.duration);
}

TEST(LearnedInputs, DoWhatInputsOfTheDatasetWithTheSameHeightsDo) {
  const Catalogue kinds = catalogue();
  for (const LearnerKind& learner : kinds.learners) {
    const std::string text =
        filled(model_of(std::string(learner.name), "bold"), "neuronal", learner);
    const System system = compile(architecture::parse(text, "learned.yaml", kinds));
    std::string given = text.substr(0, text.find("parameters:"));
    for (const char* input : {"error", "belief"}) {
      const std::size_t at = given.find("signal: ", given.find(std::string("  ") + input));
      given.erase(at, given.find(" drives", at) - at + 1);
    }
    replace_all(given, ", from: 500 ms, to: 1700 ms", "");
    replace_all(given, ", to: 9 s", "");
    const System other = compile(architecture::parse(given, "given.yaml", kinds));
    ASSERT_TRUE(other.learned.empty()) << given;

    // A height of 0 is no event, so that the integrator would stop elsewhere.
    dataset::Run run = learning_run(system, 2, 60);
    for (double& reward : run.trials[0].columns[0].value)
      if (std::isnan(reward)) reward = 1;
    Eigen::VectorXd theta = strong_theta(system);
    const std::vector<std::string> names = system.parameter_names();
    if (std::ranges::find(names, "value.initial") != names.end())
      test::set(system, theta, "value.initial", 0.3);
    const Response learned = respond(system, timeline(system, run), theta, true);
    ASSERT_TRUE(learned.outcome.finished()) << to_text(learned.outcome);
    for (std::size_t n = 0; n < 2; ++n)
      run.inputs.push_back(as_events(system, run, system.natural(theta), n));
    Eigen::VectorXd same = other.prior_mean();
    const std::vector<std::string> others = other.parameter_names();
    std::vector<Index> from;
    for (std::size_t i = 0; i < others.size(); ++i) {
      from.push_back(std::ranges::find(names, others[i]) - names.begin());
      ASSERT_LT(from.back(), theta.size()) << others[i];
      same[static_cast<Index>(i)] = theta[from.back()];
    }
    const Response plain = respond(other, timeline(other, run), same, true);
    for (std::size_t c = 0; c < 3; ++c) {
      const double scale = plain.value[c].cwiseAbs().maxCoeff();
      ASSERT_GT(scale, 0.01);
      EXPECT_CLOSE(learned.value[c],
                   plain.value[c],
                   Tolerance::because(1e-11 * scale, "rounding of the ends of stretches"))
          << learner.name;
      for (std::size_t i = 0; i < from.size(); ++i) {
        if (others[i].starts_with("value.")) continue;  // it learns, and nobody listens
        EXPECT_CLOSE(Eigen::VectorXd(learned.jacobian[c].col(from[i])),
                     Eigen::VectorXd(plain.jacobian[c].col(static_cast<Index>(i))),
                     Tolerance::because(1e-11 * plain.jacobian[c].cwiseAbs().maxCoeff(),
                                        "rounding of the ends of stretches"))
            << learner.name << ": " << others[i];
      }
    }
  }
}

struct Learned {
  Catalogue kinds = catalogue();
  System system = compile(architecture::parse(filled(model_of("rescorla_wagner", "bold"),
                                                     "neuronal",
                                                     *find_kind(kinds.learners, "rescorla_wagner")),
                                              "learned.yaml",
                                              kinds));
  dataset::Run run = learning_run(system, 2, 60);
};

// The sum of a learned input's stretches at a moment, as their definition has it.
double height_at(const System& system,
                 const dataset::Run& run,
                 const std::vector<double>& natural,
                 std::size_t node,
                 double time) {
  return as_events(system, run, natural, node).at(time);
}

TEST(LearnedInputs, HoldTheSignalsOfTrialsInUseAndAddUpWhereTheyOverlap) {
  const Learned m;
  const std::vector<double> natural = m.system.natural(strong_theta(m.system));
  const Timeline line = timeline(m.system, m.run);
  EXPECT_EQ(line.held.size(), 2 * m.run.trials[0].count_in_use());
  EXPECT_EQ(line.input.bottomRows(2).cwiseAbs().maxCoeff(), 0);
  const Timeline at = with_signals(m.system, line, natural, true);
  ASSERT_EQ(at.input_slope.rows(), 2 * m.system.learned[0].parameters);
  int overlapping = 0;
  for (int k = 0; k < at.segments(); ++k) {
    const auto i = static_cast<std::size_t>(k);
    const double middle = 0.5 * (at.time[i] + at.time[i + 1]);
    for (std::size_t n = 0; n < 2; ++n) {
      EXPECT_EQ(at.input(m.system.learned[n].input, k),
                height_at(m.system, m.run, natural, n, middle));
      int here = 0;
      for (const HeldSignal& h : at.held)
        here += h.learned == static_cast<int>(n) && h.first <= k && k < h.end ? 1 : 0;
      overlapping += here > 1 ? 1 : 0;
    }
  }
  EXPECT_GT(overlapping, 5);
}

TEST(LearnedInputs, WaitForTheResponseIfTheyAreLockedToIt) {
  Learned m;
  architecture::Architecture a = m.system.architecture;
  a.inputs[1].learned->lock = architecture::Window::Lock::response;
  const System locked = compile(a);
  dataset::Trials& trials = m.run.trials[0];
  trials.response_time.assign(trials.size(), 0.25);
  trials.response_time[2] = kNaN;  // nobody answered
  const auto late = stretches_of(a, a.inputs[1], m.run),
             early = stretches_of(a, m.system.architecture.inputs[1], m.run);
  ASSERT_EQ(late.size() + 1, early.size());
  EXPECT_EQ(late[1].row, 1U);
  EXPECT_EQ(late[2].row, 3U);
  EXPECT_DOUBLE_EQ(late[1].from, early[1].from + 0.25);
  // The trial after an excluded one is a row further up than in the table.
  EXPECT_DOUBLE_EQ(early[4].from, trials.onset[5] + 0.5);
  EXPECT_EQ(timeline(locked, m.run).held.size() + 1, timeline(m.system, m.run).held.size());
}

TEST(LearnedInputs, EndWithTheLastSampleAndWithoutTrialsAreRefused) {
  Learned m;
  dataset::Trials& trials = m.run.trials[0];
  trials.onset.back() = 118;  // samples end at 119.2 s
  const Timeline line = timeline(m.system, m.run);
  EXPECT_EQ(line.held.back().end, line.segments());
  trials.onset.back() = 150;
  EXPECT_EQ(timeline(m.system, m.run).held.size() + 2, line.held.size());
  trials.onset.clear();
  EXPECT_THROW(static_cast<void>(timeline(m.system, m.run)), InputError);
  m.run.trials.clear();
  EXPECT_THROW(static_cast<void>(timeline(m.system, m.run)), InputError);
}

TEST(LearnedInputs, KnowNothingOfLaterOutcomes) {
  Learned m;
  const Eigen::VectorXd theta = strong_theta(m.system);
  const Response before = respond(m.system, timeline(m.system, m.run), theta, false);
  ASSERT_TRUE(before.outcome.finished()) << to_text(before.outcome);
  double& reward = m.run.trials[0].columns[0].value[8];
  ASSERT_FALSE(std::isnan(reward));
  reward = 1 - reward;
  const Response after = respond(m.system, timeline(m.system, m.run), theta, false);
  const double onset = m.run.trials[0].onset[8];
  bool later_differ = false;
  for (std::size_t c = 0; c < 3; ++c)
    for (Index s = 0; s < before.value[c].size(); ++s) {
      if (m.run.recordings[0].time(s, static_cast<Index>(c)) <= onset) {
        EXPECT_EQ(before.value[c][s], after.value[c][s]);
      }
      later_differ = later_differ || before.value[c][s] != after.value[c][s];
    }
  EXPECT_TRUE(later_differ);
}

TEST(LearnedInputs, AreTheSameBytesAtAnyNumberOfThreads) {
  const Learned m;
  const Eigen::VectorXd theta = strong_theta(m.system);
  std::vector<Response> responses;
  for (const int threads : {1, 2, 4}) {
    set_threads(threads);
    responses.push_back(respond(m.system, timeline(m.system, m.run), theta, true));
  }
  set_threads(0);
  ASSERT_TRUE(responses[0].outcome.finished());
  for (std::size_t r = 1; r < 3; ++r)
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_EQ(responses[0].value[c], responses[r].value[c]);
      EXPECT_EQ(responses[0].jacobian[c], responses[r].jacobian[c]);
    }
}

TEST(LearnedInputs, MoveNothingWhereTheyDoNothing) {
  const Catalogue kinds = catalogue();
  const System idle = compile(architecture::parse(R"(insula: architecture/1
name: idle
regions: {A: {kind: neuronal}}
learners: {value: {kind: rescorla_wagner, outcome: reward}}
inputs:
  u: {drives: [A]}
  error: {signal: value.prediction_error}
observations: {seen: {kind: bold, regions: [A]}}
)",
                                                  "idle.yaml",
                                                  kinds));
  dataset::Run run = test::block_run(idle, 2, 40);  // it needs no trials
  const Response r = respond(idle, timeline(idle, run), idle.prior_mean(), true);
  ASSERT_TRUE(r.outcome.finished());
  for (const Index p : idle.learning_parameters())
    EXPECT_EQ(r.jacobian[0].col(p).cwiseAbs().maxCoeff(), 0);
}

}  // namespace
}  // namespace insula::simulation

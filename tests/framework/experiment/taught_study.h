// SPDX-License-Identifier: Apache-2.0
// A folder with a study of trials without onsets whose regions stand under what is learned, and its
// closed form.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "framework/base/nan.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/experiment.h"
#include "framework/experiment/twin.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment::test {

// What is expected of a picture decides how much of the contrast reaches V5, and so the answer;
// what of the outcome was not expected drives the VTA, and so the pupil.
inline constexpr const char* kTaught = R"(insula: architecture/1
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

inline constexpr const char* kRecipe = R"(insula: simulation/1
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

inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
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
inline double response(double a) { return 4 * (1 / (1 + std::exp(-a)) - 0.5); }

struct Belief {
  double value = 0, error = 0;
};

// Of the trials in use of one run.
inline std::vector<Belief> beliefs(const dataset::Trials& trials, double rate) {
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

inline double v5(double contrast, double value, double strength = 0.2, double modulation = 1.5) {
  return response((strength + modulation * value) * response(1.2 * contrast));
}

inline Eigen::VectorXd truth_of(const Recipe& recipe, const FitProblem& fit) {
  Eigen::VectorXd theta = fit.problem.prior_mean;
  for (Eigen::Index i = 0; i < theta.size(); ++i)
    theta[i] = recipe.theta[fit.system.free[static_cast<std::size_t>(i)]];
  return theta;
}

}  // namespace insula::experiment::test

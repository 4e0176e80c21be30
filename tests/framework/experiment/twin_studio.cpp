// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/experiment/twin_studio.h"

#include "tests/framework/experiment/small_experiment.h"

namespace insula::experiment::test {
namespace {

// A person who decides by columns alone: nothing is simulated but answers.
constexpr const char* kDecider = R"(insula: architecture/1
name: decider
observations:
  decision: {kind: ddm, drift: [stim], threshold: [], bias: [], nondecision: [], variability: []}
)";
constexpr const char* kDeciderTruth = R"(parameters:
  decision.drift: 0.2 1/s
  decision.drift.stim: 1.1 1/s
  decision.threshold: 1.4
  decision.bias: 0.55
  decision.nondecision: 250 ms
  decision.variability: 0.3 1/s
)";

// A region whose mean activity in a window makes a value, all but without spread.
constexpr const char* kRelay = R"(insula: architecture/1
name: relay
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: linear}}
inputs: {light: {drives: [A]}}
observations:
  seen: {kind: rate, regions: [B]}
  act: {kind: continuous, value: size, mean: [B * gain], spread: [], WINDOW}
)";

}  // namespace

Recipe Studio::recipe(const std::string& architecture, const std::string& rest) const {
  folder.write("recipe.yaml",
               "insula: simulation/1\nname: test\narchitecture: " + architecture +
                   ".yaml\nseed: 5\n" + rest);
  return read_recipe(folder.path("recipe.yaml"), portable_kinds());
}

Recipe Studio::decider(const std::string& trials, const std::string& duration) const {
  folder.write("decider.yaml", kDecider);
  return recipe(
      "decider",
      "duration: " + duration + "\ninputs: {}\ntrials: {" + trials + "}\n" + kDeciderTruth);
}

Recipe Studio::relay(const std::string& window) const {
  std::string text = kRelay;
  text.replace(text.find("WINDOW"), 6, window);
  folder.write("relay.yaml", text);
  return recipe("relay", R"(duration: 100 s
inputs: {light: {each: trial, on: 2 s, delay: 500 ms, amplitude: power}}
trials:
  every: 8 s
  start: 3 s
  jitter: 2 s
  columns: {power: {levels: [0.5, 1, 2]}, gain: {uniform: [1, 2]}}
recordings: {seen: {rate: 200 Hz}}
parameters:
  light -> A.strength: 4 1/s
  A -> B.strength: 0.6 1/s
  act.mean: 0
  act.mean.B * gain: 1
  act.spread: 0.000001
)");
}

Twin made_twin(const Recipe& recipe) { return simulate(recipe, Isa::portable); }

const dataset::Trials& trials_of(const Twin& twin, std::size_t subject, std::size_t run) {
  return twin.dataset.subjects.at(subject).runs.at(run).trials.at(0);
}

}  // namespace insula::experiment::test

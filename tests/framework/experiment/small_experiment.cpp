// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/experiment/small_experiment.h"

#include "framework/contract/catalogue.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment::test {

const Catalogue& portable_kinds() {
  static const Catalogue all = catalogue(Isa::portable);
  return all;
}

Experiment small_experiment(const Catalogue& kinds) {
  const dataset::Folder folder;
  folder.write("plain.yaml", R"(insula: architecture/1
name: plain
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: linear}}
inputs: {stimulus: {drives: [A]}, context: {}}
observations: {bold: {kind: bold, regions: [A, B]}}
)");
  folder.write("modulated.yaml", R"(insula: architecture/1
name: modulated
extends: plain.yaml
projections: {A -> B: {kind: modulated, by: [context]}}
)");
  folder.write("recipe.yaml", R"(insula: simulation/1
name: small
architecture: modulated.yaml
seed: 3
duration: 400 s
inputs:
  stimulus: {every: 40 s, on: 20 s, start: 10 s}
  context: {every: 90 s, on: 50 s, start: 5 s}
recordings:
  bold: {interval: 2 s, noise: {snr: 3}}
parameters:
  stimulus -> A.strength: 1 1/s
  A -> B.modulation.context: 0.6 1/s
)");
  folder.write("experiment.yaml", R"(insula: experiment/1
name: small
dataset: recipe.yaml
hypotheses: [plain.yaml, modulated.yaml]
inference: {pareto_draws: 100}
validation: {split: blocks, folds: 3}
comparison: {bootstrap: 100}
seed: 5
)");
  return load(folder.path("experiment.yaml"), kinds);
}

}  // namespace insula::experiment::test

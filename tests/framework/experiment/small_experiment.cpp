// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/experiment/small_experiment.h"

#include <filesystem>
#include <string>

#include "framework/contract/catalogue.h"
#include "framework/dataset/file.h"
#include "framework/report/html.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment::test {

const Catalogue& portable_kinds() {
  static const Catalogue all = catalogue(Isa::portable);
  return all;
}

Experiment small_experiment(const Catalogue& kinds, int duration, int snr) {
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
  folder.write("recipe.yaml",
               R"(insula: simulation/1
name: small
architecture: modulated.yaml
seed: 3
duration: )" + std::to_string(duration) +
                   R"( s
inputs:
  stimulus: {every: 40 s, on: 20 s, start: 10 s}
  context: {every: 90 s, on: 50 s, start: 5 s}
recordings:
  bold: {interval: 2 s, noise: {snr: )" +
                   std::to_string(snr) + R"(}}
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

std::map<std::string, std::string> files_of(const report::Results& results) {
  const dataset::Folder folder;
  report::write(results, folder.path("out"));
  report::write_html(folder.path("out"));
  std::map<std::string, std::string> bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path("out")))
    bytes[entry.path().filename().string()] = dataset::read_bytes(entry.path().string());
  return bytes;
}

}  // namespace insula::experiment::test

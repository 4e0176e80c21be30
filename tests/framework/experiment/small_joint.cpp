// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/experiment/small_joint.h"

#include <algorithm>

#include "framework/base/random.h"
#include "framework/simulation/system.h"
#include "tests/framework/experiment/small_experiment.h"

namespace insula::experiment::test {
namespace {

constexpr const char* kRecipe = R"(insula: simulation/1
name: joint
architecture: truth.yaml
seed: 3
duration: 240 s
trials:
  every: 6 s
  start: 3 s
  jitter: 1 s
  columns: {coherence: {levels: [0.2, 0.5, 1]}, noise: {uniform: [-1, 1]}}
inputs:
  dots: {each: trial, on: 2 s, amplitude: coherence}
  attention: {block: 30 s, pattern: [0, 1, 1, 0, 1]}
recordings:
  bold: {interval: 2 s, noise: {snr: 3}}
  pupil: {rate: 1 Hz, noise: {snr: 2}}
parameters:
  dots -> V5.strength: 4 1/s
  attention -> SPC.strength: 2 1/s
  SPC -> V5.strength: 0.2 1/s
  decision.drift: 0.2 1/s
  decision.drift.V5: 6 1/s
)";

}  // namespace

JointStudy::JointStudy(int subjects) {
  write("truth", "kind: ddm, drift: [V5], window: {from: 0 s, to: 2 s}");
  folder.write("recipe.yaml", kRecipe + ("subjects: " + std::to_string(subjects) + "\n"));
}

void JointStudy::write(const std::string& name, const std::string& decision) const {
  folder.write(name + ".yaml", "insula: architecture/1\nname: " + name + R"(
regions: {V5: {kind: neuronal}, SPC: {kind: neuronal}}
projections: {SPC -> V5: {kind: gated, by: [V5]}}
inputs: {dots: {drives: [V5]}, attention: {drives: [SPC]}}
observations:
  bold: {kind: bold, regions: [V5, SPC]}
  pupil: {kind: pupil, regions: [SPC], channels: {SPC: diameter}}
  decision: {)" + decision + "}\n");
}

Experiment JointStudy::load(const std::string& lines) const {
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: joint\ndataset: recipe.yaml\n" + lines);
  return experiment::load(folder.path("experiment.yaml"), portable_kinds());
}

Experiment JointStudy::load_one(const std::string& decision) const {
  write("one", decision);
  return load("hypotheses: [one.yaml]\nbaselines: []\nvalidation: none\n");
}

Eigen::VectorXd moving_theta(const architecture::Architecture& architecture) {
  const simulation::System system = simulation::compile(architecture);
  Eigen::VectorXd theta = system.prior_mean();
  Stream stream(17, "moving theta");
  for (std::size_t i = 0; i < system.free.size(); ++i) {
    const architecture::Parameter& p = architecture.parameters[system.free[i]];
    double& t = theta[static_cast<Eigen::Index>(i)];
    t += 0.1 * std::min(1.0, p.prior_sd) * stream.normal();
    if (p.name == "dots -> V5.strength") t = 4;
    if (p.name == "attention -> SPC.strength") t = 2;
    if (p.name == "SPC -> V5.strength") t = 0.2;
    if (p.name == "SPC -> V5.gating.V5") t = 0.3;
    if (p.name.starts_with("decision.") && p.name.find('.', 9) != std::string::npos) t += 0.8;
  }
  return theta;
}

}  // namespace insula::experiment::test

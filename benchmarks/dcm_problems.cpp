// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/dcm_problems.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "framework/base/random.h"
#include "framework/simulation/response.h"

namespace insula::benchmark {
namespace {

// Blocks of 32.2 s: photic, motion and attention as in the attention-to-motion experiment.
dataset::Run three_region_run() {
  dataset::Run run;
  run.id = "run-1";
  run.duration = 1159.2;
  const int photic[] = {0, 1, 0, 1, 1, 0}, motion[] = {0, 1, 0, 1, 0, 0},
            attention[] = {0, 1, 0, 0, 0, 0};
  const auto blocks = [&](const std::string& name, const int* pattern) {
    dataset::StepSignal s{name, "1", {}, {}};
    double last = 0;
    for (int b = 0; b < 36; ++b) {
      const double value = pattern[b % 6];
      if (value == last) continue;
      s.onset.push_back(32.2 * b);
      s.value.push_back(last = value);
    }
    run.inputs.push_back(std::move(s));
  };
  blocks("photic", photic);
  blocks("motion", motion);
  blocks("attention", attention);
  return run;
}

// Ten inputs, each on in blocks of 16 s drawn at random.
dataset::Run ten_region_run() {
  dataset::Run run;
  run.id = "run-1";
  run.duration = 512;
  for (int k = 0; k < 10; ++k) {
    dataset::StepSignal s{"u" + std::to_string(k), "1", {}, {}};
    Stream random(1, "input " + std::to_string(k));
    double last = 0;
    for (int b = 0; b < 32; ++b) {
      const double value = random.uniform() < 0.4 ? 1 : 0;
      if (value == last) continue;
      s.onset.push_back(16.0 * b);
      s.value.push_back(last = value);
    }
    run.inputs.push_back(std::move(s));
  }
  return run;
}

DcmProblem simulated(const std::string& yaml,
                     dataset::Run run,
                     double interval,
                     int scans,
                     const Catalogue& catalogue) {
  DcmProblem problem{architecture::parse(yaml, "benchmark.yaml", catalogue), {"s01", {}, {}}, {}};
  const simulation::System system = simulation::compile(problem.architecture);
  dataset::Recording bold;
  bold.name = bold.modality = "bold";
  bold.unit = "%";
  bold.interval = interval;
  for (const auto& r : problem.architecture.regions) bold.channels.push_back(r.name);
  bold.delay.assign(bold.channels.size(), interval / 2);
  bold.samples = Eigen::MatrixXd::Zero(scans, static_cast<Eigen::Index>(bold.channels.size()));
  run.recordings = {bold};
  const simulation::Timeline line = simulation::timeline(system, run);
  Stream random(7, "truth");
  problem.truth = system.prior_mean();
  for (std::size_t i = 0; i < system.free.size(); ++i) {
    const auto& p = problem.architecture.parameters[system.free[i]];
    const auto at = static_cast<Eigen::Index>(i);
    // Inputs that drive must be felt; everything else is half a prior sd away from its mean.
    problem.truth[at] +=
        p.name.find("u") == 0 || p.name.find("photic") == 0 || p.name.find("attention ->") == 0
            ? 0.5
            : 0.5 * p.prior_sd * random.normal();
  }
  const simulation::Response response = simulation::respond(system, line, problem.truth, false);
  if (!response.outcome.finished()) {
    std::fprintf(stderr, "the truth %s\n", to_text(response.outcome).c_str());
    std::exit(1);
  }
  auto& samples = run.recordings[0].samples;
  for (Eigen::Index c = 0; c < samples.cols(); ++c) {
    const Eigen::VectorXd& y = response.value[static_cast<std::size_t>(c)];
    const double sd = std::sqrt((y.array() - y.mean()).square().mean()) / 3;  // SNR 3
    for (Eigen::Index i = 0; i < samples.rows(); ++i) samples(i, c) = y[i] + sd * random.normal();
  }
  problem.subject.runs = {std::move(run)};
  return problem;
}

}  // namespace

std::string three_regions() {
  return R"(insula: architecture/1
name: gated
regions: {V1: {kind: neuronal}, V5: {kind: neuronal}, SPC: {kind: neuronal}}
projections:
  V1 -> V5: {kind: modulated_gated, by: [motion, SPC]}
  V5 -> V1: {kind: linear}
  V5 -> SPC: {kind: linear}
  SPC -> V5: {kind: linear}
inputs: {photic: {drives: [V1]}, motion: {}, attention: {drives: [SPC]}}
observations: {bold: {kind: bold, regions: [V1, V5, SPC]}}
)";
}

std::string ten_regions() {
  std::string regions, projections, inputs, names;
  for (int i = 0; i < 10; ++i) {
    const std::string r = "R" + std::to_string(i);
    regions += "  " + r + ": {kind: neuronal}\n";
    names += (i ? ", " : "") + r;
    inputs += "  u" + std::to_string(i) + ": {drives: [" + r + "]}\n";
    for (int j = 0; j < 10; ++j)
      if (i != j) projections += "  " + r + " -> R" + std::to_string(j) + ": {kind: linear}\n";
  }
  return "insula: architecture/1\nname: ten\nregions:\n" + regions + "projections:\n" +
         projections + "inputs:\n" + inputs + "observations: {bold: {kind: bold, regions: [" +
         names + "]}}\n";
}

DcmProblem three_regions_with_a_gate(const Catalogue& kinds) {
  return simulated(three_regions(), three_region_run(), 3.22, 360, kinds);
}

DcmProblem ten_regions_fully_connected(const Catalogue& kinds) {
  return simulated(ten_regions(), ten_region_run(), 2, 256, kinds);
}

}  // namespace insula::benchmark

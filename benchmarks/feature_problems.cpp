// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/feature_problems.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "framework/base/random.h"
#include "framework/simulation/response.h"

namespace insula::benchmark {
namespace {

std::vector<std::string> names_of(const auto& all) {
  std::vector<std::string> names;
  for (const auto& one : all) names.push_back(one.name);
  return names;
}

// Inputs are blocks but for that of images, the first.
dataset::Run run_of(const architecture::Architecture& plain,
                    Seen seen,
                    const Eigen::MatrixXd& features) {
  dataset::Run run;
  run.id = "run-1";
  run.duration = kInterval * kScans;
  const std::vector<std::string> inputs = names_of(plain.inputs);
  for (const std::string& name : inputs) {
    dataset::StepSignal s{name, "1", {}, {}};
    if (seen == Seen::images && name == inputs[0]) {
      for (int scan = 0; scan < kScans; ++scan) {
        s.onset.push_back(kInterval * scan);
        s.value.push_back(is_shown(seen, scan) ? 1 : 0);
      }
      run.inputs.push_back(std::move(s));
      continue;
    }
    Stream random(1, name);
    for (int b = 0; b < kScans / 8; ++b) {
      s.onset.push_back(8 * kInterval * b);
      s.value.push_back(random.uniform() < 0.5 ? 1 : 0);
    }
    run.inputs.push_back(std::move(s));
  }
  for (Eigen::Index c = 0; c < features.cols(); ++c) {
    dataset::StepSignal s{"clip[" + std::to_string(c + 1) + "]", "1", {}, {}};
    for (int scan = 0; scan < kScans; ++scan) {
      s.onset.push_back(kInterval * scan);
      s.value.push_back(features(scan, c));
    }
    run.inputs.push_back(std::move(s));
  }
  dataset::Recording bold;
  bold.name = bold.modality = "bold";
  bold.unit = "%";
  bold.interval = kInterval;
  bold.channels = names_of(plain.regions);
  bold.delay.assign(bold.channels.size(), kInterval / 2);
  bold.samples = Eigen::MatrixXd::Zero(kScans, static_cast<Eigen::Index>(bold.channels.size()));
  run.recordings = {bold};
  return run;
}

}  // namespace

bool is_shown(Seen seen, int scan) { return seen == Seen::film || scan % 2 == 0; }

std::string watching(const std::string& yaml, const std::string& driven, int columns) {
  const std::string features = "features: {clip: {drives: [" + driven +
                               "], columns: " + std::to_string(columns) +
                               (columns == 1 ? ", prior: {scale: 1}" : "") + "}}\n";
  return yaml + features;
}

Eigen::MatrixXd random_features(Seen seen) {
  Eigen::MatrixXd x(kScans, kColumns);
  Stream random(2, "features");
  for (double& value : x.reshaped()) value = random.normal();
  for (int scan = 0; scan < kScans; ++scan)
    if (!is_shown(seen, scan)) x.row(scan).setZero();
  return x / std::sqrt(static_cast<double>(kColumns));
}

Simulated simulated(const architecture::Architecture& plain,
                    Seen seen,
                    const architecture::Architecture& architecture) {
  Simulated made;
  const Eigen::MatrixXd features = random_features(seen);
  dataset::Run run = run_of(plain, seen, features);
  const simulation::System system = simulation::compile(architecture);
  Stream random(7, "truth");
  Eigen::VectorXd truth = system.prior_mean(), weights(kColumns);
  Eigen::Index column = 0;
  for (std::size_t i = 0; i < system.free.size(); ++i) {
    const std::string& name = architecture.parameters[system.free[i]].name;
    double& value = truth[static_cast<Eigen::Index>(i)];
    if (name.starts_with("clip["))
      value = weights[column++] = 0.3 * random.normal();
    else if (std::ranges::any_of(plain.inputs,
                                 [&](const auto& u) { return name.starts_with(u.name + " "); }))
      value += 0.3;
    else
      value += 0.3 * architecture.parameters[system.free[i]].prior_sd * random.normal();
  }
  made.drive = features * weights;
  const simulation::Response response =
      simulation::respond(system, simulation::timeline(system, run), truth, false);
  if (!response.outcome.finished()) {
    std::fprintf(stderr, "the truth %s\n", to_text(response.outcome).c_str());
    std::exit(1);
  }
  for (Eigen::Index c = 0; c < run.recordings[0].samples.cols(); ++c) {
    const Eigen::VectorXd& y = response.value[static_cast<std::size_t>(c)];
    const double sd = std::sqrt((y.array() - y.mean()).square().mean()) / 3;  // SNR 3
    for (Eigen::Index i = 0; i < kScans; ++i)
      run.recordings[0].samples(i, c) = y[i] + sd * random.normal();
  }
  made.subject.runs = {std::move(run)};
  return made;
}

}  // namespace insula::benchmark

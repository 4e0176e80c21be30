// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/simulation/models.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "framework/base/random.h"
#include "framework/simulation/detail/linearise.h"

namespace insula::simulation::test {

architecture::Architecture chain_of_three(const std::string& region_kind,
                                          const std::string& observation_kind,
                                          const Catalogue& kinds) {
  std::string regions;
  for (const char* name : {"A", "B", "C"})
    regions += std::string("  ") + name + ": {kind: " + region_kind + "}\n";
  return architecture::parse("insula: architecture/1\nname: chain\nregions:\n" + regions + R"(
projections:
  A -> B: {kind: modulated_gated, by: [u2, C]}
  B -> C: {kind: linear}
  C -> B: {kind: saturating}
inputs: {u1: {drives: [A]}, u2: {drives: [C]}}
observations: {seen: {kind: )" + observation_kind +
                                 ", regions: [A, B, C]}}\n",
                             "chain.yaml",
                             kinds);
}

architecture::Architecture one_region_at_rest(const Catalogue& kinds) {
  return architecture::parse(R"(insula: architecture/1
name: one
regions: {A: {kind: neuronal}}
inputs: {u: {drives: [A]}}
observations: {seen: {kind: bold, regions: [A]}}
)",
                             "one.yaml",
                             kinds);
}

namespace {

dataset::Recording recording(const System& system, double interval, int samples) {
  dataset::Recording r;
  r.name = "seen";
  r.interval = interval;
  const auto& observation = system.architecture.observations[0];
  r.channels = observation.channels;
  for (std::size_t c = 0; c < r.channels.size(); ++c)
    r.delay.push_back(0.3 * interval * static_cast<double>(c));
  r.samples = Eigen::MatrixXd::Zero(samples, static_cast<Eigen::Index>(r.channels.size()));
  return r;
}

}  // namespace

dataset::Run block_run(const System& system, double interval, int samples) {
  dataset::Run run;
  run.id = "run";
  run.duration = interval * (samples + 1);
  for (std::size_t k = 0; k < system.inputs.size(); ++k) {
    dataset::StepSignal s;
    s.name = system.inputs[k];
    const double period = 37.3 + 11.9 * static_cast<double>(k);
    for (double t = 10.0 + static_cast<double>(k); t < run.duration; t += period) {
      s.onset.insert(s.onset.end(), {t, t + 0.45 * period});
      s.value.insert(s.value.end(), {1, 0});
    }
    run.inputs.push_back(std::move(s));
  }
  run.recordings = {recording(system, interval, samples)};
  return run;
}

dataset::Run constant_run(const System& system, double duration) {
  dataset::Run run;
  run.id = "run";
  run.duration = duration;
  for (const std::string& name : system.inputs) {
    dataset::StepSignal s;
    s.name = name;
    s.onset = {0};
    s.value = {1};
    run.inputs.push_back(std::move(s));
  }
  run.recordings = {recording(system, 2.0, static_cast<int>(duration / 2))};
  return run;
}

Eigen::VectorXd drawn_theta(const System& system, std::uint64_t seed) {
  Stream random(seed, "drawn theta");
  Eigen::VectorXd theta = system.prior_mean();
  const Eigen::VectorXd sd = system.prior_sd();
  const std::vector<std::string> names = system.parameter_names();
  for (Eigen::Index i = 0; i < theta.size(); ++i) {
    theta[i] += 0.5 * sd[i] * random.normal();
    if (!names[static_cast<std::size_t>(i)].starts_with("u")) continue;
    // A rate region answers to its input itself, not to a sixteenth of it.
    theta[i] = system.regions[0].kind->name == "rate" ? 0.1 * (theta[i] + 1) : theta[i] + 1;
  }
  return theta;
}

void set(const System& system, Eigen::VectorXd& theta, const std::string& name, double value) {
  const std::vector<std::string> names = system.parameter_names();
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) {
      theta[static_cast<Eigen::Index>(i)] = value;
      return;
    }
  throw std::out_of_range("no free parameter " + name);
}

double worst_derivative(const System& system, const Timeline& line, const Eigen::VectorXd& theta) {
  std::vector<Step> steps;
  const Response at = respond_accurately(system, line, theta, true, nullptr, &steps);
  EXPECT_TRUE(at.outcome.finished()) << to_text(at.outcome);
  double worst = 0;
  for (Eigen::Index p = 0; p < theta.size(); ++p) {
    // Large enough for rounding to stay below 1e-8, small enough for the third derivative.
    const double h = 1e-4 * std::max(std::abs(theta[p]), 1.0);
    Eigen::VectorXd up = theta, down = theta;
    up[p] += h;
    down[p] -= h;
    const Response above = respond_accurately(system, line, up, false, &steps, nullptr);
    const Response below = respond_accurately(system, line, down, false, &steps, nullptr);
    Eigen::VectorXd farther_up = theta, farther_down = theta;
    farther_up[p] += 2 * h;
    farther_down[p] -= 2 * h;
    const Response far_above = respond_accurately(system, line, farther_up, false, &steps, nullptr);
    const Response far_below =
        respond_accurately(system, line, farther_down, false, &steps, nullptr);
    for (std::size_t c = 0; c < at.value.size(); ++c) {
      // Fourth order: (8 (f₁ − f₋₁) − (f₂ − f₋₂)) / 12h.
      const Eigen::VectorXd difference =
          (8 * (above.value[c] - below.value[c]) - (far_above.value[c] - far_below.value[c])) /
          (12 * h);
      const double scale = std::max(at.jacobian[c].col(p).cwiseAbs().maxCoeff(),
                                    1e-2 * at.jacobian[c].cwiseAbs().maxCoeff());
      worst = std::max(worst, (difference - at.jacobian[c].col(p)).cwiseAbs().maxCoeff() / scale);
    }
  }
  return worst;
}

Eigen::VectorXd observed(const System& system,
                         const std::vector<double>& natural,
                         const Trajectory& trajectory,
                         std::size_t channel,
                         std::size_t samples) {
  return observe_samples(system, *system.structure, natural, trajectory, channel, samples, nullptr);
}

}  // namespace insula::simulation::test

// SPDX-License-Identifier: Apache-2.0
// What do the predictions at many draws from a posterior cost, as k̂ and importance sampling need
// them?
//
// Three regions with a gate and ten regions fully connected, 1000 draws from the posterior of a fit
// to simulated data. Ways compared: one draw after the other, and neighbours in the lanes of one
// integration. On one thread; one warm-up, then the median of nine. Every prediction of the second
// way is compared with a solution at a thousandth of the tolerance.
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "benchmarks/dcm_problems.h"
#include "benchmarks/timing.h"
#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "framework/simulation/detail/linearise.h"
#include "framework/simulation/response.h"
#include "modules/catalogue.h"

namespace insula {
namespace {

using benchmark::timed;
using benchmark::Timing;

constexpr int kDraws = 1000;

std::vector<Eigen::VectorXd> drawn(const inference::Fit& fit) {
  const Eigen::LLT<Eigen::MatrixXd> scale(fit.covariance);
  Stream random(1, "draws");
  std::vector<Eigen::VectorXd> draws;
  for (int i = 0; i < kDraws; ++i) {
    Eigen::VectorXd z(fit.mean.size());
    for (double& value : z) value = random.normal();
    draws.push_back(fit.mean + scale.matrixL() * z);
  }
  return draws;
}

// Largest difference from a solution at a tight tolerance, as a share of the series' range.
double worst_share(const simulation::System& system,
                   const simulation::Timeline& line,
                   const std::vector<Eigen::VectorXd>& draws,
                   const std::vector<simulation::Response>& responses) {
  double worst = 0;
  for (std::size_t i = 0; i < draws.size(); i += 10) {
    if (!responses[i].outcome.finished()) continue;
    const std::vector<double> natural = system.natural(draws[i]);
    const auto fine =
        simulation::integrate(system, line, natural, false, nullptr, 1e-3 * simulation::kTolerance);
    for (std::size_t c = 0; c < system.channels.size(); ++c) {
      const Eigen::VectorXd y =
          simulation::observe_samples(system,
                                      *system.structure,
                                      natural,
                                      fine,
                                      c,
                                      static_cast<std::size_t>(line.channel_samples[c]),
                                      nullptr);
      worst = std::max(
          worst, (responses[i].value[c] - y).cwiseAbs().maxCoeff() / (y.maxCoeff() - y.minCoeff()));
    }
  }
  return worst;
}

void report(const char* title, const benchmark::DcmProblem& problem) {
  const auto assembled = experiment::assemble(problem.architecture, problem.subject, {}, {});
  const inference::Fit fit = inference::variational_laplace(assembled->problem, {});
  const std::vector<Eigen::VectorXd> draws = drawn(fit);
  const simulation::System& system = assembled->system;
  const simulation::Timeline& line = assembled->timelines[0];
  std::vector<simulation::Response> singly(draws.size()), together;
  const Timing one_by_one = timed([&] {
    for (std::size_t i = 0; i < draws.size(); ++i)
      singly[i] = simulation::respond(system, line, draws[i], false);
  });
  const Timing in_lanes =
      timed([&] { together = simulation::respond_together(system, line, draws); });
  std::printf("%s, %d draws\n", title, kDraws);
  std::printf(
      "  one by one  %8.1f ms  (± %.1f)\n", 1e3 * one_by_one.median, 1e3 * one_by_one.deviation);
  std::printf("  in lanes    %8.1f ms  (± %.1f), ratio %.1f\n",
              1e3 * in_lanes.median,
              1e3 * in_lanes.deviation,
              one_by_one.median / in_lanes.median);
  const double share = worst_share(system, line, draws, together);
  std::printf("  error of predictions %.1e of their range, one by one %.1e (the promise is 1e-4)\n",
              share,
              worst_share(system, line, draws, singly));
  if (!(share < 1e-4)) std::exit(1);
}

}  // namespace
}  // namespace insula

int main() {
  using namespace insula;
  const Catalogue kinds = catalogue();
  set_threads(1);
  std::printf("instruction set %s\n", to_text(chosen_isa()).c_str());
  report("three regions with a gate, 360 scans", benchmark::three_regions_with_a_gate(kinds));
  report("ten regions fully connected, 256 scans", benchmark::ten_regions_fully_connected(kinds));
}

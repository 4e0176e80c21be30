// SPDX-License-Identifier: Apache-2.0
// How long does one fit of a DCM take, and what does its Jacobian cost?
//
// Ways compared: this program, and SPM under Octave where SPM_DIR names a copy of SPM.
// Two problems: three regions with a gate (360 scans, TR 3.22 s), ten regions fully connected (256
// scans, TR 2 s). Data are simulated from known parameters; each fit must converge, and the mean
// absolute error of its parameters is printed in posterior standard deviations, so that speed never
// outruns truth. One warm-up, nine runs, median and median absolute deviation.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

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

std::string three_regions() {
  return R"(
insula: architecture/1
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

struct Problem {
  architecture::Architecture architecture;
  dataset::Subject subject;
  Eigen::VectorXd truth;
};

Problem simulated(const std::string& yaml,
                  dataset::Run run,
                  double interval,
                  int scans,
                  const Catalogue& catalogue) {
  Problem problem{architecture::parse(yaml, "benchmark.yaml", catalogue), {"s01", {}, {}}, {}};
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

// Floating-point operations of the tangents: products with the sparse Jacobian and the sums of the
// Runge-Kutta stages, for the rows that each chunk of eight directions reaches at most.
double tangent_operations(const simulation::System& system,
                          const simulation::Timeline& line,
                          const Eigen::VectorXd& theta) {
  const auto trajectory = simulation::integrate(system, line, system.natural(theta), false);
  const double entries = static_cast<double>(system.structure->drift.states.size());
  const double states = system.states;
  const double sums = 1 + 2 + 3 + 4 + 5 + 5;
  const double chunks = std::ceil(static_cast<double>(system.free.size()) / kLanes);
  return 2.0 * kLanes * chunks * static_cast<double>(trajectory.steps.size()) *
         (simulation::kStages * entries + sums * states);
}

// Fused multiply-adds on registers: what one core can do at most with the chosen instruction set.
#if defined(__x86_64__)
__attribute__((target("avx2,fma")))
#endif
double
peak_per_core() {
  constexpr int kChains = 10, kRounds = 2000000;
  typedef double Vector __attribute__((vector_size(32)));
  Vector x[kChains];
  for (int i = 0; i < kChains; ++i) x[i] = Vector{} + 0.1 * i;
  const Vector a = Vector{} + 0.999999, b = Vector{} + 1e-7;
  const auto start = std::chrono::steady_clock::now();
  for (int k = 0; k < kRounds; ++k)
    for (Vector& v : x) v = v * a + b;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  volatile double keep = 0;
  for (const Vector& v : x) keep = keep + v[0];
  return 2.0 * 4 * kChains * kRounds / seconds;
}

void report(const char* title, double limit_ms, const Problem& problem) {
  const auto assembled = experiment::assemble(problem.architecture, problem.subject, {}, {});
  inference::Fit fit;
  const Timing whole = timed([&] { fit = inference::variational_laplace(assembled->problem, {}); });
  const auto& theta = fit.mean;
  const Timing value = timed([&] { assembled->problem.evaluate(theta, false); });
  const Timing jacobian = timed([&] { assembled->problem.evaluate(theta, true); });
  const double operations = tangent_operations(assembled->system, assembled->timelines[0], theta);
  double error = 0;
  for (Eigen::Index i = 0; i < theta.size(); ++i)
    error += std::abs(theta[i] - problem.truth[i]) / std::sqrt(fit.covariance(i, i)) /
             static_cast<double>(theta.size());
  const double peak = peak_per_core() * std::min(threads(), 2);
  std::printf("%s, %d free parameters\n", title, static_cast<int>(theta.size()));
  std::printf(
      "  fit        %8.2f ms  (± %.2f; the goal is %.0f)  %s, %zu iterations, mean error %.2f sd\n",
      1e3 * whole.median,
      1e3 * whole.deviation,
      limit_ms,
      to_text(fit.status).c_str(),
      fit.iterations.size(),
      error);
  std::printf("  prediction %8.2f ms  (± %.2f)\n", 1e3 * value.median, 1e3 * value.deviation);
  std::printf(
      "  Jacobian   %8.2f ms  (± %.2f)  tangents: %.1f Mflop, %.2f Gflop/s of a peak of %.1f\n",
      1e3 * jacobian.median,
      1e3 * jacobian.deviation,
      1e-6 * operations,
      1e-9 * operations / (jacobian.median - value.median),
      1e-9 * peak);
  if (!fit.converged() || error > 2) {
    std::printf("  the answer is wrong: %s\n", fit.reason.c_str());
    std::exit(1);
  }
}

void write_table(const std::string& path, const Eigen::MatrixXd& m) {
  std::ofstream out(path);
  out.precision(17);
  for (Eigen::Index i = 0; i < m.rows(); ++i)
    for (Eigen::Index j = 0; j < m.cols(); ++j) out << m(i, j) << (j + 1 < m.cols() ? '\t' : '\n');
}

// SPM's fit of the three-region problem, in the same run, by benchmarks/dcm_fit_spm.m.
void run_spm(const Problem& problem, const char* spm, const char* script, double ours) {
  const std::string folder = (std::filesystem::temp_directory_path() / "insula-dcm-fit").string();
  std::filesystem::create_directories(folder);
  const dataset::Run& run = problem.subject.runs[0];
  write_table(folder + "/y.tsv", run.recordings[0].samples);
  Eigen::MatrixXd u(360 * 16, 3);
  for (Eigen::Index i = 0; i < u.rows(); ++i)
    for (Eigen::Index k = 0; k < 3; ++k)
      u(i, k) =
          run.inputs[static_cast<std::size_t>(k)].at((static_cast<double>(i) + 0.5) * 3.22 / 16);
  write_table(folder + "/u.tsv", u);
  const std::string command = std::string("octave --no-gui --quiet --eval \"addpath('") + spm +
                              "'); folder = '" + folder + "'; run('" + script + "')\"";
  const auto start = std::chrono::steady_clock::now();
  if (std::system(command.c_str()) != 0) {
    std::printf("  SPM did not run: %s\n", command.c_str());
    return;
  }
  std::ifstream seconds(folder + "/seconds.txt");
  double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  seconds >> spent;
  std::printf("  SPM (spm_dcm_estimate under Octave): %.1f s, ratio %.0f\n", spent, spent / ours);
}

}  // namespace
}  // namespace insula

int main() {
  using namespace insula;
  const Catalogue kinds = catalogue();
  std::printf("instruction set %s, %d threads\n", to_text(chosen_isa()).c_str(), threads());
  const Problem three = simulated(three_regions(), three_region_run(), 3.22, 360, kinds);
  report("three regions with a gate, 360 scans", 60, three);
  const Problem ten = simulated(ten_regions(), ten_region_run(), 2, 256, kinds);
  report("ten regions fully connected, 256 scans", 1000, ten);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak memory %.0f MB (the goal is 200)\n",
              static_cast<double>(usage.ru_maxrss) / 1024);
  if (const char* spm = std::getenv("SPM_DIR")) {
    const auto assembled = experiment::assemble(three.architecture, three.subject, {}, {});
    const Timing ours = timed([&] { inference::variational_laplace(assembled->problem, {}); });
    run_spm(three, spm, INSULA_ROOT "/benchmarks/dcm_fit_spm.m", ours.median);
  } else {
    std::printf("SPM is not measured: set SPM_DIR to its folder, with Octave installed\n");
  }
}

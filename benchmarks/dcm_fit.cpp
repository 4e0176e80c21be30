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

#include "benchmarks/dcm_problems.h"
#include "benchmarks/timing.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "framework/simulation/detail/linearise.h"
#include "framework/simulation/response.h"
#include "modules/catalogue.h"

namespace insula {
namespace {

using benchmark::DcmProblem;
using benchmark::timed;
using benchmark::Timing;

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

void report(const char* title, double limit_ms, const DcmProblem& problem) {
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
void run_spm(const DcmProblem& problem, const char* spm, const char* script, double ours) {
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
  const benchmark::DcmProblem three = benchmark::three_regions_with_a_gate(kinds);
  report("three regions with a gate, 360 scans", 60, three);
  const benchmark::DcmProblem ten = benchmark::ten_regions_fully_connected(kinds);
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

// SPDX-License-Identifier: Apache-2.0
// How long does the log density of one trial take, alone and with its slopes in all parameters?
//
// Ways compared: this program, and HDDM where the command in PYTHON (or python3) can import its
// module wfpt. A million trials, one drift for all or one each; sv = 0.5. The answer is checked on
// the reference table first. One warm-up, nine runs, median and median absolute deviation.
#include <sys/wait.h>

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
#include "framework/numerics/parallel.h"
#include "framework/numerics/wiener.h"
#include "framework/numerics/wiener_draw.h"
#include "tests/support/tsv.h"

namespace insula {
namespace {

using Numbers = std::vector<double>;
namespace fs = std::filesystem;

constexpr std::size_t kTrials = 1000000;

using benchmark::Timing;

// ns a trial
Timing timed(const std::function<void()>& work) {
  constexpr double kScale = 1e9 / static_cast<double>(kTrials);
  const Timing t = benchmark::timed(work);
  return {kScale * t.median, kScale * t.deviation};
}

struct Answer {
  Numbers value, slope[5];

  explicit Answer(std::size_t n) : value(n) {
    for (Numbers& s : slope) s.resize(n);
  }
  numerics::WienerGradient gradient() { return {slope[0], slope[1], slope[2], slope[3], slope[4]}; }
};

void check_answer() {
  const test::Tsv table = test::read_tsv("numerics/ddm_logpdf.tsv");
  const auto n = static_cast<std::size_t>(table.rows.rows());
  Numbers in[7];
  for (int c = 0; c < 7; ++c) in[c].assign(table.rows.col(c).begin(), table.rows.col(c).end());
  Answer answer(n);
  numerics::wiener_log_density(
      {in[0], in[1]}, {in[2], in[3], in[4], in[5], in[6]}, answer.value, answer.gradient());
  double error = 0, slope_error = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = table.rows.row(static_cast<Eigen::Index>(i));
    // Written so that NaN does not pass.
    const double e = std::abs(answer.value[i] - row[7]);
    if (!(e <= error)) error = e;
    for (int k = 0; k < 5; ++k) {
      const double s =
          std::abs(answer.slope[k][i] - row[8 + k]) / std::max(1.0, std::abs(row[8 + k]));
      if (!(s <= slope_error)) slope_error = s;
    }
  }
  std::printf("reference table, %zu rows: error of the log density %.1e, of slopes %.1e\n",
              n,
              error,
              slope_error);
  if (!(error < 1e-12 && slope_error < 1e-9)) {
    std::printf("the answer is wrong\n");
    std::exit(1);
  }
}

struct Problem {
  numerics::WienerPoint at{1.0, 1.5, 0.45, 0.25, 0.5};
  Numbers rt, resp, v;

  Problem() {
    Stream random(1, "wiener benchmark");
    for (std::size_t i = 0; i < kTrials; ++i) {
      v.push_back(at.v + 0.5 * random.normal());
      numerics::WienerPoint trial = at;
      trial.v = v.back();
      const numerics::WienerDraw draw = numerics::draw_wiener(trial, random);
      rt.push_back(draw.rt);
      resp.push_back(draw.resp);
    }
  }
  numerics::WienerParameters parameters(bool drift_each) const {
    numerics::WienerParameters p{{&at.v, 1}, {&at.a, 1}, {&at.z, 1}, {&at.t0, 1}, {&at.sv, 1}};
    if (drift_each) p.v = v;
    return p;
  }
};

// The median ns a trial of the log density alone.
double report(const Problem& problem, bool drift_each, Answer& answer) {
  const numerics::WienerParameters p = problem.parameters(drift_each);
  const numerics::WienerTrials trials{problem.rt, problem.resp};
  const Timing alone = timed([&] { numerics::wiener_log_density(trials, p, answer.value); });
  const Timing both =
      timed([&] { numerics::wiener_log_density(trials, p, answer.value, answer.gradient()); });
  std::printf("  %d thread%s, %s  %6.2f ns (± %.2f)   with five slopes %6.2f ns (± %.2f)\n",
              threads(),
              threads() == 1 ? " " : "s",
              drift_each ? "a drift each     " : "one drift for all",
              alone.median,
              alone.deviation,
              both.median,
              both.deviation);
  return alone.median;
}

void write(const fs::path& path, const Numbers& numbers) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(numbers.size() * sizeof(double)));
}

// HDDM on the same trials, by benchmarks/wiener_peers.py; it uses as many threads as its own build
// and OMP_NUM_THREADS say.
void run_hddm(const Problem& problem, const char* script, double shared, double per_trial) {
  const fs::path folder = fs::temp_directory_path() / "insula-wiener";
  fs::create_directories(folder);
  Answer answer(kTrials);
  write(folder / "rt", problem.rt);
  write(folder / "resp", problem.resp);
  write(folder / "v", problem.v);
  for (const bool drift_each : {false, true}) {
    const numerics::WienerParameters p = problem.parameters(drift_each);
    numerics::wiener_log_density({problem.rt, problem.resp}, p, answer.value);
    Numbers numbers = answer.value;
    const auto& at = problem.at;
    if (!drift_each) numbers.insert(numbers.begin(), {at.v, at.sv, at.a, at.z, at.t0});
    write(folder / (drift_each ? "per_trial" : "shared"), numbers);
  }
  const char* python = std::getenv("PYTHON");
  const fs::path result = folder / "result.tsv";
  const std::string command = std::string(python ? python : "python3") + " '" + script + "' '" +
                              folder.string() + "' > '" + result.string() + "'";
  const int status = std::system(command.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
    std::printf("HDDM is not installed: no comparison\n");
  } else if (status != 0) {
    std::printf("HDDM did not run: %s\n", command.c_str());
  }
  std::ifstream lines(result);
  double ns = 0, difference = 0;
  std::string name;
  while (lines >> ns >> difference && std::getline(lines >> std::ws, name))
    std::printf("  %-56s %7.1f ns, ratio %5.1f, differs by %.1e\n",
                name.c_str(),
                ns,
                ns / (name.find("multi") == std::string::npos ? shared : per_trial),
                difference);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace insula

int main() {
  using namespace insula;
  const int all = threads();
  std::printf("instruction set %s, %d threads\n", to_text(chosen_isa()).c_str(), all);
  check_answer();
  const Problem problem;
  Answer answer(kTrials);
  std::printf("%zu trials, per trial; the goals with avx512 and 2 threads are 3 ns and 10 ns\n",
              kTrials);
  double best[2] = {};
  for (const int count : {1, 2}) {
    set_threads(count);
    for (const bool drift_each : {false, true})
      best[drift_each] = report(problem, drift_each, answer);
  }
  run_hddm(problem, INSULA_ROOT "/benchmarks/wiener_peers.py", best[0], best[1]);
}

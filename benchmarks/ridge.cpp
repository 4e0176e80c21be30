// SPDX-License-Identifier: Apache-2.0
// How long do the members of the ridge family take, measured in what this machine needs for the
// floating-point work alone?
//
//   ridge    3000 × 2000 → 5000, kernel  2000 × 20000 → 2000, banded  2000 × 3·500 → 1000
//
// float, 10 penalties from 1 to 1e6, 5 contiguous folds, 20 candidates of weights of bands. Ways
// compared: this program, and himalaya and scikit-learn where the command in PYTHON (or python3)
// can import them. Three runs, of which the median counts; peers once. A name as an argument
// (ridge, kernel, banded) runs that one alone.
//
// The floor is the work in matrix products of one eigendecomposition with exact block leave-out (n
// rows, p features, t targets, a penalties, 5 folds of m = n/5 rows; q = min(n, p)) over the rate
// of a large product on this machine, and the decomposition itself as measured. CPU seconds stand
// beside wall seconds: other load moves them less.
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

#include "framework/base/random.h"
#include "framework/numerics/blas.h"
#include "framework/numerics/parallel.h"
#include "framework/regression/banded.h"
#include "framework/regression/ridge_cv.h"

namespace insula::regression {
namespace {

using Eigen::Index;
namespace fs = std::filesystem;

struct Seconds {
  double wall = 0, cpu = 0;
};

double cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

Seconds timed(int runs, const std::function<void()>& work) {
  std::vector<Seconds> all;
  for (int i = 0; i < runs; ++i) {
    const double cpu = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    all.push_back({wall.count(), cpu_seconds() - cpu});
  }
  const auto middle = all.begin() + runs / 2;
  Seconds median;
  std::nth_element(
      all.begin(), middle, all.end(), [](Seconds a, Seconds b) { return a.cpu < b.cpu; });
  median.cpu = middle->cpu;
  std::nth_element(
      all.begin(), middle, all.end(), [](Seconds a, Seconds b) { return a.wall < b.wall; });
  median.wall = middle->wall;
  return median;
}

Dense<float> normal_matrix(Index rows, Index columns, const std::string& task) {
  Dense<float> m(rows, columns);
  parallel_for(static_cast<std::size_t>(columns), [&](std::size_t j) {
    Stream random(1, "ridge benchmark/" + task + "/" + std::to_string(j));
    for (Index i = 0; i < rows; ++i) {
      m(i, static_cast<Index>(j)) = static_cast<float>(random.normal());
    }
  });
  return m;
}

constexpr Index kTestRows = 500;
constexpr Index kCandidates = 20;
constexpr int kFolds = 5;

// Features and targets of which a quarter of the variance is signal; the last rows are held out.
struct Problem {
  std::string name;
  Index n, p, t;
  std::vector<Index> bands;
  Dense<float> x, y, x_test, y_test;

  Problem(std::string named, Index rows, Index columns, Index targets, std::vector<Index> sizes)
      : name(std::move(named)), n(rows), p(columns), t(targets), bands(std::move(sizes)) {
    const Dense<float> all = normal_matrix(n + kTestRows, p, name + "/x");
    Dense<float> weights = normal_matrix(p, t, name + "/weights");
    weights *= static_cast<float>(std::sqrt(0.25 / static_cast<double>(p)));
    Dense<float> signal = normal_matrix(n + kTestRows, t, name + "/noise");
    numerics::product<float>(numerics::Op::plain,
                             all,
                             numerics::Op::plain,
                             weights,
                             1,
                             static_cast<float>(std::sqrt(0.75)),
                             signal);
    x = all.topRows(n);
    x_test = all.bottomRows(kTestRows);
    y = signal.topRows(n);
    y_test = signal.bottomRows(kTestRows);
  }
};

std::vector<InnerFold> five_folds(Index n) {
  std::vector<Index> rows(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) rows[static_cast<std::size_t>(i)] = i;
  const Eigen::VectorXd time = Eigen::VectorXd::LinSpaced(n, 0, static_cast<double>(n - 1));
  return inner_folds(std::vector<int>(rows.size(), 0), time, rows, 0, kFolds);
}

std::vector<double> ten_alphas() {
  std::vector<double> alphas;
  for (int i = 0; i < 10; ++i) alphas.push_back(std::pow(10, 6.0 * i / 9));
  return alphas;
}

double mean_r2(const Dense<float>& predicted, const Dense<float>& y) {
  double sum = 0;
  for (Index t = 0; t < y.cols(); ++t) {
    const Eigen::ArrayXd truth = y.col(t).cast<double>();
    const double error = (truth - predicted.col(t).cast<double>().array()).square().sum();
    sum += 1 - error / (truth - truth.mean()).square().sum();
  }
  return sum / static_cast<double>(y.cols());
}

struct Result {
  double score = 0;  // minus the mean held-out error
  double r2 = 0;     // on the rows held out
  std::size_t peak = 0;
};

template <typename Fit>
Result judged(const Problem& problem, const Fit& fit, const Dense<float>& weights) {
  Dense<float> predicted(kTestRows, problem.t);
  numerics::product<float>(
      numerics::Op::plain, problem.x_test, numerics::Op::plain, weights, 1, 0, predicted);
  return {-fit.error.mean(), mean_r2(predicted, problem.y_test), fit.peak};
}

// The fit alone is timed.
std::function<std::function<Result()>()> way(const Problem& problem) {
  const auto folds = five_folds(problem.n);
  const Nuisance none = Nuisance::none(problem.n);
  if (problem.name == "ridge") {
    return [&problem, folds, none] {
      auto fit = ridge_cv(rows_of(problem.x), problem.y, none, folds, RidgeSearch{ten_alphas()});
      return [&problem, fit = std::move(fit)] { return judged(problem, fit, fit.weights); };
    };
  }
  if (problem.name == "kernel") {
    return [&problem, folds, none] {
      const RidgeSearch search{ten_alphas()};
      const Dense<float> kernel = linear_kernel(rows_of(problem.x), search.memory);
      auto fit = kernel_ridge_cv(kernel, problem.y, none, folds, search);
      return [&problem, fit = std::move(fit)] {
        return judged(problem, fit, problem.x.transpose() * fit.weights);
      };
    };
  }
  return [&problem, folds, none] {
    const auto bands = static_cast<Index>(problem.bands.size());
    const BandedSearch search{ten_alphas(), simplex_candidates(bands, kCandidates, 1)};
    auto fit = banded_ridge(rows_of(problem.x), problem.bands, problem.y, none, folds, search);
    return [&problem, fit = std::move(fit)] { return judged(problem, fit, fit.weights); };
  };
}

struct Machine {
  double wall = 0, cpu = 0;  // FLOP/s of a large product: all threads, and of one CPU second
};

Machine measure_machine() {
  const Index n = 2048;
  const Dense<float> a = normal_matrix(n, n, "a");
  Dense<float> c(n, n);
  const auto work = [&] {
    numerics::product<float>(numerics::Op::plain, a, numerics::Op::plain, a, 1, 0, c);
  };
  work();
  const Seconds s = timed(7, work);
  const double flops = 2.0 * std::pow(static_cast<double>(n), 3);
  return {flops / s.wall, flops / s.cpu};
}

Seconds measure_decomposition(Index n) {
  const Dense<float> a = normal_matrix(n + n / 2, n, "a");
  Dense<float> gram(n, n), vectors;
  numerics::self_product<float>(numerics::Op::transposed, a, 1, 0, gram);
  numerics::DenseVector<float> values;
  std::vector<float> work(static_cast<std::size_t>(numerics::eigen_workspace(n)));
  return timed(3, [&] {
    vectors = gram;
    numerics::symmetric_eigen_in_place<float>(vectors, values, work.data());
  });
}

// Floating-point operations of matrix products in one fit; those of the peers' page.
double floor_flops(const Problem& problem) {
  const auto n = static_cast<double>(problem.n), p = static_cast<double>(problem.p);
  const double t = static_cast<double>(problem.t), m = n / kFolds, a = 10;
  const double q = std::min(n, p);
  const double folds = kFolds * a * (m * m * q + 2 * m * m * t) + 2 * a * n * q * t;
  if (problem.name == "kernel") return n * n * p + 2 * 2 * q * q * t + folds;
  const double once = n * p * p + 2 * n * p * t;  // products of features, and with targets
  const double each = 2 * n * p * p + 2 * p * p * t + folds;
  return problem.name == "banded" ? once + kCandidates * each : once + each + 2 * p * p * t;
}

// From here on the peak is that of what follows, not of the data's making.
void forget_peak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;
}

long peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") {
      long kib = 0;
      status >> kib;
      return kib;
    }
  }
  return 0;
}

constexpr const char* kUnhindered = "INSULA_RIDGE_UNHINDERED";

void write(const fs::path& path, const Dense<float>& matrix) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(matrix.data()),
             static_cast<std::streamsize>(static_cast<std::size_t>(matrix.size()) * sizeof(float)));
}

// himalaya and scikit-learn on the same numbers, by benchmarks/ridge_peers.py.
void run_peers(const Problem& problem, Seconds ours, const Result& result) {
  const fs::path folder = fs::temp_directory_path() / "insula-ridge";
  fs::create_directories(folder);
  write(folder / "x", problem.x);
  write(folder / "y", problem.y);
  write(folder / "x_test", problem.x_test);
  write(folder / "y_test", problem.y_test);
  const auto bands = static_cast<Index>(std::max<std::size_t>(1, problem.bands.size()));
  write(folder / "candidates", simplex_candidates(bands, kCandidates, 1).cast<float>());
  std::string shape = problem.name;
  for (const Index size : {problem.n, problem.p, problem.t, bands}) {
    shape += ' ' + std::to_string(size);
  }
  const char* python = std::getenv("PYTHON");
  // Theirs may be newer and find its own core; where it falls back it is told of ours.
  const char* core = std::getenv("OPENBLAS_CORETYPE");
  const std::string command =
      "env -u OPENBLAS_CORETYPE FITTING_CORE=" + std::string(core ? core : "") + " " +
      std::string(python ? python : "python3") + " '" INSULA_ROOT "/benchmarks/ridge_peers.py' '" +
      folder.string() + "' " + shape;
  std::fflush(stdout);
  FILE* const lines = popen(command.c_str(), "r");
  double wall = 0, cpu = 0, r2 = 0, score = 0, mib = 0;
  char name[100];
  while (lines &&
         std::fscanf(lines, "%lf %lf %lf %lf %lf %99[^\n]", &wall, &cpu, &r2, &score, &mib, name) ==
             6) {
    std::printf(
        "    %-52s %7.2f s (ratio %5.2f)  CPU %7.2f s (%5.2f)  %5.0f MiB  R2 differs by "
        "%+.5f%s\n",
        name,
        wall,
        wall / ours.wall,
        cpu,
        cpu / ours.cpu,
        mib,
        r2 - result.r2,
        std::isnan(score) ? ", by another criterion" : "");
    std::fflush(stdout);
  }
  const int status = lines ? pclose(lines) : -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
    std::printf("    neither himalaya nor scikit-learn is installed: no comparison\n");
  } else if (status != 0) {
    std::printf("    peers did not run to their end: %s\n", command.c_str());
  }
  fs::remove_all(folder);
}

void report(const Problem& problem) {
  const Machine machine = measure_machine();
  const Index q = std::min(problem.n, problem.p);
  const Seconds one = measure_decomposition(q);
  const double flops = floor_flops(problem);
  const double decompositions = problem.name == "banded" ? kCandidates : 1;
  const Seconds floor{flops / machine.wall + decompositions * one.wall,
                      flops / machine.cpu + decompositions * one.cpu};
  std::printf(
      "%s, %td x %td -> %td: products at %.1f GFLOP/s (%.1f in a CPU second), %g "
      "decompositions of %td take %.2f s (CPU %.2f)\n",
      problem.name.c_str(),
      problem.n,
      problem.p,
      problem.t,
      1e-9 * machine.wall,
      1e-9 * machine.cpu,
      decompositions,
      q,
      decompositions * one.wall,
      decompositions * one.cpu);
  const auto run = way(problem);
  std::function<Result()> judge;
  forget_peak();
  const Seconds ours = timed(3, [&] {
    judge = nullptr;  // and the fit before with it
    judge = run();
  });
  const long peak = peak_kib();
  const Result result = judge();
  std::printf(
      "    %-52s %7.2f s (floor %5.2f, ratio %.2f)  CPU %7.2f s (floor %5.2f, ratio %.2f)  "
      "%.1f GFLOP/s\n    %-52s %5.0f MiB counted, %ld MiB with data seen by the system; R2 "
      "%.5f, score %.6f\n",
      "Insula",
      ours.wall,
      floor.wall,
      ours.wall / floor.wall,
      ours.cpu,
      floor.cpu,
      ours.cpu / floor.cpu,
      1e-9 * flops / ours.wall,
      "",
      static_cast<double>(result.peak) / 1048576,
      peak / 1024,
      result.r2,
      result.score);
  run_peers(problem, ours, result);
}

}  // namespace
}  // namespace insula::regression

int main(int count, char** arguments) {
  using namespace insula::regression;
  // Some environments hold OpenBLAS back, ours and the peers'; it reads them before main.
  if (std::getenv(kUnhindered) == nullptr) {
    setenv(kUnhindered, "1", 1);
    unsetenv("OPENBLAS_CORETYPE");
    unsetenv("OPENBLAS_L2_SIZE");
    execv("/proc/self/exe", arguments);
  }
  insula::numerics::restart_with_fitting_core(arguments);
  std::printf("%d threads\n", insula::threads());
  const std::string only = count > 1 ? arguments[1] : "";
  if (only.empty() || only == "ridge") report({"ridge", 3000, 2000, 5000, {}});
  if (only.empty() || only == "kernel") report({"kernel", 2000, 20000, 2000, {}});
  if (only.empty() || only == "banded") report({"banded", 2000, 1500, 1000, {500, 500, 500}});
}

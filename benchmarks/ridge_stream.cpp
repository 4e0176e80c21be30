// SPDX-License-Identifier: Apache-2.0
// Is cross-validated ridge, with a penalty for each target, fitted to features that lie on disk
// within a bound of memory?
//
//   ridge_stream [samples features targets [GiB]]      default 20000 20000 2000 4
//
// float features that are drawn by name (Stream) and written to a file, of which only rows that are
// asked for are in memory; targets with signal of 10 to 80 % of their variance; an intercept; 10
// penalties, 5 contiguous folds. The bound is on everything that the process holds: targets,
// weights, BLAS. The program fails if the system saw more, or if the held-out error that the fit
// reports is not that of rows which it never saw.
//
// The floor is the work of the way that the fit took, over the rate of a large product on this
// machine. CPU seconds stand beside wall seconds: other load moves them less.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/numerics/blas.h"
#include "framework/numerics/parallel.h"
#include "framework/regression/ridge_cv.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
namespace fs = std::filesystem;

constexpr int kFolds = 5;
constexpr Index kRowsAtOnce = 64, kTestRows = 512, kFeaturesOfTarget = 16;
constexpr double kGib = 1073741824;

struct Shape {
  Index n = 20000, p = 20000, t = 2000;
};

struct Seconds {
  double wall = 0, cpu = 0;
};

Seconds now() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now().time_since_epoch();
  return {wall.count(),
          static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
              1e-6 * static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec)};
}

Seconds since(Seconds start) {
  const Seconds end = now();
  return {end.wall - start.wall, end.cpu - start.cpu};
}

double peak_bytes() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return 1024.0 * static_cast<double>(use.ru_maxrss);
}

// Rows of float numbers in a file that has no name, so that nothing is left whatever happens.
class RowFile {
 public:
  explicit RowFile(Index columns) : columns_(columns) {
    const std::string folder = fs::temp_directory_path().string();
    file_ = open(folder.c_str(), O_TMPFILE | O_RDWR, 0600);
    if (file_ < 0) throw std::runtime_error("no file can be made in " + folder);
  }
  ~RowFile() { close(file_); }
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;

  void append(const RowMajor& rows) {
    move(rows.size(), [&](Index done, std::size_t bytes) {
      return pwrite(file_, rows.data() + done, bytes, (written_ + done) * 4);
    });
    written_ += rows.size();
  }

  void read(Index first, DenseOut<float> into) {
    RowMajor some(std::min(kRowsAtOnce, into.rows()), columns_);
    for (Index row = 0; row < into.rows(); row += kRowsAtOnce) {
      const Index count = std::min(kRowsAtOnce, into.rows() - row);
      const Index at = (first + row) * columns_;
      move(count * columns_, [&](Index done, std::size_t bytes) {
        return pread(file_, some.data() + done, bytes, (at + done) * 4);
      });
      into.middleRows(row, count) = some.topRows(count);
      bytes_read_ += 4.0 * static_cast<double>(count * columns_);
    }
  }

  double bytes_read() const { return bytes_read_; }

 private:
  template <typename Call>
  static void move(Index numbers, const Call& call) {
    for (Index done = 0; done < numbers;) {
      const ssize_t bytes = call(done, static_cast<std::size_t>(numbers - done) * 4);
      if (bytes <= 0 || bytes % 4 != 0) throw std::runtime_error("the file of features is short");
      done += bytes / 4;
    }
  }

  Index columns_;
  int file_ = -1;
  Index written_ = 0;
  double bytes_read_ = 0;
};

RowMajor drawn_rows(Index first, Index count, Index columns) {
  RowMajor rows(count, columns);
  parallel_for(static_cast<std::size_t>(count), [&](std::size_t i) {
    Stream random(1, "ridge stream/features/" + std::to_string(first + static_cast<Index>(i)));
    for (Index j = 0; j < columns; ++j) {
      rows(static_cast<Index>(i), j) = static_cast<float>(random.normal());
    }
  });
  return rows;
}

// Each target is some features, an offset, and noise; its variance is 1.
void draw_targets(const RowMajor& x, Index first, Dense<float>& y) {
  parallel_for(static_cast<std::size_t>(y.cols()), [&](std::size_t t) {
    const std::string name = std::to_string(t);
    Stream choice(1, "ridge stream/weights/" + name);
    Stream noise(1, "ridge stream/noise/" + name + "/" + std::to_string(first));
    const double signal = 0.1 + 0.7 * static_cast<double>(t) / static_cast<double>(y.cols());
    std::vector<Index> feature(kFeaturesOfTarget);
    for (Index& j : feature) {
      j = static_cast<Index>(choice.below(static_cast<std::uint64_t>(x.cols())));
    }
    const double weight = std::sqrt(signal / static_cast<double>(kFeaturesOfTarget));
    for (Index i = 0; i < x.rows(); ++i) {
      double sum = 1 + std::sqrt(1 - signal) * noise.normal();
      for (const Index j : feature) sum += weight * static_cast<double>(x(i, j));
      y(first + i, static_cast<Index>(t)) = static_cast<float>(sum);
    }
  });
}

struct Problem {
  Shape shape;
  RowFile file;
  Dense<float> y;  // of rows that are fitted, then of test rows

  explicit Problem(Shape of) : shape(of), file(of.p), y(of.n + kTestRows, of.t) {
    for (Index first = 0; first < y.rows(); first += kRowsAtOnce) {
      const RowMajor x = drawn_rows(first, std::min(kRowsAtOnce, y.rows() - first), shape.p);
      draw_targets(x, first, y);
      file.append(x);
    }
  }
};

std::vector<InnerFold> folds_of(Index n) {
  std::vector<Index> rows(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) rows[static_cast<std::size_t>(i)] = i;
  const Eigen::VectorXd time = Eigen::VectorXd::LinSpaced(n, 0, static_cast<double>(n - 1));
  return inner_folds(std::vector<int>(rows.size(), 0), time, rows, 0, kFolds);
}

// Around p (1 − s) / s, the best penalty of a share s of signal.
std::vector<double> ten_alphas(Index p) {
  std::vector<double> alphas;
  for (int i = 0; i < 10; ++i) {
    alphas.push_back(static_cast<double>(p) * std::pow(10, -1.5 + i / 3.0));
  }
  return alphas;
}

double product_rate() {
  const Index n = 2048;
  const Dense<float> a = drawn_rows(0, n, n);
  Dense<float> c(n, n);
  std::vector<double> seconds;
  for (int i = 0; i < 5; ++i) {
    const Seconds start = now();
    numerics::product<float>(numerics::Op::plain, a, numerics::Op::plain, a, 1, 0, c);
    seconds.push_back(since(start).wall);
  }
  return 2 * std::pow(static_cast<double>(n), 3) /
         *std::min_element(seconds.begin(), seconds.end());
}

// Operations of the way that was taken, without an eigendecomposition's own.
double work_of(const Shape& shape, const RidgeFit<float>& fit, double alphas) {
  const auto n = static_cast<double>(shape.n), p = static_cast<double>(shape.p);
  const double t = static_cast<double>(shape.t), m = n / kFolds;
  const double folds = kFolds * (m * m * m / 3 + 2 * m * m * t);
  if (!fit.is_dual && fit.is_factored) {
    return n * p * p + 2 * n * p * t +
           alphas * (p * p * p / 3 + n * p * p + n * m * p + 2 * (p + n) * p * t + folds);
  }
  if (!fit.is_dual) {
    return n * p * p + 4 * n * p * t + 2 * n * p * p + 2 * p * p * t +
           alphas * (2 * n * p * t + kFolds * m * m * p + folds);
  }
  const double once = n * n * p + 2 * n * p * t;
  if (!fit.is_factored) {
    return once + 4 * n * n * t + alphas * (2 * n * n * t + kFolds * m * m * n + folds);
  }
  // Columns of an inverse factor begin at their own row: a fold's products have n/2 rows, or so.
  return once + alphas * (2 * n * n * n / 3 + 2 * n * n * t + kFolds * m * m * n / 2 + folds);
}

double test_error(Problem& problem, const RidgeFit<float>& fit) {
  Dense<float> x(kTestRows, problem.shape.p), residual = problem.y.bottomRows(kTestRows);
  problem.file.read(problem.shape.n, x);
  numerics::product<float>(
      numerics::Op::plain, x, numerics::Op::plain, fit.weights, -1, 1, residual);
  residual.rowwise() -= fit.nuisance_weights.row(0).cast<float>();
  return residual.array().square().mean();
}

bool run(const Shape& shape, double bound) {
  const double rate = product_rate();
  std::printf(
      "%td samples x %td features (%.2f GB on disk) -> %td targets, %d threads, products "
      "at %.1f GFLOP/s\n",
      shape.n,
      shape.p,
      4e-9 * static_cast<double>(shape.n * shape.p),
      shape.t,
      threads(),
      1e-9 * rate);
  std::fflush(stdout);
  Seconds start = now();
  Problem problem(shape);
  std::printf("made in %.0f s\n", since(start).wall);
  std::fflush(stdout);
  const Dense<float> test_y = problem.y.bottomRows(kTestRows);
  const FeatureRows<float> x{
      shape.n,
      shape.p,
      [&](Index first, DenseOut<float> into) { problem.file.read(first, into); },
      nullptr};
  const Dense<float> y = problem.y.topRows(shape.n);
  problem.y = test_y;
  // Beside what is here already, BLAS and the reader have some buffers.
  const double left = bound - peak_bytes() - (bound > kGib ? 128 : 48) * 1048576.0;
  if (left <= 0) throw std::runtime_error("the bound is less than the targets need");
  const RidgeSearch search{ten_alphas(shape.p), static_cast<std::size_t>(left)};
  start = now();
  const RidgeFit<float> fit =
      ridge_cv(x, y, Nuisance::intercept(shape.n), folds_of(shape.n), search);
  const Seconds took = since(start);
  const double work = work_of(shape, fit, static_cast<double>(search.alphas.size()));
  const double peak = peak_bytes(), read = problem.file.bytes_read();
  std::printf(
      "fitted in %.1f s (CPU %.1f s), by %s%s\n"
      "  %.2f Tflop: %.1f GFLOP/s (%.1f in a CPU second), %.2f times the floor of %.1f s\n"
      "  read %.2f GB: %.0f MB/s over the whole fit\n"
      "  memory: %.3f GiB at most as the system saw it, bound %.3f; %.3f counted by the fit\n",
      took.wall,
      took.cpu,
      fit.is_factored ? "a Cholesky factor for each penalty" : "one eigendecomposition",
      fit.is_widened ? ", in double" : "",
      1e-12 * work,
      1e-9 * work / took.wall,
      1e-9 * work / took.cpu,
      took.wall * rate / work,
      work / rate,
      1e-9 * read,
      1e-6 * read / took.wall,
      peak / kGib,
      bound / kGib,
      static_cast<double>(fit.peak) / kGib);
  const double promised = fit.error.mean(), met = test_error(problem, fit);
  std::printf(
      "  squared error %.4f in rows left out, %.4f in %td new ones; penalties %.3g to %.3g\n",
      promised,
      met,
      kTestRows,
      fit.alpha.minCoeff(),
      fit.alpha.maxCoeff());
  if (peak > bound) std::printf("FAILED: the bound of memory was not kept\n");
  // Refitted to all rows, and chosen among ten: a few per cent.
  const bool is_error_met = std::abs(met - promised) < 0.1 * promised;
  if (!is_error_met) std::printf("FAILED: new rows are not predicted as promised\n");
  return peak <= bound && is_error_met;
}

}  // namespace
}  // namespace insula::regression

int main(int count, char** arguments) {
  using namespace insula::regression;
  insula::numerics::restart_with_fitting_core(arguments);
  Shape shape;
  double bound = 4 * kGib;
  if (count != 1 && count != 4 && count != 5) {
    std::fprintf(stderr, "usage: ridge_stream [samples features targets [GiB]]\n");
    return 2;
  }
  if (count > 3)
    shape = {std::atol(arguments[1]), std::atol(arguments[2]), std::atol(arguments[3])};
  if (count > 4) bound = std::atof(arguments[4]) * kGib;
  if (shape.n < 10 || shape.p < 1 || shape.t < 1 || !(bound > 0)) {
    std::fprintf(stderr, "ridge_stream takes sizes above 0 and at least 10 samples\n");
    return 2;
  }
  try {
    return run(shape, bound) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ridge_stream: %s\n", error.what());
    return 1;
  }
}

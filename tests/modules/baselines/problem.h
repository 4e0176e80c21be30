// SPDX-License-Identifier: Apache-2.0
// Problems for the tests of baselines.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/contract/baseline.h"
#include "framework/evaluation/folds.h"
#include "framework/evaluation/scores.h"
#include "framework/numerics/cosine_set.h"

namespace insula::baselines {

extern const BaselineKind banded_ridge, mean, time_only, low_level, hrf_glm, kernel_glm,
    kernel_ridge, pls, poisson_glm, ridge, var;

/// Those of real numbers; counts have tests of their own.
inline const BaselineKind* const kKinds[] = {&banded_ridge,
                                             &mean,
                                             &time_only,
                                             &low_level,
                                             &hrf_glm,
                                             &kernel_glm,
                                             &kernel_ridge,
                                             &pls,
                                             &ridge,
                                             &var};

/// One run of `samples` of BOLD with nothing in it: three inputs (blocks of irregular length, some
/// of them at the same time), a constant and a drift of periods above 128 s, no delay, no data.
inline BaselineProblem empty_problem(Eigen::Index samples,
                                     double interval,
                                     int channels,
                                     std::uint64_t seed) {
  Stream random(seed, "inputs");
  BaselineProblem problem;
  problem.recording.modality = "bold";
  problem.gap = 32;
  BaselineRun run;
  run.interval = interval;
  run.duration = interval * static_cast<double>(samples);
  for (const char* name : {"photic", "motion", "attention"}) {
    BaselineInput input{name, {}, {}};
    double value = 0;
    for (double t = 10 * random.uniform(); t < run.duration; t += 10 + 25 * random.uniform()) {
      input.onset.push_back(t);
      input.value.push_back(value = 1 - value);
    }
    run.inputs.push_back(input);
  }
  for (int c = 0; c < channels; ++c) {
    problem.channels.push_back("c" + std::to_string(c));
    run.delay.push_back(0);
  }
  const Eigen::Index drift = numerics::cosine_columns(run.duration, 128);
  run.nuisance = numerics::cosine_set(samples, drift + 1);
  run.data = Eigen::MatrixXd::Constant(samples, channels, std::nan(""));
  problem.nuisance_penalty = Eigen::VectorXd::Ones(drift + 1);
  problem.nuisance_penalty[0] = 0;
  problem.runs.push_back(run);
  return problem;
}

/// What an input is at a time: its value since the last onset, 0 before the first.
inline double held_at(const BaselineInput& input, double time) {
  double value = 0;
  for (std::size_t i = 0; i < input.onset.size() && input.onset[i] <= time; ++i)
    value = input.value[i];
  return value;
}

/// `problem` with the training samples of a fold: everything else is NaN. `observed` per run.
inline BaselineProblem with_training(BaselineProblem problem,
                                     const std::vector<Eigen::MatrixXd>& observed,
                                     const evaluation::Fold& fold) {
  for (std::size_t r = 0; r < problem.runs.size(); ++r) {
    BaselineRun& run = problem.runs[r];
    for (Eigen::Index c = 0; c < observed[r].cols(); ++c) {
      for (Eigen::Index s = 0; s < observed[r].rows(); ++s) {
        const double time = run.start + double(s) * run.interval + run.delay[std::size_t(c)];
        const bool train =
            evaluation::part_of(fold, r, time, problem.gap) == evaluation::Part::train;
        run.data(s, c) = train ? observed[r](s, c) : std::nan("");
      }
    }
  }
  return problem;
}

/// Stationary AR(1) noise of unit variance, each column on its own.
inline Eigen::MatrixXd noise(Eigen::Index rows,
                             Eigen::Index columns,
                             double rho,
                             std::uint64_t seed) {
  Stream random(seed, "noise");
  Eigen::MatrixXd e(rows, columns);
  for (Eigen::Index c = 0; c < columns; ++c) {
    for (Eigen::Index t = 0; t < rows; ++t) {
      e(t, c) =
          t == 0 ? random.normal() : rho * e(t - 1, c) + std::sqrt(1 - rho * rho) * random.normal();
    }
  }
  return e;
}

/// Whether two matrices hold the same bits, NaN included.
inline bool same_bits(const std::vector<Eigen::MatrixXd>& a,
                      const std::vector<Eigen::MatrixXd>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t r = 0; r < a.size(); ++r) {
    if (a[r].rows() != b[r].rows() || a[r].cols() != b[r].cols()) return false;
    const std::size_t bytes = sizeof(double) * static_cast<std::size_t>(a[r].size());
    if (std::memcmp(a[r].data(), b[r].data(), bytes) != 0) return false;
  }
  return true;
}

/// The held-out samples of channel `c` of the first run, with a prediction for them.
inline evaluation::HeldOut held_out(const BaselineProblem& problem,
                                    const Eigen::MatrixXd& observed,
                                    const BaselinePrediction& prediction,
                                    const std::vector<Eigen::Index>& test,
                                    Eigen::Index c) {
  const BaselineRun& run = problem.runs[0];
  evaluation::HeldOut held;
  held.observed = observed.col(c)(test);
  held.predicted = prediction.mean[0].col(c)(test);
  held.sd = prediction.sd[0].col(c)(test);
  held.run.assign(test.size(), 0);
  held.time.resize(held.observed.size());
  for (std::size_t i = 0; i < test.size(); ++i) {
    held.time[Eigen::Index(i)] = run.start + double(test[i]) * run.interval;
  }
  const auto finite = run.data.col(c).array().isFinite();
  held.training_mean = finite.select(run.data.col(c).array(), 0).sum() / double(finite.count());
  return held;
}

/// Every fold's held-out samples of channel `c` of a problem of one run.
inline std::vector<evaluation::HeldOut> cross_validate(const BaselineKind& kind,
                                                       const BaselineProblem& empty,
                                                       const Eigen::MatrixXd& observed,
                                                       int folds,
                                                       Eigen::Index c) {
  std::vector<evaluation::HeldOut> result;
  for (const auto& fold : evaluation::split_blocks({empty.runs[0].duration}, folds)) {
    const BaselineProblem problem = with_training(empty, {observed}, fold);
    std::vector<Eigen::Index> test;
    for (Eigen::Index s = 0; s < observed.rows(); ++s) {
      const double time = double(s) * empty.runs[0].interval + empty.runs[0].delay[std::size_t(c)];
      if (evaluation::part_of(fold, 0, time, 0) == evaluation::Part::test) test.push_back(s);
    }
    result.push_back(held_out(problem, observed, kind.predict(problem), test, c));
  }
  return result;
}

inline const evaluation::Metric& metric(std::string_view name) {
  for (const evaluation::Metric& one : evaluation::metrics()) {
    if (one.name == name) return one;
  }
  throw std::runtime_error("no metric of that name");
}

}  // namespace insula::baselines

// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/stacked.h"

#include <cmath>
#include <utility>

#include "framework/base/error.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

void check(const BaselineProblem& problem) {
  const auto channels = static_cast<Index>(problem.channels.size());
  for (const BaselineRun& run : problem.runs) {
    const bool fits = run.data.cols() == channels && run.nuisance.rows() == run.data.rows() &&
                      run.nuisance.cols() == problem.nuisance_penalty.size() &&
                      run.delay.size() == problem.channels.size() && run.interval > 0 &&
                      run.inputs.size() == problem.runs[0].inputs.size() &&
                      run.together.size() ==
                          (problem.runs[0].together.empty() ? 0 : std::size_t(run.data.rows())) &&
                      run.nuisance.allFinite();
    if (!fits) throw InternalError("a baseline's problem contradicts itself");
  }
  if (problem.runs.empty()) throw InternalError("a baseline's problem has no run");
}

std::vector<Index> training_rows(const MatrixXd& data, Index channel) {
  std::vector<Index> rows;
  for (Index row = 0; row < data.rows(); ++row) {
    if (std::isfinite(data(row, channel))) rows.push_back(row);
  }
  return rows;
}

void add_to_groups(Index channel,
                   std::vector<double> delay,
                   std::vector<Index> train,
                   std::vector<Group>& groups) {
  for (Group& group : groups) {
    if (group.delay == delay && group.train == train) {
      group.channels.push_back(channel);
      return;
    }
  }
  groups.push_back({{channel}, std::move(delay), std::move(train), {}, 1});
}

void scale_nuisance(MatrixXd& nuisance) {
  for (Index k = 0; k < nuisance.cols(); ++k) {
    const double size = std::sqrt(nuisance.col(k).squaredNorm() / double(nuisance.rows()));
    if (size > 0) nuisance.col(k) /= size;
  }
}

}  // namespace

Stacked stack(const BaselineProblem& problem) {
  check(problem);
  Index rows = 0;
  for (const BaselineRun& run : problem.runs) rows += run.data.rows();

  Stacked all;
  all.memory = std::make_shared<Memory>(problem.memory);
  const auto channels = static_cast<Index>(problem.channels.size());
  // What stays, and the means of what is predicted.
  all.memory->take(bytes_of(rows * (2 + 2 * channels + problem.nuisance_penalty.size())),
                   "its data and nuisance columns");
  all.time.resize(rows);
  all.data.resize(rows, channels);
  all.nuisance_penalty = problem.nuisance_penalty;
  all.nuisance.resize(rows, problem.nuisance_penalty.size());
  Index first = 0;
  for (std::size_t r = 0; r < problem.runs.size(); ++r) {
    const BaselineRun& run = problem.runs[r];
    const Index n = run.data.rows();
    all.run_start.push_back(first);
    all.run.insert(all.run.end(), static_cast<std::size_t>(n), static_cast<int>(r));
    for (Index s = 0; s < n; ++s) all.time[first + s] = run.start + double(s) * run.interval;
    all.together.insert(all.together.end(), run.together.begin(), run.together.end());
    all.data.middleRows(first, n) = run.data;
    all.nuisance.middleRows(first, n) = run.nuisance;
    first += n;
  }
  scale_nuisance(all.nuisance);
  for (Index c = 0; c < channels; ++c) {
    std::vector<double> delay;
    for (const BaselineRun& run : problem.runs)
      delay.push_back(run.delay[static_cast<std::size_t>(c)]);
    add_to_groups(c, std::move(delay), training_rows(all.data, c), all.groups);
  }
  for (Group& group : all.groups) {
    group.folds =
        inner_folds(all.run, all.time, group.train, problem.gap, kInnerFolds, all.together);
  }
  return all;
}

CountedColumns counted_columns(const BaselineProblem& problem,
                               const Stacked& all,
                               const Group& group,
                               const InputForm& form) {
  CountedColumns columns;
  columns.counted = std::make_unique<Counted>(*all.memory,
                                              bytes_of(all.rows() * column_count(problem, form)),
                                              ("columns of inputs: " + form.text()).c_str());
  columns.x = input_columns(problem, group.delay, form);
  return columns;
}

RidgeRows Stacked::regression(const Group& group, MatrixXd x) const {
  return {std::move(x), nuisance, penalty(group), data(Eigen::all, group.channels)};
}

BaselinePrediction unstack(const BaselineProblem& problem,
                           const MatrixXd& mean,
                           const VectorXd& sd) {
  BaselinePrediction prediction;
  Index first = 0;
  for (const BaselineRun& run : problem.runs) {
    const Index n = run.data.rows();
    prediction.mean.push_back(mean.middleRows(first, n));
    prediction.sd.push_back(sd.transpose().replicate(n, 1));
    first += n;
  }
  return prediction;
}

VectorXd predictive_sd(const VectorXd& held_out_error, const MatrixXd& residual) {
  const VectorXd in_training =
      (residual.colwise().squaredNorm() / double(residual.rows())).cwiseSqrt().transpose();
  return held_out_error.array().isNaN().select(in_training, held_out_error.cwiseSqrt());
}

}  // namespace insula::regression

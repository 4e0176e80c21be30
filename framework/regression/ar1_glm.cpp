// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/ar1_glm.h"

#include <limits>

#include "framework/base/text.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/drift.h"
#include "framework/regression/least_squares.h"
#include "framework/regression/stacked.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

struct Ar1Model {
  MatrixXd columns;  // of all rows: convolved inputs, then nuisance
  VectorXd penalty;
  std::vector<int> run;

  Ar1Fit fit(const std::vector<Index>& rows, const VectorXd& y) const {
    Positions positions{rows, {}};
    for (const Index row : rows) positions.run.push_back(run[static_cast<std::size_t>(row)]);
    return ar1_least_squares(columns(rows, Eigen::all), penalty, y(rows), positions);
  }
};

Ar1Model model_of(const BaselineProblem& problem,
                  const Stacked& all,
                  const Group& group,
                  const InputForm& form) {
  const CountedColumns counted = counted_columns(problem, all, group, form);
  const MatrixXd& inputs = counted.x;
  Ar1Model model{MatrixXd(all.rows(), inputs.cols() + all.nuisance.cols()),
                 VectorXd::Zero(inputs.cols() + all.nuisance.cols()),
                 all.run};
  model.columns << inputs, all.nuisance;
  model.penalty.tail(all.nuisance.cols()) = all.penalty(group);
  return model;
}

// Its columns; a part of them, whitened, beside penalties and decomposed.
std::size_t model_bytes(const BaselineProblem& problem, const Stacked& all, const InputForm& form) {
  const Index columns = column_count(problem, form) + all.nuisance.cols();
  return bytes_of(5 * (all.rows() + columns) * columns + 3 * columns * columns);
}

}  // namespace

BaselinePrediction predict_by_ar1_glm(const BaselineProblem& problem, const InputForm& form) {
  Stacked all = stack(problem);
  tune_drift(problem, &form, all);
  MatrixXd mean =
      MatrixXd::Constant(all.rows(), all.data.cols(), std::numeric_limits<double>::quiet_NaN());
  VectorXd sd = mean.row(0), rho = sd;
  for (const Group& group : all.groups) {
    if (group.train.empty()) continue;
    const Counted columns(*all.memory, model_bytes(problem, all, form), "a general linear model");
    const Ar1Model model = model_of(problem, all, group, form);
    for (const Index channel : group.channels) {
      const VectorXd y = all.data.col(channel);
      const Ar1Fit fit = model.fit(group.train, y);
      const VectorXd error = held_out_error(group.folds, y, [&](const InnerFold& fold) -> MatrixXd {
        return model.columns(fold.test, Eigen::all) * model.fit(fold.train, y).weights;
      });
      mean.col(channel) = model.columns * fit.weights;
      const VectorXd residual = y(group.train) - mean.col(channel)(group.train);
      sd[channel] = predictive_sd(error, residual)[0];
      rho[channel] = fit.rho;
    }
  }
  BaselinePrediction prediction = unstack(problem, mean, sd);
  prediction.tuned = drift_text(problem, all);
  for (Index c = 0; c < rho.size(); ++c) {
    prediction.tuned.emplace_back(
        "autocorrelation of " + problem.channels[static_cast<std::size_t>(c)],
        short_number(rho[c]));
  }
  return prediction;
}

}  // namespace insula::regression

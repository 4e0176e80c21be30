// SPDX-License-Identifier: Apache-2.0
// What the position in the run predicts: constant, confounds and slow drift, and no input.
#include <limits>

#include "framework/contract/baseline.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/drift.h"
#include "framework/regression/least_squares.h"
#include "framework/regression/stacked.h"

namespace insula::baselines {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace regression;

BaselinePrediction predict_time_only(const BaselineProblem& problem) {
  Stacked all = stack(problem);
  tune_drift(problem, nullptr, all);
  MatrixXd mean =
      MatrixXd::Constant(all.rows(), all.data.cols(), std::numeric_limits<double>::quiet_NaN());
  VectorXd sd = mean.row(0);
  for (const Group& group : all.groups) {
    if (group.train.empty()) continue;
    const MatrixXd y = all.data(Eigen::all, group.channels);
    const auto from = [&](const std::vector<Eigen::Index>& rows) -> MatrixXd {
      return all.nuisance *
             least_squares(all.nuisance(rows, Eigen::all), all.penalty(group), y(rows, Eigen::all));
    };
    const VectorXd error = held_out_error(group.folds, y, [&](const InnerFold& fold) -> MatrixXd {
      return from(fold.train)(fold.test, Eigen::all);
    });
    const MatrixXd fitted = from(group.train);
    mean(Eigen::all, group.channels) = fitted;
    sd(group.channels) =
        predictive_sd(error, y(group.train, Eigen::all) - fitted(group.train, Eigen::all));
  }
  BaselinePrediction prediction = unstack(problem, mean, sd);
  prediction.tuned = drift_text(problem, all);
  return prediction;
}

}  // namespace

extern const BaselineKind time_only;
const BaselineKind time_only = {
    "time_only",
    "Constant, confounds and slow drift by penalised least squares: what the position in the run "
    "predicts without any input.",
    "Feghhi 2024, arXiv:2406.01538",
    predict_time_only,
};

}  // namespace insula::baselines

// SPDX-License-Identifier: Apache-2.0
// Every sample is predicted by the mean of the training samples of its channel.
#include <limits>

#include "framework/contract/baseline.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/stacked.h"

namespace insula::baselines {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace regression;

BaselinePrediction predict_mean(const BaselineProblem& problem) {
  const Stacked all = stack(problem);
  MatrixXd mean =
      MatrixXd::Constant(all.rows(), all.data.cols(), std::numeric_limits<double>::quiet_NaN());
  VectorXd sd = mean.row(0);
  for (const Group& group : all.groups) {
    if (group.train.empty()) continue;
    const MatrixXd y = all.data(Eigen::all, group.channels);
    const auto mean_of = [&](const std::vector<Eigen::Index>& rows) -> Eigen::RowVectorXd {
      return y(rows, Eigen::all).colwise().mean();
    };
    const VectorXd error = held_out_error(group.folds, y, [&](const InnerFold& fold) {
      return MatrixXd(
          mean_of(fold.train).replicate(static_cast<Eigen::Index>(fold.test.size()), 1));
    });
    const Eigen::RowVectorXd of_training = mean_of(group.train);
    mean(Eigen::all, group.channels) = of_training.replicate(all.rows(), 1);
    sd(group.channels) = predictive_sd(error, y(group.train, Eigen::all).rowwise() - of_training);
  }
  return unstack(problem, mean, sd);
}

}  // namespace

extern const BaselineKind mean;
const BaselineKind mean = {
    "mean",
    "The mean of the training samples: what is known without any input.",
    "the reference of R²",
    predict_mean,
};

}  // namespace insula::baselines

// SPDX-License-Identifier: Apache-2.0
// Ridge regression on the inputs, with what a careful user of it tunes: the form in which inputs
// enter (convolved or as finite impulse responses) and the penalty, both per channel, by
// cross-validation over contiguous blocks inside the training part.
#include <vector>

#include "framework/base/text.h"
#include "framework/contract/baseline.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/form_choice.h"
#include "framework/regression/memory.h"
#include "framework/regression/ridge.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace regression;

FormFit fit_penalty(FormRows& rows, Memory& memory) {
  const RidgeRows& training = rows.training;
  const Index n = training.x.rows(), p = training.x.cols(), k = training.nuisance.cols(),
              channels = training.y.cols();
  const std::vector<double> alphas = penalty_grid(-2, 6, 4);
  const MatrixXd error = ridge_error(rows.folds, training, alphas, Scale::unit_sd, memory);
  const Counted making(memory, ridge_making_bytes(n, p, k, channels), "a ridge regression");
  const Counted held(memory, ridge_path_bytes(n, p, channels), "a fit");
  const RidgePath path(training, Scale::unit_sd);
  VectorXd alpha(channels);
  FormFit of_form{{}, VectorXd(channels), {}};
  for (Index c = 0; c < channels; ++c) {
    const Index best = best_penalty(error.col(c));
    of_form.error[c] = error(best, c);
    alpha[c] = alphas[static_cast<std::size_t>(best)];
    of_form.chosen.push_back({{"penalty", short_number(alpha[c])}});
  }
  const MatrixXd weights = path.weights(alpha);
  of_form.mean = rows.x * weights + rows.nuisance * path.nuisance_weights(weights);
  return of_form;
}

BaselinePrediction predict_ridge(const BaselineProblem& problem) {
  return predict_by_form(problem, fit_penalty);
}

}  // namespace

extern const BaselineKind ridge;
const BaselineKind ridge = {
    "ridge",
    "Ridge regression on convolved or delayed inputs; form and penalty per channel by nested "
    "cross-validation.",
    "Hoerl & Kennard 1970, Technometrics 12:55; Dupré la Tour 2022, NeuroImage 264:119728",
    predict_ridge,
};

}  // namespace insula::baselines

// SPDX-License-Identifier: Apache-2.0
// Ridge regression on the inputs, with what a careful user of it tunes: the form in which inputs
// enter (convolved or as finite impulse responses) and the penalty, both per channel, by
// cross-validation over contiguous blocks inside the training part.
#include <limits>

#include "framework/base/text.h"
#include "framework/contract/baseline.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/drift.h"
#include "framework/regression/input_columns.h"
#include "framework/regression/ridge.h"
#include "framework/regression/stacked.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace regression;

struct RidgeChoice {
  std::size_t form = 0;
  double alpha = 0;
  double error = std::numeric_limits<double>::quiet_NaN();
};

// The best form and penalty of each channel of a group. The first form wins a tie.
std::vector<RidgeChoice> choose(const std::vector<RidgeRows>& candidates,
                                const Group& group,
                                const std::vector<double>& alphas) {
  std::vector<RidgeChoice> choices(group.channels.size());
  for (std::size_t form = 0; form < candidates.size(); ++form) {
    const MatrixXd error = ridge_error(group.folds, candidates[form], alphas, Scale::unit_sd);
    for (std::size_t c = 0; c < choices.size(); ++c) {
      const VectorXd of_channel = error.col(static_cast<Index>(c));
      const Index best = best_penalty(of_channel);
      if (form == 0 || of_channel[best] < choices[c].error) {
        choices[c] = {form, alphas[static_cast<std::size_t>(best)], of_channel[best]};
      }
    }
  }
  return choices;
}

BaselinePrediction predict_ridge(const BaselineProblem& problem) {
  Stacked all = stack(problem);
  const std::vector<InputForm> forms = input_forms(problem);
  tune_drift(problem, &forms[0], all);
  const std::vector<double> alphas = penalty_grid(-2, 6, 4);
  MatrixXd mean =
      MatrixXd::Constant(all.rows(), all.data.cols(), std::numeric_limits<double>::quiet_NaN());
  VectorXd sd = mean.row(0);
  std::vector<RidgeChoice> tuned(problem.channels.size());
  for (const Group& group : all.groups) {
    if (group.train.empty()) continue;
    std::vector<RidgeRows> candidates;
    std::vector<RidgePath> fits;
    for (const InputForm& form : forms) {
      candidates.push_back(all.regression(group, input_columns(problem, group.delay, form)));
      fits.emplace_back(candidates.back().select(group.train), Scale::unit_sd);
    }
    const std::vector<RidgeChoice> choices = choose(candidates, group, alphas);
    for (std::size_t c = 0; c < choices.size(); ++c) {
      const Index channel = group.channels[c];
      const RidgeRows& rows = candidates[choices[c].form];
      mean.col(channel) =
          fits[choices[c].form].predict(rows.x, rows.nuisance, {choices[c].alpha})[0].col(
              static_cast<Index>(c));
      const VectorXd residual = (all.data.col(channel) - mean.col(channel))(group.train);
      sd[channel] = predictive_sd(VectorXd::Constant(1, choices[c].error), residual)[0];
      tuned[static_cast<std::size_t>(channel)] = choices[c];
    }
  }
  BaselinePrediction prediction = unstack(problem, mean, sd);
  prediction.tuned = drift_text(problem, all);
  for (std::size_t c = 0; c < tuned.size(); ++c) {
    prediction.tuned.emplace_back("inputs of " + problem.channels[c], forms[tuned[c].form].text());
    prediction.tuned.emplace_back("penalty of " + problem.channels[c],
                                  short_number(tuned[c].alpha));
  }
  return prediction;
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

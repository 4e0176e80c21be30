// SPDX-License-Identifier: Apache-2.0
// Ridge regression on the inputs, with what a careful user of it tunes: the form in which inputs
// enter (convolved or as finite impulse responses) and the penalty, both per channel, by
// cross-validation over contiguous blocks inside the training part.
#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "framework/base/text.h"
#include "framework/contract/baseline.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/drift.h"
#include "framework/regression/input_columns.h"
#include "framework/regression/memory.h"
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
                                const std::vector<double>& alphas,
                                Memory& memory) {
  std::vector<RidgeChoice> choices(group.channels.size());
  for (std::size_t form = 0; form < candidates.size(); ++form) {
    const MatrixXd error =
        ridge_error(group.folds, candidates[form], alphas, Scale::unit_sd, memory);
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

// A fit to a group's training rows, which counts while it lives.
std::unique_ptr<Counted> add_fit(const RidgeRows& rows,
                                 const std::vector<Index>& train,
                                 Memory& memory,
                                 std::vector<RidgePath>& fits) {
  const auto n = static_cast<Index>(train.size());
  const Index p = rows.x.cols(), k = rows.nuisance.cols(), targets = rows.y.cols();
  auto held = std::make_unique<Counted>(memory, ridge_path_bytes(n, p, targets), "a fit");
  const Counted making(memory,
                       bytes_of(n * (p + k + targets)) + ridge_making_bytes(n, p, k, targets),
                       "a ridge regression");
  fits.emplace_back(rows.select(train), Scale::unit_sd);
  return held;
}

Index most_columns(const std::vector<RidgeRows>& candidates) {
  Index most = 0;
  for (const RidgeRows& rows : candidates) most = std::max(most, rows.x.cols());
  return most;
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
    std::vector<std::unique_ptr<Counted>> counted;
    for (const InputForm& form : forms) {
      CountedColumns columns = counted_columns(problem, all, group, form);
      counted.push_back(std::move(columns.counted));
      candidates.push_back(all.regression(group, std::move(columns.x)));
      counted.push_back(add_fit(candidates.back(), group.train, *all.memory, fits));
    }
    const std::vector<RidgeChoice> choices = choose(candidates, group, alphas, *all.memory);
    const Counted predicting(
        *all.memory, bytes_of(4 * all.rows() * most_columns(candidates)), "predictions");
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

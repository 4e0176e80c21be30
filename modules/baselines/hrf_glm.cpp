// SPDX-License-Identifier: Apache-2.0
// The general linear model of functional imaging: every input convolved with the canonical
// haemodynamic response, its temporal and its dispersion derivative, beside the nuisance columns.
//
//   y = Σ_k (β_k0 h + β_k1 h_t + β_k2 h_d) * u_k + Zγ + ε,   ε AR(1), its coefficient per channel
//
// Weights are generalised least squares under the estimated coefficient, not shrunk: the model as
// its users run it. Where the modality has no haemodynamics inputs enter as they are.
#include <limits>

#include "framework/base/text.h"
#include "framework/contract/baseline.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/drift.h"
#include "framework/regression/input_columns.h"
#include "framework/regression/least_squares.h"
#include "framework/regression/stacked.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace regression;

struct Model {
  MatrixXd columns;  // of all rows: convolved inputs, then nuisance
  VectorXd penalty;
  std::vector<int> run;

  Ar1Fit fit(const std::vector<Index>& rows, const VectorXd& y) const {
    Positions positions{rows, {}};
    for (const Index row : rows) positions.run.push_back(run[static_cast<std::size_t>(row)]);
    return ar1_least_squares(columns(rows, Eigen::all), penalty, y(rows), positions);
  }
};

Model model_of(const BaselineProblem& problem,
               const Stacked& all,
               const Group& group,
               const InputForm& form) {
  const MatrixXd inputs = input_columns(problem, group.delay, form);
  Model model{MatrixXd(all.rows(), inputs.cols() + all.nuisance.cols()),
              VectorXd::Zero(inputs.cols() + all.nuisance.cols()),
              all.run};
  model.columns << inputs, all.nuisance;
  model.penalty.tail(all.nuisance.cols()) = all.penalty(group);
  return model;
}

BaselinePrediction predict_hrf_glm(const BaselineProblem& problem) {
  Stacked all = stack(problem);
  const InputForm form = input_forms(problem)[0];
  tune_drift(problem, &form, all);
  MatrixXd mean =
      MatrixXd::Constant(all.rows(), all.data.cols(), std::numeric_limits<double>::quiet_NaN());
  VectorXd sd = mean.row(0), rho = sd;
  for (const Group& group : all.groups) {
    if (group.train.empty()) continue;
    const Model model = model_of(problem, all, group, form);
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

}  // namespace

extern const BaselineKind hrf_glm;
const BaselineKind hrf_glm = {
    "hrf_glm",
    "Inputs convolved with the canonical haemodynamic response and its derivatives, by generalised "
    "least squares under AR(1) noise.",
    "Friston 1998, NeuroImage 7:30; Cochrane & Orcutt 1949, J. Am. Stat. Assoc. 44:32",
    predict_hrf_glm,
};

}  // namespace insula::baselines

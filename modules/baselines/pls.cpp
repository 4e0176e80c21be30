// SPDX-License-Identifier: Apache-2.0
// Partial least squares, as encoding models of deep networks are scored with: up to 25 directions
// of the inputs, found for all channels together. Their form, and how many directions count, are
// chosen per channel by cross-validation over contiguous blocks inside the training part.
#include "framework/regression/pls.h"

#include <string>
#include <vector>

#include "framework/contract/baseline.h"
#include "framework/regression/form_choice.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace regression;

// As in Brain-Score.
// source  Schrimpf et al. 2018, bioRxiv 407007
constexpr Index kComponents = 25;

FormFit fit_components(FormRows& rows, Memory& memory) {
  const RidgeRows& training = rows.training;
  const Index channels = training.y.cols();
  // Directions are those that many channels share, whatever their units.
  VectorXd scale = column_factor(training.y, Scale::unit_sd);
  for (double& factor : scale) factor = factor > 0 ? factor : 1;  // of a constant channel
  const Dense<double> y = training.y * scale.asDiagonal();
  const PlsFit<double> found = pls_cv<double>(rows_of<double>(training.x),
                                              y,
                                              {training.nuisance, training.nuisance_penalty},
                                              rows.folds,
                                              {kComponents, memory.left()});
  // Where no direction says anything of new samples, none is better than one.
  const VectorXd unexplained =
      ridge_error(rows.folds,
                  {MatrixXd(y.rows(), 0), training.nuisance, training.nuisance_penalty, y},
                  {1.0},
                  Scale::as_given,
                  memory)
          .row(0);
  FormFit of_form{(rows.x * found.weights + rows.nuisance * found.nuisance_weights) *
                      scale.cwiseInverse().asDiagonal(),
                  found.error,
                  {}};
  const MatrixXd by_nuisance = predict_by_nuisance(rows);
  for (Index c = 0; c < channels; ++c) {
    Index components = found.components[static_cast<std::size_t>(c)];
    if (components == 0 || !(found.error[c] < unexplained[c])) {
      components = 0;
      of_form.error[c] = unexplained[c];
      of_form.mean.col(c) = by_nuisance.col(c);
    }
    of_form.error[c] /= scale[c] * scale[c];
    of_form.chosen.push_back({{"components", std::to_string(components)}});
  }
  return of_form;
}

BaselinePrediction predict_pls(const BaselineProblem& problem) {
  return predict_by_form(problem, fit_components);
}

}  // namespace

extern const BaselineKind pls;
const BaselineKind pls = {
    .name = "pls",
    .summary =
        "Partial least squares of up to 25 components on convolved or delayed inputs; form "
        "and components per channel by nested cross-validation.",
    .source = "Höskuldsson 1988, J. Chemometrics 2:211; Schrimpf et al. 2018, bioRxiv 407007",
    .predict = predict_pls,
    .on_request = true,
};

}  // namespace insula::baselines

// SPDX-License-Identifier: Apache-2.0
// Regressions that are fitted to each form of the inputs, each channel with the form that predicts
// it best inside the training part.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "framework/contract/baseline.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/memory.h"
#include "framework/regression/ridge.h"

namespace insula::regression {

/// A group of channels that train on the same rows, and the inputs in one form.
struct FormRows {
  Eigen::MatrixXd x;         // rows × p: all rows; unit sd in training rows, or 0 if constant
  Eigen::MatrixXd nuisance;  // rows × K
  std::vector<Eigen::Index> train;
  RidgeRows training;            // these rows of x, the nuisance and the channels
  std::vector<InnerFold> folds;  // of training rows; never none
};

/// What a regression makes of them.
struct FormFit {
  Eigen::MatrixXd mean;   // rows × channels
  Eigen::VectorXd error;  // channels: mean squared, in rows that are left out
  /// channels: what was chosen, {"clip penalty", "31.6"}.
  std::vector<std::vector<std::pair<std::string, std::string>>> chosen;
  std::vector<Eigen::MatrixXd> bands = {};  // as `mean`, of each band alone
};

/// A regression: may use up the rows, and no more memory than is left.
using FitForm = std::function<FormFit(FormRows& rows, Memory& memory)>;

/// Every channel by the form with the smallest error, the first of equals; by its nuisance alone
/// where there are no inputs, or too few samples to choose by. Drift is tuned beside the first
/// form.
///
/// shape   `bands`: names of what FormFit::bands holds
/// errors  MemoryExceeded
BaselinePrediction predict_by_form(const BaselineProblem& problem,
                                   const FitForm& fit,
                                   const std::vector<std::string>& bands = {});

/// Predictions by the nuisance alone, rows × channels.
Eigen::MatrixXd predict_by_nuisance(const FormRows& rows);

}  // namespace insula::regression

// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/form_choice.h"

#include <algorithm>

#include "framework/base/nan.h"
#include "framework/regression/drift.h"
#include "framework/regression/input_columns.h"
#include "framework/regression/stacked.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Folds name rows of all runs; a fit has training rows alone.
std::vector<InnerFold> among(const std::vector<Index>& rows, std::vector<InnerFold> folds) {
  const auto place = [&](Index& row) {
    row = std::lower_bound(rows.begin(), rows.end(), row) - rows.begin();
  };
  for (InnerFold& fold : folds) {
    for (Index& row : fold.train) place(row);
    for (Index& row : fold.test) place(row);
  }
  return folds;
}

FormFit fit_to(const BaselineProblem& problem,
               const Stacked& all,
               const Group& group,
               const InputForm& form,
               Index bands,
               const FitForm& fit) {
  CountedColumns columns = counted_columns(problem, all, group, form);
  RidgeRows rows = all.regression(group, std::move(columns.x));
  const auto n = static_cast<Index>(group.train.size());
  const Index channels = rows.y.cols();
  // Training rows; what is predicted, of each band too.
  const Counted training_bytes(
      *all.memory,
      bytes_of(n * rows.x.cols() + (n + all.rows()) * rows.nuisance.cols() +
               all.rows() * channels * (3 + 2 * bands)),
      "training rows");
  const VectorXd factor = column_factor(rows.x(group.train, Eigen::all), Scale::unit_sd);
  for (Index j = 0; j < factor.size(); ++j) rows.x.col(j) *= factor[j];
  FormRows of_form{{}, {}, group.train, rows.select(group.train), among(group.train, group.folds)};
  of_form.x = std::move(rows.x);
  of_form.nuisance = std::move(rows.nuisance);
  if (group.folds.empty() || of_form.x.cols() == 0)
    return {predict_by_nuisance(of_form),
            VectorXd::Constant(channels, kNaN),
            std::vector<std::vector<std::pair<std::string, std::string>>>(
                static_cast<std::size_t>(channels))};
  return fit(of_form, *all.memory);
}

}  // namespace

MatrixXd predict_by_nuisance(const FormRows& rows) {
  const RidgeRows& of = rows.training;
  const MatrixXd none(of.y.rows(), 0);
  const RidgePath path(RidgeRows{none, of.nuisance, of.nuisance_penalty, of.y});
  return rows.nuisance * path.nuisance_weights(MatrixXd(0, of.y.cols()));
}

BaselinePrediction predict_by_form(const BaselineProblem& problem,
                                   const FitForm& fit,
                                   const std::vector<std::string>& bands) {
  Stacked all = stack(problem);
  const std::vector<InputForm> forms = input_forms(problem);
  tune_drift(problem, &forms[0], all);
  MatrixXd mean = MatrixXd::Constant(all.rows(), all.data.cols(), kNaN);
  VectorXd sd = mean.row(0);
  std::vector<MatrixXd> added(bands.size(), mean);
  std::vector<std::pair<std::string, std::string>> tuned = drift_text(problem, all);
  for (const Group& group : all.groups) {
    if (group.train.empty()) continue;
    std::vector<FormFit> fits;
    for (const InputForm& form : forms)
      fits.push_back(fit_to(problem, all, group, form, std::ssize(bands), fit));
    for (std::size_t c = 0; c < group.channels.size(); ++c) {
      const auto at = static_cast<Index>(c);
      std::size_t best = 0;
      for (std::size_t f = 1; f < forms.size(); ++f)
        if (fits[f].error[at] < fits[best].error[at]) best = f;
      const Index channel = group.channels[c];
      mean.col(channel) = fits[best].mean.col(at);
      for (std::size_t b = 0; b < fits[best].bands.size(); ++b)
        added[b].col(channel) = fits[best].bands[b].col(at);
      const VectorXd residual = (all.data.col(channel) - mean.col(channel))(group.train);
      sd[channel] = predictive_sd(VectorXd::Constant(1, fits[best].error[at]), residual)[0];
      const std::string& name = problem.channels[static_cast<std::size_t>(channel)];
      if (!fits[best].chosen[c].empty())
        tuned.emplace_back("inputs of " + name, forms[best].text());
      for (const auto& [what, value] : fits[best].chosen[c])
        tuned.emplace_back(what + " of " + name, value);
    }
  }
  BaselinePrediction prediction = unstack(problem, mean, sd);
  for (std::size_t b = 0; b < bands.size(); ++b)
    prediction.bands.push_back({bands[b], unstack(problem, added[b], sd).mean});
  prediction.tuned = std::move(tuned);
  return prediction;
}

}  // namespace insula::regression

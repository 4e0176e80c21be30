// SPDX-License-Identifier: Apache-2.0
// Ridge regression with a penalty for each band: the inputs together, and each band of features.
// The form in which all enter, their relative weights and the penalty are chosen per channel by
// cross-validation over contiguous blocks inside the training part.
#include <algorithm>
#include <limits>
#include <utility>

#include "framework/base/text.h"
#include "framework/contract/baseline.h"
#include "framework/regression/banded.h"
#include "framework/regression/drift.h"
#include "framework/regression/input_columns.h"
#include "framework/regression/memory.h"
#include "framework/regression/partition.h"
#include "framework/regression/stacked.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace regression;

constexpr Index kCandidates = 20;

struct Bands {
  std::vector<std::string> name;  // "" of the inputs
  std::vector<Index> inputs;      // how many of each
};

std::string in_words(const std::string& band) { return band.empty() ? "inputs" : band; }

Bands bands_of(const BaselineProblem& problem) {
  Bands bands;
  for (const BaselineInput& input : problem.runs.front().inputs) {
    if (bands.name.empty() || bands.name.back() != input.band) {
      bands.name.push_back(input.band);
      bands.inputs.push_back(0);
    }
    ++bands.inputs.back();
  }
  return bands;
}

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

// One form of the inputs, fitted to a group's training rows: predictions of every row, and the
// expected error of each channel.
struct Candidate {
  MatrixXd mean;               // rows × channels of the group
  VectorXd error;              // channels
  MatrixXd penalty;            // bands × channels
  std::vector<MatrixXd> band;  // as `mean`, of each band alone; empty where nothing is chosen
};

// What each band adds, less its mean over training rows, which the intercept has.
std::vector<MatrixXd> added_by_bands(const Dense<double>& x,
                                     const std::vector<Index>& sizes,
                                     const Dense<double>& weights,
                                     const std::vector<Index>& train) {
  std::vector<MatrixXd> bands = band_predictions<double>(x, sizes, weights);
  for (MatrixXd& band : bands) {
    const Eigen::RowVectorXd mean = band(train, Eigen::all).colwise().mean();
    band.rowwise() -= mean;
  }
  return bands;
}

Candidate fit(const BaselineProblem& problem,
              const Stacked& all,
              const Group& group,
              const InputForm& form,
              const Bands& bands) {
  CountedColumns columns = counted_columns(problem, all, group, form);
  const RidgeRows rows = all.regression(group, std::move(columns.x));
  const MatrixXd& x = rows.x;
  const auto n = static_cast<Index>(group.train.size());
  // Training rows, and these scaled; what is predicted, of each band too.
  const Counted training_bytes(
      *all.memory,
      bytes_of(2 * n * x.cols() + (n + all.rows()) * rows.nuisance.cols() +
               all.rows() * rows.y.cols() * static_cast<Index>(3 + 2 * bands.name.size())),
      "training rows");
  const RidgeRows training = rows.select(group.train);
  const std::vector<double> alphas = penalty_grid(-2, 6, 4);
  if (group.folds.empty() || x.cols() == 0) {  // nothing to choose by, or from
    const Counted making(*all.memory,
                         ridge_making_bytes(n, x.cols(), rows.nuisance.cols(), rows.y.cols()),
                         "a ridge regression");
    const RidgePath path(training, Scale::unit_sd);
    const auto channels = training.y.cols();
    const double none = std::numeric_limits<double>::quiet_NaN();
    return {path.predict(rows.x, rows.nuisance, {alphas.back()})[0],
            VectorXd::Constant(channels, none),
            MatrixXd::Constant(static_cast<Index>(bands.name.size()), channels, alphas.back()),
            {}};
  }
  const VectorXd factor = column_factor(training.x, Scale::unit_sd);
  const MatrixXd scaled = training.x * factor.asDiagonal();
  Index inputs = 0;
  for (const Index of_band : bands.inputs) inputs += of_band;
  std::vector<Index> sizes;
  for (const Index of_band : bands.inputs) sizes.push_back(of_band * x.cols() / inputs);
  const auto count = static_cast<Index>(sizes.size());
  BandedSearch search{alphas,
                      simplex_candidates(count, count == 1 ? 1 : kCandidates, problem.seed),
                      all.memory->left()};
  const BandedFit<double> found =
      banded_ridge<double>(rows_of<double>(scaled),
                           sizes,
                           training.y,
                           {training.nuisance, training.nuisance_penalty},
                           among(group.train, group.folds),
                           search);
  Candidate candidate;
  candidate.mean =
      rows.x * (factor.asDiagonal() * found.weights) + rows.nuisance * found.nuisance_weights;
  candidate.band = added_by_bands(rows.x, sizes, factor.asDiagonal() * found.weights, group.train);
  candidate.error = found.error;
  candidate.penalty = found.alpha.transpose().replicate(count, 1).cwiseQuotient(found.band_weights);
  return candidate;
}

BaselinePrediction predict_banded(const BaselineProblem& problem) {
  Stacked all = stack(problem);
  const std::vector<InputForm> forms = input_forms(problem);
  tune_drift(problem, &forms[0], all);
  const Bands bands = bands_of(problem);
  MatrixXd mean =
      MatrixXd::Constant(all.rows(), all.data.cols(), std::numeric_limits<double>::quiet_NaN());
  VectorXd sd = mean.row(0);
  std::vector<MatrixXd> added(bands.name.size(), mean);
  std::vector<std::pair<std::string, std::string>> tuned;
  for (const Group& group : all.groups) {
    if (group.train.empty()) continue;
    std::vector<Candidate> candidates;
    for (const InputForm& form : forms) candidates.push_back(fit(problem, all, group, form, bands));
    for (std::size_t c = 0; c < group.channels.size(); ++c) {
      const auto at = static_cast<Index>(c);
      std::size_t best = 0;  // the first form wins a tie
      for (std::size_t f = 1; f < forms.size(); ++f)
        if (candidates[f].error[at] < candidates[best].error[at]) best = f;
      const Index channel = group.channels[c];
      const std::string& name = problem.channels[static_cast<std::size_t>(channel)];
      mean.col(channel) = candidates[best].mean.col(at);
      for (std::size_t b = 0; b < candidates[best].band.size(); ++b)
        added[b].col(channel) = candidates[best].band[b].col(at);
      const VectorXd residual = (all.data.col(channel) - mean.col(channel))(group.train);
      sd[channel] = predictive_sd(VectorXd::Constant(1, candidates[best].error[at]), residual)[0];
      tuned.emplace_back("inputs of " + name, forms[best].text());
      for (std::size_t b = 0; b < bands.name.size(); ++b)
        tuned.emplace_back("penalty of " + in_words(bands.name[b]) + " for " + name,
                           short_number(candidates[best].penalty(static_cast<Index>(b), at)));
    }
  }
  BaselinePrediction prediction = unstack(problem, mean, sd);
  for (std::size_t b = 0; b < added.size(); ++b)
    prediction.bands.push_back({in_words(bands.name[b]), unstack(problem, added[b], sd).mean});
  prediction.tuned = drift_text(problem, all);
  prediction.tuned.insert(prediction.tuned.end(), tuned.begin(), tuned.end());
  return prediction;
}

// With one band it is the ridge regression beside it.
bool has_bands(const BaselineRecording& recording) { return recording.bands > 0; }

}  // namespace

extern const BaselineKind banded_ridge;
const BaselineKind banded_ridge = {
    "banded_ridge",
    "Ridge regression with a penalty for the inputs and one for each band of features; form and "
    "penalties per channel by nested cross-validation.",
    "Nunez-Elizalde, Huth & Gallant 2019, NeuroImage 197:482; Dupré la Tour 2022, NeuroImage "
    "264:119728",
    predict_banded,
    has_bands,
    "recordings, where bands of features drive",
};

}  // namespace insula::baselines

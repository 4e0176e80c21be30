// SPDX-License-Identifier: Apache-2.0
// Ridge regression with a penalty for each band: the inputs together, and each band of features.
// The form in which all enter and the penalties are chosen per channel by cross-validation over
// contiguous blocks inside the training part: a random search, and a descent from its best.
#include <string>
#include <vector>

#include "framework/base/text.h"
#include "framework/contract/baseline.h"
#include "framework/regression/banded.h"
#include "framework/regression/banded_descent.h"
#include "framework/regression/form_choice.h"
#include "framework/regression/partition.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace regression;

constexpr Index kCandidates = 20;
// From the best candidate penalties descend, at a cost that grows with the cube of the columns: up
// to so many, a second or so a channel.
constexpr Index kMostDescended = 1000;
constexpr int kSteps = 20;

struct Bands {
  std::vector<std::string> name;  // of features, or "inputs"
  std::vector<Index> inputs;      // how many of each
};

Bands bands_of(const BaselineProblem& problem) {
  Bands bands;
  for (const BaselineInput& input : problem.runs.front().inputs) {
    const std::string name = input.band.empty() ? "inputs" : input.band;
    if (bands.name.empty() || bands.name.back() != name) {
      bands.name.push_back(name);
      bands.inputs.push_back(0);
    }
    ++bands.inputs.back();
  }
  return bands;
}

// What each band adds, less its mean over training rows, which the intercept has.
std::vector<MatrixXd> added_by_bands(const FormRows& rows,
                                     const std::vector<Index>& sizes,
                                     const Dense<double>& weights) {
  std::vector<MatrixXd> bands = band_predictions<double>(rows.x, sizes, weights);
  for (MatrixXd& band : bands) {
    const Eigen::RowVectorXd mean = band(rows.train, Eigen::all).colwise().mean();
    band.rowwise() -= mean;
  }
  return bands;
}

FormFit fit_bands(const Bands& bands, std::uint64_t seed, FormRows& rows, Memory& memory) {
  Index inputs = 0;
  for (const Index of_band : bands.inputs) inputs += of_band;
  std::vector<Index> sizes;
  for (const Index of_band : bands.inputs) sizes.push_back(of_band * rows.x.cols() / inputs);
  const auto count = static_cast<Index>(sizes.size());
  const RidgeRows& training = rows.training;
  const BandedFit<double> found =
      banded_ridge<double>(rows_of<double>(training.x),
                           sizes,
                           training.y,
                           {training.nuisance, training.nuisance_penalty},
                           rows.folds,
                           {penalty_grid(-2, 6, 4),
                            simplex_candidates(count, count == 1 ? 1 : kCandidates, seed),
                            memory.left()});
  MatrixXd penalty = found.alpha.transpose().replicate(count, 1).cwiseQuotient(found.band_weights);
  Dense<double> weights = found.weights;
  MatrixXd nuisance_weights = found.nuisance_weights;
  VectorXd error = found.error;
  if (count > 1 && rows.x.cols() <= kMostDescended) {
    DescendedBands<double> end =
        descend_bands<double>(rows_of<double>(training.x),
                              sizes,
                              training.y,
                              {training.nuisance, training.nuisance_penalty},
                              rows.folds,
                              penalty,
                              {kSteps, memory.left()});
    weights = std::move(end.weights);
    nuisance_weights = std::move(end.nuisance_weights);
    penalty = std::move(end.penalty);
    error = std::move(end.error);
  }
  FormFit of_form{rows.x * weights + rows.nuisance * nuisance_weights, error, {}};
  of_form.bands = added_by_bands(rows, sizes, weights);
  for (Index t = 0; t < error.size(); ++t) {
    auto& chosen = of_form.chosen.emplace_back();
    for (Index b = 0; b < count; ++b)
      chosen.emplace_back(bands.name[static_cast<std::size_t>(b)] + " penalty",
                          short_number(penalty(b, t)));
  }
  return of_form;
}

BaselinePrediction predict_banded(const BaselineProblem& problem) {
  const Bands bands = bands_of(problem);
  return predict_by_form(
      problem,
      [&](FormRows& rows, Memory& memory) { return fit_bands(bands, problem.seed, rows, memory); },
      bands.name);
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

// SPDX-License-Identifier: Apache-2.0
// The Poisson generalised linear model of spike counts:
//
//   y_t ~ Poisson(Δ e^{η_t}),   η = Σ_k Σ_d β_kd ū_k(t, d) + Zγ,   β by penalised likelihood
//
// ū_k(t, d): input k averaged over bin d, bins going back from the end of the sample; Z: nuisance.
// The penalty ½ α Σ (s_j β_j)², s_j the standard deviation of column j, and the bins are chosen per
// channel by the deviance on contiguous inner blocks. Left out: the neuron's own past and that of
// other neurons, which are data and so are not there to predict held-out samples from.
// Source: Truccolo, Eden, Fellows, Donoghue & Brown 2005, J. Neurophysiol. 93:1074 (the
// intensity is the exponential of a sum), with a penalty in the place of few parameters.
#include "framework/regression/poisson_glm.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/input_columns.h"
#include "framework/regression/poisson.h"
#include "framework/regression/ridge.h"
#include "framework/regression/stacked.h"

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kDriftFactors[] = {1, 1e2, 1e4, 1e8};
// An exponential goes anywhere where inputs do what they did not do in training.
constexpr double kLargest = 10;  // of a prediction, in the largest counts of training
constexpr double kSmallest =
    0.5;  // counts in as many samples as trained: a silent channel is not dead

// One channel with its inputs in one form, scaled to unit standard deviation over `train`.
struct CountModel {
  CountRows rows;  // of all samples; y NaN unless it trains
  VectorXd is_input;
  VectorXd nuisance_penalty;

  VectorXd penalty(double alpha, double drift) const {
    return alpha * is_input + drift * nuisance_penalty;
  }
};

CountModel count_model(const Stacked& all,
                       const VectorXd& exposure,
                       const std::vector<Index>& train,
                       Index channel,
                       const MatrixXd& inputs) {
  const Index p = inputs.cols(), k = all.nuisance.cols();
  CountModel model{{MatrixXd(all.rows(), p + k), exposure, all.data.col(channel)},
                   VectorXd::Zero(p + k),
                   VectorXd::Zero(p + k)};
  model.rows.x << inputs * column_factor(inputs(train, Eigen::all), Scale::unit_sd).asDiagonal(),
      all.nuisance;
  model.is_input.head(p).setOnes();
  model.nuisance_penalty.tail(k) = all.nuisance_penalty;
  return model;
}

// Expected counts of `rows` under a fit to `train`, kept within what training makes thinkable.
VectorXd expected(const CountRows& rows, const CountRows& train, const VectorXd& weights) {
  const double most = kLargest * std::max(1.0, train.y.maxCoeff());
  const double least = kSmallest / static_cast<double>(train.y.size());
  const VectorXd eta = rows.x * weights;
  return (rows.exposure.array() * eta.array().min(700).exp()).max(least).min(most);
}

// Deviance per held-out sample for each penalty, the largest fitted first; NaN without folds.
VectorXd deviances(const CountModel& model,
                   const std::vector<InnerFold>& folds,
                   const std::vector<double>& alphas,
                   double drift) {
  VectorXd sum = VectorXd::Zero(static_cast<Index>(alphas.size()));
  double count = 0;
  for (const InnerFold& fold : folds) {
    const CountRows train = model.rows.select(fold.train), test = model.rows.select(fold.test);
    VectorXd weights;
    for (Index a = sum.size(); a-- > 0;) {
      const VectorXd penalty = model.penalty(alphas[static_cast<std::size_t>(a)], drift);
      weights = poisson_regression(train, penalty, weights).weights;
      sum[a] += poisson_deviance(test.y, expected(test, train, weights));
    }
    count += static_cast<double>(fold.test.size());
  }
  return sum / count;
}

struct PoissonChoice {
  std::size_t form = 0;
  double alpha = 0, drift = 1;
  double deviance = std::numeric_limits<double>::quiet_NaN();
};

// How strongly drift is believed, beside inputs of the first form. Of equal ones the largest.
double best_drift(const CountModel& model, const std::vector<InnerFold>& folds) {
  if (folds.empty() || !(model.nuisance_penalty.array() > 0).any()) return 1;
  VectorXd deviance(std::size(kDriftFactors));
  for (Index f = 0; f < deviance.size(); ++f) {
    deviance[f] = deviances(model, folds, penalty_grid(0, 4, 1), kDriftFactors[f]).minCoeff();
  }
  return kDriftFactors[best_penalty(deviance)];
}

// The first form wins a tie, and so does the largest penalty.
PoissonChoice choose(const std::vector<CountModel>& models, const std::vector<InnerFold>& folds) {
  const std::vector<double> alphas = penalty_grid(-2, 5, 1);
  PoissonChoice best;
  best.drift = best_drift(models[0], folds);
  for (std::size_t form = 0; form < models.size(); ++form) {
    const VectorXd deviance = deviances(models[form], folds, alphas, best.drift);
    const Index at = best_penalty(deviance);
    if (form > 0 && !(deviance[at] < best.deviance)) continue;
    best.form = form;
    best.alpha = alphas[static_cast<std::size_t>(at)];
    best.deviance = deviance[at];
  }
  return best;
}

// A model for each form; of one at work its rows, these weighted, and what a step decomposes.
std::size_t models_bytes(const std::vector<CountedColumns>& inputs, const Stacked& all) {
  Index numbers = 0, most = 0;
  for (const CountedColumns& form : inputs) {
    const Index columns = form.x.cols() + all.nuisance.cols();
    numbers += all.rows() * columns;
    most = std::max(most, 2 * all.rows() * columns + 9 * columns * columns);
  }
  return bytes_of(numbers + most);
}

VectorXd exposures(const BaselineProblem& problem, Index rows) {
  VectorXd all(rows);
  Index first = 0;
  for (const BaselineRun& run : problem.runs) {
    all.segment(first, run.data.rows()).setConstant(run.interval);
    first += run.data.rows();
  }
  return all;
}

}  // namespace

BaselinePrediction predict_by_poisson_glm(const BaselineProblem& problem) {
  const Stacked all = stack(problem);
  const VectorXd exposure = exposures(problem, all.rows());
  const std::vector<InputForm> forms = input_forms(problem);
  MatrixXd mean = MatrixXd::Constant(all.rows(), all.data.cols(), kNaN);
  std::vector<PoissonChoice> tuned(problem.channels.size());
  for (const Group& group : all.groups) {
    if (group.train.empty()) continue;
    std::vector<CountedColumns> inputs;
    for (const InputForm& form : forms) {
      inputs.push_back(counted_columns(problem, all, group, form));
    }
    const Counted counted(*all.memory, models_bytes(inputs, all), "Poisson regressions");
    for (const Index channel : group.channels) {
      std::vector<CountModel> models;
      for (const CountedColumns& form : inputs) {
        models.push_back(count_model(all, exposure, group.train, channel, form.x));
      }
      const PoissonChoice choice = choose(models, group.folds);
      const CountModel& model = models[choice.form];
      const CountRows train = model.rows.select(group.train);
      const VectorXd penalty = model.penalty(choice.alpha, choice.drift);
      mean.col(channel) = expected(model.rows, train, poisson_regression(train, penalty).weights);
      tuned[static_cast<std::size_t>(channel)] = choice;
    }
  }
  BaselinePrediction prediction = unstack(problem, mean, VectorXd::Zero(mean.cols()));
  prediction.counts = true;
  for (std::size_t r = 0; r < prediction.mean.size(); ++r) {
    prediction.sd[r] = prediction.mean[r].cwiseSqrt();
  }
  for (std::size_t c = 0; c < tuned.size(); ++c) {
    const std::string of = " of " + problem.channels[c];
    prediction.tuned.emplace_back("inputs" + of, forms[tuned[c].form].text());
    prediction.tuned.emplace_back("penalty" + of, short_number(tuned[c].alpha));
    if ((problem.nuisance_penalty.array() > 0).any()) {
      prediction.tuned.emplace_back("drift penalty" + of, short_number(tuned[c].drift));
    }
  }
  return prediction;
}

}  // namespace insula::regression

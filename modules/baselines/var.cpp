// SPDX-License-Identifier: Apache-2.0
// Vector autoregression with exogenous inputs (VARX): channels drive each other with lags.
//
//   y_t = Σ_l A_l y_{t−l} + B x_t + Γ z_t + ε,   l = 1 … L
//
// x: inputs, convolved or as finite impulse responses; z: nuisance. Fitted by ridge regression on
// training samples whose lags are training samples too. The prediction is the model's own course
// from the start of the run, driven by x and z alone, and so its number of lags, the form of its
// inputs and its two penalties (of x, and of the lags relative to it) are chosen for that: by the
// simulated, not the one-step error on inner held-out blocks, summed over channels in units of
// their variance. An unstable model is penalised more until it is stable.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/contract/baseline.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/drift.h"
#include "framework/regression/input_columns.h"
#include "framework/regression/memory.h"
#include "framework/regression/ridge.h"
#include "framework/regression/stacked.h"
#include "framework/regression/varx.h"

namespace insula::baselines {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using namespace regression;

constexpr int kMostLags = 4;
constexpr double kLagPenalties[] = {1, 10, 100};  // relative to that of the inputs
constexpr double kStable = 0.99;                  // spectral radius of the final model
constexpr Index kFewestRows = 10;

constexpr std::array<double, 7> kAlphas = {0.1, 1, 10, 1e2, 1e3, 1e4, 1e5};

struct Setting {
  std::size_t form = 0;
  int lags = 0;
  double lag_penalty = 1;
  double alpha = 1;
};

// The problem in the channels that have data.
struct Data {
  const Stacked& all;
  double gap;
  std::vector<const Group*> groups;
  std::vector<std::vector<Index>> members;          // per group: columns of y
  std::vector<Index> channels;                      // of each column of y
  std::vector<std::vector<CountedColumns>> inputs;  // per form and group: rows × columns
  MatrixXd y;                                       // rows × channels
  VectorXd variance;  // of the training samples; 1 if they are constant
};

Data data_of(const BaselineProblem& problem,
             const Stacked& all,
             const std::vector<InputForm>& forms) {
  Data data{all, problem.gap, {}, {}, {}, {}, {}, {}};
  for (const Group& group : all.groups) {
    if (group.train.empty()) continue;
    data.groups.push_back(&group);
    data.members.emplace_back();
    for (const Index channel : group.channels) {
      data.members.back().push_back(static_cast<Index>(data.channels.size()));
      data.channels.push_back(channel);
    }
  }
  for (const InputForm& form : forms) {
    data.inputs.emplace_back();
    for (const Group* group : data.groups) {
      data.inputs.back().push_back(counted_columns(problem, all, *group, form));
    }
  }
  data.y = all.data(Eigen::all, data.channels);
  data.variance.resize(data.y.cols());
  for (std::size_t g = 0; g < data.groups.size(); ++g) {
    for (const Index c : data.members[g]) {
      const VectorXd train = data.y.col(c)(data.groups[g]->train);
      const double variance = (train.array() - train.mean()).square().mean();
      data.variance[c] = variance > 0 ? variance : 1;
    }
  }
  return data;
}

// Data with everything but `rows` taken away.
MatrixXd only(const MatrixXd& y, const std::vector<Index>& rows) {
  MatrixXd masked = MatrixXd::Constant(y.rows(), y.cols(), kNaN);
  masked(rows, Eigen::all) = y(rows, Eigen::all);
  return masked;
}

VectorXd mean_of_finite(const MatrixXd& y) {
  VectorXd mean(y.cols());
  for (Index c = 0; c < y.cols(); ++c) {
    const auto finite = y.col(c).array().isFinite();
    mean[c] =
        finite.select(y.col(c).array(), 0).sum() / std::max<double>(1, double(finite.count()));
  }
  return mean;
}

// A VARX fitted to the finite samples of `y` for every α, at one relative penalty of the lags.
class Fit {
 public:
  Fit(const Data& data, const MatrixXd& y, std::size_t form, int lags)
      : data_(data), form_(form), lags_(lags), rest_(mean_of_finite(y)) {
    const MatrixXd past = lag_columns(y, lags, data.all.run_start);
    for (std::size_t g = 0; g < data.groups.size(); ++g) {
      const MatrixXd& inputs = data.inputs[form][g].x;
      const Index columns = past.cols() + inputs.cols(), n = y.rows();
      const Index k = data.all.nuisance.cols(), targets = y.cols();
      // What is held: rows less the nuisance, their products, and a decomposition of these.
      const Index q = std::min(n + k, columns);
      counted_.push_back(std::make_unique<Counted>(
          *data.all.memory,
          bytes_of((n + k) * (columns + targets) + 2 * q * q + q * (columns + targets)),
          "a vector autoregression"));
      const Counted making(
          *data.all.memory,
          bytes_of(2 * n * (columns + k + targets)) + ridge_making_bytes(n, columns, k, targets),
          "a vector autoregression at work");
      RidgeRows rows{MatrixXd(y.rows(), past.cols() + inputs.cols()),
                     data.all.nuisance,
                     data.all.penalty(*data.groups[g]),
                     y(Eigen::all, data.members[g])};
      rows.x << past, inputs;
      std::vector<Index> usable;
      for (Index row = 0; row < y.rows(); ++row) {
        if (rows.x.row(row).allFinite() && rows.y.row(row).allFinite()) usable.push_back(row);
      }
      fewest_rows_ = std::min(fewest_rows_, static_cast<Index>(usable.size()));
      moments_.push_back(ridge_moments(rows.select(usable), Scale::unit_sd));
    }
  }

  void set_lag_penalty(double lag_penalty) {
    paths_.clear();
    for (const RidgeMoments& moments : moments_) {
      const Index n = moments.x_left.rows(), p = moments.x_left.cols();
      const Counted making(*data_.all.memory,
                           ridge_making_bytes(n, p, 0, moments.y_left.cols()),
                           "a vector autoregression at work");
      VectorXd penalty = VectorXd::Ones(moments.factor.size());
      penalty.head(lags_ * data_.y.cols()).setConstant(lag_penalty);
      paths_.emplace_back(moments, penalty);
    }
  }

  /// Whether there are rows enough to say anything about lags.
  bool has_rows() const { return fewest_rows_ >= kFewestRows; }

  Lags lags(double alpha) const { return at(alpha).first; }

  /// The model's own course: rows × channels.
  MatrixXd simulated(double alpha) const {
    const auto [lags, drive] = at(alpha);
    return simulate(lags, drive, rest_, data_.all.run_start);
  }

 private:
  // The lags and what inputs and nuisance add, rows × channels.
  std::pair<Lags, MatrixXd> at(double alpha) const {
    const Index channels = data_.y.cols();
    Lags lags{std::vector<MatrixXd>(static_cast<std::size_t>(lags_), MatrixXd(channels, channels))};
    MatrixXd drive(data_.y.rows(), channels);
    for (std::size_t g = 0; g < paths_.size(); ++g) {
      const std::vector<Index>& members = data_.members[g];
      const MatrixXd weights =
          paths_[g].weights(VectorXd::Constant(static_cast<Index>(members.size()), alpha));
      for (int l = 0; l < lags_; ++l) {
        lags.a[static_cast<std::size_t>(l)](members, Eigen::all) =
            weights.middleRows(l * channels, channels).transpose();
      }
      const MatrixXd& inputs = data_.inputs[form_][g].x;
      drive(Eigen::all, members) = inputs * weights.bottomRows(inputs.cols()) +
                                   data_.all.nuisance * paths_[g].nuisance_weights(weights);
    }
    return {std::move(lags), std::move(drive)};
  }

  const Data& data_;
  std::size_t form_;
  int lags_;
  VectorXd rest_;
  std::vector<std::unique_ptr<Counted>> counted_;
  std::vector<RidgeMoments> moments_;  // per group
  std::vector<RidgePath> paths_;
  Index fewest_rows_ = std::numeric_limits<Index>::max();
};

// Squared errors of the held-out rows that have data, and how many there are.
struct Errors {
  Eigen::ArrayXd squares, count;  // per channel

  explicit Errors(Index channels)
      : squares(Eigen::ArrayXd::Zero(channels)), count(Eigen::ArrayXd::Zero(channels)) {}

  void add(const MatrixXd& y, const MatrixXd& simulated, const std::vector<Index>& rows) {
    for (const Index row : rows) {
      for (Index c = 0; c < y.cols(); ++c) {
        if (!std::isfinite(y(row, c))) continue;
        const double error = y(row, c) - simulated(row, c);
        squares[c] += error * error;
        count[c] += 1;
      }
    }
  }
  /// In units of variance, summed over channels; infinite if the simulation exploded.
  double total(const VectorXd& variance) const {
    const double sum = (squares / count / variance.array()).sum();
    return std::isfinite(sum) ? sum : std::numeric_limits<double>::infinity();
  }
};

struct VarChoice {
  Setting setting;
  double total = std::numeric_limits<double>::infinity();
  VectorXd error;  // mean squared, per channel; empty if nothing could be tried
};

// Tries every penalty of one form and number of lags; `best` becomes the best so far.
void search(const Data& data,
            const std::vector<InnerFold>& folds,
            Setting setting,
            VarChoice& best) {
  constexpr std::size_t kTried = std::size(kLagPenalties) * kAlphas.size();
  std::vector<Errors> errors(kTried, Errors(data.y.cols()));
  for (const InnerFold& fold : folds) {
    Fit fit(data, only(data.y, fold.train), setting.form, setting.lags);
    if (!fit.has_rows()) return;
    for (std::size_t i = 0; i < kTried; ++i) {
      if (i % kAlphas.size() == 0) fit.set_lag_penalty(kLagPenalties[i / kAlphas.size()]);
      errors[i].add(data.y, fit.simulated(kAlphas[i % kAlphas.size()]), fold.test);
    }
  }
  for (std::size_t i = kTried; i-- > 0;) {
    const double total = errors[i].total(data.variance);
    if (!(total < best.total)) continue;
    setting.lag_penalty = kLagPenalties[i / kAlphas.size()];
    setting.alpha = kAlphas[i % kAlphas.size()];
    best = {setting, total, errors[i].squares / errors[i].count};
  }
}

VarChoice choose(const Data& data, std::size_t forms) {
  std::vector<Index> rows;
  for (Index row = 0; row < data.y.rows(); ++row) {
    if (data.y.row(row).array().isFinite().any()) rows.push_back(row);
  }
  const auto folds =
      inner_folds(data.all.run, data.all.time, rows, data.gap, kInnerFolds, data.all.together);
  VarChoice best;
  best.setting.alpha = kAlphas.back();
  if (folds.empty()) return best;
  for (std::size_t form = 0; form < forms; ++form) {
    for (int lags = 1; lags <= kMostLags; ++lags) search(data, folds, {form, lags, 1, 1}, best);
  }
  if (std::isfinite(best.total)) return best;
  // Samples are missing so densely that no row has its lags: what is left are the inputs.
  for (std::size_t form = 0; form < forms; ++form) search(data, folds, {form, 0, 1, 1}, best);
  return best;
}

// The final model, its lags penalised until it is stable.
MatrixXd stable_course(const Data& data, Setting& setting) {
  Fit fit(data, data.y, setting.form, setting.lags);
  for (; setting.lags > 0 && setting.lag_penalty < 1e9; setting.lag_penalty *= 10) {
    fit.set_lag_penalty(setting.lag_penalty);
    if (fit.lags(setting.alpha).spectral_radius() < kStable) return fit.simulated(setting.alpha);
  }
  setting.lags = 0;
  Fit inputs_alone(data, data.y, setting.form, 0);
  inputs_alone.set_lag_penalty(1);
  return inputs_alone.simulated(setting.alpha);
}

BaselinePrediction predict_var(const BaselineProblem& problem) {
  Stacked all = stack(problem);
  const std::vector<InputForm> forms = input_forms(problem);
  tune_drift(problem, &forms[0], all);
  MatrixXd mean = MatrixXd::Constant(all.rows(), all.data.cols(), kNaN);
  VectorXd sd = mean.row(0);
  const Data data = data_of(problem, all, forms);
  if (data.channels.empty()) return unstack(problem, mean, sd);

  VarChoice choice = choose(data, forms.size());
  mean(Eigen::all, data.channels) = stable_course(data, choice.setting);
  for (std::size_t g = 0; g < data.groups.size(); ++g) {
    for (const Index c : data.members[g]) {
      const Index channel = data.channels[static_cast<std::size_t>(c)];
      const VectorXd residual = (data.y.col(c) - mean.col(channel))(data.groups[g]->train);
      const double error = choice.error.size() > 0 ? choice.error[c] : kNaN;
      sd[channel] = predictive_sd(VectorXd::Constant(1, error), residual)[0];
    }
  }
  BaselinePrediction prediction = unstack(problem, mean, sd);
  const Setting& setting = choice.setting;
  prediction.tuned = drift_text(problem, all);
  prediction.tuned.emplace_back("lags", std::to_string(setting.lags));
  prediction.tuned.emplace_back("inputs", forms[setting.form].text());
  prediction.tuned.emplace_back("penalty", short_number(setting.alpha));
  prediction.tuned.emplace_back("penalty of lags",
                                short_number(setting.alpha * setting.lag_penalty));
  return prediction;
}

// Lags of counts would be lags of their noise.
bool is_continuous(const BaselineRecording& recording) { return !recording.counts; }

}  // namespace

extern const BaselineKind var;
const BaselineKind var = {
    "var",
    "Vector autoregression with inputs, simulated from the start of the run; lags, inputs and "
    "penalties by nested cross-validation of the simulation.",
    "Lütkepohl 2005, New Introduction to Multiple Time Series Analysis, chapter 10",
    predict_var,
    is_continuous,
    "continuous recordings",
};

}  // namespace insula::baselines

// SPDX-License-Identifier: Apache-2.0
// One intervention on one fit: draws from the posterior, run with and without it.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/experiment/detail/fit_models.h"
#include "framework/experiment/detail/interventions.h"
#include "framework/experiment/detail/targets_shown.h"
#include "framework/numerics/linear_algebra.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::size_t kTogether = 32;  // draws that are simulated before they are added up
// What a channel varies by is nothing below this share of its size: what rounding leaves.
constexpr double kVaries = 1e-9;

// See kQuantities; of the samples of one run, or of all, that both have.
std::array<double, kQuantityCount> quantities(const VectorXd& before,
                                              const VectorXd& after,
                                              const std::vector<std::size_t>& run,
                                              std::size_t only) {
  double n = 0, size = 0, mean_before = 0, mean_change = 0;
  const auto each = [&](auto&& visit) {
    for (Index i = 0; i < before.size(); ++i)
      if ((only == kAllRuns || run[static_cast<std::size_t>(i)] == only) &&
          std::isfinite(before[i]) && std::isfinite(after[i]))
        visit(before[i], after[i] - before[i]);
  };
  each([&](double b, double change) {
    n += 1;
    mean_before += b;
    mean_change += change;
    size = std::max(size, std::abs(b));
  });
  mean_before /= n;
  mean_change /= n;
  double variance = 0, covariance = 0, square = 0;
  each([&](double b, double change) {
    variance += (b - mean_before) * (b - mean_before) / n;
    covariance += (b - mean_before) * (change - mean_change) / n;
    square += change * change / n;
  });
  if (!(std::sqrt(variance) > kVaries * size)) return {mean_before, mean_change, kNaN, kNaN};
  return {mean_before, mean_change, std::sqrt(square / variance), 1 + covariance / variance};
}

// The sd of draws, of which each is told by how far it is from a course near their mean.
class Spread {
 public:
  void add(const VectorXd& away) {
    if (n_ == 0) sum_ = square_ = VectorXd::Zero(away.size());
    ++n_;
    sum_ += away;
    square_ += away.cwiseAbs2();
  }
  VectorXd sd() const {
    if (n_ < 2) return VectorXd::Constant(sum_.size(), kNaN);
    return ((square_ - sum_.cwiseAbs2() / n_) / (n_ - 1)).cwiseMax(0).cwiseSqrt();
  }

 private:
  double n_ = 0;
  VectorXd sum_, square_;
};

// One draw: what the intact and the changed network show, target by target.
struct Drawn {
  bool is_posterior = false;  // the intact one can be run
  Outcome outcome;            // of the changed one
  std::vector<VectorXd> before, after;
};

// A hypothesis with and without the change.
class Pair {
 public:
  Pair(const RunData& data, const InterventionTask& task)
      : data_(data),
        task_(task),
        model_(data.models[task.model]),
        fitted_(model_.parts[task.subject][0]),
        architecture_(simulation::intervened(*model_.architecture,
                                             data.experiment.interventions[task.intervention])),
        before_(problem_of(data, model_, task.subject, 0)),
        after_(problem_of(data,
                          {model_.name, model_.kind, &architecture_, nullptr, {}, {}, {}},
                          task.subject,
                          0)),
        shown_(data, *before_, fitted_) {}

  const inference::Fit& posterior() const {
    return is_pooled() ? model_.group->pooled : fitted_.fit;
  }

  // Named by the fit alone, so that draws are the same whatever is done.
  std::string stream(const std::string& of) const {
    const std::string& id = data_.experiment.dataset.subjects[task_.subject].id;
    return "interventions/" + model_.name + "/" + (is_pooled() ? "all" : id) + "/" + of;
  }

  // With loadings at their means.
  Drawn at(const VectorXd& theta) const {
    return shown(
        before_->problem.evaluate(theta, false), after_->problem.evaluate(theta, false), nullptr);
  }

  // With loadings that are drawn from streams `first` and those after it.
  std::vector<Drawn> at(std::span<const VectorXd> theta, std::size_t first) const {
    const std::vector<inference::Evaluation> before = evaluated(before_->problem, theta);
    const std::vector<inference::Evaluation> after = evaluated(after_->problem, theta);
    std::vector<Drawn> drawn;
    for (std::size_t i = 0; i < theta.size(); ++i) {
      Stream loadings(data_.experiment.seed, stream("loadings/" + std::to_string(first + i)));
      drawn.push_back(shown(before[i], after[i], &loadings));
    }
    return drawn;
  }

 private:
  static std::vector<inference::Evaluation> evaluated(const inference::Problem& problem,
                                                      std::span<const VectorXd> theta) {
    if (problem.evaluate_many) return problem.evaluate_many(theta);
    std::vector<inference::Evaluation> all;
    for (const VectorXd& one : theta) all.push_back(problem.evaluate(one, false));
    return all;
  }

  Drawn shown(const inference::Evaluation& before,
              const inference::Evaluation& after,
              Stream* stream) const {
    Drawn drawn;
    drawn.is_posterior = before.outcome.finished();
    if (!drawn.is_posterior) return drawn;
    drawn.outcome = after.outcome;
    if (!after.outcome.finished()) return drawn;
    const std::vector<VectorXd> loadings = shown_.loadings(before, stream);
    drawn.before = shown_.targets(before, loadings);
    drawn.after = shown_.targets(after, loadings);
    return drawn;
  }

  bool is_pooled() const { return model_.group && model_.group->pooled.mean.size() > 0; }

  const RunData& data_;
  InterventionTask task_;
  const ModelRun& model_;
  const PartResult& fitted_;
  architecture::Architecture architecture_;
  std::unique_ptr<FitProblem> before_, after_;
  TargetsShown shown_;
};

// Draws of θ, one after the other.
class Draws {
 public:
  Draws(const inference::Fit& fit, std::uint64_t seed, const std::string& task)
      : mean_(fit.mean), stream_(seed, task) {
    const numerics::SymmetricEigen eigen = numerics::symmetric_eigen(fit.covariance);
    root_ = eigen.vectors * eigen.values.cwiseMax(0).cwiseSqrt().asDiagonal();
  }
  VectorXd next() {
    VectorXd z(mean_.size());
    for (double& value : z) value = stream_.normal();
    return mean_ + root_ * z;
  }

 private:
  VectorXd mean_;
  MatrixXd root_;
  Stream stream_;
};

// Adds up draws in their order.
class Sum {
 public:
  Sum(const RunData& data, std::size_t subject, const Drawn& at_mean) : at_mean_(at_mean) {
    const std::size_t runs = data.experiment.dataset.subjects[subject].runs.size();
    for (std::size_t t = 0; t < data.targets.size(); ++t) {
      run_.push_back(data.samples(subject, t).run);
      if (at_mean.before[t].size() == 0) continue;
      PredictedChange& change = effect_.changes.emplace_back();
      change.target = t;
      change.draws.assign(runs > 1 ? runs + 1 : 1,
                          MatrixXd::Constant(kInterventionDraws, kQuantityCount, kNaN));
      change.intact = at_mean.before[t];
      change.changed = at_mean.after[t];
    }
    before_.resize(effect_.changes.size());
    after_.resize(effect_.changes.size());
  }

  bool is_full() const { return effect_.draws == kInterventionDraws; }

  void add(const Drawn& drawn) {
    if (!drawn.is_posterior || is_full()) return;
    const Index row = effect_.draws++;
    if (!drawn.outcome.finished()) {
      if (effect_.failed++ == 0) effect_.failure = to_text(drawn.outcome);
      return;
    }
    for (std::size_t k = 0; k < effect_.changes.size(); ++k) {
      PredictedChange& change = effect_.changes[k];
      const VectorXd &before = drawn.before[change.target], &after = drawn.after[change.target];
      for (std::size_t s = 0; s < change.draws.size(); ++s) {
        const auto of = quantities(before, after, run_[change.target], s == 0 ? kAllRuns : s - 1);
        for (Index q = 0; q < kQuantityCount; ++q)
          change.draws[s](row, q) = of[static_cast<std::size_t>(q)];
      }
      before_[k].add(before - at_mean_.before[change.target]);
      after_[k].add(after - at_mean_.after[change.target]);
    }
  }

  InterventionEffect effect() && {
    for (std::size_t k = 0; k < effect_.changes.size(); ++k) {
      PredictedChange& change = effect_.changes[k];
      for (MatrixXd& of_run : change.draws)
        of_run.conservativeResize(effect_.draws, Eigen::NoChange);
      change.intact_sd = before_[k].sd();
      change.changed_sd = after_[k].sd();
    }
    effect_.done = true;
    return std::move(effect_);
  }

 private:
  const Drawn& at_mean_;
  std::vector<std::vector<std::size_t>> run_;  // per target
  std::vector<Spread> before_, after_;         // per change
  InterventionEffect effect_;
};

InterventionEffect without_numbers(std::string obstacle) {
  InterventionEffect effect;
  effect.done = true;
  effect.obstacle = std::move(obstacle);
  return effect;
}

}  // namespace

InterventionEffect effect_of(const RunData& data, const InterventionTask& task) {
  const PartResult& fitted = data.models[task.model].parts[task.subject][0];
  if (!fitted.done) return {};
  if (!fitted.has_prediction) return without_numbers("it could not be fitted to the recorded data");
  const Pair pair(data, task);
  const inference::Fit& fit = pair.posterior();
  const Drawn at_mean = pair.at(fit.mean);
  if (!at_mean.is_posterior)
    return without_numbers("it cannot be run at the mean of its own posterior");
  if (!at_mean.outcome.finished())
    return without_numbers("the changed network cannot be run at the posterior mean: it " +
                           to_text(at_mean.outcome));
  const std::uint64_t seed = data.experiment.seed;
  Draws draws(fit, seed, pair.stream("parameters"));
  Sum sum(data, task.subject, at_mean);
  for (int tried = 0; !sum.is_full() && tried < kMostTriedDraws; tried += kTogether) {
    std::vector<VectorXd> theta;
    for (std::size_t i = 0; i < kTogether; ++i) theta.push_back(draws.next());
    std::vector<std::vector<Drawn>> drawn(kTogether / kLanes);
    parallel_for(drawn.size(), [&](std::size_t block) {
      drawn[block] = pair.at(std::span(theta).subspan(block * kLanes, kLanes),
                             static_cast<std::size_t>(tried) + block * kLanes);
    });
    for (const std::vector<Drawn>& block : drawn)
      for (const Drawn& one : block) sum.add(one);
  }
  return std::move(sum).effect();
}

}  // namespace insula::experiment

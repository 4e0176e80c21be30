// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/model_search.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/base/error.h"
#include "framework/inference/detail/candidates.h"
#include "framework/numerics/parallel.h"

namespace insula::inference {
namespace {

using detail::Candidates;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Chosen = std::vector<Index>;

constexpr double kIsBetter = 1e-9;  // nats: below that a round has found nothing but rounding

// Models that were scored together: all combinations of some candidates, the others held.
struct Round {
  Chosen chosen;  // of the candidates; bit i of a model is chosen[i]
  Chosen held_off;
  VectorXd change;  // per model, against the full model

  Chosen off_in(std::size_t model) const {
    Chosen off = held_off;
    for (std::size_t i = 0; i < chosen.size(); ++i)
      if (model >> i & 1) off.push_back(chosen[i]);
    std::ranges::sort(off);
    return off;
  }
};

Round score_round(const Candidates& all, const Chosen& chosen, const Chosen& held_off) {
  Round round{chosen, held_off, detail::score_all(detail::given_off(all, held_off, chosen))};
  round.change.array() += detail::change_of(all, held_off);
  return round;
}

// Of equal changes the one with fewer switched off: the first.
std::size_t best_of(const Round& round) {
  Index best = 0;
  round.change.maxCoeff(&best);
  return static_cast<std::size_t>(best);
}

// The candidates whose change alone is best, ascending.
Chosen most_promising(const VectorXd& change_of_each, std::size_t count) {
  Chosen order(static_cast<std::size_t>(change_of_each.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::stable_sort(order,
                           [&](Index a, Index b) { return change_of_each[a] > change_of_each[b]; });
  order.resize(count);
  std::ranges::sort(order);
  return order;
}

Round greedy_rounds(const Candidates& all, std::size_t at_a_time) {
  Chosen off;
  double reached = 0;
  for (;;) {
    const Chosen chosen = most_promising(detail::change_of_each(all, off), at_a_time);
    Chosen held_off;
    std::ranges::set_difference(off, chosen, std::back_inserter(held_off));
    Round round = score_round(all, chosen, held_off);
    const std::size_t best = best_of(round);
    if (!(round.change[static_cast<Index>(best)] > reached + kIsBetter)) return round;
    reached = round.change[static_cast<Index>(best)];
    off = round.off_in(best);
  }
}

VectorXd probabilities(const VectorXd& change) {
  const VectorXd weight = (change.array() - change.maxCoeff()).exp();
  return weight / weight.sum();
}

// Models by evidence, the best first; of equal ones the lower number.
std::vector<std::size_t> in_order(const VectorXd& change, std::size_t count) {
  std::vector<std::size_t> order(static_cast<std::size_t>(change.size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  count = std::min(count, order.size());
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(order.begin(), end, order.end(), [&](std::size_t a, std::size_t b) {
    const double x = change[static_cast<Index>(a)], y = change[static_cast<Index>(b)];
    return x > y || (x == y && a < b);
  });
  order.resize(count);
  return order;
}

// P(on) of every chosen candidate, over the models of the round.
VectorXd inclusion_in(const Round& round, const VectorXd& probability) {
  VectorXd on(static_cast<Index>(round.chosen.size()));
  parallel_for(round.chosen.size(), [&](std::size_t i) {
    double sum = 0;
    for (Index model = 0; model < probability.size(); ++model)
      if ((static_cast<std::size_t>(model) >> i & 1) == 0) sum += probability[model];
    on[static_cast<Index>(i)] = sum;
  });
  return on;
}

// Candidates that were not in the last round: the odds of switching each over in the best model.
VectorXd inclusion_given(const Candidates& all, const Chosen& off) {
  const VectorXd change = detail::change_of_each(all, off);
  VectorXd on(all.size());
  for (Index i = 0; i < on.size(); ++i) {
    const double over = 1 / (1 + std::exp(-change[i]));
    on[i] = std::ranges::binary_search(off, i) ? over : 1 - over;
  }
  return on;
}

struct WeightedSums {
  double weight = 0;
  VectorXd mean;        // Σ weight (mean − centre)
  MatrixXd covariance;  // Σ weight (covariance + (mean − centre)(mean − centre)ᵀ)
};

GaussianBelief average_over(const GaussianBelief& prior,
                            const GaussianBelief& posterior,
                            const std::vector<Switch>& candidates,
                            const Round& round,
                            const std::vector<std::size_t>& models) {
  constexpr std::size_t kTogether = 64;  // models: what is added up in order
  const Index n = posterior.mean.size();
  const double best = round.change[static_cast<Index>(models.front())];
  std::vector<WeightedSums> parts((models.size() + kTogether - 1) / kTogether);
  parallel_for(parts.size(), [&](std::size_t p) {
    WeightedSums sum{0, VectorXd::Zero(n), MatrixXd::Zero(n, n)};
    const std::size_t end = std::min(models.size(), (p + 1) * kTogether);
    for (std::size_t m = p * kTogether; m < end; ++m) {
      std::vector<Switch> off;
      for (const Index i : round.off_in(models[m]))
        off.push_back(candidates[static_cast<std::size_t>(i)]);
      const Reduction reduced = switch_off(prior, posterior, off);
      const double w = std::exp(round.change[static_cast<Index>(models[m])] - best);
      const VectorXd moved = reduced.posterior.mean - posterior.mean;
      sum.weight += w;
      sum.mean += w * moved;
      sum.covariance += w * (reduced.posterior.covariance + moved * moved.transpose());
    }
    parts[p] = std::move(sum);
  });
  WeightedSums all = std::move(parts.front());
  for (std::size_t p = 1; p < parts.size(); ++p) {
    all.weight += parts[p].weight;
    all.mean += parts[p].mean;
    all.covariance += parts[p].covariance;
  }
  const VectorXd moved = all.mean / all.weight;
  return {posterior.mean + moved, all.covariance / all.weight - moved * moved.transpose()};
}

}  // namespace

VectorXd score_reductions(const GaussianBelief& prior,
                          const GaussianBelief& posterior,
                          const std::vector<Switch>& candidates) {
  return detail::score_all(detail::candidates_of(prior, posterior, candidates));
}

ModelSearch search_models(const GaussianBelief& prior,
                          const GaussianBelief& posterior,
                          const std::vector<Switch>& candidates,
                          const SearchOptions& options) {
  const Candidates all = detail::candidates_of(prior, posterior, candidates);
  ModelSearch search;
  search.is_exhaustive = candidates.size() <= options.exhaustive_up_to;
  Round round;
  if (search.is_exhaustive) {
    Chosen every(candidates.size());
    std::iota(every.begin(), every.end(), Index{0});
    round = score_round(all, every, {});
  } else {
    round = greedy_rounds(all, options.exhaustive_up_to);
  }
  search.scored = static_cast<std::size_t>(round.change.size());

  const VectorXd probability = probabilities(round.change);
  const auto order = in_order(round.change, std::max(options.best, options.most_averaged));
  for (std::size_t m = 0; m < std::min(options.best, order.size()); ++m) {
    ReducedModel model;
    for (const Index i : round.off_in(order[m])) model.off.push_back(static_cast<std::size_t>(i));
    model.log_evidence_change = round.change[static_cast<Index>(order[m])];
    model.probability = probability[static_cast<Index>(order[m])];
    search.best.push_back(std::move(model));
  }

  search.inclusion = search.is_exhaustive ? VectorXd(all.size())
                                          : inclusion_given(all, round.off_in(order.front()));
  const VectorXd in_round = inclusion_in(round, probability);
  for (std::size_t i = 0; i < round.chosen.size(); ++i)
    search.inclusion[round.chosen[i]] = in_round[static_cast<Index>(i)];

  const double least = round.change[static_cast<Index>(order.front())] - options.window;
  std::vector<std::size_t> averaged;
  for (const std::size_t m : order)
    if (averaged.size() < options.most_averaged && round.change[static_cast<Index>(m)] >= least)
      averaged.push_back(m);
  search.averaged = averaged.size();
  if (!averaged.empty())
    search.average = average_over(prior, posterior, candidates, round, averaged);
  return search;
}

}  // namespace insula::inference

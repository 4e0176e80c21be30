// SPDX-License-Identifier: Apache-2.0
// How long does it take to score all 2^k models that switch off some of k parameters of a fit?
//
// k = 16, 20 of a fit with as many parameters and 8 more. Ways compared: the tree of
// score_reductions(), switching off one model after the other (every 2^k/4096-th, extrapolated),
// and the whole search with inclusion probabilities and an average over models. One warm-up, then
// the median of five. Every answer of the tree that was computed the slow way as well is checked.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "benchmarks/timing.h"
#include "framework/base/random.h"
#include "framework/inference/model_search.h"
#include "framework/numerics/parallel.h"

namespace insula::inference {
namespace {

using Eigen::Index;

struct Problem {
  GaussianBelief prior, posterior;
  std::vector<Switch> candidates;
};

double seconds_of(const std::function<void()>& work) { return benchmark::timed(work, 5).median; }

// A posterior that regression on random columns would have.
Problem drawn(Index candidates) {
  const Index n = candidates + 8;
  Stream random(1, "model reduction benchmark");
  Eigen::MatrixXd root(n, 2 * n);
  const double scale = 1 / std::sqrt(2 * static_cast<double>(n));
  Problem problem;
  problem.posterior.mean.resize(n);
  for (Index i = 0; i < n; ++i) {
    problem.posterior.mean[i] = 0.2 * random.normal();
    for (Index j = 0; j < 2 * n; ++j) root(i, j) = scale * random.normal();
  }
  problem.prior = {Eigen::VectorXd::Zero(n), Eigen::MatrixXd::Identity(n, n)};
  problem.posterior.covariance = 0.02 * root * root.transpose();
  for (Index i = 0; i < candidates; ++i) problem.candidates.push_back({i, 0});
  return problem;
}

void report(Index k) {
  const Problem problem = drawn(k);
  Eigen::VectorXd change;
  const double tree = seconds_of(
      [&] { change = score_reductions(problem.prior, problem.posterior, problem.candidates); });
  const Index stride = change.size() / 4096;
  double worst = 0;
  const auto start = std::chrono::steady_clock::now();
  for (Index model = 0; model < change.size(); model += stride) {
    std::vector<Switch> off;
    const Index which = model + model / stride % stride;  // all low bits occur
    for (Index i = 0; i < k; ++i)
      if (which >> i & 1) off.push_back(problem.candidates[static_cast<std::size_t>(i)]);
    const double slow = switch_off(problem.prior, problem.posterior, off).log_evidence_change;
    worst = std::max(worst, std::abs(slow - change[which]));
  }
  const double one_by_one =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!(worst < 1e-8)) {
    std::fprintf(stderr, "the tree is wrong by %g nats\n", worst);
    std::exit(1);
  }
  ModelSearch search;
  const double whole = seconds_of(
      [&] { search = search_models(problem.prior, problem.posterior, problem.candidates); });
  std::printf(
      "2^%td models: %.4f s (%.1f ns a model); one after the other %.2f s (ratio %.0f); "
      "search, with an average over %zu models, %.3f s; largest difference %.1e nats\n",
      k,
      tree,
      1e9 * tree / static_cast<double>(change.size()),
      one_by_one * static_cast<double>(stride),
      one_by_one * static_cast<double>(stride) / tree,
      search.averaged,
      whole,
      worst);
}

}  // namespace
}  // namespace insula::inference

int main() {
  std::printf("%d threads\n", insula::threads());
  for (const int k : {16, 20}) insula::inference::report(k);
}

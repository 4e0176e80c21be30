// SPDX-License-Identifier: Apache-2.0
// All models that switch off some parameters of a fitted one, scored without fitting them.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "framework/inference/model_reduction.h"

namespace insula::inference {

/// The change of log evidence of all 2^k models; bit i of an index: candidate i is switched off.
///
/// A binary tree over the candidates. To keep one takes no work, its marginal is a block of the
/// covariance; to switch one off conditions those that come after it, a rank-one update that
/// shrinks from level to level, so that a model costs about six multiplications and additions,
/// whatever k.
///
/// errors  InternalError as switch_off(), or for more than 24 candidates
/// cost    O(2^k) in parallel; the same bytes at any number of threads
Eigen::VectorXd score_reductions(const GaussianBelief& prior,
                                 const GaussianBelief& posterior,
                                 const std::vector<Switch>& candidates);

struct SearchOptions {
  /// Up to so many candidates all models are scored; of more, so many at a time. At most 24.
  std::size_t exhaustive_up_to = 20;
  std::size_t best = 16;  // models to list
  /// Models so far below the best, in nats, are left out of the average: each is e^−8 as likely.
  /// So are those beyond `most_averaged`.
  double window = 8;
  std::size_t most_averaged = 10000;
};

struct ReducedModel {
  std::vector<std::size_t> off;  // candidates, ascending
  double log_evidence_change = 0;
  double probability = 0;  // among the models that were scored, equally likely before
};

struct ModelSearch {
  bool is_exhaustive = true;
  std::size_t scored = 0;          // models; of a greedy search in its last round
  std::vector<ReducedModel> best;  // best first
  /// Per candidate, P(it is not switched off): over all models. Of a greedy search: over those of
  /// the last round for candidates that were in it, and for others given the best model.
  Eigen::VectorXd inclusion;
  GaussianBelief average;    // of all parameters, over models within the window
  std::size_t averaged = 0;  // of so many models
};

/// All models, if there are not too many. Otherwise rounds: of the candidates whose change, alone,
/// would leave the current model with most evidence, all combinations are scored with the others as
/// they are, until none is better. That finds a model which no change of so many of them improves,
/// not always the best of all.
///
/// errors  InternalError as above
/// cost    O(2^k + averaged · P² · k); a round of a greedy search 2^exhaustive_up_to + k³
/// source  Friston & Penny 2011; Friston 2016, NeuroImage 128:413 (rounds)
ModelSearch search_models(const GaussianBelief& prior,
                          const GaussianBelief& posterior,
                          const std::vector<Switch>& candidates,
                          const SearchOptions& options = {});

}  // namespace insula::inference

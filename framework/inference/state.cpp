// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/loadings.h"
#include "framework/inference/detail/noise_posterior.h"
#include "framework/inference/detail/prior_scale.h"
#include "framework/inference/detail/scored.h"
#include "framework/inference/detail/sensitivities.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

bool sources_fit(const Channel& channel,
                 const Evaluation& evaluation,
                 Index parameters,
                 bool with_jacobian) {
  const Index n = channel.data.size();
  for (const std::size_t m : channel.sources) {
    if (m >= evaluation.sources.size() || evaluation.sources[m].size() != n) return false;
    if (with_jacobian &&
        (m >= evaluation.source_jacobian.size() || evaluation.source_jacobian[m].rows() != n ||
         evaluation.source_jacobian[m].cols() != parameters))
      return false;
  }
  return true;
}

bool effects_fit(const Problem& problem, const std::vector<numerics::ImpulseBlock>& impulses) {
  const auto groups = static_cast<Index>(problem.drives.size());
  Index drives = 0;
  for (const numerics::ImpulseBlock& block : impulses) {
    if (block.first != drives || block.effect.size() != problem.channels.size() ||
        block.sample.size() != problem.channels.size())
      return false;
    drives += block.count;
    for (std::size_t c = 0; c < block.effect.size(); ++c)
      if (block.effect[c].rows() > 0 &&
          (block.effect[c].cols() != groups * block.count || block.sample[c] < 0 ||
           block.sample[c] + block.effect[c].rows() > problem.channels[c].data.size()))
        return false;
  }
  return std::ranges::all_of(problem.drives,
                             [&](const DriveGroup& g) { return g.design.rows() == drives; });
}

void check_sizes(const Problem& problem, const Evaluation& evaluation, bool with_jacobian) {
  const std::size_t channels = problem.channels.size();
  const Index columns = std::ssize(columns_of(problem, evaluation));
  bool fits = evaluation.prediction.size() == channels;
  if (with_jacobian) fits = fits && evaluation.jacobian.size() == channels;
  for (std::size_t c = 0; fits && c < channels; ++c) {
    const Index n = problem.channels[c].data.size();
    if (!problem.channels[c].sources.empty()) {
      fits = sources_fit(problem.channels[c], evaluation, problem.prior_mean.size(), with_jacobian);
      continue;
    }
    fits = evaluation.prediction[c].size() == n;
    if (with_jacobian) {
      fits = fits && evaluation.jacobian[c].rows() == n && evaluation.jacobian[c].cols() == columns;
    }
  }
  if (evaluation.impulses) fits = fits && effects_fit(problem, *evaluation.impulses);
  fits = fits && evaluation.predictors.size() == problem.scored.size();
  for (std::size_t s = 0; fits && s < problem.scored.size(); ++s) {
    fits = has_sizes_of(
        problem.scored[s], evaluation.predictors[s], problem.prior_mean.size(), with_jacobian);
  }
  if (!fits) throw InternalError("inference: evaluate() returned predictions of other sizes");
}

// `jacobian` is null if it was not asked for.
bool is_finite_where_used(const ChannelData& data,
                          const VectorXd& prediction,
                          const Eigen::MatrixXd* jacobian) {
  for (const Index sample : data.chain.used) {
    if (!std::isfinite(prediction[sample])) return false;
  }
  if (!jacobian || jacobian->allFinite()) return true;
  for (const Index sample : data.chain.used) {
    if (!jacobian->row(sample).allFinite()) return false;
  }
  return true;
}

bool is_finite_where_used(const ChannelData& data,
                          const Evaluation& evaluation,
                          std::size_t c,
                          bool with_jacobian) {
  const auto is_finite = [&](const numerics::ImpulseBlock& b) { return b.effect[c].allFinite(); };
  if (evaluation.impulses && !std::ranges::all_of(*evaluation.impulses, is_finite)) return false;
  if (data.sources.empty())
    return is_finite_where_used(
        data, evaluation.prediction[c], with_jacobian ? &evaluation.jacobian[c] : nullptr);
  return std::all_of(data.sources.begin(), data.sources.end(), [&](std::size_t m) {
    return is_finite_where_used(
        data, evaluation.sources[m], with_jacobian ? &evaluation.source_jacobian[m] : nullptr);
  });
}

Evaluation checked(const Problem& problem,
                   const std::vector<ChannelData>& data,
                   Evaluation evaluation,
                   bool with_jacobian) {
  if (!evaluation.outcome.finished()) return evaluation;
  check_sizes(problem, evaluation, with_jacobian);
  for (std::size_t c = 0; c < data.size(); ++c) {
    if (is_finite_where_used(data[c], evaluation, c, with_jacobian)) continue;
    evaluation.outcome.kind = Outcome::Kind::diverged;
    evaluation.outcome.where = problem.channels[c].recording + " of " + problem.channels[c].name;
    return evaluation;
  }
  for (std::size_t s = 0; s < problem.scored.size(); ++s) {
    const Index bad = first_not_finite(problem.scored[s], evaluation.predictors[s]);
    if (bad < 0) continue;
    evaluation.outcome.kind = Outcome::Kind::diverged;
    evaluation.outcome.where = "the predictors of " + datum_in_words(problem.scored[s], bad);
    break;
  }
  return evaluation;
}

}  // namespace

Evaluation checked_evaluate(const Problem& problem,
                            const std::vector<ChannelData>& data,
                            const VectorXd& theta,
                            Slopes slopes) {
  if (slopes == Slopes::by_drives || slopes == Slopes::by_drives_roughly) {
    const Accuracy accuracy = slopes == Slopes::by_drives ? Accuracy::full : Accuracy::rough;
    return checked(problem, data, problem.evaluate_by_drives(theta, accuracy), true);
  }
  const bool with_jacobian = slopes == Slopes::by_columns;
  return checked(problem, data, problem.evaluate(theta, with_jacobian), with_jacobian);
}

std::vector<Evaluation> checked_evaluate_many(const Problem& problem,
                                              const std::vector<ChannelData>& data,
                                              std::span<const VectorXd> thetas) {
  std::vector<Evaluation> all;
  if (problem.evaluate_many) {
    all = problem.evaluate_many(thetas);
  } else {
    for (const VectorXd& theta : thetas) all.push_back(problem.evaluate(theta, false));
  }
  if (all.size() != thetas.size())
    throw InternalError("inference: evaluate_many() returned another number of evaluations");
  for (Evaluation& evaluation : all)
    evaluation = checked(problem, data, std::move(evaluation), false);
  return all;
}

State make_state(const Problem& problem,
                 const std::vector<ChannelData>& data,
                 const VectorXd& theta,
                 Slopes slopes) {
  State state;
  state.theta = theta;
  for (const PriorScale& scale : problem.scales) state.log_scale.push_back(scale.mean);
  state.prior_variance = prior_variance(problem, state.log_scale);
  state.evaluation = checked_evaluate(problem, data, theta, slopes);
  state.scores = checked_scores(problem, true, state.evaluation);
  if (state.evaluation.outcome.finished()) set_sources(data, state.evaluation, state.with_sources);
  const std::vector<ChannelData>& here = state.with_sources.empty() ? data : state.with_sources;
  for (std::size_t c = 0; c < data.size(); ++c) {
    const Channel& channel = problem.channels[c];
    state.noise.push_back(
        {channel.lambda_mean, channel.noise == Noise::ar1 ? channel.zeta_mean : 0});
    if (!state.evaluation.outcome.finished()) continue;
    state.beta.push_back(best_beta(here[c], state.evaluation.prediction[c], state.noise[c]));
  }
  return state;
}

double noise_complexity(const Problem& problem,
                        const std::vector<ChannelData>& data,
                        const std::vector<NoiseValue>& noise,
                        const std::vector<std::vector<double>>& spreads) {
  double sum = 0;
  for (std::size_t c = 0; c < data.size(); ++c) {
    const Channel& channel = problem.channels[c];
    sum += noise_complexity(
        channel, noise_energy(channel, data[c].chain, spreads[c], noise[c]), noise[c]);
  }
  return sum;
}

}  // namespace insula::inference::detail

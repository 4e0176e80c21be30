// SPDX-License-Identifier: Apache-2.0
#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/evaluation/detail/blocks.h"
#include "framework/evaluation/sign_flip.h"
#include "framework/evaluation/sums.h"

namespace insula::evaluation {
namespace {

using Eigen::Index;

ScoreSums total(const std::vector<HeldOut>& folds, const detail::SampleList& samples) {
  ScoreSums sum;
  for (const ScoreSums& fold : score_sums(folds, centres(folds), samples)) sum.add(fold);
  return sum;
}

}  // namespace

Eigen::MatrixXd block_gains(const Metric& metric,
                            const std::vector<std::vector<HeldOut>>& model,
                            const std::vector<std::vector<HeldOut>>& other,
                            double block_length) {
  const bool is_density = metric.name == "log_density";
  if (!is_density && metric.name != "r2")
    throw InternalError("gains of blocks are of metrics that add up over samples");
  if (model.size() != other.size())
    throw InternalError("two models are compared on different channels");
  const detail::Blocks blocks({model.begin(), model.end()}, block_length);
  Eigen::MatrixXd gains = Eigen::MatrixXd::Constant(
      static_cast<Index>(blocks.count()), static_cast<Index>(model.size()), kNaN);
  for (std::size_t c = 0; c < model.size(); ++c) {
    double scale = 0, used = 0;
    for (std::size_t b = 0; b < blocks.count(); ++b) {
      const detail::SampleList& samples = blocks.samples(c, b);
      if (samples.empty()) continue;
      const ScoreSums mine = total(model[c], samples), theirs = total(other[c], samples);
      gains(static_cast<Index>(b), static_cast<Index>(c)) =
          is_density ? mine.density - theirs.density : theirs.residual2 - mine.residual2;
      scale += is_density ? mine.count : mine.deviation2;
      used += 1;
    }
    gains.col(static_cast<Index>(c)) *= used / scale;
  }
  return gains;
}

}  // namespace insula::evaluation

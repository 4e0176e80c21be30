// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>

#include "framework/base/error.h"
#include "framework/inference/detail/likelihood.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;

// `data` is a Channel or a Scored.
template <class Data>
void require(bool is_so, const Data& data, const std::string& claim) {
  if (is_so) return;
  throw InternalError("inference: '" + data.name + "' of recording '" + data.recording +
                      "': " + claim);
}

void check(const Channel& c) {
  const Index n = c.data.size(), k = c.confounds.cols();
  require(static_cast<Index>(c.use.size()) == n, c, "data and use differ in length");
  require(k == 0 || c.confounds.rows() == n, c, "data and confounds differ in length");
  require(c.confound_precision.size() == k, c, "confounds and their precisions differ in number");
  require((c.confound_precision.array() > 0).all(), c, "confound precisions must be positive");
  require(c.loading_precision > 0, c, "the precision of loadings must be positive");
  require(c.lambda_variance > 0 && c.zeta_variance > 0, c, "prior variances must be positive");
  require(c.confounds.allFinite(), c, "confounds must be finite");
  require(
      n == 0 || (!c.run_start.empty() && c.run_start[0] == 0), c, "runs must start at sample 0");
  for (std::size_t run = 1; run < c.run_start.size(); ++run) {
    require(c.run_start[run] > c.run_start[run - 1] && c.run_start[run] <= n,
            c,
            "run starts must ascend and lie inside the data");
  }
  for (Index i = 0; i < n; ++i) {
    require(!c.use[static_cast<std::size_t>(i)] || std::isfinite(c.data[i]),
            c,
            "sample " + std::to_string(i) + " is in use but not finite");
  }
}

void check(const Scored& s) {
  require(s.count >= 0 && static_cast<Index>(s.use.size()) == s.count, s, "data and use differ");
  require(s.predictors > 0, s, "scored data need a predictor");
  require(s.score != nullptr, s, "there is no score()");
}

void check(const std::vector<PriorScale>& scales, Index parameters) {
  std::vector<char> taken(static_cast<std::size_t>(parameters), 0);
  for (const PriorScale& scale : scales) {
    bool is_good = !scale.parameter.empty() && std::isfinite(scale.mean) && scale.variance > 0;
    for (const Index i : scale.parameter) {
      is_good = is_good && i >= 0 && i < parameters && !taken[static_cast<std::size_t>(i)];
      if (is_good) taken[static_cast<std::size_t>(i)] = 1;
    }
    if (!is_good)
      throw InternalError("inference: the scale '" + scale.name +
                          "' needs parameters of its own and a proper prior");
  }
}

}  // namespace

void check(const Problem& problem) {
  const Index p = problem.prior_mean.size();
  if (problem.prior_variance.size() != p || static_cast<Index>(problem.parameter.size()) != p ||
      !problem.prior_mean.allFinite() || !(problem.prior_variance.array() > 0).all() ||
      !problem.prior_variance.allFinite()) {
    throw InternalError(
        "inference: every parameter needs a name, a finite prior mean and a "
        "positive prior variance");
  }
  check(problem.scales, p);
  if (!problem.evaluate) throw InternalError("inference: the problem has no evaluate()");
  for (const Channel& channel : problem.channels) check(channel);
  for (const Scored& scored : problem.scored) check(scored);
}

}  // namespace insula::inference::detail

// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/assemble.h"

namespace insula::experiment {

using Eigen::VectorXd;

inference::Scored scored_counts(const CountProblem& counts, std::vector<char> use) {
  inference::Scored scored;
  scored.recording = counts.recording;
  scored.name = counts.name;
  scored.count = static_cast<Eigen::Index>(counts.data.size());
  scored.use = std::move(use);
  scored.score = [&counts](
                     const Eigen::MatrixXd& eta, inference::Scores& scores, bool with_derivatives) {
    const VectorXd none = VectorXd::Zero(eta.rows());
    SampleScores one{none, none, none};
    counts.kind->likelihood.score(counts.data, counts.interval, eta.col(0), one, with_derivatives);
    scores.value = one.value;
    if (!with_derivatives) return;
    scores.gradient = one.gradient;
    scores.curvature = one.curvature;
  };
  scored.observed_information = [&counts](const Eigen::MatrixXd& eta,
                                          Eigen::MatrixXd& information) {
    VectorXd one = VectorXd::Zero(eta.rows());
    counts.kind->likelihood.observed_information(counts.data, counts.interval, eta.col(0), one);
    information = one;
  };
  return scored;
}

}  // namespace insula::experiment

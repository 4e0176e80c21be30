// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/scored.h"

#include <cmath>
#include <limits>

#include "framework/inference/detail/gram.h"
#include "framework/inference/predictive.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

std::vector<Index> used_data(const Scored& scored) {
  std::vector<Index> used;
  for (Index n = 0; n < scored.count; ++n) {
    if (scored.use[static_cast<std::size_t>(n)]) used.push_back(n);
  }
  return used;
}

// Rows in use, padded with zeros for add_gram.
MatrixXd used_rows(const MatrixXd& all, const std::vector<Index>& used) {
  const auto n = static_cast<Index>(used.size());
  MatrixXd rows = MatrixXd::Zero(padded_rows(n), all.cols());
  for (Index j = 0; j < all.cols(); ++j) {
    for (Index i = 0; i < n; ++i) rows(i, j) = all(used[static_cast<std::size_t>(i)], j);
  }
  return rows;
}

// Adds block + blockᵀ, which stands at rows `q` and columns `r`, to a lower triangle.
void add_twice(const std::vector<Index>& q,
               const std::vector<Index>& r,
               const MatrixXd& block,
               MatrixXd& lower) {
  for (Index j = 0; j < block.cols(); ++j) {
    const Index b = r[static_cast<std::size_t>(j)];
    for (Index i = 0; i < block.rows(); ++i) {
      const Index a = q[static_cast<std::size_t>(i)];
      lower(std::max(a, b), std::min(a, b)) += a == b ? 2 * block(i, j) : block(i, j);
    }
  }
}

// Adds the lower triangle `block`, which stands at rows and columns `q`, to a lower triangle.
void add_once(const std::vector<Index>& q, const MatrixXd& block, MatrixXd& lower) {
  for (Index j = 0; j < block.cols(); ++j) {
    const Index b = q[static_cast<std::size_t>(j)];
    for (Index i = j; i < block.rows(); ++i) {
      const Index a = q[static_cast<std::size_t>(i)];
      lower(std::max(a, b), std::min(a, b)) += block(i, j);
    }
  }
}

// Adds Σ_qr J_qᵀ diag(H_qr) J_r.
void add_information(const std::vector<Index>& used,
                     const std::vector<Slope>& slope,
                     const MatrixXd& curvature,
                     MatrixXd& lower) {
  std::vector<MatrixXd> jacobian;
  for (const Slope& one : slope) jacobian.push_back(used_rows(one.value, used));
  const MatrixXd weight = used_rows(curvature, used);
  for (Index q = 0; q < static_cast<Index>(slope.size()); ++q) {
    const auto uq = static_cast<std::size_t>(q);
    const auto own = weight.col(packed(q, q));
    if (weight.rows() > 0 && own.minCoeff() >= 0) {
      MatrixXd gram = MatrixXd::Zero(jacobian[uq].cols(), jacobian[uq].cols());
      add_gram(own.cwiseSqrt().asDiagonal() * jacobian[uq], gram);
      add_once(slope[uq].parameter, gram, lower);
    } else {
      const MatrixXd half = 0.5 * (own.asDiagonal() * jacobian[uq]);
      add_twice(slope[uq].parameter, slope[uq].parameter, jacobian[uq].transpose() * half, lower);
    }
    for (Index r = 0; r < q; ++r) {
      const auto ur = static_cast<std::size_t>(r);
      const MatrixXd weighted = weight.col(packed(q, r)).asDiagonal() * jacobian[ur];
      add_twice(
          slope[uq].parameter, slope[ur].parameter, jacobian[uq].transpose() * weighted, lower);
    }
  }
}

bool is_finite(const Scores& scores, Index n, bool with_derivatives) {
  return std::isfinite(scores.value[n]) &&
         (!with_derivatives ||
          (scores.gradient.row(n).allFinite() && scores.curvature.row(n).allFinite()));
}

}  // namespace

bool has_sizes_of(const Scored& scored,
                  const Predictors& predictors,
                  Index parameters,
                  bool with_slopes) {
  bool fits =
      predictors.value.rows() == scored.count && predictors.value.cols() == scored.predictors;
  if (!with_slopes) return fits;
  fits = fits && predictors.slope.size() == static_cast<std::size_t>(scored.predictors);
  for (const Slope& slope : predictors.slope) {
    fits = fits && slope.value.rows() == scored.count &&
           slope.value.cols() == static_cast<Index>(slope.parameter.size());
    std::vector<char> is_named(static_cast<std::size_t>(parameters), 0);
    for (const Index i : slope.parameter) {
      fits = fits && i >= 0 && i < parameters && !is_named[static_cast<std::size_t>(i)];
      if (fits) is_named[static_cast<std::size_t>(i)] = 1;
    }
  }
  return fits;
}

Index first_not_finite(const Scored& scored, const Predictors& predictors) {
  for (const Index n : used_data(scored)) {
    bool finite = predictors.value.row(n).allFinite();
    for (const Slope& slope : predictors.slope) finite = finite && slope.value.row(n).allFinite();
    if (!finite) return n;
  }
  return -1;
}

std::string datum_in_words(const Scored& scored, Index datum) {
  return scored.name + " of " + scored.recording + ", datum " + std::to_string(datum + 1) + " of " +
         std::to_string(scored.count);
}

std::vector<Scores> checked_scores(const Problem& problem,
                                   bool with_derivatives,
                                   Evaluation& evaluation) {
  std::vector<Scores> all;
  for (std::size_t s = 0; s < problem.scored.size(); ++s) {
    if (!evaluation.outcome.finished()) return {};
    const Scored& scored = problem.scored[s];
    const Index q = scored.predictors;
    Scores scores;
    scores.value.setZero(scored.count);
    if (with_derivatives) {
      scores.gradient.setZero(scored.count, q);
      scores.curvature.setZero(scored.count, packed(q, 0));
    }
    scored.score(evaluation.predictors[s].value, scores, with_derivatives);
    for (const Index n : used_data(scored)) {
      if (is_finite(scores, n, with_derivatives)) continue;
      evaluation.outcome.kind = Outcome::Kind::impossible;
      evaluation.outcome.where = datum_in_words(scored, n);
      return {};
    }
    all.push_back(std::move(scores));
  }
  return all;
}

double total_value(const Scored& scored, const Scores& scores) {
  double sum = 0;
  for (const Index n : used_data(scored)) sum += scores.value[n];
  return sum;
}

void linearise(const Problem& problem,
               const Evaluation& evaluation,
               const std::vector<Scores>& scores,
               Joint& joint) {
  if (problem.scored.empty()) return;
  const Index p = problem.prior_mean.size();
  joint.scored_information.setZero(p, p);
  joint.scored_gradient.setZero(p);
  joint.scored_value = 0;
  for (std::size_t s = 0; s < scores.size(); ++s) {
    const std::vector<Index> used = used_data(problem.scored[s]);
    const std::vector<Slope>& slope = evaluation.predictors[s].slope;
    joint.scored_value += total_value(problem.scored[s], scores[s]);
    add_information(used, slope, scores[s].curvature, joint.scored_information);
    for (std::size_t q = 0; q < slope.size(); ++q) {
      for (std::size_t j = 0; j < slope[q].parameter.size(); ++j) {
        const auto column = slope[q].value.col(static_cast<Index>(j));
        double sum = 0;
        for (const Index n : used) sum += column[n] * scores[s].gradient(n, static_cast<Index>(q));
        joint.scored_gradient[slope[q].parameter[j]] += sum;
      }
    }
  }
}

MatrixXd observed_information(const Problem& problem,
                              const Evaluation& evaluation,
                              const std::vector<Scores>& scores) {
  MatrixXd lower;
  for (const Scored& scored : problem.scored) {
    if (scored.observed_information) {
      lower.setZero(problem.prior_mean.size(), problem.prior_mean.size());
    }
  }
  if (lower.size() == 0) return lower;
  for (std::size_t s = 0; s < scores.size(); ++s) {
    const Scored& scored = problem.scored[s];
    const Predictors& predictors = evaluation.predictors[s];
    MatrixXd curvature = scores[s].curvature;
    if (scored.observed_information) {
      curvature.setZero();
      scored.observed_information(predictors.value, curvature);
    }
    add_information(used_data(scored), predictors.slope, curvature, lower);
  }
  return lower;
}

std::vector<ScoredFit> describe_scored(const Problem& problem,
                                       const Evaluation& evaluation,
                                       const std::vector<Scores>& scores,
                                       const MatrixXd& covariance) {
  std::vector<ScoredFit> fits;
  for (std::size_t s = 0; s < scores.size(); ++s) {
    ScoredFit fit = predict(evaluation.predictors[s], covariance);
    for (const Index n : used_data(problem.scored[s])) fit.log_density[n] = scores[s].value[n];
    fits.push_back(std::move(fit));
  }
  return fits;
}

}  // namespace insula::inference::detail

// SPDX-License-Identifier: Apache-2.0
// ln Z is quadratic in a subject's prior mean m, and m = B x is linear in one covariate: so with
// the others known, a normal prior of the covariate makes a normal posterior.
#include <cmath>

#include "framework/base/error.h"
#include "framework/inference/detail/empirical_bayes.h"
#include "framework/inference/empirical_bayes.h"
#include "framework/numerics/parallel.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::VectorXd;

constexpr double kPriorVariance = 4;  // times the others' variance; spm_dcm_ppd

CovariatePrediction predict(const GroupOfFits& fits,
                            const detail::Evidence& mine,
                            std::size_t s,
                            Index column,
                            const EmpiricalBayesOptions& options) {
  GroupOfFits others = fits;
  const auto at = static_cast<std::ptrdiff_t>(s);
  others.posterior.erase(others.posterior.begin() + at);
  others.free_energy.erase(others.free_energy.begin() + at);
  std::vector<Index> rows;
  for (Index i = 0; i < fits.design.rows(); ++i)
    if (i != static_cast<Index>(s)) rows.push_back(i);
  others.design = fits.design(rows, Eigen::all);
  RowVectorXd centre = others.design.colwise().mean();
  centre[0] = 0;
  others.design.rowwise() -= centre;
  CovariatePrediction prediction;
  const EmpiricalBayes group = empirical_bayes(others, options);
  if (group.variance.size() == 0) return prediction;
  prediction.converged = group.converged;
  RowVectorXd x = fits.design.row(static_cast<Index>(s)) - centre;
  x[column] = 0;
  const MatrixXd b = group.means();
  std::vector<Index> all(static_cast<std::size_t>(b.rows()));
  for (std::size_t h = 0; h < all.size(); ++h) all[h] = static_cast<Index>(h);
  const detail::SubjectTerms terms =
      detail::subject_terms(all, mine, b * x.transpose(), group.variance.cwiseSqrt());
  const double variance = kPriorVariance * others.design.col(column).squaredNorm() /
                          static_cast<double>(rows.size() - 1);
  const double precision = 1 / variance + b.col(column).dot(terms.w * b.col(column));
  prediction.mean = centre[column] + b.col(column).dot(terms.gamma) / precision;
  prediction.sd = 1 / std::sqrt(precision);
  return prediction;
}

}  // namespace

std::vector<CovariatePrediction> predict_covariate(const GroupOfFits& fits,
                                                   Index column,
                                                   const EmpiricalBayesOptions& options) {
  if (column < 1 || column >= fits.design.cols())
    throw InternalError("a covariate is a column of the design after the first");
  const detail::FitsAsEvidence known = detail::as_evidence(fits, options);
  std::vector<CovariatePrediction> result(fits.posterior.size());
  parallel_for(result.size(), [&](std::size_t s) {
    result[s] = predict(fits, known.evidence[s], s, column, options);
  });
  return result;
}

}  // namespace insula::inference

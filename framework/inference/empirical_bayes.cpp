// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/empirical_bayes.h"

#include <cmath>
#include <numeric>
#include <utility>

#include "framework/base/error.h"
#include "framework/inference/detail/candidates.h"
#include "framework/inference/detail/empirical_bayes.h"
#include "framework/inference/group.h"
#include "framework/numerics/linear_algebra.h"

namespace insula::inference {

using detail::Evidence;
using detail::FitsAsEvidence;
using detail::GroupLevel;
using Eigen::Index;
using Eigen::LLT;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::log_det_of_factor;

namespace detail {
namespace {

// spm_dcm_peb: beta = 16, hC = 1/16 and, "to accommodate inefficient inversions", a sixteenth.
constexpr double kSpmVarianceRatio = 1.0 / 16, kSpmLogVarianceVariance = 1.0 / 16,
                 kSpmNarrowing = 1.0 / 16;

void refuse_wrong_shapes(const GroupOfFits& fits) {
  const Index h = fits.prior_mean.size(), s = static_cast<Index>(fits.posterior.size());
  bool is_right = h > 0 && fits.prior_variance.size() == h && fits.design.rows() == s &&
                  fits.free_energy.size() == fits.posterior.size() && fits.design.cols() > 0 &&
                  (fits.design.col(0).array() == 1).all() && fits.design.cols() < s &&
                  (fits.design.colwise().squaredNorm().array() > 0).all() &&
                  (fits.prior_variance.array() > 0).all();
  for (const GaussianBelief& one : fits.posterior)
    is_right = is_right && one.mean.size() == h && one.covariance.rows() == h &&
               one.covariance.cols() == h;
  if (!is_right)
    throw InternalError("a group of fits is S posteriors of H parameters and a design of S rows");
}

}  // namespace

namespace {

// Covariances of draws err, and may be wider than the prior in a direction of which the data say
// nothing; there they are the prior's.
MatrixXd at_least(const VectorXd& prior_precision, MatrixXd precision) {
  const VectorXd sd = prior_precision.cwiseSqrt().cwiseInverse();
  const numerics::SymmetricEigen relative =
      numerics::symmetric_eigen(sd.asDiagonal() * precision * sd.asDiagonal());
  if (relative.values.minCoeff() >= 1) return precision;
  const MatrixXd root = sd.cwiseInverse().asDiagonal() * relative.vectors;
  return root * relative.values.cwiseMax(1).asDiagonal() * root.transpose();
}

}  // namespace

FitsAsEvidence as_evidence(const GroupOfFits& fits, const EmpiricalBayesOptions& options) {
  refuse_wrong_shapes(fits);
  const Index h = fits.prior_mean.size();
  FitsAsEvidence result;
  GroupPrior& prior = result.prior;
  prior.design = fits.design;
  prior.parameter.resize(static_cast<std::size_t>(h));
  std::iota(prior.parameter.begin(), prior.parameter.end(), Index{0});
  prior.own_mean = fits.prior_mean;
  prior.own_variance = fits.prior_variance;
  prior.mean.setZero(h, fits.design.cols());
  prior.mean.col(0) = fits.prior_mean;
  const VectorXd mean_square =
      fits.design.colwise().squaredNorm().transpose() / static_cast<double>(fits.design.rows());
  prior.mean_precision = fits.prior_variance.cwiseInverse() * mean_square.transpose();
  const GroupOptions weak;
  prior.log_variance =
      (fits.prior_variance * (options.is_spm ? kSpmVarianceRatio : weak.variance_ratio))
          .array()
          .log();
  prior.log_variance_variance =
      options.is_spm ? kSpmLogVarianceVariance : weak.log_variance_variance;
  const VectorXd prior_precision = fits.prior_variance.cwiseInverse();
  for (std::size_t s = 0; s < fits.posterior.size(); ++s) {
    const GaussianBelief& belief = fits.posterior[s];
    MatrixXd precision = factor_of_covariance(belief.covariance).solve(MatrixXd::Identity(h, h));
    if (!options.is_spm) precision = at_least(prior_precision, std::move(precision));
    if (options.is_spm) precision.diagonal() += kSpmNarrowing * prior_precision;
    Evidence evidence;
    evidence.information = precision;
    evidence.information.diagonal() -= prior_precision;
    evidence.pull = precision * belief.mean - prior_precision.cwiseProduct(fits.prior_mean);
    // q / p = e^{offset} exp(kᵀθ − ½ θᵀΛθ)
    const LLT<MatrixXd> factor(precision);
    result.offset.push_back(fits.free_energy[s] + 0.5 * log_det_of_factor(factor.matrixLLT()) -
                            0.5 * prior_precision.array().log().sum() -
                            0.5 * belief.mean.dot(precision * belief.mean) +
                            0.5 * fits.prior_mean.cwiseAbs2().dot(prior_precision));
    result.evidence.push_back(std::move(evidence));
  }
  return result;
}

void add_subjects(const FitsAsEvidence& fits, const MatrixXd& means, EmpiricalBayes& group) {
  group.prior.mean = fits.prior.mean.reshaped();
  group.prior.covariance = fits.prior.mean_precision.reshaped().cwiseInverse().asDiagonal();
  const VectorXd sd = group.variance.cwiseSqrt();
  for (std::size_t s = 0; s < fits.evidence.size(); ++s) {
    const VectorXd mean = means * fits.prior.design.row(static_cast<Index>(s)).transpose();
    const SubjectTerms terms = subject_terms(fits.prior.parameter, fits.evidence[s], mean, sd);
    GaussianBelief belief;
    belief.mean = mean + group.variance.cwiseProduct(terms.gamma);
    belief.covariance = -(group.variance.asDiagonal() * terms.w * group.variance.asDiagonal());
    belief.covariance.diagonal() += group.variance;
    group.subjects.push_back(std::move(belief));
  }
}

}  // namespace detail

MatrixXd EmpiricalBayes::means() const {
  return effects.mean.reshaped(parameters(), effects.mean.size() / parameters());
}

EmpiricalBayes empirical_bayes(const GroupOfFits& fits, const EmpiricalBayesOptions& options) {
  const FitsAsEvidence known = detail::as_evidence(fits, options);
  if (options.is_spm) return detail::spm_empirical_bayes(known);
  GroupLevel level =
      best_group_level(known.prior, known.evidence, {known.prior.mean, known.prior.log_variance});
  EmpiricalBayes group;
  if (!level.is_finite) return group;
  const Index h = level.gradient.size();
  const LLT<MatrixXd> precision = log_variance_precision(known.prior, level);
  const MatrixXd covariance = precision.solve(MatrixXd::Identity(h, h));
  group.log_variance_sd = covariance.diagonal().cwiseSqrt();
  group.free_energy = level.objective +
                      std::accumulate(known.offset.begin(), known.offset.end(), 0.0) +
                      0.5 * known.prior.mean_precision.array().log().sum() -
                      0.5 * (static_cast<double>(h) * std::log(known.prior.log_variance_variance) +
                             log_det_of_factor(precision.matrixLLT()));
  // Effects at the variances' posterior means: see GroupFit::mean_covariance.
  detail::GroupPoint wide = level.point;
  wide.log_variance += 0.5 * covariance.diagonal();
  const GroupLevel wider = group_level(known.prior, known.evidence, wide);
  if (wider.is_finite) level = wider;
  group.converged = true;
  group.variance = level.point.log_variance.array().exp();
  group.effects.mean = level.point.mean.reshaped();
  group.effects.covariance = level.mean_precision.solve(
      MatrixXd::Identity(group.effects.mean.size(), group.effects.mean.size()));
  add_subjects(known, level.point.mean, group);
  return group;
}

}  // namespace insula::inference

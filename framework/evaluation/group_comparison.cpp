// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/group_comparison.h"

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/numerics/gamma_functions.h"

namespace insula::evaluation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::digamma;
using numerics::log_gamma;

// e^row over its sum.
VectorXd shares(const VectorXd& log_weight) {
  const VectorXd weight = (log_weight.array() - log_weight.maxCoeff()).exp();
  return weight / weight.sum();
}

// Per family the sum over its members.
VectorXd sum_by_family(const std::vector<int>& family, const VectorXd& of_models) {
  if (static_cast<Index>(family.size()) != of_models.size())
    throw InternalError("every model belongs to one family");
  VectorXd sum = VectorXd::Zero(1 + *std::ranges::max_element(family));
  for (std::size_t k = 0; k < family.size(); ++k) {
    if (family[k] < 0) throw InternalError("families are counted from 0");
    sum[family[k]] += of_models[static_cast<Index>(k)];
  }
  return sum;
}

// Each family's 1, shared by its members.
VectorXd shares_in_families(const std::vector<int>& family, Index models) {
  const VectorXd sizes = sum_by_family(family, VectorXd::Ones(models));
  if (sizes.minCoeff() == 0) throw InternalError("families are counted without gaps");
  VectorXd counts(models);
  for (Index k = 0; k < models; ++k) counts[k] = 1 / sizes[family[static_cast<std::size_t>(k)]];
  return counts;
}

// The variational bound on ln p(L) where frequencies are drawn from Dirichlet(1, …, 1).
double bound(const MatrixXd& log_evidence, const MatrixXd& assignment, const VectorXd& counts) {
  const double psi_of_sum = digamma(counts.sum());
  double energy = log_gamma(static_cast<double>(counts.size())) - log_gamma(counts.sum());
  for (Index k = 0; k < counts.size(); ++k) {
    const double log_frequency = digamma(counts[k]) - psi_of_sum;
    energy += log_gamma(counts[k]) + (1 - counts[k]) * log_frequency;
    for (Index n = 0; n < assignment.rows(); ++n) {
      const double g = assignment(n, k);
      if (g > 0) energy += g * (log_evidence(n, k) + log_frequency - std::log(g));
    }
  }
  return energy;
}

// E ln Γ(prior + n) of the number n of subjects that are assigned with these probabilities, whose
// distribution is built up subject by subject.
double expected_log_gamma(double prior, const VectorXd& probability) {
  VectorXd number = VectorXd::Zero(probability.size() + 1);
  number[0] = 1;
  for (Index n = 0; n < probability.size(); ++n)
    for (Index j = n + 1; j >= 0; --j)
      number[j] = number[j] * (1 - probability[n]) + (j > 0 ? number[j - 1] * probability[n] : 0);
  double sum = 0;
  for (Index j = 0; j < number.size(); ++j)
    sum += number[j] * log_gamma(prior + static_cast<double>(j));
  return sum;
}

// The same bound with frequencies integrated out.
double collapsed_bound(const MatrixXd& log_evidence,
                       const MatrixXd& assignment,
                       const VectorXd& prior) {
  double energy =
      log_gamma(prior.sum()) - log_gamma(prior.sum() + static_cast<double>(assignment.rows()));
  for (Index k = 0; k < prior.size(); ++k) {
    energy += expected_log_gamma(prior[k], assignment.col(k)) - log_gamma(prior[k]);
    for (Index n = 0; n < assignment.rows(); ++n) {
      const double g = assignment(n, k);
      if (g > 0) energy += g * (log_evidence(n, k) - std::log(g));
    }
  }
  return energy;
}

// What all models share of a subject's evidence says nothing, and would cost digits.
MatrixXd relative_to_best(const MatrixXd& log_evidence) {
  if (log_evidence.size() == 0 || !log_evidence.allFinite())
    throw InternalError("log evidences of a group are a filled table of finite numbers");
  return log_evidence.colwise() - log_evidence.rowwise().maxCoeff();
}

// ln p(L) at these frequencies.
double energy_at(const MatrixXd& log_evidence, const VectorXd& frequency) {
  double energy = 0;
  for (Index n = 0; n < log_evidence.rows(); ++n)
    energy += std::log(frequency.dot(log_evidence.row(n).array().exp().matrix()));
  return energy;
}

void set_frequencies(const VectorXd& counts, double free_energy, RandomEffects& result) {
  result.counts = counts;
  result.expected_frequency = counts / counts.sum();
  result.free_energy = free_energy;
  result.omnibus_risk = 1 / (1 + std::exp(free_energy));
  result.exceedance = exceedance_probabilities(counts);
  result.protected_exceedance = (1 - result.omnibus_risk) * result.exceedance.array() +
                                result.omnibus_risk / static_cast<double>(counts.size());
}

}  // namespace

RandomEffects random_effects(const MatrixXd& log_evidence, const GroupComparisonOptions& options) {
  const MatrixXd relative = relative_to_best(log_evidence);
  RandomEffects result;
  result.assignment.resize(relative.rows(), relative.cols());
  VectorXd counts = VectorXd::Ones(relative.cols());
  while (!result.converged && result.iterations < options.most_iterations) {
    const VectorXd psi = counts.unaryExpr([](double a) { return digamma(a); });
    for (Index n = 0; n < relative.rows(); ++n)
      result.assignment.row(n) = shares(relative.row(n).transpose() + psi);
    const VectorXd next = 1 + result.assignment.colwise().sum().transpose().array();
    result.converged = (next - counts).norm() <= options.smallest_change;
    counts = next;
    ++result.iterations;
  }
  const VectorXd equal =
      VectorXd::Constant(counts.size(), 1.0 / static_cast<double>(counts.size()));
  set_frequencies(
      counts, bound(relative, result.assignment, counts) - energy_at(relative, equal), result);
  return result;
}

RandomEffects random_family_effects(const MatrixXd& log_evidence,
                                    const std::vector<int>& family,
                                    const GroupComparisonOptions& options) {
  const MatrixXd relative = relative_to_best(log_evidence);
  const VectorXd prior = shares_in_families(family, relative.cols());
  RandomEffects result;
  MatrixXd& assignment = result.assignment;
  assignment.resize(relative.rows(), relative.cols());
  for (Index n = 0; n < relative.rows(); ++n)
    assignment.row(n) = shares(relative.row(n).transpose().array() + prior.array().log());
  VectorXd counts = prior + assignment.colwise().sum().transpose();
  while (!result.converged && result.iterations < options.most_iterations) {
    for (Index n = 0; n < relative.rows(); ++n) {
      const VectorXd of_others = (counts - assignment.row(n).transpose()).cwiseMax(prior);
      assignment.row(n) = shares(relative.row(n).transpose().array() + of_others.array().log());
    }
    const VectorXd next = prior + assignment.colwise().sum().transpose();
    result.converged = (next - counts).norm() <= options.smallest_change;
    counts = next;
    ++result.iterations;
  }
  set_frequencies(
      sum_by_family(family, counts),
      collapsed_bound(relative, assignment, prior) - energy_at(relative, prior / prior.sum()),
      result);
  return result;
}

FixedEffects fixed_effects(const MatrixXd& log_evidence, const std::vector<int>& family) {
  relative_to_best(log_evidence);  // refuses what is no table
  FixedEffects result;
  result.log_evidence = log_evidence.colwise().sum();
  if (family.empty()) {
    result.probability = shares(result.log_evidence);
    return result;
  }
  const VectorXd prior = shares_in_families(family, log_evidence.cols());
  result.probability = shares(result.log_evidence.array() + prior.array().log());
  result.family_probability = sum_by_family(family, result.probability);
  return result;
}

VectorXd averaging_weights(const VectorXd& probability, double window) {
  const double least = window * probability.maxCoeff();
  const VectorXd kept = (probability.array() < least).select(0, probability);
  return kept / kept.sum();
}

}  // namespace insula::evaluation

// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/inference/group_toys.h"

#include <cmath>

#include "framework/base/random.h"
#include "tests/framework/inference/bytes.h"
#include "tests/framework/inference/scored_toys.h"
#include "tests/framework/inference/toys.h"

namespace insula::inference::toys {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

DrawnGroup draw_group(const Population& population, std::uint64_t seed) {
  DrawnGroup group;
  group.problem.design = population.design;
  const Index p = population.mean.rows();
  for (Index s = 0; s < population.design.rows(); ++s) {
    const std::string name = "s" + std::to_string(s);
    Stream stream(seed, "group/" + name);
    const VectorXd away = normal_matrix(stream, p, 1);
    const VectorXd theta = population.mean * population.design.row(s).transpose() +
                           population.variance.cwiseSqrt().cwiseProduct(away);
    const MatrixXd a = normal_matrix(stream, population.data, p);
    VectorXd y = a * theta;
    for (double& value : y) {
      value = population.is_count ? draw_poisson(stream, value)
                                  : value + stream.normal() / std::sqrt(population.noise_precision);
    }
    Problem problem = linear_scored(
        population.is_count ? poisson(y) : gaussian(y, population.noise_precision), {a}, 1);
    problem.prior_mean = population.prior_mean;
    problem.prior_variance = population.prior_variance;
    group.problem.subjects.push_back(problem);
    group.problem.subject.push_back(name);
    group.truth.push_back(theta);
    group.regressor.push_back(a);
    group.data.push_back(y);
  }
  return group;
}

MatrixXd no_covariates(Index subjects) { return MatrixXd::Ones(subjects, 1); }

MatrixXd one_covariate(Index subjects, std::uint64_t seed) {
  Stream stream(seed, "covariate");
  MatrixXd design = MatrixXd::Ones(subjects, 2);
  design.col(1) = normal_matrix(stream, subjects, 1);
  return design;
}

std::string bytes_of(const GroupFit& fit) {
  std::string bytes = fit.reason;
  append(bytes, fit.mean);
  append(bytes, fit.mean_covariance);
  append(bytes, fit.log_variance);
  append(bytes, fit.log_variance_covariance);
  append(
      bytes,
      std::vector<double>{fit.subject_free_energy, fit.mean_complexity, fit.variance_complexity});
  for (const Fit& subject : fit.subjects) bytes += bytes_of(subject);
  for (const MatrixXd& covariance : fit.subject_covariance) append(bytes, covariance);
  for (const Sweep& sweep : fit.sweeps) {
    append(bytes, std::vector<double>{sweep.free_energy, sweep.promise, sweep.relaxation});
  }
  return bytes;
}

}  // namespace insula::inference::toys

// SPDX-License-Identifier: Apache-2.0
// A linear model with known noise under any Gaussian prior, written densely: its evidence is that
// of the data's own normal distribution, by no part of the library.
#pragma once

#include <Eigen/Cholesky>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/inference/model_reduction.h"
#include "tests/framework/inference/toys.h"

namespace insula::inference::toys {

struct LinearGaussian {
  Eigen::MatrixXd design;  // samples × parameters
  Eigen::VectorXd data;
  GaussianBelief prior;  // correlated
  double noise_variance = 0.5;

  static LinearGaussian drawn(Eigen::Index parameters,
                              Eigen::Index samples,
                              const std::string& task,
                              double correlation = 0.5) {
    Stream random(21, task);
    LinearGaussian all;
    all.design = normal_matrix(random, samples, parameters);
    const Eigen::MatrixXd root = normal_matrix(random, parameters, parameters);
    all.prior.mean = 0.3 * normal_matrix(random, parameters, 1);
    all.prior.covariance = correlation * root * root.transpose() / static_cast<double>(parameters);
    all.prior.covariance.diagonal().array() += 0.5;
    const Eigen::VectorXd truth = normal_matrix(random, parameters, 1);
    all.data = all.design * truth;
    for (Eigen::Index i = 0; i < samples; ++i)
      all.data[i] += std::sqrt(all.noise_variance) * random.normal();
    return all;
  }

  // The covariance of the prior may be singular.
  double log_evidence(const GaussianBelief& p) const {
    Eigen::MatrixXd total = design * p.covariance * design.transpose();
    total.diagonal().array() += noise_variance;
    const Eigen::LLT<Eigen::MatrixXd> factor(total);
    const Eigen::VectorXd residual = data - design * p.mean;
    const double log_det = 2 * Eigen::MatrixXd(factor.matrixL()).diagonal().array().log().sum();
    return -0.5 * (residual.dot(factor.solve(residual)) + log_det +
                   static_cast<double>(data.size()) * std::log(2 * std::numbers::pi));
  }

  GaussianBelief posterior(const GaussianBelief& p) const {
    Eigen::MatrixXd total = design * p.covariance * design.transpose();
    total.diagonal().array() += noise_variance;
    const Eigen::LLT<Eigen::MatrixXd> factor(total);
    const Eigen::MatrixXd gain = factor.solve(design * p.covariance).transpose();
    return {p.mean + gain * (data - design * p.mean), p.covariance - gain * design * p.covariance};
  }
  GaussianBelief posterior() const { return posterior(prior); }

  // The prior given values of some parameters, one after the other.
  GaussianBelief conditioned_prior(const std::vector<Switch>& off) const {
    GaussianBelief p = prior;
    for (const Switch& s : off) {
      const Eigen::VectorXd gain =
          p.covariance.col(s.parameter) / p.covariance(s.parameter, s.parameter);
      p.mean += gain * (s.off - p.mean[s.parameter]);
      p.covariance -= gain * p.covariance.row(s.parameter);
      p.covariance.row(s.parameter).setZero();
      p.covariance.col(s.parameter).setZero();
    }
    return p;
  }
};

}  // namespace insula::inference::toys

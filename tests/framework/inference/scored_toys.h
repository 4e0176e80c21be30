// SPDX-License-Identifier: Apache-2.0
// Scored data with textbook densities.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/inference/problem.h"

namespace insula::inference::toys {

/// y ~ N(η, 1 / precision).
Scored gaussian(const Eigen::VectorXd& y, double precision);
/// y ~ N(η_0, exp(2 η_1)): two predictors; Fisher's curvature, and the exact one on offer.
Scored gaussian_with_scale(const Eigen::VectorXd& y);
/// y ~ Bernoulli(1 / (1 + exp(−η))).
Scored bernoulli(const Eigen::VectorXd& y);
/// y ~ Poisson(exp(η)).
Scored poisson(const Eigen::VectorXd& y);

double draw_bernoulli(Stream& stream, double eta);
/// By inversion: for rates up to a few hundred.
double draw_poisson(Stream& stream, double eta);

/// Slope with respect to all of `columns` parameters, the first `columns`.
Slope full_slope(const Eigen::MatrixXd& value);

/// A problem with one set of scored data whose predictors are linear: η_q = A_q θ, every parameter
/// with prior N(0, variance).
Problem linear_scored(Scored scored, std::vector<Eigen::MatrixXd> design, double variance);

/// Gaussian samples with a confound, choices and counts that share two of four parameters:
///   y_t = e^{θ0/2} sin t + θ1 cos t + c + ε,  logit p_n = θ2 + 2 θ1 x_n,
///   ln r_n = 1 + θ3 + e^{θ0/2} x_n / 2
Problem joint_problem(std::uint64_t seed, const Eigen::Vector4d& truth);

}  // namespace insula::inference::toys

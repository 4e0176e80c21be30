// SPDX-License-Identifier: Apache-2.0
// Small problems with known answers.
#pragma once

#include <Eigen/Core>
#include <complex>
#include <functional>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/inference/problem.h"
#include "framework/inference/variational_laplace.h"

namespace insula::inference::toys {

using Complex = std::complex<double>;
/// Prediction of every channel, samples × channels, for complex parameters.
using Model = std::function<Eigen::MatrixXcd(const Eigen::VectorXcd&)>;

/// evaluate() of a model, its Jacobian by complex steps: exact to rounding.
/// source  Squire & Trapp 1998, SIAM Rev. 40:110
std::function<Evaluation(const Eigen::VectorXd&, bool)> evaluate_exactly(Model model);

/// The same with forward differences of exp(−8), as SPM takes them.
std::function<Evaluation(const Eigen::VectorXd&, bool)> evaluate_by_differences(Model model);

/// Ends only where a step promises less than `tolerance` nats.
Options tight(double tolerance = 1e-14);

/// With Pareto's k̂.
Options checked();

/// Parameters named p0, p1, …
void set_prior(Problem& problem, const Eigen::VectorXd& mean, const Eigen::VectorXd& variance);

/// A channel of `data` in one run, all in use, without confounds, white.
Channel plain_channel(std::string name, const Eigen::VectorXd& data);

Eigen::MatrixXd normal_matrix(Stream& stream, Eigen::Index rows, Eigen::Index columns);

/// Two channels, four parameters: linear in θ, with confounds, two runs and gaps of 1, 2, 3 and 8
/// samples. λ and ζ are fixed at `lambda` and `zeta` by priors of variance 1e-10.
struct Linear {
  Problem problem;
  std::vector<Eigen::MatrixXd> design;
};
Linear linear_problem(Noise noise, Eigen::Index confounds, double lambda, double zeta);

/// Covariance of one channel's noise at all its samples.
Eigen::MatrixXd noise_covariance(const Channel& channel, double lambda, double zeta);

/// Samples in use of both channels one after the other: their dense Gaussian model.
struct Dense {
  Eigen::VectorXd data;
  Eigen::MatrixXd design;  // [A X1 X2]
  Eigen::VectorXd prior_mean, prior_variance;
  Eigen::MatrixXd noise;  // covariance
};
Dense dense_model(const Linear& linear, double lambda, double zeta);

/// y = exp(θ0)·exp(−exp(θ1)/5·t), with a constant and a trend as confounds and noise of sd 0.1.
Problem decay_problem(std::uint64_t seed, const Eigen::Vector2d& truth);

}  // namespace insula::inference::toys

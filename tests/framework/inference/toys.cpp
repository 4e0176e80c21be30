// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/inference/toys.h"

#include <cmath>
#include <utility>

namespace insula::inference::toys {

using Eigen::Index;
using Eigen::MatrixXcd;
using Eigen::MatrixXd;
using Eigen::VectorXcd;
using Eigen::VectorXd;

namespace {

// Columns of `channels` as they stand in an Evaluation.
Evaluation without_jacobian(const MatrixXcd& channels) {
  Evaluation evaluation;
  for (Index c = 0; c < channels.cols(); ++c) {
    evaluation.prediction.push_back(channels.col(c).real());
  }
  return evaluation;
}

using Derivative = std::function<MatrixXd(const Model&, const VectorXcd&, Index)>;

std::function<Evaluation(const VectorXd&, bool)> evaluate_with(Model model, Derivative derivative) {
  return [model = std::move(model), derivative = std::move(derivative)](const VectorXd& theta,
                                                                        bool with_jacobian) {
    const VectorXcd at = theta.cast<Complex>();
    Evaluation evaluation = without_jacobian(model(at));
    if (!with_jacobian) return evaluation;
    for (const VectorXd& channel : evaluation.prediction) {
      evaluation.jacobian.emplace_back(channel.size(), theta.size());
    }
    for (Index j = 0; j < theta.size(); ++j) {
      const MatrixXd slope = derivative(model, at, j);
      for (Index c = 0; c < slope.cols(); ++c) {
        evaluation.jacobian[static_cast<std::size_t>(c)].col(j) = slope.col(c);
      }
    }
    return evaluation;
  };
}

}  // namespace

std::function<Evaluation(const VectorXd&, bool)> evaluate_exactly(Model model) {
  return evaluate_with(std::move(model), [](const Model& f, const VectorXcd& theta, Index j) {
    constexpr double kStep = 1e-100;
    VectorXcd moved = theta;
    moved[j] += Complex(0, kStep);
    return MatrixXd(f(moved).imag() / kStep);
  });
}

std::function<Evaluation(const VectorXd&, bool)> evaluate_by_differences(Model model) {
  return evaluate_with(std::move(model), [](const Model& f, const VectorXcd& theta, Index j) {
    const double step = std::exp(-8.0);
    VectorXcd moved = theta;
    moved[j] += step;
    return MatrixXd((f(moved) - f(theta)).real() / step);
  });
}

Options tight(double tolerance) {
  Options options;
  options.tolerance = tolerance;
  return options;
}

Options checked() {
  Options options;
  options.pareto_check = true;
  return options;
}

void set_prior(Problem& problem, const VectorXd& mean, const VectorXd& variance) {
  problem.prior_mean = mean;
  problem.prior_variance = variance;
  problem.parameter.clear();
  for (Index i = 0; i < mean.size(); ++i)
    problem.parameter.push_back(std::string("p").append(std::to_string(i)));
}

Channel plain_channel(std::string name, const VectorXd& data) {
  Channel channel;
  channel.recording = "rate";
  channel.name = std::move(name);
  channel.data = data;
  channel.use.assign(static_cast<std::size_t>(data.size()), 1);
  channel.run_start = {0};
  channel.confounds.resize(data.size(), 0);
  return channel;
}

MatrixXd normal_matrix(Stream& stream, Index rows, Index columns) {
  MatrixXd matrix(rows, columns);
  for (double& entry : matrix.reshaped()) entry = stream.normal();
  return matrix;
}

Linear linear_problem(Noise noise, Index confounds, double lambda, double zeta) {
  constexpr Index kSamples = 41, kParameters = 4;
  Stream stream(11, "linear");
  Linear linear;
  Problem& problem = linear.problem;
  set_prior(problem, normal_matrix(stream, kParameters, 1), Eigen::Vector4d(0.5, 2, 0.1, 1));
  for (const char* name : {"A", "B"}) {
    linear.design.push_back(normal_matrix(stream, kSamples, kParameters));
    Channel channel = plain_channel(name, 2 * normal_matrix(stream, kSamples, 1));
    channel.run_start = {0, 23};
    for (const int missing : {0, 4, 9, 10, 25, 26, 27, 28, 29, 30, 31, 40}) {
      channel.use[static_cast<std::size_t>(missing)] = 0;
    }
    channel.confounds = normal_matrix(stream, kSamples, confounds);
    channel.confound_precision = VectorXd::LinSpaced(confounds, 0.1, 0.5);
    channel.noise = noise;
    channel.lambda_mean = lambda;
    channel.zeta_mean = zeta;
    channel.lambda_variance = channel.zeta_variance = 1e-10;
    problem.channels.push_back(channel);
  }
  problem.evaluate = [design = linear.design](const VectorXd& theta, bool with_jacobian) {
    Evaluation evaluation;
    for (const MatrixXd& a : design) evaluation.prediction.push_back(a * theta);
    if (with_jacobian) evaluation.jacobian = design;
    return evaluation;
  };
  return linear;
}

MatrixXd noise_covariance(const Channel& channel, double lambda, double zeta) {
  const Index n = channel.data.size();
  const double rho = channel.noise == Noise::ar1 ? std::tanh(zeta) : 0;
  MatrixXd covariance = MatrixXd::Zero(n, n);
  for (std::size_t run = 0; run < channel.run_start.size(); ++run) {
    const Index begin = channel.run_start[run];
    const Index end = run + 1 < channel.run_start.size() ? channel.run_start[run + 1] : n;
    for (Index i = begin; i < end; ++i) {
      for (Index j = begin; j < end; ++j) {
        covariance(i, j) = std::pow(rho, std::abs(i - j)) * std::exp(-lambda) / (1 - rho * rho);
      }
    }
  }
  return covariance;
}

Dense dense_model(const Linear& linear, double lambda, double zeta) {
  const Problem& problem = linear.problem;
  const Index p = problem.prior_mean.size();
  const auto channels = static_cast<Index>(problem.channels.size());
  const Index k = problem.channels[0].confounds.cols();
  std::vector<std::pair<std::size_t, Index>> rows;
  for (std::size_t c = 0; c < problem.channels.size(); ++c) {
    for (Index i = 0; i < problem.channels[c].data.size(); ++i) {
      if (problem.channels[c].use[static_cast<std::size_t>(i)]) rows.emplace_back(c, i);
    }
  }
  const auto n = static_cast<Index>(rows.size());
  Dense dense{VectorXd(n),
              MatrixXd::Zero(n, p + channels * k),
              VectorXd::Zero(p + channels * k),
              VectorXd(p + channels * k),
              MatrixXd::Zero(n, n)};
  dense.prior_mean.head(p) = problem.prior_mean;
  dense.prior_variance << problem.prior_variance,
      problem.channels[0].confound_precision.cwiseInverse().replicate(channels, 1);
  for (Index i = 0; i < n; ++i) {
    const auto [c, sample] = rows[static_cast<std::size_t>(i)];
    const Channel& channel = problem.channels[c];
    dense.data[i] = channel.data[sample];
    dense.design.row(i).head(p) = linear.design[c].row(sample);
    dense.design.row(i).segment(p + static_cast<Index>(c) * k, k) = channel.confounds.row(sample);
    const MatrixXd noise = noise_covariance(channel, lambda, zeta);
    for (Index j = 0; j < n; ++j) {
      const auto [other, other_sample] = rows[static_cast<std::size_t>(j)];
      if (other == c) dense.noise(i, j) = noise(sample, other_sample);
    }
  }
  return dense;
}

Problem decay_problem(std::uint64_t seed, const Eigen::Vector2d& truth) {
  constexpr Index kSamples = 60;
  const VectorXd time = VectorXd::LinSpaced(kSamples, 0, 0.25 * (kSamples - 1));
  const Model model = [time](const VectorXcd& theta) -> MatrixXcd {
    const Complex rate = std::exp(theta[1]) / 5.0;
    return std::exp(theta[0]) * (-rate * time.cast<Complex>().array()).exp().matrix();
  };
  Stream stream(seed, "decay");
  Problem problem;
  set_prior(problem, Eigen::Vector2d::Zero(), Eigen::Vector2d(0.5, 0.25));
  VectorXd data = model(truth.cast<Complex>()).real();
  for (Index i = 0; i < kSamples; ++i) data[i] += 0.8 - 0.05 * time[i] + 0.1 * stream.normal();
  Channel channel = plain_channel("A", data);
  channel.confounds.resize(kSamples, 2);
  channel.confounds << VectorXd::Ones(kSamples), time / 10;
  channel.confound_precision = Eigen::Vector2d::Constant(1e-8);
  problem.channels.push_back(channel);
  problem.evaluate = evaluate_exactly(model);
  return problem;
}

}  // namespace insula::inference::toys

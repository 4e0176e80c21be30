// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/inference/scored_toys.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "framework/numerics/log_factorial.h"
#include "tests/framework/inference/toys.h"

namespace insula::inference::toys {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

const double kLogTwoPi = std::log(2 * std::numbers::pi);

Scored named(std::string name, Index count, int predictors) {
  Scored scored;
  scored.recording = "decision";
  scored.name = std::move(name);
  scored.count = count;
  scored.predictors = predictors;
  scored.use.assign(static_cast<std::size_t>(count), 1);
  return scored;
}

}  // namespace

Scored gaussian(const VectorXd& y, double precision) {
  Scored scored = named("level", y.size(), 1);
  scored.score = [y, precision](const MatrixXd& eta, Scores& scores, bool with_derivatives) {
    const VectorXd e = y - eta.col(0);
    scores.value = 0.5 * (std::log(precision) - kLogTwoPi - precision * e.array().square());
    if (!with_derivatives) return;
    scores.gradient = precision * e;
    scores.curvature.setConstant(precision);
  };
  return scored;
}

Scored gaussian_with_scale(const VectorXd& y) {
  Scored scored = named("spread", y.size(), 2);
  scored.score = [y](const MatrixXd& eta, Scores& scores, bool with_derivatives) {
    for (Index n = 0; n < y.size(); ++n) {
      const double precision = std::exp(-2 * eta(n, 1)), e = y[n] - eta(n, 0);
      scores.value[n] = -0.5 * (kLogTwoPi + precision * e * e) - eta(n, 1);
      if (!with_derivatives) continue;
      scores.gradient.row(n) << precision * e, precision * e * e - 1;
      scores.curvature.row(n) << precision, 0, 2;
    }
  };
  scored.observed_information = [y](const MatrixXd& eta, MatrixXd& information) {
    for (Index n = 0; n < y.size(); ++n) {
      const double precision = std::exp(-2 * eta(n, 1)), e = y[n] - eta(n, 0);
      information.row(n) << precision, 2 * precision * e, 2 * precision * e * e;
    }
  };
  return scored;
}

Scored bernoulli(const VectorXd& y) {
  Scored scored = named("choice", y.size(), 1);
  scored.score = [y](const MatrixXd& eta, Scores& scores, bool with_derivatives) {
    for (Index n = 0; n < y.size(); ++n) {
      const double h = eta(n, 0), p = 1 / (1 + std::exp(-h));
      scores.value[n] = y[n] * h - (h > 0 ? h + std::log1p(std::exp(-h)) : std::log1p(std::exp(h)));
      if (!with_derivatives) continue;
      scores.gradient(n, 0) = y[n] - p;
      scores.curvature(n, 0) = p * (1 - p);
    }
  };
  return scored;
}

Scored poisson(const VectorXd& y) {
  Scored scored = named("count", y.size(), 1);
  const VectorXd log_factorial = y.unaryExpr(&numerics::log_factorial);
  scored.score = [y, log_factorial](const MatrixXd& eta, Scores& scores, bool with_derivatives) {
    for (Index n = 0; n < y.size(); ++n) {
      const double rate = std::exp(eta(n, 0));
      scores.value[n] = y[n] * eta(n, 0) - rate - log_factorial[n];
      if (!with_derivatives) continue;
      scores.gradient(n, 0) = y[n] - rate;
      scores.curvature(n, 0) = rate;
    }
  };
  return scored;
}

double draw_bernoulli(Stream& stream, double eta) {
  return stream.uniform() < 1 / (1 + std::exp(-eta)) ? 1 : 0;
}

double draw_poisson(Stream& stream, double eta) {
  const double rate = std::exp(eta), u = stream.uniform();
  double term = std::exp(-rate), below = term;
  int count = 0;
  while (below < u && count < 10000) {
    term *= rate / ++count;
    below += term;
  }
  return count;
}

Slope full_slope(const MatrixXd& value) {
  Slope slope{{}, value};
  for (Index i = 0; i < value.cols(); ++i) slope.parameter.push_back(i);
  return slope;
}

Problem linear_scored(Scored scored, std::vector<MatrixXd> design, double variance) {
  const Index p = design[0].cols();
  Problem problem;
  set_prior(problem, VectorXd::Zero(p), VectorXd::Constant(p, variance));
  problem.scored = {std::move(scored)};
  problem.evaluate = [design = std::move(design)](const VectorXd& theta, bool with_jacobian) {
    Predictors predictors;
    predictors.value.resize(design[0].rows(), static_cast<Index>(design.size()));
    for (std::size_t q = 0; q < design.size(); ++q) {
      predictors.value.col(static_cast<Index>(q)) = design[q] * theta;
      if (with_jacobian) predictors.slope.push_back(full_slope(design[q]));
    }
    return Evaluation{{}, {}, {}, {predictors}};
  };
  return problem;
}

namespace {

// What θ does to all three kinds of data of joint_problem().
Evaluation evaluate_joint(const VectorXd& x, const VectorXd& theta, bool with_jacobian) {
  const Index samples = 60;
  const VectorXd t = VectorXd::LinSpaced(samples, 0, 12);
  const VectorXd sine = t.array().sin(), cosine = t.array().cos();
  const double gain = std::exp(0.5 * theta[0]);
  Evaluation evaluation;
  evaluation.prediction = {gain * sine + theta[1] * cosine};
  Predictors choice, count;
  choice.value = (theta[2] + 2 * theta[1] * x.array()).matrix();
  count.value = (1 + theta[3] + 0.5 * gain * x.array()).matrix();
  if (with_jacobian) {
    MatrixXd jacobian = MatrixXd::Zero(samples, 4);
    jacobian.leftCols(2) << 0.5 * gain * sine, cosine;
    evaluation.jacobian = {jacobian};
    MatrixXd of_choice(x.size(), 2), of_count(x.size(), 2);
    of_choice << VectorXd::Ones(x.size()), 2 * x;
    of_count << VectorXd::Ones(x.size()), 0.25 * gain * x;
    choice.slope = {{{2, 1}, of_choice}};
    count.slope = {{{3, 0}, of_count}};
  }
  evaluation.predictors = {choice, count};
  return evaluation;
}

}  // namespace

Problem joint_problem(std::uint64_t seed, const Eigen::Vector4d& truth) {
  const Index data = 80;
  Stream stream(seed, "joint");
  const VectorXd x = normal_matrix(stream, data, 1);
  const Evaluation at = evaluate_joint(x, truth, false);
  Problem problem;
  set_prior(problem, VectorXd::Zero(4), VectorXd::Constant(4, 0.5));
  VectorXd samples = at.prediction[0], choice(data), count(data);
  for (double& sample : samples) sample += 0.7 + 0.8 * stream.normal();
  for (Index n = 0; n < data; ++n) {
    choice[n] = draw_bernoulli(stream, at.predictors[0].value(n, 0));
    count[n] = draw_poisson(stream, at.predictors[1].value(n, 0));
  }
  Channel channel = plain_channel("A", samples);
  channel.confounds = MatrixXd::Ones(samples.size(), 1);
  channel.confound_precision = VectorXd::Constant(1, 1e-6);
  problem.channels = {channel};
  problem.scored = {bernoulli(choice), poisson(count)};
  problem.evaluate = [x](const VectorXd& theta, bool with_jacobian) {
    return evaluate_joint(x, theta, with_jacobian);
  };
  return problem;
}

}  // namespace insula::inference::toys

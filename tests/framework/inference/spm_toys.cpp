// SPDX-License-Identifier: Apache-2.0
#include "tests/framework/inference/spm_toys.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <stdexcept>
#include <vector>

namespace insula::inference::toys {
namespace {

using Eigen::ArrayXcd;
using Eigen::Index;
using Eigen::MatrixXcd;
using Eigen::MatrixXd;
using Eigen::VectorXcd;
using Eigen::VectorXd;

constexpr double kPi = std::numbers::pi;

MatrixXcd decay(const ArrayXcd& t, const VectorXcd& p) {
  return std::exp(p[0]) * (-std::exp(p[1]) / 5.0 * t).exp().matrix();
}

MatrixXcd oscillation(const ArrayXcd& t, const VectorXcd& p) {
  MatrixXcd y(t.size(), 3);
  const ArrayXcd envelope = (-0.3 * std::exp(p[3]) * t).exp();
  for (Index c = 0; c < 3; ++c) {
    const double lag = static_cast<double>(c);
    y.col(c) = p[c] * envelope * (kPi * std::exp(p[4]) * t + p[5] * lag).cos();
  }
  return y;
}

MatrixXcd growth(const ArrayXcd& t, const VectorXcd& p) {
  const Complex rate = std::exp(p[0]), capacity = 3.0 * std::exp(p[1]), middle = 4.0 + p[2];
  MatrixXcd y(t.size(), 2);
  y.col(0) = capacity / (1.0 + (-rate * (t - middle)).exp());
  y.col(1) = capacity / (1.0 + (-rate * (t - middle - std::exp(p[3]))).exp());
  return y;
}

MatrixXcd tone(const ArrayXcd& t, const VectorXcd& p) {
  return std::exp(p[0]) * (1.2 * kPi * std::exp(p[1]) * t + p[2]).cos().matrix();
}

Model model_named(const std::string& name, const VectorXd& time) {
  const ArrayXcd t = time.cast<Complex>();
  auto* f = name == "decay"         ? decay
            : name == "oscillation" ? oscillation
            : name == "growth"      ? growth
                                    : tone;
  return [t, f](const VectorXcd& p) { return f(t, p); };
}

VectorXd numbers(const nlohmann::json& json, const char* key) {
  const std::vector<double> values = json.at(key).get<std::vector<double>>();
  return VectorXd::Map(values.data(), static_cast<Index>(values.size()));
}

}  // namespace

SpmToy read_spm_toy(const std::string& name) {
  std::ifstream file(std::string(INSULA_REFERENCE) + "/inference/spm_" + name + ".json");
  if (!file) throw std::runtime_error("no reference for " + name);
  const nlohmann::json json = nlohmann::json::parse(file);
  SpmToy toy;
  const VectorXd time = numbers(json, "time");
  const VectorXd data = numbers(json, "data"), confounds = numbers(json, "confounds");
  const Index n = time.size(), k = confounds.size() / n;
  toy.model = model_named(name, time);
  toy.mean = numbers(json, "mean");
  toy.lambda = numbers(json, "lambda");
  toy.free_energy_parts = numbers(json, "free_energy_parts");
  toy.covariance = numbers(json, "covariance").reshaped(toy.mean.size(), toy.mean.size());
  toy.free_energy = json.at("free_energy");
  toy.kept = json.at("kept");
  set_prior(toy.problem, VectorXd::Zero(toy.mean.size()), numbers(json, "prior_variance"));
  for (Index c = 0; c < data.size() / n; ++c) {
    Channel channel = plain_channel(name, data.segment(c * n, n));
    channel.confounds = confounds.reshaped(n, k);
    channel.confound_precision = VectorXd::Constant(k, 1e-8);
    channel.lambda_mean = json.at("lambda_prior_mean");
    channel.lambda_variance = json.at("lambda_prior_variance");
    toy.problem.channels.push_back(channel);
  }
  return toy;
}

}  // namespace insula::inference::toys

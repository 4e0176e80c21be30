// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/joint.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/inference/detail/gram.h"
#include "framework/inference/detail/loadings.h"
#include "framework/numerics/dense.h"
#include "framework/numerics/linear_algebra.h"
#include "framework/numerics/parallel.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::Lower;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::log_det_of_factor;

// Channels side by side where there is work for two.
template <typename Body>
void each_channel(const Joint& joint, const Body& body) {
  constexpr Index kManyColumns = 64;
  if (!joint.blocks.empty() && joint.blocks[0].z.cols() >= kManyColumns)
    return parallel_for(joint.blocks.size(), body);
  for (std::size_t c = 0; c < joint.blocks.size(); ++c) body(c);
}

// Adds the channel to θ's precision and gradient, but for what its confounds explain: that is
// half_couplingᵀ half_coupling, taken off for all channels at once.
void eliminate(const ChannelData& data,
               const VectorXd& beta,
               double scale,
               Beta treatment,
               ChannelBlock& b,
               MatrixXd& precision,
               VectorXd& gradient) {
  const Index p = precision.rows(), k = beta.size();
  const Index e = p + k;  // the residual's column
  const auto xx = b.gram().block(p, p, k, k);
  MatrixXd a = scale * xx;
  a.diagonal() += data.precision;
  b.confound_precision.compute(a);
  b.beta_gradient =
      scale * b.gram().row(e).segment(p, k).transpose() - data.precision.cwiseProduct(beta);
  b.shift.setZero(k);
  if (treatment == Beta::at_optimum) b.shift = b.confound_precision.solve(b.beta_gradient);
  b.half_coupling = scale * b.gram().block(p, 0, k, p);
  b.data_gradient = scale * b.gram().row(e).head(p).transpose();
  b.data_gradient.noalias() -= b.half_coupling.transpose() * b.shift;
  b.scale = scale;
  gradient += b.data_gradient;
  b.confound_precision.matrixL().solveInPlace(b.half_coupling);
  for (Index j = 0; j < p; ++j) {
    precision.col(j).tail(p - j) += scale * b.gram().col(j).segment(j, p - j);
  }
}

void take_off_explained(Joint& joint) {
  Index at = 0;
  for (const ChannelBlock& block : joint.blocks) {
    joint.explained.middleRows(at, block.half_coupling.rows()) = block.half_coupling;
    at += block.half_coupling.rows();
  }
  MatrixXd sum = MatrixXd::Zero(joint.explained.cols(), joint.explained.cols());
  add_gram(joint.explained, sum);
  joint.precision_lower -= sum;
}

// ⟨Σ, G⟩ over a symmetric G of which the lower triangle is given.
template <typename Block>
double inner(const MatrixXd& sigma, const Block& lower) {
  double sum = 0;
  for (Index j = 0; j < sigma.cols(); ++j) {
    const Index below = sigma.rows() - j - 1;
    sum += sigma(j, j) * lower(j, j) +
           2 * sigma.col(j).tail(below).dot(lower.col(j).segment(j + 1, below));
  }
  return sum;
}

}  // namespace

Joint make_joint(const std::vector<ChannelData>& data, Index p) {
  Joint joint;
  joint.blocks.resize(data.size());
  Index confounds = 0;
  for (std::size_t c = 0; c < data.size(); ++c) {
    const Index n = data[c].chain.count(), k = data[c].confounds.cols();
    ChannelBlock& block = joint.blocks[c];
    block.z.setZero(padded_rows(n), p + k + 1);
    block.z.block(0, p, n, k) = data[c].confounds;
    if (!data[c].chain.is_white) block.scratch.resizeLike(block.z);
    confounds += k;
  }
  joint.explained.setZero(padded_rows(confounds), p);
  return joint;
}

bool linearise(const std::vector<ChannelData>& data,
               const Evaluation& evaluation,
               const std::vector<VectorXd>& beta,
               Joint& joint) {
  joint.source_jacobian = evaluation.source_jacobian;
  std::vector<char> is_finite(data.size(), 1);
  each_channel(joint, [&](std::size_t c) {
    ChannelBlock& block = joint.blocks[c];
    const std::vector<Index>& used = data[c].chain.used;
    const bool is_loaded = data[c].loadings() > 0;
    const MatrixXd at_loadings =
        is_loaded ? loaded_jacobian(data[c], evaluation, beta[c]) : MatrixXd();
    const MatrixXd& jacobian = is_loaded ? at_loadings : evaluation.jacobian[c];
    if (is_loaded)
      block.z.block(0, jacobian.cols(), data[c].chain.count(), data[c].confounds.cols()) =
          data[c].confounds;
    const Index p = jacobian.cols(), n = data[c].chain.count();
    for (Index j = 0; j < p; ++j) {
      for (Index i = 0; i < n; ++i) {
        block.z(i, j) = jacobian(used[static_cast<std::size_t>(i)], j);
      }
    }
    block.z.col(block.z.cols() - 1).head(n) = residual(data[c], evaluation.prediction[c], beta[c]);
    is_finite[c] = block.z.rightCols(1).allFinite() ? 1 : 0;
    if (is_finite[c] == 1) set_parts(data[c].chain, block.z, block.scratch, block.parts);
  });
  return std::ranges::find(is_finite, 0) == is_finite.end();
}

void assemble(const Problem& problem,
              const VectorXd& prior_variance,
              const std::vector<ChannelData>& data,
              const VectorXd& theta,
              const std::vector<VectorXd>& beta,
              const std::vector<NoiseValue>& noise,
              Beta treatment,
              double floor,
              Joint& joint) {
  MatrixXd& precision = joint.precision_lower;
  precision = prior_variance.cwiseInverse().asDiagonal();
  joint.gradient = (problem.prior_mean - theta).cwiseQuotient(prior_variance);
  each_channel(joint, [&](std::size_t c) {
    Weights weights;
    set_weights(data[c].chain, noise[c].zeta, weights);
    ChannelBlock& block = joint.blocks[c];
    block.log_det = weights.log_det;
    if (!data[c].chain.is_white) combine(block.parts, weights.value, block.combined);
  });
  for (std::size_t c = 0; c < data.size(); ++c) {
    ChannelBlock& block = joint.blocks[c];
    const double scale = std::exp(noise[c].lambda) + floor;
    eliminate(data[c], beta[c], scale, treatment, block, precision, joint.gradient);
    if (data[c].loadings() > 0)
      add_loadings(data[c],
                   joint.source_jacobian,
                   beta[c],
                   scale,
                   noise[c].zeta,
                   block,
                   precision,
                   joint.gradient);
  }
  take_off_explained(joint);
  if (joint.scored_information.size() > 0) {
    precision += joint.scored_information;
    joint.gradient += joint.scored_gradient;
  }
}

void invert(const MatrixXd& inverse_factor, Joint& joint) {
  joint.covariance.resizeLike(inverse_factor);
  numerics::self_product_of_lower<double>(inverse_factor, joint.covariance);
  numerics::mirror_lower<double>(joint.covariance);
}

void invert(Joint& joint) {
  const numerics::Cholesky& precision = joint.precision;
  if (precision.is_large()) {
    invert(precision.inverse_factor(), joint);
    return;
  }
  MatrixXd& inverse = joint.covariance;  // L⁻ᵀL⁻¹, both triangles
  const MatrixXd& factor = precision.factor();
  const Index p = factor.rows();
  MatrixXd root = MatrixXd::Zero(padded_rows(p), p);
  root.topRows(p).setIdentity();
  for (Index j = 0; j < p; ++j) {  // column j of L⁻¹ is zero above row j
    auto tail = root.col(j).segment(j, p - j);
    factor.bottomRightCorner(p - j, p - j).triangularView<Lower>().solveInPlace(tail);
  }
  inverse.setZero(p, p);
  add_gram(root, inverse);
  inverse.triangularView<Eigen::StrictlyUpper>() = inverse.transpose();
}

void solve(const Problem& problem,
           const VectorXd& prior_variance,
           const std::vector<ChannelData>& data,
           const VectorXd& theta,
           const std::vector<VectorXd>& beta,
           const std::vector<NoiseValue>& noise,
           Beta treatment,
           double floor,
           Joint& joint) {
  assemble(problem, prior_variance, data, theta, beta, noise, treatment, floor, joint);
  joint.precision.compute(joint.precision_lower);
  invert(joint);
}

std::vector<std::vector<VectorXd>> residual_products(const Joint& joint) {
  std::vector<std::vector<VectorXd>> all;
  for (const ChannelBlock& block : joint.blocks) {
    all.emplace_back();
    for (const MatrixXd& part : block.parts)
      all.back().emplace_back(part.row(part.rows() - 1).transpose());
  }
  return all;
}

void move_residual(const std::vector<VectorXd>& from, const VectorXd& delta, ChannelBlock& block) {
  const Index last = block.z.cols() - 1;
  VectorXd by = VectorXd::Zero(last);
  by.head(delta.size()) = delta;
  for (std::size_t i = 0; i < from.size(); ++i) {
    MatrixXd& part = block.parts[i];
    const VectorXd product = part.topLeftCorner(last, last).selfadjointView<Lower>() * by;
    part.row(last).head(last) = (from[i].head(last) - product).transpose();
    part(last, last) = from[i][last] - 2 * from[i].head(last).dot(by) + by.dot(product);
  }
}

std::vector<double> squares_at_theta(const ChannelBlock& block) {
  const Index p = block.parameters(), k = block.shift.size();
  VectorXd direction(k + 1);  // e at β̂, in the columns [X e]
  direction << -block.shift, 1;
  const MatrixXd of_confounds = block.confound_precision.solve(MatrixXd::Identity(k, k));
  std::vector<double> t;
  for (const MatrixXd& part : block.parts) {
    const MatrixXd xx = part.block(p, p, k, k).selfadjointView<Lower>();
    t.push_back(direction.dot(part.block(p, p, k + 1, k + 1).selfadjointView<Lower>() * direction) +
                of_confounds.cwiseProduct(xx).sum());
  }
  return t;
}

Spreads spreads(Joint& joint) {
  Spreads all{std::vector<std::vector<double>>(joint.blocks.size()), {}};
  each_channel(joint, [&](std::size_t c) { all.parts[c] = spread(joint.blocks[c], joint); });
  return all;
}

std::vector<double> spread(ChannelBlock& b, const Joint& joint) {
  const Index p = joint.covariance.rows(), k = b.shift.size();
  b.coupling = b.half_coupling;
  b.confound_precision.matrixU().solveInPlace(b.coupling);
  const MatrixXd cross = -b.coupling * joint.covariance;  // Σ_βθ
  b.covariance_beta = b.confound_precision.solve(MatrixXd::Identity(k, k));
  b.covariance_beta.noalias() -= cross * b.coupling.transpose();
  VectorXd direction(k + 1);  // e at β + shift, in the columns [X e]
  direction << -b.shift, 1;
  std::vector<double> t;
  for (const MatrixXd& part : b.parts) {
    const auto xe = part.block(p, p, k + 1, k + 1);
    t.push_back(direction.dot(xe.selfadjointView<Lower>() * direction) +
                inner(joint.covariance, part) +
                2 * cross.cwiseProduct(part.block(p, 0, k, p)).sum() +
                inner(b.covariance_beta, part.block(p, p, k, k)));
  }
  return t;
}

FreeEnergy free_energy(const Problem& problem,
                       const VectorXd& prior_variance,
                       const std::vector<ChannelData>& data,
                       const VectorXd& theta,
                       const std::vector<VectorXd>& beta,
                       const std::vector<NoiseValue>& noise,
                       double floor,
                       const Joint& joint) {
  FreeEnergy f;
  f.accuracy = joint.scored_value;
  f.parameters = -prior_variance.array().log().sum() - joint.precision.log_det() -
                 ((theta - problem.prior_mean).array().square() / prior_variance.array()).sum();
  for (std::size_t c = 0; c < data.size(); ++c) {
    const ChannelBlock& block = joint.blocks[c];
    const Index p = block.parameters(), k = block.shift.size();
    const auto n = static_cast<double>(data[c].chain.count());
    const double scale = std::exp(noise[c].lambda) + floor;
    VectorXd direction(k + 1);
    direction << -block.shift, 1;
    const auto xe = block.gram().block(p, p, k + 1, k + 1);
    const double square = direction.dot(xe.selfadjointView<Lower>() * direction);
    f.accuracy += 0.5 * (n * (std::log(scale) - std::log(2 * std::numbers::pi)) + block.log_det -
                         scale * square);
    const auto& prior = data[c].precision.array();
    f.parameters += prior.log().sum() - log_det_of_factor(block.confound_precision.matrixLLT()) -
                    (prior * (beta[c] + block.shift).array().square()).sum();
  }
  f.parameters *= 0.5;
  return f;
}

}  // namespace insula::inference::detail

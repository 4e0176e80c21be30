// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/predictive.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"

namespace insula::inference {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kImpossible = -std::numeric_limits<double>::infinity();
// Bases of the Halton sequence. Beyond eight predictors its points lie in rows for the few draws
// taken here: the rest are drawn independently.
constexpr std::array<int, 8> kBase{2, 3, 5, 7, 11, 13, 17, 19};

// The digits of `index` in `base`, mirrored at the point.
double radical_inverse(int index, int base) {
  double value = 0, place = 1;
  for (; index > 0; index /= base) {
    place /= base;
    value += place * (index % base);
  }
  return value;
}

// L of C = LLᵀ, N × Q(Q+1)/2; what rounding leaves below zero of a singular C is zero.
MatrixXd factors(const MatrixXd& covariance, Index predictors) {
  MatrixXd l = MatrixXd::Zero(covariance.rows(), covariance.cols());
  for (Index n = 0; n < covariance.rows(); ++n) {
    for (Index q = 0; q < predictors; ++q) {
      for (Index r = 0; r <= q; ++r) {
        double rest = covariance(n, packed(q, r));
        for (Index k = 0; k < r; ++k) rest -= l(n, packed(q, k)) * l(n, packed(r, k));
        if (q == r) {
          l(n, packed(q, q)) = std::sqrt(std::max(rest, 0.0));
        } else if (l(n, packed(r, r)) > 0) {
          l(n, packed(q, r)) = rest / l(n, packed(r, r));
        }
      }
    }
  }
  return l;
}

// ln Σ exp of numbers that come one after the other.
struct LogSum {
  double top = kImpossible, sum = 0;

  void add(double value) {
    if (std::isnan(value)) {
      top = sum = kNaN;
    } else if (value > top) {
      sum = sum * std::exp(top - value) + 1;
      top = value;
    } else if (value > kImpossible) {
      sum += std::exp(value - top);
    }
  }
  double value() const { return sum > 0 ? top + std::log(sum) : top; }
};

class Draws {
 public:
  Draws(const Scored& data, const ScoredFit& posterior, const PredictiveOptions& options)
      : factor_(factors(posterior.predictor_covariance, data.predictors)),
        shift_(data.count, data.predictors),
        stream_(options.seed, options.task + "/predictive") {
    for (double& value : shift_.reshaped()) value = stream_.uniform();
  }

  // Lz for every datum.
  void next(MatrixXd& away) {
    ++index_;
    MatrixXd z(shift_.rows(), shift_.cols());
    for (Index q = 0; q < z.cols(); ++q) {
      const bool is_even = q < static_cast<Index>(kBase.size());
      const double point =
          is_even ? radical_inverse(index_, kBase[static_cast<std::size_t>(q)]) : 0;
      for (Index n = 0; n < z.rows(); ++n) {
        const double u = is_even ? point + shift_(n, q) : stream_.uniform();
        // The open interval: one end is as far as 53 bits reach.
        z(n, q) = normal_quantile(std::clamp(u - std::floor(u), 0x1p-53, 1 - 0x1p-53));
      }
    }
    away.setZero(z.rows(), z.cols());
    for (Index q = 0; q < z.cols(); ++q) {
      for (Index r = 0; r <= q; ++r) {
        away.col(q) += factor_.col(packed(q, r)).cwiseProduct(z.col(r));
      }
    }
  }

 private:
  MatrixXd factor_, shift_;
  Stream stream_;
  int index_ = 0;
};

void check(const Scored& data, const ScoredFit& posterior, const PredictiveOptions& options) {
  const Index q = data.predictors;
  if (posterior.predictor.rows() != data.count || posterior.predictor.cols() != q ||
      posterior.predictor_covariance.rows() != data.count ||
      posterior.predictor_covariance.cols() != packed(q, 0) ||
      static_cast<Index>(data.use.size()) != data.count) {
    throw InternalError("inference: data and posterior of their predictors differ in size");
  }
  if (options.draws < 1) throw InternalError("inference: a predictive density needs draws");
}

}  // namespace

ScoredFit predict(const Predictors& at_mean, const MatrixXd& covariance) {
  const Index count = at_mean.value.rows();
  const auto predictors = static_cast<Index>(at_mean.slope.size());
  ScoredFit fit;
  fit.predictor = at_mean.value;
  fit.predictor_sd.resize(count, predictors);
  fit.predictor_covariance.resize(count, packed(predictors, 0));
  fit.log_density = VectorXd::Constant(count, kNaN);
  for (Index q = 0; q < predictors; ++q) {
    const Slope& left = at_mean.slope[static_cast<std::size_t>(q)];
    MatrixXd rows(left.value.cols(), covariance.cols());
    for (Index i = 0; i < rows.rows(); ++i) {
      rows.row(i) = covariance.row(left.parameter[static_cast<std::size_t>(i)]);
    }
    const MatrixXd spread = left.value * rows;  // N × P: Cov(η_q, θ)
    for (Index r = 0; r <= q; ++r) {
      const Slope& right = at_mean.slope[static_cast<std::size_t>(r)];
      auto sum = fit.predictor_covariance.col(packed(q, r));
      sum.setZero();
      for (Index j = 0; j < right.value.cols(); ++j) {
        sum += spread.col(right.parameter[static_cast<std::size_t>(j)])
                   .cwiseProduct(right.value.col(j));
      }
    }
    fit.predictor_sd.col(q) = fit.predictor_covariance.col(packed(q, q)).cwiseSqrt();
  }
  return fit;
}

VectorXd log_predictive_density(const Scored& data,
                                const ScoredFit& posterior,
                                const PredictiveOptions& options) {
  check(data, posterior, options);
  std::vector<LogSum> sums(static_cast<std::size_t>(data.count));
  Draws draws(data, posterior, options);
  MatrixXd away;
  for (int i = 0; i < options.draws; ++i) {
    if (i % 2 == 0) draws.next(away);
    Scores scores;
    scores.value.setZero(data.count);
    data.score(posterior.predictor + (i % 2 == 0 ? 1 : -1) * away, scores, false);
    for (Index n = 0; n < data.count; ++n) sums[static_cast<std::size_t>(n)].add(scores.value[n]);
  }
  VectorXd result = VectorXd::Constant(data.count, kNaN);
  for (Index n = 0; n < data.count; ++n) {
    const auto i = static_cast<std::size_t>(n);
    if (data.use[i]) result[n] = sums[i].value() - std::log(options.draws);
  }
  return result;
}

}  // namespace insula::inference

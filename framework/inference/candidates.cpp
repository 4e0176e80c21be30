// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/detail/candidates.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/numerics/linear_algebra.h"
#include "framework/numerics/parallel.h"

namespace insula::inference::detail {
namespace {

using Eigen::Index;
using Eigen::LLT;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Chosen = std::vector<Index>;

OffDistance given_off(const OffDistance& all, const Chosen& off, const Chosen& some) {
  OffDistance part{all.distance(some), all.covariance(some, some)};
  if (off.empty() || some.empty()) return part;
  const LLT<MatrixXd> factor = factor_of_covariance(all.covariance(off, off));
  const MatrixXd half = factor.matrixL().solve(MatrixXd(all.covariance(off, some)));
  part.distance -= half.transpose() * factor.matrixL().solve(VectorXd(all.distance(off)));
  part.covariance.noalias() -= half.transpose() * half;
  return part;
}

// ln N(off; mean, covariance) but for the powers of 2π, which cancel.
double log_density_at_off(const OffDistance& all, const Chosen& off) {
  if (off.empty()) return 0;
  const LLT<MatrixXd> factor = factor_of_covariance(all.covariance(off, off));
  const VectorXd half = factor.matrixL().solve(VectorXd(all.distance(off)));
  return -0.5 * (numerics::log_det_of_factor(factor.matrixLLT()) + half.squaredNorm());
}

double log_density_of_one(double variance, double distance) {
  return -0.5 * (std::log(variance) + distance * distance / variance);
}

// ln N of each candidate at off, given that all others in `off` are off.
VectorXd log_density_of_each(const OffDistance& all, const Chosen& off, const Chosen& on) {
  VectorXd density(all.distance.size());
  const OffDistance rest = given_off(all, off, on);
  for (std::size_t i = 0; i < on.size(); ++i) {
    const auto at = static_cast<Index>(i);
    density[on[i]] = log_density_of_one(rest.covariance(at, at), rest.distance[at]);
  }
  if (off.empty()) return density;
  // Of the inverse K: the variance of i given the others is 1/K_ii, its distance (K d)_i / K_ii.
  const auto n = static_cast<Index>(off.size());
  const MatrixXd k =
      factor_of_covariance(all.covariance(off, off)).solve(MatrixXd(MatrixXd::Identity(n, n)));
  const VectorXd pulled = k * all.distance(off);
  for (Index i = 0; i < n; ++i)
    density[off[static_cast<std::size_t>(i)]] =
        log_density_of_one(1 / k(i, i), pulled[i] / k(i, i));
  return density;
}

// One belief on its way down the tree: what is left of the first candidates once those after them
// were kept or switched off. Each level has a matrix of its own, column by column.
class Level {
 public:
  void start(const OffDistance& all) {
    size_ = all.distance.size();
    distance_ = all.distance;
    covariance_ = all.covariance;
  }
  double log_density_of_last(Index count) const {
    return log_density_of_one(covariance_(count - 1, count - 1), distance_[count - 1]);
  }
  // The first count − 1 of `from` once its candidate number count is off.
  void condition(const Level& from, Index count) {
    const Index last = count - 1;
    const double* column = from.covariance_.data() + last * from.size_;
    const double weight = 1 / column[last], pull = from.distance_[last] * weight;
    size_ = from.size_;
    if (covariance_.size() != from.covariance_.size()) {
      covariance_.resize(size_, size_);
      distance_.resize(size_);
    }
    for (Index j = 0; j < last; ++j) {
      distance_[j] = from.distance_[j] - column[j] * pull;
      const double scaled = column[j] * weight;
      for (Index i = 0; i <= j; ++i)
        covariance_(i, j) = from.covariance_(i, j) - column[i] * scaled;
    }
  }

 private:
  Index size_ = 0;
  VectorXd distance_;
  MatrixXd covariance_;  // upper triangle
};

// The tree below one model in which candidates from `count` on are decided.
class Tree {
 public:
  explicit Tree(const Candidates& all)
      : posterior_(static_cast<std::size_t>(all.size()) + 1),
        prior_(static_cast<std::size_t>(all.size()) + 1) {
    posterior_[0].start(all.posterior);
    prior_[0].start(all.prior);
  }

  // Writes the 2^count models of this branch. Level `depth` holds what is known here.
  void visit(Index count, std::size_t depth, double change, double* out) {
    if (count == 0) {
      *out = change;
      return;
    }
    visit(count - 1, depth, change, out);
    const double with = change + posterior_[depth].log_density_of_last(count) -
                        prior_[depth].log_density_of_last(count);
    posterior_[depth + 1].condition(posterior_[depth], count);
    prior_[depth + 1].condition(prior_[depth], count);
    visit(count - 1, depth + 1, with, out + (Index{1} << (count - 1)));
  }

  // The branch in which the first decisions are the bits of `path`, highest first.
  void visit_branch(Index count, Index decided, std::size_t path, double* out) {
    double change = 0;
    std::size_t depth = 0;
    for (Index i = 0; i < decided; ++i, --count) {
      if ((path >> (decided - 1 - i) & 1) == 0) continue;
      change +=
          posterior_[depth].log_density_of_last(count) - prior_[depth].log_density_of_last(count);
      posterior_[depth + 1].condition(posterior_[depth], count);
      prior_[depth + 1].condition(prior_[depth], count);
      ++depth;
    }
    visit(count, depth, change, out);
  }

 private:
  std::vector<Level> posterior_, prior_;
};

}  // namespace

LLT<MatrixXd> factor_of_covariance(const MatrixXd& covariance) {
  LLT<MatrixXd> factor(covariance);
  if (factor.info() != Eigen::Success)
    throw InternalError("a covariance in model reduction is not positive definite");
  return factor;
}

Candidates candidates_of(const GaussianBelief& prior,
                         const GaussianBelief& posterior,
                         const std::vector<Switch>& switches) {
  const Index n = prior.mean.size();
  if (posterior.mean.size() != n || prior.covariance.rows() != n || prior.covariance.cols() != n ||
      posterior.covariance.rows() != n || posterior.covariance.cols() != n)
    throw InternalError("beliefs of a reduction are about the same parameters");
  Chosen which;
  VectorXd off(static_cast<Index>(switches.size()));
  for (const Switch& s : switches) {
    if (s.parameter < 0 || s.parameter >= n || std::ranges::find(which, s.parameter) != which.end())
      throw InternalError("a candidate is a parameter that is not there, or twice");
    off[static_cast<Index>(which.size())] = s.off;
    which.push_back(s.parameter);
  }
  const auto of = [&](const GaussianBelief& belief) {
    return OffDistance{off - belief.mean(which), belief.covariance(which, which)};
  };
  Candidates all{of(posterior), of(prior)};
  if (all.size() > 0) {  // refuse what no branch of the tree could use
    factor_of_covariance(all.posterior.covariance);
    factor_of_covariance(all.prior.covariance);
  }
  return all;
}

Candidates given_off(const Candidates& all, const Chosen& off, const Chosen& some) {
  return {given_off(all.posterior, off, some), given_off(all.prior, off, some)};
}

double change_of(const Candidates& all, const Chosen& off) {
  return log_density_at_off(all.posterior, off) - log_density_at_off(all.prior, off);
}

VectorXd change_of_each(const Candidates& all, const Chosen& off) {
  Chosen on;
  for (Index i = 0; i < all.size(); ++i)
    if (std::ranges::find(off, i) == off.end()) on.push_back(i);
  VectorXd change =
      log_density_of_each(all.posterior, off, on) - log_density_of_each(all.prior, off, on);
  for (const Index i : off) change[i] = -change[i];
  return change;
}

VectorXd score_all(const Candidates& all) {
  constexpr Index kMostCandidates = 24;
  constexpr Index kDecidedApart = 6;  // 64 branches, whatever the number of threads
  const Index k = all.size(), decided = std::min(k, kDecidedApart);
  if (k > kMostCandidates) throw InternalError("at most 24 candidates can be scored together");
  VectorXd change(Index{1} << k);
  parallel_for(std::size_t{1} << decided, [&](std::size_t path) {
    Tree tree(all);
    tree.visit_branch(
        k, decided, path, change.data() + (static_cast<Index>(path) << (k - decided)));
  });
  return change;
}

}  // namespace insula::inference::detail

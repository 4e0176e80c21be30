// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/spm_second_order.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "framework/simulation/detail/exponential.h"
#include "framework/simulation/detail/spm_response.h"

namespace insula::simulation {

namespace {

// The operator (M0 + Σ_k u_k M1_k + Σ_i x_i M2_i) h, entry by entry where any part has one.
class Operator {
 public:
  Operator(const SpmGrid& grid, const SpmExpansion& expansion) {
    Eigen::MatrixXd anywhere = expansion.m0.cwiseAbs();
    for (const Eigen::MatrixXd& m : expansion.m1) anywhere += m.cwiseAbs();
    for (const Eigen::MatrixXd& m : expansion.m2) anywhere += m.cwiseAbs();
    rows_ = compressed(anywhere);
    const Eigen::Index size = rows_.value.size();
    Eigen::MatrixXd by_input(size, std::ssize(expansion.m1));
    for (Eigen::Index k = 0; k < by_input.cols(); ++k)
      by_input.col(k) = entries(rows_, expansion.m1[static_cast<std::size_t>(k)]);
    at_level_ = by_input * grid.input;
    at_level_.colwise() += entries(rows_, expansion.m0);
    by_state_.resize(size, std::ssize(expansion.m2));
    for (Eigen::Index i = 0; i < by_state_.cols(); ++i)
      by_state_.col(i) = entries(rows_, expansion.m2[static_cast<std::size_t>(i)]);
  }

  const CompressedRows& at(int level, const Eigen::VectorXd& states, double duration) {
    rows_.value.noalias() = by_state_ * states;
    rows_.value = duration * (rows_.value + at_level_.col(level));
    return rows_;
  }

 private:
  CompressedRows rows_;
  Eigen::MatrixXd at_level_, by_state_;  // entries × levels, entries × regions
};

}  // namespace

SpmPath spm_second_order_path(const System& system,
                              const SpmRun& run,
                              const SpmGrid& grid,
                              const SpmExpansion& expansion) {
  SpmPath path;
  path.q.resize(system.states + 1, static_cast<Eigen::Index>(grid.bin.size()));
  Eigen::VectorXd q = Eigen::VectorXd::Unit(system.states + 1, 0);
  Eigen::VectorXd states(std::ssize(expansion.m2_state));
  Operator rate(grid, expansion);
  for (std::size_t m = 0; m < grid.bin.size(); ++m) {
    path.q.col(static_cast<Eigen::Index>(m)) = q;
    if (grid.length[m] == 0) break;
    for (Eigen::Index i = 0; i < states.size(); ++i)
      states[i] = q[1 + expansion.m2_state[static_cast<std::size_t>(i)]];
    propagate(rate.at(grid.level[m], states, run.bin * grid.length[m]), q);
    if (!spm_plausible(system, run, grid, static_cast<int>(m) + 1, q, path.outcome)) break;
  }
  return path;
}

Response respond_spm_second_order(const System& system,
                                  const SpmRun& run,
                                  const Eigen::VectorXd& theta,
                                  bool with_jacobian) {
  const int stops = static_cast<int>(std::lround(std::max(run.repetition_time, 1.0)));
  return spm_response(system, run, spm_grid(run, stops), theta, with_jacobian, true);
}

}  // namespace insula::simulation

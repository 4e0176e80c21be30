// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/spm_bilinear.h"

#include "framework/simulation/detail/exponential.h"
#include "framework/simulation/detail/spm_response.h"

namespace insula::simulation {
namespace {

// An exponential costs about as much as this many Taylor series.
constexpr int kWorthwhile = 6;

}  // namespace

SpmPath spm_bilinear_path(const System& system,
                          const SpmRun& run,
                          const SpmGrid& grid,
                          const SpmExpansion& expansion) {
  std::vector<Eigen::MatrixXd> rate;  // per level of input
  for (Eigen::Index l = 0; l < grid.input.cols(); ++l) {
    rate.push_back(expansion.m0);
    for (std::size_t k = 0; k < expansion.m1.size(); ++k)
      rate.back() += grid.input(static_cast<Eigen::Index>(k), l) * expansion.m1[k];
  }

  SpmPath path;
  path.q.resize(system.states + 1, static_cast<Eigen::Index>(grid.bin.size()));
  std::vector<Eigen::MatrixXd> shared(grid.uses.size());
  Eigen::VectorXd q = Eigen::VectorXd::Unit(system.states + 1, 0);
  for (std::size_t m = 0; m < grid.bin.size(); ++m) {
    path.q.col(static_cast<Eigen::Index>(m)) = q;
    if (grid.length[m] == 0) break;
    const auto share = static_cast<std::size_t>(grid.share[m]);
    const auto exponent = [&] {
      return (run.bin * grid.length[m] * rate[static_cast<std::size_t>(grid.level[m])]).eval();
    };
    if (grid.uses[share] < kWorthwhile) {
      propagate(compressed(exponent()), q);
    } else {
      if (shared[share].size() == 0) shared[share] = exponential(exponent());
      q = (shared[share] * q).eval();
    }
    if (!spm_plausible(system, run, grid, static_cast<int>(m) + 1, q, path.outcome)) break;
  }
  return path;
}

Response respond_spm_bilinear(const System& system,
                              const SpmRun& run,
                              const Eigen::VectorXd& theta,
                              bool with_jacobian) {
  return spm_response(system, run, spm_grid(run), theta, with_jacobian, false);
}

}  // namespace insula::simulation

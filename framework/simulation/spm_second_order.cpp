// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/spm_second_order.h"

#include <algorithm>
#include <cmath>

#include "framework/simulation/detail/exponential.h"
#include "framework/simulation/detail/spm_response.h"

namespace insula::simulation {

SpmPath spm_second_order_path(const System& system,
                              const SpmRun& run,
                              const SpmGrid& grid,
                              const SpmExpansion& expansion) {
  SpmPath path;
  path.q.resize(system.states + 1, static_cast<Eigen::Index>(grid.bin.size()));
  Eigen::VectorXd q = Eigen::VectorXd::Unit(system.states + 1, 0);
  Eigen::MatrixXd rate;
  for (std::size_t m = 0; m < grid.bin.size(); ++m) {
    path.q.col(static_cast<Eigen::Index>(m)) = q;
    if (grid.length[m] == 0) break;
    rate = expansion.m0;
    for (std::size_t k = 0; k < expansion.m1.size(); ++k) {
      const double u = grid.input(static_cast<Eigen::Index>(k), grid.level[m]);
      if (u != 0) rate += u * expansion.m1[k];
    }
    for (std::size_t i = 0; i < expansion.m2.size(); ++i)
      rate += q[1 + expansion.m2_state[i]] * expansion.m2[i];
    rate *= run.bin * grid.length[m];
    propagate(rate, q);
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

// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/spm_response.h"

#include <limits>

#include "framework/simulation/detail/at_points.h"

namespace insula::simulation {

bool spm_plausible(const System& system,
                   const SpmRun& run,
                   const SpmGrid& grid,
                   int moment,
                   const Eigen::VectorXd& q,
                   Outcome& outcome) {
  if (q.lpNorm<1>() <= 1e6) return true;  // false for NaN
  Eigen::Index worst = 0;
  const Eigen::ArrayXd size = q.tail(q.size() - 1).array().abs();
  size.isNaN().select(std::numeric_limits<double>::infinity(), size).maxCoeff(&worst);
  outcome.kind = Outcome::Kind::diverged;
  outcome.where = system.owner(static_cast<int>(worst));
  outcome.time = run.bin * (grid.bin[static_cast<std::size_t>(moment)] - 1);
  return false;
}

namespace {

// scans × channels, or no rows if the path failed.
Eigen::MatrixXd predicted(const System& system,
                          const SpmRun& run,
                          const SpmGrid& grid,
                          const SpmExpansion& expansion,
                          const SpmPath& path) {
  if (!path.outcome.finished()) return {};
  const Eigen::MatrixXd all =
      observe_at(system, expansion.natural, path.q.bottomRows(system.states).transpose());
  Eigen::MatrixXd y(run.scans, all.cols());
  for (Eigen::Index c = 0; c < y.cols(); ++c)
    for (int s = 0; s < run.scans; ++s) {
      const int bin = run.bins_per_scan * s + run.sample_bin[static_cast<std::size_t>(c)];
      y(s, c) = all(grid.moment[static_cast<std::size_t>(bin)], c);
    }
  return y;
}

}  // namespace

Response spm_response(const System& system,
                      const SpmRun& run,
                      const SpmGrid& grid,
                      const Eigen::VectorXd& theta,
                      bool with_jacobian,
                      bool second_order) {
  Response response;
  const auto at = [&](const Eigen::VectorXd& where) {
    const SpmExpansion expansion = spm_expansion(system, system.natural(where), second_order);
    const SpmPath path = second_order ? spm_second_order_path(system, run, grid, expansion)
                                      : spm_bilinear_path(system, run, grid, expansion);
    response.outcome = path.outcome;
    return predicted(system, run, grid, expansion, path);
  };
  const Eigen::MatrixXd y = at(theta);
  if (!response.outcome.finished()) return response;
  std::vector<Eigen::MatrixXd> jacobian;
  if (with_jacobian)
    jacobian.assign(system.channels.size(), Eigen::MatrixXd(run.scans, theta.size()));
  for (Eigen::Index p = 0; with_jacobian && p < theta.size(); ++p) {
    Eigen::VectorXd displaced = theta;
    displaced[p] += kSpmStep;
    const Eigen::MatrixXd beside = at(displaced);
    if (!response.outcome.finished()) return response;
    for (Eigen::Index c = 0; c < y.cols(); ++c)
      jacobian[static_cast<std::size_t>(c)].col(p) = (beside.col(c) - y.col(c)) / kSpmStep;
  }
  for (Eigen::Index c = 0; c < y.cols(); ++c) response.value.push_back(y.col(c));
  response.jacobian = std::move(jacobian);
  return response;
}

}  // namespace insula::simulation

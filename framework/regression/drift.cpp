// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/drift.h"

#include <map>
#include <utility>

#include "framework/base/text.h"
#include "framework/regression/cross_validation.h"
#include "framework/regression/ridge.h"

namespace insula::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr double kFactors[] = {1, 10, 1e2, 1e3, 1e4, 1e6, 1e8};

// The best factor of each channel of a group; of equal ones the largest.
std::vector<double> best_factors(const Stacked& all, const Group& group, MatrixXd inputs) {
  const auto channels = static_cast<Index>(group.channels.size());
  MatrixXd error(std::size(kFactors), channels);
  // The penalty of the inputs matters little here: a coarse grid.
  const std::vector<double> alphas =
      inputs.cols() > 0 ? penalty_grid(-1, 5, 1) : penalty_grid(0, 0, 1);
  RidgeRows rows = all.regression(group, std::move(inputs));
  Group scaled = group;
  for (Index f = 0; f < error.rows(); ++f) {
    scaled.drift_factor = kFactors[f];
    rows.nuisance_penalty = all.penalty(scaled);
    error.row(f) =
        ridge_error(group.folds, rows, alphas, Scale::unit_sd, *all.memory).colwise().minCoeff();
  }
  std::vector<double> best;
  for (Index c = 0; c < channels; ++c) best.push_back(kFactors[best_penalty(error.col(c))]);
  return best;
}

}  // namespace

void tune_drift(const BaselineProblem& problem, const InputForm* form, Stacked& all) {
  if (!(all.nuisance_penalty.array() > 0).any()) return;
  std::vector<Group> groups;
  for (const Group& group : all.groups) {
    if (group.folds.empty()) {
      groups.push_back(group);
      continue;
    }
    CountedColumns inputs{nullptr, MatrixXd(all.rows(), 0)};
    if (form != nullptr) inputs = counted_columns(problem, all, group, *form);
    const std::vector<double> best = best_factors(all, group, std::move(inputs.x));
    std::map<double, Group> split;
    for (std::size_t c = 0; c < best.size(); ++c) {
      auto [part, is_new] = split.try_emplace(best[c], group);
      if (is_new) part->second.channels.clear();
      part->second.channels.push_back(group.channels[c]);
      part->second.drift_factor = best[c];
    }
    for (auto& [factor, part] : split) groups.push_back(std::move(part));
  }
  all.groups = std::move(groups);
}

std::vector<std::pair<std::string, std::string>> drift_text(const BaselineProblem& problem,
                                                            const Stacked& all) {
  std::vector<std::pair<std::string, std::string>> text;
  if (!(all.nuisance_penalty.array() > 0).any()) return text;
  for (std::size_t c = 0; c < problem.channels.size(); ++c) {
    for (const Group& group : all.groups) {
      for (const Index channel : group.channels) {
        if (channel != static_cast<Index>(c) || group.train.empty()) continue;
        text.emplace_back("drift penalty of " + problem.channels[c],
                          short_number(group.drift_factor));
      }
    }
  }
  return text;
}

}  // namespace insula::regression

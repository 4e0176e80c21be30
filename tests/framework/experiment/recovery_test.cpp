// SPDX-License-Identifier: Apache-2.0
// Parameters come back: from 50 series of each architecture, drawn from the prior, the 95 %
// intervals cover 90 to 98 % of the true values.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/random.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/twin.h"
#include "framework/inference/variational_laplace.h"
#include "framework/numerics/parallel.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment {
namespace {

constexpr std::size_t kSeries = 50;

constexpr const char* kRecipe = R"(
seed: 11
duration: 720 s
inputs:
  photic: {every: 60 s, on: 40 s, start: 10 s}
  motion: {every: 90 s, on: 45 s, start: 25 s}
  attention: {every: 140 s, on: 70 s, start: 40 s}
recordings:
  bold: {interval: 2 s, noise: {sd: 0.3 %}, ar: 0.2}
)";

struct Recovery {
  int covered = 0, total = 0, failed = 0;
  double share() const { return static_cast<double>(covered) / total; }
};

Recovery recover(const std::string& architecture, const Catalogue& kinds) {
  const dataset::Folder folder;
  folder.write("recipe.yaml",
               "insula: simulation/1\nname: recovery\narchitecture: " + std::string(INSULA_ROOT) +
                   "/" + architecture + "\n" + kRecipe);
  const Recipe recipe = read_recipe(folder.path("recipe.yaml"), kinds);
  std::vector<Recovery> each(kSeries);
  parallel_for(kSeries, [&](std::size_t i) {
    // A draw whose network is unstable has no data to fit: the next seed takes its place.
    Twin twin;
    for (std::uint64_t attempt = 0;; ++attempt) {
      twin = simulate(with_drawn_parameters(recipe, 1000 * i + attempt));
      if (twin.outcome.finished()) break;
    }
    const auto assembled = assemble(recipe.architecture, twin.dataset.subjects[0], {}, {});
    const inference::Fit fit = inference::variational_laplace(assembled->problem);
    if (!fit.converged()) {
      each[i].failed = 1;
      return;
    }
    const std::vector<std::size_t>& free = assembled->system.free;
    for (std::size_t p = 0; p < free.size(); ++p) {
      const auto at = static_cast<Eigen::Index>(p);
      const double sd = std::sqrt(fit.covariance(at, at));
      each[i].total += 1;
      each[i].covered +=
          std::abs(fit.mean[at] - twin.truth[free[p]].theta) < normal_quantile(0.975) * sd;
    }
  });
  Recovery all;
  for (const Recovery& r : each) {
    all.covered += r.covered;
    all.total += r.total;
    all.failed += r.failed;
  }
  return all;
}

class Parameters : public testing::TestWithParam<const char*> {};

TEST_P(Parameters, LieInTheirIntervalsAsOftenAsTheyShould) {
  const Catalogue kinds = catalogue();
  const Recovery r = recover(GetParam(), kinds);
  RecordProperty("coverage", std::to_string(r.share()));
  std::printf("%s: %d of %d intervals cover (%.1f %%), %d fits did not converge\n",
              GetParam(),
              r.covered,
              r.total,
              100 * r.share(),
              r.failed);
  EXPECT_LE(r.failed, 2);
  EXPECT_GE(r.share(), 0.90);
  EXPECT_LE(r.share(), 0.98);
}

INSTANTIATE_TEST_SUITE_P(AttentionModels,
                         Parameters,
                         testing::Values("examples/attention-to-motion/forward.yaml",
                                         "examples/attention-to-motion/backward.yaml",
                                         "examples/attention-to-motion/top_down.yaml",
                                         "examples/attention-to-motion/full.yaml",
                                         "examples/attention-to-motion/ungated.yaml",
                                         "examples/attention-to-motion/gated.yaml"));

}  // namespace
}  // namespace insula::experiment

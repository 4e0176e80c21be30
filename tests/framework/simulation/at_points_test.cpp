// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/at_points.h"

#include <gtest/gtest.h>

#include "framework/base/random.h"
#include "modules/catalogue.h"
#include "tests/support/attention_model.h"

namespace insula::simulation {
namespace {

TEST(AtPoints, GivesTheDigitsOfOnePointAtATime) {
  const Catalogue kinds = catalogue();
  for (const std::string& model : test::kAttentionModels) {
    const System system = compile(insula::test::attention_model(model, kinds));
    Stream stream(3, "at_points_test/" + model);
    const Eigen::VectorXd theta =
        system.prior_mean().unaryExpr([&](double mean) { return mean + 0.2 * stream.normal(); });
    const std::vector<double> natural = system.natural(theta);
    constexpr Eigen::Index kPoints = 19;  // not a multiple of the lanes
    const Eigen::MatrixXd x =
        Eigen::MatrixXd::NullaryExpr(kPoints, system.states, [&] { return 0.2 * stream.normal(); });
    const Eigen::MatrixXd u =
        Eigen::MatrixXd::NullaryExpr(kPoints, 3, [&] { return stream.uniform(); });
    const Eigen::MatrixXd rate = drift_at(system, natural, x, u);
    const Eigen::MatrixXd y = observe_at(system, natural, x);
    for (Eigen::Index p = 0; p < kPoints; ++p) {
      EXPECT_EQ(rate.row(p).transpose(), drift(system, natural, x.row(p), u.row(p))) << model;
      EXPECT_EQ(y.row(p).transpose(), observe(system, natural, x.row(p))) << model;
    }
  }
}

}  // namespace
}  // namespace insula::simulation

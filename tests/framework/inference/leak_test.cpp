// SPDX-License-Identifier: Apache-2.0
// What is held out must not be seen: no bit of a fit depends on data that are not in use.
#include <gtest/gtest.h>

#include <limits>

#include "framework/inference/variational_laplace.h"
#include "tests/framework/inference/bytes.h"
#include "tests/framework/inference/toys.h"

namespace insula::inference {
namespace {

Problem with_marker(Noise noise, double marker) {
  Problem problem = toys::decay_problem(4, {0.7, 0.5});
  Channel& channel = problem.channels[0];
  channel.noise = noise;
  channel.run_start = {0, 30};
  for (const std::size_t i : {0u, 11u, 12u, 13u, 14u, 29u, 30u, 45u, 59u}) {
    channel.use[i] = 0;
    channel.data[static_cast<Eigen::Index>(i)] += marker;
  }
  return problem;
}

class Leak : public testing::TestWithParam<Noise> {};

TEST_P(Leak, NoBitDependsOnDataThatAreNotInUse) {
  Options options;
  options.pareto_check = true;
  options.pareto_draws = 100;
  options.starts = 2;
  const std::string clean =
      toys::bytes_of(variational_laplace(with_marker(GetParam(), 0), options));
  for (const double marker : {1.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(toys::bytes_of(variational_laplace(with_marker(GetParam(), marker), options)), clean);
  }
}

// The other way round: the test could not fail if nothing depended on data at all.
TEST_P(Leak, DataInUseDoCount) {
  Problem problem = with_marker(GetParam(), 0);
  const std::string clean = toys::bytes_of(variational_laplace(problem));
  problem.channels[0].data[1] += 1e-6;
  EXPECT_NE(toys::bytes_of(variational_laplace(problem)), clean);
}

INSTANTIATE_TEST_SUITE_P(Noises, Leak, testing::Values(Noise::white, Noise::ar1));

TEST(Leak, SpmsScheduleDoesNotSeeThemEither) {
  const std::string clean = toys::bytes_of(spm_variational_laplace(with_marker(Noise::white, 0)));
  EXPECT_EQ(toys::bytes_of(spm_variational_laplace(with_marker(Noise::white, 7))), clean);
}

}  // namespace
}  // namespace insula::inference

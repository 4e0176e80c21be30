// SPDX-License-Identifier: Apache-2.0
// Weighed sums of all samples, differentiated without a Jacobian: as exact as with one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/simulation/response.h"
#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

using Eigen::Index;

Eigen::VectorXd normal(Stream& stream, Index count) {
  Eigen::VectorXd x(count);
  for (double& value : x) value = stream.normal();
  return x;
}

// As many sets as there are channels, each with weights on its own; one more on all of them.
std::vector<SampleWeights> sets_of(const Response& response) {
  Stream stream(4, "weights");
  const std::size_t channels = response.value.size();
  std::vector<SampleWeights> sets(channels + 1, SampleWeights(channels));
  for (std::size_t c = 0; c < channels; ++c) {
    sets[c][c] = normal(stream, response.value[c].size());
    sets[channels][c] = normal(stream, response.value[c].size());
  }
  return sets;
}

// The largest difference of Jᵀv pulled back from Jᵀv by J, as a share of ‖J column‖ ‖v‖.
double worst_pull(const System& system,
                  const Timeline& line,
                  const std::vector<Index>& asked,
                  double coarser = 1) {
  const Eigen::VectorXd theta = test::drawn_theta(system, 3);
  const Response response = respond(system, line, theta, true);
  const std::vector<SampleWeights> sets = sets_of(response);
  const Pulled pulled = pull_back(system, line, theta, asked, sets, coarser);
  EXPECT_TRUE(pulled.outcome.finished());
  EXPECT_EQ(pulled.slope.rows(), static_cast<Index>(asked.size()));
  EXPECT_EQ(pulled.slope.cols(), static_cast<Index>(sets.size()));
  double worst = 0;
  for (std::size_t s = 0; s < sets.size(); ++s)
    for (std::size_t i = 0; i < asked.size(); ++i) {
      double sum = 0, size = 0;
      for (std::size_t c = 0; c < response.jacobian.size(); ++c) {
        if (sets[s][c].size() == 0) continue;
        const Eigen::VectorXd column = response.jacobian[c].col(asked[i]);
        sum += column.dot(sets[s][c]);
        size += column.norm() * sets[s][c].norm();
      }
      const double found = pulled.slope(static_cast<Index>(i), static_cast<Index>(s));
      if (size == 0)
        EXPECT_EQ(found, 0);
      else
        worst = std::max(worst, std::abs(found - sum) / size);
    }
  return worst;
}

std::vector<Index> all_of(const System& system) {
  std::vector<Index> all;
  for (std::size_t i = 0; i < system.free.size(); ++i) all.push_back(static_cast<Index>(i));
  return all;
}

// Nine regions all connected, one way with a context and a gate.
System network(const std::string& observation) {
  static const Catalogue kinds = catalogue();
  std::string regions, projections, names;
  for (int i = 0; i < 9; ++i) {
    const std::string r = "R" + std::to_string(i);
    regions += r + ": {kind: neuronal}" + (i < 8 ? ", " : "");
    names += r + (i < 8 ? ", " : "");
    for (int j = 0; j < 9; ++j)
      if (i != j)
        projections +=
            "  " + r + " -> R" + std::to_string(j) +
            (i == 0 && j == 1 ? ": {kind: modulated_gated, by: [u2, R4]}\n" : ": {kind: linear}\n");
  }
  return compile(architecture::parse("insula: architecture/1\nname: nine\nregions: {" + regions +
                                         "}\nprojections:\n" + projections +
                                         "inputs: {u1: {drives: [R0, R4]}, u2: {}}\n"
                                         "observations: {seen: {kind: " +
                                         observation + ", regions: [" + names + "]}}\n",
                                     "nine.yaml",
                                     kinds));
}

// 2 s: ten sets, two sweeps back through the run. 0.2 s, or spread by a kernel: samples lie within
// steps, and a Jacobian is taken.
TEST(PullBack, IsTheJacobianTransposedTimesTheWeights) {
  for (const double interval : {2.0, 0.2})
    for (const char* observation : {"bold", "pupil", "rate"}) {
      const System system = network(observation);
      const Timeline line = timeline(system, test::block_run(system, interval, 40));
      EXPECT_LT(worst_pull(system, line, all_of(system)), 1e-12) << observation << interval;
    }
}

TEST(PullBack, MayTakeCoarserSteps) {
  const System system = network("bold");
  const Timeline line = timeline(system, test::block_run(system, 2.0, 40));
  const double error = worst_pull(system, line, all_of(system), 30);
  EXPECT_GT(error, 1e-8);
  EXPECT_LT(error, 1e-3);  // what Problem::pull_back asks for
}

// In another order; and so few that they are carried forth.
TEST(PullBack, GivesWhatIsAskedFor) {
  const System system = network("bold");
  const Timeline line = timeline(system, test::block_run(system, 2.0, 40));
  std::vector<Index> asked = all_of(system);
  std::reverse(asked.begin(), asked.end());
  EXPECT_LT(worst_pull(system, line, asked), 1e-12);
  asked.resize(3);
  EXPECT_LT(worst_pull(system, line, asked), 1e-12);
}

}  // namespace
}  // namespace insula::simulation

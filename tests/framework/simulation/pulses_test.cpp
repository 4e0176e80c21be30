// SPDX-License-Identifier: Apache-2.0
// Derivatives in the strengths of many columns of features: by stimuli of their regions, as exact
// as those of inputs that are carried one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/numerics/parallel.h"
#include "framework/simulation/detail/structure.h"
#include "framework/simulation/response.h"
#include "modules/catalogue.h"
#include "tests/framework/simulation/models.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

using Eigen::Index;

constexpr int kColumns = 40;

constexpr const char* kBothWays = R"(projections:
  A -> B: {kind: modulated_gated, by: [u1, B]}
  B -> A: {kind: linear}
)";
constexpr const char* kUnconnected = "";

// Two regions, with a context and a gate between them as a rule; 40 columns drive both. `inputs`:
// what they are called in the architecture.
architecture::Architecture driven(const std::string& inputs,
                                  const std::string& observation,
                                  const std::string& projections) {
  static const Catalogue kinds = catalogue();
  return architecture::parse(
      "insula: architecture/1\nname: driven\n"
      "regions: {A: {kind: neuronal}, B: {kind: neuronal}}\n" +
          projections + inputs + "observations: {seen: {kind: " + observation +
          ", regions: [A, B]}}\n",
      "driven.yaml",
      kinds);
}

architecture::Architecture driven_by_a_band(const std::string& observation,
                                            const std::string& projections = kBothWays) {
  return driven(
      "inputs: {u1: {drives: [A]}}\n"
      "features: {clip: {drives: [A, B], columns: 40, prior: {scale: 1}}}\n",
      observation,
      projections);
}

architecture::Architecture driven_one_by_one(const std::string& observation,
                                             const std::string& projections = kBothWays) {
  std::string inputs = "inputs:\n  u1: {drives: [A]}\n";
  for (int c = 1; c <= kColumns; ++c)
    inputs += "  clip" + std::to_string(c) + ": {drives: [A, B]}\n";
  return driven(inputs, observation, projections);
}

// Drives of a few hundredths of 1/s each: together as strong as one input.
Eigen::VectorXd weak_theta(const System& system) {
  Eigen::VectorXd theta = test::drawn_theta(system, 3);
  const auto names = system.parameter_names();
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].starts_with("clip"))
      theta[static_cast<Index>(i)] = 0.02 * (static_cast<double>(i % 7) - 3);
  return theta;
}

TEST(FeatureSensitivities, EqualCentralDifferences) {
  for (const char* observation : {"bold", "pupil", "rate"}) {
    const System system = compile(driven_by_a_band(observation));
    ASSERT_EQ(system.structure->pulsed.size(), 2U * kColumns);
    EXPECT_LT(test::worst_derivative(
                  system, timeline(system, test::block_run(system, 2.0, 60)), weak_theta(system)),
              1e-6)
        << observation;
  }
}

// Pictures for a second, each a pause after the last; 40 of them, then none for a while, then 40.
// Gives how many.
Index show_pictures(dataset::Run& run) {
  Index shown = 0;
  for (dataset::StepSignal& signal : run.inputs) {
    if (!signal.name.starts_with("clip")) continue;
    Stream random(1, signal.name);
    signal.onset.clear();
    signal.value.clear();
    shown = 0;
    for (const double begin : {3.0, 240.0})
      for (int k = 0; k < 40; ++k, ++shown) {
        signal.onset.insert(signal.onset.end(), {begin + 2.5 * k, begin + 2.5 * k + 1});
        signal.value.insert(signal.value.end(), {random.normal(), 0});
      }
  }
  return shown;
}

void expect_columns_one_by_one(const System& band, const System& single, const dataset::Run& run) {
  dataset::Run columns = run;
  for (dataset::StepSignal& input : columns.inputs)
    if (input.name.starts_with("clip")) input.name = "clip[" + input.name.substr(4) + "]";
  const auto names = band.parameter_names(), other = single.parameter_names();
  const auto as_single = [](std::string name) {
    if (!name.starts_with("clip[")) return name;
    name.erase(name.find(']'), 1);
    name.erase(4, 1);
    return name;
  };
  const Eigen::VectorXd theta = weak_theta(band);
  Eigen::VectorXd same(theta.size());
  std::vector<Index> at;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = std::find(other.begin(), other.end(), as_single(names[i]));
    ASSERT_NE(found, other.end()) << names[i];
    at.push_back(found - other.begin());
    same[at.back()] = theta[static_cast<Index>(i)];
  }
  const Response by_band = respond(band, timeline(band, columns), theta, true);
  const Response one_by_one = respond(single, timeline(single, run), same, true);
  for (std::size_t c = 0; c < 2; ++c) {
    const double size = one_by_one.jacobian[c].cwiseAbs().maxCoeff();
    ASSERT_GT(size, 0);
    // Strengths are summed in another order, so that the steps differ in the last digits.
    EXPECT_CLOSE(by_band.value[c], one_by_one.value[c], Tolerance::because(1e-9, "steps"));
    EXPECT_CLOSE(by_band.jacobian[c],
                 Eigen::MatrixXd(one_by_one.jacobian[c](Eigen::all, at)),
                 Tolerance::because(1e-8 * size, "steps"));
  }
}

// Regions that know nothing of each other share what is carried of them.
TEST(FeatureSensitivities, AreThoseOfInputsThatAreCarriedOneByOne) {
  for (const double interval : {2.0, 0.2})
    for (const char* observation : {"bold", "pupil"})
      for (const char* projections : {kBothWays, kUnconnected}) {
        const System band = compile(driven_by_a_band(observation, projections)),
                     single = compile(driven_one_by_one(observation, projections));
        ASSERT_TRUE(single.structure->pulsed.empty());
        expect_columns_one_by_one(band, single, test::block_run(single, interval, 60));
      }
}

TEST(FeatureSensitivities, AreThoseOfSingleInputsWhereNothingIsShownForAWhile) {
  const System band = compile(driven_by_a_band("bold")),
               single = compile(driven_one_by_one("bold"));
  dataset::Run run = test::block_run(single, 2.0, 200);
  EXPECT_EQ(show_pictures(run), 80);
  expect_columns_one_by_one(band, single, run);
}

TEST(FeatureSensitivities, OfSomeParametersAreThoseOfAll) {
  const System system = compile(driven_by_a_band("bold"));
  const Timeline line = timeline(system, test::block_run(system, 2.0, 60));
  const Eigen::VectorXd theta = weak_theta(system);
  const std::vector<Index> some{70, 0, 2, 33, static_cast<Index>(system.free.size()) - 1};
  const Response all = respond(system, line, theta, true);
  const SampleWeights weights{Eigen::VectorXd::LinSpaced(60, -1, 1), Eigen::VectorXd::Ones(60)};
  const Pulled few = pull_back(system, line, theta, some, {&weights, 1});
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(5);
  for (std::size_t c = 0; c < 2; ++c)
    sum += all.jacobian[c](Eigen::all, some).transpose() * weights[c];
  EXPECT_CLOSE(
      few.slope.col(0),
      sum,
      Tolerance::because(1e-9 * sum.cwiseAbs().maxCoeff(), "effects end after nine digits"));
}

// By the stimuli of a run, against the columns of all parameters.
void expect_columns_by_stimuli(const System& system, const Timeline& line) {
  const Eigen::VectorXd theta = weak_theta(system);
  const std::vector<DrivenRegion> regions = driven_regions(system, line);
  ASSERT_EQ(regions.size(), 2U);
  std::vector<Index> others;
  for (Index i = 0; i < theta.size(); ++i)
    if (std::ranges::none_of(regions, [&](const DrivenRegion& r) {
          return std::ranges::find(r.parameter, i) != r.parameter.end();
        }))
      others.push_back(i);
  ASSERT_EQ(std::ssize(others) + 2 * kColumns, theta.size());
  const Response whole = respond(system, line, theta, true);
  const DrivenResponse by_drives = respond_by_drives(system, line, theta, others);
  for (std::size_t c = 0; c < 2; ++c) {
    const double size = whole.jacobian[c].cwiseAbs().maxCoeff();
    EXPECT_EQ(by_drives.response.value[c], whole.value[c]);
    EXPECT_EQ(by_drives.response.jacobian[c],
              Eigen::MatrixXd(whole.jacobian[c](Eigen::all, others)));
    for (std::size_t r = 0; r < 2; ++r) {
      const Eigen::MatrixXd& design = regions[r].design;
      Eigen::MatrixXd columns = Eigen::MatrixXd::Zero(whole.value[c].size(), design.cols());
      Index stimuli = 0;
      for (const numerics::ImpulseBlock& block : by_drives.impulses) {
        EXPECT_EQ(block.first, stimuli);
        stimuli += block.count;
        if (block.effect[c].rows() > 0)
          columns.middleRows(block.sample[c], block.effect[c].rows()) +=
              block.effect[c].middleCols(static_cast<Index>(r) * block.count, block.count) *
              design.middleRows(block.first, block.count);
      }
      EXPECT_EQ(stimuli, design.rows());
      EXPECT_CLOSE(columns,
                   Eigen::MatrixXd(whole.jacobian[c](Eigen::all, regions[r].parameter)),
                   Tolerance::because(1e-9 * size, "effects end after nine digits"));
    }
  }
}

// A sample that falls between two stimuli and one at their change, effects that outlast the run.
TEST(FeatureSensitivities, AreWhatStimuliDoTimesTheColumns) {
  for (const double interval : {2.0, 0.2})
    for (const char* observation : {"bold", "rate"}) {
      const System system = compile(driven_by_a_band(observation));
      expect_columns_by_stimuli(system, timeline(system, test::block_run(system, interval, 200)));
    }
}

TEST(FeatureSensitivities, HaveNoStimulusWhereNothingIsShown) {
  const System system = compile(driven_by_a_band("bold"));
  dataset::Run run = test::block_run(system, 2.0, 200);
  const Index shown = show_pictures(run);
  const Timeline line = timeline(system, run);
  EXPECT_EQ(driven_regions(system, line).front().design.rows(), shown);
  expect_columns_by_stimuli(system, line);
}

TEST(FeatureSensitivities, HaveNoDrivesWhereChannelsAreConvolvedOrColumnsCarriedOneByOne) {
  const System convolved = compile(driven_by_a_band("pupil"));
  EXPECT_TRUE(
      driven_regions(convolved, timeline(convolved, test::block_run(convolved, 0.2, 60))).empty());
  const System system = compile(driven_one_by_one("bold"));
  EXPECT_TRUE(driven_regions(system, timeline(system, test::block_run(system, 2.0, 60))).empty());
}

TEST(FeatureSensitivities, AreTheSameBytesAtAnyThreadCount) {
  const System system = compile(driven_by_a_band("bold"));
  const Timeline line = timeline(system, test::block_run(system, 2.0, 60));
  set_threads(1);
  const Response one = respond(system, line, weak_theta(system), true);
  set_threads(3);
  const Response three = respond(system, line, weak_theta(system), true);
  set_threads(0);
  for (std::size_t c = 0; c < 2; ++c) EXPECT_EQ(one.jacobian[c], three.jacobian[c]);
}

}  // namespace
}  // namespace insula::simulation

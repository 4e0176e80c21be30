// SPDX-License-Identifier: Apache-2.0
// Regions that show in many channels.
#include <gtest/gtest.h>

#include "framework/architecture/describe.h"
#include "framework/architecture/graph.h"
#include "modules/catalogue.h"
#include "tests/framework/architecture/support.h"
#include "tests/framework/dataset/folder.h"

namespace insula::architecture {
namespace {

constexpr const char* kRegions = R"(
insula: architecture/1
name: sources
regions:
  V1: {kind: rate}
  V5: {kind: rate}
projections:
  V1 -> V5: {kind: linear}
inputs:
  photic: {drives: [V1]}
observations:
)";

class LeadField : public testing::Test {
 protected:
  Architecture load_with(const std::string& observation, const std::string& table) {
    folder_.write("field.tsv", table);
    folder_.write("a.yaml", kRegions + observation);
    return load(folder_.path("a.yaml"), kinds_);
  }
  dataset::Folder folder_;
  Catalogue kinds_ = catalogue();
};

TEST_F(LeadField, NamesItsChannelsAndIsScaledToItsLargestWeight) {
  const Architecture a = load_with(
      "  eeg: {kind: field, regions: [V1, V5], loadings: field.tsv, noise: ar1, drift: 10 s}\n",
      "V5\tchannel\tnose\tV1\n1e-6\tOz\t7\t-4e-6\n2e-6\tCz\t7\t0\n0\tFz\t7\t1e-6\n");
  const Observation& eeg = a.observations[0];
  EXPECT_EQ(eeg.channels, (std::vector<std::string>{"Oz", "Cz", "Fz"}));
  EXPECT_EQ(eeg.loadings.of, Loadings::Of::given);
  Eigen::MatrixXd expected(3, 2);
  expected << -1, 0.25, 0, 0.5, 0.25, 0;
  EXPECT_TRUE(eeg.loadings.weight.isApprox(expected, 1e-15)) << eeg.loadings.weight;
  EXPECT_EQ(a.files.back(), eeg.loadings.file);  // its bytes are among the results' fingerprints
}

TEST_F(LeadField, IsReadBackFromWhatTheArchitectureIsWrittenAs) {
  const Architecture a = load_with("  eeg: {kind: field, regions: [V1], loadings: field.tsv}\n",
                                   "channel\tV1\nOz\t1\nCz\t0.5\n");
  const Architecture again = parse(to_yaml(a), "again.yaml", kinds_);
  EXPECT_EQ(content(a), content(again));
  EXPECT_EQ(again.observations[0].channels, a.observations[0].channels);
  EXPECT_EQ(again.observations[0].loadings.weight, a.observations[0].loadings.weight);
}

TEST_F(LeadField, OfTheLinearUnionHasTheColumnsOfAllHypotheses) {
  const Architecture one = load_with("  eeg: {kind: field, regions: [V1], loadings: field.tsv}\n",
                                     "channel\tV1\tV5\nOz\t1\t0.5\nCz\t0\t-1\n");
  const Architecture other = load_with("  eeg: {kind: field, regions: [V5], loadings: field.tsv}\n",
                                       "channel\tV1\tV5\nCz\t0\t-1\nOz\t1\t0.5\n");
  const Architecture both = linear_union({one, other}, kinds_);
  ASSERT_EQ(both.observations[0].channels, (std::vector<std::string>{"Oz", "Cz"}));
  Eigen::MatrixXd expected(2, 2);
  expected << 1, 0.5, 0, -1;
  EXPECT_EQ(both.observations[0].loadings.weight, expected);
}

TEST_F(LeadField, IsToldInDescriptionsAndDifferences) {
  const Architecture given =
      load_with("  eeg: {kind: field, regions: [V1, V5], loadings: field.tsv}\n",
                "channel\tV1\tV5\nOz\t1\t0.5\nCz\t0\t-1\n");
  const Architecture own = load_with("  eeg: {kind: field, regions: [V1, V5]}\n", "channel\n");
  EXPECT_NE(describe(given).find("shows V1 and V5 in 2 channels through"), std::string::npos)
      << describe(given);
  const std::vector<std::string> clauses = difference(own, given);
  ASSERT_EQ(clauses.size(), 1U);
  EXPECT_EQ(clauses[0],
            "eeg changes what regions show in from a channel each to 2 channels through " +
                given.observations[0].loadings.file);
}

TEST_F(LeadField, OfLearnedLoadingsIsReadBackToo) {
  for (const char* channels : {"[Oz, Cz, Fz]", "{V1: [a, b], V5: [c]}"}) {
    const Architecture a =
        load_with("  eeg: {kind: field, regions: [V1, V5], channels: " + std::string(channels) +
                      ", loadings: learned}\n",
                  "channel\n");
    const Architecture again = parse(to_yaml(a), "again.yaml", kinds_);
    EXPECT_EQ(again.observations[0].loadings.of, Loadings::Of::learned);
    EXPECT_EQ(again.observations[0].channels, a.observations[0].channels);
    EXPECT_EQ(again.observations[0].loadings.weight, a.observations[0].loadings.weight);
    EXPECT_EQ(a.observations[0].loadings.weight.rows(), 3);
  }
}

TEST_F(LeadField, IsRefusedForCounts) {
  try {
    load_with("  unit: {kind: spikes, regions: [V1], loadings: field.tsv}\n",
              "channel\tV1\nu\t1\n");
    FAIL() << "it was accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("counts, which have no 'loadings'"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace insula::architecture

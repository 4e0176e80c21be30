// SPDX-License-Identifier: Apache-2.0
// Every Gaussian baseline explains a recording of many channels whose loadings hypotheses learn.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "framework/base/text.h"
#include "framework/experiment/run.h"
#include "modules/catalogue.h"
#include "tests/framework/dataset/folder.h"

namespace insula::experiment {
namespace {

constexpr const char* kModulated = R"(insula: architecture/1
name: modulated
regions: {A: {kind: neuronal}, B: {kind: neuronal}}
projections: {A -> B: {kind: modulated, by: [tone]}}
inputs: {flash: {drives: [A]}, tone: {drives: [B]}}
observations:
  seen: {kind: KIND, regions: [A, B], channels: [CHANNELS], loadings: learned}
)";

// The first half of the channels are voxels of A, the others of B.
constexpr const char* kVoxels = R"(insula: architecture/1
name: voxels
extends: modulated.yaml
observations:
  seen: {kind: KIND, regions: [A, B], channels: {A: [FIRST], B: [SECOND]}, loadings: learned}
)";

constexpr const char* kNoisy = R"(insula: simulation/1
name: many
architecture: modulated.yaml
seed: 3
duration: DURATION
inputs: {flash: {every: 20 s, on: 5 s}, tone: {every: 27 s, on: 6 s, start: 5 s}}
recordings: {seen: {interval: INTERVAL, noise: {snr: 3}, missing: 0.05}}
parameters: {flash -> A.strength: 1.5 1/s, tone -> B.strength: 1.2 1/s, A -> B.strength: 0.4 1/s}
)";

constexpr int kChannels = 12;

std::string filled_in(std::string text, const std::map<std::string, std::string>& by) {
  for (const auto& [what, value] : by)
    if (const std::size_t at = text.find(what); at != std::string::npos)
      text.replace(at, what.size(), value);
  return text;
}

struct Recorded {
  const char *kind, *interval, *duration;
  std::set<std::string> baselines;  // all that explain such a recording
};

class BaselinesOfManyChannels : public testing::TestWithParam<Recorded> {};

TEST_P(BaselinesOfManyChannels, PredictEachOfThemAsWellAsTheyCan) {
  const Recorded& recorded = GetParam();
  std::vector<std::string> all;
  for (int c = 1; c <= kChannels; ++c) all.push_back("c" + std::to_string(c));
  const std::vector<std::string> first(all.begin(), all.begin() + kChannels / 2);
  const std::vector<std::string> second(all.begin() + kChannels / 2, all.end());
  const std::map<std::string, std::string> by{{"KIND", recorded.kind},
                                              {"CHANNELS", join(all, ", ")},
                                              {"FIRST", join(first, ", ")},
                                              {"SECOND", join(second, ", ")},
                                              {"DURATION", recorded.duration},
                                              {"INTERVAL", recorded.interval}};
  const dataset::Folder folder;
  folder.write("modulated.yaml", filled_in(kModulated, by));
  folder.write("voxels.yaml", filled_in(kVoxels, by));
  folder.write("recipe.yaml", filled_in(kNoisy, by));
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: many\ndataset: recipe.yaml\nhypotheses: "
               "[modulated.yaml, voxels.yaml]\nvalidation: {split: blocks, folds: 2}\ncomparison: "
               "{bootstrap: 100}\ninference: {pareto_draws: 0}\n");
  const Catalogue kinds = catalogue();
  const Experiment e = load(folder.path("experiment.yaml"), kinds);
  EXPECT_EQ(std::set(e.baselines.begin(), e.baselines.end()), recorded.baselines);
  const report::Results results = run(e, kinds);
  for (const report::ModelSummary& m : results.models)
    for (const report::FitSummary& f : m.fits)
      EXPECT_TRUE(f.status == "fitted" || f.status == "converged") << m.name << ": " << f.reason;
  std::map<std::string, double> r;
  std::map<std::string, int> channels;
  for (const report::ScoreRow& s : results.scores) {
    if (s.fold != "all" || s.metric != "r") continue;
    EXPECT_TRUE(std::isfinite(s.value)) << s.model << " " << s.channel;
    if (s.channel == "mean")
      r[s.model] = s.value;
    else
      channels[s.model] += 1;
  }
  for (const std::string& baseline : e.baselines) {
    EXPECT_EQ(channels[baseline], kChannels) << baseline;
    if (baseline == "mean" || baseline == "time_only")
      EXPECT_LT(std::abs(r[baseline]), 0.2) << baseline;
    // One kernel is fixed and the regions' own dynamics are not in it, or which stimulus it is.
    else
      EXPECT_GT(r[baseline], baseline == "kernel_glm" || baseline == "low_level" ? 0.1 : 0.8)
          << baseline;
  }
  // What modulates is all that the linear model lacks.
  EXPECT_GT(r["linear_dcm"], r["modulated"] - 0.05);
}

INSTANTIATE_TEST_SUITE_P(
    Recordings,
    BaselinesOfManyChannels,
    testing::Values(
        Recorded{"field",
                 "200 ms",
                 "100 s",
                 {"mean", "time_only", "low_level", "ridge", "var", "kernel_glm", "linear_dcm"}},
        Recorded{"bold",
                 "2 s",
                 "400 s",
                 {"mean", "time_only", "low_level", "hrf_glm", "ridge", "var", "linear_dcm"}},
        Recorded{"pupil",
                 "200 ms",
                 "100 s",
                 {"mean", "time_only", "low_level", "ridge", "var", "kernel_glm", "linear_dcm"}}),
    [](const auto& one) { return std::string(one.param.kind); });

}  // namespace
}  // namespace insula::experiment

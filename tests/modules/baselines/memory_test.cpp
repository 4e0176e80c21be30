// SPDX-License-Identifier: Apache-2.0
// The bound of memory that a problem states, held against what the system sees a fit take.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>

#include "framework/regression/memory.h"
#include "tests/modules/baselines/problem.h"
#include "tests/support/memory_in_use.h"

namespace insula::baselines {
namespace {

using regression::MemoryExceeded;

// A recording, and a band of features beside three inputs, each of up to 32 columns.
BaselineProblem recorded(Eigen::Index samples, int features) {
  BaselineProblem problem = empty_problem(samples, 2, 2, 1);
  BaselineRun& run = problem.runs[0];
  Stream random(1, "features");
  for (int i = 0; i < features; ++i) {
    BaselineInput input{"clip[" + std::to_string(i) + "]", {}, {}, "clip"};
    for (double t = 0; t < run.duration; t += 4) {
      input.onset.push_back(t);
      input.value.push_back(random.normal());
    }
    run.inputs.push_back(std::move(input));
  }
  problem.recording.bands = 1;
  run.data = noise(samples, 2, 0.4, 1);
  run.nuisance = run.nuisance.leftCols(3).eval();
  problem.nuisance_penalty = problem.nuisance_penalty.head(3).eval();
  return problem;
}

BaselineProblem with_features() { return recorded(2000, 13); }

// Of each candidate, penalty and fold a square of the rows left out is factored.
BaselineProblem with_few_samples() { return recorded(500, 8); }

BaselineProblem with_fewer_samples() { return recorded(400, 4); }

// Three columns an input.
BaselineProblem with_many_samples() { return recorded(12000, 13); }

BaselineProblem with_counts() {
  BaselineProblem problem = recorded(8000, 0);
  problem.nuisance_penalty.setZero();
  problem.recording.modality = "spikes";
  problem.recording.counts = true;
  problem.recording.memory = 64;
  problem.runs[0].inputs.resize(2);
  problem.runs[0].data = problem.runs[0].data.leftCols(1).array().square().round().eval();
  problem.channels.resize(1);
  problem.runs[0].delay.resize(1);
  return problem;
}

struct Bounded {
  const BaselineKind* kind;
  BaselineProblem (*problem)();
};
class KindWithFeatures : public testing::TestWithParam<Bounded> {};
INSTANTIATE_TEST_SUITE_P(Baselines,
                         KindWithFeatures,
                         testing::Values(Bounded{&banded_ridge, with_few_samples},
                                         Bounded{&hrf_glm, with_many_samples},
                                         Bounded{&kernel_ridge, with_fewer_samples},
                                         Bounded{&pls, with_features},
                                         Bounded{&poisson_glm, with_counts},
                                         Bounded{&ridge, with_features},
                                         Bounded{&var, with_features}),
                         [](const auto& each) { return std::string(each.param.kind->name); });

// OpenBLAS keeps tiles in buffers of its own, up to some MiB for each thread.
constexpr std::size_t kBlas = std::size_t{8} << 20;

// Bytes that a prediction takes as the system sees it.
std::size_t taken_by(const BaselineKind& kind,
                     const BaselineProblem& problem,
                     BaselinePrediction& prediction) {
  malloc_trim(0);  // what earlier tests left would be used again unseen
  reset_peak();
  const long before = status_kib("VmRSS");
  prediction = kind.predict(problem);
  return static_cast<std::size_t>(std::max(0L, status_kib("VmHWM") - before)) * 1024;
}

// With less than what it took it takes less or is refused; with twice as much it is not.
TEST_P(KindWithFeatures, KeepsToTheBoundOrIsRefused) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own memory cannot be told from a fit's";
#endif
  mallopt(M_MMAP_THRESHOLD, 1 << 17);  // what is freed goes back to the system
  BaselineProblem problem = GetParam().problem();
  if (!reset_peak()) GTEST_SKIP() << "the system does not tell how much memory was in use";
  BaselinePrediction ample, other;
  const std::size_t taken = taken_by(*GetParam().kind, problem, ample);
  ASSERT_GT(taken, std::size_t{10} << 20);
  for (const double share : {0.8, 0.5, 0.1}) {
    problem.memory = static_cast<std::size_t>(share * static_cast<double>(taken));
    try {
      EXPECT_LE(taken_by(*GetParam().kind, problem, other), problem.memory + kBlas);
    } catch (const MemoryExceeded&) {
    }
  }
  problem.memory = 1 << 20;
  EXPECT_THROW(GetParam().kind->predict(problem), MemoryExceeded);
  problem.memory = 2 * taken;
  other = GetParam().kind->predict(problem);
  EXPECT_TRUE(same_bits(other.mean, ample.mean));
}

TEST(Bound, IsToldInFull) {
  BaselineProblem problem = with_features();
  problem.memory = 1000;
  try {
    ridge.predict(problem);
    FAIL() << "1000 bytes sufficed";
  } catch (const MemoryExceeded& error) {
    EXPECT_STREQ(error.what(),
                 "error: a regression may use 1000 B of memory, but needs 140.6 KiB with its data "
                 "and nuisance columns\n  note: allow more memory, or use fewer features, rows or "
                 "targets at a time");
  }
}

}  // namespace
}  // namespace insula::baselines

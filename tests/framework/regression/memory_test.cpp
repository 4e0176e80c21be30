// SPDX-License-Identifier: Apache-2.0
// The bound on memory, counted by the library and seen from outside.
#include "framework/regression/memory.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "framework/base/error.h"
#include "framework/regression/ridge_cv.h"
#include "tests/framework/regression/many_targets.h"
#include "tests/support/memory_in_use.h"

namespace insula::regression {
namespace {

using Eigen::Index;

TEST(Memory, CountsWhatLivesAndRemembersThePeak) {
  Memory memory(1000);
  {
    const Buffer<float> a(memory, 8, 8, "a");
    EXPECT_EQ(memory.left(), 1000u - 256);
    const Buffer<double> b(memory, 8, 8, "b");
    EXPECT_EQ(memory.peak(), 256u + 512);
  }
  EXPECT_EQ(memory.left(), 1000u);
  EXPECT_EQ(memory.peak(), 768u);
}

TEST(Memory, SaysWhatDoesNotFit) {
  Memory memory(3 << 20);
  const Buffer<float> held(memory, 1 << 18, 1, "the first");
  try {
    const Buffer<double> more(memory, 1 << 18, 2, "an eigendecomposition");
    FAIL() << "nothing was refused";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "error: a regression may use 3 MiB of memory, but needs 5 MiB with an "
                 "eigendecomposition\n  note: allow more memory, or use fewer features, rows or "
                 "targets at a "
                 "time");
  }
  EXPECT_EQ(memory.left(), std::size_t{2} << 20);
}

// A problem whose features are made as they are asked for; they never exist as a whole.
FeatureRows<float> waves(Index rows, Index columns) {
  return {rows,
          columns,
          [](Index first, DenseOut<float> into) {
            for (Index j = 0; j < into.cols(); ++j) {
              for (Index i = 0; i < into.rows(); ++i) {
                const auto row = static_cast<float>(first + i), column = static_cast<float>(j);
                into(i, j) = std::sin(0.37f * row * (1 + 0.01f * column)) +
                             std::cos(1.7f * column + 0.011f * row * row);
              }
            }
          },
          nullptr};
}

TEST(Memory, BoundIsKeptByAProblemThatExceedsIt) {
  const Index n = 6000, p = 400, targets = 1500;
  const Dense<float> y = random_matrix(n, targets, "targets").cast<float>();
  const auto folds = contiguous_folds(n, 4);
  const auto x = waves(n, p);
  const auto fit = [&](std::size_t memory) {
    return ridge_cv(x, y, Nuisance::none(n), folds, RidgeSearch{{1, 10, 100}, memory});
  };
  const auto ample = fit(std::size_t{1} << 30);
  const std::size_t bound = std::size_t{12} << 20;
  // Features alone take 9.2 MiB, the rows of a fold with one operator 4.6 + 13.
  EXPECT_GT(ample.peak, 2 * bound);
  const bool can_look = reset_peak();
  const long before = status_kib("VmRSS");
  const auto tight = fit(bound + (std::size_t{12} << 20));
  const long risen = status_kib("VmHWM") - before;
  EXPECT_LE(tight.peak, bound + (std::size_t{12} << 20));
  EXPECT_EQ(tight.alpha, ample.alpha);
  EXPECT_EQ(tight.errors, ample.errors);
  EXPECT_EQ(tight.weights, ample.weights);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // OpenBLAS packs tiles in buffers of its own, up to some MiB for each thread.
  if (can_look) {
    EXPECT_LE(risen, (24 + 16) * 1024);
  }
#else
  static_cast<void>(can_look);
  static_cast<void>(risen);
#endif
}

TEST(Memory, TooLittleIsSaid) {
  const Dense<float> y = random_matrix(600, 10, "targets").cast<float>();
  EXPECT_THROW(ridge_cv(waves(600, 100),
                        y,
                        Nuisance::none(600),
                        contiguous_folds(600, 4),
                        RidgeSearch{{1}, 100000}),
               InputError);
}

}  // namespace
}  // namespace insula::regression

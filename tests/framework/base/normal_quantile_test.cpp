// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include "framework/base/random.h"
#include "tests/support/tolerance.h"

namespace insula {
namespace {

TEST(NormalQuantile, AgreesWithSixtyDigitArithmetic) {
  std::ifstream file(INSULA_REFERENCE "/base/normal_quantile.tsv");
  std::string header;
  ASSERT_TRUE(std::getline(file, header));
  double p = 0, expected = 0;
  int rows = 0;
  for (; file >> p >> expected; ++rows) {
    const auto promised =
        Tolerance::because(1e-15 * std::abs(expected), "the error that the header promises");
    EXPECT_CLOSE(normal_quantile(p), expected, promised) << p;
  }
  EXPECT_EQ(rows, 24);
}

TEST(NormalQuantile, IsOddAboutOneHalf) {
  for (double p : {0.0625, 0.125, 0.25, 0.4375}) {
    EXPECT_EQ(normal_quantile(p), -normal_quantile(1 - p));  // 1 - p is exact for these p
  }
  EXPECT_EQ(normal_quantile(0.5), 0);
}

TEST(NormalQuantile, RisesAcrossTheSeamsOfItsApproximations) {
  const double shoulder = 0.075, tail = std::exp(-25.0);
  for (double seam : {shoulder, tail, 1 - shoulder}) {
    double last = normal_quantile(seam * (1 - 1e-9));
    for (int i = -9; i <= 10; ++i) {
      const double next = normal_quantile(seam * (1 + i * 1e-10));
      EXPECT_GT(next, last) << seam << " " << i;
      last = next;
    }
  }
}

TEST(NormalQuantile, IsInfiniteAtTheEndsAndNothingBeyond) {
  EXPECT_EQ(normal_quantile(0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(normal_quantile(1), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(normal_quantile(-0.1)));
  EXPECT_TRUE(std::isnan(normal_quantile(1.1)));
  EXPECT_TRUE(std::isnan(normal_quantile(std::nan(""))));
}

}  // namespace
}  // namespace insula

// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/cosine_set.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "framework/base/error.h"
#include "tests/support/tolerance.h"

namespace insula::numerics {
namespace {

TEST(CosineSet, IsThatOfSpm) {
  std::ifstream file(std::string(INSULA_REFERENCE) + "/numerics/cosine_set_360x6.tsv");
  ASSERT_TRUE(file);
  std::string header;
  std::getline(file, header);
  const Eigen::MatrixXd set = cosine_set(360, 6);
  for (Eigen::Index s = 0; s < 360; ++s) {
    for (Eigen::Index k = 0; k < 6; ++k) {
      double value = 0;
      ASSERT_TRUE(file >> value);
      // The phase, up to 15, is rounded in another order.
      EXPECT_CLOSE(set(s, k), value, Tolerance::rounding(32, 0.075)) << s << ' ' << k;
    }
  }
}

TEST(CosineSet, IsOrthonormal) {
  const Eigen::MatrixXd set = cosine_set(97, 97);
  EXPECT_CLOSE(
      set.transpose() * set, Eigen::MatrixXd::Identity(97, 97), Tolerance::rounding(1000, 1));
}

TEST(CosineSet, HasSpmsNumberOfColumnsForACutOff) {
  EXPECT_EQ(cosine_columns(360 * 3.22, 128), 18);  // tests/reference/numerics/high_pass.json
  EXPECT_EQ(cosine_columns(60, 128), 0);
}

TEST(CosineSet, RefusesMoreColumnsThanSamples) {
  EXPECT_THROW(cosine_set(3, 4), InternalError);
  EXPECT_THROW(cosine_columns(0, 128), InternalError);
}

}  // namespace
}  // namespace insula::numerics

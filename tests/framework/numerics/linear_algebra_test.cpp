// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/linear_algebra.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/nan.h"
#include "tests/support/tolerance.h"

namespace insula::numerics {
namespace {

// ẋ = v, v̇ = −x − 0.2 v: roots −0.1 ± i√0.99, whose eigenvectors (1, λ) have |λ| = 1.
TEST(SpectralAbscissa, OfADampedOscillatorIsItsDamping) {
  Eigen::MatrixXd a(2, 2);
  a << 0, 1, -1, -0.2;
  Eigen::VectorXd mode;
  EXPECT_CLOSE(spectral_abscissa(a, &mode), -0.1, Tolerance::rounding(16, 1));
  EXPECT_CLOSE(mode, Eigen::Vector2d::Constant(std::sqrt(0.5)), Tolerance::rounding(16, 1));
}

TEST(SpectralAbscissa, OfATriangleIsItsLargestDiagonalEntryAndTheModeIsThatState) {
  Eigen::MatrixXd a(3, 3);
  a << -1, 0, 0, 4, 0.5, 0, 7, 0, -9;  // −9 is larger in magnitude
  Eigen::VectorXd mode;
  EXPECT_CLOSE(spectral_abscissa(a, &mode), 0.5, Tolerance::rounding(16, 9));
  EXPECT_CLOSE(mode, Eigen::Vector3d::UnitY(), Tolerance::rounding(16, 1));
  EXPECT_EQ(spectral_abscissa(a), spectral_abscissa(a, &mode));
}

TEST(SpectralAbscissa, OfWhatIsNotFiniteIsNotANumber) {
  Eigen::VectorXd mode;
  EXPECT_TRUE(std::isnan(spectral_abscissa(Eigen::MatrixXd::Constant(2, 2, kNaN), &mode)));
  EXPECT_TRUE(mode.array().isNaN().all());
  EXPECT_EQ(spectral_abscissa(Eigen::MatrixXd(0, 0)), -HUGE_VAL);
}

}  // namespace
}  // namespace insula::numerics

// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/kernel_columns.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/tolerance.h"

namespace insula::regression {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// A gamma density of shape 2 and scale 0.5 s from `begin` on, and its distribution.
double gamma_from(double begin, double t) {
  const double x = (t - begin) / 0.5;
  return x > 0 ? x * std::exp(-x) / 0.5 : 0;
}
double distribution_from(double begin, double t) {
  const double x = (t - begin) / 0.5;
  return x > 0 ? 1 - (1 + x) * std::exp(-x) : 0;
}
const Kernel kLate{[](double t) { return gamma_from(0, t); }, 0, 15, 0.1};
const Kernel kEarly{[](double t) { return gamma_from(-3, t); }, -3, 12, 0.1};

const BaselineInput kInput{"a", {1, 2.5, 40}, {3, -1, 0}};

// Simpson's rule over a 64th of 0.1 s leaves 1e-10 of a kernel as smooth as this one; 15 s cut off
// 31 e^-30 of it.
const Tolerance kIntegral = Tolerance::because(1e-9, "of the kernel's integral");

TEST(KernelColumns, AreSumsOfStepResponses) {
  const VectorXd time = VectorXd::LinSpaced(120, -5, 60);
  for (const auto& [kernel, begin] : {std::pair(kLate, 0.0), std::pair(kEarly, -3.0)}) {
    const MatrixXd columns = kernel_columns(kernel, kInput, time);
    VectorXd response = VectorXd::Zero(time.size()), derivative = response;
    for (Eigen::Index s = 0; s < time.size(); ++s) {
      const double steps[] = {3, -4, 1};
      for (std::size_t i = 0; i < 3; ++i) {
        const double lag = time[s] - kInput.onset[i];
        response[s] += steps[i] * distribution_from(begin, lag);
        derivative[s] += steps[i] * gamma_from(begin, lag);
      }
    }
    EXPECT_CLOSE(columns.col(0), response, kIntegral);
    EXPECT_CLOSE(
        columns.col(1),
        derivative,
        Tolerance::because(4e-10, "densities of up to 900 e^-30 are cut off, of steps of 4"));
  }
}

TEST(KernelColumns, HoldTheDerivativeOfTheResponse) {
  const double h = 1e-3;
  const VectorXd time = VectorXd::LinSpaced(50, 0.37, 8.7);  // no onset within h
  const MatrixXd columns = kernel_columns(kLate, kInput, time);
  const VectorXd after = kernel_columns(kLate, kInput, time.array() + h).col(0);
  const VectorXd before = kernel_columns(kLate, kInput, time.array() - h).col(0);
  // h² k‴/6 of steps of 4, with |k‴| at most 3/0.5⁴.
  EXPECT_CLOSE((after - before) / (2 * h), columns.col(1), Tolerance::truncation(32, h, 2));
}

TEST(KernelColumns, ShowInputsToComeIfTheKernelBeginsBeforeItsEvent) {
  const VectorXd time = VectorXd::Constant(1, 0);  // the first onset is 1 s away
  EXPECT_EQ(kernel_columns(kLate, kInput, time)(0, 0), 0);
  EXPECT_CLOSE(kernel_columns(kEarly, kInput, time)(0, 0),
               3 * distribution_from(-3, -1) - 4 * distribution_from(-3, -2.5),
               kIntegral);
}

}  // namespace
}  // namespace insula::regression

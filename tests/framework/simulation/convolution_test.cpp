// SPDX-License-Identifier: Apache-2.0
// Kernels on simulated activity: the moving sum is the integral.
#include "framework/simulation/detail/convolution.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/simulation/response.h"
#include "modules/catalogue.h"
#include "tests/support/tolerance.h"

namespace insula::simulation {
namespace {

dataset::Recording recorded(double interval, Eigen::Index samples) {
  dataset::Recording r;
  r.start = 0.3 * interval;
  r.interval = interval;
  r.delay = {0.1 * interval};
  r.channels = {"c"};
  r.samples = Eigen::MatrixXd::Zero(samples, 1);
  return r;
}

// A flat kernel of 1 s: what it shows is a running mean.
double flat(double) { return 1; }
constexpr Kernel kFlat{flat, 0, 1, 0.1};

// Activity that decays with the time constant 1 s towards 1 while an input is on, from 2.03 s to
// 7.11 s, and to 0 otherwise: it has a kink where the input changes. Its integral in closed form.
struct Driven {
  static constexpr double kOn = 2.03, kOff = 7.11;
  static double activity(double t) {
    if (t < kOn) return 0;
    const double top = 1 - std::exp(-(std::min(t, kOff) - kOn));
    return t < kOff ? top : top * std::exp(-(t - kOff));
  }
  static double integral(double t) {
    if (t < kOn) return 0;
    const double on = std::min(t, kOff) - kOn;
    const double risen = on - (1 - std::exp(-on));
    return t < kOff ? risen : risen + (1 - std::exp(-on)) * (1 - std::exp(-(t - kOff)));
  }
};

// What `kernel` shows of Driven at the samples of `recording`.
Eigen::VectorXd shown(const Kernel& kernel, const dataset::Recording& recording) {
  const SampleTimes times = sample_times(kernel, recording, 0);
  Eigen::VectorXd integral(static_cast<Eigen::Index>(times.simulated.size()));
  for (Eigen::Index i = 0; i < integral.size(); ++i)
    integral[i] = Driven::integral(times.simulated[static_cast<std::size_t>(i)]);
  return convolve(times.convolution, integral);
}

// The same by the midpoint rule in 200,000 steps.
double integrated(const Kernel& kernel, double t) {
  constexpr int kSteps = 200000;
  const double h = (kernel.end - kernel.begin) / kSteps;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double s = kernel.begin + (i + 0.5) * h;
    sum += kernel.at(s) * Driven::activity(t - s);
  }
  return sum * h;
}

TEST(Convolution, LeavesRecordingsWithoutKernelAsTheyAre) {
  const SampleTimes times = sample_times({}, recorded(0.5, 7), 0);
  EXPECT_TRUE(times.convolution.is_empty());
  ASSERT_EQ(times.simulated.size(), 7U);
  EXPECT_EQ(times.simulated[3], recorded(0.5, 7).time(3, 0));
}

TEST(Convolution, WithAFlatKernelIsARunningMean) {
  for (const double interval : {2.0, 0.5, 0.1, 0.03, 1.0 / 60}) {
    const dataset::Recording r = recorded(interval, static_cast<Eigen::Index>(12 / interval));
    const Eigen::VectorXd y = shown(kFlat, r);
    for (Eigen::Index s = 0; s < y.size(); ++s) {
      const double t = r.time(s, 0);
      EXPECT_CLOSE(y[s],
                   Driven::integral(t) - Driven::integral(t - 1),
                   Tolerance::because(5e-4, "cubics of 0.1 s where a sharp end meets a kink"))
          << interval << " " << t;
    }
  }
}

// 1e-4 of the range is what the simulator promises of BOLD.
TEST(Convolution, OfEveryKernelIsItsIntegralToATenThousandthOfTheRange) {
  const Catalogue kinds = catalogue();
  int count = 0;
  for (const ObservationKind& kind : kinds.observations) {
    if (kind.kernel.at == nullptr) continue;
    ++count;
    for (const double interval : {2.0, 0.2, 1.0 / 60}) {
      const auto samples = static_cast<Eigen::Index>(20 / interval);
      const dataset::Recording r = recorded(interval, samples);
      const Eigen::VectorXd y = shown(kind.kernel, r);
      const double range = y.maxCoeff() - y.minCoeff();
      ASSERT_GT(range, 0.01) << kind.name;
      for (Eigen::Index s = 0; s < samples; s += std::max<Eigen::Index>(1, samples / 25))
        EXPECT_CLOSE(y[s],
                     integrated(kind.kernel, r.time(s, 0)),
                     Tolerance::because(1e-4 * range, "what is promised of BOLD"))
            << kind.name << " every " << interval << " s, at " << r.time(s, 0) << " s";
    }
  }
  EXPECT_EQ(count, 5);
}

// Many samples a second share the moments at which the dynamics are solved.
TEST(Convolution, SolvesNoMoreMomentsThanTheKernelNeeds) {
  const SampleTimes times = sample_times(kFlat, recorded(1.0 / 60, 6000), 0);
  EXPECT_LT(times.simulated.size(), 1100U);
  EXPECT_EQ(times.convolution.samples, 6000);
}

TEST(Convolution, IsLinearColumnByColumn) {
  const SampleTimes times = sample_times(kFlat, recorded(0.25, 16), 0);
  const auto rows = static_cast<Eigen::Index>(times.simulated.size());
  Eigen::MatrixXd x(rows, 2);
  for (Eigen::Index i = 0; i < rows; ++i) x.row(i) << std::sin(0.1 * static_cast<double>(i)), 3;
  const Eigen::MatrixXd both = convolve(times.convolution, x);
  EXPECT_CLOSE(both.col(0),
               Eigen::VectorXd(convolve(times.convolution, x.col(0))),
               Tolerance::rounding(32, 1));
  // Z constant means that nothing happens.
  EXPECT_CLOSE(both.col(1), Eigen::VectorXd::Zero(16), Tolerance::rounding(64, 3));
}

}  // namespace
}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
#include "framework/regression/kernel_columns.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace insula::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kCellsPerSpacing = 64;

// K(t) = ∫ k over its beginning … t: Simpson's rule from node to node, Hermite's cubics between.
class KernelIntegral {
 public:
  explicit KernelIntegral(const Kernel& kernel) : kernel_(kernel) {
    const double length = kernel.end - kernel.begin;
    const auto cells =
        static_cast<int>(std::max(1.0, std::ceil(length / kernel.spacing * kCellsPerSpacing)));
    step_ = length / cells;
    integral_ = {0};
    slope_ = {step_ * kernel.at(kernel.begin)};
    for (int i = 0; i < cells; ++i) {
      const double middle = step_ * kernel.at(kernel.begin + (i + 0.5) * step_);
      slope_.push_back(step_ * kernel.at(kernel.begin + (i + 1) * step_));
      const double ends = slope_[slope_.size() - 2] + slope_.back();
      integral_.push_back(integral_.back() + (ends + 4 * middle) / 6);
    }
  }

  double operator()(double t) const {
    if (t <= kernel_.begin) return 0;
    if (t >= kernel_.end) return integral_.back();
    const double position = (t - kernel_.begin) / step_;
    const auto i = std::min(static_cast<std::size_t>(position), integral_.size() - 2);
    const double s = position - static_cast<double>(i), r = 1 - s;
    return r * r * ((1 + 2 * s) * integral_[i] + s * slope_[i]) +
           s * s * ((1 + 2 * r) * integral_[i + 1] - r * slope_[i + 1]);
  }

 private:
  const Kernel& kernel_;
  double step_ = 0;
  std::vector<double> integral_, slope_;  // slopes per cell
};

}  // namespace

MatrixXd kernel_columns(const Kernel& kernel, const BaselineInput& input, const VectorXd& time) {
  const KernelIntegral integral(kernel);
  MatrixXd columns(time.size(), 2);
  for (Index s = 0; s < time.size(); ++s) {
    // Steps older than the kernel add up to the value that held when its memory begins.
    const auto first =
        std::upper_bound(input.onset.begin(), input.onset.end(), time[s] - kernel.end);
    auto i = static_cast<std::size_t>(first - input.onset.begin());
    double before = i == 0 ? 0 : input.value[i - 1];
    double response = before * integral(kernel.end), derivative = 0;
    for (; i < input.onset.size() && input.onset[i] < time[s] - kernel.begin; ++i) {
      const double lag = time[s] - input.onset[i], step = input.value[i] - before;
      response += step * integral(lag);
      derivative += step * kernel.at(lag);
      before = input.value[i];
    }
    columns.row(s) << response, derivative;
  }
  return columns;
}

}  // namespace insula::regression

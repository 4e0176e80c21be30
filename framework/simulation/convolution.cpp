// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/convolution.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace insula::simulation {
namespace {

using Eigen::Index;

// Gauss and Legendre's nodes and weights on [−1, 1], five of them: exact to degree 9.
// source  Abramowitz & Stegun 1964, Handbook of Mathematical Functions, table 25.4
constexpr double kNode[] = {
    -0.906179845938664, -0.538469310105683, 0, 0.538469310105683, 0.906179845938664};
constexpr double kGauss[] = {
    0.236926885056189, 0.478628670499366, 0.568888888888889, 0.478628670499366, 0.236926885056189};
// Of a cell, so that a kernel that rises as a power of time (gammas of broken shape) does no harm.
constexpr int kPieces = 8;

// Derivatives at x in [0, 1] of Lagrange's cubics through the nodes −1, 0, 1, 2.
std::array<double, 4> cubic_slopes(double x) {
  return {-(3 * x * x - 6 * x + 2) / 6,
          (3 * x * x - 4 * x - 1) / 2,
          -(3 * x * x - 2 * x - 2) / 2,
          (3 * x * x - 1) / 6};
}

// Adds −∫ k(u + shift) dL/du du over the cell from node n to n + 1; weight[0] is that of node
// `low`.
void add_cell(const Kernel& kernel,
              double spacing,
              double shift,
              Index n,
              Index low,
              Eigen::Ref<Eigen::VectorXd> weight) {
  const double start = std::max(0.0, (kernel.begin - shift) / spacing - static_cast<double>(n));
  const double end = std::min(1.0, (kernel.end - shift) / spacing - static_cast<double>(n));
  if (!(end > start)) return;
  const double half = (end - start) / kPieces / 2;
  for (int piece = 0; piece < kPieces; ++piece)
    for (int g = 0; g < 5; ++g) {
      const double x = start + half * (2 * piece + 1 + kNode[g]);
      const double k = kernel.at((static_cast<double>(n) + x) * spacing + shift);
      const std::array<double, 4> slope = cubic_slopes(x);
      for (Index i = 0; i < 4; ++i)
        weight[n - 1 + i - low] -= half * kGauss[g] * k * slope[static_cast<std::size_t>(i)];
    }
}

}  // namespace

SampleTimes sample_times(const Kernel& kernel, const dataset::Recording& recording, Index channel) {
  SampleTimes result;
  const Index count = recording.samples.rows();
  if (kernel.at == nullptr) {
    for (Index s = 0; s < count; ++s) result.simulated.push_back(recording.time(s, channel));
    return result;
  }
  // Samples that are further apart than the spacing have moments between them; of samples that are
  // nearer, several phases share the moments.
  const double interval = recording.interval;
  const double ratio = kernel.spacing / interval;
  const Index phases = std::max<Index>(1, static_cast<Index>(std::floor(ratio + 1e-9)));
  const Index stride = phases > 1 ? 1 : static_cast<Index>(std::ceil(1 / ratio - 1e-9));
  const double spacing = interval * static_cast<double>(phases) / static_cast<double>(stride);
  const double last_shift = static_cast<double>(phases - 1) * interval;
  const auto low = static_cast<Index>(std::floor((kernel.begin - last_shift) / spacing)) - 1;
  const auto high = static_cast<Index>(std::ceil(kernel.end / spacing)) + 1;

  Convolution& c = result.convolution;
  c.stride = static_cast<int>(stride);
  c.samples = static_cast<int>(count);
  c.weight = Eigen::MatrixXd::Zero(high - low + 1, phases);
  for (Index p = 0; p < phases; ++p) {
    for (Index n = low + 1; n < high - 1; ++n)
      add_cell(kernel, spacing, static_cast<double>(p) * interval, n, low, c.weight.col(p));
    c.weight.col(p).reverseInPlace();  // lags ascend, moments descend
  }
  const Index groups = (count + phases - 1) / phases;
  for (Index k = -high; k <= (groups - 1) * stride - low; ++k)
    result.simulated.push_back(recording.time(0, channel) + static_cast<double>(k) * spacing);
  return result;
}

Eigen::MatrixXd convolve(const Convolution& c, const Eigen::MatrixXd& simulated) {
  Eigen::MatrixXd samples(c.samples, simulated.cols());
  const Index phases = c.weight.cols(), taps = c.weight.rows();
  for (Index s = 0; s < c.samples; ++s)
    samples.row(s).noalias() =
        c.weight.col(s % phases).transpose() * simulated.middleRows(s / phases * c.stride, taps);
  return samples;
}

}  // namespace insula::simulation

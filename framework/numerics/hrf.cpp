// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/hrf.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "framework/base/error.h"

namespace insula::numerics {
namespace {

constexpr double kPeakShape = 6, kUndershootShape = 16, kUndershootShare = 1.0 / 6;
constexpr double kTemporalStep = 1;       // s, spm_get_bf.m
constexpr double kDispersionStep = 0.01;  // spm_get_bf.m
constexpr double kTableStep = 0.01;       // s

double gamma_density(double x, double shape) {
  if (x <= 0) return 0;
  return std::pow(x, shape - 1) * std::exp(-x) / std::tgamma(shape);
}

// P(a, x), the regularised lower incomplete gamma function.
// source  Abramowitz & Stegun 1964, 6.5.29 (series) and 6.5.31 (continued fraction, by Lentz)
double gamma_distribution(double x, double shape) {
  if (x <= 0) return 0;
  const double epsilon = std::numeric_limits<double>::epsilon();
  const double factor = std::pow(x, shape) * std::exp(-x) / std::tgamma(shape);
  if (x < shape + 1) {
    double term = 1 / shape, sum = term;
    for (double k = shape + 1; term > sum * epsilon; ++k) sum += (term *= x / k);
    return factor * sum;
  }
  double b = x + 1 - shape, c = std::numeric_limits<double>::max(), d = 1 / b, fraction = d;
  for (int k = 1; k < 1000; ++k) {
    const double a = -k * (k - shape);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    fraction *= c * d;
    if (std::abs(c * d - 1) < epsilon) break;
  }
  return 1 - factor * fraction;
}

// A double gamma of unit integral whose first gamma is stretched by `dispersion` at a fixed mean.
struct DoubleGamma {
  double dispersion;
  double norm;

  explicit DoubleGamma(double stretch) : dispersion(stretch), norm(1) {
    norm = integral(kHrfLength);
  }

  double value(double t) const {
    if (t <= 0 || t > kHrfLength) return 0;
    return (gamma_density(t / dispersion, kPeakShape / dispersion) / dispersion -
            kUndershootShare * gamma_density(t, kUndershootShape)) /
           norm;
  }
  double integral(double t) const {
    t = std::min(t, kHrfLength);
    return (gamma_distribution(t / dispersion, kPeakShape / dispersion) -
            kUndershootShare * gamma_distribution(t, kUndershootShape)) /
           norm;
  }
};

const DoubleGamma& canonical() {
  static const DoubleGamma kernel{1};
  return kernel;
}
const DoubleGamma& dispersed() {
  static const DoubleGamma kernel{1 + kDispersionStep};
  return kernel;
}

// The integral of a kernel by Hermite cubics between grid points, where value and slope are exact.
class IntegralTable {
 public:
  explicit IntegralTable(const DoubleGamma& kernel) {
    const int last = static_cast<int>(std::lround(kHrfLength / kTableStep));
    for (int i = 0; i <= last; ++i) {
      integral_.push_back(kernel.integral(i * kTableStep));
      slope_.push_back(kTableStep * kernel.value(i * kTableStep));
    }
  }

  double operator()(double t) const {
    if (t <= 0) return 0;
    if (t >= kHrfLength) return integral_.back();
    const double position = t / kTableStep;
    const auto i = std::min(static_cast<std::size_t>(position), integral_.size() - 2);
    const double s = position - static_cast<double>(i), r = 1 - s;
    return r * r * ((1 + 2 * s) * integral_[i] + s * slope_[i]) +
           s * s * ((1 + 2 * r) * integral_[i + 1] - r * slope_[i + 1]);
  }

 private:
  std::vector<double> integral_, slope_;
};

// One of `basis`, given the canonical and the dispersed version of anything linear in the kernel.
template <typename Canonical, typename Dispersed>
double combine(HrfBasis basis, double t, const Canonical& base, const Dispersed& wide) {
  switch (basis) {
    case HrfBasis::canonical: return base(t);
    case HrfBasis::temporal: return (base(t) - base(t - kTemporalStep)) / kTemporalStep;
    case HrfBasis::dispersion: return (base(t) - wide(t)) / kDispersionStep;
  }
  throw InternalError("unknown HRF basis");
}

double fast_integral(HrfBasis basis, double t) {
  static const IntegralTable base{canonical()};
  static const IntegralTable wide{dispersed()};
  return combine(basis, t, base, wide);
}

}  // namespace

double hrf(HrfBasis basis, double t) {
  return combine(
      basis,
      t,
      [](double s) { return canonical().value(s); },
      [](double s) { return dispersed().value(s); });
}

double hrf_integral(HrfBasis basis, double t) {
  return combine(
      basis,
      t,
      [](double s) { return canonical().integral(s); },
      [](double s) { return dispersed().integral(s); });
}

Eigen::VectorXd hrf_response(HrfBasis basis,
                             std::span<const double> onset,
                             std::span<const double> value,
                             const Eigen::VectorXd& time) {
  if (onset.size() != value.size()) {
    throw InternalError("an input needs as many values as onsets");
  }
  const double length = kHrfLength + (basis == HrfBasis::temporal ? kTemporalStep : 0);
  const double settled = fast_integral(basis, length);
  Eigen::VectorXd response(time.size());
  for (Eigen::Index s = 0; s < time.size(); ++s) {
    // Steps older than the kernel add up to the value that held when its memory begins.
    const auto first = std::upper_bound(onset.begin(), onset.end(), time[s] - length);
    auto i = static_cast<std::size_t>(first - onset.begin());
    double before = i == 0 ? 0 : value[i - 1];
    double sum = before * settled;
    for (; i < onset.size() && onset[i] < time[s]; ++i) {
      sum += (value[i] - before) * fast_integral(basis, time[s] - onset[i]);
      before = value[i];
    }
    response[s] = sum;
  }
  return response;
}

}  // namespace insula::numerics

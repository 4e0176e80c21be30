// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/wiener_draw.h"

#include <cmath>

#include "framework/numerics/detail/wiener_kernel.h"

namespace insula::numerics {
namespace {

constexpr double kPi = 3.141592653589793;

// (x coth x − 1)/x², by its series near 0, where the difference cancels; the first term left out is
// 2.2e-6·x¹⁰ against 1/3.
double coth_excess(double x) {
  const double y = x * x;
  if (y < 0.01)
    return 1.0 / 3 - y * (1.0 / 45 - y * (2.0 / 945 - y * (1.0 / 4725 - y * (2.0 / 93555))));
  return (x / std::tanh(x) - 1) / y;
}

// ln of the density at τ = `time` for a = 1, v = 0 at the lower bound, w from the start.
double log_density(double time, double w) {
  const double lower = -1, zero = 0, one = 1;
  double value = 0;
  WienerTask task;
  task.count = 1;
  const double* const in[] = {&time, &lower, &zero, &one, &w, &zero, &zero};
  for (int c = 0; c < 7; ++c) task.in[c] = {in[c], 0};
  task.out[0] = &value;
  wiener_kernels(Isa::portable).density(task);
  return value;
}

}  // namespace

double upper_probability(double v, double a, double z) {
  const double c = 2 * std::abs(v) * a;
  if (c == 0) return z;
  const double ratio = std::expm1(-c * z) / std::expm1(-c);
  return v > 0 ? ratio : std::exp(-c * (1 - z)) * ratio;
}

double mean_decision_time(double v, double a, double z, bool upper) {
  const double way = upper ? z : 1 - z;
  return a * a * (coth_excess(v * a) - way * way * coth_excess(v * a * way));
}

double mean_decision_time(double v, double a, double z) {
  const double p = upper_probability(v, a, z);
  if (std::abs(v * a) > 0.1) return a * (p - z) / v;
  return p * mean_decision_time(v, a, z, true) + (1 - p) * mean_decision_time(v, a, z, false);
}

// The smaller root is written without the difference that cancels, so c = 0 needs no case of its
// own.
double draw_first_passage(double d, double c, Stream& random) {
  const double n = random.normal(), y = n * n;
  const double smaller = 2 * d * d / (2 * d * c + y + std::sqrt(y * (y + 4 * d * c)));
  const bool keep = random.uniform() * (d + c * smaller) <= d;
  return keep ? smaller : d * d / (c * c * smaller);
}

WienerDraw draw_wiener(const WienerPoint& at, Stream& random) {
  const double v = at.sv > 0 ? at.v + at.sv * random.normal() : at.v;
  const bool upper = random.uniform() < upper_probability(v, at.a, at.z);
  const double w = upper ? 1 - at.z : at.z;
  // Given the bound, the time does not depend on the drift's sign: towards it is the sign for which
  // proposals always arrive. Times are in units of a².
  const double c = std::abs(v) * at.a;
  double time = 0;
  for (bool accepted = false; !accepted;) {
    time = draw_first_passage(w, c, random);
    const double of_one_bound =
        std::log(w) - 0.5 * std::log(2 * kPi * time * time * time) - w * w / (2 * time);
    accepted = std::log(random.uniform()) <= log_density(time, w) - of_one_bound;
  }
  return {at.t0 + at.a * at.a * time, upper ? 1.0 : -1.0};
}

}  // namespace insula::numerics

// SPDX-License-Identifier: Apache-2.0
// Spike counts: Poisson, with a rate that activity moves.
//
//   r(t) = softplus(b + g z(t)) 1/s,   y ~ Poisson(r Δ),   softplus(η) = ln(1 + e^η)
//
// A sample counts the spikes from its time to the next one's; the rate is that in the middle. In
// spikes per second the softplus is a threshold at 0 that is soft over about 1 spike/s.
// Source: Poisson generalised linear model, e.g. Truccolo et al. 2005, J. Neurophysiol. 93:1074;
// the soft threshold as in Park, Meister, Huk & Pillow 2014, Nat. Neurosci. 17:1395.
#include <cmath>

#include "framework/base/random.h"
#include "framework/contract/kind.h"
#include "framework/numerics/log_factorial.h"

namespace insula::observations::INSULA_ISA {
namespace {

using namespace insula::INSULA_ISA;

struct Spikes {
  template <class T>
  struct Parameters {
    T gain, baseline;
    static constexpr std::array<Field<Parameters, T>, 2> fields{{
        {&Parameters::gain,
         {"gain", "1/s", "g", "change of rate per unit of activity", 50, Domain::real, 50}},
        {&Parameters::baseline,
         {"baseline", "1/s", "b", "rate at rest, before the threshold", 5, Domain::real, 10}},
    }};
  };
  template <class T>
  using State = Nothing<T>;
  template <class T>
  using Input = Observed<T>;

  template <class T>
  static T observe(const State<T>&, const Observed<T>& in, const Parameters<T>& p) {
    return p.baseline + p.gain * in.activity;
  }

  // Rate in 1/s, and its first two derivatives in η.
  struct Rate {
    double value, first, second;
  };
  static Rate rate(double eta) {
    const double tail = std::exp(-std::abs(eta));
    const double first = eta >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
    return {std::max(eta, 0.0) + std::log1p(tail), first, first * (1 - first)};
  }

  // A rate of 0 cannot be taken the logarithm of: below e^{−700} the softplus is e^η.
  static double log_rate(double eta, double value) { return eta < -30 ? eta : std::log(value); }

  static void score(std::span<const double> data,
                    double interval,
                    const Eigen::VectorXd& eta,
                    SampleScores& scores,
                    bool with_derivatives) {
    for (Eigen::Index i = 0; i < eta.size(); ++i) {
      const double y = data[static_cast<std::size_t>(i)];
      if (!(y >= 0)) continue;  // missing
      const Rate r = rate(eta[i]);
      scores.value[i] = y * (log_rate(eta[i], r.value) + std::log(interval)) - r.value * interval -
                        numerics::log_factorial(y);
      if (!with_derivatives) continue;
      // r'/r → 1 as η → −∞.
      const double relative = eta[i] < -30 ? 1 : r.first / r.value;
      scores.gradient[i] = y * relative - r.first * interval;
      scores.curvature[i] = relative * r.first * interval;  // Fisher's information
    }
  }

  static void observed_information(std::span<const double> data,
                                   double interval,
                                   const Eigen::VectorXd& eta,
                                   Eigen::VectorXd& information) {
    for (Eigen::Index i = 0; i < eta.size(); ++i) {
      const double y = data[static_cast<std::size_t>(i)];
      if (!(y >= 0)) continue;
      const Rate r = rate(eta[i]);
      const double relative = eta[i] < -30 ? 1 : r.first / r.value;
      const double bend = eta[i] < -30 ? 0 : r.second / r.value - relative * relative;
      information[i] = r.second * interval - y * bend;
    }
  }

  static double mean(double eta, double interval) { return rate(eta).value * interval; }
  static double variance(double eta, double interval) { return mean(eta, interval); }

  // A Poisson number is the sum of Poisson numbers of smaller means, each of which counts uniforms
  // until their product is below e^{−mean}. Source: Knuth 1997, TAOCP 2, sec. 3.4.1.
  static double draw(double eta, double interval, Stream& stream) {
    double count = 0;
    for (double left = mean(eta, interval); left > 0; left -= 10) {
      const double limit = std::exp(-std::min(left, 10.0));
      for (double product = stream.uniform(); product > limit; product *= stream.uniform())
        count += 1;
    }
    return count;
  }
};

}  // namespace

extern const ObservationKind spikes;
constinit const ObservationKind spikes =
    observation_kind<Spikes>("spikes",
                             {.modality = "spikes",
                              .unit = "1",
                              .memory = 2,
                              .likelihood = {Spikes::score,
                                             Spikes::observed_information,
                                             Spikes::mean,
                                             Spikes::variance,
                                             Spikes::draw}},
                             "Poisson counts whose rate activity moves through a soft threshold.",
                             "Truccolo et al. 2005, J. Neurophysiol. 93:1074");

}  // namespace insula::observations::INSULA_ISA

// SPDX-License-Identifier: Apache-2.0
// Kinds with a response time: a process with a density of its own, missed in a share λ of trials by
// a response that comes at any time up to 5 s, either label alike. Without that share one
// anticipation, faster than the process can be, would make any fit impossible.
//
// The curvature is the mean of two estimates of the information, positive semi-definite both: what
// the predictors expect of a trial (Fisher's, an integral over its times and labels), and what this
// trial says (the outer product of its slopes). The first knows trials that happen to have no
// slope; the second is large where the data do not fit yet, and there keeps a step from going too
// far. To the modes of 30 diffusion models of 300 trials it took 384 evaluations, the first alone
// 651, the second alone more than 1421 (tests/modules/trials/convergence_test.cpp compares them).
//
// source  Wiecki, Sofer & Frank 2013, Front. Neuroinform. 7:14 (uniform over 5 s, w = 0.1/s for
// each
//         of two responses)
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/contract/trial.h"
#include "modules/trials/detail/mixture.h"

namespace insula::trials::detail {

/// Predictors that the kinds of times alone share.
inline constexpr PredictorSpec kShiftOfTimes{
    {"shift", "s", "s", "no response before it", 0.2, Domain::positive, 0.5},
    0.25,
    kNaN,
    "Luce 1986: no genuine response is faster than 0.1 s; 95 % from 0.075 s to 0.53 s"};
inline constexpr PredictorSpec kLapseOfTimes{
    {"lapse", "1", "λ", "share of responses at any time up to 5 s", 0.01, Domain::unit_interval, 1},
    0.5,
    0.01,
    "one anticipation in a hundred trials must not make a fit impossible; 95 % from 0.1 % to 7 %"};

inline constexpr double kLongestLapse = 5;  // s

/// Where all but 1e-8 of a response's times lie: from shift + shortest to shift + longest, s.
struct Window {
  double shift, shortest, longest;
};

/// A density of response times over P predictors, to which column P, λ, is added. Its functions see
/// all P + 1 columns.
struct TimeProcess {
  Eigen::Index predictors = 0;
  int responses = 1;  // 2: the choice belongs to the datum

  /// ln f [N] and, if asked for, its slopes [N, P]; −∞ with zero slopes where f is 0.
  void (*log_density)(const TrialData& data,
                      const Eigen::MatrixXd& predictor,
                      Eigen::VectorXd& value,
                      Eigen::MatrixXd* slope) = nullptr;
  /// The second derivatives of ln f [N, P(P+1)/2]; zero where f is 0.
  Eigen::MatrixXd (*hessian)(const TrialData& data, const Eigen::MatrixXd& predictor) = nullptr;
  Window (*window)(const Eigen::RowVectorXd& predictor, bool upper) = nullptr;
};

/// The window of first passage through a bound at distance d by a drift of between `slowest` and
/// `fastest` towards it: its density has a factor e^(−(d − ct)²/2t), which falls to e^(−20) at the
/// roots of c²t² − (2dc + 40)t + d² = 0.
inline Window passage_window(double shift, double d, double slowest, double fastest, double most) {
  const auto half = [&](double c) {  // half the sum of the roots, times c², and half the difference
    const double sum = d * c + 20;
    return sum + std::sqrt(sum * sum - c * c * d * d);
  };
  return {shift,
          std::max(d * d / half(fastest), 1e-18),
          slowest > 0 ? std::min(half(slowest) / (slowest * slowest), most) : most};
}

/// ln w at a response time.
inline double log_lapse_density(const TimeProcess& process, double time) {
  return time > kLongestLapse ? -std::numeric_limits<double>::infinity()
                              : -std::log(process.responses * kLongestLapse);
}

inline void score_slopes(const TimeProcess& process,
                         const TrialData& data,
                         const Eigen::MatrixXd& predictor,
                         Eigen::VectorXd& value,
                         Eigen::MatrixXd* slope) {
  const Eigen::Index p = process.predictors;
  Eigen::MatrixXd of_process(slope ? predictor.rows() : 0, p);
  process.log_density(data, predictor, value, slope ? &of_process : nullptr);
  for (Eigen::Index i = 0; i < predictor.rows(); ++i) {
    const double lapse = predictor(i, p);
    const double time = data.time[static_cast<std::size_t>(i)];
    const Mixture m = mixture(value[i], lapse, log_lapse_density(process, time));
    value[i] = m.value;
    if (!slope || std::isinf(m.value)) continue;
    slope->row(i).head(p) = (1 - lapse) * m.of_process * of_process.row(i);
    (*slope)(i, p) = m.of_lapse - m.of_process;
  }
}

// The rule of Gauss and Legendre with 16 points on (−1, 1): the positive ones and their weights.
// source  Abramowitz & Stegun 1964, table 25.4
struct Node {
  double at, weight;
};
inline constexpr Node kNodes[] = {{0.0950125098376374, 0.1894506104550686},
                                  {0.2816035507792589, 0.1826034150449236},
                                  {0.4580167776572274, 0.1691565193950026},
                                  {0.6178762444026438, 0.1495959888165767},
                                  {0.7554044083550030, 0.1246289712555341},
                                  {0.8656312023878318, 0.0951585116824926},
                                  {0.9445750230732326, 0.0622535239386475},
                                  {0.9894009349916499, 0.0271524594117542}};

/// An integral over the logarithm of time, for each row of predictors and each response, in two
/// pieces that meet at 5 s, where lapses end, or else in the middle of the window. Good to 1e-3 and
/// mostly far better: densities are smooth in the logarithm of time.
struct Quadrature {
  static constexpr Eigen::Index kPoints = 4 * std::size(kNodes);
  std::vector<double> time, upper;
  std::vector<double> weight;
  Eigen::VectorXd left_out;  // of each row: s up to 5 s outside the windows, over all responses

  Quadrature(const TimeProcess& process, const Eigen::MatrixXd& rows) : left_out(rows.rows()) {
    for (Eigen::Index r = 0; r < rows.rows(); ++r) {
      left_out[r] = process.responses * kLongestLapse;
      for (int response = 0; response < process.responses; ++response) {
        const Window w = process.window(rows.row(r), response == 1);
        const auto until = [&](double t) { return std::clamp(w.shift + t, 0.0, kLongestLapse); };
        left_out[r] -= until(w.longest) - until(w.shortest);
        const double end = kLongestLapse - w.shift;
        const double cut =
            w.shortest < end && end < w.longest ? end : std::sqrt(w.shortest * w.longest);
        add(w.shift, std::log(w.shortest), std::log(cut), response);
        add(w.shift, std::log(cut), std::log(w.longest), response);
      }
    }
  }

 private:
  void add(double shift, double from, double to, double response) {
    const double half = (to - from) / 2;
    for (const Node& node : kNodes) {
      for (const double side : {-1.0, 1.0}) {
        const double t = std::exp(from + half * (1 + side * node.at));
        weight.push_back(half * node.weight * t);
        time.push_back(shift + t);
        upper.push_back(response);
      }
    }
  }
};

/// The slopes of ln p at each point, of process and lapse, times the root of what the point weighs:
/// their squares sum to the information.
inline Eigen::MatrixXd weighted_slopes(const TimeProcess& process,
                                       const Quadrature& at,
                                       const Eigen::MatrixXd& predictor) {
  const Eigen::Index n = predictor.rows(), p = process.predictors;
  Eigen::VectorXd value(n);
  Eigen::MatrixXd of_process(n, p), slope(n, p + 1);
  process.log_density({at.upper, at.time, {}}, predictor, value, &of_process);
  Eigen::VectorXd scale(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const double lapse = predictor(i, p), f = std::exp(value[i]);
    const double w = at.time[k] > kLongestLapse ? 0 : 1 / (process.responses * kLongestLapse);
    const double density = (1 - lapse) * f + lapse * w;
    const double root =
        density > 1e-290 ? std::sqrt(at.weight[k] / density) : 0;  // not to overflow
    scale[i] = (1 - lapse) * f * root;
    slope(i, p) = (w - f) * root;
  }
  slope.leftCols(p) = of_process.array().colwise() * scale.array();
  return slope;
}

/// Fisher's information of one datum at each row of predictors, [rows, Q(Q+1)/2].
inline Eigen::MatrixXd expected_information(const TimeProcess& process,
                                            const Eigen::MatrixXd& rows) {
  const Eigen::Index q = process.predictors + 1;
  const Eigen::Index points = process.responses * Quadrature::kPoints;
  const Quadrature at(process, rows);
  Eigen::MatrixXd predictor(rows.rows() * points, q);
  for (Eigen::Index r = 0; r < rows.rows(); ++r)
    predictor.middleRows(r * points, points).rowwise() = rows.row(r);
  const Eigen::MatrixXd slope = weighted_slopes(process, at, predictor);
  Eigen::MatrixXd information(rows.rows(), packed(q, 0));
  for (Eigen::Index r = 0; r < rows.rows(); ++r) {
    const auto of_row = slope.middleRows(r * points, points);
    for (Eigen::Index i = 0; i < q; ++i)
      for (Eigen::Index j = 0; j <= i; ++j)
        information(r, packed(i, j)) = of_row.col(i).dot(of_row.col(j));
    // Where the process cannot be, p = λ·w and the slope in λ is 1/λ.
    const double lapse = std::max(rows(r, q - 1), 1e-12);
    information(r, packed(q - 1, q - 1)) +=
        at.left_out[r] / (process.responses * kLongestLapse * lapse);
  }
  return information;
}

/// The numbers of the rows, sorted by what stands in them: equal ones side by side.
inline std::vector<Eigen::Index> sorted_rows(const Eigen::MatrixXd& rows) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(rows.rows()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::ranges::sort(order, [&](Eigen::Index a, Eigen::Index b) {
    for (Eigen::Index c = 0; c < rows.cols(); ++c)
      if (rows(a, c) != rows(b, c)) return rows(a, c) < rows(b, c);
    return a < b;
  });
  return order;
}

/// The same for each row of `predictor`, in blocks that fit a cache, once for equal rows: trials of
/// one condition have the same predictors.
inline Eigen::MatrixXd expected_information_of_all(const TimeProcess& process,
                                                   const Eigen::MatrixXd& predictor) {
  constexpr Eigen::Index kBlock = 256;
  const std::vector<Eigen::Index> order = sorted_rows(predictor);
  std::vector<Eigen::Index> distinct, number(order.size());
  for (const Eigen::Index row : order) {
    if (distinct.empty() || predictor.row(row) != predictor.row(distinct.back()))
      distinct.push_back(row);
    number[static_cast<std::size_t>(row)] = static_cast<Eigen::Index>(distinct.size()) - 1;
  }
  const auto count = static_cast<Eigen::Index>(distinct.size());
  Eigen::MatrixXd information(count, packed(predictor.cols(), 0));
  for (Eigen::Index first = 0; first < count; first += kBlock) {
    const Eigen::Index size = std::min(kBlock, count - first);
    const std::vector<Eigen::Index> block(distinct.begin() + first,
                                          distinct.begin() + first + size);
    information.middleRows(first, size) =
        expected_information(process, predictor(block, Eigen::all));
  }
  return information(number, Eigen::all);
}

inline void score(const TimeProcess& process,
                  const TrialData& data,
                  const Eigen::MatrixXd& predictor,
                  TrialScores& scores,
                  bool with_derivatives) {
  score_slopes(
      process, data, predictor, scores.value, with_derivatives ? &scores.gradient : nullptr);
  if (!with_derivatives) return;
  scores.curvature = 0.5 * expected_information_of_all(process, predictor);
  for (Eigen::Index i = 0; i < predictor.cols(); ++i)
    for (Eigen::Index j = 0; j <= i; ++j)
      scores.curvature.col(packed(i, j)).array() +=
          0.5 * scores.gradient.col(i).array() * scores.gradient.col(j).array();
}

inline void observe_information(const TimeProcess& process,
                                const TrialData& data,
                                const Eigen::MatrixXd& predictor,
                                Eigen::MatrixXd& information) {
  const Eigen::Index n = predictor.rows(), p = process.predictors;
  Eigen::VectorXd value(n);
  Eigen::MatrixXd slope(n, p);
  process.log_density(data, predictor, value, &slope);
  const Eigen::MatrixXd hessian = process.hessian(data, predictor);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double lapse = predictor(i, p), time = data.time[static_cast<std::size_t>(i)];
    const Mixture m = mixture(value[i], lapse, log_lapse_density(process, time));
    if (std::isinf(m.value)) continue;
    Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(information.cols());
    add_observed_information(m, lapse, slope.row(i), hessian.row(i), row);
    information.row(i) = row;
  }
}

inline double with_lapses(double mean_time, double lapse) {
  return (1 - lapse) * mean_time + lapse * kLongestLapse / 2;
}

/// The datum of a trial that lapses; none for the others. Takes the same numbers from the stream
/// either way.
inline std::optional<TrialDatum> draw_lapse(const TimeProcess& process,
                                            double lapse,
                                            Stream& stream) {
  const bool lapses = stream.uniform() < lapse;
  TrialDatum datum;
  datum.time = kLongestLapse * stream.uniform();
  const double choice = stream.uniform();
  if (process.responses == 2) datum.choice = choice < 0.5 ? 1 : 0;
  return lapses ? std::optional(datum) : std::nullopt;
}

}  // namespace insula::trials::detail

// SPDX-License-Identifier: Apache-2.0
// One of K options, by the evidence for each against the first.
//
//     P(k) = λ/K + (1 − λ)·e^(x_k)/Σ_j e^(x_j),   x_0 = 0
//
// x_k: evidence, the log odds of option k against the first where no trial lapses; λ: share of
// trials in which the subject guesses. With two options it is the kind `choice`. Curvature is
// Fisher's information: Σ_k s sᵀ·P(k), s the slopes of ln P(k).
//
// Source: McFadden 1974, in Zarembka (ed.), Frontiers in Econometrics, p. 105, eq. 12 (conditional
// logit); Sutton & Barto 2018, Reinforcement Learning, eq. 2.11 (softmax); Wichmann & Hill 2001,
// Percept. Psychophys. 63:1293 (lapses).
#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/contract/trial.h"
#include "modules/trials/detail/mixture.h"

namespace insula::trials {
namespace {

using detail::Mixture;
using detail::packed;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;

constexpr PredictorSpec kPredictors[] = {
    {{"evidence", "1", "x", "log odds against the first option", 0, Domain::real, 1.5},
     1,
     kNaN,
     "1.5 is nearly flat on the probability of either of two options, as for kind choice"},
    {{"lapse",
      "1",
      "λ",
      "share of guesses, the same for each option",
      0.05,
      Domain::unit_interval,
      1},
     1,
     0,
     "Wichmann & Hill 2001: lapses are below 0.06 in trained subjects; 95 % from 0.007 to 0.27"},
};

// ln of each option's share where no trial lapses, [K]; the shares of all but the first, [K − 1],
// are its slopes: ∂ ln share_k/∂x_j = [k = j] − share_j.
struct Shares {
  RowVectorXd log_share, share;

  Shares(const double* evidence, Index stride, Index options) : log_share(options) {
    log_share[0] = 0;
    for (Index k = 1; k < options; ++k) log_share[k] = evidence[(k - 1) * stride];
    const double largest = log_share.maxCoeff();
    log_share.array() -= largest + std::log((log_share.array() - largest).exp().sum());
    share = log_share.tail(options - 1).array().exp();
  }
  Index options() const { return log_share.size(); }
  RowVectorXd slope(Index option) const {
    RowVectorXd of_evidence = -share;
    if (option > 0) of_evidence[option - 1] += 1;
    return of_evidence;
  }
};

Shares shares_at(const MatrixXd& predictor, Index row) {
  return {&predictor(row, 0), predictor.rows(), predictor.cols()};
}

Mixture mixed(double log_share, double lapse, Index options) {
  return detail::mixture(log_share, lapse, -std::log(static_cast<double>(options)));
}

// ln share of one option without memory for the others: most scores are asked for nothing else.
double log_share_at(const MatrixXd& predictor, Index row, Index option) {
  double largest = 0, sum = 0;
  for (Index k = 1; k < predictor.cols(); ++k) largest = std::max(largest, predictor(row, k - 1));
  for (Index k = 1; k < predictor.cols(); ++k) sum += std::exp(predictor(row, k - 1) - largest);
  const double of_option = option > 0 ? predictor(row, option - 1) : 0;
  return of_option - largest - std::log(sum + std::exp(-largest));
}

// ∇ ln P(option), [K].
RowVectorXd slopes(const Shares& shares, const Mixture& m, Index option, double lapse) {
  RowVectorXd all(shares.options());
  all << (1 - lapse) * m.of_process * shares.slope(option), m.of_lapse - m.of_process;
  return all;
}

// √p goes into the slopes before they are squared, where an option that hardly can be would have
// one beyond all numbers.
RowVectorXd expected_information(const Shares& shares, double lapse) {
  const Index q = shares.options();
  RowVectorXd information = RowVectorXd::Zero(packed(q, 0));
  for (Index option = 0; option < q; ++option) {
    const Mixture m = mixed(shares.log_share[option], lapse, shares.options());
    if (std::isinf(m.value)) continue;
    const RowVectorXd s = std::exp(0.5 * m.value) * slopes(shares, m, option, lapse);
    for (Index i = 0; i < q; ++i)
      for (Index j = 0; j <= i; ++j) information[packed(i, j)] += s[i] * s[j];
  }
  return information;
}

void score(const TrialData& data,
           const MatrixXd& predictor,
           TrialScores& scores,
           bool with_derivatives) {
  for (Index i = 0; i < predictor.rows(); ++i) {
    const double lapse = predictor(i, predictor.cols() - 1);
    const auto option = static_cast<Index>(data.choice[static_cast<std::size_t>(i)]);
    const Mixture m = mixed(log_share_at(predictor, i, option), lapse, predictor.cols());
    scores.value[i] = m.value;
    if (!with_derivatives || std::isinf(m.value)) continue;
    const Shares shares = shares_at(predictor, i);
    scores.gradient.row(i) = slopes(shares, m, option, lapse);
    scores.curvature.row(i) = expected_information(shares, lapse);
  }
}

void observe_information(const TrialData& data, const MatrixXd& predictor, MatrixXd& information) {
  const Index of_evidence = predictor.cols() - 1;
  for (Index i = 0; i < predictor.rows(); ++i) {
    const double lapse = predictor(i, of_evidence);
    const auto option = static_cast<Index>(data.choice[static_cast<std::size_t>(i)]);
    const Shares shares = shares_at(predictor, i);
    RowVectorXd hessian(packed(of_evidence, 0));  // of ln share: the same for every option
    for (Index j = 0; j < of_evidence; ++j)
      for (Index k = 0; k <= j; ++k)
        hessian[packed(j, k)] = shares.share[j] * (shares.share[k] - (j == k ? 1 : 0));
    RowVectorXd row = RowVectorXd::Zero(information.cols());
    detail::add_observed_information(mixed(shares.log_share[option], lapse, shares.options()),
                                     lapse,
                                     shares.slope(option),
                                     hessian,
                                     row);
    information.row(i) = row;
  }
}

std::vector<double> probabilities(std::span<const double> predictor) {
  const auto q = static_cast<Index>(predictor.size());
  const Shares shares(predictor.data(), 1, q);
  std::vector<double> all;
  for (Index option = 0; option < q; ++option)
    all.push_back(std::exp(mixed(shares.log_share[option], predictor.back(), q).value));
  return all;
}

TrialDatum mean(std::span<const double> predictor) {
  TrialDatum datum;
  datum.choice = 0;
  const std::vector<double> p = probabilities(predictor);
  for (std::size_t option = 1; option < p.size(); ++option)
    datum.choice += static_cast<double>(option) * p[option];
  return datum;
}

TrialDatum draw(std::span<const double> predictor, Stream& stream) {
  double left = stream.uniform();
  const std::vector<double> p = probabilities(predictor);
  std::size_t option = 0;
  while (option + 1 < p.size() && left >= p[option]) left -= p[option++];
  TrialDatum datum;
  datum.choice = static_cast<double>(option);
  return datum;
}

}  // namespace

extern const TrialKind softmax;
constinit const TrialKind softmax = {
    .name = "softmax",
    .summary = "One of several options, by the evidence for each against the first.",
    .source = "McFadden 1974, in Frontiers in Econometrics, p. 105 (conditional logit)",
    .modality = "choice",
    .needs_choice = true,
    .of_options = true,
    .predictors = kPredictors,
    .score = score,
    .observed_information = observe_information,
    .mean = mean,
    .draw = draw,
};

}  // namespace insula::trials

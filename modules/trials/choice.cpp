// SPDX-License-Identifier: Apache-2.0
// One of two labels, by the evidence for the second.
//
//     P(second) = λ/2 + (1 − λ)·σ(x),   σ(x) = 1/(1 + e^(−x))
//
// x: evidence, the logit of the second label where no trial lapses; λ: share of trials in which the
// subject guesses. Wichmann & Hill let guesses and lapses differ; with two labels that stand for
// two stimuli (not for right and wrong) they are one. Curvature is Fisher's information: with q the
// slopes of P, q qᵀ/(P(1 − P)).
//
// Source: Wichmann & Hill 2001, Percept. Psychophys. 63:1293, eq. 1; Cox 1958, J. R. Stat. Soc. B
// 20:215 (logistic regression).
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/contract/trial.h"
#include "modules/trials/detail/mixture.h"

namespace insula::trials {
namespace {

using detail::Mixture;
using Eigen::Index;
using Eigen::MatrixXd;

constexpr PredictorSpec kPredictors[] = {
    {{"evidence", "1", "x", "logit of the second label", 0, Domain::real, 1.5},
     1,
     kNaN,
     "1.5 is nearly flat on the probability: quartiles 0.27 and 0.73, density at 0.5 is 1.06"},
    {{"lapse", "1", "λ", "share of guesses, half for either", 0.05, Domain::unit_interval, 1},
     1,
     0,
     "Wichmann & Hill 2001: lapses are below 0.06 in trained subjects; 95 % from 0.007 to 0.27"},
};

// ln of the chosen label's σ(±x), its derivative to x, and minus the second one.
struct Logistic {
  double log_value, slope, information;
};

Logistic logistic(double x, bool upper) {
  const double s = upper ? x : -x, e = std::exp(-std::abs(s));
  const double other = (s > 0 ? e : 1) / (1 + e);  // σ(−s)
  return {std::min(s, 0.0) - std::log1p(e), upper ? other : -other, e / ((1 + e) * (1 + e))};
}

const double kLogHalf = std::log(0.5);

Mixture mixed(const Logistic& l, double lapse) {
  return detail::mixture(l.log_value, lapse, kLogHalf);
}

// Σ p(y)·s sᵀ over both labels, s = ∇ ln p(y); √p goes into s before it is squared, where a label
// that hardly can be would have a slope beyond all numbers.
void add_expected_information(double x, double lapse, Eigen::Ref<Eigen::RowVectorXd> information) {
  for (const bool upper : {false, true}) {
    const Logistic l = logistic(x, upper);
    const Mixture m = mixed(l, lapse);
    if (std::isinf(m.value)) continue;
    const double root = std::exp(0.5 * m.value);
    const double of_x = root * (1 - lapse) * m.of_process * l.slope;
    const double of_lapse = root * (m.of_lapse - m.of_process);
    information[0] += of_x * of_x;
    information[1] += of_x * of_lapse;
    information[2] += of_lapse * of_lapse;
  }
}

void score(const TrialData& data,
           const MatrixXd& predictor,
           TrialScores& scores,
           bool with_derivatives) {
  for (Index i = 0; i < predictor.rows(); ++i) {
    const double lapse = predictor(i, 1);
    const Logistic l = logistic(predictor(i, 0), data.choice[static_cast<std::size_t>(i)] > 0.5);
    const Mixture m = mixed(l, lapse);
    scores.value[i] = m.value;
    if (!with_derivatives || std::isinf(m.value)) continue;
    scores.gradient(i, 0) = (1 - lapse) * m.of_process * l.slope;
    scores.gradient(i, 1) = m.of_lapse - m.of_process;
    Eigen::RowVectorXd information = Eigen::RowVectorXd::Zero(3);
    add_expected_information(predictor(i, 0), lapse, information);
    scores.curvature.row(i) = information;
  }
}

void observe_information(const TrialData& data, const MatrixXd& predictor, MatrixXd& information) {
  for (Index i = 0; i < predictor.rows(); ++i) {
    const double lapse = predictor(i, 1);
    const Logistic l = logistic(predictor(i, 0), data.choice[static_cast<std::size_t>(i)] > 0.5);
    Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(3);
    detail::add_observed_information(mixed(l, lapse),
                                     lapse,
                                     Eigen::RowVectorXd::Constant(1, l.slope),
                                     Eigen::RowVectorXd::Constant(1, -l.information),
                                     row);
    information.row(i) = row;
  }
}

TrialDatum mean(std::span<const double> predictor) {
  TrialDatum datum;
  datum.choice = std::exp(mixed(logistic(predictor[0], true), predictor[1]).value);
  return datum;
}

TrialDatum draw(std::span<const double> predictor, Stream& stream) {
  TrialDatum datum;
  datum.choice = stream.uniform() < mean(predictor).choice ? 1 : 0;
  return datum;
}

}  // namespace

extern const TrialKind choice;
constinit const TrialKind choice = {
    .name = "choice",
    .summary = "One of two labels, by the evidence for the second.",
    .source = "Wichmann & Hill 2001, Percept. Psychophys. 63:1293, eq. 1",
    .modality = "choice",
    .needs_choice = true,
    .predictors = kPredictors,
    .score = score,
    .observed_information = observe_information,
    .mean = mean,
    .draw = draw,
};

}  // namespace insula::trials

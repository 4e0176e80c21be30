// SPDX-License-Identifier: Apache-2.0
// What a curvature is worth: evaluations to the mode of a diffusion model of 300 trials, from
// defaults, with the kind's curvature and with the outer product of slopes alone.
#include <Eigen/Cholesky>
#include <cmath>

#include "tests/modules/trials/all_kinds.h"

namespace insula::test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

enum class Curvature { of_kind, outer_product };

// The posterior in the space of the fit, one intercept a predictor.
struct Posterior {
  const TrialKind& kind;
  std::vector<TrialDatum> data;

  struct Local {
    double value = 0;
    VectorXd gradient;
    MatrixXd precision;
  };

  VectorXd start() const {
    const Point at = defaults(kind);
    VectorXd eta(static_cast<Index>(at.size()));
    for (std::size_t q = 0; q < at.size(); ++q) {
      const FieldSpec& field = kind.predictors[q].intercept;
      eta[static_cast<Index>(q)] = field.domain == Domain::real ? at[q]
                                   : field.domain == Domain::positive
                                       ? 0
                                       : std::log(at[q] / (1 - at[q]));
    }
    return eta;
  }

  Local at(const VectorXd& eta, Curvature curvature) const {
    const VectorXd from = start();
    Point natural;
    VectorXd slope(eta.size()), prior(eta.size());
    for (Index q = 0; q < eta.size(); ++q) {
      const FieldSpec& field = kind.predictors[static_cast<std::size_t>(q)].intercept;
      const double share = 1 / (1 + std::exp(-eta[q])), positive = field.value * std::exp(eta[q]);
      natural.push_back(field.domain == Domain::real       ? eta[q]
                        : field.domain == Domain::positive ? positive
                                                           : share);
      slope[q] = field.domain == Domain::real       ? 1
                 : field.domain == Domain::positive ? positive
                                                    : share * (1 - share);
      prior[q] = 1 / (field.prior_sd * field.prior_sd);
    }
    Local local{0, VectorXd::Zero(eta.size()), MatrixXd(prior.asDiagonal())};
    std::vector<double> upper, time;
    for (const TrialDatum& d : data) upper.push_back(d.choice), time.push_back(d.time);
    const TrialScores scores = score(kind, {upper, time, {}}, natural);
    for (Index i = 0; i < scores.value.size(); ++i) {
      const VectorXd g = slope.cwiseProduct(VectorXd(scores.gradient.row(i)));
      local.value += scores.value[i];
      local.gradient += g;
      local.precision += curvature == Curvature::outer_product
                             ? MatrixXd(g * g.transpose())
                             : MatrixXd(slope.asDiagonal() * unpacked(scores.curvature.row(i)) *
                                        slope.asDiagonal());
    }
    local.value -= 0.5 * (eta - from).dot(prior.cwiseProduct(eta - from));
    local.gradient -= prior.cwiseProduct(eta - from);
    return local;
  }
};

struct Climb {
  VectorXd mode;
  double value = 0;
  int evaluations = 0;
};

// Levenberg's steps until one promises less than 1e-4 nats, as in fits.
Climb climb(const Posterior& posterior, Curvature curvature) {
  VectorXd eta = posterior.start();
  Posterior::Local here = posterior.at(eta, curvature);
  Climb result{eta, here.value, 1};
  for (double damping = 1e-3; result.evaluations < 500;) {
    MatrixXd damped = here.precision;
    damped.diagonal() *= 1 + damping;
    const VectorXd step = damped.ldlt().solve(here.gradient);
    if (here.gradient.dot(step) < 2e-4) break;
    const Posterior::Local there = posterior.at(eta + step, curvature);
    ++result.evaluations;
    if (there.value > here.value) {
      eta += step, here = there, damping = std::max(damping / 10, 1e-6);
    } else {
      damping *= 10;
    }
  }
  result.mode = eta, result.value = here.value;
  return result;
}

TEST(DdmCurvature, TakesFewerStepsThanTheOuterProductToTheSameMode) {
  const TrialKind& kind = trial_kind("ddm");
  int of_kind = 0, outer_product = 0;
  for (int t = 0; t < 12; ++t) {
    Stream random(31, "trials/convergence/" + std::to_string(t));
    const Point truth = random_point(kind, random, 0.7);
    Posterior posterior{kind, {}};
    for (int i = 0; i < 300; ++i) posterior.data.push_back(kind.draw(truth, random));
    const Climb a = climb(posterior, Curvature::of_kind);
    const Climb b = climb(posterior, Curvature::outer_product);
    EXPECT_LT(a.evaluations, 80) << "truth " << t;
    EXPECT_GT(a.value, b.value - 1e-3) << "truth " << t;
    of_kind += a.evaluations, outer_product += b.evaluations;
  }
  RecordProperty("of_kind", of_kind);
  RecordProperty("outer_product", outer_product);
  EXPECT_LT(2 * of_kind, outer_product);
}

}  // namespace
}  // namespace insula::test

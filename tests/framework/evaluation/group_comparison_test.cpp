// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/group_comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/evaluation/scores.h"
#include "framework/numerics/gamma_functions.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Spm {
  MatrixXd log_evidence;
  VectorXd dirichlet, expected, exceedance, protected_exceedance;
  double omnibus_risk = 0;
};

VectorXd vector_of(const nlohmann::json& values) {
  const auto all = values.get<std::vector<double>>();
  return Eigen::Map<const VectorXd>(all.data(), static_cast<Index>(all.size()));
}

Spm spm() {
  std::ifstream file(std::string(INSULA_REFERENCE) + "/evaluation/model_selection.json");
  const nlohmann::json json = nlohmann::json::parse(file);
  Spm all{{},
          vector_of(json["dirichlet"]),
          vector_of(json["expected_frequency"]),
          vector_of(json["exceedance"]),
          vector_of(json["protected_exceedance"]),
          json["omnibus_risk"]};
  all.log_evidence.resize(12, 3);
  for (Index n = 0; n < 12; ++n)
    all.log_evidence.row(n) = vector_of(json["log_evidence"][static_cast<std::size_t>(n)]);
  return all;
}

TEST(RandomEffects, EqualThoseOfSpmWhereItStops) {
  const Spm reference = spm();
  GroupComparisonOptions options;
  options.smallest_change = 1e-3;  // spm_BMS's
  const RandomEffects effects = random_effects(reference.log_evidence, options);
  EXPECT_CLOSE(effects.counts, reference.dirichlet, Tolerance::printed_digits(13));
  EXPECT_CLOSE(effects.expected_frequency, reference.expected, Tolerance::printed_digits(13));
  // spm_BMS_bor adds 2e-16 to probabilities before it takes their logarithms.
  EXPECT_CLOSE(effects.omnibus_risk,
               reference.omnibus_risk,
               Tolerance::because(1e-13, "12 subjects, 3 models, an epsilon each"));
  for (Index k = 0; k < 3; ++k) {
    const double p = reference.exceedance[k];
    const Tolerance draws = Tolerance::sampling(std::sqrt(p * (1 - p)), 1e6);
    EXPECT_CLOSE(effects.exceedance[k], p, draws);
    EXPECT_CLOSE(effects.protected_exceedance[k], reference.protected_exceedance[k], draws);
  }
}

TEST(RandomEffects, HardlyMoveOnFromWhereSpmStops) {
  const Spm reference = spm();
  const RandomEffects effects = random_effects(reference.log_evidence);
  EXPECT_TRUE(effects.converged);
  EXPECT_CLOSE(effects.counts,
               reference.dirichlet,
               Tolerance::because(0.02, "steps of 1e-3 that shrink by less than a twentieth each"));
  EXPECT_CLOSE(effects.counts.sum(), 15, Tolerance::rounding(30));
  EXPECT_CLOSE(effects.exceedance.sum(), 1, Tolerance::because(1e-12, "as documented"));
}

TEST(RandomEffects, OfOneModelAreCertainAndOfEqualOnesEqual) {
  const RandomEffects one = random_effects(MatrixXd::Constant(5, 1, -300));
  EXPECT_EQ(one.expected_frequency[0], 1);
  EXPECT_EQ(one.exceedance[0], 1);
  EXPECT_CLOSE(one.protected_exceedance[0], 1, Tolerance::rounding(4));
  const RandomEffects equal = random_effects(MatrixXd::Constant(8, 4, -1e5));
  EXPECT_CLOSE(equal.counts, VectorXd::Constant(4, 3), Tolerance::rounding(8));
  EXPECT_CLOSE(equal.exceedance, VectorXd::Constant(4, 0.25), Tolerance::because(1e-12, ""));
  EXPECT_CLOSE(
      equal.protected_exceedance, VectorXd::Constant(4, 0.25), Tolerance::because(1e-12, ""));
  EXPECT_GT(equal.omnibus_risk, 0.5);
}

// Where every subject is certain of its model, the variational bound is the evidence of a
// multinomial sample under a Dirichlet: B(α) / B(1), against K^−N.
TEST(RandomEffects, OfCertainSubjectsHaveTheRiskOfAMultinomialSample) {
  MatrixXd log_evidence = MatrixXd::Zero(9, 3);
  for (Index n = 0; n < 9; ++n) log_evidence(n, n < 6 ? 0 : n < 8 ? 1 : 2) = 500;
  const RandomEffects effects = random_effects(log_evidence);
  EXPECT_CLOSE(effects.counts, Eigen::Vector3d(7, 3, 2), Tolerance::rounding(8));
  // Γ(3) · 6! 2! 1! / Γ(12) · 3⁹
  const double odds = 2.0 * 720 * 2 / 39916800 * 19683;
  EXPECT_CLOSE(effects.free_energy, std::log(odds), Tolerance::because(1e-13, "sums of lnΓ"));
  EXPECT_CLOSE(effects.omnibus_risk, 1 / (1 + odds), Tolerance::rounding(100));
  const VectorXd& xp = effects.exceedance;
  EXPECT_CLOSE(effects.protected_exceedance[0],
               xp[0] * odds / (1 + odds) + 1 / (1 + odds) / 3,
               Tolerance::rounding(100));
}

TEST(RandomEffects, DoNotDependOnWhatAllModelsShareNorOnTheOrderOfAnything) {
  const MatrixXd log_evidence = spm().log_evidence;
  const RandomEffects plain = random_effects(log_evidence);
  MatrixXd shifted = log_evidence;
  for (Index n = 0; n < 12; ++n) shifted.row(n).array() += 1000.0 * static_cast<double>(n) - 4096;
  const Tolerance shift = Tolerance::because(1e-9, "evidences of 1e4 keep 12 decimals");
  EXPECT_CLOSE(random_effects(shifted).counts, plain.counts, shift);

  const Eigen::PermutationMatrix<3> models(Eigen::Vector3i(2, 0, 1));
  const RandomEffects turned = random_effects(log_evidence.colwise().reverse() * models);
  const Tolerance order = Tolerance::because(1e-9, "sums in another order, and where it stops");
  EXPECT_CLOSE(turned.counts, models.transpose() * plain.counts, order);
  EXPECT_CLOSE(turned.protected_exceedance, models.transpose() * plain.protected_exceedance, order);
  EXPECT_CLOSE(turned.assignment, plain.assignment.colwise().reverse() * models, order);
}

TEST(RandomEffects, SatisfyTheirOwnEquations) {
  const MatrixXd log_evidence = spm().log_evidence;
  const RandomEffects effects = random_effects(log_evidence);
  for (Index n = 0; n < 12; ++n) {
    VectorXd log_weight(3);
    for (Index k = 0; k < 3; ++k)
      log_weight[k] = log_evidence(n, k) + numerics::digamma(effects.counts[k]);
    const auto p = model_probabilities({log_weight.data(), 3});
    for (Index k = 0; k < 3; ++k)
      EXPECT_CLOSE(effects.assignment(n, k),
                   p[static_cast<std::size_t>(k)],
                   Tolerance::because(1e-9, "the last step"));
  }
}

// 300 simulated groups: frequencies are drawn from the prior, subjects from them, evidences from
// two unit normals a known distance apart. So the log Bayes factor is exact, and the posterior of
// the frequency must be right on average: E[r | data] unbiased, and P(r > ½) calibrated.
TEST(RandomEffects, RecoverTheFrequenciesOfSimulatedSubjects) {
  double error = 0, square = 0, brier = 0, said = 0, was = 0;
  constexpr int kGroups = 300, kSubjects = 40;
  for (int group = 0; group < kGroups; ++group) {
    Stream random(11, "group/" + std::to_string(group));
    const double frequency = random.uniform();
    MatrixXd log_evidence(kSubjects, 2);
    for (Index n = 0; n < kSubjects; ++n) {
      const double mean = random.uniform() < frequency ? 3 : 0, y = mean + random.normal();
      log_evidence.row(n) << -0.5 * (y - 3) * (y - 3), -0.5 * y * y;
    }
    const RandomEffects effects = random_effects(log_evidence);
    const double off = effects.expected_frequency[0] - frequency;
    error += off;
    square += off * off;
    const double p = effects.exceedance[0], truth = frequency > 0.5;
    brier += (p - truth) * (p - truth);
    said += p;
    was += truth;
  }
  // A frequency of 40 subjects has an sd of at most ½/√40; knowing who is who adds a little.
  const double sd = 0.5 / std::sqrt(1.0 * kSubjects);
  EXPECT_CLOSE(error / kGroups, 0, Tolerance::sampling(sd, kGroups));
  EXPECT_LT(std::sqrt(square / kGroups), 1.1 * sd);
  EXPECT_CLOSE(said / kGroups, was / kGroups, Tolerance::sampling(0.5, kGroups));
  EXPECT_LT(brier / kGroups, 0.08);
}

TEST(ExceedanceProbabilities, OfTwoAreThoseOfABeta) {
  // r₁ ~ Beta(2, 1): P(r₁ > ½) = ¾.
  EXPECT_CLOSE(exceedance_probabilities(Eigen::Vector2d(2, 1))[0], 0.75, Tolerance::rounding(8));
  // The integral over gammas agrees, given a third model that is hardly ever there.
  const VectorXd two = exceedance_probabilities(Eigen::Vector2d(7.3, 5.1));
  const VectorXd three = exceedance_probabilities(Eigen::Vector3d(7.3, 5.1, 1e-4));
  EXPECT_CLOSE(
      three.head(2), two, Tolerance::because(1e-7, "a gamma of shape 1e-4 is 0 but rarely"));
}

TEST(ExceedanceProbabilities, HaveTheClosedFormOfWholeCounts) {
  // Gamma(2) above two exponentials: ∫ x e^−x (1 − e^−x)² = 1 − 2/4 + 1/9.
  const VectorXd p = exceedance_probabilities(Eigen::Vector3d(2, 1, 1));
  EXPECT_CLOSE(p[0], 11.0 / 18, Tolerance::because(1e-13, "as documented"));
  EXPECT_CLOSE(p[1], 7.0 / 36, Tolerance::because(1e-13, "as documented"));
}

TEST(ExceedanceProbabilities, AddUpToOneFromThousandsOfSubjectsToFractionsOfOne) {
  const std::vector<VectorXd> all{Eigen::Vector3d(0.05, 0.2, 0.1),
                                  Eigen::Vector4d(0.5, 1, 30, 31),
                                  Eigen::Vector3d(1, 200, 1),
                                  Eigen::Vector4d(300, 310, 290, 1),
                                  VectorXd::Constant(64, 1.0 / 8)};
  for (const VectorXd& counts : all) {
    const VectorXd p = exceedance_probabilities(counts);
    EXPECT_CLOSE(p.sum(), 1, Tolerance::because(1e-12, "as documented")) << counts.transpose();
    EXPECT_GE(p.minCoeff(), 0);
  }
  const VectorXd many = exceedance_probabilities(Eigen::Vector3d(4000, 4010, 2000));
  EXPECT_CLOSE(many.sum(), 1, Tolerance::because(1e-10, "shapes of 4000 lose three digits"));
}

TEST(ExceedanceProbabilities, AreSharesOfDraws) {
  const Eigen::Vector3d counts(3, 2, 4);
  const VectorXd p = exceedance_probabilities(counts);
  Stream random(5, "exceedance");
  constexpr int kDraws = 200000;
  VectorXd wins = VectorXd::Zero(3);
  for (int draw = 0; draw < kDraws; ++draw) {
    VectorXd x = VectorXd::Zero(3);  // gammas of whole shape: sums of exponentials
    for (Index k = 0; k < 3; ++k)
      for (int j = 0; j < counts[k]; ++j) x[k] -= std::log(random.uniform());
    Index largest = 0;
    x.maxCoeff(&largest);
    wins[largest] += 1.0 / kDraws;
  }
  for (Index k = 0; k < 3; ++k)
    EXPECT_CLOSE(wins[k], p[k], Tolerance::sampling(std::sqrt(p[k] * (1 - p[k])), kDraws));
}

TEST(Families, AreEquallyLikelyBeforeWhateverTheirSizes) {
  const std::vector<int> family{0, 1, 1, 1};
  const RandomEffects none = random_family_effects(MatrixXd::Zero(6, 4), family);
  const Tolerance steps = Tolerance::because(1e-9, "where the iteration stops");
  EXPECT_CLOSE(none.expected_frequency, Eigen::Vector2d(0.5, 0.5), steps);
  EXPECT_CLOSE(none.protected_exceedance, Eigen::Vector2d(0.5, 0.5), steps);
  EXPECT_GT(none.omnibus_risk, 0.5);
  const FixedEffects fixed = fixed_effects(MatrixXd::Zero(6, 4), family);
  EXPECT_CLOSE(fixed.family_probability, Eigen::Vector2d(0.5, 0.5), Tolerance::rounding(8));
  EXPECT_CLOSE(fixed.probability[1], 1.0 / 6, Tolerance::rounding(8));
}

// All 4⁶ ways in which six subjects may follow four models, by the Dirichlet-multinomial.
struct Exact {
  double log_evidence = 0;
  VectorXd expected = VectorXd::Zero(2);
};

Exact enumerated(const MatrixXd& log_evidence, const std::vector<int>& family) {
  const Eigen::Vector4d prior(1, 1.0 / 3, 1.0 / 3, 1.0 / 3);
  Exact exact;
  double total = 0;
  for (int way = 0; way < 4096; ++way) {
    Eigen::Vector4d counts = prior;
    double log_weight = numerics::log_gamma(2) - numerics::log_gamma(8);
    for (Index n = 0; n < 6; ++n) {
      const int k = way >> (2 * n) & 3;
      counts[k] += 1;
      log_weight += log_evidence(n, k);
    }
    for (Index k = 0; k < 4; ++k)
      log_weight += numerics::log_gamma(counts[k]) - numerics::log_gamma(prior[k]);
    const double weight = std::exp(log_weight);
    total += weight;
    for (std::size_t k = 0; k < 4; ++k)
      exact.expected[family[k]] += weight * counts[static_cast<Index>(k)] / 8;
  }
  exact.log_evidence = std::log(total);
  exact.expected /= total;
  return exact;
}

TEST(Families, ComeCloseToTheExactPosteriorOfSixSubjects) {
  const std::vector<int> family{0, 1, 1, 1};
  for (int draw = 0; draw < 20; ++draw) {
    Stream random(3, "families/" + std::to_string(draw));
    MatrixXd log_evidence(6, 4);
    for (Index i = 0; i < 24; ++i) log_evidence.data()[i] = 0.1 * draw * random.normal();
    const RandomEffects effects = random_family_effects(log_evidence, family);
    const Exact exact = enumerated(log_evidence, family);
    double null = 0;
    for (Index n = 0; n < 6; ++n) {
      const Eigen::Array4d likelihood = log_evidence.row(n).transpose().array().exp();
      null += std::log(likelihood[0] / 2 + likelihood.tail(3).sum() / 6);
    }
    EXPECT_TRUE(effects.converged);
    EXPECT_CLOSE(effects.expected_frequency,
                 exact.expected,
                 Tolerance::because(0.05, "counts of others at their means: at most 0.036"));
    EXPECT_LE(effects.free_energy, exact.log_evidence - null + 1e-12) << "it is a lower bound";
    EXPECT_GT(effects.free_energy, exact.log_evidence - null - 2.5);
  }
}

TEST(Families, CollectEvidenceThatNoneOfTheirModelsHasAlone) {
  // Three of four models share most subjects: none is the most frequent, their family is.
  MatrixXd log_evidence = MatrixXd::Zero(12, 4);
  for (Index n = 0; n < 12; ++n) log_evidence(n, n < 3 ? 0 : 1 + n % 3) = 8;
  const RandomEffects families = random_family_effects(log_evidence, {0, 1, 1, 1});
  EXPECT_GT(families.exceedance[1], 0.9);
  EXPECT_LT(random_effects(log_evidence).exceedance.maxCoeff(), 0.5);
  EXPECT_CLOSE(families.assignment.rowwise().sum(), VectorXd::Ones(12), Tolerance::rounding(8));
}

TEST(Families, LearnWhichOfTheirMembersIsFollowed) {
  // One member of a large family is a little better than the only one of the other, in everyone:
  // its family must not pay for the members that nobody follows, subject after subject.
  MatrixXd log_evidence = MatrixXd::Constant(60, 17, -20);
  log_evidence.col(0).setZero();
  log_evidence.col(5).setConstant(1);
  std::vector<int> family(17, 1);
  family[0] = 0;
  EXPECT_GT(random_family_effects(log_evidence, family).exceedance[1], 0.95);
}

TEST(FixedEffects, AddUpEvidence) {
  MatrixXd log_evidence(3, 2);
  log_evidence << -10, -11, -20, -20.5, -30, -29.5;
  const FixedEffects fixed = fixed_effects(log_evidence);
  EXPECT_CLOSE(fixed.log_evidence, Eigen::Vector2d(-60, -61), Tolerance::rounding(4));
  EXPECT_CLOSE(fixed.probability[0], 1 / (1 + std::exp(-1)), Tolerance::rounding(300));
  EXPECT_EQ(fixed.family_probability.size(), 0);
}

TEST(AveragingWeights, LeaveOutWhatIsTwentyTimesLessLikely) {
  const VectorXd w = averaging_weights(Eigen::Vector4d(0.6, 0.031, 0.029, 0.34));
  EXPECT_EQ(w[2], 0);
  EXPECT_CLOSE(w.sum(), 1, Tolerance::rounding(4));
  EXPECT_CLOSE(w[0] / w[1], 0.6 / 0.031, Tolerance::rounding(8));
}

TEST(GroupComparison, RefusesWhatIsNoTable) {
  EXPECT_THROW(random_effects(MatrixXd(0, 2)), InternalError);
  EXPECT_THROW(random_effects(MatrixXd::Constant(2, 2, NAN)), InternalError);
  EXPECT_THROW(fixed_effects(MatrixXd::Zero(2, 2), {0}), InternalError);
  EXPECT_THROW(random_family_effects(MatrixXd::Zero(2, 2), {0, -1}), InternalError);
  EXPECT_THROW(fixed_effects(MatrixXd::Zero(2, 2), {0, 2}), InternalError);
}

}  // namespace
}  // namespace insula::evaluation

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "framework/dataset/dataset.h"
#include "framework/simulation/detail/spm_response.h"
#include "framework/simulation/spm_bilinear.h"
#include "framework/simulation/spm_second_order.h"
#include "modules/catalogue.h"
#include "tests/support/attention_model.h"
#include "tests/support/one_region.h"
#include "tests/support/parameter_table.h"
#include "tests/support/tolerance.h"
#include "tests/support/tsv.h"

namespace insula::simulation {
namespace {

struct Case {
  std::string model, vector;
  std::string file(const std::string& what) const {
    return "spm/predictions/" + model + "_" + vector + "_" + what + ".tsv";
  }
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.model << " " << c.vector; }

// The real series' inputs and sample times, with parameters that SPM was given.
class OnTheRealRun : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (std::getenv("INSULA_DATA") == nullptr)
      GTEST_SKIP() << "INSULA_DATA does not name a folder with attention-to-motion/";
    const dataset::Dataset data =
        dataset::load(std::string(INSULA_ROOT) + "/datasets/attention-to-motion/dataset.yaml");
    run = spm_run(system, data.subjects.front().runs.front());
    theta = insula::test::theta_from_spm(system.architecture,
                                         insula::test::read_named(GetParam().file("parameters")));
  }

  Catalogue kinds = catalogue();
  System system = compile(insula::test::attention_model(GetParam().model, kinds));
  SpmRun run;
  Eigen::VectorXd theta;
};

TEST_P(OnTheRealRun, PredictsTheBoldThatSpmPredicts) {
  const Response response = is_gated(system) ? respond_spm_second_order(system, run, theta, false)
                                             : respond_spm_bilinear(system, run, theta, false);
  ASSERT_TRUE(response.outcome.finished()) << to_text(response.outcome);
  const Eigen::MatrixXd spm = insula::test::read_tsv(GetParam().file("bold_spm")).rows;
  constexpr Eigen::Index kEvery = 6;  // scans kept in the reference
  ASSERT_EQ(response.value.size(), 3u);
  for (Eigen::Index c = 0; c < 3; ++c) {
    const Eigen::VectorXd& mine = response.value[static_cast<std::size_t>(c)];
    ASSERT_EQ(mine.size(), 360);
    const double range = spm.col(c).maxCoeff() - spm.col(c).minCoeff();
    ASSERT_GT(range, 0);
    for (Eigen::Index s = 0; s < spm.rows(); ++s)
      EXPECT_CLOSE(mine[kEvery * s],
                   spm(s, c),
                   Tolerance::because(1e-10 * range,
                                      "rounding, times 1/exp(-8)^2 in the second "
                                      "differences that both take"));
  }
}

TEST_P(OnTheRealRun, PassesThroughTheStatesThatSpmPassesThrough) {
  const bool gated = is_gated(system);
  const SpmGrid grid = spm_grid(run, gated ? 3 : 0);
  const SpmExpansion expansion = spm_expansion(system, system.natural(theta), gated);
  const SpmPath path = gated ? spm_second_order_path(system, run, grid, expansion)
                             : spm_bilinear_path(system, run, grid, expansion);
  const insula::test::Tsv spm = insula::test::read_tsv(GetParam().file("states_spm"));
  constexpr int kEvery = 30;  // scans kept in the reference
  // SPM's columns are a state of all regions, then the next; ours a region's, then a channel's.
  const std::vector<std::string> names = system.state_names();
  const std::vector<std::string> ours{
      "z", "signal", "log_flow", "log_volume", "log_deoxyhaemoglobin"};
  ASSERT_EQ(spm.columns.size(), names.size());
  for (std::size_t column = 0; column < names.size(); ++column) {
    const std::string region = std::vector<std::string>{"V1", "V5", "SPC"}[column % 3];
    const std::string name = column < 3 ? region + ".z" : "bold." + region + "." + ours[column / 3];
    const auto state = std::find(names.begin(), names.end(), name) - names.begin();
    const auto reference = spm.rows.col(static_cast<Eigen::Index>(column));
    for (int s = 0; s < reference.size(); ++s) {
      const int bin = run.bins_per_scan * kEvery * s + run.sample_bin[0];
      EXPECT_CLOSE(path.q(1 + state, grid.moment[static_cast<std::size_t>(bin)]),
                   reference[s],
                   Tolerance::because(1e-10 * reference.cwiseAbs().maxCoeff(),
                                      "rounding, times 1/exp(-8)^2 in the second differences"))
          << name << " at scan " << kEvery * s;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Spm,
                         OnTheRealRun,
                         testing::Values(Case{"forward", "posterior"},
                                         Case{"forward", "prior_driven"},
                                         Case{"gated", "posterior"},
                                         Case{"gated", "prior_driven"}),
                         [](const testing::TestParamInfo<Case>& tested) {
                           return tested.param.model + "_" + tested.param.vector;
                         });

// One region under an input that stays at 1, and an ungated and a gated model under two blocks.
class OnAMadeRun : public testing::Test {
 protected:
  static SpmRun blocks(Eigen::Index inputs, int scans) {
    SpmRun run{3.0 / 16, 16, 3.0, {}, {8, 8, 8}, scans};
    run.input = Eigen::MatrixXd::Zero(inputs, 16 * scans);
    run.input.middleCols(32, 100).setOnes();
    run.input.bottomRows(1).middleCols(80, 100).setOnes();
    return run;
  }
  Catalogue kinds = catalogue();
};

TEST_F(OnAMadeRun, SecondOrderSettlesAtHalfTheSteadyStateOfTheEquation) {
  const System system = compile(insula::test::one_region("neuronal", "bold", kinds));
  std::vector<double> natural = system.natural(system.prior_mean());
  natural[insula::test::parameter_index(system.architecture, "V1.self_inhibition")] = 0.5;
  natural[insula::test::parameter_index(system.architecture, "light -> V1.strength")] = 1;
  SpmRun run{0.1, 16, 1.6, Eigen::MatrixXd::Ones(1, 16 * 40), {1}, 40};
  const SpmGrid grid = spm_grid(run, 2);
  const Eigen::Index last = static_cast<Eigen::Index>(grid.bin.size()) - 1;

  const SpmPath second =
      spm_second_order_path(system, run, grid, spm_expansion(system, natural, true));
  const SpmPath first = spm_bilinear_path(system, run, grid, spm_expansion(system, natural, false));
  // After 62 s, 31 time constants, exp(−31) of the way is left. The equation itself settles at
  // (1/16)/(1/2) = 0.125; the second-order scheme counts −z/2 twice.
  const auto settled = Tolerance::because(1e-12, "exp(-31) and rounding of differences of exp(-8)");
  EXPECT_CLOSE(second.q(1, last), 0.0625, settled);
  EXPECT_CLOSE(first.q(1, last), 0.125, settled);
}

TEST_F(OnAMadeRun, AGateOfZeroChangesNothing) {
  const System ungated = compile(insula::test::attention_model("ungated", kinds));
  const System gated = compile(insula::test::attention_model("gated", kinds));
  Eigen::VectorXd theta = gated.prior_mean();
  for (const char* drive : {"photic -> V1.strength", "attention -> SPC.strength"})
    for (std::size_t i = 0; i < gated.free.size(); ++i)
      if (gated.parameter_names()[i] == drive) theta[static_cast<Eigen::Index>(i)] = 1;
  std::vector<double> without;
  for (std::size_t i = 0; i < gated.free.size(); ++i)
    if (gated.parameter_names()[i] != "V1 -> V5.gating.SPC")
      without.push_back(theta[static_cast<Eigen::Index>(i)]);
  const Eigen::VectorXd shorter =
      Eigen::Map<const Eigen::VectorXd>(without.data(), static_cast<Eigen::Index>(without.size()));

  const SpmRun run = blocks(3, 20);
  const Response with = respond_spm_second_order(gated, run, theta, false);
  const Response plain = respond_spm_second_order(ungated, run, shorter, false);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(with.value[c], plain.value[c]);
}

TEST_F(OnAMadeRun, SensitivitiesAreForwardDifferences) {
  const System system = compile(insula::test::attention_model("full", kinds));
  const SpmRun run = blocks(3, 20);
  for (const auto respond : {respond_spm_bilinear, respond_spm_second_order}) {
    Eigen::VectorXd theta = system.prior_mean().array() + 0.1;
    const Response response = respond(system, run, theta, true);
    ASSERT_EQ(response.jacobian.size(), 3u);
    for (Eigen::Index p = 0; p < theta.size(); ++p) {
      Eigen::VectorXd beside = theta;
      beside[p] += std::exp(-8);
      const Response displaced = respond(system, run, beside, false);
      for (std::size_t c = 0; c < 3; ++c) {
        const Eigen::VectorXd slope = (displaced.value[c] - response.value[c]) / std::exp(-8);
        EXPECT_CLOSE(response.jacobian[c].col(p),
                     slope,
                     Tolerance::because(1e-15 * 4 / std::exp(-8),
                                        "rounding of predictions of "
                                        "size 4, over the step"));
      }
    }
    // Every parameter of this model moves some prediction.
    const Eigen::VectorXd reach = (response.jacobian[0].cwiseAbs().colwise().maxCoeff() +
                                   response.jacobian[1].cwiseAbs().colwise().maxCoeff() +
                                   response.jacobian[2].cwiseAbs().colwise().maxCoeff())
                                      .transpose();
    EXPECT_GT(reach.minCoeff(), 1e-6);
  }
}

TEST_F(OnAMadeRun, BilinearIsLinearInADriveUpToTheOutput) {
  // Haemodynamics are linear, so twice the drive is twice every state; only the output is not.
  const System system = compile(insula::test::one_region("two_state", "bold", kinds));
  std::vector<double> natural = system.natural(system.prior_mean());
  const std::size_t drive =
      insula::test::parameter_index(system.architecture, "light -> V1.strength");
  const SpmRun run = blocks(1, 20);
  const SpmGrid grid = spm_grid(run);
  natural[drive] = 0.5;
  const SpmPath once = spm_bilinear_path(system, run, grid, spm_expansion(system, natural, false));
  natural[drive] = 1;
  const SpmPath twice = spm_bilinear_path(system, run, grid, spm_expansion(system, natural, false));
  const Eigen::MatrixXd doubled = 2 * once.q.bottomRows(system.states);
  EXPECT_CLOSE(twice.q.bottomRows(system.states),
               doubled,
               Tolerance::rounding(1e4, doubled.cwiseAbs().maxCoeff()));
  EXPECT_GT(doubled.cwiseAbs().maxCoeff(), 0.01);
}

TEST_F(OnAMadeRun, APredictionThatDivergesSaysWhereAndWhen) {
  const System system = compile(insula::test::attention_model("forward", kinds));
  Eigen::VectorXd theta = system.prior_mean();
  for (std::size_t i = 0; i < system.free.size(); ++i) {
    const std::string name = system.parameter_names()[i];
    if (name == "V1 -> V5.strength" || name == "V5 -> V1.strength" ||
        name == "photic -> V1.strength")
      theta[static_cast<Eigen::Index>(i)] = 3;
  }
  for (const auto respond : {respond_spm_bilinear, respond_spm_second_order}) {
    const Response response = respond(system, blocks(3, 20), theta, true);
    EXPECT_EQ(response.outcome.kind, Outcome::Kind::diverged);
    EXPECT_TRUE(response.outcome.where == "V1" || response.outcome.where == "V5" ||
                response.outcome.where.rfind("bold of", 0) == 0)
        << response.outcome.where;
    EXPECT_GT(response.outcome.time, 6);   // the first block begins
    EXPECT_LT(response.outcome.time, 60);  // the run ends
    EXPECT_TRUE(response.value.empty());
    EXPECT_TRUE(response.jacobian.empty());
  }
}

}  // namespace
}  // namespace insula::simulation

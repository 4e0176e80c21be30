// SPDX-License-Identifier: Apache-2.0
// compatibility: spm reproduces SPM's fits: free energy within 0.1 nats, posterior means within
// 0.05 posterior standard deviations; and SPM's inversion over an exact integrator within 0.02
// nats.
#include <gtest/gtest.h>

#include <cmath>

#include "framework/experiment/detail/assemble.h"
#include "framework/inference/variational_laplace.h"
#include "modules/catalogue.h"
#include "tests/support/attention_model.h"
#include "tests/support/tolerance.h"
#include "tests/support/tsv.h"

namespace insula::experiment {
namespace {

using simulation::Scheme;

struct Bounds {
  double free_energy, mean_in_sd, sd_share;
};
// What SPM's README of reference values says can be reached: its differences and stopping rule.
constexpr Bounds kOwnScheme{0.1, 0.05, 0.02};
constexpr Bounds kExact{0.02, 0.02, 0.01};

void expect_spm_fit(const std::string& model,
                    const dataset::Subject& subject,
                    Scheme scheme,
                    const std::string& reference,
                    Bounds bounds) {
  const Catalogue kinds = catalogue();
  const architecture::Architecture architecture = insula::test::attention_model(model, kinds);
  const auto assembled = assemble(architecture, subject, {}, {true, scheme});
  const inference::Fit fit = inference::spm_variational_laplace(assembled->problem);
  ASSERT_TRUE(fit.converged()) << fit.reason;

  const auto means = insula::test::read_means("spm/fits/" + reference + ".tsv");
  EXPECT_CLOSE(fit.free_energy.total(),
               means.at("free_energy").first,
               Tolerance::because(bounds.free_energy, "SPM stops at a promise of 0.1 nats"))
      << reference;
  std::size_t compared = 0;
  for (const auto& [name, value] : means) {
    if (name == "free_energy") continue;
    const std::string ours = insula::test::from_spm(name);
    for (std::size_t i = 0; i < assembled->problem.parameter.size(); ++i) {
      if (assembled->problem.parameter[i] != ours) continue;
      const auto at = static_cast<Eigen::Index>(i);
      EXPECT_CLOSE(fit.mean[at],
                   value.first,
                   Tolerance::because(bounds.mean_in_sd * value.second, "SPM's difference step"))
          << reference << " " << ours;
      EXPECT_CLOSE(std::sqrt(fit.covariance(at, at)),
                   value.second,
                   Tolerance::because(bounds.sd_share * value.second, "SPM's difference step"))
          << reference << " " << ours;
      ++compared;
    }
  }
  EXPECT_EQ(compared, assembled->problem.parameter.size());
}

// Series that SPM simulated, with inputs that change at bins of a sixteenth of a scan.
dataset::Subject simulated(const std::string& model) {
  const insula::test::Tsv inputs = insula::test::read_tsv("spm/fits/simulated_inputs.tsv");
  dataset::Run run;
  run.id = "run-1";
  run.duration = 1159.2;
  for (Eigen::Index k = 1; k < 4; ++k) {
    dataset::StepSignal s;
    s.name = inputs.columns[static_cast<std::size_t>(k)];
    for (Eigen::Index i = 0; i < inputs.rows.rows(); ++i) {
      if (i > 0 && inputs.rows(i, k) == s.value.back()) continue;
      s.onset.push_back(inputs.rows(i, 0) * 3.22 / 16);
      s.value.push_back(inputs.rows(i, k));
    }
    run.inputs.push_back(std::move(s));
  }
  dataset::Recording r;
  r.name = r.modality = "bold";
  r.unit = "a.u.";
  r.interval = 3.22;
  r.channels = {"V1", "V5", "SPC"};
  r.delay = {1.61, 1.61, 1.61};
  r.samples = insula::test::read_tsv("spm/fits/simulated_" + model + "_y.tsv").rows;
  run.recordings = {std::move(r)};
  return {"s01", {std::move(run)}, {}};
}

TEST(SpmCompatibility, ReproducesAFitOfASimulatedSeriesByItsOwnScheme) {
  expect_spm_fit("forward",
                 simulated("forward"),
                 Scheme::spm_bilinear,
                 "simulated_forward_fitted_forward",
                 kOwnScheme);
}

TEST(SpmCompatibility, ReproducesAFitOfASimulatedSeriesOverAnExactIntegrator) {
  expect_spm_fit(
      "forward", simulated("forward"), Scheme::accurate, "exact_forward_fitted_forward", kExact);
}

class OnRealData : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("INSULA_DATA") == nullptr)
      GTEST_SKIP() << "INSULA_DATA does not name a folder with attention-to-motion/";
    subject = dataset::load(std::string(INSULA_ROOT) + "/datasets/attention-to-motion/spm.yaml")
                  .subjects[0];
  }
  dataset::Subject subject;
};

TEST_F(OnRealData, FitsAreSpmsByItsOwnSchemes) {
  for (const std::string model : {"forward", "full", "ungated"})
    expect_spm_fit(model, subject, Scheme::spm_bilinear, "attention-real_" + model, kOwnScheme);
  expect_spm_fit("gated", subject, Scheme::spm_second_order, "attention-real_gated", kOwnScheme);
}

TEST_F(OnRealData, FitsAreSpmsOverAnExactIntegrator) {
  for (const std::string model : {"forward", "gated"})
    expect_spm_fit(model, subject, Scheme::accurate, "exact_real_fitted_" + model, kExact);
}

}  // namespace
}  // namespace insula::experiment

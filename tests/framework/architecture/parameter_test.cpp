// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "framework/base/random.h"
#include "tests/framework/architecture/support.h"
#include "tests/support/tolerance.h"

namespace insula::architecture {
namespace {

Architecture with_parameters(const std::string& lines, Priors priors = Priors::insula) {
  return parse_test(std::string(kThreeRegions) + "parameters:\n" + lines, priors);
}

TEST(Parameter, MapsItsDomainsToNaturalUnits) {
  Parameter p;
  EXPECT_EQ(p.natural(-3.5), -3.5);
  p.domain = Domain::positive;
  p.reference = 2;
  EXPECT_EQ(p.natural(0), 2);
  EXPECT_CLOSE(p.natural(std::log(3.0)), 6.0, Tolerance::rounding(4));
  p.domain = Domain::unit_interval;
  EXPECT_EQ(p.natural(0), 0.5);
  EXPECT_CLOSE(p.natural(std::log(3.0)), 0.75, Tolerance::rounding(4));
}

TEST(Parameter, HasTheDerivativeOfItsNaturalValue) {
  Stream random(3, "derivative");
  for (int i = 0; i < 200; ++i) {
    Parameter p;
    p.domain = static_cast<Domain>(i % 3);
    p.reference = std::exp(2 * random.normal());
    const double theta = 4 * random.normal();
    const double h = std::cbrt(2.2e-16) * std::max(std::abs(theta), 1.0);
    const double difference = (p.natural(theta + h) - p.natural(theta - h)) / (2 * h);
    // Third derivatives are at most the value itself (exp) or 1/8 (logistic): h²/6 of it, plus the
    // rounding of both values, divided by 2h.
    const double size = std::max(std::abs(p.natural(theta)), std::abs(theta));
    const double bound = 2 * h * h * std::max(size, 1.0) + 4 * 2.2e-16 * size / h;
    EXPECT_CLOSE(p.derivative(theta),
                 difference,
                 Tolerance::because(bound, "central difference with step " + std::to_string(h)));
  }
}

TEST(Parameter, DoesNotOverflowAtTheEdges) {
  Parameter p;
  p.domain = Domain::unit_interval;
  EXPECT_EQ(p.natural(-800), 0);
  EXPECT_EQ(p.natural(800), 1);
  EXPECT_EQ(p.derivative(-800), 0);
  EXPECT_EQ(p.derivative(800), 0);
}

TEST(Defaults, AreThoseOfTheKinds) {
  const Architecture a = parse_test(kThreeRegions);
  const Parameter& decay = parameter(a, "bold.decay");
  EXPECT_EQ(decay.natural(decay.prior_mean), 0.64);
  EXPECT_EQ(decay.prior_mean, 0);
  EXPECT_EQ(decay.prior_sd, 0.0625);
  EXPECT_TRUE(decay.free);
  EXPECT_FALSE(decay.stated);
  EXPECT_FALSE(parameter(a, "bold.echo_time").free);
  const Parameter& strength = parameter(a, "V1 -> V5.strength");
  EXPECT_EQ(strength.prior_mean, 1.0 / 128);
  EXPECT_EQ(strength.prior_sd, 0.125);
  const Parameter& drive = parameter(a, "photic -> V1.strength");
  EXPECT_EQ(drive.prior_mean, 0);
  EXPECT_EQ(drive.prior_sd, 1);  // C of DCM
  EXPECT_EQ(drive.unit, "1/s");
}

TEST(Settings, ReadPriorsInTheSpaceOfTheFit) {
  const Architecture a = with_parameters(R"(
  V1 -> V5.strength: {prior: normal(0.2 1/s, 500 1/ms)}
  bold.transit: {prior: lognormal(4000 ms, 0.06)}
  bold.decay: {prior: 'lognormal( 0.32 1/s ,0.5)'}
  bold.epsilon:
    prior: lognormal(1, 0.1)
)");
  const Parameter& strength = parameter(a, "V1 -> V5.strength");
  EXPECT_EQ(strength.prior_mean, 0.2);
  EXPECT_EQ(strength.prior_sd, 500000);
  EXPECT_TRUE(strength.stated);
  for (const char* name : {"bold.transit.V1", "bold.transit.V5", "bold.transit.SPC"}) {
    EXPECT_EQ(parameter(a, name).prior_mean, std::log(2.0)) << name;
    EXPECT_EQ(parameter(a, name).prior_sd, 0.06) << name;
  }
  EXPECT_EQ(parameter(a, "bold.decay").prior_mean, std::log(0.5));
  EXPECT_EQ(parameter(a, "bold.epsilon").prior_mean, 0);
}

TEST(Settings, ReadFixedValues) {
  const Architecture a = with_parameters(R"(
  bold.transit.V5: 1 s
  V1 -> V5.modulation.motion: {fixed: 0.4 1/s}
)");
  const Parameter& transit = parameter(a, "bold.transit.V5");
  EXPECT_FALSE(transit.free);
  EXPECT_EQ(transit.prior_sd, 0);
  EXPECT_CLOSE(transit.natural(transit.prior_mean), 1.0, Tolerance::rounding(4));
  EXPECT_TRUE(parameter(a, "bold.transit.V1").free);
  EXPECT_EQ(parameter(a, "V1 -> V5.modulation.motion").prior_mean, 0.4);
}

TEST(Settings, StandInTheEntryOfTheirOwnerToo) {
  const Architecture a = parse(R"(insula: architecture/1
name: inline
regions:
  A: {kind: rate, time_constant: 50 ms, slope: {prior: lognormal(2, 0.1)}}
  B: {kind: bounded, leak: {prior: logitnormal(0.4, 0.5), shared: false}}
projections: {A -> B: {kind: linear, strength: {fixed: 0.3 1/s}}}
inputs: {light: {drives: [A]}}
observations: {rate: {kind: rate, regions: [A, B], gain: {shared: true, fixed: 2}}}
)",
                               "test.yaml",
                               odd_catalogue());
  EXPECT_EQ(parameter(a, "A.time_constant").prior_mean, std::log(0.5));
  EXPECT_EQ(parameter(a, "A.slope").prior_mean, std::log(2.0));
  EXPECT_EQ(parameter(a, "B.leak").prior_mean, std::log(0.4 / 0.6));
  EXPECT_EQ(parameter(a, "B.leak").prior_sd, 0.5);
  EXPECT_EQ(parameter(a, "A -> B.strength").prior_mean, 0.3);
  EXPECT_EQ(parameter(a, "rate.gain.B").prior_mean, std::log(2.0));
}

TEST(Shared, TiesARegionsParameterToTheFirst) {
  const Architecture a = with_parameters("  bold.transit: {shared: true}\n");
  const std::size_t first = a.observation_parameters[0];
  EXPECT_EQ(a.parameters[first].tied_to, first);
  EXPECT_EQ(a.parameters[first + 1].tied_to, first);
  EXPECT_EQ(a.parameters[first + 2].tied_to, first);
  EXPECT_EQ(a.parameters[first + 3].tied_to, first + 3);
  EXPECT_EQ(a.free_parameters().size(), 13U);  // two fewer than untied
}

TEST(Shared, MayHaveAPriorOfItsOwn) {
  const Architecture a =
      with_parameters("  bold.transit: {prior: lognormal(1 s, 0.2), shared: true}\n");
  EXPECT_EQ(parameter(a, "bold.transit.SPC").prior_sd, 0.2);
  EXPECT_EQ(a.free_parameters().size(), 13U);
}

TEST(SpmPriors, DifferInTheMeanOfSelfInhibition) {
  const Architecture ours = parse_test(kThreeRegions);
  const Architecture spm = parse_test(kThreeRegions, Priors::spm);
  for (std::size_t i = 0; i < ours.parameters.size(); ++i) {
    const bool differs = ours.parameters[i].name.ends_with("self_inhibition");
    EXPECT_EQ(spm.parameters[i].prior_mean, differs ? 1.0 / 128 : ours.parameters[i].prior_mean);
    EXPECT_EQ(spm.parameters[i].prior_sd, ours.parameters[i].prior_sd);
  }
}

}  // namespace
}  // namespace insula::architecture

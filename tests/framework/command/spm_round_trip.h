// SPDX-License-Identifier: Apache-2.0
// What two architectures claim, so that they can be compared whatever the order of their entries.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "framework/architecture/architecture.h"

namespace insula::command {

/// Regions, projections with their kinds, contexts and gates, what inputs drive, observations.
inline std::set<std::string> claims_of(const architecture::Architecture& a) {
  std::set<std::string> claims;
  for (const auto& region : a.regions)
    claims.insert("region " + region.name + " " + std::string(region.kind->name));
  for (const auto& p : a.projections) {
    std::string claim = to_text(a, p) + " " + std::string(p.kind->name);
    std::set<std::string> by(p.contexts.begin(), p.contexts.end());  // their order says nothing
    for (const std::size_t gate : p.gates) by.insert(a.regions[gate].name);
    for (const std::string& name : by) claim += " by " + name;
    claims.insert(claim);
  }
  for (const auto& input : a.inputs) {
    std::string claim = "input " + input.name;
    for (const std::size_t region : input.drives) claim += " -> " + a.regions[region].name;
    claims.insert(claim);
  }
  for (const auto& o : a.observations) {
    std::string claim = "observation " + o.name + " " + std::string(o.kind->name);
    for (const std::size_t region : o.regions) claim += " of " + a.regions[region].name;
    claims.insert(claim + (o.noise == NoiseModel::ar1 ? " ar1" : " white"));
  }
  return claims;
}

/// By name: is it free, the mean and the sd of its prior, to the last bit.
inline std::map<std::string, std::tuple<bool, double, double>> priors_of(
    const architecture::Architecture& a) {
  std::map<std::string, std::tuple<bool, double, double>> priors;
  for (const auto& p : a.parameters)
    priors[p.name] = {p.free, p.prior_mean, p.free ? p.prior_sd : 0};
  return priors;
}

inline void expect_same(const architecture::Architecture& one,
                        const architecture::Architecture& other) {
  EXPECT_EQ(one.name, other.name);
  EXPECT_EQ(claims_of(one), claims_of(other));
  EXPECT_EQ(priors_of(one), priors_of(other));
}

}  // namespace insula::command

// SPDX-License-Identifier: Apache-2.0
// A system with its parameter values, laid out for evaluation: instances of one kind stand side by
// side in lanes, so that one call computes a kind's equations for all of them.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "framework/simulation/system.h"

namespace insula::simulation {

struct Packed {
  /// Instances of one region or observation kind; lane i of the group is instance member[i].
  struct Group {
    const Map* drift = nullptr;
    const Map* activity = nullptr;  // regions only
    std::vector<int> member;
    std::size_t state = 0;          // first number of the group in a packed state
    std::size_t input = 0;          // … in `inputs`
    std::size_t z = 0;              // … in `activity` (regions)
    std::vector<double> parameter;  // blocked lanes
  };
  struct ProjectionGroup {
    const Map* transmit = nullptr;
    std::vector<int> member;
    std::vector<double> parameter, input, out;  // blocked lanes
  };

  Packed(const System& system, const std::vector<double>& natural);

  /// Sets what is constant within a stretch of constant input; stimuli: see stimuli_of().
  void set_input(const Eigen::Ref<const Eigen::VectorXd>& u,
                 const Eigen::Ref<const Eigen::VectorXd>& stimuli);
  /// Time derivative of a packed state; leaves the regions' activities in `activity`.
  void drift(const double* x, double* rate);

  std::size_t size = 0;                 // numbers of a packed state, lanes of padding included
  std::vector<std::size_t> state_slot;  // of each state of the system
  std::vector<std::size_t> z_slot;      // of each region, in `activity`
  std::vector<double> rest;             // packed
  std::vector<double> activity;

 private:
  struct Gate {
    std::size_t lane, z;
    double weight;
  };  // of a projection group's gating input
  struct Link {
    std::size_t out, port;
    double gain;
  };  // adds a projection's output to a port

  const System& system_;
  const std::vector<double>& natural_;
  std::vector<Group> regions_, channels_;
  std::vector<ProjectionGroup> projections_;
  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> sources_;  // lane ← z, per group
  std::vector<std::vector<Gate>> gates_;
  std::vector<std::vector<Link>> links_;
  std::vector<double> inputs_;           // ports of all regions, activities of all channels
  std::vector<double> constant_inputs_;  // the same with stimuli alone
  std::vector<std::pair<std::size_t, std::size_t>> seen_;  // channel input ← z
  std::vector<std::size_t> stimulus_port_;                 // of each region; npos without one
};

/// Where quantity q of lane i stands in blocked lanes of `count` quantities.
inline std::size_t lane_slot(std::size_t i, std::size_t count, std::size_t q) {
  return (i / kLanes * count + q) * kLanes + i % kLanes;
}
/// Numbers that `instances` lanes of `count` quantities take.
inline std::size_t lane_size(std::size_t instances, std::size_t count) {
  return (instances + kLanes - 1) / kLanes * kLanes * count;
}

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
// A system with its parameter values, laid out for evaluation: instances of one kind stand side by
// side in lanes, so that one call computes a kind's equations for all of them. With kLanes copies,
// each with values of its own, a lane is a copy and every instance fills whole vectors.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "framework/simulation/detail/copies.h"
#include "framework/simulation/system.h"

namespace insula::simulation {

struct Packed {
  /// Instances of one region or observation kind; lanes from copies · i of the group are the copies
  /// of instance member[i].
  struct Group {
    const Map* drift = nullptr;
    const Map* activity = nullptr;  // regions only
    std::vector<int> member;
    std::size_t state = 0;  // first number of the group in a packed state
    std::size_t input = 0;  // … in `inputs`
    std::size_t z = 0;      // … in `activity` (regions)
    Numbers parameter;      // blocked lanes
  };
  struct ProjectionGroup {
    const Map* transmit = nullptr;
    std::vector<int> member;
    Numbers parameter, input, out;  // blocked lanes
  };

  /// natural: of each copy; 1 or kLanes of them, which outlive this.
  Packed(const System& system, std::span<const std::vector<double>> natural);

  /// Sets what is constant within a stretch of constant input. Of each copy: its inputs, and a
  /// column of stimuli, see stimuli_of().
  void set_input(std::span<const double* const> inputs,
                 const Eigen::Ref<const Eigen::MatrixXd>& stimuli);
  /// Time derivative of a packed state; leaves the regions' activities in `activity`.
  void drift(const double* x, double* rate) {
    natural_.size() == 1 ? drift_of<1>(x, rate) : drift_of<kLanes>(x, rate);
  }

  std::size_t size = 0;  // numbers of a packed state, lanes of padding included
  // The first copy's; the others' follow it.
  std::vector<std::size_t> state_slot;  // of each state of the system
  std::vector<std::size_t> z_slot;      // of each region, in `activity`
  Numbers rest;                         // packed
  Numbers activity;

 private:
  template <std::size_t kCopies>
  void drift_of(const double* x, double* rate);

  const System& system_;
  std::span<const std::vector<double>> natural_;
  std::vector<Group> regions_, channels_;
  std::vector<ProjectionGroup> projections_;
  std::vector<std::vector<Route>> sources_, gates_;  // from activities to a group's input
  std::vector<std::vector<Route>> links_;            // from a group's output to ports
  Numbers weights_;                                  // of routes, each copy's
  Numbers inputs_;                          // ports of all regions, activities of all channels
  Numbers constant_inputs_;                 // the same with stimuli alone
  std::vector<Route> seen_;                 // from activities to channels
  std::vector<std::size_t> stimulus_port_;  // of each region; npos without one
  CopyKernels kernels_;
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

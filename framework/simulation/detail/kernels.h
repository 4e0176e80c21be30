// SPDX-License-Identifier: Apache-2.0
// The two hot loops of sensitivities, compiled once for each instruction set. Values travel in
// blocks of kLanes moments; tangents in blocks of kLanes directions.
#pragma once

#include <cstddef>

#include "framework/numerics/isa.h"
#include "framework/simulation/detail/trajectory.h"

namespace insula::simulation {

/// to = Σ a · b · c over neighbouring terms of one `to`, on kLanes moments; indices count blocks of
/// kLanes numbers.
struct Term {
  int to = 0, a = 0, b = 0, c = 0;
};

/// A parameter enters an equation: tangent[row] of direction `lane` += factor · stream[entry].
struct Injection {
  int row = 0, lane = 0, entry = 0;
  double factor = 1;
};

/// A sparse linear form of tangents whose coefficients change from moment to moment: coefficient
/// `entry` of moment t stands at stream[(t / kLanes · width + entry) · kLanes + t % kLanes].
struct LinearForm {
  const double* stream = nullptr;
  std::size_t width = 0;
  int rows = 0;
  const int* row_start = nullptr;  // rows + 1
  const int* entry = nullptr;
  const int* column = nullptr;  // which tangent
  int injections = 0;
  const Injection* injection = nullptr;
};

/// One channel's samples, in the order of time.
struct OutputForm {
  LinearForm form;            // one row; moments are samples
  double* tangent = nullptr;  // samples × kLanes, row-major
};

/// Tangents of kLanes directions carried through all steps of a trajectory:
/// Ẋ' = M(t) Ẋ + N(t), by the same Runge-Kutta stages as the trajectory itself.
struct Propagation {
  LinearForm drift;
  const Step* steps = nullptr;
  std::size_t step_count = 0;
  const int* steps_until = nullptr;   // break points
  const int* first_sample = nullptr;  // break points + 1
  const Sample* samples = nullptr;
  std::size_t points = 0;
  const WithinStep* within = nullptr;
  std::size_t within_count = 0;
  const OutputForm* outputs = nullptr;  // per channel
  double* work = nullptr;               // (kStages + 4) · rows · kLanes numbers
  /// Per break point: whether the tangents, once its samples are taken, are noted in `ends` (one
  /// after the other, rows · kLanes numbers each) and set to `start`. Null: never.
  const char* restarts = nullptr;
  const double* start = nullptr;
  double* ends = nullptr;
};

/// A linear form turned around: rows pull on tangents, and on parameters.
struct PullForm {
  LinearForm form;  // no injections
  /// Row `pull_row[k]` pulls on parameter entry `pull_entry[k]` of the stream: slope[k · kLanes +
  /// l].
  int pulls = 0;
  const int* pull_row = nullptr;
  const int* pull_entry = nullptr;
  double* slope = nullptr;
};

/// … and the weights of a channel's samples, samples × kLanes, row-major; null: none.
struct WeighedOutput {
  PullForm form;
  const double* weight = nullptr;
};

/// kLanes sets of weights carried back through all steps of a trajectory without samples within
/// steps: the transpose of Propagation, stage by stage.
struct Reversal {
  PullForm drift;
  const Step* steps = nullptr;
  const int* steps_until = nullptr;   // break points
  const int* first_sample = nullptr;  // break points + 1
  const Sample* samples = nullptr;
  std::size_t points = 0;
  const WeighedOutput* outputs = nullptr;  // per channel
  double* work = nullptr;                  // (kStages + 2) · rows · kLanes numbers
};

/// to = base + h · Σ_j weight[j] · slope[j], for `size` numbers from `first`, multiples of kLanes.
struct Combination {
  const double* base = nullptr;
  const double* const* slope = nullptr;
  const double* weight = nullptr;  // those that are 0 are passed over
  int count = 0;
  double h = 0;
  std::size_t size = 0;
  std::size_t first = 0;
};

struct Kernels {
  void (*accumulate)(const Term*, std::size_t, const double*, double*);
  void (*propagate)(const Propagation&);
  void (*reverse)(const Reversal&);
  void (*combine)(const Combination&, double* to);
};
Kernels kernels(Isa isa);

}  // namespace insula::simulation

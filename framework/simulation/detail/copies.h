// SPDX-License-Identifier: Apache-2.0
// The hot loops of kLanes copies of a system that are integrated together, compiled once for each
// instruction set: lane l of kLanes neighbouring numbers is copy l's.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#include "framework/contract/map.h"
#include "framework/numerics/isa.h"

namespace insula::simulation {

/// Memory that begins where cache lines do, so that no load of a whole vector meets two of them.
template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};
  LineAllocator() = default;
  template <class Other>
  LineAllocator(const LineAllocator<Other>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kLine)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, kLine); }
  friend bool operator==(const LineAllocator&, const LineAllocator&) { return true; }
};
using Numbers = std::vector<double, LineAllocator<double>>;

/// From one equation's numbers to another's. A single copy has routes, too.
struct Route {
  std::size_t to = 0, from = 0;
  std::size_t weight = 0;  // place of the first copy's
};

/// States that share a scale, each by its place in the arrays of all states.
struct Judged {
  const std::size_t* slot = nullptr;
  std::size_t count = 0;
  const double* next = nullptr;   // the states that a step leads to
  const double* error = nullptr;  // the step's
  const double* rest = nullptr;
  bool accumulates = false;  // the scale is not of these states
};

struct CopyKernels {
  /// to = from
  void (*copy)(const Route*, std::size_t count, const double* from, double* to);
  /// to += weight · from; neighbours with one `to` are the quickest
  void (*add)(
      const Route*, std::size_t count, const double* weight, const double* from, double* to);
  /// Raises each copy's scale to its states' excursions from rest, and its worst error, as a share
  /// of the scale, to theirs; what is not finite has an infinite error.
  void (*judge)(const Judged&, double* scale, double* worst);
  /// to = Σ_j weight[j] · from[kLanes · j …]
  void (*weigh)(const double* weight, std::size_t count, const double* from, double* to);
};
CopyKernels copy_kernels(Isa isa);

}  // namespace insula::simulation

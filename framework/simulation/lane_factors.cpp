// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/lane_factors.h"

#include <cmath>
#include <utility>

namespace insula::simulation {
namespace {

// to −= a · b, lane by lane.
void subtract_product(double* to, const double* a, const double* b) {
  for (std::size_t l = 0; l < kLanes; ++l) to[l] -= a[l] * b[l];
}

void multiply(double* to, const double* a) {
  for (std::size_t l = 0; l < kLanes; ++l) to[l] *= a[l];
}

}  // namespace

LaneFactors::LaneFactors(std::size_t size)
    : size_(size),
      a_(size * size * kLanes, 0.0),
      inverse_(size * kLanes, 0.0),
      pivot_(size * kLanes, 0) {}

void LaneFactors::factor() {
  for (std::size_t k = 0; k < size_; ++k) {
    exchange_rows(k);
    const double* diagonal = row(k) + k * kLanes;
    for (std::size_t l = 0; l < kLanes; ++l) inverse_[k * kLanes + l] = 1 / diagonal[l];
    eliminate(k);
  }
}

void LaneFactors::exchange_rows(std::size_t column) {
  for (std::size_t l = 0; l < kLanes; ++l) {
    std::size_t best = column;
    for (std::size_t i = column + 1; i < size_; ++i)
      if (std::abs(row(i)[column * kLanes + l]) > std::abs(row(best)[column * kLanes + l]))
        best = i;
    pivot_[column * kLanes + l] = best;
    if (best == column) continue;
    for (std::size_t j = 0; j < size_; ++j)
      std::swap(row(best)[j * kLanes + l], row(column)[j * kLanes + l]);
  }
}

void LaneFactors::eliminate(std::size_t column) {
  const double* above = row(column);
  for (std::size_t i = column + 1; i < size_; ++i) {
    double* below = row(i);
    multiply(below + column * kLanes, inverse_.data() + column * kLanes);
    for (std::size_t j = column + 1; j < size_; ++j)
      subtract_product(below + j * kLanes, below + column * kLanes, above + j * kLanes);
  }
}

void LaneFactors::solve(double* b) const {
  for (std::size_t k = 0; k < size_; ++k)
    for (std::size_t l = 0; l < kLanes; ++l)
      std::swap(b[k * kLanes + l], b[pivot_[k * kLanes + l] * kLanes + l]);
  for (std::size_t i = 0; i < size_; ++i)
    for (std::size_t j = 0; j < i; ++j)
      subtract_product(b + i * kLanes, row(i) + j * kLanes, b + j * kLanes);
  for (std::size_t i = size_; i-- > 0;) {
    for (std::size_t j = i + 1; j < size_; ++j)
      subtract_product(b + i * kLanes, row(i) + j * kLanes, b + j * kLanes);
    multiply(b + i * kLanes, inverse_.data() + i * kLanes);
  }
}

// Aᵀ = Uᵀ Lᵀ P: the same triangles from the other side, and the exchanges last.
void LaneFactors::solve_transposed(double* b) const {
  for (std::size_t i = 0; i < size_; ++i) {
    multiply(b + i * kLanes, inverse_.data() + i * kLanes);
    for (std::size_t j = i + 1; j < size_; ++j)
      subtract_product(b + j * kLanes, row(i) + j * kLanes, b + i * kLanes);
  }
  for (std::size_t i = size_; i-- > 0;)
    for (std::size_t j = 0; j < i; ++j)
      subtract_product(b + j * kLanes, row(i) + j * kLanes, b + i * kLanes);
  for (std::size_t k = size_; k-- > 0;)
    for (std::size_t l = 0; l < kLanes; ++l)
      std::swap(b[k * kLanes + l], b[pivot_[k * kLanes + l] * kLanes + l]);
}

bool LaneFactors::has_positive_determinant(std::size_t lane) const {
  bool is_positive = true;
  for (std::size_t k = 0; k < size_; ++k) {
    const double diagonal = row(k)[k * kLanes + lane];
    if (!(diagonal < 0) && !(diagonal > 0)) return false;
    if ((diagonal < 0) != (pivot_[k * kLanes + lane] != k)) is_positive = !is_positive;
  }
  return is_positive;
}

}  // namespace insula::simulation

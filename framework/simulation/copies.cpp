// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/copies.h"

#include <cmath>

#include "framework/simulation/detail/lanes.h"

namespace insula::simulation::INSULA_ISA {

extern const CopyKernels copy_kernels;

namespace {

Pack larger(Pack a, Pack b) { return Pack(a.v < b.v ? b.v : a.v); }
Pack magnitude(Pack x) { return Pack(x.v < 0 ? -x.v : x.v); }

void copy(const Route* routes, std::size_t count, const double* from, double* to) {
  for (std::size_t k = 0; k < count; ++k)
    Lanes::load(from + routes[k].from).store(to + routes[k].to);
}

void add(
    const Route* routes, std::size_t count, const double* weight, const double* from, double* to) {
  for (std::size_t k = 0; k < count;) {
    double* target = to + routes[k].to;
    Lanes sum = Lanes::load(target);
    for (; k < count && to + routes[k].to == target; ++k)
      sum.add(weight + routes[k].weight, from + routes[k].from);
    sum.store(target);
  }
}

void judge(const Judged& node, double* scales, double* worst_yet) {
  for (std::size_t l = 0; l < kLanes; l += kWidth) {
    Pack scale = Pack::load(scales + l), error(0.0), not_finite(0.0);
    for (std::size_t k = 0; k < node.count; ++k) {
      const std::size_t i = node.slot[k] + l;
      const Pack next = Pack::load(node.next + i), wrong = Pack::load(node.error + i);
      error = larger(error, magnitude(wrong));
      if (!node.accumulates) scale = larger(scale, magnitude(next - Pack::load(node.rest + i)));
      not_finite = not_finite + Pack(0.0) * next + Pack(0.0) * wrong;
    }
    error = Pack(not_finite.v == 0 ? error.v : Pack(HUGE_VAL).v);
    const Pack worst = Pack::load(worst_yet + l);
    Pack(error.v > (worst * scale).v ? (error / scale).v : worst.v).store(worst_yet + l);
    scale.store(scales + l);
  }
}

void weigh(const double* weight, std::size_t count, const double* from, double* to) {
  constexpr std::size_t kSums = 4;  // which do not wait for each other
  Lanes sum[kSums] = {};
  std::size_t j = 0;
  for (; j + kSums <= count; j += kSums)
    for (std::size_t k = 0; k < kSums; ++k) sum[k].add(weight[j + k], from + (j + k) * kLanes);
  for (; j < count; ++j) sum[0].add(weight[j], from + j * kLanes);
  for (std::size_t i = 0; i < Lanes::kPacks; ++i)
    sum[0].p[i] = (sum[0].p[i] + sum[1].p[i]) + (sum[2].p[i] + sum[3].p[i]);
  sum[0].store(to);
}

}  // namespace

constinit const CopyKernels copy_kernels{copy, add, judge, weigh};

}  // namespace insula::simulation::INSULA_ISA

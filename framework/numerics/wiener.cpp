// SPDX-License-Identifier: Apache-2.0
#include "framework/numerics/wiener.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "framework/base/error.h"
#include "framework/numerics/detail/wiener_kernel.h"
#include "framework/numerics/parallel.h"

namespace insula::numerics {

namespace portable {
extern const WienerKernels wiener_kernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const WienerKernels wiener_kernels;
}
namespace avx512 {
extern const WienerKernels wiener_kernels;
}
#endif

WienerKernels wiener_kernels(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx2) return avx2::wiener_kernels;
  if (isa == Isa::avx512) return avx512::wiener_kernels;
#endif
  static_cast<void>(isa);
  return portable::wiener_kernels;
}

namespace {

// Long enough that starting a task costs nothing beside it, a multiple of every width.
constexpr std::size_t kChunk = 4096;

void check(const char* what, std::size_t size, std::size_t trials, bool may_be_shared) {
  if (size == trials || (may_be_shared && size == 1)) return;
  throw InternalError("wiener: " + std::string(what) + " has " + std::to_string(size) +
                      " numbers, but there are " + std::to_string(trials) + " trials");
}

WienerTask whole(const WienerTrials& trials, const WienerParameters& p) {
  const std::size_t n = trials.rt.size();
  check("resp", trials.resp.size(), n, false);
  const std::span<const double> columns[] = {trials.rt, trials.resp, p.v, p.a, p.z, p.t0, p.sv};
  const char* const names[] = {"rt", "resp", "v", "a", "z", "t0", "sv"};
  WienerTask task;
  task.count = n;
  for (std::size_t c = 0; c < 7; ++c) {
    check(names[c], columns[c].size(), n, c >= 2);
    task.in[c] = {columns[c].data(), columns[c].size() == 1 ? 0u : 1u};
  }
  return task;
}

void run(const WienerTask& task, void (*kernel)(const WienerTask&)) {
  parallel_for((task.count + kChunk - 1) / kChunk, [&](std::size_t chunk) {
    const std::size_t first = chunk * kChunk;
    WienerTask part = task;
    part.count = std::min(kChunk, task.count - first);
    for (WienerColumn& column : part.in) column.data += first * column.stride;
    for (double*& column : part.out) column = column == nullptr ? column : column + first;
    kernel(part);
  });
}

}  // namespace

void wiener_log_density(const WienerTrials& trials,
                        const WienerParameters& parameters,
                        std::span<double> log_density,
                        Isa isa) {
  WienerTask task = whole(trials, parameters);
  check("log_density", log_density.size(), task.count, false);
  task.out[0] = log_density.data();
  run(task, wiener_kernels(isa).density);
}

void wiener_log_density(const WienerTrials& trials,
                        const WienerParameters& parameters,
                        std::span<double> log_density,
                        const WienerGradient& gradient,
                        Isa isa) {
  WienerTask task = whole(trials, parameters);
  double** to = task.out;
  for (const std::span<double> column :
       {log_density, gradient.v, gradient.a, gradient.z, gradient.t0, gradient.sv}) {
    check("a result", column.size(), task.count, false);
    *to++ = column.data();
  }
  run(task, wiener_kernels(isa).gradient);
}

Eigen::Matrix<double, Eigen::Dynamic, 15> wiener_hessian(const WienerTrials& trials,
                                                         const WienerParameters& parameters,
                                                         Isa isa) {
  WienerTask task = whole(trials, parameters);
  Eigen::Matrix<double, Eigen::Dynamic, 15> hessian(static_cast<Eigen::Index>(task.count), 15);
  for (int k = 0; k < 15; ++k) task.out[k] = hessian.col(k).data();
  run(task, wiener_kernels(isa).curvature);
  return hessian;
}

}  // namespace insula::numerics

// SPDX-License-Identifier: Apache-2.0
// The key `memory`, and hypotheses that do not fit in it.
#include <algorithm>
#include <cmath>

#include "framework/config/reader.h"
#include "framework/experiment/detail/loading.h"
#include "framework/regression/memory.h"

namespace insula::experiment::detail {
namespace {

using architecture::Input;

// A fit of P parameters holds its precision, covariance, their factors and what steps are made of:
// 10 to 12 matrices of P × P beside the data, measured of 1000, 2000 and 4000 weights.
constexpr double kSquares = 12;

std::size_t columns_of_band(const Input& input) { return input.band ? input.band->count() : 0; }

}  // namespace

void read_memory(config::Reader& top, Experiment& e) {
  constexpr config::Range kBytes{0, 1e18, true, false};
  e.memory.place = Place{e.file, 0, 0, 0, ""};
  if (!top.has("memory")) return;
  e.memory.place = top.any("memory").place();
  if (const auto bytes = top.optional_quantity("memory", Dimension::memory, kBytes))
    e.memory.bytes = static_cast<std::size_t>(*bytes);
}

void check_memory(const Experiment& e, Mistakes& mistakes) {
  for (const Hypothesis& h : e.hypotheses) {
    const auto& inputs = h.architecture.inputs;
    const auto most = std::ranges::max_element(inputs, {}, columns_of_band);
    if (most == inputs.end() || !most->band) continue;
    const auto parameters = static_cast<double>(h.architecture.free_parameters().size());
    const double bytes = kSquares * sizeof(double) * parameters * parameters;
    if (bytes <= static_cast<double>(e.memory.bytes)) continue;
    const double fits = std::sqrt(static_cast<double>(e.memory.bytes) / kSquares / sizeof(double));
    mistakes.add(most->place,
                 "with the weights of '" + most->name + "' hypothesis '" + h.name + "' has " +
                     number_text(parameters) + " parameters, whose posterior takes about " +
                     regression::bytes_text(static_cast<std::size_t>(bytes)) +
                     ", but 'memory' allows " + regression::bytes_text(e.memory.bytes),
                 "reduce the band ('reduce: {pca: N}'; " + number_text(std::floor(fits)) +
                     " parameters fit), or write a larger 'memory' in the experiment");
  }
}

}  // namespace insula::experiment::detail

// SPDX-License-Identifier: Apache-2.0
// Numbers with intervals, a line each, as an SVG that needs no script.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "framework/report/detail/markup.h"

namespace insula::report {

struct Dot {
  std::string name;
  std::string classes;  // "dot-0" … "dot-5", "baseline-mark", "band-mark"
  double value = 0, low = 0, high = 0;
};

/// `band`: what is shaded behind them all; NaN: nothing. The axis holds 0.
Html dot_plot(const std::vector<Dot>& dots,
              std::pair<double, double> band,
              const std::string& label);

}  // namespace insula::report

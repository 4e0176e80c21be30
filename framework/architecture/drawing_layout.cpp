// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "framework/architecture/detail/reach.h"
#include "framework/architecture/graph.h"

namespace insula::architecture {
namespace {

// Columns from left to right: inputs, then regions by distance from them, then unreached regions.
std::vector<std::size_t> columns_of(const Architecture& architecture) {
  const std::vector<int> distance = detail::distance_from_inputs(architecture);
  const int farthest = distance.empty() ? 0 : *std::max_element(distance.begin(), distance.end());
  std::vector<std::size_t> columns;
  for (int d : distance)
    columns.push_back(static_cast<std::size_t>(1 + (d < 0 ? farthest + 1 : d)));
  return columns;
}

// Heights of `count` places in one column: the first in the middle, the next by turns above and
// below. Columns of an odd and an even number stand a little apart, so that a projection that skips
// a column does not run through the region there.
double height(std::size_t place, std::size_t count, std::size_t column) {
  constexpr double kStagger = 0.3;
  const double step = 1.0 / static_cast<double>(count + 1);
  const double rank = static_cast<double>((place + 1) / 2) * (place % 2 == 1 ? -1 : 1);
  const double middle = 0.5 + (count % 2 == 0 ? step / 2 : 0);
  const double stagger = count > 2 ? 0 : (column % 2 == 1 ? -kStagger : kStagger) * step;
  return std::clamp(middle + rank * step + stagger, 0.0, 1.0);
}

// Where an input points to: the mean height of the regions that it drives, or of the targets of
// what it modulates.
double aim(const Architecture& a, const Input& input, const std::vector<Position>& regions) {
  double sum = 0;
  int count = 0;
  const auto add = [&](std::size_t region) {
    sum += regions[region].y;
    ++count;
  };
  for (std::size_t region : input.drives) add(region);
  for (const Projection& p : a.projections) {
    const bool modulates = std::ranges::find(p.contexts, input.name) != p.contexts.end();
    if (input.drives.empty() && modulates) add(p.target);
  }
  return count > 0 ? sum / count : 0.5;
}

// Inputs stand in the first column, in the order of what they point to.
std::vector<Position> place_inputs(const Architecture& a, const std::vector<Position>& regions) {
  std::vector<std::size_t> order(a.inputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t i, std::size_t j) {
    return aim(a, a.inputs[i], regions) < aim(a, a.inputs[j], regions);
  });
  std::vector<Position> positions(a.inputs.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double y = static_cast<double>(rank + 1) / static_cast<double>(order.size() + 1);
    positions[order[rank]] = {0, y};
  }
  return positions;
}

}  // namespace

Layout layout(const Architecture& architecture) {
  const std::vector<std::size_t> columns = columns_of(architecture);
  const std::size_t last = columns.empty() ? 1 : *std::max_element(columns.begin(), columns.end());
  std::vector<std::size_t> count(last + 1, 0), placed(last + 1, 0);
  for (std::size_t column : columns) ++count[column];
  Layout layout;
  for (std::size_t column : columns) {
    const double x = static_cast<double>(column) / static_cast<double>(last);
    layout.regions.push_back({x, height(placed[column]++, count[column], column)});
  }
  layout.inputs = place_inputs(architecture, layout.regions);
  return layout;
}

}  // namespace insula::architecture

// SPDX-License-Identifier: Apache-2.0
#include "framework/report/detail/dot_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace insula::report {
namespace {

constexpr double kDotRow = 26, kDotLeft = 190, kDotWidth = 720, kDotRight = 16, kDotTop = 10,
                 kDotFoot = 30;

Html dot_line(double x1, double y1, double x2, double y2, std::string_view classes) {
  return element("line",
                 {{"x1", fmt::format("{:.1f}", x1)},
                  {"y1", fmt::format("{:.1f}", y1)},
                  {"x2", fmt::format("{:.1f}", x2)},
                  {"y2", fmt::format("{:.1f}", y2)},
                  {"class", std::string(classes)}},
                 {});
}

Html dot_words(double x, double y, std::string_view anchor, const std::string& what) {
  return element("text",
                 {{"x", fmt::format("{:.1f}", x)},
                  {"y", fmt::format("{:.1f}", y)},
                  {"text-anchor", std::string(anchor)}},
                 text(what));
}

struct DotAxis {
  double low = 0, high = 0;
  double at(double value) const {
    return kDotLeft + (value - low) / (high - low) * (kDotWidth - kDotLeft - kDotRight);
  }
};

DotAxis dot_axis_of(const std::vector<Dot>& dots, std::pair<double, double> band) {
  DotAxis axis;
  const auto hold = [&](double v) {
    if (std::isfinite(v)) axis = {std::min(axis.low, v), std::max(axis.high, v)};
  };
  for (const Dot& dot : dots) hold(dot.value), hold(dot.low), hold(dot.high);
  hold(band.first), hold(band.second);
  if (!(axis.high > axis.low)) axis.high = axis.low + 1;
  const double margin = 0.04 * (axis.high - axis.low);
  return {axis.low - margin, axis.high + margin};
}

Html shaded(const DotAxis& axis, std::pair<double, double> band, double bottom) {
  if (!std::isfinite(band.first) || !std::isfinite(band.second)) return {};
  const double from = axis.at(std::min(band.first, band.second));
  const double to = axis.at(std::max(band.first, band.second));
  return element("rect",
                 {{"x", fmt::format("{:.1f}", from)},
                  {"y", fmt::format("{:.1f}", kDotTop)},
                  {"width", fmt::format("{:.1f}", std::max(1.0, to - from))},
                  {"height", fmt::format("{:.1f}", bottom - kDotTop)},
                  {"class", "ceiling"}},
                 {});
}

}  // namespace

Html dot_plot(const std::vector<Dot>& dots,
              std::pair<double, double> band,
              const std::string& label) {
  const DotAxis axis = dot_axis_of(dots, band);
  const double bottom = kDotTop + kDotRow * static_cast<double>(dots.size());
  Html out = shaded(axis, band, bottom);
  out += dot_line(axis.at(0), kDotTop, axis.at(0), bottom, "zero");
  for (int tick = 0; tick <= 4; ++tick) {
    const double value = axis.low + tick * (axis.high - axis.low) / 4;
    out += dot_words(axis.at(value), bottom + 18, "middle", fixed(value, 2));
  }
  for (std::size_t i = 0; i < dots.size(); ++i) {
    const Dot& dot = dots[i];
    const double y = kDotTop + kDotRow * (static_cast<double>(i) + 0.5);
    out += dot_words(kDotLeft - 12, y + 4, "end", dot.name);
    if (std::isfinite(dot.low) && std::isfinite(dot.high))
      out += dot_line(axis.at(dot.low), y, axis.at(dot.high), y, dot.classes);
    if (std::isfinite(dot.value))
      out += element("circle",
                     {{"cx", fmt::format("{:.1f}", axis.at(dot.value))},
                      {"cy", fmt::format("{:.1f}", y)},
                      {"r", "5"},
                      {"class", dot.classes}},
                     {});
  }
  return element("svg",
                 {{"class", "dots"},
                  {"viewBox", fmt::format("0 0 {:.0f} {:.0f}", kDotWidth, bottom + kDotFoot)},
                  {"role", "img"},
                  {"aria-label", label}},
                 out);
}

}  // namespace insula::report

// SPDX-License-Identifier: Apache-2.0
#include "framework/report/detail/geometry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace insula::report {
namespace {

constexpr double kGap = 3;  // between an arrow and the box that it leaves or reaches

Point left_of(const Point& way) { return {way.y(), -way.x()}; }

Point unit(const Point& way) {
  const double length = way.norm();
  return length > 0 ? Point(way / length) : Point(0, -1);
}

/// A curve between two points whose middle lies `bend` aside of the straight line.
Curve bent(const Point& start, const Point& end, const Point& aside) {
  // A cubic's middle is start/8 + 3/8 first + 3/8 second + end/8: the aside counts 3/4.
  const Point shift = aside * 4 / 3;
  return {start, start + (end - start) / 3 + shift, start + (end - start) * 2 / 3 + shift, end};
}

}  // namespace

Point Curve::at(double t) const {
  const double s = 1 - t;
  return s * s * s * start + 3 * s * s * t * first + 3 * s * t * t * second + t * t * t * end;
}

Point Curve::direction(double t) const {
  const double s = 1 - t;
  return unit(s * s * (first - start) + 2 * s * t * (second - first) + t * t * (end - second));
}

Point border(const Box& box, const Point& towards, double gap) {
  const Point way = unit(towards - box.centre);
  const Point half = box.half + Point(gap, gap);
  const double x = way.x() == 0 ? INFINITY : half.x() / std::abs(way.x());
  const double y = way.y() == 0 ? INFINITY : half.y() / std::abs(way.y());
  return box.centre + std::min(x, y) * way;
}

Curve connection(const Box& from, const Box& to, double bend) {
  const Point aside = bend * left_of(unit(to.centre - from.centre));
  const Point middle = (from.centre + to.centre) / 2 + aside * 4 / 3;
  return bent(border(from, middle, kGap), border(to, middle, kGap), aside);
}

Curve connection(const Box& from, const Point& to, double bend) {
  const Point aside = bend * left_of(unit(to - from.centre));
  const Point middle = (from.centre + to) / 2 + aside * 4 / 3;
  return bent(border(from, middle, kGap), to, aside);
}

Curve loop(const Box& box, const Point& from) {
  const Point away =
      std::abs(box.centre.y() - from.y()) < 1 ? Point(0, -1) : Point(0, box.centre.y() - from.y());
  const Point out = unit(away);
  const Point across = left_of(out);
  const double half = std::min(box.half.x() * 0.6, 15.0);
  const Point edge = box.centre + out * (box.half.y() + kGap);
  return {edge - half * across,
          edge - 1.9 * half * across + 36 * out,
          edge + 1.9 * half * across + 36 * out,
          edge + half * across};
}

std::string coordinates(const Point& point) {
  return fmt::format("{:.1f},{:.1f}", point.x(), point.y());
}

std::string path(const Curve& curve) {
  return fmt::format("M{} C{} {} {}",
                     coordinates(curve.start),
                     coordinates(curve.first),
                     coordinates(curve.second),
                     coordinates(curve.end));
}

std::string arrow_head(const Curve& curve, double size) {
  const Point back = curve.end - size * curve.direction(1);
  const Point across = 0.45 * size * left_of(curve.direction(1));
  return coordinates(curve.end) + ' ' + coordinates(back + across) + ' ' +
         coordinates(back - across);
}

}  // namespace insula::report

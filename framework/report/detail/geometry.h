// SPDX-License-Identifier: Apache-2.0
// Points and curves of a drawing, in its own units (pixels at natural size), y downwards.
#pragma once

#include <Eigen/Core>
#include <string>

namespace insula::report {

using Point = Eigen::Vector2d;

/// A box around a name: half its width and half its height.
struct Box {
  Point centre = Point::Zero();
  Point half = Point::Zero();
};

/// A cubic Bézier curve.
struct Curve {
  Point start, first, second, end;
  Point at(double t) const;
  Point direction(double t) const;  // unit length
};

/// Where the ray from the centre towards `towards` leaves the box, widened by `gap`.
Point border(const Box& box, const Point& towards, double gap);
/// From box to box, bent aside by `bend` (positive: to the left of the way), leaving room for the
/// arrow head at the end.
Curve connection(const Box& from, const Box& to, double bend);
/// From a box onto a point of another curve.
Curve connection(const Box& from, const Point& to, double bend);
/// From a box to itself, on the side that looks away from `from`.
Curve loop(const Box& box, const Point& from);

/// "12.3,45.6"
std::string coordinates(const Point& point);
/// The d attribute of a path along the curve.
std::string path(const Curve& curve);
/// Points of a triangle with its tip at the end of the curve.
std::string arrow_head(const Curve& curve, double size);

}  // namespace insula::report

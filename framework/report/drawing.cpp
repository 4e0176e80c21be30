// SPDX-License-Identifier: Apache-2.0
#include "framework/report/detail/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/base/text.h"
#include "framework/report/detail/geometry.h"

namespace insula::report {
namespace {

constexpr double kWidth = 340, kHeight = 250;
constexpr double kMarginX = 42, kMarginY = 46;
constexpr double kBend = 18;          // between neighbouring arrows of one pair of regions
constexpr std::size_t kLongest = 16;  // characters of a name that are shown

/// At most kLongest characters (code points, so that no UTF-8 sequence is cut).
std::string shortened(const std::string& name) {
  std::string out;
  std::size_t count = 0;
  for (const char c : name) {
    const bool starts = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (starts && ++count > kLongest) return out + "…";
    out += c;
  }
  return out;
}

double characters(const std::string& name) {
  return static_cast<double>(std::count_if(name.begin(), name.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

double share(double strength, double largest) {
  return std::isfinite(strength) && largest > 0 ? std::min(std::abs(strength) / largest, 1.0) : 0;
}

struct Style {
  std::string classes;
  double width = 1.5;
  double opacity = 1;
};

Style style_of(const GraphEdge& edge, const StrengthScale& scale) {
  const std::string role = edge.is_input ? "input " : "projection ";
  if (edge.kind == "features") return {role + "features", 3};  // many weights, no one strength
  if (!std::isfinite(edge.strength)) return {role + "unfitted"};
  const double largest = edge.is_input ? scale.input : scale.projection;
  const double sure =
      std::isfinite(edge.probability) ? std::max(edge.probability, 1 - edge.probability) : 1;
  return {role + (edge.strength < 0 ? "negative" : "positive"),
          1 + (edge.is_input ? 3.5 : 6) * share(edge.strength, largest),
          0.2 + 0.8 * std::clamp(2 * sure - 1, 0.0, 1.0)};
}

/// Lays out one graph and collects its parts from back to front.
class Drawing {
 public:
  Drawing(const Graph& graph, const StrengthScale& scale) : graph_(graph), scale_(scale) {
    find_bounds();
    for (const GraphNode& node : graph.inputs) inputs_[node.name] = box_of(node, 7, 7);
    for (const GraphNode& node : graph.regions) {
      regions_[node.name] = box_of(node, 12 + 4.8 * characters(shortened(node.name)), 16);
      centre_ += regions_[node.name].centre / static_cast<double>(graph.regions.size());
    }
  }

  Html svg(const std::string& label) {
    for (std::size_t i = 0; i < graph_.edges.size(); ++i) edge(i);
    for (const GraphNode& node : graph_.inputs) input(node);
    for (const GraphNode& node : graph_.regions) region(node);
    return element("svg",
                   {{"viewBox", fmt::format("0 0 {} {}", kWidth, kHeight)},
                    {"class", "architecture"},
                    {"role", "img"},
                    {"aria-label", label}},
                   lines_ + influences_ + nodes_ + labels_);
  }

 private:
  /// Positions fill the drawing, whatever part of the unit square they use.
  void find_bounds() {
    if (graph_.regions.empty() && graph_.inputs.empty()) return;
    Point least(INFINITY, INFINITY), most(-INFINITY, -INFINITY);
    for (const std::vector<GraphNode>* nodes : {&graph_.regions, &graph_.inputs}) {
      for (const GraphNode& node : *nodes) {
        least = least.cwiseMin(Point(node.x, node.y));
        most = most.cwiseMax(Point(node.x, node.y));
      }
    }
    least_ = least;
    extent_ = most - least;
    for (Eigen::Index i = 0; i < 2; ++i) {
      if (extent_[i] > 1e-6) continue;  // all in one line: in the middle
      least_[i] -= 0.5;
      extent_[i] = 1;
    }
  }

  Box box_of(const GraphNode& node, double half_width, double half_height) const {
    const Point place = (Point(node.x, node.y) - least_).cwiseQuotient(extent_);
    const double x = kMarginX + place.x() * (kWidth - 2 * kMarginX);
    const double y = kMarginY + place.y() * (kHeight - 2 * kMarginY);
    const double room = kWidth / 2 - half_width - 2;  // a long name stays within the drawing
    return {{std::clamp(x, kWidth / 2 - room, kWidth / 2 + room), y}, {half_width, half_height}};
  }

  const Box* find(const std::map<std::string, Box>& boxes, const std::string& name) const {
    const auto found = boxes.find(name);
    return found == boxes.end() ? nullptr : &found->second;
  }

  /// How far edge `i` bends so that the edges between its two ends, in both directions, lie apart.
  double bend_of(std::size_t i) const {
    const GraphEdge& edge = graph_.edges[i];
    double before = 0, all = 0;
    for (std::size_t j = 0; j < graph_.edges.size(); ++j) {
      const GraphEdge& other = graph_.edges[j];
      const bool same = edge.source == other.source && edge.target == other.target;
      const bool back = edge.source == other.target && edge.target == other.source;
      if (other.is_input != edge.is_input || !(same || back)) continue;
      all += 1;
      if (j < i) before += 1;
    }
    const double lane = (before - (all - 1) / 2) * 2 * kBend;
    return edge.source < edge.target ? lane : -lane;  // one side for both directions of the way
  }

  void edge(std::size_t i) {
    const GraphEdge& edge = graph_.edges[i];
    const Box* from = find(edge.is_input ? inputs_ : regions_, edge.source);
    const Box* to = find(regions_, edge.target);
    if (from == nullptr || to == nullptr) return;
    const bool self = !edge.is_input && edge.source == edge.target;
    const Curve curve = self ? loop(*from, centre_) : connection(*from, *to, bend_of(i));
    const Style style = style_of(edge, scale_);
    arrow(curve, style, in_words(edge));
    if (std::isfinite(edge.strength) && !edge.is_input) {
      label(free_place(curve, self ? -1 : bend_of(i)), people(edge.strength, 2), "strength");
    }
    double t = 0.34;  // influences meet the edge before its label, one after the other
    for (const std::string& name : edge.modulated_by)
      influence(curve, t, inputs_, name, "modulation");
    for (const std::string& name : edge.gated_by) influence(curve, t, regions_, name, "gating");
  }

  void arrow(const Curve& curve, const Style& style, const std::string& words) {
    const double head = 7 + 1.4 * style.width;
    Curve line = curve;  // ends in the head, not at its tip
    line.end -= 0.8 * head * curve.direction(1);
    Html parts = element("title", words);
    parts += element(
        "path", {{"d", path(line)}, {"stroke-width", fmt::format("{:.2f}", style.width)}}, {});
    parts += element("polygon", {{"points", arrow_head(curve, head)}}, {});
    lines_ += element(
        "g", {{"class", style.classes}, {"opacity", fmt::format("{:.2f}", style.opacity)}}, parts);
  }

  void influence(const Curve& edge,
                 double& t,
                 const std::map<std::string, Box>& boxes,
                 const std::string& name,
                 const char* role) {
    const Point at = edge.at(t);
    t += 0.14;
    const Box* from = find(boxes, name);
    if (from == nullptr) {  // a signal without a place of its own
      label(at + Point(0, -8), "× " + shortened(name), role);
      return;
    }
    const Curve curve = free_way(*from, at, edge);
    Html parts = element("title", fmt::format("{} by {}", role, name));
    parts += element("path", {{"d", path(curve)}}, {});
    parts += element("polygon", {{"points", arrow_head(curve, 8)}}, {});
    influences_ += element("g", {{"class", role}}, parts);
  }

  /// The least bent way onto an edge that crosses no other region and does not run along the edge.
  Curve free_way(const Box& from, const Point& at, const Curve& edge) const {
    Curve best = connection(from, at, 6);
    double least = INFINITY;
    for (const double bend : {6.0, -6.0, 26.0, -26.0, 48.0, -48.0, 72.0, -72.0}) {
      const Curve curve = connection(from, at, bend);
      double cost = std::abs(bend) / 100;
      for (double t = 0.05; t < 0.96; t += 0.05) {
        for (const auto& [name, box] : regions_) cost += &box != &from && inside(box, curve.at(t));
        // Close to the edge, but for the last steps towards it.
        for (double s = 0; s <= 1 && t < 0.75; s += 0.05) {
          cost += (edge.at(s) - curve.at(t)).norm() < 7 ? 0.3 : 0;
        }
      }
      if (cost < least) best = curve;
      least = std::min(least, cost);
    }
    return best;
  }

  /// Beside a curve, on the outer side if it bends, where no region and no other number stands.
  Point free_place(const Curve& curve, double bend) {
    const Point half(20, 9);
    const double outer = bend < 0 ? -14 : 14;
    Point best = curve.at(0.5);
    double least = INFINITY;
    for (const double side : {outer, -outer}) {
      for (const double t : {0.55, 0.45, 0.65, 0.36, 0.74}) {
        const Point along = curve.direction(t);
        const Point at = curve.at(t) + side * Point(along.y(), -along.x());
        double cost = (side == outer ? 0 : 1.5) + std::abs(t - 0.55);
        for (const auto& [name, box] : regions_) cost += overlap({at, half}, box) ? 4 : 0;
        for (const Box& number : numbers_) cost += overlap({at, half}, number) ? 3 : 0;
        if (cost < least) best = at;
        least = std::min(least, cost);
      }
    }
    numbers_.push_back({best, half});
    return best;
  }

  static bool overlap(const Box& a, const Box& b) {
    const Point away = (a.centre - b.centre).cwiseAbs() - a.half - b.half;
    return away.x() < 0 && away.y() < 0;
  }

  static bool inside(const Box& box, const Point& point) {
    const Point away = (point - box.centre).cwiseAbs();
    return away.x() < box.half.x() + 4 && away.y() < box.half.y() + 4;
  }

  void label(const Point& at, const std::string& words, const char* role) {
    labels_ += element("text",
                       {{"x", fmt::format("{:.1f}", at.x())},
                        {"y", fmt::format("{:.1f}", at.y())},
                        {"class", role}},
                       text(words));
  }

  void rectangle(const GraphNode& node, const Box& box, const char* role, double radius) {
    Html parts = element("title", fmt::format("{} ({})", node.name, node.kind));
    parts += element("rect",
                     {{"x", fmt::format("{:.1f}", box.centre.x() - box.half.x())},
                      {"y", fmt::format("{:.1f}", box.centre.y() - box.half.y())},
                      {"width", fmt::format("{:.1f}", 2 * box.half.x())},
                      {"height", fmt::format("{:.1f}", 2 * box.half.y())},
                      {"rx", fmt::format("{:.1f}", radius)}},
                     {});
    nodes_ += element("g", {{"class", role}}, parts);
  }

  void region(const GraphNode& node) {
    const Box& box = regions_[node.name];
    rectangle(node, box, "region", box.half.y());
    label(box.centre, shortened(node.name), "name");
  }

  void input(const GraphNode& node) {
    const Box& box = inputs_[node.name];
    rectangle(node, box, "signal", 1.5);
    const bool below = box.centre.y() > kHeight / 2;
    label(box.centre + Point(0, below ? 19 : -18), shortened(node.name), "signal-name");
  }

  const Graph& graph_;
  const StrengthScale& scale_;
  std::map<std::string, Box> regions_, inputs_;
  Point centre_ = Point::Zero(), least_ = Point::Zero(), extent_ = Point::Ones();
  std::vector<Box> numbers_;  // of the edges so far
  Html lines_, influences_, nodes_, labels_;
};

}  // namespace

StrengthScale strength_scale(const std::vector<ModelSummary>& models) {
  StrengthScale scale;
  for (const ModelSummary& model : models) {
    for (const GraphEdge& edge : model.graph.edges) {
      if (!std::isfinite(edge.strength)) continue;
      double& largest = edge.is_input ? scale.input : scale.projection;
      largest = std::max(largest, std::abs(edge.strength));
    }
  }
  return scale;
}

std::string in_words(const GraphEdge& edge) {
  std::string words = fmt::format("{} → {} ({})", edge.source, edge.target, edge.kind);
  if (std::isfinite(edge.strength)) words += ": " + people(edge.strength);
  if (std::isfinite(edge.probability)) words += ", P(> 0) = " + fixed(edge.probability, 2);
  if (!edge.modulated_by.empty()) words += ", modulated by " + insula::in_words(edge.modulated_by);
  if (!edge.gated_by.empty()) words += ", gated by " + insula::in_words(edge.gated_by);
  return words;
}

Html draw(const ModelSummary& model, const StrengthScale& scale) {
  return Drawing(model.graph, scale).svg("Architecture of " + model.name);
}

}  // namespace insula::report

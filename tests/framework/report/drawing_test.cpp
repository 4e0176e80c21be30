// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "framework/report/detail/drawing.h"
#include "framework/report/detail/geometry.h"
#include "tests/framework/report/example_results.h"
#include "tests/support/tolerance.h"

namespace insula::report {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

ModelSummary two_regions(double strength, double probability) {
  ModelSummary model;
  model.name = "m";
  model.graph.regions = {{"A", "neuronal", 0, 0.5}, {"B", "neuronal", 1, 0.5}};
  model.graph.edges = {example_edge("A", "B", "linear", strength, probability)};
  return model;
}

TEST(Drawing, ShowsEveryPartOfAGraph) {
  ModelSummary model;
  model.name = "gated";
  model.graph = example_graph("gated");
  const std::string svg = draw(model, strength_scale({model})).code();
  EXPECT_EQ(count(svg, "<g class=\"region\">"), 3u);
  EXPECT_EQ(count(svg, "<g class=\"signal\">"), 3u);
  EXPECT_EQ(count(svg, "class=\"projection "), 5u);
  EXPECT_EQ(count(svg, "class=\"input "), 2u);
  EXPECT_EQ(count(svg, "<g class=\"modulation\">"), 1u);
  EXPECT_EQ(count(svg, "<g class=\"gating\">"), 1u);
  EXPECT_NE(
      svg.find("V1 → V5 (modulated): 0.21, P(&gt; 0) = 0.97, modulated by motion, gated by SPC"),
      std::string::npos)
      << svg;
}

TEST(Drawing, GivesStrengthSignAndCertaintyToTheArrow) {
  const StrengthScale scale{0.5, 1};
  // The strongest projection has width 1 + 6; a certain sign has opacity 1.
  std::string svg = draw(two_regions(0.5, 1), scale).code();
  EXPECT_NE(svg.find("class=\"projection positive\" opacity=\"1.00\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("stroke-width=\"7.00\""), std::string::npos);
  // Half of it, negative, a sign that is a coin toss.
  svg = draw(two_regions(-0.25, 0.5), scale).code();
  EXPECT_NE(svg.find("class=\"projection negative\" opacity=\"0.20\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("stroke-width=\"4.00\""), std::string::npos);
}

TEST(Drawing, TellsFeaturesFromWhatIsNotEstimated) {
  ModelSummary model = two_regions(NAN, NAN);
  model.graph.inputs = {{"clip", "features", 0, 0}};
  model.graph.edges.push_back(example_edge("clip", "A", "features", NAN, NAN));
  model.graph.edges.back().is_input = true;
  const std::string svg = draw(model, StrengthScale{0.5, 1}).code();
  EXPECT_NE(svg.find("class=\"input features\" opacity=\"1.00\""), std::string::npos) << svg;
  EXPECT_EQ(count(svg, "unfitted"), 1u);  // A -> B alone
}

TEST(Drawing, HasOneWidthBeforeAFit) {
  const std::string svg = draw(two_regions(kUnknown, kUnknown), {}).code();
  EXPECT_NE(svg.find("class=\"projection unfitted\" opacity=\"1.00\""), std::string::npos) << svg;
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(Drawing, NamesAContextThatHasNoPlace) {
  ModelSummary model = two_regions(1, 1);
  model.graph.edges[0].modulated_by = {"light & <dark>"};
  const std::string svg = draw(model, {1, 1}).code();
  EXPECT_NE(svg.find("× light &amp; &lt;dark&gt;</text>"), std::string::npos) << svg;
}

TEST(Drawing, SkipsAnEdgeWhoseEndsAreUnknown) {
  ModelSummary model = two_regions(1, 1);
  model.graph.edges.push_back(example_edge("A", "nowhere", "linear", 1, 1));
  EXPECT_EQ(count(draw(model, {1, 1}).code(), "class=\"projection "), 1u);
}

TEST(Drawing, KeepsTheTwoWaysOfAPairApart) {
  ModelSummary model = two_regions(1, 1);
  const std::string one = draw(model, {1, 1}).code();
  EXPECT_NE(one.find("125.0"), std::string::npos) << one;  // a straight way through the middle
  model.graph.edges.push_back(example_edge("B", "A", "linear", 1, 1));
  model.graph.edges.push_back(example_edge("A", "B", "gated", 1, 1));
  const std::string three = draw(model, {1, 1}).code();
  EXPECT_EQ(count(three, "<path d="), 3u);
  std::size_t at = 0;
  std::vector<std::string> paths;
  while ((at = three.find("<path d=\"", at + 1)) != std::string::npos) {
    paths.push_back(three.substr(at, three.find('/', at) - at));
  }
  ASSERT_EQ(paths.size(), 3u);
  EXPECT_NE(paths[0], paths[2]);
}

TEST(Geometry, LeavesABoxAtItsBorder) {
  const Box box{{10, 20}, {30, 10}};
  EXPECT_EQ(border(box, {100, 20}, 2), Point(42, 20));
  EXPECT_EQ(border(box, {10, -50}, 2), Point(10, 8));
}

TEST(Geometry, BendsAWayAsFarAsAsked) {
  const Box from{{0, 0}, {1, 1}}, to{{100, 0}, {1, 1}};
  const Curve straight = connection(from, to, 0);
  EXPECT_CLOSE(straight.at(0.5), Point(50, 0), Tolerance::rounding(4, 100));
  // y grows downwards: left of the way to the right is up. The ends move up with the bend, at most
  // by half a box and its gap.
  const Curve bent = connection(from, to, 20);
  EXPECT_CLOSE(bent.at(0.5).y(), -20.0, Tolerance::because(4, "half a box (1) and its gap (3)"));
  EXPECT_CLOSE(bent.direction(0.5).norm(), 1.0, Tolerance::rounding(4));
}

TEST(Geometry, LoopsOnTheSideThatLooksAway) {
  const Box box{{50, 80}, {20, 10}};
  EXPECT_GT(loop(box, {50, 40}).at(0.5).y(), 90);
  EXPECT_LT(loop(box, {50, 120}).at(0.5).y(), 70);
}

}  // namespace
}  // namespace insula::report

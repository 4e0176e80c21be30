// SPDX-License-Identifier: Apache-2.0
// The one place that knows Boost.Graph.
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>

#include <algorithm>

#include "framework/architecture/detail/reach.h"
#include "framework/architecture/graph.h"

namespace insula::architecture::detail {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

// Edges that a breadth-first search from `root` walks for each region, less the one that leaves the
// root; -1 for regions out of reach. `root` is the vertex after the last region.
std::vector<int> distances_from_root(const Graph& graph, std::size_t root) {
  std::vector<int> distance(boost::num_vertices(graph), -1);
  distance[root] = 0;
  const auto visitor =
      boost::make_bfs_visitor(boost::record_distances(distance.data(), boost::on_tree_edge()));
  boost::breadth_first_search(graph, root, boost::visitor(visitor));
  distance.pop_back();
  for (int& d : distance) d = std::max(d - 1, -1);
  return distance;
}

}  // namespace

std::vector<int> distance_from_inputs(const Architecture& architecture) {
  const std::size_t root = architecture.regions.size();
  Graph graph(root + 1);
  for (const Projection& p : architecture.projections) {
    boost::add_edge(p.source, p.target, graph);
  }
  for (const Input& input : architecture.inputs) {
    for (std::size_t driven : input.drives) boost::add_edge(root, driven, graph);
  }
  return distances_from_root(graph, root);
}

std::vector<bool> is_observed(const Architecture& architecture) {
  std::vector<bool> observed(architecture.regions.size(), false);
  for (const Observation& observation : architecture.observations) {
    for (std::size_t region : observation.regions) observed[region] = true;
  }
  for (const TrialObservation& trials : architecture.trials)
    for (const Predictor& predictor : trials.predictors)
      for (const Term& term : predictor.terms)
        for (std::size_t region : term.regions) observed[region] = true;
  return observed;
}

std::vector<bool> is_shown(const Architecture& architecture) {
  const std::size_t root = architecture.regions.size();
  Graph reversed(root + 1);
  for (const Projection& p : architecture.projections) {
    boost::add_edge(p.target, p.source, reversed);
    for (std::size_t gate : p.gates) boost::add_edge(p.target, gate, reversed);
  }
  const std::vector<bool> observed = is_observed(architecture);
  for (std::size_t region = 0; region < root; ++region) {
    if (observed[region]) boost::add_edge(root, region, reversed);
  }
  std::vector<bool> shown;
  for (int distance : distances_from_root(reversed, root)) shown.push_back(distance >= 0);
  return shown;
}

}  // namespace insula::architecture::detail

namespace insula::architecture {

std::vector<bool> is_moved_by(const Architecture& a, const Input& input) {
  const std::size_t root = a.regions.size();
  detail::Graph graph(root + 1);
  for (const std::size_t driven : input.drives) boost::add_edge(root, driven, graph);
  for (const Projection& p : a.projections) {
    boost::add_edge(p.source, p.target, graph);
    for (const std::size_t gate : p.gates) boost::add_edge(gate, p.target, graph);
    if (std::ranges::find(p.contexts, input.name) != p.contexts.end())
      boost::add_edge(root, p.target, graph);
  }
  std::vector<bool> moved;
  for (const int distance : detail::distances_from_root(graph, root))
    moved.push_back(distance >= 0);
  return moved;
}

}  // namespace insula::architecture

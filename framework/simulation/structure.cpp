// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/structure.h"

#include <algorithm>
#include <map>

namespace insula::simulation {
namespace {

// Collects products by the derivative that they belong to, then numbers the derivatives.
class FormBuilder {
 public:
  explicit FormBuilder(const System& system) : system_(system) {}

  void state(int row, int column, Term product) { states_[{row, column}].push_back(product); }
  void stimulus(int row, int region, Term product) { stimuli_[{row, region}].push_back(product); }
  /// Takes out what was collected for parameters.
  void drop(const std::vector<DriveNode>& drives) {
    for (const DriveNode& drive : drives)
      std::erase_if(parameters_,
                    [&](const auto& entry) { return entry.first.second == drive.parameter; });
  }
  void parameter(int row, int index, Term product) {
    const auto& parameters = system_.architecture.parameters;
    const std::size_t root = parameters[static_cast<std::size_t>(index)].tied_to;
    if (parameters[root].free) parameters_[{row, index}].push_back(product);
  }
  /// a · b · ∂z/∂(everything that region's activity depends on); partial: where ∂z/∂· stand.
  void activity(int row, int a, int b, int region, int partial) {
    const RegionNode& node = system_.regions[static_cast<std::size_t>(region)];
    const Map& map = node.kind->activity;
    for (int s = 0; s < map.states; ++s)
      if (map.depends(0, s)) state(row, node.first_state + s, {0, a, b, partial + s});
    for (int p = 0; p < map.parameters; ++p)
      if (map.depends(0, map.states + p))
        parameter(row, node.first_parameter + p, {0, a, b, partial + map.states + p});
  }

  FormStructure build() const {
    FormStructure form;
    const auto append = [&](const std::vector<Term>& products) {
      const auto to = static_cast<int>(form.width()) - 1;
      for (Term t : products) {
        t.to = to;
        form.terms.push_back(t);
      }
    };
    for (const auto& [at, products] : states_) {
      form.states.push_back({at.first, at.second});
      append(products);
    }
    for (const auto& [at, products] : parameters_) {
      form.parameters.push_back({at.first, at.second});
      append(products);
    }
    for (const auto& [at, products] : stimuli_) {
      form.stimuli.push_back({at.first, at.second});
      append(products);
    }
    return form;
  }

 private:
  const System& system_;
  std::map<std::pair<int, int>, std::vector<Term>> states_, parameters_, stimuli_;
};

// Directions of parameter space are carried through a run one by one, stimuli of a region all
// together at the price of as many as there are states.
void sort_drives(const System& system, Structure& to) {
  const auto is_of_band = [&](int input) {
    const std::size_t i = system.input_of[static_cast<std::size_t>(input)];
    return system.architecture.inputs[i].band.has_value();
  };
  const auto columns = std::ranges::count_if(
      system.drives, [&](const DriveNode& drive) { return is_of_band(drive.input); });
  const bool are_many = system.columns == Columns::together && columns > system.states;
  for (const DriveNode& drive : system.drives)
    (are_many && is_of_band(drive.input) ? to.pulsed : to.single).push_back(drive);
  for (const DriveNode& drive : to.pulsed) to.stimulated.push_back(drive.region);
  std::ranges::sort(to.stimulated);
  to.stimulated.erase(std::ranges::unique(to.stimulated).begin(), to.stimulated.end());
  for (std::size_t k = 0; k < system.inputs.size(); ++k)
    if (!are_many || !is_of_band(static_cast<int>(k))) to.single_inputs.push_back(k);
}

int learned_node(const System& system, int input) {
  const auto found = std::ranges::find(system.learned, input, &LearnedNode::input);
  return found == system.learned.end() ? kNone : static_cast<int>(found - system.learned.begin());
}

Scratch lay_out(const System& system, std::size_t stimulated) {
  Scratch s;
  int next = 1;
  const auto take = [&](int blocks) {
    const int first = next;
    next += blocks;
    return first;
  };
  for (std::size_t k = 0; k < system.inputs.size(); ++k) s.input.push_back(take(1));
  for (std::size_t r = 0; r < stimulated; ++r) s.stimulus.push_back(take(1));
  std::vector<int> first_slope;
  for (const LearnedNode& node : system.learned) {
    first_slope.push_back(next);
    for (int p = 0; p < node.parameters; ++p) s.input_slope.push_back(take(1));
  }
  const auto add_effect = [&](int input, int parameter) {
    const int n = learned_node(system, input);
    if (n == kNone) return;
    const auto at = static_cast<std::size_t>(n);
    const int weight = take(1), slope = take(system.learned[at].parameters);
    s.learned.push_back({n, parameter, first_slope[at], weight, slope});
  };
  for (const DriveNode& d : system.drives) add_effect(d.input, d.parameter);
  for (const ProjectionNode& p : system.projections)
    for (const Weight& w : p.contexts) add_effect(w.index, w.parameter);
  for (const RegionNode& r : system.regions) {
    s.activity.push_back(take(1));
    s.activity_partial.push_back(take(r.kind->activity.arguments()));
    s.port.push_back(take(r.kind->drift.inputs));
    s.drift_partial.push_back(take(r.kind->drift.outputs * r.kind->drift.arguments()));
  }
  for (const ProjectionNode& p : system.projections) {
    s.transmit_input.push_back(take(3));
    s.transmit_out.push_back(take(1));
    s.transmit_partial.push_back(take(p.kind->transmit.arguments()));
    for (std::size_t g = 0; g < p.gates.size(); ++g) {
      s.gate_weight.push_back(take(1));
      s.gate_partial.push_back(take(1));
    }
  }
  for (const ChannelNode& c : system.channels)
    s.channel_partial.push_back(take(c.kind->drift.outputs * c.kind->drift.arguments()));
  s.size = next;
  return s;
}

}  // namespace

Structure structure(const System& system) {
  Structure result;
  sort_drives(system, result);
  result.scratch = lay_out(system, result.stimulated.size());
  const Scratch& at = result.scratch;
  FormBuilder drift(system);

  // a · b · weight · ∂u/∂p of the learned input, if it is one, that acts with this weight.
  const auto learned = [&](int row, int weight, int a, int b) {
    const auto effect = std::ranges::find(at.learned, weight, &LearnedEffect::parameter);
    if (effect == at.learned.end()) return;
    const LearnedNode& node = system.learned[static_cast<std::size_t>(effect->learned)];
    for (int p = 0; p < node.parameters; ++p)
      drift.parameter(row, node.first_parameter + p, {0, a, b, effect->slope + p});
  };
  // ∂row/∂everything behind projection e, times the coefficient `port` of what e arrives at.
  const auto projection = [&](int row, int port, std::size_t e, std::size_t first_gate) {
    const ProjectionNode& node = system.projections[e];
    const Map& map = node.kind->transmit;
    const int partial = at.transmit_partial[e];
    if (!node.self && map.depends(0, 0))
      drift.activity(row,
                     port,
                     partial,
                     node.source,
                     at.activity_partial[static_cast<std::size_t>(node.source)]);
    for (const Weight& w : node.contexts) {
      drift.parameter(
          row, w.parameter, {0, port, partial + 1, at.input[static_cast<std::size_t>(w.index)]});
      learned(row, w.parameter, port, partial + 1);
    }
    for (std::size_t g = 0; g < node.gates.size(); ++g) {
      const Weight& w = node.gates[g];
      const auto region = static_cast<std::size_t>(w.index);
      drift.parameter(row, w.parameter, {0, port, partial + 2, at.activity[region]});
      drift.activity(
          row, port, at.gate_partial[first_gate + g], w.index, at.activity_partial[region]);
    }
    if (!node.self)
      for (int p = 0; p < map.parameters; ++p)
        if (map.depends(0, 3 + p))
          drift.parameter(row, node.first_parameter + p, {0, port, partial + 3 + p, at.one});
  };

  for (std::size_t i = 0; i < system.regions.size(); ++i) {
    const RegionNode& node = system.regions[i];
    const Map& map = node.kind->drift;
    for (int o = 0; o < map.outputs; ++o) {
      const int row = node.first_state + o;
      const int partial = at.drift_partial[i] + o * map.arguments();
      for (int s = 0; s < map.states; ++s)
        if (map.depends(o, s))
          drift.state(row, node.first_state + s, {0, partial + s, at.one, at.one});
      for (int p = 0; p < map.parameters; ++p)
        if (map.depends(o, map.states + map.inputs + p))
          drift.parameter(row,
                          node.first_parameter + p,
                          {0, partial + map.states + map.inputs + p, at.one, at.one});
      const auto reaches = [&](int port) {
        return port != kNone && map.depends(o, map.states + port);
      };
      if (reaches(node.stimulus))
        for (const DriveNode& d : system.drives)
          if (d.region == static_cast<int>(i)) {
            drift.parameter(row,
                            d.parameter,
                            {0,
                             partial + map.states + node.stimulus,
                             at.input[static_cast<std::size_t>(d.input)],
                             at.one});
            learned(row, d.parameter, partial + map.states + node.stimulus, at.one);
          }
      std::size_t first_gate = 0;
      for (std::size_t e = 0; e < system.projections.size(); ++e) {
        const ProjectionNode& p = system.projections[e];
        const int port = p.self ? node.self : node.afferent;
        if (p.target == static_cast<int>(i) && reaches(port))
          projection(row, partial + map.states + port, e, first_gate);
        first_gate += p.gates.size();
      }
    }
  }
  std::size_t gate = 0;
  for (std::size_t e = 0; e < system.projections.size(); ++e)
    for (std::size_t g = 0; g < system.projections[e].gates.size(); ++g, ++gate)
      result.within.push_back(
          {at.gate_partial[gate], at.transmit_partial[e] + 2, at.gate_weight[gate], at.one});
  for (const LearnedEffect& e : at.learned)
    for (int p = 0; p < system.learned[static_cast<std::size_t>(e.learned)].parameters; ++p)
      result.within.push_back({e.slope + p, e.weight, e.input_slope + p, at.one});
  result.regions = drift.build();
  drift.drop(result.pulsed);
  for (const int region : result.stimulated) {
    const auto i = static_cast<std::size_t>(region);
    const RegionNode& node = system.regions[i];
    const Map& map = node.kind->drift;
    for (int o = 0; o < map.outputs; ++o)
      if (map.depends(o, map.states + node.stimulus))
        drift.stimulus(node.first_state + o,
                       region,
                       {0,
                        at.drift_partial[i] + o * map.arguments() + map.states + node.stimulus,
                        at.one,
                        at.one});
  }

  for (std::size_t c = 0; c < system.channels.size(); ++c) {
    const ChannelNode& node = system.channels[c];
    const Map& map = node.kind->drift;
    for (int o = 0; o < map.outputs; ++o) {
      const int row = node.first_state + o;
      const int partial = at.channel_partial[c] + o * map.arguments();
      for (int s = 0; s < map.states; ++s)
        if (map.depends(o, s))
          drift.state(row, node.first_state + s, {0, partial + s, at.one, at.one});
      if (map.depends(o, map.states))
        drift.activity(row,
                       partial + map.states,
                       at.one,
                       node.region,
                       at.activity_partial[static_cast<std::size_t>(node.region)]);
      for (int p = 0; p < map.parameters; ++p)
        if (map.depends(o, map.states + 1 + p))
          drift.parameter(row,
                          node.parameters[static_cast<std::size_t>(p)],
                          {0, partial + map.states + 1 + p, at.one, at.one});
    }

    FormBuilder output(system);
    const Map& observe = node.kind->observe;
    constexpr int kOne = 0, kPartial = 1;
    for (int s = 0; s < observe.states; ++s)
      if (observe.depends(0, s))
        output.state(0, node.first_state + s, {0, kPartial + s, kOne, kOne});
    if (observe.depends(0, observe.states))
      output.activity(
          0, kPartial + observe.states, kOne, node.region, kPartial + observe.arguments());
    for (int p = 0; p < observe.parameters; ++p)
      if (observe.depends(0, observe.states + 1 + p))
        output.parameter(0,
                         node.parameters[static_cast<std::size_t>(p)],
                         {0, kPartial + observe.states + 1 + p, kOne, kOne});
    result.output.push_back(output.build());
  }
  result.drift = drift.build();
  return result;
}

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>

#include "framework/simulation/detail/packed.h"
#include "framework/simulation/detail/structure.h"

namespace insula::simulation {
namespace {

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

// Indices 0 … count − 1 gathered by equal key, in order of first appearance.
std::vector<std::vector<int>> gathered(std::size_t count,
                                       const std::function<const void*(std::size_t)>& key) {
  std::vector<const void*> keys;
  std::vector<std::vector<int>> groups;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = std::find(keys.begin(), keys.end(), key(i));
    const auto at = static_cast<std::size_t>(found - keys.begin());
    if (found == keys.end()) {
      keys.push_back(key(i));
      groups.emplace_back();
    }
    groups[at].push_back(static_cast<int>(i));
  }
  return groups;
}

// Parameters of all lanes; lanes of padding repeat the first instance, which keeps them finite.
std::vector<double> parameter_lanes(std::size_t instances,
                                    int count,
                                    const std::function<double(std::size_t, int)>& value) {
  const auto p = static_cast<std::size_t>(count);
  std::vector<double> lanes(lane_size(instances, p));
  for (std::size_t i = 0; i < lane_size(instances, 1); ++i)
    for (int q = 0; q < count; ++q)
      lanes[lane_slot(i, p, static_cast<std::size_t>(q))] = value(i < instances ? i : 0, q);
  return lanes;
}

}  // namespace

Packed::Packed(const System& system, const std::vector<double>& natural)
    : state_slot(static_cast<std::size_t>(system.states)),
      z_slot(system.regions.size()),
      system_(system),
      natural_(natural),
      stimulus_port_(system.regions.size(), kNowhere) {
  const auto value = [&](int p) { return natural[static_cast<std::size_t>(p)]; };
  std::size_t z = 0, inputs = 0;
  std::vector<std::size_t> afferent(system.regions.size(), kNowhere), self = afferent;

  // Appends a group's lanes to the packed state and records where each state went.
  const auto place = [&](Group& group,
                         std::span<const FieldSpec> states,
                         const std::function<int(int)>& first_state) {
    group.state = size;
    group.input = inputs;
    size += lane_size(group.member.size(), states.size());
    rest.resize(size);
    for (std::size_t i = 0; i < lane_size(group.member.size(), 1); ++i)
      for (std::size_t s = 0; s < states.size(); ++s) {
        const std::size_t slot = group.state + lane_slot(i, states.size(), s);
        rest[slot] = states[s].value;
        if (i < group.member.size())
          state_slot[static_cast<std::size_t>(first_state(group.member[i])) + s] = slot;
      }
    inputs += lane_size(group.member.size(), static_cast<std::size_t>(group.drift->inputs));
  };

  for (auto& member :
       gathered(system.regions.size(), [&](std::size_t i) { return system.regions[i].kind; })) {
    const RegionKind& kind = *system.regions[static_cast<std::size_t>(member[0])].kind;
    Group group{&kind.drift, &kind.activity, std::move(member), 0, 0, z, {}};
    place(group, kind.states, [&](int r) {
      return system.regions[static_cast<std::size_t>(r)].first_state;
    });
    group.parameter =
        parameter_lanes(group.member.size(), kind.drift.parameters, [&](std::size_t i, int q) {
          return value(system.regions[static_cast<std::size_t>(group.member[i])].first_parameter +
                       q);
        });
    for (std::size_t i = 0; i < group.member.size(); ++i) {
      const auto r = static_cast<std::size_t>(group.member[i]);
      const RegionNode& node = system.regions[r];
      z_slot[r] = z + i;
      const auto port = [&](int p) {
        return p == kNone
                   ? kNowhere
                   : group.input + lane_slot(i, kind.inputs.size(), static_cast<std::size_t>(p));
      };
      afferent[r] = port(node.afferent);
      self[r] = port(node.self);
      stimulus_port_[r] = port(node.stimulus);
    }
    z += lane_size(group.member.size(), 1);
    regions_.push_back(std::move(group));
  }
  activity.resize(z);

  for (auto& member :
       gathered(system.channels.size(), [&](std::size_t i) { return system.channels[i].kind; })) {
    const ObservationKind& kind = *system.channels[static_cast<std::size_t>(member[0])].kind;
    if (kind.drift.outputs == 0) continue;
    Group group{&kind.drift, nullptr, std::move(member), 0, 0, 0, {}};
    place(group, kind.states, [&](int c) {
      return system.channels[static_cast<std::size_t>(c)].first_state;
    });
    group.parameter =
        parameter_lanes(group.member.size(), kind.drift.parameters, [&](std::size_t i, int q) {
          const ChannelNode& node = system.channels[static_cast<std::size_t>(group.member[i])];
          return value(node.parameters[static_cast<std::size_t>(q)]);
        });
    for (std::size_t i = 0; i < group.member.size(); ++i) {
      const ChannelNode& node = system.channels[static_cast<std::size_t>(group.member[i])];
      seen_.emplace_back(group.input + lane_slot(i, 1, 0),
                         z_slot[static_cast<std::size_t>(node.region)]);
    }
    channels_.push_back(std::move(group));
  }
  inputs_.resize(inputs);
  constant_inputs_.resize(inputs);

  for (auto& member : gathered(system.projections.size(),
                               [&](std::size_t i) { return system.projections[i].kind; })) {
    const Map& map = system.projections[static_cast<std::size_t>(member[0])].kind->transmit;
    ProjectionGroup group{&map, std::move(member), {}, {}, {}};
    group.input.resize(lane_size(group.member.size(), 3));
    group.out.resize(lane_size(group.member.size(), 1));
    group.parameter =
        parameter_lanes(group.member.size(), map.parameters, [&](std::size_t i, int q) {
          const ProjectionNode& node =
              system.projections[static_cast<std::size_t>(group.member[i])];
          return node.self ? 0.0 : value(node.first_parameter + q);
        });
    sources_.emplace_back();
    gates_.emplace_back();
    links_.emplace_back();
    for (std::size_t i = 0; i < group.member.size(); ++i) {
      const ProjectionNode& node = system.projections[static_cast<std::size_t>(group.member[i])];
      const auto target = static_cast<std::size_t>(node.target);
      if (node.self) {
        group.input[lane_slot(i, 3, 0)] = 1;
      } else {
        sources_.back().emplace_back(lane_slot(i, 3, 0),
                                     z_slot[static_cast<std::size_t>(node.source)]);
      }
      for (const Weight& w : node.gates)
        gates_.back().push_back(
            {lane_slot(i, 3, 2), z_slot[static_cast<std::size_t>(w.index)], value(w.parameter)});
      links_.back().push_back(
          {lane_slot(i, 1, 0), node.self ? self[target] : afferent[target], node.gain});
    }
    projections_.push_back(std::move(group));
  }
}

void Packed::set_input(const Eigen::Ref<const Eigen::VectorXd>& u,
                       const Eigen::Ref<const Eigen::VectorXd>& stimuli) {
  const auto value = [&](int p) { return natural_[static_cast<std::size_t>(p)]; };
  std::fill(constant_inputs_.begin(), constant_inputs_.end(), 0.0);
  const Structure& structure = *system_.structure;
  for (const DriveNode& d : structure.single)
    constant_inputs_[stimulus_port_[static_cast<std::size_t>(d.region)]] +=
        value(d.parameter) * u[d.input];
  for (std::size_t r = 0; r < structure.stimulated.size(); ++r)
    constant_inputs_[stimulus_port_[static_cast<std::size_t>(structure.stimulated[r])]] +=
        stimuli[static_cast<Eigen::Index>(r)];
  for (ProjectionGroup& group : projections_)
    for (std::size_t i = 0; i < group.member.size(); ++i) {
      double modulation = 0;
      for (const Weight& w :
           system_.projections[static_cast<std::size_t>(group.member[i])].contexts)
        modulation += value(w.parameter) * u[w.index];
      group.input[lane_slot(i, 3, 1)] = modulation;
    }
}

void Packed::drift(const double* x, double* rate) {
  for (const Group& g : regions_)
    g.activity->evaluate(
        g.member.size(), x + g.state, nullptr, g.parameter.data(), activity.data() + g.z);
  std::copy(constant_inputs_.begin(), constant_inputs_.end(), inputs_.begin());
  for (std::size_t k = 0; k < projections_.size(); ++k) {
    ProjectionGroup& g = projections_[k];
    for (const auto& [lane, z] : sources_[k]) g.input[lane] = activity[z];
    for (const Gate& gate : gates_[k]) g.input[gate.lane] = 0;
    for (const Gate& gate : gates_[k]) g.input[gate.lane] += gate.weight * activity[gate.z];
    g.transmit->evaluate(
        g.member.size(), nullptr, g.input.data(), g.parameter.data(), g.out.data());
    for (const Link& link : links_[k]) inputs_[link.port] += link.gain * g.out[link.out];
  }
  for (const auto& [input, z] : seen_) inputs_[input] = activity[z];
  for (const Group& g : regions_)
    g.drift->evaluate(
        g.member.size(), x + g.state, inputs_.data() + g.input, g.parameter.data(), rate + g.state);
  for (const Group& g : channels_)
    g.drift->evaluate(
        g.member.size(), x + g.state, inputs_.data() + g.input, g.parameter.data(), rate + g.state);
}

}  // namespace insula::simulation

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
// value: of an instance's parameter, in a copy.
Numbers parameter_lanes(std::size_t instances,
                        std::size_t copies,
                        int count,
                        const std::function<double(std::size_t, int, std::size_t)>& value) {
  const auto p = static_cast<std::size_t>(count);
  Numbers lanes(lane_size(instances * copies, p));
  for (std::size_t i = 0; i < lane_size(instances * copies, 1); ++i)
    for (int q = 0; q < count; ++q)
      lanes[lane_slot(i, p, static_cast<std::size_t>(q))] =
          i < instances * copies ? value(i / copies, q, i % copies) : value(0, q, 0);
  return lanes;
}

}  // namespace

Packed::Packed(const System& system, std::span<const std::vector<double>> natural)
    : state_slot(static_cast<std::size_t>(system.states)),
      z_slot(system.regions.size()),
      system_(system),
      natural_(natural),
      stimulus_port_(system.regions.size(), kNowhere),
      kernels_(copy_kernels(system.isa)) {
  const std::size_t copies = natural.size();
  const auto value = [&](int p, std::size_t copy) {
    return natural[copy][static_cast<std::size_t>(p)];
  };
  std::size_t z = 0, inputs = 0;
  std::vector<std::size_t> afferent(system.regions.size(), kNowhere), self = afferent;

  // Appends a group's lanes to the packed state and records where each state went.
  const auto place = [&](Group& group,
                         std::span<const FieldSpec> states,
                         const std::function<int(int)>& first_state) {
    group.state = size;
    group.input = inputs;
    const std::size_t lanes = group.member.size() * copies;
    size += lane_size(lanes, states.size());
    rest.resize(size);
    for (std::size_t i = 0; i < lane_size(lanes, 1); ++i)
      for (std::size_t s = 0; s < states.size(); ++s) {
        const std::size_t slot = group.state + lane_slot(i, states.size(), s);
        rest[slot] = states[s].value;
        if (i < lanes && i % copies == 0)
          state_slot[static_cast<std::size_t>(first_state(group.member[i / copies])) + s] = slot;
      }
    inputs += lane_size(lanes, static_cast<std::size_t>(group.drift->inputs));
  };

  for (auto& member :
       gathered(system.regions.size(), [&](std::size_t i) { return system.regions[i].kind; })) {
    const RegionKind& kind = *system.regions[static_cast<std::size_t>(member[0])].kind;
    Group group{&kind.drift, &kind.activity, std::move(member), 0, 0, z, {}};
    place(group, kind.states, [&](int r) {
      return system.regions[static_cast<std::size_t>(r)].first_state;
    });
    group.parameter = parameter_lanes(
        group.member.size(),
        copies,
        kind.drift.parameters,
        [&](std::size_t i, int q, std::size_t copy) {
          const RegionNode& node = system.regions[static_cast<std::size_t>(group.member[i])];
          return value(node.first_parameter + q, copy);
        });
    for (std::size_t i = 0; i < group.member.size(); ++i) {
      const auto r = static_cast<std::size_t>(group.member[i]);
      const RegionNode& node = system.regions[r];
      z_slot[r] = z + i * copies;
      const auto port = [&](int p) {
        return p == kNone
                   ? kNowhere
                   : group.input +
                         lane_slot(i * copies, kind.inputs.size(), static_cast<std::size_t>(p));
      };
      afferent[r] = port(node.afferent);
      self[r] = port(node.self);
      stimulus_port_[r] = port(node.stimulus);
    }
    z += lane_size(group.member.size() * copies, 1);
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
    group.parameter = parameter_lanes(
        group.member.size(),
        copies,
        kind.drift.parameters,
        [&](std::size_t i, int q, std::size_t copy) {
          const ChannelNode& node = system.channels[static_cast<std::size_t>(group.member[i])];
          return value(node.parameters[static_cast<std::size_t>(q)], copy);
        });
    for (std::size_t i = 0; i < group.member.size(); ++i) {
      const ChannelNode& node = system.channels[static_cast<std::size_t>(group.member[i])];
      seen_.push_back({group.input + lane_slot(i * copies, 1, 0),
                       z_slot[static_cast<std::size_t>(node.region)]});
    }
    channels_.push_back(std::move(group));
  }
  inputs_.resize(inputs);
  constant_inputs_.resize(inputs);

  for (auto& member : gathered(system.projections.size(),
                               [&](std::size_t i) { return system.projections[i].kind; })) {
    const Map& map = system.projections[static_cast<std::size_t>(member[0])].kind->transmit;
    ProjectionGroup group{&map, std::move(member), {}, {}, {}};
    group.input.resize(lane_size(group.member.size() * copies, 3));
    group.out.resize(lane_size(group.member.size() * copies, 1));
    group.parameter = parameter_lanes(
        group.member.size(), copies, map.parameters, [&](std::size_t i, int q, std::size_t copy) {
          const ProjectionNode& node =
              system.projections[static_cast<std::size_t>(group.member[i])];
          return node.self ? 0.0 : value(node.first_parameter + q, copy);
        });
    sources_.emplace_back();
    gates_.emplace_back();
    links_.emplace_back();
    for (std::size_t i = 0; i < group.member.size(); ++i) {
      const ProjectionNode& node = system.projections[static_cast<std::size_t>(group.member[i])];
      const auto target = static_cast<std::size_t>(node.target);
      const std::size_t lane = i * copies;
      if (node.self) {
        std::fill_n(
            group.input.begin() + static_cast<std::ptrdiff_t>(lane_slot(lane, 3, 0)), copies, 1.0);
      } else {
        sources_.back().push_back(
            {lane_slot(lane, 3, 0), z_slot[static_cast<std::size_t>(node.source)]});
      }
      for (const Weight& w : node.gates) {
        gates_.back().push_back(
            {lane_slot(lane, 3, 2), z_slot[static_cast<std::size_t>(w.index)], weights_.size()});
        for (std::size_t m = 0; m < copies; ++m) weights_.push_back(value(w.parameter, m));
      }
      links_.back().push_back(
          {node.self ? self[target] : afferent[target], lane_slot(lane, 1, 0), weights_.size()});
      weights_.insert(weights_.end(), copies, node.gain);
    }
    std::ranges::stable_sort(links_.back(), {}, &Route::to);
    projections_.push_back(std::move(group));
  }
}

void Packed::set_input(std::span<const double* const> inputs,
                       const Eigen::Ref<const Eigen::MatrixXd>& stimuli) {
  std::fill(constant_inputs_.begin(), constant_inputs_.end(), 0.0);
  const Structure& structure = *system_.structure;
  const std::size_t copies = natural_.size();
  for (std::size_t m = 0; m < copies; ++m) {
    const double* u = inputs[m];
    const auto value = [&](int p) { return natural_[m][static_cast<std::size_t>(p)]; };
    const auto port = [&](int region) -> double& {
      return constant_inputs_[stimulus_port_[static_cast<std::size_t>(region)] + m];
    };
    for (const DriveNode& d : structure.single) port(d.region) += value(d.parameter) * u[d.input];
    for (std::size_t r = 0; r < structure.stimulated.size(); ++r)
      port(structure.stimulated[r]) +=
          stimuli(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(m));
    for (ProjectionGroup& group : projections_)
      for (std::size_t i = 0; i < group.member.size(); ++i) {
        double modulation = 0;
        for (const Weight& w :
             system_.projections[static_cast<std::size_t>(group.member[i])].contexts)
          modulation += value(w.parameter) * u[w.index];
        group.input[lane_slot(i * copies + m, 3, 1)] = modulation;
      }
  }
}

template <std::size_t kCopies>
void Packed::drift_of(const double* x, double* rate) {
  const auto copy = [&](const std::vector<Route>& routes, double* to) {
    if constexpr (kCopies > 1) return kernels_.copy(routes.data(), routes.size(), &activity[0], to);
    for (const Route& r : routes) to[r.to] = activity[r.from];
  };
  const auto add = [&](const std::vector<Route>& routes, const double* from, double* to) {
    if constexpr (kCopies > 1)
      return kernels_.add(routes.data(), routes.size(), weights_.data(), from, to);
    for (const Route& r : routes) to[r.to] += weights_[r.weight] * from[r.from];
  };
  for (const Group& g : regions_)
    g.activity->evaluate(
        g.member.size() * kCopies, x + g.state, nullptr, g.parameter.data(), activity.data() + g.z);
  std::copy(constant_inputs_.begin(), constant_inputs_.end(), inputs_.begin());
  for (std::size_t k = 0; k < projections_.size(); ++k) {
    ProjectionGroup& g = projections_[k];
    copy(sources_[k], g.input.data());
    for (const Route& gate : gates_[k]) std::fill_n(&g.input[gate.to], kCopies, 0.0);
    add(gates_[k], activity.data(), g.input.data());
    g.transmit->evaluate(
        g.member.size() * kCopies, nullptr, g.input.data(), g.parameter.data(), g.out.data());
    add(links_[k], g.out.data(), inputs_.data());
  }
  copy(seen_, inputs_.data());
  for (const auto* groups : {&regions_, &channels_})
    for (const Group& g : *groups)
      g.drift->evaluate(g.member.size() * kCopies,
                        x + g.state,
                        inputs_.data() + g.input,
                        g.parameter.data(),
                        rate + g.state);
}

template void Packed::drift_of<1>(const double*, double*);
template void Packed::drift_of<kLanes>(const double*, double*);

}  // namespace insula::simulation

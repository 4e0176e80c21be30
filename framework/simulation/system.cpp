// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/system.h"

#include <algorithm>
#include <array>

#include "framework/base/error.h"
#include "framework/simulation/detail/probe_kinds.h"
#include "framework/simulation/detail/structure.h"

namespace insula::simulation {
namespace {

int input_position(const RegionKind& kind, std::string_view name) {
  for (std::size_t i = 0; i < kind.inputs.size(); ++i)
    if (kind.inputs[i].name == name) return static_cast<int>(i);
  return kNone;
}

// A map at one moment of one instance: lane 0 of one block.
class OneInstance {
 public:
  explicit OneInstance(const Map& map)
      : map_(map),
        state_(static_cast<std::size_t>(map.states) * kLanes),
        input_(static_cast<std::size_t>(map.inputs) * kLanes),
        parameter_(static_cast<std::size_t>(map.parameters) * kLanes),
        out_(static_cast<std::size_t>(map.outputs) * kLanes) {}
  void state(int i, double value) { fill(state_, i, value); }
  void input(int i, double value) { fill(input_, i, value); }
  void parameter(int i, double value) { fill(parameter_, i, value); }
  double out(int i) const { return out_[static_cast<std::size_t>(i) * kLanes]; }
  void run() { map_.evaluate(1, state_.data(), input_.data(), parameter_.data(), out_.data()); }

 private:
  // All lanes get the value, so that unused ones compute something finite.
  static void fill(std::vector<double>& lanes, int i, double value) {
    for (std::size_t l = 0; l < kLanes; ++l)
      lanes[static_cast<std::size_t>(i) * kLanes + l] = value;
  }
  const Map& map_;
  std::vector<double> state_, input_, parameter_, out_;
};

std::vector<double> activities(const System& system,
                               const std::vector<double>& natural,
                               const Eigen::VectorXd& x) {
  std::vector<double> z;
  for (const RegionNode& region : system.regions) {
    OneInstance map(region.kind->activity);
    for (int s = 0; s < region.kind->activity.states; ++s) map.state(s, x[region.first_state + s]);
    for (int p = 0; p < region.kind->activity.parameters; ++p)
      map.parameter(p, natural[static_cast<std::size_t>(region.first_parameter + p)]);
    map.run();
    z.push_back(map.out(0));
  }
  return z;
}

struct Ports {
  double afferent = 0, stimulus = 0, self = 0;
};

std::vector<Ports> ports(const System& system,
                         const std::vector<double>& natural,
                         const std::vector<double>& z,
                         const Eigen::VectorXd& u) {
  std::vector<Ports> ports(system.regions.size());
  const auto value = [&](int parameter) { return natural[static_cast<std::size_t>(parameter)]; };
  for (const DriveNode& drive : system.drives)
    ports[static_cast<std::size_t>(drive.region)].stimulus +=
        value(drive.parameter) * u[drive.input];
  for (const ProjectionNode& projection : system.projections) {
    OneInstance map(projection.kind->transmit);
    double modulation = 0, gating = 0;
    for (const Weight& w : projection.contexts) modulation += value(w.parameter) * u[w.index];
    for (const Weight& w : projection.gates)
      gating += value(w.parameter) * z[static_cast<std::size_t>(w.index)];
    map.input(0, projection.self ? 1 : z[static_cast<std::size_t>(projection.source)]);
    map.input(1, modulation);
    map.input(2, gating);
    for (int p = 0; p < projection.kind->transmit.parameters; ++p)
      map.parameter(p, projection.self ? 0 : value(projection.first_parameter + p));
    map.run();
    Ports& target = ports[static_cast<std::size_t>(projection.target)];
    (projection.self ? target.self : target.afferent) += projection.gain * map.out(0);
  }
  return ports;
}

void add_probes(const architecture::Architecture& a, System& system) {
  using Take = architecture::Window::Take;
  for (std::size_t o = 0; o < a.trials.size(); ++o) {
    const Take take = a.trials[o].window.take;
    const ObservationKind& kind =
        probe_kind(system.isa, take == Take::mean || take == Take::integral);
    for (const std::size_t region : regions_in_terms(a.trials[o])) {
      system.probes.push_back({static_cast<int>(o), static_cast<int>(region)});
      system.channels.push_back({&kind,
                                 kNone,
                                 static_cast<int>(region),
                                 system.states,
                                 {},
                                 std::string(kind.name) + " of " + a.regions[region].name});
      system.states += static_cast<int>(kind.states.size());
    }
  }
}

}  // namespace

std::vector<std::size_t> regions_in_terms(const architecture::TrialObservation& trials) {
  std::vector<std::size_t> regions;
  for (const architecture::Predictor& predictor : trials.predictors)
    for (const architecture::Term& term : predictor.terms)
      for (const std::size_t region : term.regions)
        if (std::ranges::find(regions, region) == regions.end()) regions.push_back(region);
  return regions;
}

System compile(architecture::Architecture architecture, Isa isa, Columns columns) {
  System system;
  system.isa = isa;
  system.columns = columns;
  const auto& a = architecture;
  for (std::size_t i = 0; i < a.regions.size(); ++i) {
    const RegionKind& kind = *a.regions[i].kind;
    system.regions.push_back({&kind,
                              system.states,
                              static_cast<int>(a.region_parameters[i]),
                              input_position(kind, "afferent"),
                              input_position(kind, "stimulus"),
                              input_position(kind, "self")});
    system.states += static_cast<int>(kind.states.size());
  }
  for (std::size_t i = 0; i < a.inputs.size(); ++i) {
    const std::size_t first = system.inputs.size();
    for (std::string& column : architecture::columns_of(a.inputs[i])) {
      system.inputs.push_back(std::move(column));
      system.input_of.push_back(i);
    }
    int parameter = static_cast<int>(a.input_parameters[i]);
    for (const std::size_t region : a.inputs[i].drives)
      for (std::size_t c = first; c < system.inputs.size(); ++c)
        system.drives.push_back({static_cast<int>(c), static_cast<int>(region), parameter++});
    if (!a.inputs[i].learned) continue;
    const architecture::Signal& signal = a.inputs[i].learned->signal;
    system.learned.push_back(
        {static_cast<int>(i),
         signal,
         static_cast<int>(a.learner_parameters[signal.learner]),
         static_cast<int>(a.learners[signal.learner].kind->parameters.size())});
  }
  for (std::size_t i = 0; i < a.projections.size(); ++i) {
    const architecture::Projection& p = a.projections[i];
    ProjectionNode node{p.kind,
                        static_cast<int>(p.source),
                        static_cast<int>(p.target),
                        kNone,
                        p.source == p.target,
                        {},
                        {},
                        p.gain};
    int next = static_cast<int>(a.projection_parameters[i]);
    if (!node.self) {
      node.first_parameter = next;
      next += static_cast<int>(p.kind->parameters.size());
    }
    for (const std::string& context : p.contexts) {
      int input = 0;
      while (system.inputs[static_cast<std::size_t>(input)] != context) ++input;
      node.contexts.push_back({input, next++});
    }
    for (const std::size_t gate : p.gates) node.gates.push_back({static_cast<int>(gate), next++});
    system.projections.push_back(std::move(node));
  }
  for (std::size_t o = 0; o < a.observations.size(); ++o) {
    const architecture::Observation& observation = a.observations[o];
    for (std::size_t r = 0; r < observation.regions.size(); ++r) {
      ChannelNode node{observation.kind,
                       static_cast<int>(o),
                       static_cast<int>(observation.regions[r]),
                       system.states,
                       {},
                       observation.name + " of " + a.regions[observation.regions[r]].name};
      // Per field: one parameter for each region, or one for all.
      int next = static_cast<int>(a.observation_parameters[o]);
      for (const FieldSpec& field : observation.kind->parameters) {
        node.parameters.push_back(field.per_region ? next + static_cast<int>(r) : next);
        next += field.per_region ? static_cast<int>(observation.regions.size()) : 1;
      }
      system.states += static_cast<int>(observation.kind->states.size());
      system.channels.push_back(std::move(node));
    }
  }
  add_probes(a, system);
  system.free = a.free_parameters();
  system.architecture = std::move(architecture);
  system.structure = std::make_shared<const Structure>(structure(system));
  return system;
}

Eigen::Index System::dynamic_parameters() const {
  const std::vector<std::size_t>& later =
      !architecture.observations.empty() ? architecture.observation_parameters
      : !architecture.trials.empty()     ? architecture.trial_parameters
                                         : architecture.learner_parameters;
  const std::size_t end = later.empty() ? architecture.parameters.size() : later.front();
  return std::ranges::lower_bound(free, end) - free.begin();
}

std::vector<Eigen::Index> System::learning_parameters() const {
  std::vector<Eigen::Index> all;
  for (std::size_t i = 0; i < free.size(); ++i)
    if (std::ranges::any_of(learned, [&](const LearnedNode& node) {
          const auto first = static_cast<std::size_t>(node.first_parameter);
          return free[i] >= first && free[i] < first + static_cast<std::size_t>(node.parameters);
        }))
      all.push_back(static_cast<Eigen::Index>(i));
  return all;
}

Eigen::VectorXd System::prior_mean() const {
  Eigen::VectorXd mean(static_cast<Eigen::Index>(free.size()));
  for (std::size_t i = 0; i < free.size(); ++i)
    mean[static_cast<Eigen::Index>(i)] = architecture.parameters[free[i]].prior_mean;
  return mean;
}

Eigen::VectorXd System::prior_sd() const {
  Eigen::VectorXd sd(static_cast<Eigen::Index>(free.size()));
  for (std::size_t i = 0; i < free.size(); ++i)
    sd[static_cast<Eigen::Index>(i)] = architecture.parameters[free[i]].prior_sd;
  return sd;
}

std::vector<std::string> System::parameter_names() const {
  std::vector<std::string> names;
  for (const std::size_t i : free) names.push_back(architecture.parameters[i].name);
  return names;
}

std::vector<double> System::natural(const Eigen::VectorXd& theta) const {
  const auto& parameters = architecture.parameters;
  if (theta.size() != static_cast<Eigen::Index>(free.size()))
    throw InternalError("System::natural: θ has another size than the free parameters");
  std::vector<double> coordinate(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) coordinate[i] = parameters[i].prior_mean;
  for (std::size_t i = 0; i < free.size(); ++i)
    coordinate[free[i]] = theta[static_cast<Eigen::Index>(i)];
  std::vector<double> natural(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    natural[i] = parameters[i].natural(coordinate[parameters[i].tied_to]);
  return natural;
}

std::vector<std::string> System::state_names() const {
  std::vector<std::string> names;
  for (std::size_t r = 0; r < regions.size(); ++r)
    for (const FieldSpec& s : regions[r].kind->states)
      names.push_back(architecture.regions[r].name + "." + std::string(s.name));
  for (const ChannelNode& c : channels)
    for (const FieldSpec& s : c.kind->states)
      names.push_back(
          (c.observation == kNone
               ? std::string(c.kind->name)
               : architecture.observations[static_cast<std::size_t>(c.observation)].name) +
          "." + architecture.regions[static_cast<std::size_t>(c.region)].name + "." +
          std::string(s.name));
  return names;
}

std::string System::owner(int state) const {
  for (std::size_t r = 0; r < regions.size(); ++r)
    if (state < regions[r].first_state + static_cast<int>(regions[r].kind->states.size()))
      return architecture.regions[r].name;
  for (const ChannelNode& c : channels)
    if (state < c.first_state + static_cast<int>(c.kind->states.size())) return c.name;
  return {};
}

Eigen::VectorXd System::rest() const {
  Eigen::VectorXd x(states);
  for (const RegionNode& r : regions)
    for (std::size_t s = 0; s < r.kind->states.size(); ++s)
      x[r.first_state + static_cast<int>(s)] = r.kind->states[s].value;
  for (const ChannelNode& c : channels)
    for (std::size_t s = 0; s < c.kind->states.size(); ++s)
      x[c.first_state + static_cast<int>(s)] = c.kind->states[s].value;
  return x;
}

Eigen::VectorXd drift(const System& system,
                      const std::vector<double>& natural,
                      const Eigen::VectorXd& x,
                      const Eigen::VectorXd& u) {
  Eigen::VectorXd rate(system.states);
  const std::vector<double> z = activities(system, natural, x);
  const std::vector<Ports> port = ports(system, natural, z, u);
  for (std::size_t r = 0; r < system.regions.size(); ++r) {
    const RegionNode& region = system.regions[r];
    OneInstance map(region.kind->drift);
    for (int s = 0; s < region.kind->drift.states; ++s) map.state(s, x[region.first_state + s]);
    if (region.afferent != kNone) map.input(region.afferent, port[r].afferent);
    if (region.stimulus != kNone) map.input(region.stimulus, port[r].stimulus);
    if (region.self != kNone) map.input(region.self, port[r].self);
    for (int p = 0; p < region.kind->drift.parameters; ++p)
      map.parameter(p, natural[static_cast<std::size_t>(region.first_parameter + p)]);
    map.run();
    for (int s = 0; s < region.kind->drift.outputs; ++s) rate[region.first_state + s] = map.out(s);
  }
  for (const ChannelNode& channel : system.channels) {
    if (channel.kind->drift.outputs == 0) continue;
    OneInstance map(channel.kind->drift);
    for (int s = 0; s < channel.kind->drift.states; ++s) map.state(s, x[channel.first_state + s]);
    map.input(0, z[static_cast<std::size_t>(channel.region)]);
    for (std::size_t p = 0; p < channel.parameters.size(); ++p)
      map.parameter(static_cast<int>(p), natural[static_cast<std::size_t>(channel.parameters[p])]);
    map.run();
    for (int s = 0; s < channel.kind->drift.outputs; ++s)
      rate[channel.first_state + s] = map.out(s);
  }
  return rate;
}

Eigen::VectorXd observe(const System& system,
                        const std::vector<double>& natural,
                        const Eigen::VectorXd& x) {
  const std::vector<double> z = activities(system, natural, x);
  Eigen::VectorXd y(static_cast<Eigen::Index>(system.channels.size()));
  for (std::size_t c = 0; c < system.channels.size(); ++c) {
    const ChannelNode& channel = system.channels[c];
    OneInstance map(channel.kind->observe);
    for (int s = 0; s < channel.kind->observe.states; ++s) map.state(s, x[channel.first_state + s]);
    map.input(0, z[static_cast<std::size_t>(channel.region)]);
    for (std::size_t p = 0; p < channel.parameters.size(); ++p)
      map.parameter(static_cast<int>(p), natural[static_cast<std::size_t>(channel.parameters[p])]);
    map.run();
    y[static_cast<Eigen::Index>(c)] = map.out(0);
  }
  return y;
}

}  // namespace insula::simulation

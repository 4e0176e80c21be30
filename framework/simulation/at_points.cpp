// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/at_points.h"

namespace insula::simulation {
namespace {

using Column = Eigen::Ref<const Eigen::VectorXd>;

// Some quantities at every point, blocked as maps want them.
class Lanes {
 public:
  Lanes(int quantities, Eigen::Index points)
      : quantities_(static_cast<std::size_t>(quantities)),
        points_(static_cast<std::size_t>(points)),
        values_((points_ + kLanes - 1) / kLanes * quantities_ * kLanes, 0.0) {}

  void set(int quantity, const Column& column) {
    for (std::size_t p = 0; p < points_; ++p)
      values_[slot(quantity, p)] = column[static_cast<Eigen::Index>(p)];
  }
  void set(int quantity, double value) {  // padding too, so that it computes something finite
    for (std::size_t p = 0; p < (points_ + kLanes - 1) / kLanes * kLanes; ++p)
      values_[slot(quantity, p)] = value;
  }
  Eigen::VectorXd column(int quantity) const {
    Eigen::VectorXd column(static_cast<Eigen::Index>(points_));
    for (std::size_t p = 0; p < points_; ++p)
      column[static_cast<Eigen::Index>(p)] = values_[slot(quantity, p)];
    return column;
  }
  double* data() { return values_.data(); }

 private:
  std::size_t slot(int quantity, std::size_t point) const {
    return (point / kLanes * quantities_ + static_cast<std::size_t>(quantity)) * kLanes +
           point % kLanes;
  }
  std::size_t quantities_, points_;
  std::vector<double> values_;
};

// One instance of a kind at every point.
struct Instance {
  Instance(const Map& m, Eigen::Index points)
      : map(m),
        count(static_cast<std::size_t>(points)),
        state(m.states, points),
        input(m.inputs, points),
        parameter(m.parameters, points),
        out(m.outputs, points) {}
  void states(const Eigen::MatrixXd& x, int first) {
    for (int s = 0; s < map.states; ++s) state.set(s, x.col(first + s));
  }
  void parameters(const std::vector<double>& natural, int first) {
    for (int p = 0; p < map.parameters; ++p)
      parameter.set(p, natural[static_cast<std::size_t>(first + p)]);
  }
  void parameters(const std::vector<double>& natural, const std::vector<int>& which) {
    for (int p = 0; p < map.parameters; ++p)
      parameter.set(p, natural[static_cast<std::size_t>(which[static_cast<std::size_t>(p)])]);
  }
  void run() { map.evaluate(count, state.data(), input.data(), parameter.data(), out.data()); }

  const Map& map;
  std::size_t count;
  Lanes state, input, parameter, out;
};

Eigen::MatrixXd activity_at(const System& system,
                            const std::vector<double>& natural,
                            const Eigen::MatrixXd& x) {
  Eigen::MatrixXd z(x.rows(), static_cast<Eigen::Index>(system.regions.size()));
  for (std::size_t r = 0; r < system.regions.size(); ++r) {
    Instance activity(system.regions[r].kind->activity, x.rows());
    activity.states(x, system.regions[r].first_state);
    activity.parameters(natural, system.regions[r].first_parameter);
    activity.run();
    z.col(static_cast<Eigen::Index>(r)) = activity.out.column(0);
  }
  return z;
}

struct PointPorts {
  Eigen::MatrixXd afferent, stimulus, self;  // points × regions
};

PointPorts ports_at(const System& system,
                    const std::vector<double>& natural,
                    const Eigen::MatrixXd& z,
                    const Eigen::MatrixXd& u) {
  const Eigen::MatrixXd none = Eigen::MatrixXd::Zero(z.rows(), z.cols());
  PointPorts ports{none, none, none};
  const auto value = [&](int p) { return natural[static_cast<std::size_t>(p)]; };
  for (const DriveNode& drive : system.drives)
    ports.stimulus.col(drive.region) += value(drive.parameter) * u.col(drive.input);
  for (const ProjectionNode& projection : system.projections) {
    Instance transmit(projection.kind->transmit, z.rows());
    Eigen::VectorXd modulation = Eigen::VectorXd::Zero(z.rows()), gating = modulation;
    for (const Weight& w : projection.contexts) modulation += value(w.parameter) * u.col(w.index);
    for (const Weight& w : projection.gates) gating += value(w.parameter) * z.col(w.index);
    transmit.input.set(1, modulation);
    transmit.input.set(2, gating);
    if (projection.self) {
      transmit.input.set(0, 1.0);
      for (int p = 0; p < transmit.map.parameters; ++p) transmit.parameter.set(p, 0.0);
    } else {
      transmit.input.set(0, z.col(projection.source));
      transmit.parameters(natural, projection.first_parameter);
    }
    transmit.run();
    (projection.self ? ports.self : ports.afferent).col(projection.target) +=
        projection.gain * transmit.out.column(0);
  }
  return ports;
}

}  // namespace

Eigen::MatrixXd drift_at(const System& system,
                         const std::vector<double>& natural,
                         const Eigen::MatrixXd& x,
                         const Eigen::MatrixXd& u) {
  Eigen::MatrixXd rate(x.rows(), system.states);
  const Eigen::MatrixXd z = activity_at(system, natural, x);
  const PointPorts ports = ports_at(system, natural, z, u);
  for (std::size_t r = 0; r < system.regions.size(); ++r) {
    const RegionNode& region = system.regions[r];
    const auto column = static_cast<Eigen::Index>(r);
    Instance drift(region.kind->drift, x.rows());
    drift.states(x, region.first_state);
    drift.parameters(natural, region.first_parameter);
    if (region.afferent != kNone) drift.input.set(region.afferent, ports.afferent.col(column));
    if (region.stimulus != kNone) drift.input.set(region.stimulus, ports.stimulus.col(column));
    if (region.self != kNone) drift.input.set(region.self, ports.self.col(column));
    drift.run();
    for (int s = 0; s < drift.map.outputs; ++s)
      rate.col(region.first_state + s) = drift.out.column(s);
  }
  for (const ChannelNode& channel : system.channels) {
    Instance drift(channel.kind->drift, x.rows());
    if (drift.map.outputs == 0) continue;
    drift.states(x, channel.first_state);
    drift.parameters(natural, channel.parameters);
    drift.input.set(0, z.col(channel.region));
    drift.run();
    for (int s = 0; s < drift.map.outputs; ++s)
      rate.col(channel.first_state + s) = drift.out.column(s);
  }
  return rate;
}

Eigen::MatrixXd observe_at(const System& system,
                           const std::vector<double>& natural,
                           const Eigen::MatrixXd& x) {
  const Eigen::MatrixXd z = activity_at(system, natural, x);
  Eigen::MatrixXd y(x.rows(), static_cast<Eigen::Index>(system.channels.size()));
  for (std::size_t c = 0; c < system.channels.size(); ++c) {
    const ChannelNode& channel = system.channels[c];
    Instance observe(channel.kind->observe, x.rows());
    observe.states(x, channel.first_state);
    observe.parameters(natural, channel.parameters);
    observe.input.set(0, z.col(channel.region));
    observe.run();
    y.col(static_cast<Eigen::Index>(c)) = observe.out.column(0);
  }
  return y;
}

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/linearise.h"

#include <algorithm>

namespace insula::simulation {
namespace {

std::vector<double> parameters_of(const ChannelNode& channel, const std::vector<double>& natural) {
  std::vector<double> values;
  for (const int p : channel.parameters) values.push_back(natural[z(p)]);
  return values;
}

}  // namespace

LinearisedDrift::LinearisedDrift(const System& system, const std::vector<double>& natural, Of rows)
    : system_(system),
      structure_(*system.structure),
      at_(structure_.scratch),
      form_(rows == Of::everything ? structure_.drift : structure_.regions),
      natural_(natural),
      has_channels_(rows == Of::everything),
      zeros_(8, 0.0),
      scratch_(z(at_.size) * kLanes, 0.0),
      kernels_(kernels(system.isa)) {
  fill(at_.one, 1);
  std::size_t gate = 0;
  for (const ProjectionNode& p : system.projections)
    for (const Weight& w : p.gates) fill(at_.gate_weight[gate++], natural[z(w.parameter)]);
  for (const LearnedEffect& e : at_.learned) fill(e.weight, natural[z(e.parameter)]);
  for (std::size_t e = 0; e < system.projections.size(); ++e)
    if (system.projections[e].self) fill(at_.transmit_input[e], 1);
  for (const ChannelNode& c : system.channels)
    channel_parameters_.push_back(parameters_of(c, natural));
}

void LinearisedDrift::fill(int block, double value) { std::fill_n(slot(block), kLanes, value); }

void LinearisedDrift::run(const double* state,
                          std::size_t moments,
                          double* coefficients,
                          double* rate) {
  run_activities(state, moments);
  run_projections(moments);
  run_drifts(state, moments, rate);
  if (has_channels_) run_channels(state, moments, rate);
  if (!coefficients) return;
  kernels_.accumulate(
      structure_.within.data(), structure_.within.size(), scratch_.data(), scratch_.data());
  kernels_.accumulate(form_.terms.data(), form_.terms.size(), scratch_.data(), coefficients);
}

void LinearisedDrift::run_activities(const double* state, std::size_t moments) {
  for (std::size_t i = 0; i < system_.regions.size(); ++i) {
    const RegionNode& node = system_.regions[i];
    node.kind->activity.linearise(moments,
                                  state + z(node.first_state) * kLanes,
                                  nullptr,
                                  natural_.data() + node.first_parameter,
                                  slot(at_.activity[i]),
                                  slot(at_.activity_partial[i]));
  }
}

void LinearisedDrift::run_projections(std::size_t moments) {
  for (std::size_t i = 0; i < system_.regions.size(); ++i)
    std::fill_n(slot(at_.port[i]), z(system_.regions[i].kind->drift.inputs) * kLanes, 0.0);
  const auto add = [](double* to, double factor, const double* x) {
    for (std::size_t l = 0; l < kLanes; ++l) to[l] += factor * x[l];
  };
  // Static regions are asked for each column's part by itself.
  const bool is_summed = has_channels_;
  for (const DriveNode& d : is_summed ? structure_.single : system_.drives)
    add(slot(at_.port[z(d.region)] + system_.regions[z(d.region)].stimulus),
        natural_[z(d.parameter)],
        slot(at_.input[z(d.input)]));
  for (std::size_t r = 0; is_summed && r < structure_.stimulated.size(); ++r) {
    const int region = structure_.stimulated[r];
    add(slot(at_.port[z(region)] + system_.regions[z(region)].stimulus), 1, stimulus(r));
  }
  for (std::size_t e = 0; e < system_.projections.size(); ++e) {
    const ProjectionNode& p = system_.projections[e];
    double* in = slot(at_.transmit_input[e]);
    if (!p.self) std::copy_n(slot(at_.activity[z(p.source)]), kLanes, in);
    std::fill_n(in + kLanes, 2 * kLanes, 0.0);
    for (const Weight& w : p.contexts)
      add(in + kLanes, natural_[z(w.parameter)], slot(at_.input[z(w.index)]));
    for (const Weight& w : p.gates)
      add(in + 2 * kLanes, natural_[z(w.parameter)], slot(at_.activity[z(w.index)]));
    p.kind->transmit.linearise(moments,
                               nullptr,
                               in,
                               p.self ? zeros_.data() : natural_.data() + p.first_parameter,
                               slot(at_.transmit_out[e]),
                               slot(at_.transmit_partial[e]));
    const auto times_gain = [&](double* x, std::size_t blocks) {
      for (std::size_t i = 0; i < blocks * kLanes && p.gain != 1; ++i) x[i] *= p.gain;
    };
    times_gain(slot(at_.transmit_out[e]), 1);
    times_gain(slot(at_.transmit_partial[e]), z(p.kind->transmit.arguments()));
    const RegionNode& target = system_.regions[z(p.target)];
    add(slot(at_.port[z(p.target)] + (p.self ? target.self : target.afferent)),
        1,
        slot(at_.transmit_out[e]));
  }
}

void LinearisedDrift::run_drifts(const double* state, std::size_t moments, double* rate) {
  for (std::size_t i = 0; i < system_.regions.size(); ++i) {
    const RegionNode& node = system_.regions[i];
    node.kind->drift.linearise(moments,
                               state + z(node.first_state) * kLanes,
                               slot(at_.port[i]),
                               natural_.data() + node.first_parameter,
                               rate ? rate + z(node.first_state) * kLanes : nullptr,
                               slot(at_.drift_partial[i]));
  }
}

void LinearisedDrift::run_channels(const double* state, std::size_t moments, double* rate) {
  for (std::size_t c = 0; c < system_.channels.size(); ++c) {
    const ChannelNode& node = system_.channels[c];
    if (node.kind->drift.outputs == 0) continue;
    node.kind->drift.linearise(moments,
                               state + z(node.first_state) * kLanes,
                               slot(at_.activity[z(node.region)]),
                               channel_parameters_[c].data(),
                               rate ? rate + z(node.first_state) * kLanes : nullptr,
                               slot(at_.channel_partial[c]));
  }
}

Eigen::MatrixXd stimuli_of(const System& system,
                           const Timeline& timeline,
                           std::span<const std::vector<double>> natural) {
  const std::vector<int>& regions = system.structure->stimulated;
  const auto copies = static_cast<Eigen::Index>(natural.size());
  const Eigen::Index segments = timeline.segments();
  Eigen::MatrixXd stimuli(static_cast<Eigen::Index>(regions.size()), segments * copies);
  for (Eigen::Index r = 0; r < stimuli.rows(); ++r) {
    Eigen::MatrixXd strength = Eigen::MatrixXd::Zero(copies, timeline.input.rows());
    for (const DriveNode& d : system.structure->pulsed)
      for (Eigen::Index m = 0; m < copies && d.region == regions[z(r)]; ++m)
        strength(m, d.input) = natural[z(m)][z(d.parameter)];
    Eigen::VectorXd together(copies);
    for (Eigen::Index k = 0; k < segments; ++k) {
      if (k == 0 || timeline.jumps[z(k)] != 0)
        together.noalias() = strength * timeline.input.col(k);
      stimuli.row(r).segment(k * copies, copies) = together.transpose();
    }
  }
  return stimuli;
}

void fill_drift_stream(const System& system,
                       const Structure& structure,
                       const Timeline& timeline,
                       const std::vector<double>& natural,
                       const Trajectory& trajectory,
                       std::size_t first,
                       std::size_t last,
                       double* stream) {
  LinearisedDrift drift(system, natural, LinearisedDrift::Of::everything);
  const std::size_t all = trajectory.moments();
  auto step = std::ranges::upper_bound(trajectory.steps, first * kLanes, {}, &Step::moment) - 1;
  for (std::size_t b = first; b < last; ++b) {
    const std::size_t moments = std::min(kLanes, all - b * kLanes);
    for (std::size_t l = 0; l < moments; ++l) {
      if (b * kLanes + l == step->moment + step->stages()) ++step;
      const int segment = step->segment;
      for (const std::size_t k : structure.single_inputs)
        drift.input(k)[l] = timeline.input(static_cast<Eigen::Index>(k), segment);
      for (Eigen::Index k = 0; k < timeline.input_slope.rows(); ++k)
        drift.input_slope(static_cast<std::size_t>(k))[l] = timeline.input_slope(k, segment);
      for (std::size_t r = 0; r < structure.stimulated.size(); ++r)
        drift.stimulus(r)[l] = trajectory.stimuli(static_cast<Eigen::Index>(r), segment);
    }
    drift.run(trajectory.tape.data() + b * z(system.states) * kLanes,
              moments,
              stream + b * structure.drift.width() * kLanes,
              nullptr);
  }
}

Eigen::VectorXd observe_samples(const System& system,
                                const Structure& structure,
                                const std::vector<double>& natural,
                                const Trajectory& trajectory,
                                std::size_t channel,
                                std::size_t samples,
                                std::vector<double>* stream) {
  const ChannelNode& node = system.channels[channel];
  const RegionNode& region = system.regions[z(node.region)];
  const Map& observe = node.kind->observe;
  const Map& activity = region.kind->activity;
  const FormStructure& form = structure.output[channel];
  const std::vector<double> parameters = parameters_of(node, natural);

  const std::size_t partials = z(1 + observe.arguments());
  std::vector<double> scratch((partials + z(activity.arguments())) * kLanes, 1.0);
  std::vector<double> seen(kLanes), out(kLanes);
  const std::size_t blocks = (samples + kLanes - 1) / kLanes;
  if (stream) stream->resize(blocks * form.width() * kLanes);
  const Kernels run = kernels(system.isa);

  Eigen::VectorXd value(static_cast<Eigen::Index>(samples));
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t moments = std::min(kLanes, samples - b * kLanes);
    activity.linearise(
        moments,
        trajectory.region_at_sample[channel].data() + b * region.kind->states.size() * kLanes,
        nullptr,
        natural.data() + region.first_parameter,
        seen.data(),
        scratch.data() + partials * kLanes);
    observe.linearise(
        moments,
        trajectory.channel_at_sample[channel].data() + b * node.kind->states.size() * kLanes,
        seen.data(),
        parameters.data(),
        out.data(),
        scratch.data() + kLanes);
    for (std::size_t l = 0; l < moments; ++l)
      value[static_cast<Eigen::Index>(b * kLanes + l)] = out[l];
    if (stream)
      run.accumulate(form.terms.data(),
                     form.terms.size(),
                     scratch.data(),
                     stream->data() + b * form.width() * kLanes);
  }
  return value;
}

}  // namespace insula::simulation

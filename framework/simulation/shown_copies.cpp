// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/shown_copies.h"

namespace insula::simulation {

ShownCopies::ShownCopies(const System& system,
                         const Timeline& timeline,
                         const Packed& packed,
                         std::span<const std::vector<double>> natural) {
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  const auto add = [&](int parameter, Numbers& to) {
    for (const std::vector<double>& copy : natural) to.push_back(copy[at(parameter)]);
  };
  for (std::size_t c = 0; c < system.channels.size(); ++c) {
    simulated.emplace_back(static_cast<Eigen::Index>(kLanes), timeline.channel_samples[c]);
    const ChannelNode& node = system.channels[c];
    const RegionNode& region = system.regions[at(node.region)];
    Channel channel{&region.kind->activity, &node.kind->observe, {}, {}};
    for (int q = 0; q < channel.activity->parameters; ++q)
      add(region.first_parameter + q, channel.activity_parameter);
    for (const int p : node.parameters) add(p, channel.observe_parameter);
    if (channel.activity->states > 0)
      channel.region_state = packed.state_slot[at(region.first_state)];
    if (channel.observe->states > 0) channel.state = packed.state_slot[at(node.first_state)];
    channels_.push_back(std::move(channel));
  }
}

void ShownCopies::sample(Sample taken, const double* x) {
  const Channel& channel = channels_[static_cast<std::size_t>(taken.channel)];
  double activity[kLanes];
  channel.activity->evaluate(
      kLanes, x + channel.region_state, nullptr, channel.activity_parameter.data(), activity);
  channel.observe->evaluate(
      kLanes,
      x + channel.state,
      activity,
      channel.observe_parameter.data(),
      simulated[static_cast<std::size_t>(taken.channel)].col(taken.sample).data());
}

Eigen::MatrixXd convolve_copies(Isa isa,
                                const Convolution& convolution,
                                const Eigen::MatrixXd& simulated) {
  Eigen::MatrixXd samples(simulated.rows(), convolution.samples);
  const CopyKernels kernels = copy_kernels(isa);
  const Eigen::Index phases = convolution.weight.cols();
  for (Eigen::Index s = 0; s < convolution.samples; ++s)
    kernels.weigh(convolution.weight.col(s % phases).data(),
                  static_cast<std::size_t>(convolution.weight.rows()),
                  simulated.col(s / phases * convolution.stride).data(),
                  samples.col(s).data());
  return samples;
}

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
// Values, and exact sensitivities by tangents: the trajectory is solved once, every equation is
// linearised along it, and directions of parameter space are carried through it.
#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <span>

#include "framework/numerics/parallel.h"
#include "framework/simulation/detail/convolution.h"
#include "framework/simulation/detail/pull_back.h"
#include "framework/simulation/detail/pulses.h"
#include "framework/simulation/detail/shown_copies.h"
#include "framework/simulation/response.h"

namespace insula::simulation {

namespace {

Streams streams_of(const System& system,
                   const Timeline& timeline,
                   const std::vector<double>& natural,
                   const Trajectory& trajectory) {
  Streams streams;
  const std::size_t blocks = (trajectory.moments() + kLanes - 1) / kLanes;
  streams.drift =
      std::make_unique_for_overwrite<double[]>(blocks * system.structure->drift.width() * kLanes);
  constexpr std::size_t kBlocksPerTask = 64;
  parallel_for((blocks + kBlocksPerTask - 1) / kBlocksPerTask, [&](std::size_t task) {
    fill_drift_stream(system,
                      *system.structure,
                      timeline,
                      natural,
                      trajectory,
                      task * kBlocksPerTask,
                      std::min(blocks, (task + 1) * kBlocksPerTask),
                      streams.drift.get());
  });
  return streams;
}

// Per parameter of the architecture: the place of what it is among these entries of θ, or −1.
std::vector<Eigen::Index> columns_of(const System& system,
                                     const std::vector<Eigen::Index>& parameters) {
  std::vector<Eigen::Index> column_of_free(system.free.size(), -1);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    column_of_free[z(parameters[i])] = static_cast<Eigen::Index>(i);
  std::vector<Eigen::Index> column_of(system.architecture.parameters.size(), -1);
  for (std::size_t p = 0; p < column_of.size(); ++p) {
    const std::size_t root = system.architecture.parameters[p].tied_to;
    const auto at = std::ranges::lower_bound(system.free, root);
    if (at != system.free.end() && *at == root)
      column_of[p] = column_of_free[static_cast<std::size_t>(at - system.free.begin())];
  }
  return column_of;
}

// Column i is the derivative in θ's entry parameters[i].
std::vector<Eigen::MatrixXd> jacobian_of(const Linearised& run,
                                         const Eigen::VectorXd& theta,
                                         const std::vector<Eigen::Index>& parameters) {
  const System& system = run.system;
  const std::vector<Eigen::Index> column_of = columns_of(system, parameters);
  std::vector<char> is_pulsed(system.free.size(), 0);
  for (const DriveNode& drive : system.structure->pulsed)
    if (const Eigen::Index column = column_of[z(drive.parameter)]; column >= 0)
      is_pulsed[z(parameters[z(column)])] = 1;
  std::vector<std::size_t> direction;
  std::vector<Eigen::Index> column;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (is_pulsed[z(parameters[i])]) continue;
    direction.push_back(z(parameters[i]));
    column.push_back(static_cast<Eigen::Index>(i));
  }
  std::vector<Eigen::MatrixXd> jacobian;
  for (const int samples : run.timeline.channel_samples)
    jacobian.push_back(
        Eigen::MatrixXd::Zero(samples, static_cast<Eigen::Index>(parameters.size())));
  carry_parameters(run, theta, direction, column, jacobian);
  add_pulsed(run, theta, column_of, jacobian);
  for (std::size_t c = 0; c < jacobian.size(); ++c)
    if (!run.timeline.convolution[c].is_empty())
      jacobian[c] = convolve(run.timeline.convolution[c], jacobian[c]);
  return jacobian;
}

// Solves a run and hands it on, linearised if asked for, once the values are there; not if it
// fails.
Response solved(const System& system,
                const Timeline& given,
                const Eigen::VectorXd& theta,
                bool with_jacobian,
                const std::vector<Step>* replay,
                double tolerance,
                std::vector<Step>* steps,
                const std::function<void(const Linearised&, Response&)>& use) {
  Response response;
  const std::vector<double> natural = system.natural(theta);
  const Timeline learned =
      given.held.empty() ? Timeline{} : with_signals(system, given, natural, with_jacobian);
  const Timeline& timeline = given.held.empty() ? given : learned;
  const Trajectory trajectory =
      integrate(system, timeline, natural, with_jacobian, replay, tolerance);
  response.outcome = trajectory.outcome;
  if (steps) *steps = trajectory.steps;
  if (!trajectory.outcome.finished()) return response;

  Linearised run{system, timeline, trajectory, {}};
  if (with_jacobian) run.streams = streams_of(system, timeline, natural, trajectory);
  run.streams.output.resize(system.channels.size());
  for (std::size_t c = 0; c < system.channels.size(); ++c) {
    response.value.push_back(observe_samples(system,
                                             *system.structure,
                                             natural,
                                             trajectory,
                                             c,
                                             z(timeline.channel_samples[c]),
                                             with_jacobian ? &run.streams.output[c] : nullptr));
    if (!timeline.convolution[c].is_empty())
      response.value.back() = convolve(timeline.convolution[c], response.value.back());
  }
  use(run, response);
  return response;
}

// `parameters`: of the Jacobian; null if there is to be none.
Response respond_in(const System& system,
                    const Timeline& timeline,
                    const Eigen::VectorXd& theta,
                    const std::vector<Eigen::Index>* parameters,
                    const std::vector<Step>* replay,
                    std::vector<Step>* steps) {
  return solved(system,
                timeline,
                theta,
                parameters != nullptr,
                replay,
                kTolerance,
                steps,
                [&](const Linearised& run, Response& response) {
                  if (parameters) response.jacobian = jacobian_of(run, theta, *parameters);
                });
}

// Of at most kLanes vectors; none if one of them cannot be run.
std::vector<Response> respond_in_lanes(const System& system,
                                       const Timeline& timeline,
                                       std::span<const Eigen::VectorXd> thetas) {
  std::vector<std::vector<double>> natural;
  for (const Eigen::VectorXd& theta : thetas) natural.push_back(system.natural(theta));
  natural.resize(kLanes, natural[0]);
  std::vector<Timeline> learned;
  learned.reserve(kLanes);
  std::vector<const Timeline*> lines(kLanes, &timeline);
  for (std::size_t m = 0; m < kLanes && !timeline.held.empty(); ++m)
    lines[m] = &learned.emplace_back(with_signals(system, timeline, natural[m], false));
  const Together together = integrate_together(system, lines, natural);
  if (!together.outcome.finished()) return {};
  std::vector<Response> responses(thetas.size());
  for (Response& response : responses) response.outcome = together.outcome;
  for (std::size_t c = 0; c < system.channels.size(); ++c) {
    const Convolution& convolution = timeline.convolution[c];
    Eigen::MatrixXd shown = together.simulated[c].transpose();
    if (!convolution.is_empty())
      shown = convolve_copies(system.isa, convolution, together.simulated[c]).transpose();
    for (std::size_t m = 0; m < thetas.size(); ++m)
      responses[m].value.push_back(shown.col(static_cast<Eigen::Index>(m)));
  }
  return responses;
}

}  // namespace

Response respond_accurately(const System& system,
                            const Timeline& timeline,
                            const Eigen::VectorXd& theta,
                            bool with_jacobian,
                            const std::vector<Step>* replay,
                            std::vector<Step>* steps) {
  std::vector<Eigen::Index> all(system.free.size());
  std::iota(all.begin(), all.end(), Eigen::Index{0});
  return respond_in(system, timeline, theta, with_jacobian ? &all : nullptr, replay, steps);
}

Response respond(const System& system,
                 const Timeline& timeline,
                 const Eigen::VectorXd& theta,
                 bool with_jacobian) {
  return respond_accurately(system, timeline, theta, with_jacobian, nullptr, nullptr);
}

DrivenResponse respond_by_drives(const System& system,
                                 const Timeline& timeline,
                                 const Eigen::VectorXd& theta,
                                 const std::vector<Eigen::Index>& others,
                                 double coarser) {
  DrivenResponse all;
  all.response = solved(system,
                        timeline,
                        theta,
                        true,
                        nullptr,
                        coarser * kTolerance,
                        nullptr,
                        [&](const Linearised& run, Response& response) {
                          parallel_for(2, [&](std::size_t half) {
                            if (half == 0)
                              response.jacobian = jacobian_of(run, theta, others);
                            else
                              all.impulses = impulses_of(run, theta);
                          });
                        });
  return all;
}

Pulled pull_back(const System& system,
                 const Timeline& timeline,
                 const Eigen::VectorXd& theta,
                 const std::vector<Eigen::Index>& parameters,
                 std::span<const SampleWeights> sets,
                 double coarser) {
  const std::vector<Eigen::Index> column_of = columns_of(system, parameters);
  const bool has_pulsed = std::ranges::any_of(
      system.structure->pulsed,
      [&](const DriveNode& drive) { return column_of[z(drive.parameter)] >= 0; });
  const auto chunks = [](std::size_t count) { return (count + kLanes - 1) / kLanes; };
  // A chunk carried back costs about two carried forth.
  const bool is_worth_it = !has_pulsed && chunks(parameters.size()) > 2 * chunks(sets.size());
  const auto count = static_cast<Eigen::Index>(parameters.size());
  Pulled pulled{{}, Eigen::MatrixXd::Zero(count, static_cast<Eigen::Index>(sets.size()))};
  const auto use = [&](const Linearised& run, Response&) {
    if (is_worth_it && can_be_reversed(run)) {
      pulled.slope = carry_back(run, theta, column_of, count, sets);
      return;
    }
    const std::vector<Eigen::MatrixXd> jacobian = jacobian_of(run, theta, parameters);
    for (std::size_t s = 0; s < sets.size(); ++s)
      for (std::size_t c = 0; c < jacobian.size(); ++c)
        if (sets[s][c].size() > 0)
          pulled.slope.col(static_cast<Eigen::Index>(s)).noalias() +=
              jacobian[c].transpose() * sets[s][c];
  };
  pulled.outcome =
      solved(system, timeline, theta, true, nullptr, coarser * kTolerance, nullptr, use).outcome;
  return pulled;
}

std::vector<Response> respond_together(const System& system,
                                       const Timeline& timeline,
                                       std::span<const Eigen::VectorXd> thetas) {
  std::vector<Response> all(thetas.size());
  parallel_for((thetas.size() + kLanes - 1) / kLanes, [&](std::size_t block) {
    const std::size_t first = block * kLanes, count = std::min(kLanes, thetas.size() - first);
    std::vector<Response> lanes;
    if (count > 1) lanes = respond_in_lanes(system, timeline, thetas.subspan(first, count));
    for (std::size_t m = 0; m < count; ++m)
      all[first + m] =
          lanes.empty() ? respond(system, timeline, thetas[first + m], false) : std::move(lanes[m]);
  });
  return all;
}

}  // namespace insula::simulation

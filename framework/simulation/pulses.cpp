// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/pulses.h"

#include <algorithm>

#include "framework/numerics/dense.h"
#include "framework/numerics/parallel.h"

namespace insula::simulation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// A column at work in one region.
struct Pulsed {
  int input = 0, stimulus = 0;  // stimulus: place among the regions that are driven
  Index column = 0;             // of the Jacobian
  double factor = 1;            // d strength / dθ
};

// Stretches within which no column changes, and what unit displacements and unit stimuli at their
// start become.
struct Stretches {
  std::vector<int> segment;              // per stretch: its first
  std::vector<MatrixXd> end;             // per stretch: states × (states + stimuli), at its end
  std::vector<RowMajor> sample;          // per channel: samples × (states + stimuli)
  std::vector<std::vector<int>> within;  // per channel and sample: its stretch
};

std::vector<Pulsed> asked_for(const System& system,
                              const Eigen::VectorXd& theta,
                              const std::vector<Index>& column_of,
                              std::vector<int>& regions) {
  std::vector<Pulsed> all;
  for (const DriveNode& drive : system.structure->pulsed) {
    const Index column = column_of[z(drive.parameter)];
    if (column < 0) continue;
    auto at = std::ranges::find(regions, drive.region);
    if (at == regions.end()) at = regions.insert(at, drive.region);
    const architecture::Parameter& parameter = system.architecture.parameters[z(drive.parameter)];
    const auto root = std::ranges::lower_bound(system.free, parameter.tied_to);
    all.push_back({drive.input,
                   static_cast<int>(at - regions.begin()),
                   column,
                   parameter.derivative(theta[root - system.free.begin()])});
  }
  std::ranges::stable_sort(all, {}, &Pulsed::column);
  return all;
}

// Where to cut for tasks: those that add to one column of the Jacobian stay together.
std::vector<std::size_t> cuts_of(const std::vector<Pulsed>& pulsed) {
  constexpr std::size_t kColumns = 128;
  std::vector<std::size_t> cuts{0};
  for (std::size_t i = 1; i < pulsed.size(); ++i)
    if (i - cuts.back() >= kColumns && pulsed[i].column != pulsed[i - 1].column) cuts.push_back(i);
  cuts.push_back(pulsed.size());
  return cuts;
}

// Break points at which a column changes; the last one ends the last stretch.
std::vector<char> changes(const Timeline& timeline, const std::vector<Pulsed>& pulsed) {
  std::vector<char> at(timeline.time.size(), 0);
  at.back() = 1;
  for (Index k = 1; k < timeline.segments(); ++k)
    at[static_cast<std::size_t>(k)] = std::ranges::any_of(pulsed, [&](const Pulsed& p) {
      return timeline.input(p.input, k) != timeline.input(p.input, k - 1);
    });
  return at;
}

void place_samples(const Linearised& run, const std::vector<char>& at, Stretches& s) {
  const Timeline& timeline = run.timeline;
  for (const int samples : timeline.channel_samples) s.within.emplace_back(z(samples), 0);
  std::vector<int> stretch_of;  // per segment
  for (std::size_t k = 0; k < z(timeline.segments()); ++k) {
    if (k == 0 || at[k]) s.segment.push_back(static_cast<int>(k));
    stretch_of.push_back(static_cast<int>(s.segment.size()) - 1);
  }
  const auto place = [&](const Sample& sample, int segment) {
    s.within[z(sample.channel)][z(sample.sample)] = stretch_of[z(segment)];
  };
  for (std::size_t point = 0; point < timeline.time.size(); ++point)
    for (int k = timeline.first_sample[point]; k < timeline.first_sample[point + 1]; ++k)
      place(timeline.samples[z(k)], std::max(0, static_cast<int>(point) - 1));
  for (const WithinStep& w : run.trajectory.within)
    place(w.sample, run.trajectory.steps[z(w.step)].segment);
}

// Unit displacements of the states that stimuli reach, then unit stimuli, each with a lane.
Stretches stretches_of(const Linearised& run,
                       const std::vector<Pulsed>& pulsed,
                       const std::vector<int>& regions) {
  const System& system = run.system;
  const FormStructure& drift = system.structure->drift;
  const std::vector<Direction> none(system.architecture.parameters.size());
  std::vector<char> reached(z(system.states), 0);
  for (const StimulusEntry& e : drift.stimuli) reached[z(e.row)] = 1;
  const Chunk all = make_chunk(*system.structure, all_reached(drift, std::move(reached)), none);
  const auto n = z(all.rows), lanes = n + regions.size();

  Stretches s;
  const std::vector<char> at = changes(run.timeline, pulsed);
  place_samples(run, at, s);
  s.end.assign(s.segment.size(), MatrixXd(all.rows, static_cast<Index>(lanes)));
  for (const int samples : run.timeline.channel_samples)
    s.sample.emplace_back(samples, static_cast<Index>(lanes));
  parallel_for((lanes + kLanes - 1) / kLanes, [&](std::size_t part) {
    const std::size_t first = part * kLanes, last = std::min(lanes, first + kLanes);
    Chunk chunk = all;
    Restarts restarts{at, std::vector<double>(n * kLanes), {}};
    restarts.ends.resize(s.end.size() * n * kLanes);
    for (std::size_t l = first; l < std::min(last, n); ++l)
      restarts.start[l * kLanes + l - first] = 1;
    for (std::size_t k = 0; k < drift.stimuli.size(); ++k)
      for (std::size_t r = 0; r < regions.size(); ++r)
        if (drift.stimuli[k].region == regions[r] && n + r >= first && n + r < last)
          chunk.drift.injection.push_back(
              {chunk.place[z(drift.stimuli[k].row)],
               static_cast<int>(n + r - first),
               static_cast<int>(drift.states.size() + drift.parameters.size() + k),
               1});
    const std::vector<std::vector<double>> tangent = carry(run, chunk, &restarts);
    const auto width = static_cast<Index>(last - first);
    const auto block = [&](const double* from, Index rows) {
      return Eigen::Map<const RowMajor>(from, rows, kLanes).leftCols(width);
    };
    for (std::size_t g = 0; g < s.end.size(); ++g)
      s.end[g].middleCols(static_cast<Index>(first), width) =
          block(restarts.ends.data() + g * n * kLanes, all.rows);
    for (std::size_t c = 0; c < tangent.size(); ++c)
      s.sample[c].middleCols(static_cast<Index>(first), width) =
          block(tangent[c].data(), s.sample[c].rows());
  });
  return s;
}

struct Shown {
  std::size_t channel;
  int sample;
};

// What one stretch does to its tangents at the start: samples within it, and those at its end.
MatrixXd steps_of(const Stretches& s, const std::vector<Shown>& shown, std::size_t stretch) {
  const MatrixXd& end = s.end[stretch];
  MatrixXd all(end.rows() + static_cast<Index>(shown.size()), end.cols());
  all.topRows(end.rows()) = end;
  for (std::size_t k = 0; k < shown.size(); ++k)
    all.row(end.rows() + static_cast<Index>(k)) = s.sample[shown[k].channel].row(shown[k].sample);
  return all;
}

// The derivatives of columns [first, last), stretch by stretch.
void run_columns(const Linearised& run,
                 const std::vector<MatrixXd>& steps,
                 const std::vector<std::vector<Shown>>& shown,
                 const std::vector<int>& segment,
                 const std::vector<Pulsed>& pulsed,
                 std::size_t first,
                 std::size_t last,
                 std::vector<MatrixXd>& jacobian) {
  const auto count = static_cast<Index>(last - first);
  const Index lanes = steps[0].cols(), n = steps[0].rows() - static_cast<Index>(shown[0].size());
  MatrixXd x = MatrixXd::Zero(lanes, count);  // the states' tangents, then the stimuli
  MatrixXd next;
  for (std::size_t g = 0; g < steps.size(); ++g) {
    x.bottomRows(lanes - n).setZero();
    for (std::size_t i = first; i < last; ++i)
      x(n + pulsed[i].stimulus, static_cast<Index>(i - first)) =
          pulsed[i].factor * run.timeline.input(pulsed[i].input, segment[g]);
    next.resize(steps[g].rows(), count);
    numerics::product<double>(numerics::Op::plain, steps[g], numerics::Op::plain, x, 1, 0, next);
    for (std::size_t k = 0; k < shown[g].size(); ++k) {
      MatrixXd& to = jacobian[shown[g][k].channel];
      for (std::size_t i = first; i < last; ++i)
        to(shown[g][k].sample, pulsed[i].column) +=
            next(n + static_cast<Index>(k), static_cast<Index>(i - first));
    }
    x.topRows(n) = next.topRows(n);
  }
}

}  // namespace

void add_pulsed(const Linearised& run,
                const Eigen::VectorXd& theta,
                const std::vector<Index>& column_of,
                std::vector<MatrixXd>& jacobian) {
  std::vector<int> regions;
  const std::vector<Pulsed> pulsed = asked_for(run.system, theta, column_of, regions);
  if (pulsed.empty()) return;
  const Stretches s = stretches_of(run, pulsed, regions);
  std::vector<std::vector<Shown>> shown(s.segment.size());
  for (std::size_t c = 0; c < jacobian.size(); ++c)
    for (std::size_t k = 0; k < s.within[c].size(); ++k)
      shown[z(s.within[c][k])].push_back({c, static_cast<int>(k)});
  std::vector<MatrixXd> steps;
  for (std::size_t g = 0; g < shown.size(); ++g) steps.push_back(steps_of(s, shown[g], g));
  const std::vector<std::size_t> cuts = cuts_of(pulsed);
  parallel_for(cuts.size() - 1, [&](std::size_t part) {
    run_columns(run, steps, shown, s.segment, pulsed, cuts[part], cuts[part + 1], jacobian);
  });
}

}  // namespace insula::simulation

// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/pulses.h"

#include <algorithm>
#include <utility>

#include "framework/numerics/dense.h"
#include "framework/numerics/parallel.h"
#include "framework/simulation/detail/stretches.h"

namespace insula::simulation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using numerics::ImpulseBlock;

// A column at work in one region.
struct Pulsed {
  int input = 0, stimulus = 0;  // stimulus: place among the regions that are driven
  Index column = 0;             // of the Jacobian
  double factor = 1;            // d strength / dθ
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

// Every input once.
std::vector<int> inputs_of(const std::vector<Pulsed>& pulsed) {
  std::vector<int> inputs;
  for (const Pulsed& p : pulsed) inputs.push_back(p.input);
  std::ranges::sort(inputs);
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  return inputs;
}

struct Shown {
  std::size_t channel;
  int sample;
};

// Per stretch: the samples within it, ascending in each channel.
std::vector<std::vector<Shown>> shown_in(const Stretches& s) {
  std::vector<std::vector<Shown>> shown(s.end.size());
  for (std::size_t c = 0; c < s.within.size(); ++c)
    for (std::size_t k = 0; k < s.within[c].size(); ++k)
      shown[z(s.within[c][k])].push_back({c, static_cast<int>(k)});
  return shown;
}

// Stretches whose stimuli share the products of a block: as many as an impulse of BOLD lasts scans
// of 2 s, so that a block is seen together with its neighbours alone.
constexpr int kBlock = 40;
// Part of the largest displacement so far at which an impulse has died away: nine digits of what it
// does are there, more than the integrator's steps leave it.
constexpr double kSpent = 1e-9;

// Whether none of the displacements, a column each, is more than a small part of what it has been.
bool are_spent(const MatrixXd& x, VectorXd& largest) {
  bool spent = true;
  for (Index j = 0; j < x.cols(); ++j) {
    const double now = x.col(j).lpNorm<Eigen::Infinity>();
    largest[j] = std::max(largest[j], now);
    spent = spent && now <= kSpent * largest[j];
  }
  return spent;
}

// Of stimuli first … last − 1.
ImpulseBlock impulses_from(const Stretches& s,
                           const std::vector<int>& stimuli,
                           const std::vector<std::vector<Shown>>& shown,
                           Index first,
                           Index last,
                           Index regions) {
  ImpulseBlock impulses{first, last - first, {}, {}};
  const Index n = s.end.front().rows(), count = impulses.count, columns = regions * count;
  const std::size_t channels = s.sample.size();
  std::vector<std::vector<Stretches::RowMajor>> rows(channels);  // what each stretch shows
  impulses.sample.assign(channels, -1);
  MatrixXd x = MatrixXd::Zero(n, columns), next(n, columns);
  VectorXd largest = VectorXd::Zero(columns);
  Index begun = 0;
  for (std::size_t g = z(stimuli[z(first)]); g < s.end.size(); ++g) {
    const bool begins = begun < count && stimuli[z(first + begun)] == static_cast<int>(g);
    for (const Shown& sample : shown[g]) {
      const auto step = s.sample[sample.channel].row(sample.sample);
      Stretches::RowMajor row = step.head(n) * x;
      for (Index r = 0; begins && r < regions; ++r) row(r * count + begun) = step[n + r];
      if (impulses.sample[sample.channel] < 0) impulses.sample[sample.channel] = sample.sample;
      rows[sample.channel].push_back(std::move(row));
    }
    numerics::product<double>(
        numerics::Op::plain, s.end[g].leftCols(n), numerics::Op::plain, x, 1, 0, next);
    for (Index r = 0; begins && r < regions; ++r) next.col(r * count + begun) = s.end[g].col(n + r);
    if (begins) ++begun;
    x.swap(next);
    if (are_spent(x, largest) && begun == count) break;
  }
  for (std::size_t c = 0; c < channels; ++c) {
    impulses.effect.emplace_back(static_cast<Index>(rows[c].size()), columns);
    for (std::size_t k = 0; k < rows[c].size(); ++k)
      impulses.effect[c].row(static_cast<Index>(k)) = rows[c][k];
  }
  return impulses;
}

// Columns that follow one another in the Jacobian, of one region.
struct Neighbours {
  Index stimulus = 0, column = 0;  // of the first
  std::vector<const Pulsed*> pulsed;
};

std::vector<Neighbours> neighbours_of(const std::vector<Pulsed>& pulsed, Index regions) {
  constexpr std::size_t kColumns = 128;  // and not so many that there are few tasks
  std::vector<Neighbours> all;
  for (Index r = 0; r < regions; ++r) {
    Index next = -1;
    for (const Pulsed& p : pulsed) {
      if (p.stimulus != r) continue;
      if (p.column != next || all.back().pulsed.size() == kColumns)
        all.push_back({r, p.column, {}});
      all.back().pulsed.push_back(&p);
      next = p.column + 1;
    }
  }
  return all;
}

// What some of the columns are in each stimulus, times their factors: columns × stimuli.
MatrixXd strengths_of(const Timeline& timeline,
                      const Cuts& cuts,
                      const std::vector<const Pulsed*>& columns) {
  MatrixXd strength(static_cast<Index>(columns.size()), std::ssize(cuts.stimulus));
  for (std::size_t g = 0; g < cuts.stimulus.size(); ++g)
    for (std::size_t i = 0; i < columns.size(); ++i)
      strength(static_cast<Index>(i), static_cast<Index>(g)) =
          columns[i]->factor * timeline.input(columns[i]->input, cuts.segment[z(cuts.stimulus[g])]);
  return strength;
}

std::vector<ImpulseBlock> impulses_of(const Stretches& s,
                                      const std::vector<int>& stimuli,
                                      Index regions) {
  std::vector<std::pair<Index, Index>> ranges;  // of stimuli
  for (std::size_t k = 0; k < stimuli.size(); ++k) {
    if (k == 0 || stimuli[k] / kBlock != stimuli[k - 1] / kBlock)
      ranges.emplace_back(static_cast<Index>(k), 0);
    ranges.back().second = static_cast<Index>(k) + 1;
  }
  const std::vector<std::vector<Shown>> shown = shown_in(s);
  std::vector<ImpulseBlock> impulses(ranges.size());
  parallel_for(impulses.size(), [&](std::size_t b) {
    impulses[b] = impulses_from(s, stimuli, shown, ranges[b].first, ranges[b].second, regions);
  });
  return impulses;
}

// Every free parameter's own entry of θ as its column.
std::vector<Index> all_columns(const System& system) {
  std::vector<Index> column_of;
  for (const architecture::Parameter& parameter : system.architecture.parameters) {
    const auto at = std::ranges::lower_bound(system.free, parameter.tied_to);
    const bool is_free = at != system.free.end() && *at == parameter.tied_to;
    column_of.push_back(is_free ? at - system.free.begin() : -1);
  }
  return column_of;
}

}  // namespace

void add_pulsed(const Linearised& run,
                const Eigen::VectorXd& theta,
                const std::vector<Index>& column_of,
                std::vector<MatrixXd>& jacobian) {
  std::vector<int> driven;
  const std::vector<Pulsed> pulsed = asked_for(run.system, theta, column_of, driven);
  if (pulsed.empty()) return;
  const auto regions = static_cast<Index>(driven.size());
  const Cuts cuts = cuts_at(run.timeline, inputs_of(pulsed));
  const std::vector<ImpulseBlock> impulses =
      impulses_of(stretches_of(run, cuts, driven), cuts.stimulus, regions);
  const std::vector<Neighbours> all = neighbours_of(pulsed, regions);
  parallel_for(all.size(), [&](std::size_t part) {
    const Neighbours& columns = all[part];
    const MatrixXd strength = strengths_of(run.timeline, cuts, columns.pulsed);
    for (std::size_t c = 0; c < jacobian.size(); ++c)
      for (const ImpulseBlock& block : impulses) {
        const MatrixXd& effect = block.effect[c];
        if (effect.rows() == 0) continue;
        numerics::product<double>(
            numerics::Op::plain,
            effect.middleCols(columns.stimulus * block.count, block.count),
            numerics::Op::transposed,
            strength.middleCols(block.first, block.count),
            1,
            1,
            jacobian[c].block(block.sample[c], columns.column, effect.rows(), strength.rows()));
      }
  });
}

std::vector<ImpulseBlock> impulses_of(const Linearised& run, const Eigen::VectorXd& theta) {
  std::vector<int> driven;
  const std::vector<Pulsed> pulsed = asked_for(run.system, theta, all_columns(run.system), driven);
  const Cuts cuts = cuts_at(run.timeline, inputs_of(pulsed));
  if (cuts.stimulus.empty()) return {};
  return impulses_of(stretches_of(run, cuts, driven), cuts.stimulus, std::ssize(driven));
}

std::vector<DrivenRegion> driven_regions(const System& system, const Timeline& timeline) {
  const auto& parameters = system.architecture.parameters;
  std::vector<char> is_taken(system.free.size(), 0);
  const std::vector<Index> column_of = all_columns(system);
  for (const DriveNode& drive : system.structure->pulsed) {
    const Index column = column_of[z(drive.parameter)];
    if (column < 0) continue;
    if (parameters[z(drive.parameter)].domain != Domain::real) return {};
    if (is_taken[z(column)]++ != 0) return {};
  }
  for (const Convolution& convolution : timeline.convolution)
    if (!convolution.is_empty()) return {};
  std::vector<int> driven;
  const VectorXd anywhere = VectorXd::Zero(std::ssize(system.free));
  const std::vector<Pulsed> pulsed = asked_for(system, anywhere, column_of, driven);
  const Cuts cuts = cuts_at(timeline, inputs_of(pulsed));
  std::vector<DrivenRegion> all(driven.size());
  for (std::size_t r = 0; r < driven.size(); ++r) {
    std::vector<const Pulsed*> columns;
    for (const Pulsed& p : pulsed)
      if (z(p.stimulus) == r) columns.push_back(&p);
    for (const Pulsed* p : columns) all[r].parameter.push_back(p->column);
    all[r].design = strengths_of(timeline, cuts, columns).transpose();
  }
  return all;
}

}  // namespace insula::simulation

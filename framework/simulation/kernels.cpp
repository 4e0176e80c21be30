// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/kernels.h"

#include <algorithm>
#include <utility>

#include "framework/simulation/detail/lanes.h"

namespace insula::simulation::INSULA_ISA {

extern const Kernels kernels;

namespace {

// rate[row] = Σ coefficient · tangent[column] + injections, at one moment.
void apply(const LinearForm& form, std::size_t moment, const double* tangent, double* rate) {
  const double* coefficient = form.stream + moment / kLanes * form.width * kLanes + moment % kLanes;
  for (int row = 0; row < form.rows; ++row) {
    Lanes sum{};
    for (int e = form.row_start[row]; e < form.row_start[row + 1]; ++e)
      sum.add(coefficient[static_cast<std::size_t>(form.entry[e]) * kLanes],
              tangent + static_cast<std::size_t>(form.column[e]) * kLanes);
    sum.store(rate + static_cast<std::size_t>(row) * kLanes);
  }
  for (int k = 0; k < form.injections; ++k) {
    const Injection& i = form.injection[k];
    rate[static_cast<std::size_t>(i.row) * kLanes + static_cast<std::size_t>(i.lane)] +=
        i.factor * coefficient[static_cast<std::size_t>(i.entry) * kLanes];
  }
}

void accumulate(const Term* terms, std::size_t count, const double* from, double* to) {
  for (std::size_t k = 0; k < count;) {
    const int target = terms[k].to;
    Lanes sum{};
    for (; k < count && terms[k].to == target; ++k) {
      const double* a = from + static_cast<std::size_t>(terms[k].a) * kLanes;
      const double* b = from + static_cast<std::size_t>(terms[k].b) * kLanes;
      const double* c = from + static_cast<std::size_t>(terms[k].c) * kLanes;
      for (std::size_t i = 0; i < Lanes::kPacks; ++i)
        sum.p[i] = sum.p[i] + Pack::load(a + i * kWidth) * Pack::load(b + i * kWidth) *
                                  Pack::load(c + i * kWidth);
    }
    sum.store(to + static_cast<std::size_t>(target) * kLanes);
  }
}

void combine(const Combination& c, double* to) {
  double scaled[kStages + 1];
  const double* slope[kStages + 1];
  int n = 0;
  for (int j = 0; j < c.count; ++j)
    if (c.weight[j] != 0) {
      scaled[n] = c.h * c.weight[j];
      slope[n++] = c.slope[j];
    }
  for (std::size_t i = c.first; i < c.first + c.size; i += kLanes) {
    Lanes sum = Lanes::load(c.base + i);
    for (int j = 0; j < n; ++j) sum.add(scaled[j], slope[j] + i);
    sum.store(to + i);
  }
}

// The tangents that `output` reads, `fraction` of a step after `base`; the others stay as they are.
void interpolate(const LinearForm& output,
                 const double* base,
                 const double* const* slope,
                 double h,
                 double fraction,
                 double* to) {
  const std::array<double, kStages + 1> weight = interpolation(fraction);
  for (int e = output.row_start[0]; e < output.row_start[1]; ++e) {
    const std::size_t at = static_cast<std::size_t>(output.column[e]) * kLanes;
    Lanes sum = Lanes::load(base + at);
    for (std::size_t j = 0; j <= kStages; ++j)
      if (weight[j] != 0) sum.add(h * weight[j], slope[j] + at);
    sum.store(to + at);
  }
}

void propagate(const Propagation& task) {
  const std::size_t size = static_cast<std::size_t>(task.drift.rows) * kLanes;
  const auto block = [&](std::size_t i) { return task.work + i * size; };
  double* state = block(0);
  double* stage = block(1);
  double* before = block(2);  // the state that the step before began with
  double* slope[kStages + 1];
  for (std::size_t s = 0; s <= kStages; ++s) slope[s] = block(3 + s);
  for (std::size_t i = 0; i < size; ++i) state[i] = 0;  // the start does not depend on θ

  std::size_t step = 0, next = 0;
  double* ends = task.ends;
  const auto has_samples = [&](std::size_t of) {
    return next < task.within_count && static_cast<std::size_t>(task.within[next].step) == of;
  };
  for (std::size_t point = 0; point < task.points; ++point) {
    for (; step < static_cast<std::size_t>(task.steps_until[point]); ++step) {
      const auto [h, segment, moment] = task.steps[step];
      if (step > 0 && has_samples(step - 1)) {
        // The last slope of the step before is the first of this one.
        apply(task.drift, moment, state, slope[kStages]);
        for (; has_samples(step - 1); ++next) {
          const WithinStep& w = task.within[next];
          const OutputForm& output = task.outputs[w.sample.channel];
          const auto row = static_cast<std::size_t>(w.sample.sample);
          interpolate(output.form, before, slope, task.steps[step - 1].size, w.fraction, stage);
          apply(output.form, row, stage, output.tangent + row * kLanes);
        }
        if (h == 0) continue;
        std::swap(slope[0], slope[kStages]);
      } else {
        apply(task.drift, moment, state, slope[0]);
      }
      for (int s = 1; s < kStages; ++s) {
        combine({state, slope, kDormandPrince[s], s, h, size}, stage);
        apply(task.drift, moment + static_cast<std::size_t>(s), stage, slope[s]);
      }
      if (has_samples(step)) std::copy_n(state, size, before);
      combine({state, slope, kDormandPrince[kStages], kStages, h, size}, state);
    }
    for (int k = task.first_sample[point]; k < task.first_sample[point + 1]; ++k) {
      const Sample& sample = task.samples[k];
      const OutputForm& output = task.outputs[sample.channel];
      const auto row = static_cast<std::size_t>(sample.sample);
      apply(output.form, row, state, output.tangent + row * kLanes);
    }
    if (task.restarts != nullptr && task.restarts[point] != 0) {
      ends = std::copy_n(state, size, ends);
      std::copy_n(task.start, size, state);
    }
  }
}

// What rows of kLanes numbers pull on at one moment: tangents += Σ coefficient · row, and slopes.
void pull(const PullForm& pulled, std::size_t moment, const double* rows, double* tangent) {
  const LinearForm& form = pulled.form;
  const double* coefficient = form.stream + moment / kLanes * form.width * kLanes + moment % kLanes;
  for (int row = 0; row < form.rows; ++row) {
    const double* from = rows + static_cast<std::size_t>(row) * kLanes;
    for (int e = form.row_start[row]; e < form.row_start[row + 1]; ++e) {
      double* to = tangent + static_cast<std::size_t>(form.column[e]) * kLanes;
      Lanes sum = Lanes::load(to);
      sum.add(coefficient[static_cast<std::size_t>(form.entry[e]) * kLanes], from);
      sum.store(to);
    }
  }
  for (int k = 0; k < pulled.pulls; ++k) {
    double* to = pulled.slope + static_cast<std::size_t>(k) * kLanes;
    Lanes sum = Lanes::load(to);
    sum.add(coefficient[static_cast<std::size_t>(pulled.pull_entry[k]) * kLanes],
            rows + static_cast<std::size_t>(pulled.pull_row[k]) * kLanes);
    sum.store(to);
  }
}

void reverse(const Reversal& task) {
  const std::size_t size = static_cast<std::size_t>(task.drift.form.rows) * kLanes;
  double* state = task.work;  // what pulls on the state
  double* stage = task.work + size;
  double* slope[kStages];
  for (std::size_t s = 0; s < kStages; ++s) slope[s] = task.work + (2 + s) * size;
  std::fill_n(state, size, 0.0);
  const auto add = [size](double factor, const double* from, double* to) {
    for (std::size_t i = 0; i < size; i += kLanes) {
      Lanes sum = Lanes::load(to + i);
      sum.add(factor, from + i);
      sum.store(to + i);
    }
  };
  for (std::size_t point = task.points; point-- > 0;) {
    for (int k = task.first_sample[point + 1]; k-- > task.first_sample[point];) {
      const Sample& sample = task.samples[k];
      const WeighedOutput& output = task.outputs[sample.channel];
      const auto row = static_cast<std::size_t>(sample.sample);
      if (output.weight != nullptr) pull(output.form, row, output.weight + row * kLanes, state);
    }
    const int first = point == 0 ? 0 : task.steps_until[point - 1];
    for (int step = task.steps_until[point]; step-- > first;) {
      const auto [h, segment, moment] = task.steps[step];
      for (std::size_t s = 0; s < kStages; ++s) {
        std::fill_n(slope[s], size, 0.0);
        if (const double b = kDormandPrince[kStages][s]; b != 0) add(h * b, state, slope[s]);
      }
      for (std::size_t s = kStages; s-- > 0;) {
        std::fill_n(stage, size, 0.0);
        pull(task.drift, moment + s, slope[s], stage);
        add(1, stage, state);
        for (std::size_t j = 0; j < s; ++j)
          if (const double a = kDormandPrince[s][j]; a != 0) add(h * a, stage, slope[j]);
      }
    }
  }
}

}  // namespace

constinit const Kernels kernels{accumulate, propagate, reverse, combine};

}  // namespace insula::simulation::INSULA_ISA

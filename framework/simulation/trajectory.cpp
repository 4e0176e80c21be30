// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/trajectory.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "framework/simulation/detail/copies.h"
#include "framework/simulation/detail/kernels.h"
#include "framework/simulation/detail/linearise.h"
#include "framework/simulation/detail/shown_copies.h"

namespace insula::simulation {
namespace {

// Difference of the two embedded solutions, per slope; the seventh slope is that of the new state.
constexpr double kError[kStages + 1] = {
    71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
constexpr double kSmallestStep = 1e-5;  // s; dynamics that need less are not worth simulating
constexpr double kFirstStep = 0.5;      // s; only a first guess
// h·|λ| up to which the pair damps the fastest mode (its limit on the negative axis is 3.3). The
// error of a trajectory at rest says nothing of λ, but its tangents are not at rest.
constexpr double kStable = 2.8;
constexpr double kProbe = 1e-6;  // length of the displacement that measures λ

template <std::size_t kCopies>
std::array<double, kCopies> each(double value) {
  std::array<double, kCopies> all;
  all.fill(value);
  return all;
}

// States of one region or channel share a scale: the largest excursion from rest that any of them,
// or the activity that drives it, has made so far. Each copy has its own.
template <std::size_t kCopies>
struct Node {
  std::vector<std::size_t> slots;
  double shown = -1;  // the fraction of the step that stage_ holds of these states
  std::array<double, kCopies> scale = each<kCopies>(kFloor);
  std::array<double, kCopies> trial = scale;  // if the step that is being tried is taken
  int driver = kNone;                         // node of the region that a channel sees
  bool accumulates = false;  // an integral: of the driver's scale, for it grows with the run
};

// One copy of the system, or kLanes with parameter values of their own, which take the steps that
// the most demanding of them needs.
template <std::size_t kCopies>
class Integrator {
 public:
  /// timelines: of each copy, different in their inputs alone.
  Integrator(const System& system,
             std::span<const Timeline* const> timelines,
             std::span<const std::vector<double>> natural,
             bool with_tape,
             double tolerance)
      : system_(system),
        timelines_(timelines),
        timeline_(*timelines[0]),
        packed_(system, natural),
        with_tape_(with_tape),
        tolerance_(tolerance),
        x_(packed_.rest),
        next_(packed_.size),
        stage_(packed_.size),
        error_(packed_.size),
        zero_(packed_.size, 0.0),
        probe_(packed_.size, 0.0),
        kernels_(kernels(system.isa)),
        copy_kernels_(copy_kernels(system.isa)) {
    for (auto& slope : slope_) slope.assign(packed_.size, 0.0);
    result_.stimuli = stimuli_of(system, timeline_, natural);
    collect_nodes();
    reset_probe();
    if (kCopies > 1) shown_.emplace(system, timeline_, packed_, natural);
    for (std::size_t c = 0; c < system.channels.size() && !shown_; ++c) {
      const auto samples = static_cast<std::size_t>(timeline_.channel_samples[c]);
      const ChannelNode& channel = system.channels[c];
      const RegionNode& region = system.regions[static_cast<std::size_t>(channel.region)];
      result_.channel_at_sample.emplace_back(lane_size(samples, channel.kind->states.size()));
      result_.region_at_sample.emplace_back(lane_size(samples, region.kind->states.size()));
    }
  }

  // Of several copies without their states at samples: what they show is in shown().
  Trajectory run(const std::vector<Step>* replay) {
    const auto segments = static_cast<std::size_t>(timeline_.segments());
    std::size_t replayed = 0;
    reach(0);
    bool settled = replay != nullptr;
    for (std::size_t k = 0; k < segments && result_.outcome.finished(); ++k) {
      const auto column = static_cast<Eigen::Index>(k);
      if (k == 0 || timeline_.jumps[k]) {
        std::array<const double*, kCopies> inputs;
        for (std::size_t m = 0; m < kCopies; ++m)
          inputs[m] = timelines_[m]->input.col(column).data();
        packed_.set_input(inputs,
                          result_.stimuli.middleCols(column * Eigen::Index{kCopies}, kCopies));
        packed_.drift(x_.data(), slope_[0].data());
      }
      // A few rounds before the first step, so that the probe has found the fastest mode.
      for (int round = 0; round < 8 && !settled && kMinds; ++round) fastest_rate();
      settled = true;
      if (replay) {
        double start = timeline_.time[k];
        for (; replayed < replay->size() && (*replay)[replayed].segment == column; ++replayed) {
          const double h = (*replay)[replayed].size;
          if (h == 0) {
            hold(k);
            continue;
          }
          try_step(h);
          take_step(start, h, k);
          start += h;
        }
      } else {
        cross(k);
        if (result_.outcome.finished()) close(k);
      }
      if (result_.outcome.finished()) reach(k + 1);
    }
    result_.outcome.run = timeline_.run;
    return std::move(result_);
  }

  std::vector<Eigen::MatrixXd>& shown() { return shown_->simulated; }

 private:
  void collect_nodes() {
    const auto add = [&](int first, std::size_t count, int driver, bool accumulates) {
      Node<kCopies> node;
      node.driver = driver;
      node.accumulates = accumulates;
      for (std::size_t s = 0; s < count; ++s)
        node.slots.push_back(packed_.state_slot[static_cast<std::size_t>(first) + s]);
      nodes_.push_back(std::move(node));
    };
    for (const RegionNode& r : system_.regions)
      add(r.first_state, r.kind->states.size(), kNone, false);
    for (const ChannelNode& c : system_.channels)
      add(c.first_state, c.kind->states.size(), c.region, c.kind->accumulates);
  }

  // Goes from one break point to the next in steps that the error allows.
  void cross(std::size_t segment) {
    const double end = timeline_.time[segment + 1];
    double left = end - timeline_.time[segment];
    bool moved = true;
    while (left > 0) {
      if (moved && kMinds) wish_ = std::min(wish_, kStable / fastest_rate());
      moved = false;
      // Equal steps to the break point, so that no sliver is left over.
      const double count = std::max(1.0, std::ceil(left / wish_ - 1e-6));
      const double h = left / count;
      const double ratio = try_step(h);
      const double growth = 0.9 * std::pow(ratio, -0.2);
      if (ratio > 1) {
        wish_ = h * (std::isfinite(ratio) ? std::clamp(growth, 0.1, 0.8) : 0.1);
        if (wish_ < kSmallestStep) {
          fail(std::isfinite(ratio) ? Outcome::Kind::stiff : Outcome::Kind::diverged,
               worst_node_,
               end - left);
          return;
        }
        continue;
      }
      wish_ = h * (ratio > 0 ? std::clamp(growth, 0.3, 4.0) : 4.0);
      take_step(end - left, h, segment);
      moved = true;
      left = count == 1 ? 0 : left - h;
      for (std::size_t n = 0; n < nodes_.size(); ++n)
        if (!std::ranges::all_of(nodes_[n].scale, [](double s) { return s < kLargest; })) {
          fail(Outcome::Kind::diverged, n, end - left);
          return;
        }
    }
  }

  // Computes all slopes and the new state; gives the estimated error over the allowed one.
  double try_step(double h) {
    const double* slopes[kStages + 1];
    for (int s = 0; s <= kStages; ++s) slopes[s] = slope_[s].data();
    record(0, x_);
    for (int s = 1; s <= kStages; ++s) {
      Numbers& to = s == kStages ? next_ : stage_;
      kernels_.combine({x_.data(), slopes, kDormandPrince[s], s, h, packed_.size}, to.data());
      packed_.drift(to.data(), slope_[s].data());
      if (s < kStages) record(s, to);
    }
    kernels_.combine({zero_.data(), slopes, kError, kStages + 1, h, packed_.size}, error_.data());
    return worst_error() / tolerance_;
  }

  double worst_error() {
    auto worst = each<kCopies>(0);
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      Node<kCopies>& node = nodes_[n];
      node.trial = node.scale;
      if (node.driver != kNone) {
        const auto& driver = nodes_[static_cast<std::size_t>(node.driver)].trial;
        for (std::size_t m = 0; m < kCopies; ++m)
          node.trial[m] = std::max(node.trial[m], driver[m]);
      }
      if constexpr (kCopies > 1) {
        copy_kernels_.judge({node.slots.data(),
                             node.slots.size(),
                             next_.data(),
                             error_.data(),
                             packed_.rest.data(),
                             node.accumulates},
                            node.trial.data(),
                            worst.data());
      } else {
        judge(n, worst[0]);
      }
    }
    return *std::ranges::max_element(worst);
  }

  // The same as CopyKernels::judge.
  void judge(std::size_t n, double& worst) {
    const Node<kCopies>& node = nodes_[n];
    double scale = node.trial[0], error = 0;
    for (const std::size_t i : node.slots) {
      error = std::max(error, std::abs(error_[i]));
      if (!node.accumulates) scale = std::max(scale, std::abs(next_[i] - packed_.rest[i]));
      if (!std::isfinite(next_[i]) || !std::isfinite(error_[i])) error = HUGE_VAL;
    }
    nodes_[n].trial[0] = scale;
    if (error > worst * scale) {
      worst = error / scale;
      worst_node_ = n;
    }
  }

  // |λ| of the fastest mode of the linearised dynamics, by one round of power iteration a step: the
  // probe is turned by the Jacobian, of which a difference of drifts is a product.
  // source  Sommeijer, Shampine & Verwer 1998, J. Comput. Appl. Math. 88:315, sec. 3 (as in RKC)
  double fastest_rate() {
    for (std::size_t i = 0; i < packed_.size; ++i) stage_[i] = x_[i] + kProbe * probe_[i];
    packed_.drift(stage_.data(), next_.data());
    double norm = 0;
    for (const std::size_t i : packed_.state_slot) {
      probe_[i] = (next_[i] - slope_[0][i]) / kProbe;
      norm += probe_[i] * probe_[i];
    }
    norm = std::sqrt(norm);
    if (!(norm > 1e-12) || !std::isfinite(norm)) {
      reset_probe();
      return 1e-12;
    }
    for (const std::size_t i : packed_.state_slot) probe_[i] /= norm;
    return norm;
  }

  void reset_probe() {
    const double each = 1 / std::sqrt(static_cast<double>(packed_.state_slot.size()));
    for (const std::size_t i : packed_.state_slot) probe_[i] = each;
  }

  // Where the input changes after a step within which samples were taken, the slope that the next
  // step begins with is not the last one of this step: a step of no length holds it.
  void close(std::size_t segment) {
    const bool changes =
        static_cast<int>(segment) + 1 == timeline_.segments() || timeline_.jumps[segment + 1];
    const bool was_seen = !result_.within.empty() &&
                          result_.within.back().step + 1 == static_cast<int>(result_.steps.size());
    if (changes && was_seen) hold(segment);
  }

  // A step of no length.
  void hold(std::size_t segment) {
    record(0, x_);
    add_step(0, segment);
  }

  void add_step(double h, std::size_t segment) {
    result_.steps.push_back({h, static_cast<int>(segment), result_.moments()});
  }

  // Notes the samples within the step that is about to be taken.
  void glimpse(double start, double h) {
    constexpr double kRounding = 1e-9;  // s
    const double* slopes[kStages + 1];
    for (int s = 0; s <= kStages; ++s) slopes[s] = slope_[s].data();
    const auto& glimpses = timeline_.glimpses;
    for (Node<kCopies>& node : nodes_) node.shown = -1;
    double weighed = -1;  // the fraction that has these weights
    std::array<double, kStages + 1> weight{};
    for (; next_glimpse_ < glimpses.size(); ++next_glimpse_) {
      const Glimpse& g = glimpses[next_glimpse_];
      if (g.time > start + h + kRounding) break;
      const double fraction = std::clamp((g.time - start) / h, 0.0, 1.0);
      if (fraction != weighed) weight = interpolation(weighed = fraction);
      // Channels are often sampled together; copies' states are many, and few of them are shown.
      const auto show = [&](Node<kCopies>& node, std::size_t first, std::size_t size) {
        if (node.shown == fraction || size == 0) return;
        node.shown = fraction;
        kernels_.combine({x_.data(), slopes, weight.data(), kStages + 1, h, size, first},
                         stage_.data());
      };
      const auto c = static_cast<std::size_t>(g.sample.channel);
      if (kCopies == 1) {
        show(nodes_[0], 0, packed_.size);
      } else {
        for (const std::size_t n :
             {static_cast<std::size_t>(system_.channels[c].region), system_.regions.size() + c}) {
          Node<kCopies>& node = nodes_[n];
          if (!node.slots.empty()) show(node, node.slots[0], node.slots.size() * kCopies);
        }
      }
      result_.within.push_back({static_cast<int>(result_.steps.size()), fraction, g.sample});
      sample(g.sample, stage_);
    }
  }

  void take_step(double start, double h, std::size_t segment) {
    glimpse(start, h);
    add_step(h, segment);
    x_.swap(next_);
    slope_[0].swap(slope_[kStages]);  // the last slope is the first of the next step
    for (Node<kCopies>& node : nodes_) node.scale = node.trial;
  }

  void fail(Outcome::Kind kind, std::size_t node, double time) {
    const std::size_t regions = system_.regions.size();
    result_.outcome.kind = kind;
    result_.outcome.where = node < regions ? system_.architecture.regions[node].name
                                           : system_.channels[node - regions].name;
    result_.outcome.time = time;
  }

  // Writes a stage of the coming step to the tape.
  void record(int stage, const Numbers& x) {
    if (!with_tape_) return;
    const std::size_t states = packed_.state_slot.size();
    const std::size_t lane = result_.moments() + static_cast<std::size_t>(stage);
    const std::size_t needed = lane_size(lane + 1, states);
    if (result_.tape.size() < needed)
      result_.tape.resize(std::max(needed, result_.tape.size() * 2));
    double* to = result_.tape.data() + lane_slot(lane, states, 0);
    for (std::size_t s = 0; s < states; ++s) to[s * kLanes] = x[packed_.state_slot[s]];
  }

  // Notes the samples taken at a break point.
  void reach(std::size_t point) {
    for (int k = timeline_.first_sample[point]; k < timeline_.first_sample[point + 1]; ++k)
      sample(timeline_.samples[static_cast<std::size_t>(k)], x_);
    result_.steps_until.push_back(static_cast<int>(result_.steps.size()));
  }

  void sample(Sample taken, const Numbers& x) {
    if constexpr (kCopies > 1) return shown_->sample(taken, x.data());
    const auto c = static_cast<std::size_t>(taken.channel);
    const auto row = static_cast<std::size_t>(taken.sample);
    const auto copy = [&](int first, std::size_t count, std::vector<double>& to) {
      for (std::size_t s = 0; s < count; ++s)
        to[lane_slot(row, count, s)] = x[packed_.state_slot[static_cast<std::size_t>(first) + s]];
    };
    const ChannelNode& channel = system_.channels[c];
    const RegionNode& region = system_.regions[static_cast<std::size_t>(channel.region)];
    copy(channel.first_state, channel.kind->states.size(), result_.channel_at_sample[c]);
    copy(region.first_state, region.kind->states.size(), result_.region_at_sample[c]);
  }

  // Tangents, which a single copy is made for, need steps at which they stay bounded, too.
  static constexpr bool kMinds = kCopies == 1;

  const System& system_;
  std::span<const Timeline* const> timelines_;
  const Timeline& timeline_;
  Packed packed_;
  bool with_tape_;
  double tolerance_;
  std::size_t next_glimpse_ = 0;
  double wish_ = kFirstStep;
  std::size_t worst_node_ = 0;
  Numbers x_, next_, stage_, error_, zero_, probe_;
  Numbers slope_[kStages + 1];
  std::vector<Node<kCopies>> nodes_;
  Kernels kernels_;
  CopyKernels copy_kernels_;
  Trajectory result_;
  std::optional<ShownCopies> shown_;
};

}  // namespace

Trajectory integrate(const System& system,
                     const Timeline& timeline,
                     const std::vector<double>& natural,
                     bool with_tape,
                     const std::vector<Step>* replay,
                     double tolerance) {
  const Timeline* line = &timeline;
  return Integrator<1>(system, {&line, 1}, {&natural, 1}, with_tape, tolerance).run(replay);
}

Together integrate_together(const System& system,
                            std::span<const Timeline* const> timelines,
                            std::span<const std::vector<double>> natural,
                            double tolerance) {
  Integrator<kLanes> copies(system, timelines, natural, false, tolerance);
  const Trajectory trajectory = copies.run(nullptr);
  return {trajectory.outcome, std::move(copies.shown())};
}

}  // namespace insula::simulation

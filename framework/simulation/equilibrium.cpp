// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/equilibrium.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "framework/base/error.h"
#include "framework/base/nan.h"
#include "framework/numerics/parallel.h"
#include "framework/simulation/detail/settle.h"

namespace insula::simulation {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

using Trials = std::vector<Index>;

// Trials gathered by equal input, in the order of their first; those with a NaN are left out.
std::vector<Trials> by_input(const TrialInputs& inputs) {
  MatrixXd all(inputs.value.rows() + inputs.slope.rows(), inputs.value.cols());
  all.topRows(inputs.value.rows()) = inputs.value;
  if (inputs.slope.size() > 0) all.bottomRows(inputs.slope.rows()) = inputs.slope;
  Trials sorted;
  for (Index t = 0; t < all.cols(); ++t)
    if (!all.col(t).hasNaN()) sorted.push_back(t);
  const auto compare = [&](Index a, Index b) {
    return std::lexicographical_compare(
        all.col(a).begin(), all.col(a).end(), all.col(b).begin(), all.col(b).end());
  };
  std::ranges::stable_sort(sorted, compare);
  std::vector<Trials> distinct;
  for (const Index t : sorted) {
    if (distinct.empty() || compare(distinct.back().front(), t)) distinct.emplace_back();
    distinct.back().push_back(t);
  }
  std::ranges::sort(distinct, {}, [](const Trials& trials) { return trials.front(); });
  return distinct;
}

// Of each parameter of the architecture: its free parameter, and d value/dθ.
struct FreeParameter {
  int column = kNone;
  double factor = 0;
};

std::vector<FreeParameter> free_parameters(const System& system, const VectorXd& theta) {
  const auto& parameters = system.architecture.parameters;
  std::vector<FreeParameter> root(parameters.size()), of(parameters.size());
  for (std::size_t i = 0; i < system.free.size(); ++i)
    root[system.free[i]].column = static_cast<int>(i);
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const int column = root[parameters[p].tied_to].column;
    if (column != kNone) of[p] = {column, parameters[p].derivative(theta[column])};
  }
  return of;
}

// kLanes distinct trials.
class Block {
 public:
  Block(const System& system, const std::vector<double>& natural)
      : system_(system), settling_(system, natural) {}

  std::array<Settled, kLanes> settle(const TrialInputs& inputs, std::span<const Trials> distinct) {
    for (std::size_t l = 0; l < kLanes; ++l) {
      const Index trial = distinct[std::min(l, distinct.size() - 1)].front();
      for (std::size_t k = 0; k < system_.inputs.size(); ++k)
        settling_.drift().input(k)[l] = inputs.value(static_cast<Index>(k), trial);
      for (Index k = 0; k < inputs.slope.rows(); ++k)
        settling_.drift().input_slope(static_cast<std::size_t>(k))[l] = inputs.slope(k, trial);
    }
    const std::array<Settled, kLanes> settled = settling_.run();
    coefficients_.resize(settling_.drift().form().width() * kLanes);
    settling_.drift().run(settling_.state().data(), kLanes, coefficients_.data(), nullptr);
    return settled;
  }

  void write_activity(std::span<const Trials> distinct, MatrixXd& activity) {
    for (std::size_t r = 0; r < system_.regions.size(); ++r)
      write(settling_.drift().activity(r), distinct, activity, static_cast<Index>(r));
  }

  // With g = ∂z/∂x and λ = −(∂f/∂x)⁻ᵀ g, dz/dθ = λᵀ ∂f/∂θ + ∂z/∂θ: one solution for each region
  // instead of one for each parameter.
  void write_slopes(std::span<const Trials> distinct,
                    const std::vector<FreeParameter>& free,
                    std::vector<MatrixXd>& slope) {
    const FormStructure& form = settling_.drift().form();
    const std::size_t states = settling_.state().size() / kLanes;
    LaneFactors factors(states);
    put_negative_jacobian(form, coefficients_, states, factors.matrix());
    factors.factor();
    std::vector<double> pull(states * kLanes), sum(system_.free.size() * kLanes);
    for (std::size_t r = 0; r < system_.regions.size(); ++r) {
      const RegionNode& node = system_.regions[r];
      const Map& activity = node.kind->activity;
      const double* partial = settling_.drift().activity_partial(r);
      std::ranges::fill(pull, 0.0);
      std::copy_n(partial, z(activity.states) * kLanes, pull.data() + z(node.first_state) * kLanes);
      factors.solve_transposed(pull.data());

      std::ranges::fill(sum, 0.0);
      const auto add = [&](int parameter, const double* a, const double* b) {
        const FreeParameter& f = free[z(parameter)];
        if (f.column == kNone) return;
        double* to = sum.data() + z(f.column) * kLanes;
        for (std::size_t l = 0; l < kLanes; ++l) to[l] += f.factor * a[l] * (b ? b[l] : 1.0);
      };
      for (int p = 0; p < activity.parameters; ++p)
        add(node.first_parameter + p, partial + z(activity.states + p) * kLanes, nullptr);
      for (std::size_t k = 0; k < form.parameters.size(); ++k)
        add(form.parameters[k].parameter,
            pull.data() + z(form.parameters[k].row) * kLanes,
            coefficients_.data() + (form.states.size() + k) * kLanes);
      for (std::size_t d = 0; d < system_.free.size(); ++d)
        write(sum.data() + d * kLanes, distinct, slope[r], static_cast<Index>(d));
    }
  }

 private:
  static void write(const double* lanes,
                    std::span<const Trials> distinct,
                    MatrixXd& to,
                    Index column) {
    for (std::size_t l = 0; l < distinct.size(); ++l)
      for (const Index trial : distinct[l]) to(trial, column) = lanes[l];
  }

  const System& system_;
  Settling settling_;
  std::vector<double> coefficients_;
};

Outcome outcome_of(const System& system,
                   const std::vector<Trials>& distinct,
                   const std::vector<Settled>& settled) {
  Outcome outcome;
  for (std::size_t d = 0; d < distinct.size(); ++d) {
    if (settled[d].kind == Outcome::Kind::finished) continue;
    outcome.kind = settled[d].kind;
    outcome.where = system.architecture.regions[z(settled[d].region)].name + " on trial " +
                    std::to_string(distinct[d].front() + 1);
    outcome.time = outcome.kind == Outcome::Kind::unsettled ? 0 : settled[d].time;
    break;
  }
  return outcome;
}

}  // namespace

Equilibrium equilibrium(const System& system,
                        const MatrixXd& input,
                        const VectorXd& theta,
                        bool with_slopes) {
  return equilibrium(system, TrialInputs{input, {}}, theta, with_slopes);
}

Equilibrium equilibrium(const System& system,
                        const TrialInputs& inputs,
                        const VectorXd& theta,
                        bool with_slopes) {
  if (inputs.value.rows() != std::ssize(system.inputs))
    throw InternalError("equilibrium: the input has other rows than the system's inputs");
  Index moving = 0;
  for (const LearnedNode& node : system.learned) moving += node.parameters;
  if (inputs.slope.size() > 0 &&
      (inputs.slope.rows() != moving || inputs.slope.cols() != inputs.value.cols()))
    throw InternalError("equilibrium: slopes of inputs are not those of the system's learners");
  const std::vector<double> natural = system.natural(theta);
  const std::vector<FreeParameter> free = free_parameters(system, theta);
  const std::vector<Trials> distinct = by_input(inputs);

  Equilibrium result;
  result.activity.setConstant(inputs.value.cols(), std::ssize(system.regions), kNaN);
  if (with_slopes)
    result.slope.assign(system.regions.size(),
                        MatrixXd::Constant(inputs.value.cols(), theta.size(), kNaN));
  if (system.regions.empty()) return result;
  std::vector<Settled> settled(distinct.size());
  parallel_for((distinct.size() + kLanes - 1) / kLanes, [&](std::size_t b) {
    const std::span<const Trials> trials =
        std::span(distinct)
            .subspan(b * kLanes)
            .first(std::min(kLanes, distinct.size() - b * kLanes));
    Block block(system, natural);
    const std::array<Settled, kLanes> ends = block.settle(inputs, trials);
    std::copy_n(
        ends.begin(), trials.size(), settled.begin() + static_cast<std::ptrdiff_t>(b * kLanes));
    block.write_activity(trials, result.activity);
    if (with_slopes) block.write_slopes(trials, free, result.slope);
  });
  result.outcome = outcome_of(system, distinct, settled);
  if (!result.outcome.finished()) return {result.outcome, {}, {}};
  return result;
}

}  // namespace insula::simulation

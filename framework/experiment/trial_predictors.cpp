// SPDX-License-Identifier: Apache-2.0
// Predictors of trials out of parameters, columns and regions' activities.
#include <algorithm>
#include <cmath>

#include "framework/experiment/detail/trial_data.h"
#include "framework/experiment/detail/trial_windows.h"

namespace insula::experiment {
namespace {

using architecture::TrialObservation;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Index index_of(std::size_t i) { return static_cast<Index>(i); }

// weight · known · Π moving factors, and its slopes in what moves them.
class TermSum {
 public:
  TermSum(const TrialProblem& problem, const std::vector<Moving>& moving)
      : problem_(problem), moving_(moving) {}

  VectorXd product(const architecture::Term& term, const VectorXd& known) const {
    VectorXd product = known.array().isFinite().select(known, 0);
    for (const Moving* factor : factors(term)) product.array() *= factor->value.array();
    return product;
  }

  /// Columns of `slope` are `parameters`.
  void add_slope(const architecture::Term& term,
                 const VectorXd& known,
                 double weight,
                 const std::vector<Index>& parameters,
                 MatrixXd& slope) const {
    const std::vector<const Moving*> all = factors(term);
    for (const Moving* mover : all) {
      VectorXd others = weight * known.array().isFinite().select(known, 0);
      bool is_passed = false;  // a factor may stand twice
      for (const Moving* other : all) {
        if (other == mover && !is_passed) {
          is_passed = true;
          continue;
        }
        others.array() *= other->value.array();
      }
      for (std::size_t k = 0; k < mover->parameter.size(); ++k) {
        const auto at = std::ranges::lower_bound(parameters, mover->parameter[k]);
        slope.col(at - parameters.begin()).array() +=
            others.array() * mover->slope.col(index_of(k)).array();
      }
    }
  }

  /// Every θ that moves a factor of these terms, ascending.
  std::vector<Index> parameters_of(const std::vector<architecture::Term>& terms) const {
    std::vector<Index> all;
    for (const architecture::Term& term : terms)
      for (const Moving* factor : factors(term))
        all.insert(all.end(), factor->parameter.begin(), factor->parameter.end());
    std::ranges::sort(all);
    const auto rest = std::ranges::unique(all);
    all.erase(rest.begin(), rest.end());
    return all;
  }

 private:
  std::vector<const Moving*> factors(const architecture::Term& term) const {
    std::vector<const Moving*> all;
    for (const std::size_t region : term.regions)
      all.push_back(&moving_[position(problem_.regions, region)]);
    for (const architecture::Signal& signal : term.signals)
      all.push_back(&moving_[problem_.regions.size() + position(problem_.signals, signal)]);
    return all;
  }
  template <class T>
  static std::size_t position(const std::vector<T>& all, const T& one) {
    return static_cast<std::size_t>(std::ranges::find(all, one) - all.begin());
  }

  const TrialProblem& problem_;
  const std::vector<Moving>& moving_;
};

}  // namespace

std::vector<double> probe_times(const dataset::Run& run, const TrialObservation& observation) {
  std::vector<double> times;
  for (const double moment : window_moments(run, *table_of(run, observation), observation.window)) {
    // A trial without a window is out of use; it keeps its place.
    const double at = std::isnan(moment) ? -observation.window.to : moment;
    for (const double time : sample_times_in(observation.window, at)) times.push_back(time);
  }
  return times;
}

Moving activity_of(const TrialRows& rows,
                   const architecture::Window& window,
                   const std::vector<VectorXd>& samples,
                   const std::vector<MatrixXd>& jacobian,
                   Index dynamic_parameters,
                   const std::vector<Index>& learning) {
  const Index n = index_of(rows.size()), count = index_of(samples_in(window));
  Moving result{VectorXd::Zero(n), {}, MatrixXd()};
  if (!jacobian.empty()) {
    for (Index p = 0; p < dynamic_parameters; ++p) result.parameter.push_back(p);
    result.parameter.insert(result.parameter.end(), learning.begin(), learning.end());
    result.slope = MatrixXd::Zero(n, index_of(result.parameter.size()));
  }
  VectorXd weight(count);
  Index row = 0;
  for (std::size_t r = 0; r < samples.size(); ++r)
    for (Index first = 0; first < samples[r].size(); first += count, ++row) {
      if (std::isnan(rows.moment[static_cast<std::size_t>(row)])) continue;
      const auto size = static_cast<std::size_t>(count);
      result.value[row] =
          taken_of(window, {samples[r].data() + first, size}, {weight.data(), size});
      if (jacobian.empty()) continue;
      result.slope.row(row).head(dynamic_parameters).noalias() =
          weight.transpose() * jacobian[r].block(first, 0, count, dynamic_parameters);
      for (std::size_t k = 0; k < learning.size(); ++k)
        result.slope(row, dynamic_parameters + index_of(k)) =
            weight.dot(jacobian[r].col(learning[k]).segment(first, count));
    }
  return result;
}

std::vector<Moving> TrialProblem::signals_of(const std::vector<double>& theta,
                                             const std::vector<int>& free_index,
                                             bool with_slopes) const {
  std::vector<Moving> all;
  for (std::size_t s = 0; s < signals.size(); ++s) {
    const architecture::Learner& learner = architecture->learners[signals[s].learner];
    const std::size_t first = architecture->learner_parameters[signals[s].learner];
    std::vector<double> natural;
    for (std::size_t p = 0; p < learner.kind->parameters.size(); ++p)
      natural.push_back(architecture->parameters[first + p].natural(theta[first + p]));
    const LearnerSignals found =
        simulation::learner_signals(learner, learned[s], natural, with_slopes);
    Moving moving{found.value.col(signals[s].signal), {}, MatrixXd()};
    if (with_slopes) {
      const MatrixXd& slope = found.slope[static_cast<std::size_t>(signals[s].signal)];
      moving.slope.resize(slope.rows(), slope.cols());
      for (std::size_t p = 0; p < natural.size(); ++p) {
        if (free_index[first + p] < 0) continue;
        moving.slope.col(index_of(moving.parameter.size())) =
            slope.col(index_of(p)) *
            architecture->parameters[first + p].derivative(theta[first + p]);
        moving.parameter.push_back(free_index[first + p]);
      }
      moving.slope.conservativeResize(Eigen::NoChange, index_of(moving.parameter.size()));
    }
    all.push_back(std::move(moving));
  }
  return all;
}

inference::Predictors TrialProblem::predictors(const std::vector<double>& theta,
                                               const std::vector<int>& free_index,
                                               const std::vector<Moving>& moving,
                                               bool with_slopes) const {
  const Index n = index_of(rows.size());
  const TermSum sum(*this, moving);
  inference::Predictors result{MatrixXd::Zero(n, index_of(named.size())), {}};
  std::size_t parameter = first_parameter;
  for (std::size_t q = 0; q < named.size(); ++q) {
    const auto p = static_cast<std::size_t>(named[q]);
    const std::vector<architecture::Term>& terms = observation->predictors[p].terms;
    // What moves the factors comes first; then the intercept and the weights that are free.
    inference::Slope slope;
    if (with_slopes) slope.parameter = sum.parameters_of(terms);
    MatrixXd moved = MatrixXd::Zero(n, index_of(slope.parameter.size()));
    MatrixXd weights(n, index_of(terms.size()) + 1);
    const std::vector<Index> movers = slope.parameter;
    auto eta = result.value.col(index_of(q));
    for (std::size_t k = 0; k <= terms.size(); ++k, ++parameter) {
      // A row with a missing term is out of use; its numbers only have to be finite.
      const VectorXd values = k == 0
                                  ? VectorXd::Ones(n)
                                  : sum.product(terms[k - 1], rows.terms[p].col(index_of(k) - 1));
      eta += theta[parameter] * values;
      if (!with_slopes) continue;
      if (k > 0)
        sum.add_slope(
            terms[k - 1], rows.terms[p].col(index_of(k) - 1), theta[parameter], movers, moved);
      if (free_index[parameter] < 0) continue;
      weights.col(index_of(slope.parameter.size() - movers.size())) = values;
      slope.parameter.push_back(free_index[parameter]);
    }
    if (!with_slopes) continue;
    slope.value.resize(n, index_of(slope.parameter.size()));
    slope.value << moved, weights.leftCols(index_of(slope.parameter.size() - movers.size()));
    result.slope.push_back(std::move(slope));
  }
  return result;
}

}  // namespace insula::experiment

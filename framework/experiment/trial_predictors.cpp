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

// Adds weight · known · Π activities to η, and its slopes: in the weight, and in what moves the
// regions.
class TermSum {
 public:
  TermSum(const TrialProblem& problem, const std::vector<TrialActivity>& activities)
      : problem_(problem), activities_(activities) {}

  VectorXd product(const architecture::Term& term, const VectorXd& known) const {
    VectorXd product = known.array().isFinite().select(known, 0);
    for (const std::size_t region : term.regions) product.array() *= of(region).value.array();
    return product;
  }

  void add_slope(const architecture::Term& term,
                 const VectorXd& known,
                 double weight,
                 Eigen::Ref<MatrixXd> slope) const {
    for (std::size_t moving = 0; moving < term.regions.size(); ++moving) {
      VectorXd others = weight * known.array().isFinite().select(known, 0);
      for (std::size_t k = 0; k < term.regions.size(); ++k)
        if (k != moving) others.array() *= of(term.regions[k]).value.array();
      slope += others.asDiagonal() * of(term.regions[moving]).slope;
    }
  }

 private:
  const TrialActivity& of(std::size_t region) const {
    const auto at = std::ranges::find(problem_.regions, region) - problem_.regions.begin();
    return activities_[static_cast<std::size_t>(at)];
  }
  const TrialProblem& problem_;
  const std::vector<TrialActivity>& activities_;
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

TrialActivity activity_of(const TrialRows& rows,
                          const architecture::Window& window,
                          const std::vector<VectorXd>& samples,
                          const std::vector<MatrixXd>& jacobian,
                          Index dynamic_parameters) {
  const Index n = index_of(rows.size()), count = index_of(samples_in(window));
  TrialActivity result{VectorXd::Zero(n), MatrixXd()};
  if (!jacobian.empty()) result.slope = MatrixXd::Zero(n, dynamic_parameters);
  VectorXd weight(count);
  Index row = 0;
  for (std::size_t r = 0; r < samples.size(); ++r)
    for (Index first = 0; first < samples[r].size(); first += count, ++row) {
      if (std::isnan(rows.moment[static_cast<std::size_t>(row)])) continue;
      const auto size = static_cast<std::size_t>(count);
      result.value[row] =
          taken_of(window, {samples[r].data() + first, size}, {weight.data(), size});
      if (!jacobian.empty())
        result.slope.row(row).noalias() =
            weight.transpose() * jacobian[r].block(first, 0, count, dynamic_parameters);
    }
  return result;
}

inference::Predictors TrialProblem::predictors(const std::vector<double>& theta,
                                               const std::vector<int>& free_index,
                                               const std::vector<TrialActivity>& activities,
                                               bool with_slopes) const {
  const Index n = index_of(rows.size());
  const TermSum sum(*this, activities);
  inference::Predictors result{MatrixXd::Zero(n, index_of(named.size())), {}};
  std::size_t parameter = first_parameter;
  for (std::size_t q = 0; q < named.size(); ++q) {
    const auto p = static_cast<std::size_t>(named[q]);
    const std::vector<architecture::Term>& terms = observation->predictors[p].terms;
    const bool moves =
        std::ranges::any_of(terms, [](const architecture::Term& term) { return !term.is_known(); });
    // What moves the regions comes first; then the intercept and the weights that are free.
    const Index dynamic = moves && with_slopes ? activities.front().slope.cols() : 0;
    inference::Slope slope{{}, MatrixXd::Zero(n, dynamic + index_of(terms.size()) + 1)};
    for (Index d = 0; d < dynamic; ++d) slope.parameter.push_back(d);
    auto eta = result.value.col(index_of(q));
    for (std::size_t k = 0; k <= terms.size(); ++k, ++parameter) {
      // A row with a missing term is out of use; its numbers only have to be finite.
      const VectorXd values = k == 0
                                  ? VectorXd::Ones(n)
                                  : sum.product(terms[k - 1], rows.terms[p].col(index_of(k) - 1));
      eta += theta[parameter] * values;
      if (!with_slopes) continue;
      if (k > 0)
        sum.add_slope(terms[k - 1],
                      rows.terms[p].col(index_of(k) - 1),
                      theta[parameter],
                      slope.value.leftCols(dynamic));
      if (free_index[parameter] < 0) continue;
      slope.value.col(index_of(slope.parameter.size())) = values;
      slope.parameter.push_back(free_index[parameter]);
    }
    if (!with_slopes) continue;
    slope.value.conservativeResize(Eigen::NoChange, index_of(slope.parameter.size()));
    result.slope.push_back(std::move(slope));
  }
  return result;
}

}  // namespace insula::experiment

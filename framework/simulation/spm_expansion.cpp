// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/spm_expansion.h"

#include "framework/simulation/detail/at_points.h"

namespace insula::simulation {
namespace {

// Where the drift is evaluated: rest, each state or input displaced by a step, and pairs of those.
class Points {
 public:
  Points(const System& system, bool second_order) : states_(system.states) {
    for (const RegionNode& region : system.regions) {
      first_.push_back(region.first_state);
      for (int s = 0; s < static_cast<int>(region.kind->states.size()); ++s)
        neuronal_.push_back(region.first_state + s);
    }
    const int inputs = static_cast<int>(system.inputs.size());
    const Eigen::Index pairs = static_cast<Eigen::Index>(neuronal_.size()) *
                               (inputs + (second_order ? static_cast<int>(first_.size()) : 0));
    const Eigen::Index points = 1 + states_ + inputs + pairs;
    x = Eigen::MatrixXd::Zero(points, states_);
    u = Eigen::MatrixXd::Zero(points, inputs);
    Eigen::Index p = 0;
    while (++p <= states_) x(p, p - 1) = kSpmStep;
    for (int k = 0; k < inputs; ++k) u(p++, k) = kSpmStep;
    for (int k = 0; k < inputs; ++k)
      for (const int j : neuronal_) u(p, k) = x(p, j) = kSpmStep, ++p;
    if (!second_order) return;
    for (const int i : first_)
      for (const int j : neuronal_) x(p, i) += kSpmStep, x(p, j) += kSpmStep, ++p;
  }

  Eigen::Index state(int j) const { return 1 + j; }
  Eigen::Index input(int k) const { return 1 + states_ + k; }
  /// The pair of the displacement `a` (inputs first, then first states) with neuronal state `j`.
  Eigen::Index pair(std::size_t a, std::size_t j) const {
    return 1 + states_ + u.cols() + static_cast<Eigen::Index>(a * neuronal_.size() + j);
  }
  const std::vector<int>& neuronal() const { return neuronal_; }
  const std::vector<int>& first() const { return first_; }

  Eigen::MatrixXd x, u;  // points × states, points × inputs

 private:
  int states_;
  std::vector<int> neuronal_, first_;
};

}  // namespace

SpmExpansion spm_expansion(const System& system, std::vector<double> natural, bool second_order) {
  const Points points(system, second_order);
  const Eigen::MatrixXd f = drift_at(system, natural, points.x, points.u).transpose();
  const int n = system.states;
  const auto inputs = system.inputs.size();
  SpmExpansion e;
  e.m0 = Eigen::MatrixXd::Zero(n + 1, n + 1);
  e.m0.col(0).tail(n) = f.col(0);
  for (int j = 0; j < n; ++j)
    e.m0.col(1 + j).tail(n) = (f.col(points.state(j)) - f.col(0)) / kSpmStep;

  // ∂/∂a of column 0 and of ∂f/∂x, for the displacement at point `at`.
  const auto changed = [&](std::size_t a, Eigen::Index at) {
    Eigen::MatrixXd m = Eigen::MatrixXd::Zero(n + 1, n + 1);
    m.col(0).tail(n) = (f.col(at) - f.col(0)) / kSpmStep;
    for (std::size_t j = 0; j < points.neuronal().size(); ++j) {
      const int state = points.neuronal()[j];
      const Eigen::VectorXd slope = (f.col(points.pair(a, j)) - f.col(at)) / kSpmStep;
      m.col(1 + state).tail(n) = (slope - e.m0.col(1 + state).tail(n)) / kSpmStep;
    }
    return m;
  };
  for (std::size_t k = 0; k < inputs; ++k)
    e.m1.push_back(changed(k, points.input(static_cast<int>(k))));
  for (std::size_t i = 0; second_order && i < points.first().size(); ++i) {
    e.m2.push_back(changed(inputs + i, points.state(points.first()[i])));
    e.m2_state.push_back(points.first()[i]);
  }
  e.natural = std::move(natural);
  return e;
}

}  // namespace insula::simulation

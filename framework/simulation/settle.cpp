// SPDX-License-Identifier: Apache-2.0
#include "framework/simulation/detail/settle.h"

#include <algorithm>
#include <cmath>

#include "framework/numerics/linear_algebra.h"

namespace insula::simulation {
namespace {

constexpr double kGamma = 0.29289321881345254;  // 1 − 1/√2
// Error of one step allowed, as a share of the largest excursion so far: what is wanted of the path
// is its end. equilibrium_test.cpp compares ends with those of accurate integration.
constexpr double kRoughly = 0.02;
constexpr double kNear = 0.01;  // see Lane::near
constexpr double kKnifeEdge =
    1e-6;                        // an unstable equilibrium reached this closely is where it ends
constexpr double kExact = 1e-9;  // Newton's last correction; the error left is about its square
constexpr int kMostRounds = 1000;
constexpr double kShortestStep = 1e-12, kLongestStep = 1e12;  // s

// Does every state decay faster than all others together can drive it? Then all eigenvalues have
// negative real parts, by Gershgorin's circles (Golub & Van Loan 2013, th. 7.2.1).
bool is_dominated(const Eigen::MatrixXd& jacobian) {
  for (Eigen::Index i = 0; i < jacobian.rows(); ++i) {
    const double decay = -jacobian(i, i);
    if (!(decay > jacobian.row(i).cwiseAbs().sum() - std::abs(decay))) return false;
  }
  return true;
}

}  // namespace

void put_negative_jacobian(const FormStructure& form,
                           const std::vector<double>& coefficients,
                           std::size_t states,
                           std::vector<double>& matrix) {
  std::fill(matrix.begin(), matrix.end(), 0.0);
  for (std::size_t e = 0; e < form.states.size(); ++e) {
    double* to =
        matrix.data() + (z(form.states[e].row) * states + z(form.states[e].column)) * kLanes;
    for (std::size_t l = 0; l < kLanes; ++l) to[l] = -coefficients[e * kLanes + l];
  }
}

Settling::Settling(const System& system, const std::vector<double>& natural)
    : system_(system),
      drift_(system, natural, LinearisedDrift::Of::regions),
      states_(0),
      factors_(0) {
  for (const RegionNode& region : system.regions)
    for (const FieldSpec& state : region.kind->states) rest_.push_back(state.value);
  states_ = rest_.size();
  factors_ = LaneFactors(states_);
  coefficients_.resize(drift_.form().width() * kLanes);
  for (std::vector<double>* v : {&x_, &left_, &point_, &rate_, &first_, &second_})
    v->resize(states_ * kLanes);
}

std::array<Settled, kLanes> Settling::run() {
  for (std::size_t s = 0; s < states_; ++s) std::fill_n(x_.data() + s * kLanes, kLanes, rest_[s]);
  lanes_.fill({.scale = kFloor, .near = kNear});
  settled_.fill({});
  if (states_ == 0) return settled_;  // every region is held
  for (int round = 0; round < kMostRounds && !is_done(); ++round) {
    drift_.run(x_.data(), kLanes, coefficients_.data(), rate_.data());
    factor();
    first_ = rate_;
    factors_.solve(first_.data());
    try_steps();
    for (std::size_t l = 0; l < kLanes; ++l) {
      if (lanes_[l].is_done) continue;
      if (lanes_[l].is_ending)
        end(l);
      else
        travel(l);
    }
  }
  for (std::size_t l = 0; l < kLanes; ++l)
    if (!lanes_[l].is_done) stop(l, Outcome::Kind::unsettled, largest(rate_, l));
  return settled_;
}

bool Settling::is_done() const {
  return std::ranges::all_of(lanes_, [](const Lane& lane) { return lane.is_done; });
}

double Settling::shift(const Lane& lane) const {
  return lane.is_ending ? 0 : 1 / (kGamma * lane.step);
}

void Settling::factor() {
  std::vector<double>& matrix = factors_.matrix();
  put_negative_jacobian(drift_.form(), coefficients_, states_, matrix);
  for (std::size_t l = 0; l < kLanes; ++l) {
    if (lanes_[l].step == 0) lanes_[l].step = first_step(l);
    const double on_diagonal = shift(lanes_[l]);
    for (std::size_t s = 0; s < states_; ++s) matrix[(s * states_ + s) * kLanes + l] += on_diagonal;
  }
  factors_.factor();
}

// Half the shortest time constant that the dynamics can have at rest, by the rows' sums.
double Settling::first_step(std::size_t lane) {
  double fastest = 0;
  for (std::size_t i = 0; i < states_; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < states_; ++j)
      sum += std::abs(factors_.matrix()[(i * states_ + j) * kLanes + lane]);
    fastest = std::max(fastest, sum);
  }
  return std::clamp(0.5 / fastest, 1e3 * kShortestStep, 1.0);
}

// The second stage, at the end of a step of order one. With M = 1/(γh) − ∂f/∂x and k₁, k₂ the
// stages of ROS2, first_ = M⁻¹f(x) = γh·k₁ and second_ = M⁻¹(f(x + h k₁) − 2 k₁) = γh·k₂.
void Settling::try_steps() {
  if (std::ranges::all_of(lanes_, [](const Lane& l) { return l.is_done || l.is_ending; })) return;
  for (std::size_t i = 0; i < x_.size(); ++i) point_[i] = x_[i] + first_[i] / kGamma;
  drift_.run(point_.data(), kLanes, nullptr, second_.data());
  for (std::size_t l = 0; l < kLanes; ++l) {
    const double twice = 2 * shift(lanes_[l]);
    for (std::size_t i = l; i < x_.size(); i += kLanes) second_[i] -= twice * first_[i];
  }
  factors_.solve(second_.data());
}

// Takes the step x + h(3 k₁ + k₂)/2 if its difference from x + h k₁ is small enough, and if no
// growing mode outpaces it: beyond a pole of the formula such modes would die away.
void Settling::travel(std::size_t l) {
  Lane& lane = lanes_[l];
  double error = 0, length = 0, scale = lane.scale;
  bool is_good = factors_.has_positive_determinant(l);
  for (std::size_t s = 0, i = l; s < states_; ++s, i += kLanes) {
    const double change = (1.5 * first_[i] + 0.5 * second_[i]) / kGamma;
    point_[i] = x_[i] + change;
    error = std::max(error, std::abs(0.5 * (first_[i] + second_[i]) / kGamma));
    length = std::max(length, std::abs(change));
    scale = std::max(scale, std::abs(point_[i] - rest_[s]));
    is_good = is_good && std::isfinite(change) && std::isfinite(error);
  }
  const double ratio = error / (kRoughly * scale);
  const double growth = 0.9 / std::sqrt(ratio);
  if (!is_good || ratio > 1) {
    lane.step *= is_good ? std::clamp(growth, 0.1, 0.8) : 0.25;
    if (lane.step < kShortestStep) stop(l, Outcome::Kind::diverged, largest(x_, l));
    return;
  }
  for (std::size_t i = l; i < x_.size(); i += kLanes) x_[i] = point_[i];
  lane.time += lane.step;
  lane.step = std::min(kLongestStep, lane.step * std::clamp(growth, 0.5, 5.0));
  lane.scale = scale;
  if (scale > kLargest) return stop(l, Outcome::Kind::diverged, largest(x_, l));
  if (length > lane.near * scale) return;
  lane.is_ending = true;
  lane.correction = 4 * lane.near * scale;
  for (std::size_t i = l; i < x_.size(); i += kLanes) left_[i] = x_[i];
}

// One round of Newton's method, whose corrections must shrink and so stay close.
void Settling::end(std::size_t l) {
  Lane& lane = lanes_[l];
  const double correction = std::abs(first_[largest(first_, l) * kLanes + l]);
  if (!(correction <= 0.5 * lane.correction)) return go_on(l, 0.5);
  for (std::size_t i = l; i < x_.size(); i += kLanes) x_[i] += first_[i];
  lane.correction = correction;
  if (correction <= kExact * lane.scale) judge(l);
}

void Settling::judge(std::size_t l) {
  Lane& lane = lanes_[l];
  const auto n = static_cast<Eigen::Index>(states_);
  Eigen::MatrixXd jacobian = Eigen::MatrixXd::Zero(n, n);
  const auto& entries = drift_.form().states;
  for (std::size_t e = 0; e < entries.size(); ++e)
    jacobian(entries[e].row, entries[e].column) = coefficients_[e * kLanes + l];
  if (is_dominated(jacobian) || numerics::spectral_abscissa(jacobian) < 0) {
    lane.is_done = true;
    settled_[l].time = lane.time;
    return;
  }
  if (lane.near > kKnifeEdge) return go_on(l, 0.01);
  Eigen::VectorXd mode;
  numerics::spectral_abscissa(jacobian, &mode);
  Eigen::Index leading = 0;
  mode.maxCoeff(&leading);
  stop(l, Outcome::Kind::unsettled, static_cast<std::size_t>(leading));
}

void Settling::go_on(std::size_t l, double nearer) {
  Lane& lane = lanes_[l];
  for (std::size_t i = l; i < x_.size(); i += kLanes) x_[i] = left_[i];
  lane.is_ending = false;
  lane.near *= nearer;
}

void Settling::stop(std::size_t l, Outcome::Kind kind, std::size_t state) {
  lanes_[l].is_done = true;
  settled_[l] = {kind, kNone, lanes_[l].time};
  for (std::size_t r = 0; r < system_.regions.size(); ++r)
    if (z(system_.regions[r].first_state) <= state) settled_[l].region = static_cast<int>(r);
}

// Of which state a lane's number is the largest; a NaN is larger than any.
std::size_t Settling::largest(const std::vector<double>& values, std::size_t lane) const {
  std::size_t best = 0;
  for (std::size_t s = 1; s < states_; ++s)
    if (!(std::abs(values[s * kLanes + lane]) <= std::abs(values[best * kLanes + lane]))) best = s;
  return best;
}

}  // namespace insula::simulation

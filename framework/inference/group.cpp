// SPDX-License-Identifier: Apache-2.0
#include "framework/inference/group.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/base/text.h"
#include "framework/inference/detail/ascent.h"
#include "framework/inference/detail/group_check.h"
#include "framework/inference/detail/group_level.h"
#include "framework/numerics/parallel.h"

namespace insula::inference {
namespace {

using detail::Evidence;
using detail::GroupLevel;
using detail::GroupPoint;
using detail::GroupPrior;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kSmallestRelaxation = 1.0 / 16;  // of a move
// Nats a subject by which the free energy may be below its best, and nats in all that a move which
// costs more may promise where that is the end: no comparison of models depends on so little.
constexpr double kSlack = 0.02;

GroupPrior make_prior(const GroupProblem& problem, const GroupOptions& options) {
  const Problem& one = problem.subjects[0];
  GroupPrior prior;
  prior.design = problem.design;
  prior.own_mean = one.prior_mean;
  prior.own_variance = one.prior_variance;
  for (Index p = 0; p < one.prior_mean.size(); ++p) {
    const bool is_own =
        !problem.hierarchical.empty() && !problem.hierarchical[static_cast<std::size_t>(p)];
    if (!is_own) prior.parameter.push_back(p);
  }
  const auto h = static_cast<Index>(prior.parameter.size());
  prior.mean.setZero(h, problem.design.cols());
  prior.mean_precision.resizeLike(prior.mean);
  prior.log_variance.resize(h);
  const VectorXd mean_square = problem.design.colwise().squaredNorm().transpose() /
                               static_cast<double>(problem.design.rows());
  for (Index i = 0; i < h; ++i) {
    const Index p = prior.parameter[static_cast<std::size_t>(i)];
    prior.mean(i, 0) = one.prior_mean[p];
    prior.mean_precision.row(i) =
        mean_square.transpose() / (options.mean_widening * one.prior_variance[p]);
    prior.log_variance[i] = std::log(options.variance_ratio * one.prior_variance[p]);
  }
  prior.log_variance_variance = options.log_variance_variance;
  return prior;
}

class Group {
 public:
  Group(const GroupProblem& problem, const GroupOptions& options)
      : problem_(problem), options_(options), prior_(make_prior(problem, options)) {
    evidence_.resize(problem.subjects.size());
    fit_.subjects.resize(problem.subjects.size());
    fit_.parameter = prior_.parameter;
  }

  GroupFit run();

 private:
  enum class Step { up, level, back };

  void fit_subjects(const GroupPoint* point);
  void fit_subject(std::size_t s, const GroupPoint* point);
  double promise(const GroupPoint& from) const;
  void note(double relaxation, double promise);
  Step keep_or_go_back(const GroupPoint& point);
  void check_subjects();
  void describe();
  void judge();

  const GroupProblem& problem_;
  const GroupOptions& options_;
  GroupPrior prior_;
  std::vector<Evidence> evidence_;
  // Where a sweep left everything that the next one is made of.
  struct State {
    GroupPoint point;
    std::vector<Evidence> evidence;
    GroupLevel level;  // at its maximum for this evidence
    GroupFit fit;
  };
  State kept_;            // of the best sweep
  GroupPoint fitted_at_;  // whose density was the prior of the subjects' last fits
  double best_ = 0;       // its free energy
  double promised_ = 0;   // nats, of the next move
  GroupLevel level_;      // of the last
  GroupFit fit_;
  bool is_stopped_ = false, is_settled_ = false, is_stalled_ = false;
};

// `point` is null in the first sweep: subjects then have their own priors.
void Group::fit_subject(std::size_t s, const GroupPoint* point) {
  const auto index = static_cast<Index>(s);
  Problem problem = problem_.subjects[s];
  Options options = options_.subject;
  options.task += "/" + problem_.subject[s];
  options.progress = nullptr;
  options.pareto_check = false;
  if (point != nullptr) {
    problem.prior_mean = subject_mean(prior_, *point, index);
    problem.prior_variance = subject_variance(prior_, *point);
    options.start = shrunken(prior_, evidence_[s], *point, index);
    options.starts = 1;
  }
  Fit fit = variational_laplace(problem, options);
  if (fit.status == Fit::Status::no_start && point != nullptr) {
    options.start.resize(0);
    fit = variational_laplace(problem, options);
  }
  const Index p = problem.prior_mean.size();
  evidence_[s] = {MatrixXd::Zero(p, p), VectorXd::Zero(p)};
  if (fit.status != Fit::Status::no_start) {
    evidence_[s].information = fit.information;
    evidence_[s].pull = fit.information * fit.mean + fit.gradient +
                        (fit.mean - problem.prior_mean).cwiseQuotient(problem.prior_variance);
  }
  fit_.subjects[s] = std::move(fit);
}

void Group::fit_subjects(const GroupPoint* point) {
  parallel_for(problem_.subjects.size(), [&](std::size_t s) { fit_subject(s, point); });
  fit_.left_out.clear();
  fit_.unfinished.clear();
  fit_.subject_free_energy = 0;
  for (std::size_t s = 0; s < fit_.subjects.size(); ++s) {
    const Fit& fit = fit_.subjects[s];
    if (fit.status == Fit::Status::no_start) {
      fit_.left_out.push_back(s);
      continue;
    }
    fit_.subject_free_energy += fit.free_energy.total();
    if (!fit.converged()) fit_.unfinished.push_back(s);
  }
}

// Half the squared distance from `from` to where the group wants to be, in its posterior sds.
double Group::promise(const GroupPoint& from) const {
  const VectorXd of_mean = (level_.point.mean - from.mean).reshaped();
  const VectorXd of_variance = level_.point.log_variance - from.log_variance;
  const VectorXd scaled = level_.mean_precision.matrixL().transpose() * of_mean;
  return 0.5 * (scaled.squaredNorm() + of_variance.dot(level_.curvature * of_variance));
}

void Group::note(double relaxation, double promise) {
  Sweep sweep;
  sweep.relaxation = relaxation;
  sweep.promise = promise;
  sweep.free_energy = fit_.subject_free_energy + mean_complexity(prior_, level_) +
                      variance_complexity(prior_, level_, log_variance_precision(prior_, level_));
  for (const Fit& fit : fit_.subjects) sweep.steps += static_cast<int>(fit.iterations.size());
  fit_.sweeps.push_back(sweep);
}

// Pareto's k̂ of every subject's posterior given the group's density.
void Group::check_subjects() {
  if (!options_.subject.pareto_check || fit_.sweeps.size() < 2) return;
  parallel_for(problem_.subjects.size(), [&](std::size_t s) {
    Fit& fit = fit_.subjects[s];
    if (fit.status == Fit::Status::no_start) return;
    Problem problem = problem_.subjects[s];
    problem.prior_mean = detail::subject_mean(prior_, fitted_at_, static_cast<Index>(s));
    problem.prior_variance = detail::subject_variance(prior_, fitted_at_);
    Options options = options_.subject;
    options.task += "/" + problem_.subject[s];
    fit.pareto_k = detail::pareto_check(problem, detail::make_data(problem.channels), fit, options);
  });
}

void Group::describe() {
  const Eigen::LLT<MatrixXd> precision = log_variance_precision(prior_, level_);
  const Index h = level_.point.mean.rows(), c = level_.point.mean.cols();
  fit_.mean = level_.point.mean;
  fit_.log_variance = level_.point.log_variance;
  fit_.log_variance_covariance = precision.solve(MatrixXd::Identity(h, h));
  fit_.log_variance_sd = fit_.log_variance_covariance.diagonal().cwiseSqrt();
  fit_.mean_complexity = mean_complexity(prior_, level_);
  fit_.variance_complexity = variance_complexity(prior_, level_, precision);
  GroupPoint wide = level_.point;
  wide.log_variance += 0.5 * fit_.log_variance_covariance.diagonal();
  const GroupLevel wider = group_level(prior_, evidence_, wide);
  const GroupLevel& at = wider.is_finite ? wider : level_;
  fit_.mean_covariance = at.mean_precision.solve(MatrixXd::Identity(h * c, h * c));
  fit_.mean_sd = fit_.mean_covariance.diagonal().cwiseSqrt().reshaped(h, c);
  for (std::size_t s = 0; s < fit_.subjects.size(); ++s) {
    const auto x = prior_.design.row(static_cast<Index>(s));
    MatrixXd of_prior_mean = MatrixXd::Zero(h, h);
    for (Index i = 0; i < c; ++i) {
      for (Index j = 0; j < c; ++j) {
        of_prior_mean += x[i] * x[j] * fit_.mean_covariance.block(i * h, j * h, h, h);
      }
    }
    const Fit& fit = fit_.subjects[s];
    MatrixXd covariance = fit.covariance;
    if (fit.status != Fit::Status::no_start) {
      MatrixXd slope(covariance.rows(), h);  // ∂θ̂_s/∂m
      for (Index i = 0; i < h; ++i) {
        slope.col(i) = covariance.col(prior_.parameter[static_cast<std::size_t>(i)]) *
                       std::exp(-fit_.log_variance[i]);
      }
      covariance += slope * of_prior_mean * slope.transpose();
    }
    fit_.subject_covariance.push_back(std::move(covariance));
  }
}

void Group::judge() {
  std::vector<std::string> names;
  for (const std::size_t s : fit_.left_out) names.push_back(problem_.subject[s]);
  for (const std::size_t s : fit_.unfinished) names.push_back(problem_.subject[s]);
  const std::string move = "the group's next move promises " + short_number(promised_) + " nats";
  if (fit_.left_out.size() == fit_.subjects.size()) {
    fit_.status = GroupFit::Status::no_start;
    fit_.reason = "no subject's model can be run: " + fit_.subjects[0].reason;
  } else if (is_stopped_) {
    fit_.status = GroupFit::Status::interrupted;
    fit_.reason = "stopped on request";
  } else if (is_stalled_) {
    fit_.status = GroupFit::Status::stalled;
    fit_.reason = "no part of " + move.substr(0, move.find(" promises")) +
                  " raises the free energy, though it promises " + short_number(promised_) +
                  " nats";
  } else if (!is_settled_) {
    fit_.status = GroupFit::Status::sweep_limit;
    fit_.reason = "not converged after " + std::to_string(fit_.sweeps.size()) + " sweeps: " + move;
  } else if (!names.empty()) {
    fit_.status = GroupFit::Status::incomplete;
    fit_.reason = "the fits of " + join(names, ", ") + " did not converge; " + move;
  } else {
    fit_.status = GroupFit::Status::converged;
    fit_.reason = move;
  }
}

// Laplace's method moves with the subjects' modes, which the group's level does not know of: a move
// that it likes may cost free energy. If that is more than a little, a shorter one is tried from
// where it was best. The first sweep has the subjects' own priors.
Group::Step Group::keep_or_go_back(const GroupPoint& point) {
  const double free_energy = fit_.sweeps.back().free_energy;
  if (fit_.sweeps.size() <= 2 || free_energy > best_) {
    kept_ = {point, evidence_, level_, fit_};
    best_ = free_energy;
    return Step::up;
  }
  if (free_energy >= best_ - kSlack * static_cast<double>(fit_.subjects.size())) return Step::level;
  std::vector<Sweep> sweeps = std::move(fit_.sweeps);
  fit_ = kept_.fit;
  fit_.sweeps = std::move(sweeps);
  evidence_ = kept_.evidence;
  level_ = kept_.level;
  return Step::back;
}

GroupFit Group::run() {
  GroupPoint point{prior_.mean, prior_.log_variance};
  double relaxation = 1;
  for (int sweep = 0; sweep < std::max(1, options_.max_sweeps); ++sweep) {
    fit_subjects(sweep == 0 ? nullptr : &point);
    // Every subject's precision was positive definite at this point: so is the group's.
    level_ = best_group_level(prior_, evidence_, point);
    const bool is_cut = std::ranges::any_of(
        fit_.subjects, [](const Fit& fit) { return fit.status == Fit::Status::interrupted; });
    note(relaxation, promise(point));
    fitted_at_ = point;
    const Step step = keep_or_go_back(point);
    if (step == Step::back) fitted_at_ = kept_.point;
    const GroupPoint from = step == Step::back ? kept_.point : point;
    promised_ = promise(from);
    const bool is_shortest = step == Step::back && relaxation <= kSmallestRelaxation;
    // After the first sweep subjects have not yet met the group, however near it is.
    is_settled_ = !is_cut && (step == Step::back ? is_shortest && promised_ < kSlack
                                                 : sweep > 0 && promised_ < options_.tolerance);
    is_stopped_ = is_cut || (!is_settled_ && options_.subject.stop && options_.subject.stop());
    is_stalled_ = !is_settled_ && is_shortest;
    if (is_settled_ || is_stopped_ || is_stalled_ || fit_.left_out.size() == fit_.subjects.size()) {
      break;
    }
    if (step != Step::up) relaxation = std::max(0.5 * relaxation, kSmallestRelaxation);
    point.mean = from.mean + relaxation * (level_.point.mean - from.mean);
    point.log_variance =
        from.log_variance + relaxation * (level_.point.log_variance - from.log_variance);
  }
  check_subjects();
  describe();
  judge();
  return std::move(fit_);
}

}  // namespace

GroupFit fit_group(const GroupProblem& problem, const GroupOptions& options) {
  detail::check(problem, options);
  return Group(problem, options).run();
}

std::string to_text(GroupFit::Status status) {
  switch (status) {
    case GroupFit::Status::converged: return "converged";
    case GroupFit::Status::sweep_limit: return "sweep limit";
    case GroupFit::Status::stalled: return "stalled";
    case GroupFit::Status::incomplete: return "incomplete";
    case GroupFit::Status::no_start: return "no start";
    case GroupFit::Status::interrupted: return "interrupted";
  }
  return "unknown";
}

}  // namespace insula::inference

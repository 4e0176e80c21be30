// SPDX-License-Identifier: Apache-2.0
// Many subjects, one population: empirical Bayes over subjects.
//
//   θ_sp ~ N(x_sᵀ B_p, e^{v_p})          subject s, parameter p; design x_s, first entry 1
//   B_pc ~ N(B0_pc, …),  v_p ~ N(v0_p, …)
//
// Each subject is fitted by variational Laplace with the group's density as its prior. What its
// data then say about θ_s is Gaussian to second order, which leaves a linear mixed model whose
// group means and variances have closed derivatives: it is solved to its maximum before any subject
// is fitted again. So a sweep costs one short, warm-started fit a subject and a few are enough; a
// linear model needs one.
//
// source  Friston et al. 2016, NeuroImage 128:413 (parametric empirical Bayes); Piray et al. 2019,
//         PLoS Comput. Biol. 15:e1007043 (refitting subjects under the group's density)
#pragma once

#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

#include "framework/inference/fit.h"
#include "framework/inference/problem.h"
#include "framework/inference/variational_laplace.h"

namespace insula::inference {

struct GroupProblem {
  std::vector<Problem> subjects;     // the same parameters with the same priors, in the same order
  std::vector<std::string> subject;  // S different names
  Eigen::MatrixXd design;            // S × C covariates, the first column ones, none all zero
  /// P: 0 keeps a parameter each subject's own, with the prior that its problem gives it; empty:
  /// all parameters are the group's.
  std::vector<char> hierarchical;
};

struct GroupOptions {
  /// How subjects are fitted. `starts` and `start` count in the first sweep only; random
  /// numbers are keyed by `task` and the subject's name.
  Options subject;
  int max_sweeps = 32;
  /// Converged when the group's next move promises fewer nats: as Options::tolerance, in terms of
  /// the group's posterior.
  double tolerance = 1e-4;
  /// The prior of the group mean is the parameter's own with its variance this many times wider:
  /// the prior was set for one subject alone, and at twice its sd it weighs as much as a quarter of
  /// a subject at most. A covariate's effect has mean 0 and the same variance at the covariate's
  /// root mean square.
  double mean_widening = 4;
  /// The prior of a log variance is N(ln(variance_ratio · prior variance), log_variance_variance).
  /// Subjects vary with a sixteenth of the prior variance, as PEB expects by default (Friston et
  /// al. 2016; spm_dcm_peb: beta = 16). Unlike there it is weak: n subjects tell a log variance by
  /// n/2, this prior by 1/4, half a subject; its 95 % are 0.035 to 1.8 prior sds. It is log-normal
  /// because its density vanishes at zero variance, where a likelihood of few subjects may have its
  /// maximum (Chung et al. 2013, Psychometrika 78:685).
  double variance_ratio = 1.0 / 16;
  double log_variance_variance = 4;
};

/// Where a sweep, one fit of every subject, left the group.
struct Sweep {
  double free_energy = 0;
  double promise = 0;     // nats of the group's next move
  double relaxation = 1;  // part of the move that led here
  int steps = 0;          // tried on all subjects
};

struct GroupFit {
  enum class Status {
    converged,
    sweep_limit,
    stalled,      // the group's next move, however short, lowers the free energy
    incomplete,   // the group converged, but not every subject's fit did; `reason` names them
    no_start,     // no subject's model can be run
    interrupted,  // the caller asked to stop
  };
  Status status = Status::no_start;
  std::string reason;  // one sentence

  std::vector<Eigen::Index> parameter;  // H: the group's parameters among the P
  Eigen::MatrixXd mean;                 // H × C: B
  Eigen::MatrixXd mean_sd;              // H × C
  /// HC × HC, B column by column. Group variances are not held at their estimates: the covariance
  /// is taken at their posterior means e^{v + sd²/2}, which widens it as few subjects demand.
  /// source  Kass & Steffey 1989, J. Am. Stat. Assoc. 84:717, to first order
  Eigen::MatrixXd mean_covariance;
  Eigen::VectorXd log_variance, log_variance_sd;  // H: v
  Eigen::MatrixXd log_variance_covariance;        // H × H

  std::vector<Fit> subjects;  // with the group's density, at its estimate, as prior: shrunken
  std::vector<Eigen::MatrixXd> subject_covariance;  // P × P: with what is not known of B

  /// Nats. The subjects' free energies, and what B and v cost, each by Laplace's method.
  double subject_free_energy = 0, mean_complexity = 0, variance_complexity = 0;
  double free_energy() const { return subject_free_energy + mean_complexity + variance_complexity; }

  std::vector<Sweep> sweeps;            // the first is that under the subjects' own priors
  std::vector<std::size_t> left_out;    // subjects whose model cannot be run: they say nothing
  std::vector<std::size_t> unfinished;  // subjects whose last fit did not converge
  bool converged() const { return status == Status::converged; }
};

/// The group's and the subjects' posteriors. Subjects are fitted in parallel; the numbers are the
/// same at any number of threads.
///
/// errors  InternalError if sizes, names or priors of the subjects disagree, or the design is not
///         as above. Numbers that go wrong end in status, left_out and unfinished.
/// cost    a sweep: one fit a subject and O(S (P³ + H³C)) some ten times; once O(S² H³ C)
GroupFit fit_group(const GroupProblem& problem, const GroupOptions& options = {});

/// "converged", "sweep limit", …
std::string to_text(GroupFit::Status status);

}  // namespace insula::inference

// SPDX-License-Identifier: Apache-2.0
// What a system predicts for a run at given parameters, and how that changes with them.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "framework/base/outcome.h"
#include "framework/numerics/impulse_block.h"
#include "framework/simulation/timeline.h"

namespace insula::simulation {

/// How the state equation is solved.
///   accurate          the equations themselves (respond below)
///   spm_bilinear      SPM's spm_int: a bilinear expansion about rest (haemodynamics linear)
///   spm_second_order  SPM's spm_int_D: with second-order terms, which count the neuronal flow
///   twice
/// The last two reproduce published fits and are no good for anything else; see
/// docs/integrators.md.
enum class Scheme { accurate, spm_bilinear, spm_second_order };

struct Response {
  Outcome outcome;
  std::vector<Eigen::VectorXd> value;  // per channel: the predicted mean of each sample
  std::vector<Eigen::MatrixXd>
      jacobian;  // per channel: samples × free parameters; empty if not asked
};

/// The equations themselves: an embedded Runge-Kutta pair whose step follows the dynamics and the
/// changes of input; predictions within 1e-4 of their range of the exact solution, sensitivities
/// exact for the steps taken. SPM's own schemes, for published fits, are in spm_bilinear.h and
/// spm_second_order.h.
///
/// shape   theta: one number for each of system.free
/// errors  none on values: a run that fails says so in `outcome`, and has no values
Response respond(const System& system,
                 const Timeline& timeline,
                 const Eigen::VectorXd& theta,
                 bool with_jacobian);

/// A region that columns of features drive, and what they are while nothing of them changes, if not
/// all are 0 in all regions: a stimulus. Strengths act through the region's stimulus alone, so that
/// derivatives in all of them are what unit stimuli do, times the columns.
struct DrivenRegion {
  std::vector<Eigen::Index> parameter;  // entries of θ: the strengths of its columns
  Eigen::MatrixXd design;               // stimuli × strengths; all regions have the same stimuli
};

/// None where respond_by_drives() does not serve: strengths that regions share or that are not
/// their own θ, channels that are convolved, or columns so few that they are carried one by one.
std::vector<DrivenRegion> driven_regions(const System& system, const Timeline& timeline);

/// respond() with derivatives by stimuli: `jacobian` has the columns of these other entries of θ.
/// `coarser`: how many times the error that respond() allows a step.
struct DrivenResponse {
  Response response;
  std::vector<numerics::ImpulseBlock> impulses;  // groups are driven regions, in order
};
DrivenResponse respond_by_drives(const System& system,
                                 const Timeline& timeline,
                                 const Eigen::VectorXd& theta,
                                 const std::vector<Eigen::Index>& others,
                                 double coarser = 1);

/// Weights of every channel's samples; a channel without any is empty.
using SampleWeights = std::vector<Eigen::VectorXd>;

struct Pulled {
  Outcome outcome;
  Eigen::MatrixXd slope;  // parameters × sets of weights
};

/// Σ over channels of Jᵀv for sets of weights v, J the derivatives in some entries of θ: what
/// weighed sums of all samples change with. Where sets are few and parameters many it takes a sweep
/// back through the run for kLanes sets, and no Jacobian. `coarser`: as for respond_by_drives().
Pulled pull_back(const System& system,
                 const Timeline& timeline,
                 const Eigen::VectorXd& theta,
                 const std::vector<Eigen::Index>& parameters,
                 std::span<const SampleWeights> sets,
                 double coarser = 1);

/// Values at many θ, as accurate as respond()'s: kLanes neighbours share the steps of one
/// integration, each in a lane of its own, which takes a fraction of the time. Where one of them
/// cannot be run, each is run by itself.
std::vector<Response> respond_together(const System& system,
                                       const Timeline& timeline,
                                       std::span<const Eigen::VectorXd> thetas);

}  // namespace insula::simulation

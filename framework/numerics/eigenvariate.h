// SPDX-License-Identifier: Apache-2.0
// What many channels have in common, as one series.
#pragma once

#include <Eigen/Core>

namespace insula::numerics {

/// The first eigenvariate of channels that vary around 0: the first left singular vector times its
/// singular value over the root of the number of channels, so that it has the unit of a channel;
/// the sign is that of the sum of the channels' weights.
///
/// shape   channels: samples × channels → samples
/// domain  finite
/// exact   to rounding of the smaller of the two products of the matrix with itself
/// cost    O(samples · channels · min(samples, channels)), and an eigenproblem of that minimum
/// source  Friston et al. 2006, NeuroImage 33:1063 (eigenvariates of regions, as SPM has them)
Eigen::VectorXd first_eigenvariate(const Eigen::Ref<const Eigen::MatrixXd>& channels);

}  // namespace insula::numerics

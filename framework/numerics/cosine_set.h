// SPDX-License-Identifier: Apache-2.0
// The discrete cosine set that models slow drift.
#pragma once

#include <Eigen/Core>

namespace insula::numerics {

/// The first `columns` discrete cosines of `samples` equally spaced samples; column 0 is constant.
///
/// shape   → samples × columns, orthonormal
/// errors  InternalError unless 0 ≤ columns ≤ samples
/// source  SPM12, spm_dctmtx.m (DCT-II, Jain 1989)
Eigen::MatrixXd cosine_set(Eigen::Index samples, Eigen::Index columns);

/// How many columns besides the constant have a period above `cutoff` s in a run of `duration` s.
/// source  SPM12, spm_filter.m: fix(2·duration/cutoff + 1) − 1
/// errors  InternalError unless both are positive
Eigen::Index cosine_columns(double duration, double cutoff);

}  // namespace insula::numerics

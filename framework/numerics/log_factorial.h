// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace insula::numerics {

/// ln n!, n ≥ 0; n need not be whole. Unlike std::lgamma it may be called from several threads at
/// once: that writes the sign of Γ where all threads see it.
double log_factorial(double n);

}  // namespace insula::numerics

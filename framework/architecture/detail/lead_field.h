// SPDX-License-Identifier: Apache-2.0
// Lead fields: tables with a row a channel, which the column `channel` names, and a column a
// region.
#pragma once

#include <string>

#include "framework/architecture/detail/loading.h"

namespace insula::architecture::detail {

/// Channels and weights of an observation whose regions are known, from the file that the scalar
/// `name` names, relative to the file where it stands. Weights are divided by the largest of them:
/// a lead field's unit means nothing where the gain of the activity is unknown. Columns of other
/// regions are not read. Mistakes are added, and the channels are then empty.
void read_lead_field(Loading& loading, const config::Node& name, Observation& observation);

}  // namespace insula::architecture::detail

// SPDX-License-Identifier: Apache-2.0
// Parts of what the scripts draw.
#pragma once

#include "framework/report/detail/json_fields.h"
#include "framework/report/results.h"

namespace insula::report {

/// Five significant digits; null of what is not finite.
Json brief(double value);

/// Recordings about events: curves, what every model says of them, and rasters. A raster shows 150
/// events, evenly chosen. Beyond about half a million characters whole curves have no numbers and
/// whole rasters no rows; "hidden" is then true.
Json event_curves(const Results& results);

/// Courses with and without interventions, whole ones only: those beyond about a million characters
/// are left out; `left_out` counts them.
Json intervention_courses(const Results& results, std::size_t& left_out);

/// What fits to simulated data find again. Of a parameter 300 data sets are drawn, the first.
Json recovery_data(const Results& results);

}  // namespace insula::report

// SPDX-License-Identifier: Apache-2.0
// Recordings about events: does the mean response look like the model's?
#pragma once

#include "framework/experiment/detail/event_average.h"
#include "framework/experiment/detail/events.h"
#include "framework/experiment/detail/model_run.h"

namespace insula::experiment {

/// The bins in which a recording of this kind, sampled every `interval` s, is averaged about
/// events.
///
/// From a second (at least a sample) before the event, or before the response begins if that comes
/// first, to the kind's memory after the event's end, but no further than the next event usually
/// is. As wide as the recording's interval, or as many of them as leave 100 bins. The mean over the
/// second before is the baseline of all but counts.
EventBins event_bins(const ObservationKind& kind, double interval, const Events& events);

/// Adds "event_locked" to Results::checks, and Results::rasters: every channel (the first 24 of a
/// recording) about the events of the dataset, by every model but ablations. Samples of models
/// whose folds are all fitted are predicted by the fold that tests them, others by the fit to all
/// data.
void add_event_locked(const RunData& data, report::Results& results);

}  // namespace insula::experiment

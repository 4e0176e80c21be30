// SPDX-License-Identifier: Apache-2.0
// What repeats of a stimulus allow, before anything is fitted.
#pragma once

#include <string>
#include <vector>

#include "framework/dataset/dataset.h"

namespace insula::experiment {

/// How a recording's single samples would correlate with the stimulus-bound signal in them, over
/// its channels and the subjects. A drift is noise here: fits that take drift out may reach more.
struct DataCeiling {
  std::string recording;
  std::size_t channels = 0;  // of all subjects, those whose ceiling is known
  std::size_t below = 0;     // others: repeats share nothing there
  double median = 0, low = 0, high = 0;
};

/// Of each recording of which something is repeated; none if the dataset says of nothing that it
/// was shown again.
///
///   r = √(1 − σ²/s²), with σ² the variance within stimuli and s² that of all repeated samples
///
/// source  Lage-Castellanos et al. 2019, PLoS Comput. Biol. 15:e1006397
std::vector<DataCeiling> data_ceilings(const dataset::Dataset& dataset);

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
// Feature bands in a manifest; what may stand there is described in feature_bands.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/config/node.h"
#include "framework/dataset/dataset.h"
#include "framework/dataset/detail/sources.h"

namespace insula::dataset::detail {

/// What readers of features share.
struct FeatureReading {
  Sources& sources;
  Mistakes& mistakes;
};

/// Which row belongs to which key.
class KeyRows {
 public:
  /// The keys are the numbers of the rows, from 0.
  explicit KeyRows(std::size_t rows) : rows_(rows) {}
  /// The keys are these, one a row; numbers are compared as numbers.
  explicit KeyRows(const std::vector<std::string>& names);

  /// The row of a key; nothing if there is none.
  std::optional<std::size_t> find(const std::string& key) const;
  /// What to say where a key has no row.
  std::string hint(const std::string& key) const;

 private:
  std::size_t rows_ = 0;
  bool has_names_ = false;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> row_;
};

/// An entry of 'features' as it stands there, before it is put to a run.
struct BandEntry {
  FeatureBand band;  // without events
  std::string what;  // "feature band 'clip' of s01/run-1", the subject of messages
  std::optional<KeyRows> keys;
  config::Node at, key, onset, duration;
};

/// Puts an entry to the trials of a run, or to events of its own file. After a mistake there are no
/// events.
FeatureBand band_of_trials(const BandEntry& entry,
                           const Trials& trials,
                           const std::string& where,
                           const FeatureReading& reading);
FeatureBand band_of_events(const BandEntry& entry, const FeatureReading& reading);

/// Reads 'features' of each run of the dataset, in the order of runs (a missing node: none), and of
/// the dataset as a whole. Levels of factors are settled by then.
void read_features(const std::vector<config::Node>& of_runs,
                   const config::Node& of_all,
                   Dataset& dataset,
                   const FeatureReading& reading);

}  // namespace insula::dataset::detail

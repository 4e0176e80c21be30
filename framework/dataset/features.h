// SPDX-License-Identifier: Apache-2.0
// Feature bands: what a model, or a person, says of each stimulus or of each sample.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "framework/base/error.h"
#include "framework/dataset/array.h"

namespace insula::dataset {

/// The row of an event that has none: that of an excluded trial without a key.
inline constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

/// A band of features of one run: an array with a feature in each column, and which of its rows
/// belongs to what. Bands of several runs may share an array, and it is read only when it is asked
/// for: by feature_rows, and by check().
struct FeatureBand {
  std::string name;
  Array values;                      // rows × columns
  std::vector<std::string> columns;  // their names, of a table; empty for an array
  std::string path;                  // of the file, as the manifest names it
  std::string array;                 // as the manifest names it in a file of several; else ""
  /// Of the file: with `array` and `columns`, the key of whatever is computed from the band.
  std::string sha256;
  Place place;  // of its entry in the manifest

  /// By sample: row k holds from start + k·interval (s) on, for one interval. 0: by event.
  double start = 0, interval = 0;

  /// By event: the trials of table `at`, excluded ones included, or, where `at` is empty, events
  /// of the band's own, in the order of their onsets.
  std::string at;
  std::vector<std::size_t> row;  // of `values`, one an event
  std::vector<double> onset;     // s, one an event; empty for trials without onsets
  std::vector<double> duration;  // s, one an event; NaN = not known; empty as onset

  bool is_by_sample() const { return interval > 0; }
};

/// Rows of a band, in the order asked for and as often.
///
/// shape   rows [n], each below values.rows() → n × values.columns()
/// errors  InputError (data) if a number is not finite or cannot be held; the file, row and column
///         are named
/// cost    each distinct row is read once, neighbours together
Eigen::MatrixXd feature_rows(const FeatureBand& band, std::span<const std::size_t> rows);

/// Pairs of the rows in use, the smaller first, that are the same or nearly: their features, less
/// the mean over the rows, have a cosine above 0.999. None for features by sample, which may well
/// be alike, for fewer than 16 columns, where chance makes some so, for more than 4000 rows, and
/// where a number is not finite.
///
/// shape   is_used [values.rows()]
std::vector<std::pair<std::size_t, std::size_t>> alike_rows(const FeatureBand& band,
                                                            const std::vector<bool>& is_used);

/// "92 rows x 512 columns of F32 (184 KiB)".
std::string size_text(const FeatureBand& band);
/// "46 of 50 trials of 'trials'", "12 events", "every 2 s from 0 s".
std::string alignment_text(const FeatureBand& band);

}  // namespace insula::dataset

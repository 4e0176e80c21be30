// SPDX-License-Identifier: Apache-2.0
// Feature bands, read through once in parts: a band may be larger than memory.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "framework/base/text.h"
#include "framework/dataset/detail/integrity.h"

namespace insula::dataset::detail {
namespace {

using Severity = Finding::Severity;

constexpr std::size_t kCheckedAtOnce = 1 << 20;  // numbers
// A band may end this share of an interval before the run without a word.
constexpr double kEndOfBand = 1e-3;

// An array of features and the rows of it that any run uses.
struct UsedArray {
  const FeatureBand* band = nullptr;  // of the first run that has it
  std::string where;
  std::vector<bool> is_used;
};

std::vector<UsedArray> arrays_of(const Dataset& dataset) {
  std::vector<UsedArray> arrays;
  std::map<std::string, std::size_t> known;
  for (const Subject& subject : dataset.subjects) {
    for (const Run& run : subject.runs) {
      for (const FeatureBand& band : run.features) {
        const std::string key =
            band.name + "\n" + band.sha256 + "\n" + band.array + "\n" + join(band.columns, "\n");
        const auto [at, is_new] = known.emplace(key, arrays.size());
        if (is_new) {
          arrays.push_back({&band,
                            subject.id + "/" + run.id + "/" + band.name,
                            std::vector<bool>(band.values.rows(), false)});
        }
        std::vector<bool>& is_used = arrays[at->second].is_used;
        if (band.is_by_sample()) is_used.assign(is_used.size(), true);
        for (const std::size_t row : band.row) {
          if (row != kNoRow) is_used[row] = true;
        }
      }
    }
  }
  return arrays;
}

struct ScannedArray {
  std::size_t wrong = 0;  // numbers in rows in use that are not finite
  std::optional<std::pair<std::size_t, std::size_t>> first_wrong;
  std::size_t constant = 0;  // columns of one value in all rows in use
};

ScannedArray scan(const UsedArray& array) {
  const Array& values = array.band->values;
  const std::size_t columns = values.columns();
  const std::size_t at_once = std::max<std::size_t>(1, kCheckedAtOnce / columns);
  std::vector<double> part, first(columns);
  std::vector<bool> varies(columns, false);
  bool has_first = false;
  ScannedArray result;
  for (std::size_t begin = 0; begin < values.rows(); begin += at_once) {
    const std::size_t end = std::min(values.rows(), begin + at_once);
    part.resize((end - begin) * columns);
    values.read_rows(begin, end, std::span<double>(part));
    for (std::size_t row = begin; row < end; ++row) {
      if (!array.is_used[row]) continue;
      const double* numbers = part.data() + (row - begin) * columns;
      if (!has_first) std::copy(numbers, numbers + columns, first.begin());
      has_first = true;
      for (std::size_t column = 0; column < columns; ++column) {
        if (numbers[column] != first[column]) varies[column] = true;
        if (std::isfinite(numbers[column])) continue;
        ++result.wrong;
        if (!result.first_wrong) result.first_wrong = std::pair(row, column);
      }
    }
  }
  result.constant = static_cast<std::size_t>(std::ranges::count(varies, false));
  return result;
}

void check_twins(const UsedArray& array, std::vector<Finding>& findings) {
  const auto pairs = alike_rows(*array.band, array.is_used);
  if (pairs.empty()) return;
  const auto& [one, other] = pairs.front();
  findings.push_back({Severity::warning,
                      "duplicated_stimuli",
                      array.where,
                      std::to_string(pairs.size()) + (pairs.size() == 1 ? " pair" : " pairs") +
                          " of rows are nearly the same, first rows " + std::to_string(one) +
                          " and " + std::to_string(other) +
                          " (counted from 0): where one is held out, the other tells it"});
}

void check_array(const UsedArray& array, std::vector<Finding>& findings) {
  const auto used = static_cast<std::size_t>(std::ranges::count(array.is_used, true));
  const std::size_t columns = array.band->values.columns();
  if (used == 0) return;
  const ScannedArray found = scan(array);
  if (found.wrong > 0) {
    findings.push_back({Severity::error,
                        "feature_not_finite",
                        array.where,
                        std::to_string(found.wrong) + " of " + std::to_string(used * columns) +
                            " features are not finite; the first is at row " +
                            std::to_string(found.first_wrong->first) + ", column " +
                            std::to_string(found.first_wrong->second) + " (counted from 0)"});
  }
  if (found.constant > 0 && used > 1) {
    findings.push_back({Severity::warning,
                        "constant_feature",
                        array.where,
                        std::to_string(found.constant) + " of " + std::to_string(columns) +
                            " columns hold one value in all rows in use"});
  }
  if (found.wrong == 0) check_twins(array, findings);
  if (used < array.is_used.size()) {
    findings.push_back({Severity::note,
                        "feature_rows_unused",
                        array.where,
                        std::to_string(array.is_used.size() - used) + " of " +
                            std::to_string(array.is_used.size()) +
                            " rows belong to no trial or event"});
  }
}

void check_times(const FeatureBand& band,
                 double duration,
                 const std::string& where,
                 std::vector<Finding>& findings) {
  if (band.is_by_sample()) {
    const double end = band.start + static_cast<double>(band.values.rows()) * band.interval;
    const double lacking = duration - end;
    if (lacking > kEndOfBand * band.interval || band.start > kEndOfBand * band.interval) {
      findings.push_back({Severity::warning,
                          "features_shorter_than_run",
                          where,
                          "the features are known from " + short_number(band.start, 6) + " s to " +
                              short_number(end, 6) + " s of a run of " + short_number(duration, 6) +
                              " s"});
    }
    return;
  }
  if (!band.at.empty()) return;  // trials are checked as such
  const auto outside = std::ranges::count_if(
      band.onset, [&](double onset) { return onset < 0 || onset >= duration; });
  if (outside == 0) return;
  findings.push_back({Severity::warning,
                      "events_outside_run",
                      where,
                      std::to_string(outside) + " of " + std::to_string(band.onset.size()) +
                          " events begin outside the run, which lasts " +
                          short_number(duration, 6) + " s"});
}

}  // namespace

void check_features(const Dataset& dataset, std::vector<Finding>& findings) {
  const auto put_to = [&](const FeatureBand& band, std::size_t first) {
    for (std::size_t i = first; i < findings.size(); ++i) findings[i].place = band.place;
  };
  for (const UsedArray& array : arrays_of(dataset)) {
    const std::size_t first = findings.size();
    check_array(array, findings);
    put_to(*array.band, first);
  }
  for (const Subject& subject : dataset.subjects) {
    for (const Run& run : subject.runs) {
      for (const FeatureBand& band : run.features) {
        const std::size_t first = findings.size();
        check_times(band, run.duration, subject.id + "/" + run.id + "/" + band.name, findings);
        put_to(band, first);
      }
    }
  }
}

}  // namespace insula::dataset::detail

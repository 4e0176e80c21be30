// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/features.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/base/text.h"

namespace insula::dataset {
namespace {

using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Neighbours are read together, but not more numbers than this.
constexpr std::size_t kFeaturesAtOnce = 1 << 20;

void refuse_infinite(const FeatureBand& band, const RowMajorMatrix& part, std::size_t first) {
  if (part.allFinite()) return;
  for (Eigen::Index i = 0; i < part.rows(); ++i) {
    for (Eigen::Index j = 0; j < part.cols(); ++j) {
      if (std::isfinite(part(i, j))) continue;
      throw InputError(band.place,
                       "feature band '" + band.name + "' is " + number_text(part(i, j)) +
                           " at row " + std::to_string(first + static_cast<std::size_t>(i)) +
                           ", column " + std::to_string(j) + " (counted from 0) of '" + band.path +
                           "', but features must be known",
                       {},
                       ExitCode::data);
    }
  }
}

}  // namespace

Eigen::MatrixXd feature_rows(const FeatureBand& band, std::span<const std::size_t> rows) {
  const std::size_t columns = band.values.columns();
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return rows[i]; });
  Eigen::MatrixXd result(static_cast<Eigen::Index>(rows.size()),
                         static_cast<Eigen::Index>(columns));
  const std::size_t at_once =
      std::max<std::size_t>(1, kFeaturesAtOnce / std::max<std::size_t>(1, columns));
  RowMajorMatrix part;
  for (std::size_t i = 0; i < order.size();) {
    // The rows [first, last) of the file, without a gap.
    const std::size_t first = rows[order[i]];
    std::size_t last = first + 1, end = i + 1;
    while (end < order.size() && rows[order[end]] <= last && last - first < at_once) {
      last = rows[order[end]] + 1;
      ++end;
    }
    part.resize(static_cast<Eigen::Index>(last - first), static_cast<Eigen::Index>(columns));
    band.values.read_rows(
        first, last, std::span<double>(part.data(), static_cast<std::size_t>(part.size())));
    refuse_infinite(band, part, first);
    for (; i < end; ++i) {
      result.row(static_cast<Eigen::Index>(order[i])) =
          part.row(static_cast<Eigen::Index>(rows[order[i]] - first));
    }
  }
  return result;
}

std::string size_text(const FeatureBand& band) {
  const Array& values = band.values;
  double size = static_cast<double>(values.rows()) * static_cast<double>(values.columns()) *
                static_cast<double>(values.number_size());
  const char* unit = "bytes";
  for (const char* larger : {"KiB", "MiB", "GiB"}) {
    if (size < 1024) break;
    size /= 1024;
    unit = larger;
  }
  return std::to_string(values.rows()) + " rows x " + std::to_string(values.columns()) +
         " columns of " + values.type() + " (" + short_number(size) + " " + unit + ")";
}

std::string alignment_text(const FeatureBand& band) {
  if (band.is_by_sample()) {
    return "every " + short_number(band.interval, 6) + " s from " + short_number(band.start, 6) +
           " s";
  }
  const auto known = static_cast<std::size_t>(
      std::ranges::count_if(band.row, [](std::size_t row) { return row != kNoRow; }));
  if (band.at.empty()) return std::to_string(known) + " events";
  return (known == band.row.size() ? "" : std::to_string(known) + " of ") +
         std::to_string(band.row.size()) + " trials of '" + band.at + "'";
}

}  // namespace insula::dataset

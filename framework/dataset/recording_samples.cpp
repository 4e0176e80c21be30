// SPDX-License-Identifier: Apache-2.0
// What becomes of a recording's samples once they are read: some are censored, all may be brought
// to percent, averaged in bins or cut to the run.
#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/dataset/detail/manifest.h"

namespace insula::dataset::detail {
namespace {

using config::Node;
using config::Reader;
using Eigen::Index;

// Times are compared to this share of an interval, far above rounding.
constexpr double kSameSample = 1e-6;

// The column that tells which samples to censor, read as columns of trials are.
std::vector<double> censoring_values(Reader& r, Dimension& dimension, const RunReading& reading) {
  const auto file = reading.sources.open(r, "file");
  const Node column = r.any("column");
  const std::string unit = r.optional_text("unit").value_or("1");
  if (!file) return {};
  r.needs_one_of({"column"}, r.what() + " needs the key 'column'", "");
  if (column.is_missing()) return {};
  const auto index = find_column(column, *file, reading.mistakes);
  dimension = dimension_of(unit).value_or(Dimension::none);
  if (!index) return {};
  return numbers_in({file, *index, dimension, unit}, reading.sources);
}

}  // namespace

void censor(const Node& node, Recording& recording, const RunReading& reading) {
  if (node.is_missing()) return;
  Reader r(node, "'censor' of recording '" + recording.name + "'", reading.mistakes);
  Dimension dimension = Dimension::none;
  const std::vector<double> values = censoring_values(r, dimension, reading);
  const auto above = r.quantity("above", dimension);
  r.finish();
  if (values.empty() || !above || recording.samples.rows() == 0) return;
  if (static_cast<Index>(values.size()) != recording.samples.rows()) {
    r.mistake("file",
              r.what() + " has " + std::to_string(values.size()) + " rows, the recording has " +
                  std::to_string(recording.samples.rows()) + " samples");
    return;
  }
  for (std::size_t s = 0; s < values.size(); ++s) {
    if (values[s] > *above) recording.samples.row(static_cast<Index>(s)).setConstant(kNaN);
  }
}

void to_percent_of_mean(Recording& recording, Mistakes& mistakes) {
  for (Index c = 0; c < recording.samples.cols(); ++c) {
    auto channel = recording.samples.col(c).array();
    const auto there = !channel.isNaN();
    const double mean =
        there.select(channel, 0).sum() / std::max(1.0, static_cast<double>(there.count()));
    if (there.any() && !(mean > 0)) {
      mistakes.add(recording.place,
                   "channel '" + recording.channels[static_cast<std::size_t>(c)] +
                       "' of recording '" + recording.name + "' has the mean " +
                       short_number(mean) + ", but a percentage of it needs a positive one",
                   "leave 'percent_of_mean' out: the series is centred already");
      return;
    }
    channel = 100 * (channel / mean - 1);
  }
  recording.unit = "%";
}

void average_in_bins(Recording& recording, double bin, double duration) {
  const auto bins = static_cast<Index>(std::floor(duration / bin + kSameSample));
  Eigen::MatrixXd means = Eigen::MatrixXd::Constant(bins, recording.samples.cols(), kNaN);
  for (Index c = 0; c < recording.samples.cols(); ++c) {
    Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(bins), count = sum;
    for (Index s = 0; s < recording.samples.rows(); ++s) {
      const double place = std::floor(recording.time(s, c) / bin + kSameSample);
      const double value = recording.samples(s, c);
      if (std::isnan(value) || place < 0 || place >= static_cast<double>(bins)) continue;
      sum[static_cast<Index>(place)] += value;
      count[static_cast<Index>(place)] += 1;
    }
    means.col(c) = (count > 0).select(sum / count, kNaN);
  }
  recording.samples = std::move(means);
  recording.start = bin / 2;
  recording.interval = bin;
  std::ranges::fill(recording.delay, 0);
}

void cut_to_run(Recording& recording, double duration) {
  if (recording.delay.empty() || !(recording.interval > 0)) return;
  const auto [low, high] = std::ranges::minmax(recording.delay);
  const double first = std::ceil(-(recording.start + low) / recording.interval - kSameSample);
  const double last =
      std::floor((duration - recording.start - high) / recording.interval + kSameSample);
  const double samples = static_cast<double>(recording.samples.rows());
  const auto from = static_cast<Index>(std::clamp(first, 0.0, samples));
  const auto to = static_cast<Index>(std::clamp(last + 1, static_cast<double>(from), samples));
  recording.samples = recording.samples.middleRows(from, to - from).eval();
  if (recording.confounds.rows() >= to)
    recording.confounds = recording.confounds.middleRows(from, to - from).eval();
  recording.start += static_cast<double>(from) * recording.interval;
}

}  // namespace insula::dataset::detail

// SPDX-License-Identifier: Apache-2.0
// Checks of what a channel does in time: stuck, clipped, lost for long.
#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/base/text.h"
#include "framework/dataset/detail/integrity.h"

namespace insula::dataset::detail {
namespace {

using Eigen::Index;
using Severity = Finding::Severity;

// A channel of so few values is a switch or a count: it may stay where it is.
constexpr std::size_t kFewValues = 16;
// Samples at an extreme, against those at the next value, from which on it is a limit; and the
// least share of all that it concerns.
constexpr std::size_t kPiledUp = 10;
constexpr double kClippedShare = 0.002;
// A stretch of equal samples: so many, and so much of the run.
constexpr Index kStuckSamples = 20;
constexpr double kStuckShare = 0.02;
constexpr Index kGapSamples = 10;
constexpr double kGapShare = 0.1;
constexpr std::size_t kZerosOfBlinks = 3;

struct Stretch {
  Index first = 0, length = 0;
};

// The longest stretch of samples of which each is like the one before.
template <typename Alike>
Stretch longest(const Series& series, Alike alike) {
  Stretch best, now;
  for (Index s = 0; s < series.size(); ++s) {
    const bool goes_on = now.length > 0 && alike(series[s - 1], series[s]);
    if (!goes_on) now = {s, 0};
    if (goes_on || alike(series[s], series[s])) ++now.length;
    if (now.length > best.length) best = now;
  }
  return best;
}

bool is_long(const Stretch& stretch, Index samples, Index least, double share) {
  return stretch.length >= least &&
         static_cast<double>(stretch.length) >= share * static_cast<double>(samples);
}

// A value, and how many samples have it.
struct Value {
  double value;
  std::size_t count;
};

std::vector<Value> values_of(const Series& series) {
  std::vector<double> sorted;
  for (const double x : series)
    if (std::isfinite(x)) sorted.push_back(x);
  std::ranges::sort(sorted);
  std::vector<Value> values;
  for (const double x : sorted) {
    if (values.empty() || values.back().value != x) values.push_back({x, 0});
    ++values.back().count;
  }
  return values;
}

struct ChannelInTime {
  const Recording& recording;
  Index channel;
  std::string where;
  std::vector<Finding>& findings;

  Series series() const { return recording.samples.col(channel); }
  std::string seconds(Index sample) const {
    return short_number(recording.time(sample, channel), 6) + " s";
  }
  std::string between(const Stretch& stretch) const {
    return "from " + seconds(stretch.first) + " to " + seconds(stretch.first + stretch.length - 1);
  }

  void gaps() const {
    const Stretch gap =
        longest(series(), [](double a, double b) { return std::isnan(a) && std::isnan(b); });
    if (gap.length == series().size()) return;  // which is told
    if (!is_long(gap, series().size(), kGapSamples, kGapShare)) return;
    findings.push_back(
        {Severity::warning, "long_gap", where, "no sample is there " + between(gap)});
  }

  void stuck() const {
    const Stretch stretch = longest(series(), [](double a, double b) { return a == b && a != 0; });
    if (!is_long(stretch, series().size(), kStuckSamples, kStuckShare)) return;
    findings.push_back(
        {Severity::warning,
         "stuck_channel",
         where,
         "all samples are " + short_number(series()[stretch.first], 6) + " " + between(stretch)});
  }

  void clipped(const Value& extreme, const Value& next, const std::string& side) const {
    const double share = static_cast<double>(extreme.count) / static_cast<double>(series().size());
    if (extreme.value == 0 || share < kClippedShare) return;
    if (extreme.count < kPiledUp * next.count) return;
    findings.push_back({Severity::warning,
                        "clipped_channel",
                        where,
                        std::to_string(extreme.count) + " samples are the " + side + ", " +
                            short_number(extreme.value, 6) + ", but " + std::to_string(next.count) +
                            " the next value, " + short_number(next.value, 6) +
                            ": the recording's range ends there"});
  }

  // Eyes that are closed have no pupil.
  void blinks(const Value& smallest) const {
    if (recording.modality != "pupil" || smallest.value != 0) return;
    if (smallest.count < kZerosOfBlinks) return;
    findings.push_back({Severity::warning,
                        "blinks_as_zeros",
                        where,
                        std::to_string(smallest.count) +
                            " samples are 0, as blinks are written by some trackers: n/a marks "
                            "what is missing"});
  }

  void all() const {
    gaps();
    const std::vector<Value> count = values_of(series());
    if (count.size() <= kFewValues || recording.modality == "spikes") return;
    stuck();
    clipped(count.back(), count[count.size() - 2], "largest");
    clipped(count.front(), count[1], "smallest");
    blinks(count.front());
  }
};

}  // namespace

void check_channels_in_time(const Recording& recording,
                            const std::string& where,
                            std::vector<Finding>& findings) {
  for (Index c = 0; c < recording.samples.cols(); ++c) {
    const std::string& name = recording.channels[static_cast<std::size_t>(c)];
    ChannelInTime{recording, c, where + "/" + name, findings}.all();
  }
}

}  // namespace insula::dataset::detail

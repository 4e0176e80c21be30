// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_map>

#include "framework/base/text.h"
#include "framework/dataset/detail/integrity.h"

namespace insula::dataset::detail {
namespace {

using Severity = Finding::Severity;

constexpr double kMissingShareToWarn = 0.2;
constexpr double kOutlierDistance = 10;
// Makes the median absolute deviation estimate the standard deviation of a normal distribution.
// source  Rousseeuw & Croux 1993, J. Am. Stat. Assoc. 88:1273
constexpr double kMadToDeviation = 1.4826;
// Times are compared to this share of an interval, far above rounding.
constexpr double kTimeAllowed = 1e-6;
constexpr double kShortShareToWarn = 0.1;

// What values in a unit can be, by orders of magnitude: standard deviations and medians.
struct Plausible {
  std::string_view unit, modality;  // "": of any
  double least_spread, most_spread, least_level, most_level;
};
constexpr double kAny = std::numeric_limits<double>::infinity();
// Percent: of BOLD and the like. Potentials: from 10 nV to 100 mV, noise of an amplifier to a
// membrane's. Pupils: of 1 to 9 mm (Mathôt 2018, J. Cogn. 1:16), with a margin of two.
constexpr Plausible kPlausible[] = {{"%", "", 0.001, 50, -50, 50},
                                    {"V", "", 1e-8, 0.1, -kAny, kAny},
                                    {"mV", "", 1e-5, 100, -kAny, kAny},
                                    {"uV", "", 1e-2, 1e5, -kAny, kAny},
                                    {"µV", "", 1e-2, 1e5, -kAny, kAny},
                                    {"mm", "pupil", 0, kAny, 0.5, 18}};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double deviation(const std::vector<double>& values) {
  const Eigen::Map<const Eigen::ArrayXd> x(values.data(), static_cast<Eigen::Index>(values.size()));
  return std::sqrt((x - x.mean()).square().mean());
}

std::vector<double> finite_part(const Series& series) {
  std::vector<double> values;
  for (const double x : series) {
    if (std::isfinite(x)) values.push_back(x);
  }
  return values;
}

std::string samples_text(std::size_t n) {
  return std::to_string(n) + (n == 1 ? " sample" : " samples");
}

// The checks of one channel.
struct ChannelCheck {
  const Recording& recording;
  Eigen::Index channel;
  std::string where;
  std::vector<Finding>& findings;

  void find(Severity severity, const std::string& name, const std::string& message) const {
    findings.push_back({severity, name, where, message});
  }

  void all() const {
    const Series series = recording.samples.col(channel);
    const std::vector<double> values = finite_part(series);
    const auto missing = static_cast<std::size_t>(series.array().isNaN().count());
    const auto total = static_cast<std::size_t>(series.size());
    if (missing == total) {
      find(Severity::error, "missing_everywhere", "no sample of the channel is there");
      return;
    }
    if (missing > 0) {
      const double share = static_cast<double>(missing) / static_cast<double>(total);
      find(share > kMissingShareToWarn ? Severity::warning : Severity::note,
           "missing_share",
           std::to_string(missing) + " of " + samples_text(total) +
               (missing == 1 ? " is missing (" : " are missing (") + short_number(100 * share) +
               " %)");
    }
    if (values.size() + missing < total) {
      find(Severity::error,
           "non_finite",
           "the channel has infinite numbers in " + samples_text(total - missing - values.size()));
    }
    if (!varies(series)) {
      if (!values.empty()) {
        find(Severity::error,
             "flat_channel",
             "all samples of the channel are " + short_number(values[0], 6));
      }
      return;
    }
    outliers(values);
    unit(values);
  }

  void outliers(const std::vector<double>& values) const {
    const double middle = median(values);
    std::vector<double> distance(values.size());
    std::transform(values.begin(), values.end(), distance.begin(), [&](double x) {
      return std::abs(x - middle);
    });
    const double robust = kMadToDeviation * median(distance);
    if (robust == 0) return;  // more than half of the samples are equal: no scale to measure with
    const Series series = recording.samples.col(channel);
    Eigen::Index first = -1;
    std::size_t count = 0;
    for (Eigen::Index s = 0; s < series.size(); ++s) {
      if (!(std::abs(series[s] - middle) > kOutlierDistance * robust)) continue;
      if (++count == 1) first = s;
    }
    if (count == 0) return;
    find(Severity::warning,
         "outliers",
         samples_text(count) + (count == 1 ? " lies" : " lie") +
             " more than 10 robust standard deviations from the median, the first at " +
             short_number(recording.time(first, channel), 6) + " s");
  }

  void unit(const std::vector<double>& values) const {
    const double spread = deviation(values), level = median(values);
    const bool is_contradicted = std::ranges::any_of(kPlausible, [&](const Plausible& range) {
      if (recording.unit != range.unit) return false;
      if (!range.modality.empty() && recording.modality != range.modality) return false;
      return spread < range.least_spread || spread > range.most_spread ||
             level < range.least_level || level > range.most_level;
    });
    if (!is_contradicted) return;
    find(Severity::warning,
         "unit_contradicts_values",
         "the unit is " + recording.unit + ", but the median is " + short_number(level) +
             " and the standard deviation " + short_number(spread));
  }
};

void check_extent(const Run& run,
                  const Recording& recording,
                  const std::string& where,
                  std::vector<Finding>& findings) {
  if (recording.samples.size() == 0) return;
  const auto [low, high] = std::minmax_element(recording.delay.begin(), recording.delay.end());
  const double samples = static_cast<double>(recording.samples.rows());
  const double first = recording.start + *low;
  const double last = recording.start + (samples - 1) * recording.interval + *high;
  const double end = recording.start + samples * recording.interval;
  const double allowed = kTimeAllowed * recording.interval;
  if (last > run.duration + allowed) {
    findings.push_back({Severity::error,
                        "recording_longer_than_run",
                        where,
                        "the last sample is taken at " + short_number(last, 6) +
                            " s, after the run, which lasts " + short_number(run.duration, 6) +
                            " s"});
  }
  if (first < -allowed) {
    findings.push_back(
        {Severity::error,
         "recording_before_run",
         where,
         "the first sample is taken at " + short_number(first, 6) + " s, before the run starts"});
  }
  if (end < run.duration - recording.interval - allowed) {
    const bool is_long = run.duration - end > kShortShareToWarn * run.duration;
    findings.push_back({is_long ? Severity::warning : Severity::note,
                        "recording_shorter_than_run",
                        where,
                        "the recording ends at " + short_number(end, 6) + " s, the run lasts " +
                            short_number(run.duration, 6) + " s"});
  }
}

void check_duplicates(const Run& run, const std::string& where, std::vector<Finding>& findings) {
  struct Channel {
    const Recording* recording;
    Eigen::Index index;
    std::string name() const {
      return recording->name + "/" + recording->channels[static_cast<std::size_t>(index)];
    }
  };
  std::unordered_map<std::uint64_t, std::vector<Channel>> seen;
  for (const Recording& recording : run.recordings) {
    for (Eigen::Index c = 0; c < recording.samples.cols(); ++c) {
      const Series series = recording.samples.col(c);
      if (!varies(series)) continue;
      const Channel channel{&recording, c};
      std::vector<Channel>& like = seen[fingerprint(series)];
      const auto twin = std::find_if(like.begin(), like.end(), [&](const Channel& other) {
        return same_samples(other.recording->samples.col(other.index), series);
      });
      if (twin == like.end()) {
        like.push_back(channel);
      } else {
        findings.push_back({Severity::warning,
                            "duplicated_channels",
                            where + "/" + channel.name(),
                            "the channel holds the same samples as " + twin->name()});
      }
    }
  }
}

}  // namespace

bool varies(const Series& series) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double x : series) {
    if (!std::isfinite(x)) continue;
    low = std::min(low, x);
    high = std::max(high, x);
  }
  return low < high;
}

std::uint64_t fingerprint(const Series& series) {
  // FNV-1a over whole doubles; a collision costs a comparison and nothing else.
  std::uint64_t hash = 14695981039346656037ULL;
  for (const double x : series) {
    const std::uint64_t bits = std::isnan(x) ? 1 : x == 0 ? 0 : std::bit_cast<std::uint64_t>(x);
    hash = (hash ^ bits ^ (bits >> 32)) * 1099511628211ULL;
  }
  return hash ^ static_cast<std::uint64_t>(series.size());
}

bool same_samples(const Series& a, const Series& b) {
  if (a.size() != b.size()) return false;
  for (Eigen::Index i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  }
  return true;
}

void check_recordings(const Run& run, const std::string& where, std::vector<Finding>& findings) {
  for (const Recording& recording : run.recordings) {
    const std::string here = where + "/" + recording.name;
    check_extent(run, recording, here, findings);
    for (Eigen::Index c = 0; c < recording.samples.cols(); ++c) {
      ChannelCheck{
          recording, c, here + "/" + recording.channels[static_cast<std::size_t>(c)], findings}
          .all();
    }
    check_channels_in_time(recording, here, findings);
    if (!recording.confounds.allFinite()) {
      findings.push_back(
          {Severity::error, "non_finite", here, "a confound of the recording is not finite"});
    }
  }
  check_duplicates(run, where, findings);
}

}  // namespace insula::dataset::detail

// SPDX-License-Identifier: Apache-2.0
// Clocks of recordings against the run's: a device whose clock runs fast or slow records too many
// or too few samples, in proportion to how long the run lasts.
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "framework/base/text.h"
#include "framework/dataset/detail/integrity.h"

namespace insula::dataset::detail {
namespace {

constexpr std::size_t kFewRuns = 3;
// Runs end at the last whole sample; what is off by less says nothing of a clock.
constexpr double kSamplesOff = 2;
// A device that stops earlier or later is off by more than clocks drift: 1 % is 10 000 ppm, a
// hundred times what quartz does, and yet seen where a nominal rate stands for a measured one.
constexpr double kMostDrift = 0.01;

struct Span {
  double duration = 0, off = 0;  // s
};

// How much longer than its run each recording of that name is.
std::map<std::string, std::vector<Span>> spans_of(const Dataset& dataset) {
  std::map<std::string, std::vector<Span>> spans;
  for (const Subject& subject : dataset.subjects)
    for (const Run& run : subject.runs)
      for (const Recording& recording : run.recordings) {
        const double end =
            recording.start + static_cast<double>(recording.samples.rows()) * recording.interval;
        const double off = end - run.duration;
        if (run.duration <= 0 || recording.samples.rows() == 0) continue;
        const bool says_something = std::abs(off) > kSamplesOff * recording.interval &&
                                    std::abs(off) < kMostDrift * run.duration;
        spans[recording.name].push_back({run.duration, says_something ? off : 0});
      }
  return spans;
}

}  // namespace

void check_clocks(const Dataset& dataset, std::vector<Finding>& findings) {
  for (const auto& [name, spans] : spans_of(dataset)) {
    if (spans.size() < kFewRuns) continue;
    double least = HUGE_VAL, most = -HUGE_VAL, shortest = HUGE_VAL, longest = 0;
    for (const Span& span : spans) {
      least = std::min(least, span.off / span.duration);
      most = std::max(most, span.off / span.duration);
      shortest = std::min(shortest, span.duration);
      longest = std::max(longest, span.duration);
    }
    constexpr double kAlikeRatio = 1.5;  // of the largest share to the smallest
    const bool is_steady =
        least * most > 0 && std::max(std::abs(least), std::abs(most)) <
                                kAlikeRatio * std::min(std::abs(least), std::abs(most));
    if (!is_steady) continue;
    // With runs of one length a clock cannot be told from a button that is pressed later each time.
    const bool is_proportional = longest > kAlikeRatio * shortest;
    const double drift = 0.5 * (least + most);
    findings.push_back(
        {is_proportional ? Finding::Severity::warning : Finding::Severity::note,
         "clock_drift",
         name,
         "in all " + std::to_string(spans.size()) + " runs it is " +
             short_number(100 * std::abs(drift), 2) + " % " + (drift > 0 ? "longer" : "shorter") +
             " than the run, " +
             (is_proportional
                  ? "whatever the run's length: its clock is another, or its interval is not the "
                    "one that it was recorded with"
                  : "which all last about as long: its clock is another, or it always stops " +
                        std::string(drift > 0 ? "later" : "earlier")) +
             " (an interval " + short_number(1 / (1 + drift), 6) +
             " times as long would make them agree)"});
  }
}

}  // namespace insula::dataset::detail

// SPDX-License-Identifier: Apache-2.0
#include "framework/evaluation/folds.h"

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"

namespace insula::evaluation {
namespace {

void require_positive(const std::vector<double>& run_duration) {
  for (const double duration : run_duration) {
    if (!(duration > 0 && std::isfinite(duration))) {
      throw InternalError("folds need runs of positive duration");
    }
  }
}

}  // namespace

std::vector<Fold> split_blocks(const std::vector<double>& run_duration, int folds) {
  require_positive(run_duration);
  if (folds < 2 || run_duration.empty()) throw InternalError("blocks need a run and two folds");
  double total = 0;
  for (const double duration : run_duration) total += duration;
  // A boundary this near to a run's end is meant to be there: no slivers of rounding.
  const double sliver = 1e-9 * total;

  std::vector<Fold> result;
  for (int k = 0; k < folds; ++k) {
    Fold fold{std::to_string(k + 1), {}};
    const double begin = total * k / folds, end = total * (k + 1) / folds;
    double run_begin = 0;
    for (std::size_t run = 0; run < run_duration.size(); ++run) {
      const double duration = run_duration[run];
      double from = std::clamp(begin - run_begin, 0.0, duration);
      double to = std::clamp(end - run_begin, 0.0, duration);
      if (from < sliver) from = 0;
      if (duration - from < sliver) from = duration;
      if (to < sliver) to = 0;
      if (duration - to < sliver) to = duration;
      if (from < to) fold.test.push_back({run, from, to});
      run_begin += duration;
    }
    result.push_back(std::move(fold));
  }
  return result;
}

std::vector<Fold> split_runs(const std::vector<std::string>& run_ids,
                             const std::vector<double>& run_duration) {
  require_positive(run_duration);
  if (run_ids.size() != run_duration.size() || run_ids.size() < 2) {
    throw InternalError("leaving a run out needs two runs, each with a name and a duration");
  }
  std::vector<Fold> result;
  for (std::size_t run = 0; run < run_ids.size(); ++run) {
    result.push_back({run_ids[run], {{run, 0, run_duration[run]}}});
  }
  return result;
}

Part part_of(const Fold& fold, std::size_t run, double time, double gap) {
  Part part = Part::train;
  for (const Interval& test : fold.test) {
    if (test.run != run) continue;
    if (test.begin <= time && time < test.end) return Part::test;
    const double distance = time < test.begin ? test.begin - time : time - test.end;
    if (distance < gap) part = Part::gap;
  }
  return part;
}

}  // namespace insula::evaluation

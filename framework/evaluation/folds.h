// SPDX-License-Identifier: Apache-2.0
// Which samples train a model and which score it. Folds are contiguous in time, never shuffled
// samples (Feghhi 2024, arXiv 2406.01538), and a gap of at least the measurement's memory separates
// the two (Racine 2000, J. Econometrics 99:39).
#pragma once

#include <string>
#include <vector>

namespace insula::evaluation {

enum class Part : char { train, gap, test };

/// A stretch of one run, s from its start: begin ≤ t < end.
struct Interval {
  std::size_t run = 0;
  double begin = 0;
  double end = 0;
};

struct Fold {
  std::string name;  // "1", "2", … or the run's id
  std::vector<Interval> test;
};

/// `folds` contiguous blocks of equal length over the runs laid end to end; a block that crosses a
/// run's end becomes two intervals of the same fold.
/// errors  InternalError unless folds ≥ 2 and all durations are positive
std::vector<Fold> split_blocks(const std::vector<double>& run_duration, int folds);

/// Leave one run out.
std::vector<Fold> split_runs(const std::vector<std::string>& run_ids,
                             const std::vector<double>& run_duration);

/// The part that a sample at `time` of `run` belongs to: test inside a test interval, gap if nearer
/// than `gap` seconds to one (before or after), train otherwise.
Part part_of(const Fold& fold, std::size_t run, double time, double gap);

}  // namespace insula::evaluation

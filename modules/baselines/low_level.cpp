// SPDX-License-Identifier: Apache-2.0
// What the mere presence of stimuli predicts: that one has begun, and that one is there, whichever.
//
// An input's resting level is that which it has longest; a stimulus is there while any input is
// away from it. Two columns know nothing else: 1 while a stimulus is there, and 1 during the first
// 100 ms of each. Inputs without a resting level (sounds, eye positions) and bands of features,
// which tell stimuli from each other, are not looked at. With no stimulus left the model is that of
// time alone.
#include <algorithm>
#include <cmath>

#include "framework/contract/baseline.h"
#include "framework/regression/ar1_glm.h"
#include "framework/regression/poisson_glm.h"

namespace insula::baselines {
namespace {

constexpr double kOnset = 0.1;        // s
constexpr double kLeastAtRest = 0.1;  // of a run's time, or the input has no resting level

struct Stretch {
  double begin, end;  // s
};

// From one onset of the input to the next, within the run.
std::vector<Stretch> stretches(const BaselineInput& input, double duration) {
  std::vector<Stretch> all;
  for (std::size_t i = 0; i < input.onset.size(); ++i) {
    const double end = i + 1 < input.onset.size() ? input.onset[i + 1] : duration;
    all.push_back({std::clamp(input.onset[i], 0.0, duration), std::clamp(end, 0.0, duration)});
  }
  return all;
}

// Where the input is away from its resting level; nowhere if it has none.
std::vector<Stretch> away_from_rest(const BaselineInput& input, double duration) {
  const std::vector<Stretch> all = stretches(input, duration);
  const bool begins = !all.empty() && input.onset.front() <= 0;
  const double rest = begins ? input.value.front() : 0;
  std::vector<Stretch> away;
  double held = 0;  // s
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (input.value[i] == rest) continue;
    away.push_back(all[i]);
    held += all[i].end - all[i].begin;
  }
  if (held > (1 - kLeastAtRest) * duration) away.clear();
  return away;
}

// Stretches in which there is a stimulus, those that touch joined.
std::vector<Stretch> presence(const BaselineRun& run) {
  std::vector<Stretch> all;
  for (const BaselineInput& input : run.inputs)
    if (input.band.empty())
      for (const Stretch& s : away_from_rest(input, run.duration))
        if (s.end > s.begin) all.push_back(s);
  std::ranges::sort(all, {}, &Stretch::begin);
  std::vector<Stretch> joined;
  for (const Stretch& s : all) {
    if (!joined.empty() && s.begin <= joined.back().end)
      joined.back().end = std::max(joined.back().end, s.end);
    else
      joined.push_back(s);
  }
  return joined;
}

BaselineInput boxcar(const std::string& name,
                     const std::vector<Stretch>& stretches,
                     double longest) {
  BaselineInput input;
  input.name = name;
  for (const Stretch& s : stretches) {
    const double end = std::min(s.end, s.begin + longest);
    if (!input.onset.empty() && input.onset.back() == s.begin) {
      input.value.back() = 1;
    } else {
      input.onset.push_back(s.begin);
      input.value.push_back(1);
    }
    input.onset.push_back(end);
    input.value.push_back(0);
  }
  return input;
}

BaselineProblem without_identity(const BaselineProblem& problem) {
  BaselineProblem low = problem;
  low.recording.bands = 0;
  bool is_any = false;
  for (BaselineRun& run : low.runs) {
    const std::vector<Stretch> there = presence(run);
    is_any = is_any || !there.empty();
    run.inputs = {boxcar("stimulus", there, run.duration),
                  boxcar("onset", there, std::max(kOnset, run.interval))};
  }
  if (!is_any)
    for (BaselineRun& run : low.runs) run.inputs.clear();
  return low;
}

BaselinePrediction predict_low_level(const BaselineProblem& problem) {
  const BaselineProblem low = without_identity(problem);
  if (low.recording.counts) return regression::predict_by_poisson_glm(low);
  return regression::predict_by_ar1_glm(low, regression::input_forms(low)[0]);
}

}  // namespace

extern const BaselineKind low_level;
const BaselineKind low_level = {
    "low_level",
    "That a stimulus begins and that one is there, whichever it is, beside the nuisance columns: "
    "what "
    "onsets and durations predict without knowing what was shown.",
    "Feghhi 2024, arXiv:2406.01538",
    predict_low_level,
};

}  // namespace insula::baselines

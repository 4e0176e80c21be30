// SPDX-License-Identifier: Apache-2.0
// From a subject's recording to what a linear baseline is given.
#include <algorithm>
#include <limits>
#include <set>

#include "framework/base/error.h"
#include "framework/experiment/detail/assemble.h"
#include "framework/experiment/detail/folds.h"

namespace insula::experiment {
namespace {

// "clip" of the column "clip[pc2]"; an input of the dataset is of no band.
std::string band_of(const std::string& column) {
  const std::size_t bracket = column.find('[');
  return bracket == std::string::npos ? "" : column.substr(0, bracket);
}

}  // namespace

BaselineRecording recording_of(const Experiment& experiment, const std::string& recording) {
  std::set<std::string> bands;
  for (const Hypothesis& h : experiment.hypotheses)
    for (const architecture::Input& input : h.architecture.inputs)
      if (input.band) bands.insert(input.name);
  for (const auto& o : experiment.hypotheses.front().architecture.observations)
    if (o.name == recording)
      return {std::string(o.kind->modality),
              o.kind->kernel,
              o.kind->memory,
              o.kind->counts(),
              bands.size()};
  throw InternalError("no hypothesis shows recording '" + recording + "'");
}

BaselineProblem assemble_baseline(const Experiment& experiment,
                                  const std::vector<Target>& targets,
                                  const std::string& recording,
                                  const dataset::Subject& subject,
                                  const Part& part) {
  std::set<std::string> seen;
  for (const Hypothesis& h : experiment.hypotheses)
    for (const auto& input : h.architecture.inputs)
      if (!input.learned)  // no baseline knows what is learned
        for (const std::string& column : architecture::columns_of(input)) seen.insert(column);
  BaselineProblem problem;
  problem.recording = recording_of(experiment, recording);
  double cutoff = 0;
  for (const Target& t : targets)
    if (t.recording == recording) {
      problem.channels.push_back(t.channel);
      cutoff = t.drift_cutoff;
    }
  const Nuisance all = nuisance(subject, recording, cutoff);
  problem.nuisance_penalty = Eigen::VectorXd::Zero(all.columns.cols());
  problem.nuisance_penalty.tail(all.columns.cols() - all.first_drift).setOnes();
  problem.gap = experiment.gap;
  problem.seed = experiment.seed;
  problem.memory = experiment.memory.bytes;
  const auto together = held_out_together(experiment, subject, recording);
  Eigen::Index row = 0;
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const dataset::Run& run = subject.runs[r];
    const dataset::Recording& rec = *run.recording(recording);
    BaselineRun b;
    b.duration = run.duration;
    b.start = rec.start;
    b.interval = rec.interval;
    for (const dataset::StepSignal& s : run.inputs)
      if (seen.contains(s.name)) b.inputs.push_back({s.name, s.onset, s.value, band_of(s.name)});
    const auto channels = static_cast<Eigen::Index>(problem.channels.size());
    b.data.resize(rec.samples.rows(), channels);
    for (Eigen::Index k = 0; k < channels; ++k) {
      const std::string& name = problem.channels[static_cast<std::size_t>(k)];
      const Eigen::Index c = std::ranges::find(rec.channels, name) - rec.channels.begin();
      b.delay.push_back(rec.delay[static_cast<std::size_t>(c)]);
      for (Eigen::Index i = 0; i < rec.samples.rows(); ++i)
        b.data(i, k) = part.trains(recording, r, rec.time(i, c))
                           ? rec.samples(i, c)
                           : std::numeric_limits<double>::quiet_NaN();
    }
    b.nuisance = all.columns.middleRows(row, rec.samples.rows());
    row += rec.samples.rows();
    if (!together.empty()) b.together = together[r];
    problem.runs.push_back(std::move(b));
  }
  return problem;
}

}  // namespace insula::experiment

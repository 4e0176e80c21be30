// SPDX-License-Identifier: Apache-2.0
// What a run's models said of samples that they had not seen.
#include <algorithm>
#include <cmath>
#include <map>

#include "framework/experiment/detail/repeats.h"

namespace insula::experiment {
namespace {

using evaluation::HeldOut;

Eigen::VectorXd as_vector(const std::vector<double>& v) {
  return Eigen::Map<const Eigen::VectorXd>(v.data(), static_cast<Eigen::Index>(v.size()));
}

}  // namespace

std::vector<int> group_of_runs(const dataset::Subject& subject) {
  std::vector<int> group(subject.runs.size(), 0);
  const auto groups = runs_by_stimulus(subject);
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (const std::size_t run : groups[g]) group[run] = static_cast<int>(g);
  return group;
}

RunData::Samples samples_of(const Experiment& e,
                            const dataset::Subject& who,
                            const Target& target) {
  if (target.of != Target::Of::samples) {
    const architecture::Architecture& first = e.hypotheses.front().architecture;
    const TrialRows rows = trial_rows(
        who,
        first,
        *std::ranges::find(first.trials, target.recording, &architecture::TrialObservation::name));
    std::vector<double> value = target.of == Target::Of::choice          ? rows.choice
                                : target.of == Target::Of::response_time ? rows.answer
                                                                         : rows.value;
    if (target.option >= 0)
      for (double& v : value) v = std::isnan(v) ? v : v == target.option ? 1 : 0;
    return {rows.run, rows.time, as_vector(value)};
  }
  RunData::Samples all;
  std::vector<double> value;
  for (std::size_t r = 0; r < who.runs.size(); ++r) {
    const dataset::Recording& rec = *who.runs[r].recording(target.recording);
    const auto c =
        std::find(rec.channels.begin(), rec.channels.end(), target.channel) - rec.channels.begin();
    for (Eigen::Index i = 0; i < rec.samples.rows(); ++i) {
      all.run.push_back(r);
      all.time.push_back(rec.time(i, c));
      value.push_back(rec.samples(i, c));
    }
  }
  all.value = as_vector(value);
  return all;
}

RunData::Samples RunData::samples(std::size_t subject, std::size_t t) const {
  return samples_of(experiment,
                    judged_on.empty() ? experiment.dataset.subjects[subject] : judged_on[subject],
                    targets[t]);
}

bool RunData::scored(const ModelRun& model) const {
  for (const auto& parts : model.parts) {
    if (parts.size() < 2) return false;
    for (std::size_t p = 1; p < parts.size(); ++p)
      if (!parts[p].done || !parts[p].has_prediction) return false;
  }
  return true;
}

std::vector<HeldOut> RunData::held_out(const ModelRun& model,
                                       std::size_t subject,
                                       std::size_t target) const {
  const Samples all_samples = samples(subject, target);
  const dataset::Subject& who = experiment.dataset.subjects[subject];
  const std::vector<int> stimuli = stimuli_of(experiment, who, targets[target]);
  const std::vector<int> group = group_of_runs(who);
  std::vector<HeldOut> all;
  for (std::size_t f = 0; f < folds[subject].size(); ++f) {
    const PartResult& part = model.parts[subject][f + 1];
    if (part.mean[target].size() == 0) return {};
    const bool has_density = part.log_density[target].size() > 0;
    std::vector<double> time, observed, predicted, sd, density;
    HeldOut h;
    std::map<int, int> shown;  // numbers of this fold's stimuli, from 0
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < all_samples.run.size(); ++i) {
      const auto row = static_cast<Eigen::Index>(i);
      const double y = all_samples.value[row], t = all_samples.time[i];
      // A trial that lacks a term has no prediction.
      if (!std::isfinite(y) || !std::isfinite(part.mean[target][row])) continue;
      const auto where =
          evaluation::part_of(folds[subject][f], all_samples.run[i], t, experiment.gap);
      if (where == evaluation::Part::train) sum += y, count += 1;
      if (where != evaluation::Part::test) continue;
      time.push_back(t);
      h.run.push_back(group[all_samples.run[i]]);
      if (!stimuli.empty())
        h.stimulus.push_back(
            stimuli[i] < 0
                ? -1
                : shown.emplace(stimuli[i], static_cast<int>(shown.size())).first->second);
      observed.push_back(y);
      predicted.push_back(part.mean[target][row]);
      sd.push_back(part.sd[target][row]);
      if (has_density) density.push_back(part.log_density[target][row]);
    }
    h.time = as_vector(time);
    h.observed = as_vector(observed);
    h.predicted = as_vector(predicted);
    h.sd = as_vector(sd);
    h.density = as_vector(density);
    h.training_mean = count > 0 ? sum / count : 0;
    all.push_back(std::move(h));
  }
  return all;
}

}  // namespace insula::experiment

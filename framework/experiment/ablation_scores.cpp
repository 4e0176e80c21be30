// SPDX-License-Identifier: Apache-2.0
// What a hypothesis' fits to subsets of its observations know and predict, and what each
// observation adds to each of them.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "framework/experiment/detail/ablation.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

using evaluation::Interval95;

// One fit of a hypothesis, to a subset of its observations or to all.
struct FittedTo {
  const ModelRun* run = nullptr;
  std::vector<std::string> observations;
  /// Held-out samples: [subject][target][fold]; empty if a fold is missing.
  std::vector<std::vector<std::vector<evaluation::HeldOut>>> held_out;
};

std::vector<FittedTo> fits_to_subsets(const RunData& data, const Hypothesis& hypothesis) {
  std::vector<FittedTo> fits;
  for (const ModelRun& run : data.models) {
    if (run.architecture != &hypothesis.architecture) continue;
    FittedTo fit{&run, {}, {}};
    for (const std::string& name : observations_of(hypothesis.architecture))
      if (run.holds(name)) fit.observations.push_back(name);
    for (std::size_t s = 0; s < run.parts.size() && data.scored(run); ++s) {
      fit.held_out.emplace_back();
      for (std::size_t t = 0; t < data.targets.size(); ++t)
        fit.held_out.back().push_back(data.held_out(run, s, t));
    }
    fits.push_back(std::move(fit));
  }
  // The hypothesis itself stands first among the models, and last among its fits.
  std::rotate(fits.begin(), fits.begin() + 1, fits.end());
  return fits;
}

// Root mean square over subjects that are fitted one by one; of the group's mean if there is one.
double posterior_sd(const RunData& data, const ModelRun& run, Eigen::Index theta) {
  if (run.group && data.experiment.subjects == Subjects::pooled) {
    const inference::Fit& fit = run.group->pooled;
    return fit.mean.size() > 0 ? std::sqrt(fit.covariance(theta, theta)) : report::kUnknown;
  }
  if (run.group) {
    const inference::GroupFit& fit = run.group->fit;
    for (std::size_t h = 0; h < fit.parameter.size(); ++h)
      if (static_cast<Eigen::Index>(fit.parameter[h]) == theta)
        return fit.mean_sd(static_cast<Eigen::Index>(h), 0);
  }
  double sum = 0;
  for (const auto& parts : run.parts) {
    const inference::Fit& fit = parts[0].fit;
    sum += fit.mean.size() > 0 ? fit.covariance(theta, theta) : report::kUnknown;
  }
  return std::sqrt(sum / static_cast<double>(run.parts.size()));
}

report::AblationRow ablation_row(const Hypothesis& hypothesis, const FittedTo& fit) {
  report::AblationRow row;
  row.hypothesis = hypothesis.name;
  row.model = fit.run->name;
  row.fitted_to = in_sum(fit.observations);
  return row;
}

// Of regions, projections and inputs: what all observations share.
void add_widths(const RunData& data,
                const Hypothesis& hypothesis,
                const FittedTo& fit,
                report::Results& results) {
  const architecture::Architecture& a = hypothesis.architecture;
  const std::size_t shared = !a.observation_parameters.empty() ? a.observation_parameters.front()
                             : !a.trial_parameters.empty()     ? a.trial_parameters.front()
                                                               : a.parameters.size();
  const std::vector<std::size_t> free = a.free_parameters();
  for (std::size_t i = 0; i < free.size() && free[i] < shared; ++i) {
    report::AblationRow row = ablation_row(hypothesis, fit);
    row.scored = a.parameters[free[i]].name;
    row.metric = "posterior_sd";
    row.value = posterior_sd(data, *fit.run, static_cast<Eigen::Index>(i));
    results.ablation.push_back(std::move(row));
  }
}

// Targets of one observation that are scored together: each by itself, and the channels of a
// recording also on average.
struct ScoredTogether {
  std::string observation, channel;
  std::vector<std::size_t> targets;
};

std::vector<ScoredTogether> scored_together(const RunData& data) {
  std::vector<ScoredTogether> all;
  for (std::size_t first = 0, end = 0; first < data.targets.size(); first = end) {
    const Target& target = data.targets[first];
    ScoredTogether mean{target.recording, "mean", {}};
    for (; end < data.targets.size() && data.targets[end].recording == target.recording; ++end) {
      mean.targets.push_back(end);
      all.push_back({target.recording, data.targets[end].channel, {end}});
    }
    if (target.of == Target::Of::samples && mean.targets.size() > 1) all.push_back(std::move(mean));
  }
  return all;
}

// One number with its interval: a score, or what it is above that of a fit to less.
struct Asked {
  report::AblationRow row;
  const FittedTo* fit = nullptr;
  const FittedTo* less = nullptr;
  const ScoredTogether* scored = nullptr;
  const evaluation::Metric* metric = nullptr;

  bool has_meaning_in(const RunData& data) const {
    const Target& target = data.targets[scored->targets.front()];
    for (const FittedTo* one : {fit, less})
      if (one != nullptr &&
          (one->held_out.empty() || !has_meaning(*one->run, target, metric->name)))
        return false;
    // The density of a response time is counted with its choice.
    return target.has_density || metric->name != "log_density";
  }
};

using Channels = std::vector<std::vector<evaluation::HeldOut>>;

Channels held_out_of(const FittedTo& fit, std::size_t subject, const ScoredTogether& scored) {
  Channels channels;
  for (const std::size_t t : scored.targets) channels.push_back(fit.held_out[subject][t]);
  return channels;
}

Interval95 interval_of(const RunData& data, const Asked& q) {
  std::vector<Interval95> subjects;
  for (std::size_t s = 0; s < q.fit->held_out.size(); ++s) {
    const bool is_mean = q.scored->targets.size() > 1;
    const auto draws = bootstrap_of(data.experiment,
                                    data.experiment.dataset.subjects[s].id + "/" +
                                        (is_mean ? q.scored->observation : q.scored->channel));
    const Channels channels = held_out_of(*q.fit, s, *q.scored);
    subjects.push_back(q.less == nullptr
                           ? evaluation::mean_score(*q.metric, channels, draws)
                           : evaluation::mean_difference(
                                 *q.metric, channels, held_out_of(*q.less, s, *q.scored), draws));
  }
  return mean_over_subjects(subjects);
}

// The one observation that a fit holds beside those of `less`; empty if that is not all.
std::string added_to(const FittedTo& less, const FittedTo& fit) {
  std::vector<std::string> added;
  std::ranges::copy_if(fit.observations, std::back_inserter(added), [&](const std::string& name) {
    return !less.run->holds(name);
  });
  const bool is_one_more =
      added.size() == 1 && fit.observations.size() == less.observations.size() + 1;
  return is_one_more ? added.front() : std::string();
}

}  // namespace

bool has_meaning(const ModelRun& model, const Target& target, std::string_view metric) {
  if (metric == "r" || model.holds(target.recording)) return true;
  if (target.of != Target::Of::samples) return target.of != Target::Of::value;
  const auto& observed = model.architecture->observations;
  const auto at = std::ranges::find(observed, target.recording, &architecture::Observation::name);
  return at != observed.end() && at->kind->counts();
}

void add_ablation(const RunData& data, report::Results& results) {
  const std::vector<ScoredTogether> scored = scored_together(data);
  for (const Hypothesis& hypothesis : data.experiment.hypotheses) {
    if (std::ranges::find(data.experiment.ablated, hypothesis.name) ==
        data.experiment.ablated.end())
      continue;
    const std::vector<FittedTo> fits = fits_to_subsets(data, hypothesis);
    std::vector<Asked> asked;
    const auto ask =
        [&](const report::AblationRow& row, const FittedTo& fit, const FittedTo* less) {
          for (const ScoredTogether& one : scored)
            for (const evaluation::Metric& metric : evaluation::metrics()) {
              Asked q{row, &fit, less, &one, &metric};
              q.row.scored = one.observation;
              q.row.channel = one.channel;
              q.row.metric = metric.name;
              if (q.has_meaning_in(data)) asked.push_back(std::move(q));
            }
        };
    for (const FittedTo& fit : fits) {
      add_widths(data, hypothesis, fit, results);
      ask(ablation_row(hypothesis, fit), fit, nullptr);
    }
    for (const FittedTo& less : fits)
      for (const FittedTo& fit : fits) {
        report::AblationRow row = ablation_row(hypothesis, fit);
        row.fitted_to = in_sum(less.observations);
        row.added = added_to(less, fit);
        if (!row.added.empty()) ask(row, fit, &less);
      }
    parallel_for(asked.size(), [&](std::size_t i) {
      const Interval95 value = interval_of(data, asked[i]);
      asked[i].row.value = value.value;
      asked[i].row.low = value.low;
      asked[i].row.high = value.high;
    });
    for (Asked& q : asked) results.ablation.push_back(std::move(q.row));
  }
}

}  // namespace insula::experiment

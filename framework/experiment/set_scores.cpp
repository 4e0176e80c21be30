// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/set_scores.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/experiment/detail/decimals.h"
#include "framework/experiment/detail/repeats.h"
#include "framework/experiment/detail/scored_model.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

using evaluation::HeldOut;
using evaluation::Interval95;

// One target's samples of a set, with what the fit to all data, which are all but the sets, says.
HeldOut held_out_of_set(const RunData& data,
                        const ModelRun& model,
                        const std::string& set,
                        std::size_t s,
                        std::size_t t) {
  const Experiment& e = data.experiment;
  const dataset::Subject& who = e.recorded[s];
  const RunData::Samples samples = samples_of(e, who, data.targets[t]);
  const Eigen::VectorXd trained = data.samples(s, t).value;
  const std::vector<int> stimuli = stimuli_of(e, who, data.targets[t]);
  const std::vector<int> group = group_of_runs(who);
  const PartResult& part = model.parts[s][0];
  std::vector<Eigen::Index> rows;
  HeldOut h;
  std::map<int, int> shown;
  double sum = 0, count = 0;
  for (Eigen::Index i = 0; i < samples.value.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (std::isfinite(trained[i])) sum += trained[i], ++count;
    const dataset::Apart* apart = who.runs[samples.run[at]].apart_at(samples.time[at]);
    if (apart == nullptr || apart->set != set || !std::isfinite(samples.value[i]) ||
        !std::isfinite(part.mean[t][i]))
      continue;
    rows.push_back(i);
    h.run.push_back(group[samples.run[at]]);
    if (!stimuli.empty())
      h.stimulus.push_back(
          stimuli[at] < 0
              ? -1
              : shown.emplace(stimuli[at], static_cast<int>(shown.size())).first->second);
  }
  h.time.resize(static_cast<Eigen::Index>(rows.size()));
  for (std::size_t k = 0; k < rows.size(); ++k)
    h.time[static_cast<Eigen::Index>(k)] = samples.time[static_cast<std::size_t>(rows[k])];
  h.observed = samples.value(rows);
  h.predicted = part.mean[t](rows);
  h.sd = part.sd[t](rows);
  h.training_mean = count > 0 ? sum / count : 0;
  return h;
}

// Counts have a density of their own, which is not kept for what the fit does not see.
bool is_told(const ModelRun& model, std::size_t t, std::string_view metric) {
  const auto& density = model.parts[0][0].log_density;
  return metric != "log_density" || density.size() <= t || density[t].size() == 0;
}

report::ScoreRow score_row(const RunData& data,
                           const ModelRun& model,
                           const std::string& set,
                           std::size_t s,
                           const Target& target,
                           const std::string& channel,
                           const evaluation::Metric& metric,
                           const Interval95& score,
                           const OverCeiling& over) {
  report::ScoreRow row;
  row.model = model.name;
  row.kind = model.kind;
  row.subject = data.experiment.dataset.subjects[s].id;
  row.fold = "set " + set;
  row.modality = target.modality;
  row.channel = channel;
  row.metric = metric.name;
  row.value = score.value, row.low = score.low, row.high = score.high;
  row.ceiling = over.ceiling;
  if (std::isnan(over.ceiling)) return row;
  row.ceiling_kind = "repeats";
  row.normalised = over.normalised.value;
  row.normalised_low = over.normalised.low, row.normalised_high = over.normalised.high;
  return row;
}

// Of one recording and set: [subjects] tables of the recording's targets, one fold each.
struct OnSet {
  const ModelRun* model = nullptr;
  std::vector<HeldOutTable> subjects;
  double r = report::kUnknown;  // mean over channels and subjects
};

OnSet on_set(const RunData& data,
             const ModelRun& model,
             const std::string& set,
             const std::vector<std::size_t>& targets) {
  OnSet on{&model, {}};
  for (std::size_t s = 0; s < model.parts.size(); ++s) {
    HeldOutTable& table = on.subjects.emplace_back();
    for (const std::size_t t : targets) table.push_back({held_out_of_set(data, model, set, s, t)});
  }
  return on;
}

bool has_samples(const HeldOutTable& table) {
  return std::ranges::any_of(table, [](const auto& folds) { return folds[0].observed.size() > 0; });
}

void add_rows_of_set(const RunData& data,
                     OnSet& on,
                     const std::string& set,
                     const std::vector<std::size_t>& targets,
                     report::Results& results) {
  std::vector<Interval95> means;
  for (std::size_t s = 0; s < on.subjects.size(); ++s) {
    const HeldOutTable& table = on.subjects[s];
    if (!has_samples(table)) continue;
    const std::string& id = data.experiment.dataset.subjects[s].id;
    for (const evaluation::Metric& metric : evaluation::metrics()) {
      if (!is_told(*on.model, targets[0], metric.name)) continue;
      for (std::size_t k = 0; k < targets.size(); ++k) {
        const Target& target = data.targets[targets[k]];
        const auto bootstrap =
            bootstrap_of(data.experiment, id + "/set " + set + "/" + target.channel);
        results.scores.push_back(score_row(data,
                                           *on.model,
                                           set,
                                           s,
                                           target,
                                           target.channel,
                                           metric,
                                           evaluation::score(metric, table[k], bootstrap),
                                           over_ceiling(metric, table[k], bootstrap)));
      }
      const auto bootstrap = bootstrap_of(data.experiment, id + "/set " + set);
      const Interval95 mean = evaluation::mean_score(metric, table, bootstrap);
      if (metric.name == "r") means.push_back(mean);
      if (targets.size() > 1)
        results.scores.push_back(score_row(data,
                                           *on.model,
                                           set,
                                           s,
                                           data.targets[targets[0]],
                                           "mean",
                                           metric,
                                           mean,
                                           over_ceiling(metric, table, bootstrap)));
    }
  }
  if (!means.empty()) on.r = mean_over_subjects(means).value;
}

report::Verdict verdict_on_set(const RunData& data,
                               const OnSet& mine,
                               const OnSet& other,
                               const std::string& set,
                               const Target& target) {
  std::vector<Interval95> differences;
  for (std::size_t s = 0; s < mine.subjects.size(); ++s)
    if (has_samples(mine.subjects[s]))
      differences.push_back(evaluation::mean_difference(
          evaluation::metrics()[0],
          mine.subjects[s],
          other.subjects[s],
          bootstrap_of(data.experiment, data.experiment.dataset.subjects[s].id + "/set " + set)));
  const Interval95 difference = mean_over_subjects(differences);
  report::Verdict v;
  v.model = mine.model->name;
  v.other = other.model->name;
  v.modality = target.modality;
  v.channel = "set " + set;
  v.metric = "r";
  v.value = mine.r, v.other_value = other.r;
  v.difference = difference.value, v.low = difference.low, v.high = difference.high;
  const bool is_known = std::isfinite(v.low) && std::isfinite(v.high);
  v.sentence = v.model +
               (!is_known    ? " cannot be told from "
                : v.low > 0  ? " beats "
                : v.high < 0 ? " loses to "
                             : " is not told apart from ") +
               v.other + " on the set " + set + " of " + target.recording +
               ", which trained neither: r " + decimals(v.value, 2) + " against " +
               decimals(v.other_value, 2);
  if (is_known)
    v.sentence +=
        ", 95 % interval of the difference " + decimals(v.low, 3) + " to " + decimals(v.high, 3);
  v.sentence += ".";
  return v;
}

bool predicts(const ModelRun& model, const std::vector<std::size_t>& targets) {
  return model.kind != "ablation" && std::ranges::all_of(model.parts, [&](const auto& parts) {
           return parts[0].done && parts[0].has_prediction &&
                  std::ranges::all_of(targets,
                                      [&](std::size_t t) { return parts[0].mean[t].size() > 0; });
         });
}

void add_scores_of(const RunData& data,
                   const std::string& set,
                   const std::vector<std::size_t>& targets,
                   report::Results& results) {
  std::vector<OnSet> models;
  for (const ModelRun& model : data.models)
    if (predicts(model, targets)) models.push_back(on_set(data, model, set, targets));
  if (models.empty() || std::ranges::none_of(models.front().subjects, has_samples)) {
    results.not_computed.emplace_back(
        "scores of " + data.targets[targets[0]].recording + " on the set " + set,
        models.empty() ? "no model was fitted to all data" : "no sample of it is known");
    return;
  }
  std::vector<report::Results> rows(models.size());
  parallel_for(models.size(),
               [&](std::size_t m) { add_rows_of_set(data, models[m], set, targets, rows[m]); });
  for (report::Results& part : rows)
    for (auto& row : part.scores) results.scores.push_back(std::move(row));
  std::vector<const OnSet*> opponents;
  for (const bool among_linear : {true, false}) {
    const OnSet* best = nullptr;
    for (const OnSet& one : models)
      if (one.model->kind == "baseline" && is_linear(*one.model) == among_linear &&
          std::isfinite(one.r) && (best == nullptr || one.r > best->r))
        best = &one;
    if (best != nullptr) opponents.push_back(best);
  }
  for (const OnSet& one : models)
    for (const OnSet* opponent : opponents)
      if (one.model->kind == "hypothesis")
        results.verdicts.push_back(
            verdict_on_set(data, one, *opponent, set, data.targets[targets[0]]));
}

}  // namespace

void add_set_scores(const RunData& data, report::Results& results) {
  if (data.experiment.recorded.empty()) return;
  for (const ObservedTogether& observed : observed_together(data)) {
    std::vector<std::size_t> targets;
    for (std::size_t t = 0; t < data.targets.size(); ++t)
      if (data.targets[t].recording == observed.name) targets.push_back(t);
    for (const std::string& set : data.experiment.dataset.sets) {
      if (observed.is_series)
        add_scores_of(data, set, targets, results);
      else
        results.not_computed.emplace_back(
            "scores of " + observed.name + " on the set " + set,
            "answers of a set do not train, and are not scored by this version");
    }
  }
}

}  // namespace insula::experiment

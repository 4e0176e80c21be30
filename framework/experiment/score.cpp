// SPDX-License-Identifier: Apache-2.0
// Scores of held-out samples and the comparison table.
#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/experiment/detail/ablation.h"
#include "framework/experiment/detail/model_run.h"
#include "framework/experiment/detail/repeats.h"
#include "framework/experiment/detail/scored_model.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

using evaluation::HeldOut;
using evaluation::Interval95;

void add_ceiling(const OverCeiling& over, report::ScoreRow& row) {
  row.ceiling = over.ceiling;
  if (std::isnan(over.ceiling)) return;
  row.ceiling_kind = "repeats";
  row.normalised = over.normalised.value;
  row.normalised_low = over.normalised.low;
  row.normalised_high = over.normalised.high;
}

void add_ceiling_of_fold(const evaluation::Metric& metric,
                         const HeldOut& fold,
                         std::span<const std::pair<int, int>> samples,
                         report::ScoreRow& row) {
  if (metric.ceiling == nullptr || fold.stimulus.empty()) return;
  const double ceiling = metric.ceiling({&fold, 1}, samples);
  add_ceiling({ceiling, {row.value / ceiling, report::kUnknown, report::kUnknown}}, row);
}

void add_rows(const RunData& data, const ScoredModel& scored, report::Results& results) {
  const Experiment& e = data.experiment;
  const std::vector<ObservedTogether> observations = observed_together(data);
  for (std::size_t s = 0; s < scored.subjects.size(); ++s) {
    const HeldOutTable& table = scored.subjects[s];
    const HeldOutTable explained = common({table}, {table}).front();
    const std::string& subject = e.dataset.subjects[s].id;
    for (const evaluation::Metric& metric : evaluation::metrics()) {
      const auto row =
          [&](const std::string& fold, const Target& target, const std::string& channel) {
            report::ScoreRow r;
            r.model = scored.model->name;
            r.kind = scored.model->kind;
            r.subject = subject;
            r.fold = fold;
            r.modality = target.modality;
            r.channel = channel;
            r.metric = metric.name;
            return r;
          };
      const auto with = [](report::ScoreRow r, const Interval95& i) {
        r.value = i.value;
        r.low = i.low;
        r.high = i.high;
        return r;
      };
      for (std::size_t t = 0; t < data.targets.size(); ++t) {
        const Target& target = data.targets[t];
        if (table[t].empty() || !has_meaning(*scored.model, target, metric.name)) continue;
        for (std::size_t f = 0; f < table[t].size(); ++f) {
          report::ScoreRow r = row(data.folds[s][f].name, target, target.channel);
          std::vector<std::pair<int, int>> all;
          for (int i = 0; i < table[t][f].observed.size(); ++i) all.emplace_back(0, i);
          r.value = metric.score({&table[t][f], 1}, all);
          add_ceiling_of_fold(metric, table[t][f], all, r);
          results.scores.push_back(std::move(r));
        }
        const evaluation::Bootstrap bootstrap = bootstrap_of(e, subject + "/" + target.channel);
        results.scores.push_back(with(row("all", target, target.channel),
                                      evaluation::score(metric, table[t], bootstrap)));
        add_ceiling(over_ceiling(metric, table[t], bootstrap), results.scores.back());
      }
      if (!scored.model->left_out.empty()) continue;  // channels that are scored by some metrics
      if (observations.size() == 1) {
        results.scores.push_back(
            with(row("all", data.targets[0], "mean"),
                 evaluation::mean_score(metric, explained, bootstrap_of(e, subject))));
        add_ceiling(over_ceiling(metric, explained, bootstrap_of(e, subject)),
                    results.scores.back());
      } else
        for (const ObservedTogether& o : observations) {
          const HeldOutTable mine = of_observation(data, {table}, o.name).front();
          if (o.channels == 1 || !o.is_series || mine.empty()) continue;
          results.scores.push_back(
              with(row("all", *o.first, "mean"),
                   evaluation::mean_score(metric, mine, bootstrap_of(e, subject))));
          add_ceiling(over_ceiling(metric, mine, bootstrap_of(e, subject)), results.scores.back());
        }
    }
  }
}

// Sum over subjects; NaN if any of them has none, or if the model explains other data.
double log_evidence(const RunData& data, const ModelRun& model) {
  if (model.architecture == nullptr || !explains_all(data, model)) return report::kUnknown;
  if (model.group) return model.group->summary.evidence();
  double sum = 0;
  for (const auto& parts : model.parts)
    sum += parts[0].done ? parts[0].summary.evidence() : report::kUnknown;
  return sum;
}

void add_ceilings(const RunData& data,
                  const std::vector<HeldOutTable>& tables,
                  report::ComparisonRow& row) {
  const int draws = data.experiment.bootstrap_draws;
  const OverCeiling r = over_ceiling(data, evaluation::metrics()[0], tables, draws);
  const OverCeiling r2 = over_ceiling(data, evaluation::metrics()[1], tables, draws);
  row.r_ceiling = r.ceiling, row.r_normalised = r.normalised.value;
  row.r_normalised_low = r.normalised.low, row.r_normalised_high = r.normalised.high;
  row.r2_ceiling = r2.ceiling, row.r2_normalised = r2.normalised.value;
  row.r2_normalised_low = r2.normalised.low, row.r2_normalised_high = r2.normalised.high;
}

void add_comparison(const RunData& data,
                    const std::vector<ScoredModel>& scored,
                    report::Results& results) {
  std::vector<double> evidence;
  double best = -HUGE_VAL;
  for (const ModelRun& m : data.models) {
    if (m.kind != "hypothesis") continue;
    evidence.push_back(log_evidence(data, m));
    if (evidence.back() > best) best = evidence.back();
  }
  const std::vector<double> probability = evaluation::model_probabilities(evidence);
  for (std::size_t m = 0; m < data.models.size(); ++m) {
    const ModelRun& model = data.models[m];
    if (model.kind == "ablation") continue;  // its evidence is of other data
    report::ComparisonRow row;
    row.model = model.name;
    row.kind = model.kind;
    row.log_evidence = log_evidence(data, model);
    if (std::isfinite(best)) row.delta = row.log_evidence - best;
    if (m < probability.size()) row.posterior_probability = probability[m];
    for (const ScoredModel& s : scored) {
      if (s.model != &model) continue;
      const auto metrics = evaluation::metrics();
      const std::vector<HeldOutTable> tables = common(s.subjects, s.subjects);
      const Interval95 r = overall(data, metrics[0], tables),
                       r2 = overall(data, metrics[1], tables),
                       density = overall(data, metrics[2], tables);
      row.r = r.value, row.r_low = r.low, row.r_high = r.high;
      row.r2 = r2.value, row.r2_low = r2.low, row.r2_high = r2.high;
      add_ceilings(data, tables, row);
      if (!explains_all(data, model)) continue;  // a density of other data
      row.log_density = density.value;
      row.log_density_low = density.low, row.log_density_high = density.high;
    }
    results.comparison.push_back(row);
  }
}

}  // namespace

std::vector<HeldOutTable> common(const std::vector<HeldOutTable>& mine,
                                 const std::vector<HeldOutTable>& others) {
  std::vector<HeldOutTable> all;
  for (std::size_t s = 0; s < mine.size(); ++s) {
    all.emplace_back();
    for (std::size_t t = 0; t < mine[s].size(); ++t)
      if (!mine[s][t].empty() && !others[s][t].empty()) all.back().push_back(mine[s][t]);
  }
  return all;
}

Interval95 overall(const RunData& data,
                   const evaluation::Metric& metric,
                   const std::vector<HeldOutTable>& tables) {
  std::vector<Interval95> subjects;
  for (std::size_t s = 0; s < tables.size(); ++s)
    subjects.push_back(evaluation::mean_score(
        metric, tables[s], bootstrap_of(data.experiment, data.experiment.dataset.subjects[s].id)));
  return mean_over_subjects(subjects);
}

std::vector<HeldOutTable> of_observation(const RunData& data,
                                         const std::vector<HeldOutTable>& subjects,
                                         const std::string& observation) {
  std::vector<HeldOutTable> all;
  for (const HeldOutTable& table : subjects) {
    all.emplace_back();
    for (std::size_t t = 0; t < table.size(); ++t)
      if (data.targets[t].recording == observation && !table[t].empty())
        all.back().push_back(table[t]);
  }
  return all;
}

bool explains_all(const RunData& data, const ModelRun& model) {
  const PartResult& part = model.parts.front().front();
  for (std::size_t t = 0; t < data.targets.size() && part.has_prediction; ++t)
    if (part.mean[t].size() == 0) return false;
  return true;
}

evaluation::Bootstrap bootstrap_of(const Experiment& e, const std::string& task) {
  return {e.bootstrap_block, e.bootstrap_draws, e.seed, "bootstrap/" + task};
}

Interval95 mean_over_subjects(const std::vector<Interval95>& subjects) {
  if (subjects.size() == 1) return subjects[0];  // to the last digit
  const double n = static_cast<double>(subjects.size());
  Interval95 mean{0, 0, 0};
  double below = 0, above = 0;
  for (const Interval95& s : subjects) {
    mean.value += s.value / n;
    below += std::pow(s.value - s.low, 2);
    above += std::pow(s.high - s.value, 2);
  }
  mean.low = mean.value - std::sqrt(below) / n;
  mean.high = mean.value + std::sqrt(above) / n;
  return mean;
}

std::vector<ScoredModel> score_rows(const RunData& data, report::Results& results) {
  std::vector<ScoredModel> scored;
  for (const ModelRun& model : data.models) {
    if (!data.scored(model)) continue;
    ScoredModel s{&model, {}};
    for (std::size_t subject = 0; subject < model.parts.size(); ++subject) {
      HeldOutTable table;
      for (std::size_t t = 0; t < data.targets.size(); ++t)
        table.push_back(data.held_out(model, subject, t));
      s.subjects.push_back(std::move(table));
    }
    scored.push_back(std::move(s));
  }
  std::vector<report::Results> rows(scored.size());
  parallel_for(scored.size(), [&](std::size_t m) { add_rows(data, scored[m], rows[m]); });
  for (report::Results& part : rows)
    for (auto& row : part.scores) results.scores.push_back(std::move(row));
  return scored;
}

void score(const RunData& data, report::Results& results) {
  const std::vector<ScoredModel> scored = score_rows(data, results);
  add_comparison(data, scored, results);
  tell_missing_ceilings(data, scored, results);
  add_observation_scores(data, scored, results);
  add_verdicts(data, scored, results);
  add_difference_tests(data, scored, results);
  add_group_comparison(data, scored, results);
}

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
// Scores of held-out samples, the comparison table and the verdicts in words.
#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/experiment/detail/ablation.h"
#include "framework/experiment/detail/model_run.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

using evaluation::HeldOut;
using evaluation::Interval95;

// Held-out samples of one model and subject: [target][fold].
using HeldOutTable = std::vector<std::vector<HeldOut>>;

// Targets that both models explain; of one model if they are the same.
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

struct ScoredModel {
  const ModelRun* model = nullptr;
  std::vector<HeldOutTable> subjects;
};

std::string metric_text(std::string_view metric) {
  return metric == "r2" ? "R²" : metric == "log_density" ? "log density" : std::string(metric);
}

void add_rows(const RunData& data, const ScoredModel& scored, report::Results& results) {
  const Experiment& e = data.experiment;
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
          results.scores.push_back(std::move(r));
        }
        results.scores.push_back(with(
            row("all", target, target.channel),
            evaluation::score(metric, table[t], bootstrap_of(e, subject + "/" + target.channel))));
      }
      if (!scored.model->left_out.empty()) continue;  // channels that are scored by some metrics
      results.scores.push_back(
          with(row("all", data.targets[0], "mean"),
               evaluation::mean_score(metric, explained, bootstrap_of(e, subject))));
    }
  }
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

// The targets of one observation that the model explains.
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

std::vector<report::ObservationScore> observation_scores(const RunData& data,
                                                         const ScoredModel* scored) {
  std::vector<report::ObservationScore> all;
  for (const Target& target : data.targets) {
    if (!all.empty() && all.back().observation == target.recording) continue;
    const bool is_series = target.of == Target::Of::samples;
    all.push_back({target.recording, is_series ? "r" : "log_density"});
    if (scored == nullptr) continue;
    const auto tables = of_observation(data, scored->subjects, target.recording);
    if (tables.front().empty()) continue;
    const Interval95 score = overall(data, evaluation::metrics()[is_series ? 0 : 2], tables);
    all.back().value = score.value;
    all.back().low = score.low;
    all.back().high = score.high;
  }
  return all;
}

// Of a model that explains choices but not their times the evidence is about other data.
bool explains_all(const RunData& data, const ModelRun& model) {
  const PartResult& part = model.parts.front().front();
  for (std::size_t t = 0; t < data.targets.size() && part.has_prediction; ++t)
    if (part.mean[t].size() == 0) return false;
  return true;
}

// Sum over subjects; NaN if any of them has none, or if the model explains other data.
double log_evidence(const RunData& data, const ModelRun& model) {
  if (model.architecture == nullptr || !explains_all(data, model)) return report::kUnknown;
  if (model.group) return model.group->summary.free_energy;
  double sum = 0;
  for (const auto& parts : model.parts)
    sum += parts[0].done ? parts[0].summary.free_energy : report::kUnknown;
  return sum;
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
    const auto mine = std::ranges::find(scored, &model, &ScoredModel::model);
    row.observations = observation_scores(data, mine == scored.end() ? nullptr : &*mine);
    for (const ScoredModel& s : scored) {
      if (s.model != &model) continue;
      const auto metrics = evaluation::metrics();
      const std::vector<HeldOutTable> tables = common(s.subjects, s.subjects);
      const Interval95 r = overall(data, metrics[0], tables),
                       r2 = overall(data, metrics[1], tables),
                       density = overall(data, metrics[2], tables);
      row.r = r.value, row.r_low = r.low, row.r_high = r.high;
      row.r2 = r2.value, row.r2_low = r2.low, row.r2_high = r2.high;
      if (!explains_all(data, model)) continue;  // a density of other data
      row.log_density = density.value;
      row.log_density_low = density.low, row.log_density_high = density.high;
    }
    results.comparison.push_back(row);
  }
}

std::string two_digits(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", x);
  return text;
}

// Of differences, which are small: an interval that ends at -0.001 is not one that ends at 0.
std::string three_decimals(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", x);
  return text;
}

bool all_converged(const ModelRun& model) {
  for (const auto& parts : model.parts)
    for (const PartResult& p : parts)
      if (model.architecture && p.summary.status != "converged") return false;
  return true;
}

report::Verdict verdict(const ScoredModel& a,
                        const ScoredModel& b,
                        const evaluation::Metric& metric,
                        const std::string& modality,
                        const std::string& channel,
                        const Interval95& difference,
                        double value,
                        double other) {
  report::Verdict v;
  v.model = a.model->name;
  v.other = b.model->name;
  v.modality = modality;
  v.channel = channel;
  v.metric = metric.name;
  v.value = value;
  v.other_value = other;
  v.difference = difference.value;
  v.low = difference.low;
  v.high = difference.high;
  const bool known = std::isfinite(difference.low) && std::isfinite(difference.high);
  const std::string relation = !known                ? " cannot be told from "
                               : difference.low > 0  ? " beats "
                               : difference.high < 0 ? " loses to "
                                                     : " is not told apart from ";
  v.sentence = v.model + relation + v.other +
               (channel == "mean" ? std::string(" over all channels") : " on " + channel) + ": " +
               metric_text(metric.name) + " " + two_digits(value) + " against " + two_digits(other);
  if (known)
    v.sentence += ", 95 % interval of the difference " + three_decimals(difference.low) + " to " +
                  three_decimals(difference.high);
  if (!all_converged(*a.model)) v.sentence += " (not all fits of " + v.model + " converged)";
  v.sentence += ".";
  return v;
}

// Hypothesis against baseline: over all channels first, then channel by channel.
void add_verdicts(const RunData& data,
                  const ScoredModel& a,
                  const ScoredModel& b,
                  const evaluation::Metric& metric,
                  report::Results& results) {
  const Experiment& e = data.experiment;
  const std::vector<HeldOutTable> of_a = common(a.subjects, b.subjects),
                                  of_b = common(b.subjects, a.subjects);
  if (of_a.front().empty()) return;
  std::vector<Interval95> means;
  for (std::size_t s = 0; s < a.subjects.size(); ++s)
    means.push_back(evaluation::mean_difference(
        metric, of_a[s], of_b[s], bootstrap_of(e, e.dataset.subjects[s].id)));
  results.verdicts.push_back(verdict(a,
                                     b,
                                     metric,
                                     data.targets[0].modality,
                                     "mean",
                                     mean_over_subjects(means),
                                     overall(data, metric, of_a).value,
                                     overall(data, metric, of_b).value));
  if (data.targets.size() == 1) return;
  for (std::size_t t = 0; t < data.targets.size(); ++t) {
    if (a.subjects[0][t].empty() || b.subjects[0][t].empty()) continue;
    std::vector<Interval95> difference, mine, theirs;
    for (std::size_t s = 0; s < a.subjects.size(); ++s) {
      const auto b_task = bootstrap_of(e, e.dataset.subjects[s].id + "/" + data.targets[t].channel);
      difference.push_back(
          evaluation::difference(metric, a.subjects[s][t], b.subjects[s][t], b_task));
      mine.push_back(evaluation::score(metric, a.subjects[s][t], b_task));
      theirs.push_back(evaluation::score(metric, b.subjects[s][t], b_task));
    }
    results.verdicts.push_back(verdict(a,
                                       b,
                                       metric,
                                       data.targets[t].modality,
                                       data.targets[t].channel,
                                       mean_over_subjects(difference),
                                       mean_over_subjects(mine).value,
                                       mean_over_subjects(theirs).value));
  }
}

// The evidence's verdict: the best hypothesis against each of the others.
void add_evidence_verdicts(const RunData& data, report::Results& results) {
  std::vector<const report::ComparisonRow*> rows;
  for (const auto& row : results.comparison)
    if (row.kind == "hypothesis" && std::isfinite(row.log_evidence)) rows.push_back(&row);
  if (rows.size() < 2) return;
  const auto best = *std::max_element(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return a->log_evidence < b->log_evidence;
  });
  std::vector<std::string> doubtful;
  for (const ModelRun& m : data.models)
    for (const auto& parts : m.parts)
      if (m.kind == "hypothesis" && parts[0].summary.status != "converged" &&
          std::ranges::find(doubtful, m.name) == doubtful.end())
        doubtful.push_back(m.name);
  for (const auto* row : rows) {
    if (row == best) continue;
    report::Verdict v;
    v.model = best->model;
    v.other = row->model;
    v.channel = "mean";
    v.metric = "log_evidence";
    v.value = best->log_evidence;
    v.other_value = row->log_evidence;
    v.difference = best->log_evidence - row->log_evidence;
    // ΔF > 3 is a Bayes factor of 20. source  Kass & Raftery 1995, J. Am. Stat. Assoc. 90:773
    v.sentence = v.model +
                 (v.difference > 3 ? " has more evidence than " : " is hardly more likely than ") +
                 v.other + ": ΔF " + short_number(v.difference) + " nats, posterior probability " +
                 two_digits(best->posterior_probability) + " against " +
                 two_digits(row->posterior_probability);
    for (const std::string& name : {v.model, v.other})
      if (std::find(doubtful.begin(), doubtful.end(), name) != doubtful.end())
        v.sentence += " (the fit of " + name + " did not converge)";
    v.sentence += ".";
    results.verdicts.push_back(std::move(v));
  }
}

}  // namespace

evaluation::Bootstrap bootstrap_of(const Experiment& e, const std::string& task) {
  return {e.bootstrap_block, e.bootstrap_draws, e.seed, "bootstrap/" + task};
}

Interval95 mean_over_subjects(const std::vector<Interval95>& subjects) {
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

void score(const RunData& data, report::Results& results) {
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
  add_comparison(data, scored, results);

  // The linear model to beat is the one with the best mean correlation; one that explains some of
  // the recordings only if no other explains them all.
  const evaluation::Metric& r = evaluation::metrics()[0];
  const ScoredModel* opponent = nullptr;
  std::pair<bool, double> best{false, -HUGE_VAL};
  for (const ScoredModel& s : scored)
    for (const auto& row : results.comparison) {
      if (row.model != s.model->name || s.model->kind != "baseline") continue;
      const std::pair rank{s.model->baseline == nullptr || explains_all(data, *s.model), row.r};
      if (!(rank.second > -HUGE_VAL) || !(rank > best)) continue;
      best = rank;
      opponent = &s;
    }
  if (opponent) {
    std::vector<report::Results> verdicts(scored.size());
    parallel_for(scored.size(), [&](std::size_t m) {
      if (scored[m].model->kind == "hypothesis")
        add_verdicts(data, scored[m], *opponent, r, verdicts[m]);
    });
    for (report::Results& part : verdicts)
      for (auto& v : part.verdicts) results.verdicts.push_back(std::move(v));
  }
  add_evidence_verdicts(data, results);
}

}  // namespace insula::experiment

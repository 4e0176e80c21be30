// SPDX-License-Identifier: Apache-2.0
// Which model is better, in words.
#include <algorithm>
#include <cmath>

#include "framework/base/text.h"
#include "framework/experiment/detail/decimals.h"
#include "framework/experiment/detail/repeats.h"
#include "framework/experiment/detail/scored_model.h"
#include "framework/numerics/parallel.h"

namespace insula::experiment {
namespace {

using evaluation::Interval95;

std::string metric_text(std::string_view metric) {
  return metric == "r2" ? "R²" : metric == "log_density" ? "log density" : std::string(metric);
}

// Of differences, which are small: an interval that ends at -0.001 is not one that ends at 0.
std::string of_difference(double x) { return decimals(x, 3); }

bool all_converged(const ModelRun& model) {
  for (const auto& parts : model.parts)
    for (const PartResult& p : parts)
      if (model.architecture && p.summary.status != "converged") return false;
  return true;
}

// Scores of two models over their common ceiling.
struct BothOverCeiling {
  OverCeiling mine, other;
};

report::Verdict verdict(const ScoredModel& a,
                        const ScoredModel& b,
                        const evaluation::Metric& metric,
                        const std::string& modality,
                        const std::string& channel,
                        const std::string& where,
                        const Interval95& difference,
                        double value,
                        double other,
                        const BothOverCeiling& over) {
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
  v.ceiling = over.mine.ceiling;
  v.normalised = over.mine.normalised.value;
  v.other_normalised = over.other.normalised.value;
  const bool known = std::isfinite(difference.low) && std::isfinite(difference.high);
  const std::string relation = !known                ? " cannot be told from "
                               : difference.low > 0  ? " beats "
                               : difference.high < 0 ? " loses to "
                                                     : " is not told apart from ";
  v.sentence = v.model + relation + v.other + " " + where + ": " + metric_text(metric.name) + " " +
               decimals(value, 2) + " against " + decimals(other, 2);
  if (std::isfinite(v.ceiling))
    v.sentence += " (" + decimals(v.normalised, 2) + " and " + decimals(v.other_normalised, 2) +
                  " of the noise ceiling, " + decimals(v.ceiling, 2) + ")";
  if (known)
    v.sentence += ", 95 % interval of the difference " + of_difference(difference.low) + " to " +
                  of_difference(difference.high);
  if (!all_converged(*a.model)) v.sentence += " (not all fits of " + v.model + " converged)";
  v.sentence += ".";
  return v;
}

struct Judged {
  std::string modality, channel;
  std::string where;  // "over all channels", "on V5"
};

// What both explain of these targets.
void add_mean(const RunData& data,
              const ScoredModel& a,
              const ScoredModel& b,
              const evaluation::Metric& metric,
              const std::vector<HeldOutTable>& of_a,
              const std::vector<HeldOutTable>& of_b,
              const Judged& judged,
              report::Results& results) {
  const Experiment& e = data.experiment;
  std::vector<Interval95> means;
  for (std::size_t s = 0; s < of_a.size(); ++s)
    means.push_back(evaluation::mean_difference(
        metric, of_a[s], of_b[s], bootstrap_of(e, e.dataset.subjects[s].id)));
  results.verdicts.push_back(
      verdict(a,
              b,
              metric,
              judged.modality,
              judged.channel,
              judged.where,
              mean_over_subjects(means),
              overall(data, metric, of_a).value,
              overall(data, metric, of_b).value,
              {over_ceiling(data, metric, of_a, 0), over_ceiling(data, metric, of_b, 0)}));
}

void add_channel(const RunData& data,
                 const ScoredModel& a,
                 const ScoredModel& b,
                 const evaluation::Metric& metric,
                 std::size_t t,
                 report::Results& results) {
  if (a.subjects[0][t].empty() || b.subjects[0][t].empty()) return;
  const Experiment& e = data.experiment;
  const Target& target = data.targets[t];
  std::vector<Interval95> difference, mine, theirs;
  std::vector<HeldOutTable> of_a, of_b;
  for (std::size_t s = 0; s < a.subjects.size(); ++s) {
    const auto task = bootstrap_of(e, e.dataset.subjects[s].id + "/" + target.channel);
    difference.push_back(evaluation::difference(metric, a.subjects[s][t], b.subjects[s][t], task));
    mine.push_back(evaluation::score(metric, a.subjects[s][t], task));
    theirs.push_back(evaluation::score(metric, b.subjects[s][t], task));
    of_a.push_back({a.subjects[s][t]});
    of_b.push_back({b.subjects[s][t]});
  }
  results.verdicts.push_back(
      verdict(a,
              b,
              metric,
              target.modality,
              target.channel,
              "on " + target.channel,
              mean_over_subjects(difference),
              mean_over_subjects(mine).value,
              mean_over_subjects(theirs).value,
              {over_ceiling(data, metric, of_a, 0), over_ceiling(data, metric, of_b, 0)}));
}

// Hypothesis against baseline: over all channels first, then channel by channel.
void add_against(const RunData& data,
                 const ScoredModel& a,
                 const ScoredModel& b,
                 report::Results& results) {
  const evaluation::Metric& r = evaluation::metrics()[0];
  const std::vector<HeldOutTable> of_a = common(a.subjects, b.subjects),
                                  of_b = common(b.subjects, a.subjects);
  if (of_a.front().empty()) return;
  add_mean(
      data, a, b, r, of_a, of_b, {data.targets[0].modality, "mean", "over all channels"}, results);
  if (data.targets.size() == 1) return;
  for (std::size_t t = 0; t < data.targets.size(); ++t) add_channel(data, a, b, r, t, results);
}

// The same for one of several observations.
void add_against(const RunData& data,
                 const ScoredModel& a,
                 const ScoredModel& b,
                 const ObservedTogether& o,
                 report::Results& results) {
  const bool has_channels = o.is_series && o.channels > 1;
  add_mean(data,
           a,
           b,
           o.metric(),
           of_observation(data, a.subjects, o.name),
           of_observation(data, b.subjects, o.name),
           {o.first->modality, "mean", (has_channels ? "over all channels of " : "on ") + o.name},
           results);
  if (!has_channels) return;
  for (std::size_t t = 0; t < data.targets.size(); ++t)
    if (data.targets[t].recording == o.name) add_channel(data, a, b, o.metric(), t, results);
}

// The baseline that predicts this observation best, of those that explain all of it.
const ScoredModel* best_on(const std::vector<ScoredModel>& scored,
                           const ObservedTogether& o,
                           const report::Results& results,
                           bool among_linear) {
  const ScoredModel* opponent = nullptr;
  double best = -HUGE_VAL;
  for (const ScoredModel& s : scored)
    for (const report::ObservationRow& row : results.observations) {
      if (row.model != s.model->name || row.observation != o.name) continue;
      if (s.model->kind != "baseline" || is_linear(*s.model) != among_linear) continue;
      if (!(row.value > best)) continue;
      best = row.value;
      opponent = &s;
    }
  return opponent;
}

// The one with the best mean correlation.
const ScoredModel* best_of_all(const RunData& data,
                               const std::vector<ScoredModel>& scored,
                               const report::Results& results,
                               bool among_linear) {
  // One that explains some of the targets only if no other explains them all.
  const ScoredModel* opponent = nullptr;
  std::pair<bool, double> best{false, -HUGE_VAL};
  for (const ScoredModel& s : scored)
    for (const auto& row : results.comparison) {
      if (row.model != s.model->name || s.model->kind != "baseline") continue;
      if (is_linear(*s.model) != among_linear) continue;
      const std::pair rank{s.model->baseline == nullptr || explains_all(data, *s.model), row.r};
      if (!(rank.second > -HUGE_VAL) || !(rank > best)) continue;
      best = rank;
      opponent = &s;
    }
  return opponent;
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
                 (v.difference > evaluation::kDecisive ? " has more evidence than "
                                                       : " is hardly more likely than ") +
                 v.other + ": ΔF " + short_number(v.difference) + " nats, posterior probability " +
                 decimals(best->posterior_probability, 2) + " against " +
                 decimals(row->posterior_probability, 2);
    for (const std::string& name : {v.model, v.other})
      if (std::find(doubtful.begin(), doubtful.end(), name) != doubtful.end())
        v.sentence += " (the fit of " + name + " did not converge)";
    v.sentence += ".";
    results.verdicts.push_back(std::move(v));
  }
}

// Hypotheses in order, each against what `add` holds it against.
template <class Add>
void against(const std::vector<ScoredModel>& scored, Add add, report::Results& results) {
  std::vector<report::Results> verdicts(scored.size());
  parallel_for(scored.size(), [&](std::size_t m) {
    if (scored[m].model->kind == "hypothesis") add(scored[m], verdicts[m]);
  });
  for (report::Results& part : verdicts)
    for (auto& v : part.verdicts) results.verdicts.push_back(std::move(v));
}

}  // namespace

bool is_linear(const ModelRun& baseline) {
  return baseline.baseline == nullptr || baseline.baseline->is_linear;
}

std::vector<const ScoredModel*> opponents_on(const RunData& data,
                                             const std::vector<ScoredModel>& scored,
                                             const ObservedTogether& observation,
                                             const report::Results& results) {
  const bool is_one_of_several = observed_together(data).size() > 1;
  std::vector<const ScoredModel*> opponents;
  for (const bool among_linear : {true, false}) {
    const ScoredModel* best = is_one_of_several
                                  ? best_on(scored, observation, results, among_linear)
                                  : best_of_all(data, scored, results, among_linear);
    if (best != nullptr) opponents.push_back(best);
  }
  return opponents;
}

std::vector<ObservedTogether> observed_together(const RunData& data) {
  std::vector<ObservedTogether> all;
  for (const Target& target : data.targets) {
    if (all.empty() || all.back().name != target.recording)
      all.push_back({target.recording, &target, 0, target.of == Target::Of::samples});
    ++all.back().channels;
  }
  return all;
}

void add_observation_scores(const RunData& data,
                            const std::vector<ScoredModel>& scored,
                            report::Results& results) {
  const std::vector<ObservedTogether> observations = observed_together(data);
  if (observations.size() < 2) return;
  for (const ModelRun& model : data.models) {
    if (model.kind == "ablation") continue;
    const auto mine = std::ranges::find(scored, &model, &ScoredModel::model);
    for (const ObservedTogether& o : observations) {
      report::ObservationRow row{model.name, model.kind, o.name, std::string(o.metric().name)};
      if (mine != scored.end()) {
        const auto tables = of_observation(data, mine->subjects, o.name);
        if (!tables.front().empty()) {
          const Interval95 score = overall(data, o.metric(), tables);
          row.value = score.value, row.low = score.low, row.high = score.high;
          const OverCeiling over = over_ceiling(data, o.metric(), tables, 0);
          row.ceiling = over.ceiling, row.normalised = over.normalised.value;
        }
      }
      results.observations.push_back(std::move(row));
    }
  }
}

void add_verdicts(const RunData& data,
                  const std::vector<ScoredModel>& scored,
                  report::Results& results) {
  const std::vector<ObservedTogether> observations = observed_together(data);
  for (const ObservedTogether& o : observations) {
    const std::vector<const ScoredModel*> opponents = opponents_on(data, scored, o, results);
    against(
        scored,
        [&](const ScoredModel& a, report::Results& to) {
          for (const ScoredModel* opponent : opponents) {
            if (observations.size() > 1)
              add_against(data, a, *opponent, o, to);
            else
              add_against(data, a, *opponent, to);
          }
        },
        results);
  }
  add_evidence_verdicts(data, results);
}

}  // namespace insula::experiment

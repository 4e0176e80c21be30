// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/stress.h"

#include <algorithm>
#include <cmath>

#include "framework/base/nan.h"
#include "framework/base/text.h"
#include "framework/evaluation/rank_correlation.h"
#include "framework/numerics/parallel.h"
#include "framework/simulation/system.h"

namespace insula::experiment {
namespace {

using evaluation::Interval95;

// A model's score under one condition: its value and what it is in every draw of the bootstrap,
// which draws the same blocks for all models and conditions.
struct Drawn {
  double value = kNaN;
  std::vector<double> draws;
  std::size_t blocks = 0;
};

Drawn drawn(const RunData& data, const ModelRun& model, const evaluation::Metric& metric) {
  Drawn sum{
      0, std::vector<double>(static_cast<std::size_t>(data.experiment.bootstrap_draws), 0), 0};
  // Densities of other data cannot be compared.
  if (!data.scored(model) || (metric.name == "log_density" && !explains_all(data, model)))
    return {};
  const auto subjects = static_cast<double>(model.parts.size());
  for (std::size_t s = 0; s < model.parts.size(); ++s) {
    HeldOutTable table;
    for (std::size_t t = 0; t < data.targets.size(); ++t) {
      table.push_back(data.held_out(model, s, t));
      if (table.back().empty()) table.pop_back();
    }
    const auto bootstrap = bootstrap_of(data.experiment, data.experiment.dataset.subjects[s].id);
    const std::vector<double> own = evaluation::mean_score_draws(metric, table, bootstrap);
    sum.value +=
        evaluation::mean_score(metric, table, {bootstrap.block_length, 1, 0, ""}).value / subjects;
    sum.blocks += evaluation::count_blocks(table, bootstrap);
    for (std::size_t d = 0; d < sum.draws.size(); ++d)
      sum.draws[d] += own.empty() ? kNaN : own[d] / subjects;
  }
  return sum;
}

// Conditions of one corruption, the clean run first.
std::vector<const RunData*> with_clean(const RunData& clean,
                                       const std::vector<RunData>& stressed,
                                       const Counterfactual& counterfactual) {
  std::vector<const RunData*> list{&clean};
  for (const RunData& data : stressed)
    if (data.corruption->counterfactual == &counterfactual && data.corruption->strength > 0)
      list.push_back(&data);
  return list;
}

double strength_of(const RunData& data) { return data.corruption ? data.corruption->strength : 0; }

double area(const std::vector<double>& strength, const std::vector<double>& score) {
  double sum = 0;
  for (std::size_t i = 1; i < strength.size(); ++i)
    sum += 0.5 * (strength[i] - strength[i - 1]) * (score[i] + score[i - 1]);
  return sum / (strength.back() - strength.front());
}

// All models' scores by one metric under all conditions of one corruption.
struct Scores {
  std::vector<double> strength;            // the first is 0
  std::vector<std::vector<Drawn>> scores;  // model, condition
};

Scores scores_of(const std::vector<const RunData*>& conditions, const evaluation::Metric& metric) {
  Scores all;
  const std::size_t models = conditions.back()->models.size();
  for (const RunData* data : conditions) all.strength.push_back(strength_of(*data));
  all.scores.assign(models, std::vector<Drawn>(conditions.size()));
  parallel_for(models * conditions.size(), [&](std::size_t i) {
    const std::size_t m = i / conditions.size(), c = i % conditions.size();
    all.scores[m][c] = drawn(*conditions[c], conditions[c]->models[m], metric);
  });
  return all;
}

report::StressRow row_of(const Counterfactual& c, const char* quantity, std::string name) {
  report::StressRow row;
  row.corruption = name_of(c);
  row.subject = "all";
  row.quantity = quantity;
  row.name = std::move(name);
  return row;
}

void put(const Interval95& interval, report::StressRow& row) {
  row.value = interval.value;
  row.low = interval.low;
  row.high = interval.high;
}

void add_areas(const Counterfactual& c,
               const RunData& clean,
               const Scores& all,
               std::string_view metric,
               report::Results& results) {
  for (std::size_t m = 0; m < all.scores.size(); ++m) {
    report::StressRow row = row_of(c, "area", std::string(metric));
    row.model = clean.models[m].name;
    row.kind = clean.models[m].kind;
    std::vector<double> values, draws;
    std::size_t count = all.scores[m][0].draws.size();
    for (const Drawn& score : all.scores[m]) {
      values.push_back(score.value);
      count = std::min(count, score.draws.size());
    }
    for (std::size_t d = 0; d < count; ++d) {
      std::vector<double> at;
      for (const Drawn& score : all.scores[m]) at.push_back(score.draws[d]);
      draws.push_back(area(all.strength, at));
    }
    const double value = area(all.strength, values);
    if (std::isnan(value)) continue;  // the metric says nothing of the model
    put(evaluation::interval_of_draws(value, std::move(draws), all.scores[m][0].blocks), row);
    results.stress.push_back(std::move(row));
  }
}

void add_ranking(const Counterfactual& c,
                 const RunData& clean,
                 const Scores& all,
                 std::string_view metric,
                 report::Results& results) {
  const auto hypotheses = static_cast<Eigen::Index>(clean.experiment.hypotheses.size());
  if (hypotheses < 2) return;
  const auto ranking = [&](std::size_t condition, auto&& pick) {
    Eigen::VectorXd scores(hypotheses);
    for (Eigen::Index h = 0; h < hypotheses; ++h)
      scores[h] = pick(all.scores[static_cast<std::size_t>(h)][condition]);
    return scores;
  };
  const auto value = [](const Drawn& d) { return d.value; };
  for (std::size_t i = 1; i < all.strength.size(); ++i) {
    const Eigen::VectorXd before = ranking(0, value), after = ranking(i, value);
    if (!before.allFinite() || !after.allFinite()) continue;
    std::vector<double> draws;
    for (std::size_t d = 0; d < all.scores[0][0].draws.size(); ++d) {
      const auto draw = [d](const Drawn& x) { return d < x.draws.size() ? x.draws[d] : kNaN; };
      const Eigen::VectorXd a = ranking(0, draw), b = ranking(i, draw);
      draws.push_back(a.allFinite() && b.allFinite() ? evaluation::kendall_tau_a(a, b) : kNaN);
    }
    report::StressRow row = row_of(c, "kendall_tau", std::string(metric));
    row.strength = all.strength[i];
    row.model = "all hypotheses";
    row.kind = "hypothesis";
    put(evaluation::interval_of_draws(
            evaluation::kendall_tau_a(before, after), std::move(draws), all.scores[0][0].blocks),
        row);
    results.stress.push_back(std::move(row));
  }
}

// Posterior means and standard deviations of a hypothesis' free parameters, from the fit to all
// data; a subject's own, or what subjects share.
struct Estimate {
  std::string subject;
  Eigen::VectorXd mean, sd;
};
std::vector<Estimate> estimates(const RunData& data, const ModelRun& model) {
  std::vector<Estimate> list;
  if (model.group) {
    const inference::GroupFit& group = model.group->fit;
    const inference::Fit& pooled = model.group->pooled;
    if (pooled.mean.size() > 0)
      list.push_back({"all", pooled.mean, pooled.covariance.diagonal().cwiseSqrt()});
    else if (group.mean.size() > 0)
      list.push_back({"all", group.mean.col(0), group.mean_sd.col(0)});
    return list;
  }
  for (std::size_t s = 0; s < model.parts.size(); ++s) {
    const inference::Fit& fit = model.parts[s][0].fit;
    if (fit.mean.size() > 0)
      list.push_back({data.experiment.dataset.subjects[s].id,
                      fit.mean,
                      fit.covariance.diagonal().cwiseSqrt()});
  }
  return list;
}

std::vector<std::string> parameter_names(const ModelRun& model) {
  const simulation::System system = simulation::compile(*model.architecture);
  std::vector<std::string> names;
  for (const std::size_t p : system.free) names.push_back(system.architecture.parameters[p].name);
  if (model.group && model.group->fit.mean.size() > 0) {
    std::vector<std::string> of_group;
    for (const Eigen::Index p : model.group->fit.parameter)
      of_group.push_back(names[static_cast<std::size_t>(p)]);
    return of_group;
  }
  return names;
}

void add_shifts(const RunData& clean, const RunData& stressed, report::Results& results) {
  const Corruption& corruption = *stressed.corruption;
  for (std::size_t m = 0; m < clean.experiment.hypotheses.size(); ++m) {
    const std::vector<std::string> names = parameter_names(clean.models[m]);
    const auto before = estimates(clean, clean.models[m]);
    const auto after = estimates(stressed, stressed.models[m]);
    for (const Estimate& now : after) {
      const auto then = std::ranges::find(before, now.subject, &Estimate::subject);
      if (then == before.end() || then->mean.size() != now.mean.size()) continue;
      for (std::size_t p = 0; p < names.size(); ++p) {
        const auto i = static_cast<Eigen::Index>(p);
        report::StressRow row = row_of(*corruption.counterfactual, "parameter_shift", names[p]);
        row.strength = corruption.strength;
        row.model = clean.models[m].name;
        row.kind = "hypothesis";
        row.subject = now.subject;
        row.value = (now.mean[i] - then->mean[i]) / then->sd[i];
        results.stress.push_back(std::move(row));
      }
    }
  }
}

void add_rows_of(const RunData& stressed, const std::string& corruption, report::Results& results) {
  report::Results own;
  score_rows(stressed, own);
  // Trials have no part that is turned around.
  const auto is_judged = [&](const report::ScoreRow& row) {
    return stressed.judged_on.empty() ||
           std::ranges::any_of(stressed.targets, [&](const Target& t) {
             return t.of == Target::Of::samples && t.modality == row.modality;
           });
  };
  for (report::ScoreRow& row : own.scores) {
    if (!is_judged(row)) continue;
    row.corruption = corruption;
    row.strength = stressed.corruption->strength;
    results.scores.push_back(std::move(row));
  }
}

}  // namespace

void add_stressed_scores(RunData& stressed, report::Results& results) {
  const std::string corruption = name_of(*stressed.corruption->counterfactual);
  add_rows_of(stressed, corruption, results);
  if (stressed.corruption->counterfactual->kind->is_correlated) {
    for (const dataset::Subject& subject : stressed.experiment.dataset.subjects)
      stressed.judged_on.push_back(
          turned_around(stressed.experiment, subject, *stressed.corruption));
    add_rows_of(stressed, corruption + kTurnedAround, results);
    stressed.judged_on.clear();
  }
  const std::string under = " after " + name_of(*stressed.corruption->counterfactual) +
                            ", strength " + short_number(stressed.corruption->strength);
  for (const ModelRun& model : stressed.models)
    for (std::size_t s = 0; s < model.parts.size(); ++s)
      for (std::size_t p = 0; p < model.parts[s].size(); ++p) {
        const PartResult& part = model.parts[s][p];
        if (part.done && part.has_prediction) continue;
        results.not_computed.emplace_back(
            model.name + ", subject " + stressed.experiment.dataset.subjects[s].id + ", " +
                (p == 0 ? std::string("all data") : "fold " + stressed.folds[s][p - 1].name) +
                under,
            part.done ? part.summary.reason : "the run was stopped before it ended");
      }
}

void add_stress(const RunData& clean,
                const std::vector<RunData>& stressed,
                report::Results& results) {
  for (const Counterfactual& c : clean.experiment.counterfactuals) {
    const std::vector<const RunData*> conditions = with_clean(clean, stressed, c);
    if (conditions.size() < 2) continue;
    for (const evaluation::Metric& metric : evaluation::metrics()) {
      const Scores all = scores_of(conditions, metric);
      add_areas(c, clean, all, metric.name, results);
      add_ranking(c, clean, all, metric.name, results);
    }
    for (std::size_t i = 1; i < conditions.size(); ++i) add_shifts(clean, *conditions[i], results);
  }
}

}  // namespace insula::experiment

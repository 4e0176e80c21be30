// SPDX-License-Identifier: Apache-2.0
// What the fits to simulated data come to.
#include <algorithm>
#include <cmath>
#include <map>

#include "framework/evaluation/binomial.h"
#include "framework/evaluation/calibration.h"
#include "framework/evaluation/scores.h"
#include "framework/experiment/detail/recovery.h"
#include "framework/simulation/system.h"

namespace insula::experiment {
namespace {

using evaluation::Recovered;

constexpr std::size_t kFewestRanks = 10;  // whatever they are, fewer hardly ever leave their bands

double as_number(std::size_t x) { return static_cast<double>(x); }

// The fits of a hypothesis to its own data from one source.
struct OwnFits {
  std::vector<const RecoveryFit*> converged;
  std::size_t asked = 0, not_simulated = 0, not_converged = 0, not_done = 0;
};

OwnFits own_fits(const RecoveryBatch& batch, std::size_t hypothesis, DrawnFrom from) {
  OwnFits own;
  for (std::size_t t = 0; t < batch.tasks.size(); ++t) {
    const RecoveryTask& task = batch.tasks[t];
    const RecoveryFit& fit = batch.fits[t];
    if (task.from != from || task.truth != hypothesis || task.fitted != hypothesis) continue;
    ++own.asked;
    if (!fit.done)
      ++own.not_done;
    else if (fit.status == kNotSimulated)
      ++own.not_simulated;
    else if (!fit.converged())
      ++own.not_converged;
    else
      own.converged.push_back(&fit);
  }
  return own;
}

report::RecoveryRow recovery_row(const std::string& hypothesis,
                                 DrawnFrom from,
                                 const std::string& parameter,
                                 const OwnFits& own) {
  report::RecoveryRow row;
  row.hypothesis = hypothesis;
  row.drawn_from = to_text(from);
  row.parameter = parameter;
  row.data_sets = as_number(own.asked);
  row.not_simulated = as_number(own.not_simulated);
  row.not_converged = as_number(own.not_converged);
  row.not_done = as_number(own.not_done);
  row.n = as_number(own.converged.size());
  return row;
}

void put_statistics(const evaluation::RecoveryStatistics& s, report::RecoveryRow& row) {
  row.r = s.r;
  row.bias = s.bias;
  row.bias_low = s.bias_low;
  row.bias_high = s.bias_high;
  row.error_sd = s.error_sd;
  row.posterior_sd = s.posterior_sd;
  row.coverage = s.coverage;
  row.coverage_low = s.coverage_low;
  row.coverage_high = s.coverage_high;
}

void add_ranks(const std::vector<double>& ranks,
               report::RecoveryRow& row,
               report::Results& results) {
  const evaluation::RankHistogram h =
      evaluation::rank_histogram(ranks, evaluation::bins_for(static_cast<int>(ranks.size())));
  row.rank_p = h.p_value;
  row.ranks_within = h.is_within();
  for (const evaluation::RankHistogram::Bin& bin : h.bins) {
    report::CalibrationRow of_bin;
    of_bin.hypothesis = row.hypothesis;
    of_bin.parameter = row.parameter;
    of_bin.from = bin.from;
    of_bin.to = bin.to;
    of_bin.n = as_number(ranks.size());
    of_bin.count = bin.count;
    of_bin.low = bin.band_low;
    of_bin.high = bin.band_high;
    of_bin.below = bin.below;
    of_bin.below_low = bin.below_low;
    of_bin.below_high = bin.below_high;
    results.calibration.push_back(std::move(of_bin));
  }
}

void add_recovered(const RunData& data,
                   const RecoveryBatch& batch,
                   std::size_t hypothesis,
                   DrawnFrom from,
                   report::Results& results) {
  const OwnFits own = own_fits(batch, hypothesis, from);
  if (own.asked == 0) return;
  const ModelRun& model = data.models[hypothesis];
  const std::vector<std::string> names = simulation::compile(*model.architecture).parameter_names();
  std::vector<Recovered> all;
  for (std::size_t p = 0; p < names.size(); ++p) {
    std::vector<Recovered> cases;
    std::vector<double> ranks;
    const auto at = static_cast<Eigen::Index>(p);
    for (const RecoveryFit* fit : own.converged) {
      cases.push_back({fit->truth[at], fit->mean[at], fit->sd[at]});
      if (fit->rank.size() > 0) ranks.push_back(fit->rank[at]);
    }
    report::RecoveryRow row = recovery_row(model.name, from, names[p], own);
    put_statistics(evaluation::recovery_statistics(cases), row);
    if (ranks.size() >= kFewestRanks) add_ranks(ranks, row, results);
    results.recovery.push_back(std::move(row));
    all.insert(all.end(), cases.begin(), cases.end());
  }
  // Intervals of one data set's parameters go together, so no interval is told of their share.
  report::RecoveryRow row = recovery_row(model.name, from, "all", own);
  row.coverage = evaluation::recovery_statistics(all).coverage;
  results.recovery.push_back(std::move(row));
}

void add_recovery_fits(const RunData& data, const RecoveryBatch& batch, report::Results& results) {
  std::map<std::size_t, std::vector<std::string>> names;
  for (std::size_t t = 0; t < batch.tasks.size(); ++t) {
    const RecoveryTask& task = batch.tasks[t];
    const RecoveryFit& fit = batch.fits[t];
    const ModelRun& truth = data.models[task.truth];
    report::RecoveryFitRow row;
    row.hypothesis = truth.name;
    row.drawn_from = to_text(task.from);
    row.data_set = as_number(task.simulation + 1);
    row.subject = data.experiment.dataset.subjects[task.subject].id;
    row.fitted = data.models[task.fitted].name;
    row.status = fit.done ? fit.status : "not done";
    row.reason = fit.done ? fit.reason : "the run was stopped before it ended";
    row.log_evidence = fit.free_energy;
    results.recovery_fits.push_back(std::move(row));
    if (fit.mean.size() == 0) continue;
    std::vector<std::string>& own = names[task.truth];
    if (own.empty()) own = simulation::compile(*truth.architecture).parameter_names();
    for (std::size_t p = 0; p < own.size(); ++p) {
      const auto at = static_cast<Eigen::Index>(p);
      report::RecoveryValueRow value;
      value.hypothesis = truth.name;
      value.drawn_from = to_text(task.from);
      value.data_set = as_number(task.simulation + 1);
      value.status = fit.status;
      value.parameter = own[p];
      value.truth = fit.truth[at];
      value.estimate = fit.mean[at];
      value.sd = fit.sd[at];
      if (fit.rank.size() > 0) value.rank = fit.rank[at];
      results.recovery_values.push_back(std::move(value));
    }
  }
}

// What all hypotheses say of the data sets that one made.
struct Contest {
  std::size_t asked = 0, left_out = 0, n = 0;
  std::vector<double> best, probability, kept;  // per fitted hypothesis: sums over data sets
};

// `parameters`: how many each hypothesis has.
Contest contest_of(const RecoveryBatch& batch,
                   const std::vector<std::size_t>& parameters,
                   std::size_t truth) {
  const std::size_t hypotheses = parameters.size();
  std::map<std::size_t, std::vector<const RecoveryFit*>> sets;
  for (std::size_t t = 0; t < batch.tasks.size(); ++t)
    if (batch.tasks[t].from == DrawnFrom::posterior && batch.tasks[t].truth == truth)
      sets[batch.tasks[t].simulation].push_back(&batch.fits[t]);
  Contest c;
  c.asked = sets.size();
  for (std::vector<double>* sum : {&c.best, &c.probability, &c.kept}) sum->resize(hypotheses);
  for (const auto& [simulation, fits] : sets) {
    if (!std::ranges::all_of(fits, [](const RecoveryFit* f) { return f->converged(); })) {
      ++c.left_out;
      continue;
    }
    ++c.n;
    std::vector<double> evidence;
    for (const RecoveryFit* fit : fits) evidence.push_back(fit->free_energy);
    const std::vector<double> probability = evaluation::model_probabilities(evidence);
    for (std::size_t f = 0; f < hypotheses; ++f) c.probability[f] += probability[f];
    c.best[static_cast<std::size_t>(std::ranges::max_element(evidence) - evidence.begin())] += 1;
    c.kept[evaluation::kept_model(evidence, parameters)] += 1;
  }
  return c;
}

void add_contests(const RunData& data, const RecoveryBatch& batch, report::Results& results) {
  const std::size_t hypotheses = data.experiment.hypotheses.size();
  std::vector<std::size_t> parameters;
  for (std::size_t h = 0; h < hypotheses; ++h)
    parameters.push_back(data.models[h].architecture->free_parameters().size());
  std::vector<Contest> contests;
  for (std::size_t h = 0; h < hypotheses; ++h) contests.push_back(contest_of(batch, parameters, h));
  const auto share = [&](std::size_t truth, std::size_t fitted) {
    const Contest& c = contests[truth];
    return c.n == 0 ? 0 : c.best[fitted] / as_number(c.n);
  };
  for (std::size_t h = 0; h < hypotheses; ++h)
    for (std::size_t f = 0; f < hypotheses && contests[h].asked > 0; ++f) {
      const Contest& c = contests[h];
      report::ModelRecoveryRow row;
      row.truth = data.models[h].name;
      row.fitted = data.models[f].name;
      row.data_sets = as_number(c.asked);
      row.left_out = as_number(c.left_out);
      row.n = as_number(c.n);
      if (c.n > 0) {
        row.best = c.best[f];
        row.share = share(h, f);
        const auto interval =
            evaluation::share_interval(static_cast<int>(c.best[f]), static_cast<int>(c.n));
        row.low = interval.low;
        row.high = interval.high;
        row.probability = c.probability[f] / as_number(c.n);
        row.kept = c.kept[f];
        row.kept_share = c.kept[f] / as_number(c.n);
        const auto of_kept =
            evaluation::share_interval(static_cast<int>(c.kept[f]), static_cast<int>(c.n));
        row.kept_low = of_kept.low;
        row.kept_high = of_kept.high;
      }
      double all = 0;
      for (std::size_t other = 0; other < hypotheses; ++other) all += share(other, f);
      if (all > 0) row.inverse = share(h, f) / all;
      results.model_recovery.push_back(std::move(row));
    }
}

}  // namespace

void add_recovery(const RunData& data, const RecoveryBatch& batch, report::Results& results) {
  for (std::size_t h = 0; h < data.experiment.hypotheses.size(); ++h)
    for (const DrawnFrom from : {DrawnFrom::posterior, DrawnFrom::prior})
      add_recovered(data, batch, h, from, results);
  add_contests(data, batch, results);
  add_recovery_fits(data, batch, results);
}

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
// Models, parameters and predictions as rows of a results folder.
#include <algorithm>
#include <cmath>

#include "framework/architecture/graph.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/covariates.h"
#include "framework/experiment/detail/model_run.h"
#include "framework/report/doubts.h"

namespace insula::experiment {
namespace {

double normal_distribution(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// θ̂ and its sd of a parameter of the architecture, free, tied or fixed.
struct Estimate {
  double mean = 0, sd = 0;
};

Estimate estimate_of(const architecture::Architecture& a,
                     std::size_t parameter,
                     const inference::Fit& fit) {
  const std::size_t root = a.parameters[parameter].tied_to;
  const std::vector<std::size_t> free = a.free_parameters();
  const auto at = std::find(free.begin(), free.end(), root);
  if (at == free.end() || fit.mean.size() == 0) return {a.parameters[root].prior_mean, 0};
  const auto i = static_cast<Eigen::Index>(at - free.begin());
  return {fit.mean[i], std::sqrt(fit.covariance(i, i))};
}

// A row of what is known of a number on the real line, shown through `natural`.
template <class Natural>
void set_numbers(const Estimate& prior,
                 const Estimate& posterior,
                 Natural natural,
                 report::ParameterRow& row) {
  const double width = normal_quantile(0.975);
  row.prior_mean = prior.mean;
  row.prior_sd = prior.sd;
  row.posterior_mean = posterior.mean;
  row.posterior_sd = posterior.sd;
  row.estimate = natural(posterior.mean);
  row.low = natural(posterior.mean - width * posterior.sd);
  row.high = natural(posterior.mean + width * posterior.sd);
  row.prior_estimate = natural(prior.mean);
  row.prior_low = natural(prior.mean - width * prior.sd);
  row.prior_high = natural(prior.mean + width * prior.sd);
  row.shrinkage = posterior.sd * posterior.sd / (prior.sd * prior.sd);
  if (row.shrinkage > report::kUnidentified) row.doubts = "not identified";
}

report::ParameterRow parameter_row(const ModelRun& model,
                                   std::size_t parameter,
                                   const std::string& subject,
                                   Estimate prior,
                                   Estimate posterior) {
  const architecture::Architecture& a = *model.architecture;
  const architecture::Parameter& p = a.parameters[parameter];
  report::ParameterRow row;
  row.model = model.name;
  row.subject = subject;
  row.parameter = p.name;
  row.unit = p.unit;
  for (std::size_t k = 0; k < a.parameters.size(); ++k)
    row.shared = row.shared || (k != parameter && a.parameters[k].tied_to == parameter);
  set_numbers(
      prior, posterior, [&](double theta) { return p.natural(theta); }, row);
  return row;
}

void add_fit_parameters(const ModelRun& model,
                        const std::string& subject,
                        const inference::Fit& fit,
                        report::Results& results) {
  const architecture::Architecture& a = *model.architecture;
  if (fit.mean.size() == 0) return;
  const std::vector<std::size_t> free = a.free_parameters();
  std::vector<const inference::ScaleFit*> scale_of(free.size(), nullptr);
  for (const inference::ScaleFit& scale : fit.scales)
    for (const Eigen::Index i : scale.parameter) scale_of[static_cast<std::size_t>(i)] = &scale;
  for (std::size_t i = 0; i < free.size(); ++i) {
    const architecture::Parameter& p = a.parameters[free[i]];
    // A learned scale makes the prior narrower or wider, and it is there for weights of which the
    // data say little.
    const double factor = scale_of[i] ? std::exp(0.5 * scale_of[i]->log_scale) : 1;
    report::ParameterRow row = parameter_row(
        model, free[i], subject, {p.prior_mean, factor * p.prior_sd}, estimate_of(a, free[i], fit));
    if (scale_of[i]) row.doubts.clear();
    results.parameters.push_back(std::move(row));
  }
}

void add_posterior(const ModelRun& model,
                   const std::string& subject,
                   const inference::Fit& fit,
                   report::Results& results) {
  if (fit.mean.size() == 0 || model.kind != "hypothesis") return;
  report::Posterior& p = results.posteriors.emplace_back();
  p = {model.name, subject, {}, fit.mean, {}};
  for (const std::size_t i : model.architecture->free_parameters())
    p.parameters.push_back(model.architecture->parameters[i].name);
  if (fit.mean.size() <= report::Posterior::kMost) p.covariance = fit.covariance;
}

// What a unit of a covariate adds to the group's mean of a parameter; of a positive parameter the
// ratio, and of one in the unit interval the ratio of odds, that this comes to.
report::ParameterRow effect_row(const architecture::Parameter& p,
                                const std::string& model,
                                const CovariateEffect& effect,
                                Estimate posterior) {
  const inference::GroupOptions defaults;
  const double mean_square =
      effect.column.squaredNorm() / static_cast<double>(effect.column.size());
  const bool is_difference = p.domain == Domain::real;
  report::ParameterRow row;
  row.model = model;
  row.subject = "group effect of " + effect.name;
  row.parameter = p.name;
  row.unit = is_difference ? p.unit : "1";
  set_numbers(
      {0, p.prior_sd * std::sqrt(defaults.mean_widening / mean_square)},
      posterior,
      [&](double theta) { return is_difference ? theta : std::exp(theta); },
      row);
  return row;
}

// Loadings are each subject's own, also where subjects are pooled.
void add_learned_loadings(const ModelRun& model,
                          const std::string& subject,
                          const PartResult& part,
                          report::Results& results) {
  for (const LearnedLoading& loading : part.loadings) {
    report::ParameterRow row;
    row.model = model.name;
    row.subject = subject;
    row.parameter = loading.name;
    row.unit = loading.unit;
    set_numbers(
        {0, 1}, {loading.mean, loading.sd}, [&](double x) { return x * loading.scale; }, row);
    results.parameters.push_back(std::move(row));
  }
}

// The factor of the prior sds of a band's weights.
void add_scales(const ModelRun& model,
                const std::string& subject,
                const inference::Fit& fit,
                report::Results& results) {
  for (const inference::ScaleFit& scale : fit.scales) {
    report::ParameterRow row;
    row.model = model.name;
    row.subject = subject;
    row.parameter = scale.name;
    row.unit = "1";
    set_numbers(
        {scale.prior_mean, std::sqrt(scale.prior_variance)},
        {scale.log_scale, std::sqrt(scale.variance)},
        [](double log_variance) { return std::exp(0.5 * log_variance); },
        row);
    results.parameters.push_back(std::move(row));
  }
}

// The group's mean of each parameter, what covariates add to it, and how far subjects spread.
void add_group_parameters(const Experiment& e, const ModelRun& model, report::Results& results) {
  const std::vector<CovariateEffect> effects = covariate_effects(e.dataset, e.covariates);
  const inference::GroupFit& fit = model.group->fit;
  const inference::GroupOptions defaults;
  const std::vector<std::size_t> free = model.architecture->free_parameters();
  for (std::size_t h = 0; h < fit.parameter.size(); ++h) {
    const auto at = static_cast<Eigen::Index>(h);
    const std::size_t i = free[static_cast<std::size_t>(fit.parameter[h])];
    const architecture::Parameter& p = model.architecture->parameters[i];
    results.parameters.push_back(
        parameter_row(model,
                      i,
                      "group",
                      {p.prior_mean, p.prior_sd * std::sqrt(defaults.mean_widening)},
                      {fit.mean(at, 0), fit.mean_sd(at, 0)}));
    for (std::size_t k = 0; k < effects.size(); ++k) {
      const auto column = static_cast<Eigen::Index>(k) + 1;
      results.parameters.push_back(
          effect_row(p, model.name, effects[k], {fit.mean(at, column), fit.mean_sd(at, column)}));
    }
    report::ParameterRow spread;
    spread.model = model.name;
    spread.subject = "group sd";
    spread.parameter = p.name;
    spread.unit = p.domain == Domain::real ? p.unit : "1";
    set_numbers(
        {std::log(defaults.variance_ratio * p.prior_sd * p.prior_sd),
         std::sqrt(defaults.log_variance_variance)},
        {fit.log_variance[at], fit.log_variance_sd[at]},
        [](double log_variance) { return std::exp(0.5 * log_variance); },
        spread);
    results.parameters.push_back(std::move(spread));
  }
}

void add_parameters(const RunData& data, const ModelRun& model, report::Results& results) {
  const bool is_pooled = model.group && data.experiment.subjects == Subjects::pooled;
  if (is_pooled) {
    add_fit_parameters(model, "all", model.group->pooled, results);
    add_posterior(model, "all", model.group->pooled, results);
    add_scales(model, "all", model.group->pooled, results);
  } else if (model.group) {
    add_group_parameters(data.experiment, model, results);
  }
  for (std::size_t s = 0; s < model.parts.size(); ++s) {
    const std::string& subject = data.experiment.dataset.subjects[s].id;
    if (!is_pooled) {
      add_fit_parameters(model, subject, model.parts[s][0].fit, results);
      add_posterior(model, subject, model.parts[s][0].fit, results);
      add_scales(model, subject, model.parts[s][0].fit, results);
    }
    add_learned_loadings(model, subject, model.parts[s][0], results);
  }
}

report::Graph graph_of(const ModelRun& model) {
  const architecture::Architecture& a = *model.architecture;
  const architecture::Layout places = architecture::layout(a);
  // With several subjects the drawing shows the first; the tables have them all.
  const bool is_pooled = model.group && model.group->pooled.mean.size() > 0;
  const inference::Fit& fit = is_pooled ? model.group->pooled : model.parts[0][0].fit;
  report::Graph graph;
  for (std::size_t r = 0; r < a.regions.size(); ++r)
    graph.regions.push_back({a.regions[r].name,
                             std::string(a.regions[r].kind->name),
                             places.regions[r].x,
                             places.regions[r].y});
  const auto strength = [&](std::size_t parameter, report::GraphEdge& edge) {
    if (fit.mean.size() == 0) return;
    const Estimate e = estimate_of(a, parameter, fit);
    edge.strength = a.parameters[parameter].natural(e.mean);
    if (a.parameters[parameter].domain == Domain::real && e.sd > 0)
      edge.probability = normal_distribution(e.mean / e.sd);
    else
      edge.probability = edge.strength > 0 ? 1 : 0;
  };
  for (std::size_t i = 0; i < a.projections.size(); ++i) {
    const architecture::Projection& p = a.projections[i];
    report::GraphEdge edge;
    edge.source = a.regions[p.source].name;
    edge.target = a.regions[p.target].name;
    edge.kind = p.kind->name;
    edge.modulated_by = p.contexts;
    for (const std::size_t g : p.gates) edge.gated_by.push_back(a.regions[g].name);
    if (p.source != p.target && !p.kind->parameters.empty())
      strength(a.projection_parameters[i], edge);
    graph.edges.push_back(std::move(edge));
  }
  for (std::size_t i = 0; i < a.inputs.size(); ++i) {
    const auto& learned = a.inputs[i].learned;
    const bool is_band = a.inputs[i].band.has_value();
    graph.inputs.push_back({a.inputs[i].name,
                            learned   ? architecture::to_text(a, learned->signal)
                            : is_band ? "features"
                                      : "input",
                            places.inputs[i].x,
                            places.inputs[i].y});
    for (std::size_t d = 0; d < a.inputs[i].drives.size(); ++d) {
      report::GraphEdge edge;
      edge.source = a.inputs[i].name;
      edge.target = a.regions[a.inputs[i].drives[d]].name;
      edge.kind = is_band ? "features" : "input";
      edge.is_input = true;
      if (!is_band) strength(a.input_parameters[i] + d, edge);
      graph.edges.push_back(std::move(edge));
    }
  }
  return graph;
}

void describe_ablation(const RunData& data, const ModelRun& model, report::ModelSummary& m) {
  for (const Hypothesis& h : data.experiment.hypotheses)
    if (&h.architecture == model.architecture) {
      m.file = h.file;
      m.description = h.name + " without " + in_words(model.left_out) + " in its likelihood.";
    }
}

void add_model(const RunData& data,
               const ModelRun& model,
               std::size_t index,
               report::Results& results) {
  const Experiment& e = data.experiment;
  report::ModelSummary m;
  m.name = model.name;
  m.kind = model.kind;
  if (model.kind == "hypothesis") {
    const Hypothesis& h = e.hypotheses[index];
    m.description = h.architecture.description;
    m.file = h.file;
    if (index > 0)
      m.difference =
          join(architecture::difference(e.hypotheses.front().architecture, h.architecture), "; ");
  } else if (model.kind == "ablation") {
    describe_ablation(data, model, m);
  } else if (model.baseline) {
    m.summary = model.baseline->summary;
    m.source = model.baseline->source;
  } else if (const BuiltBaseline* built = find_built(model.name)) {
    m.summary = built->summary;
    m.source = built->source;
  }
  if (model.architecture && model.left_out.empty()) m.graph = graph_of(model);
  if (model.group) m.fits.push_back(model.group->summary);
  for (std::size_t s = 0; s < model.parts.size(); ++s)
    for (std::size_t p = 0; p < model.parts[s].size(); ++p) {
      const PartResult& part = model.parts[s][p];
      const std::string what =
          model.name + ", subject " + e.dataset.subjects[s].id + ", " +
          (p == 0 ? std::string("all data") : "fold " + data.folds[s][p - 1].name);
      if (!part.done)
        results.not_computed.emplace_back(what, "the run was stopped before it ended");
      else if (!part.has_prediction)
        results.not_computed.emplace_back(what, part.summary.reason);
      if (part.done) m.fits.push_back(part.summary);
    }
  results.models.push_back(std::move(m));
}

// Targets of one recording, or of one observation of trials, in one run.
report::PredictionBlock prediction_block(const RunData& data,
                                         const ModelRun& model,
                                         std::size_t s,
                                         std::size_t r,
                                         const std::vector<std::size_t>& here) {
  const Experiment& e = data.experiment;
  const Target& first_target = data.targets[here[0]];
  std::vector<RunData::Samples> samples;
  for (const std::size_t t : here) samples.push_back(data.samples(s, t));
  const std::vector<std::size_t>& run = samples[0].run;
  const auto first = std::ranges::find(run, r) - run.begin();
  const auto rows = std::ranges::count(run, r);
  const auto columns = static_cast<Eigen::Index>(here.size());
  const Eigen::MatrixXd unknown = Eigen::MatrixXd::Constant(rows, columns, kNaN);
  report::PredictionBlock block{model.name,
                                e.dataset.subjects[s].id,
                                e.dataset.subjects[s].runs[r].id,
                                first_target.recording,
                                first_target.unit,
                                {},
                                unknown,
                                unknown,
                                unknown,
                                unknown,
                                unknown,
                                unknown,
                                Eigen::VectorXi::Constant(rows, -1)};
  for (Eigen::Index k = 0; k < columns; ++k) {
    const RunData::Samples& mine = samples[static_cast<std::size_t>(k)];
    const std::size_t t = here[static_cast<std::size_t>(k)];
    block.channels.push_back(data.targets[t].channel);
    block.observed.col(k) = mine.value.segment(first, rows);
    for (Eigen::Index i = 0; i < rows; ++i)
      block.time(i, k) = mine.time[static_cast<std::size_t>(first + i)];
    const auto& parts = model.parts[s];
    const auto explains = [&](const PartResult& part) {
      return part.has_prediction && part.mean[t].size() > 0;
    };
    if (explains(parts[0])) {
      block.fitted.col(k) = parts[0].mean[t].segment(first, rows);
      block.fitted_sd.col(k) = parts[0].sd[t].segment(first, rows);
    }
    for (std::size_t f = 0; f < data.folds[s].size(); ++f)
      for (Eigen::Index i = 0; i < rows; ++i) {
        if (evaluation::part_of(data.folds[s][f], r, block.time(i, k), e.gap) !=
            evaluation::Part::test)
          continue;
        if (k == 0) block.fold[i] = static_cast<int>(f);
        if (!explains(parts[f + 1])) continue;
        block.held_out(i, k) = parts[f + 1].mean[t][first + i];
        block.held_out_sd(i, k) = parts[f + 1].sd[t][first + i];
      }
  }
  return block;
}

void add_predictions(const RunData& data, const ModelRun& model, report::Results& results) {
  std::vector<std::vector<std::size_t>> recordings;
  for (std::size_t t = 0; t < data.targets.size(); ++t) {
    if (t == 0 || data.targets[t].recording != data.targets[t - 1].recording)
      recordings.emplace_back();
    recordings.back().push_back(t);
  }
  for (std::size_t s = 0; s < model.parts.size(); ++s)
    for (const std::vector<std::size_t>& here : recordings)
      for (std::size_t r = 0; r < data.experiment.dataset.subjects[s].runs.size(); ++r)
        results.predictions.push_back(prediction_block(data, model, s, r, here));
}

}  // namespace

void gather(const RunData& data, report::Results& results) {
  for (std::size_t m = 0; m < data.models.size(); ++m) {
    const ModelRun& model = data.models[m];
    add_model(data, model, m, results);
    if (model.architecture) add_parameters(data, model, results);
    // Those of an ablation are scored, and would make the file as many times larger.
    if (model.left_out.empty()) add_predictions(data, model, results);
  }
}

}  // namespace insula::experiment

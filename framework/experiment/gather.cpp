// SPDX-License-Identifier: Apache-2.0
// Models, parameters and predictions as rows of a results folder.
#include <algorithm>
#include <cmath>

#include "framework/architecture/graph.h"
#include "framework/base/nan.h"
#include "framework/base/random.h"
#include "framework/base/text.h"
#include "framework/experiment/detail/model_run.h"

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

void add_parameters(const RunData& data, const ModelRun& model, report::Results& results) {
  const architecture::Architecture& a = *model.architecture;
  const std::vector<std::size_t> free = a.free_parameters();
  for (std::size_t s = 0; s < model.parts.size(); ++s) {
    const inference::Fit& fit = model.parts[s][0].fit;
    if (fit.mean.size() == 0) continue;
    for (std::size_t i = 0; i < free.size(); ++i) {
      const architecture::Parameter& p = a.parameters[free[i]];
      const auto [mean, sd] = estimate_of(a, free[i], fit);
      const double width = normal_quantile(0.975);
      report::ParameterRow row;
      row.model = model.name;
      row.subject = data.experiment.dataset.subjects[s].id;
      row.parameter = p.name;
      row.unit = p.unit;
      for (std::size_t k = 0; k < a.parameters.size(); ++k)
        row.shared = row.shared || (k != free[i] && a.parameters[k].tied_to == free[i]);
      row.prior_mean = p.prior_mean;
      row.prior_sd = p.prior_sd;
      row.posterior_mean = mean;
      row.posterior_sd = sd;
      row.estimate = p.natural(mean);
      row.low = p.natural(mean - width * sd);
      row.high = p.natural(mean + width * sd);
      row.prior_estimate = p.natural(p.prior_mean);
      row.prior_low = p.natural(p.prior_mean - width * p.prior_sd);
      row.prior_high = p.natural(p.prior_mean + width * p.prior_sd);
      row.shrinkage = sd * sd / (p.prior_sd * p.prior_sd);
      results.parameters.push_back(std::move(row));
    }
  }
}

report::Graph graph_of(const ModelRun& model) {
  const architecture::Architecture& a = *model.architecture;
  const architecture::Layout places = architecture::layout(a);
  // With several subjects the drawing shows the first; the tables have them all.
  const inference::Fit& fit = model.parts[0][0].fit;
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
    graph.inputs.push_back({a.inputs[i].name, "input", places.inputs[i].x, places.inputs[i].y});
    for (std::size_t d = 0; d < a.inputs[i].drives.size(); ++d) {
      report::GraphEdge edge;
      edge.source = a.inputs[i].name;
      edge.target = a.regions[a.inputs[i].drives[d]].name;
      edge.kind = "input";
      edge.is_input = true;
      strength(a.input_parameters[i] + d, edge);
      graph.edges.push_back(std::move(edge));
    }
  }
  return graph;
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
  } else if (model.baseline) {
    m.summary = model.baseline->summary;
    m.source = model.baseline->source;
  } else {
    m.summary =
        "The union of all hypotheses made linear: projections without modulation or gates, "
        "contexts "
        "driving the regions whose afferents they modulated.";
    m.source = "Friston, Harrison & Penny 2003, NeuroImage 19:1273, with B and D left out";
  }
  if (model.architecture) m.graph = graph_of(model);
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

void add_predictions(const RunData& data, const ModelRun& model, report::Results& results) {
  const Experiment& e = data.experiment;
  for (std::size_t s = 0; s < model.parts.size(); ++s) {
    std::vector<std::string> recordings;
    for (const Target& t : data.targets)
      if (std::find(recordings.begin(), recordings.end(), t.recording) == recordings.end())
        recordings.push_back(t.recording);
    for (const std::string& recording : recordings) {
      Eigen::Index first = 0;
      for (std::size_t r = 0; r < e.dataset.subjects[s].runs.size(); ++r) {
        const dataset::Run& run = e.dataset.subjects[s].runs[r];
        const dataset::Recording& rec = *run.recording(recording);
        const Eigen::Index rows = rec.samples.rows();
        std::vector<std::size_t> here;
        for (std::size_t t = 0; t < data.targets.size(); ++t)
          if (data.targets[t].recording == recording) here.push_back(t);
        const auto columns = static_cast<Eigen::Index>(here.size());
        const Eigen::MatrixXd unknown = Eigen::MatrixXd::Constant(rows, columns, kNaN);
        report::PredictionBlock block{model.name,
                                      e.dataset.subjects[s].id,
                                      run.id,
                                      recording,
                                      rec.unit,
                                      {},
                                      unknown,
                                      unknown,
                                      unknown,
                                      unknown,
                                      unknown,
                                      unknown,
                                      Eigen::VectorXi::Constant(rows, -1)};
        for (Eigen::Index k = 0; k < columns; ++k) {
          const std::size_t t = here[static_cast<std::size_t>(k)];
          const Target& target = data.targets[t];
          block.channels.push_back(target.channel);
          const auto c = std::find(rec.channels.begin(), rec.channels.end(), target.channel) -
                         rec.channels.begin();
          block.observed.col(k) = rec.samples.col(c);
          for (Eigen::Index i = 0; i < rows; ++i) block.time(i, k) = rec.time(i, c);
          const auto& parts = model.parts[s];
          if (parts[0].has_prediction) {
            block.fitted.col(k) = parts[0].mean[t].segment(first, rows);
            block.fitted_sd.col(k) = parts[0].sd[t].segment(first, rows);
          }
          for (std::size_t f = 0; f < data.folds[s].size(); ++f)
            for (Eigen::Index i = 0; i < rows; ++i) {
              if (evaluation::part_of(data.folds[s][f], r, block.time(i, k), e.gap) !=
                  evaluation::Part::test)
                continue;
              if (k == 0) block.fold[i] = static_cast<int>(f);
              if (!parts[f + 1].has_prediction) continue;
              block.held_out(i, k) = parts[f + 1].mean[t][first + i];
              block.held_out_sd(i, k) = parts[f + 1].sd[t][first + i];
            }
        }
        first += rows;
        results.predictions.push_back(std::move(block));
      }
    }
  }
}

}  // namespace

void gather(const RunData& data, report::Results& results) {
  for (std::size_t m = 0; m < data.models.size(); ++m) {
    const ModelRun& model = data.models[m];
    add_model(data, model, m, results);
    if (model.architecture) add_parameters(data, model, results);
    add_predictions(data, model, results);
  }
}

}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
// Results of the size and shape of a real experiment, made from known signals plus seeded noise:
// three hypotheses, six baselines, three channels, 360 samples, five folds. No fit is behind it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "framework/base/random.h"
#include "framework/report/results.h"

namespace insula::report {

struct ExampleModel {
  const char* name;
  bool hypothesis;
  double skill;  // share of the true signal that its predictions carry
  double log_evidence;
};

inline constexpr std::array<ExampleModel, 9> kExampleModels{{
    {"forward", true, 0.62, -1611.4},
    {"backward", true, 0.66, -1604.9},
    {"gated", true, 0.79, -1598.2},
    {"mean", false, 0.0, NAN},
    {"ridge", false, 0.55, NAN},
    {"banded_ridge", false, 0.60, NAN},
    {"fir_ridge", false, 0.57, NAN},
    {"var", false, 0.30, NAN},
    {"linear_dcm", false, 0.61, NAN},
}};
inline const std::vector<std::string> kExampleChannels{"V1", "V5", "SPC"};
inline constexpr int kExampleSamples = 360, kExampleFolds = 5;
inline constexpr double kExampleInterval = 3.22;  // s

/// Block design: motion on and off, attention in some blocks, smoothed as blood would.
inline Eigen::MatrixXd example_truth() {
  Eigen::MatrixXd truth(kExampleSamples, 3);
  double visual = 0, motion = 0, attention = 0;
  for (int i = 0; i < kExampleSamples; ++i) {
    const int block = (i / 10) % 9;
    visual += 0.35 * ((block > 0 ? 1.0 : 0.0) - visual);
    motion += 0.3 * ((block % 2 == 1 ? 1.0 : 0.0) - motion);
    attention += 0.25 * ((block % 4 == 1 ? 1.0 : 0.0) - attention);
    truth(i, 0) = 1.4 * visual - 0.9 + 0.3 * motion;
    truth(i, 1) = 1.2 * motion + 0.9 * attention * motion - 0.6;
    truth(i, 2) = 0.5 * motion + 1.1 * attention - 0.5;
  }
  return truth;
}

inline GraphEdge example_edge(const std::string& source,
                              const std::string& target,
                              const std::string& kind,
                              double strength,
                              double probability) {
  GraphEdge edge;
  edge.source = source;
  edge.target = target;
  edge.kind = kind;
  edge.strength = strength;
  edge.probability = probability;
  return edge;
}

inline Graph example_graph(const std::string& model) {
  Graph graph;
  // As architecture::layout() places them: by their distance from the inputs.
  if (model == "gated") {
    graph.regions = {{"V1", "neuronal", 0.5, 0.567},
                     {"V5", "neuronal", 1, 0.65},
                     {"SPC", "neuronal", 0.5, 0.233}};
  } else {
    graph.regions = {{"V1", "neuronal", 1 / 3., 0.35},
                     {"V5", "neuronal", 2 / 3., 0.65},
                     {"SPC", "neuronal", 1, 0.35}};
  }
  graph.inputs = {
      {"photic", "input", 0, 0.5}, {"motion", "input", 0, 0.75}, {"attention", "input", 0, 0.25}};
  graph.edges = {example_edge("V1", "V5", "modulated", 0.21, 0.97),
                 example_edge("V5", "V1", "linear", -0.12, 0.29),
                 example_edge("V5", "SPC", "linear", 0.48, 0.999),
                 example_edge("SPC", "V5", "linear", 0.33, 0.98),
                 example_edge("V1", "V1", "self", -0.5, 0.001),
                 example_edge("photic", "V1", "input", 0.92, 0.9999)};
  graph.edges[0].modulated_by = {"motion"};
  graph.edges[5].is_input = true;
  if (model == "forward") graph.edges[0].modulated_by.push_back("attention");
  if (model == "backward") graph.edges[3].modulated_by = {"attention"};
  if (model == "gated") {
    graph.edges[0].gated_by = {"SPC"};
    graph.edges.push_back(example_edge("attention", "SPC", "input", 0.37, 0.99));
    graph.edges.back().is_input = true;
  }
  return graph;
}

inline FitSummary example_fit(const ExampleModel& model, const std::string& fold, Stream& random) {
  FitSummary fit;
  fit.subject = "s01";
  fit.fold = fold;
  fit.status = "converged";
  fit.reason = "the predicted gain fell below 0.01 nats";
  if (!model.hypothesis) {
    fit.tuned = {{"penalty of V1", "31.6"}, {"penalty of V5", "10"}, {"delays", "0 to 8 samples"}};
    return fit;
  }
  const double evidence = fold == "full" ? model.log_evidence : 0.8 * model.log_evidence;
  for (int i = 0; i < 14; ++i) {
    fit.free_energy_by_iteration.push_back(evidence - 900 * std::exp(-model.skill * i) -
                                           0.01 * (13 - i));
  }
  fit.iterations = 14;
  fit.free_energy = evidence;
  fit.accuracy = evidence + 61.25;
  fit.complexity_parameters = -48.5;
  fit.complexity_hyperparameters = -12.75;
  fit.gradient_norm = 3.1e-4;
  fit.pareto_k = model.skill > 0.7 ? 0.43 : 0.78;
  for (int i = 0; i < 8; ++i) {
    fit.start_free_energy.push_back(i == 5 ? NAN : evidence - (i % 3 == 2 ? 7.4 : 0.02 * i));
  }
  for (const std::string& channel : kExampleChannels) {
    fit.noise.emplace_back(channel, 0.5 + 0.1 * random.uniform());
  }
  fit.weak_directions = {"V5 -> V1.strength (0.71), V5.self_inhibition (0.70)"};
  if (fold == "4" && std::string(model.name) == "backward") {
    fit.status = "iteration limit";
    fit.reason = "128 iterations were not enough: the last step promised 0.4 nats";
    fit.iterations = 128;
  }
  return fit;
}

inline ModelSummary example_model(const ExampleModel& model, Stream& random) {
  ModelSummary summary;
  summary.name = model.name;
  summary.kind = model.hypothesis ? "hypothesis" : "baseline";
  if (model.hypothesis) {
    summary.description = "Attention acts on the " + summary.name + " projection.";
    summary.file = summary.name + ".yaml";
    if (summary.name == "backward") summary.difference = "attention modulates SPC → V5";
    if (summary.name == "gated") summary.difference = "adds: SPC gates V1 → V5";
    summary.graph = example_graph(summary.name);
  } else {
    summary.summary = "Predicts each channel linearly from the inputs.";
    summary.source = "Dupré la Tour 2022, NeuroImage 264:119728";
  }
  summary.fits.push_back(example_fit(model, "full", random));
  for (int fold = 1; fold <= kExampleFolds; ++fold) {
    summary.fits.push_back(example_fit(model, std::to_string(fold), random));
  }
  return summary;
}

inline void add_example_scores(const ExampleModel& model, Stream& random, Results& results) {
  const std::vector<std::string> channels{"V1", "V5", "SPC", "mean"};
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const double r = model.skill * (1 - 0.1 * static_cast<double>(c % 3)) + 0.02 * random.normal();
    const std::array<std::pair<const char*, double>, 3> metrics{
        {{"r", r}, {"r2", r * std::abs(r) - 0.03}, {"log_density", -1.1 + 0.5 * r * r}}};
    for (const auto& [metric, value] : metrics) {
      ScoreRow row;
      row.model = model.name;
      row.kind = model.hypothesis ? "hypothesis" : "baseline";
      row.subject = "s01";
      row.modality = "bold";
      row.channel = channels[c];
      row.metric = metric;
      for (int fold = 1; fold <= kExampleFolds; ++fold) {
        row.fold = std::to_string(fold);
        row.value = value + 0.08 * random.normal();
        results.scores.push_back(row);
      }
      row.fold = "all";
      row.value = value;
      row.low = value - 0.09;
      row.high = value + 0.08;
      if (row.metric == "r" && row.channel != "mean") {
        row.ceiling = 0.9;
        row.normalised = row.value / 0.9;
        row.normalised_low = row.low / 0.9, row.normalised_high = row.high / 0.9;
        row.ceiling_kind = "repeats";
      }
      results.scores.push_back(row);
    }
  }
}

inline ComparisonRow example_comparison(const ExampleModel& model, const Results& results) {
  ComparisonRow row;
  row.model = model.name;
  row.kind = model.hypothesis ? "hypothesis" : "baseline";
  row.log_evidence = model.log_evidence;
  row.delta = model.log_evidence + 1598.2;
  if (model.hypothesis) row.posterior_probability = std::exp(row.delta) / 1.00123;
  for (const ScoreRow& score : results.scores) {
    if (score.model != row.model || score.fold != "all" || score.channel != "mean") continue;
    if (score.metric == "r") {
      row.r = score.value, row.r_low = score.low, row.r_high = score.high;
    } else if (score.metric == "r2") {
      row.r2 = score.value, row.r2_low = score.low, row.r2_high = score.high;
    } else {
      row.log_density = score.value, row.log_density_low = score.low,
      row.log_density_high = score.high;
    }
  }
  return row;
}

inline ParameterRow example_parameter(const std::string& model,
                                      const std::string& name,
                                      const std::string& unit,
                                      double mean,
                                      double sd,
                                      double prior_sd) {
  ParameterRow row;
  row.model = model;
  row.subject = "s01";
  row.parameter = name;
  row.unit = unit;
  row.prior_mean = 0;
  row.prior_sd = prior_sd;
  row.posterior_mean = mean;
  row.posterior_sd = sd;
  row.shrinkage = sd * sd / (prior_sd * prior_sd);
  const bool positive = unit == "s" || unit == "1";  // exp-transformed around a default of 2
  const auto natural = [&](double x) { return positive ? 2 * std::exp(x) : x; };
  row.estimate = natural(mean);
  row.low = natural(mean - 1.96 * sd);
  row.high = natural(mean + 1.96 * sd);
  row.prior_estimate = natural(0);
  row.prior_low = natural(-1.96 * prior_sd);
  row.prior_high = natural(1.96 * prior_sd);
  return row;
}

inline void add_example_parameters(const std::string& model, double skill, Results& results) {
  const auto add = [&](const char* name, const char* unit, double mean, double sd, double prior) {
    results.parameters.push_back(example_parameter(model, name, unit, mean * skill, sd, prior));
  };
  add("V1 -> V5.strength", "1/s", 0.31, 0.06, 0.125);
  add("V5 -> V1.strength", "1/s", -0.14, 0.10, 0.125);
  add("V5 -> SPC.strength", "1/s", 0.52, 0.05, 0.125);
  add("SPC -> V5.strength", "1/s", 0.41, 0.08, 0.125);
  add("V1 -> V5.by motion", "1/s", 0.71, 0.21, 1);
  add("photic -> V1.weight", "1/s", 1.2, 0.11, 1);
  add("V5.self_inhibition", "1", 0.08, 0.05, 0.0625);
  add("bold.V1.transit", "s", 0.03, 0.04, 0.0625);
  add("bold.V5.transit", "s", -0.02, 0.05, 0.0625);
  add("bold.decay", "s", 0.05, 0.05, 0.0625);
  if (model == "gated") add("V1 -> V5.gate SPC", "1/s", 0.9, 0.3, 1);
}

/// A psychometric curve over six bins of "coherence" and response times of two responses.
inline void add_example_checks(const ExampleModel& model, Results& results) {
  CheckRow row;
  row.model = model.name;
  row.kind = model.hypothesis ? "hypothesis" : "baseline";
  row.observation = "decision";
  row.trials = "held_out";
  const auto add = [&](double low, double high, double n, double observed, double predicted) {
    row.low = low;
    row.high = high;
    row.position = 0.5 * (low + high);
    row.n = n;
    row.observed = observed;
    row.observed_low = 0.9 * observed;
    row.observed_high = 1.1 * observed;
    row.predicted = predicted;
    row.predicted_low = 0.85 * predicted;
    row.predicted_high = 1.15 * predicted;
    results.checks.push_back(row);
  };
  row.check = "psychometric";
  row.term = "coherence";
  row.response = "right";
  row.unit = "1";
  for (int bin = 0; bin < 6; ++bin) {
    const double x = 0.4 * bin - 1;
    add(x - 0.2, x + 0.2, 50, 0.5 + 0.3 * x, 0.5 + 0.3 * model.skill * x);
  }
  row.check = "distribution";
  row.term = "";
  row.unit = "1/s";
  for (const char* response : {"left", "right"}) {
    row.response = response;
    for (int bin = 0; bin < 12; ++bin) {
      const double t = 0.1 * (bin + 1), shape = 25 * t * t * std::exp(-5 * t);
      add(0.1 * bin, t, std::round(30 * shape), shape, (0.5 + model.skill) * shape);
    }
  }
}

inline PredictionBlock example_predictions(const ExampleModel& model,
                                           Stream& noise,
                                           Stream& random) {
  const Eigen::MatrixXd truth = example_truth();
  PredictionBlock block;
  block.model = model.name;
  block.subject = "s01";
  block.run = "run-1";
  block.recording = "bold";
  block.unit = "%";
  block.channels = kExampleChannels;
  block.time = block.observed = block.held_out = block.held_out_sd = block.fitted =
      block.fitted_sd = Eigen::MatrixXd(kExampleSamples, 3);
  block.fold.resize(kExampleSamples);
  for (int i = 0; i < kExampleSamples; ++i) {
    block.fold[i] = i * kExampleFolds / kExampleSamples;
    for (int c = 0; c < 3; ++c) {
      block.time(i, c) = (i + 0.5) * kExampleInterval;
      block.observed(i, c) = i > 200 && i < 204 ? NAN : truth(i, c) + 0.45 * noise.normal();
      block.held_out(i, c) = model.skill * truth(i, c) * 1.1 + 0.05 * random.normal();
      block.held_out_sd(i, c) = 0.48 + 0.1 * (1 - model.skill);
      block.fitted(i, c) = (0.1 + model.skill) * truth(i, c);
      block.fitted_sd(i, c) = 0.45;
    }
  }
  return block;
}

inline Verdict example_verdict(const std::string& other, const std::string& channel, double gain) {
  Verdict verdict;
  verdict.model = "gated";
  verdict.other = other;
  verdict.modality = "bold";
  verdict.channel = channel;
  verdict.metric = "r";
  verdict.value = 0.71;
  verdict.other_value = 0.71 - gain;
  verdict.difference = gain;
  verdict.low = gain - 0.05;
  verdict.high = gain + 0.05;
  verdict.sentence = std::string("gated predicts ") +
                     (channel == "mean" ? "held-out BOLD" : channel) +
                     (gain > 0.05 ? " better than " : " no better than ") + other + ".";
  return verdict;
}

inline Results example_results() {
  Results results;
  results.experiment = "attention";
  results.description = "Where does attention to motion act: forward, backward or by a gate?";
  results.insula_version = "0.1.0";
  results.started = "2024-03-01T09:00:00Z";
  results.finished = "2024-03-01T09:01:12Z";
  results.seed = 18446744073709551615ULL;
  results.dataset_name = "attention-to-motion (synthetic twin)";
  results.dataset_citation = "Büchel & Friston 1997, Cereb. Cortex 7:768";
  results.dataset_licence = "CC0-1.0";
  results.input_files = {{"experiment.yaml", std::string(64, 'a')},
                         {"gated.yaml", std::string(64, 'b')}};
  results.settings = {{"validation", "5 blocks, gap 20 s"}, {"engine", "variational_laplace"}};
  results.folds = {"1", "2", "3", "4", "5"};
  results.gap = 20;
  results.not_computed = {{"noise ceiling of V5", "no stimulus is repeated"}};
  results.findings = {{"run-1, V5", "3 samples are missing and are skipped"}};
  Stream noise(3, "example/noise");
  const Stream same_noise = noise;
  for (const ExampleModel& model : kExampleModels) {
    Stream random(3, std::string("example/") + model.name);
    results.models.push_back(example_model(model, random));
    add_example_scores(model, random, results);
    results.comparison.push_back(example_comparison(model, results));
    if (model.hypothesis) add_example_parameters(model.name, model.skill + 0.2, results);
    if (model.hypothesis) add_example_checks(model, results);
    if (model.hypothesis)
      results.posteriors.push_back({model.name,
                                    "s01",
                                    {"V1 -> V5.strength", "bold.decay"},
                                    Eigen::Vector2d(model.skill, -0.1),
                                    Eigen::Matrix2d{{0.25, -0.01}, {-0.01, 0.003}}});
    noise = same_noise;  // every model is held against the same observations
    results.predictions.push_back(example_predictions(model, noise, random));
  }
  results.verdicts = {example_verdict("banded_ridge", "mean", 0.14),
                      example_verdict("linear_dcm", "mean", 0.12),
                      example_verdict("banded_ridge", "V1", 0.02),
                      example_verdict("banded_ridge", "V5", 0.21),
                      example_verdict("banded_ridge", "SPC", 0.17)};
  return results;
}

}  // namespace insula::report

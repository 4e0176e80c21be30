// SPDX-License-Identifier: Apache-2.0
// A results folder as values: what `insula run` writes and what the report reads.
//
//   summary.json     versions, seed, hashes, per model: status, evidence, scores; what was not
//                    computed and why; the architectures' graphs for the drawing
//   scores.tsv       tidy: model kind subject fold corruption strength modality channel metric value
//                    ceiling, and for fold "all" the 95 % interval low high
//   comparison.tsv   one row a model
//   parameters.tsv   one row a free parameter of a hypothesis, subject and the full-data fit
//   predictions.h5   /model/subject/run/recording/{observed,predicted,predicted_sd,time,part}
//   report.html      made from the files above alone (html.h)
//
// A folder is written under a temporary name and moved into place, so that nothing is half-written.
#pragma once

#include <Eigen/Core>
#include <string>
#include <utility>
#include <vector>

namespace insula::report {

struct ScoreRow {
  std::string model, kind;            // kind: "hypothesis" or "baseline"
  std::string subject, fold;          // fold "all": held-out samples of all folds pooled
  std::string corruption = "none";
  double strength = 0;
  std::string modality, channel;      // channel "mean": mean over channels
  std::string metric;                 // "r", "r2", "log_density"
  double value = 0;
  double ceiling;                     // NaN: no ceiling is known
  double low, high;                   // 95 % interval; NaN where fold is not "all"
};

struct ComparisonRow {
  std::string model, kind;
  double log_evidence;                // NaN for baselines without one
  double delta;                       // against the best hypothesis, ≤ 0
  double posterior_probability;
  double exceedance, protected_exceedance;  // NaN: needs several subjects
  double r, r_low, r_high;            // mean over channels and subjects
  double r2, r2_low, r2_high;
  double log_density, log_density_low, log_density_high;
};

struct ParameterRow {
  std::string model, subject, parameter, unit;
  bool shared = false;
  double prior_mean, prior_sd;          // in the space of the fit (log factor for positive quantities)
  double posterior_mean, posterior_sd;
  double estimate, low, high;           // natural units: median and 95 % interval
  double prior_estimate, prior_low, prior_high;
  double shrinkage;                     // posterior / prior variance
};

/// One verdict, as a sentence that a person can quote.
struct Verdict {
  std::string model, other;       // "gated", "ridge"
  std::string modality, channel;  // channel "mean" for the overall verdict
  std::string metric;
  double value, other_value, difference, low, high;
  std::string sentence;
};

/// The graph of one hypothesis, for the drawing: regions at layered positions in [0, 1]².
struct GraphNode { std::string name, kind; double x, y; };
struct GraphEdge {
  std::string source, target, kind;     // region names; for an input drive, source is the input
  bool is_input = false;
  std::vector<std::string> modulated_by, gated_by;  // context inputs; regions
  double strength;                      // posterior mean, natural units; NaN before a fit
  double probability;                   // P(strength > 0), for opacity; NaN before a fit
};
struct Graph {
  std::vector<GraphNode> regions, inputs;
  std::vector<GraphEdge> edges;
};

struct FitSummary {
  std::string subject, fold;            // fold "full" for the fit to all data
  std::string status, reason;
  int iterations = 0;
  double free_energy, accuracy, complexity_parameters, complexity_hyperparameters;
  double gradient_norm, pareto_k;
  std::vector<double> start_free_energy;
  std::vector<double> free_energy_by_iteration;
  std::vector<std::pair<std::string, double>> noise;        // channel → noise sd
  std::vector<std::string> weak_directions;                 // in words
  std::vector<std::pair<std::string, std::string>> tuned;   // baselines: what was chosen
};

struct ModelSummary {
  std::string name, kind, description;  // kind: "hypothesis" or "baseline"
  std::string file;                     // hypothesis: as the experiment names it
  std::string difference;               // "adds: SPC gates V1 → V5" relative to the first hypothesis
  std::string summary, source;          // baseline: from its kind
  Graph graph;                          // hypothesis only
  std::vector<FitSummary> fits;
};

/// Samples of one recording of one run, for one model: the held-out prediction where a fold held the
/// sample out (part 2: test), the full-data fit's elsewhere is kept beside it.
struct PredictionBlock {
  std::string model, subject, run, recording, unit;
  std::vector<std::string> channels;
  Eigen::MatrixXd time;          // samples × channels, s
  Eigen::MatrixXd observed;      // NaN = missing
  Eigen::MatrixXd held_out, held_out_sd;   // NaN where no fold tested the sample
  Eigen::MatrixXd fitted, fitted_sd;       // of the fit to all data
  Eigen::VectorXi fold;          // samples: index of the fold that tests it, −1 if none
};

struct Results {
  std::string experiment, description;
  std::string insula_version;
  std::string started, finished;        // ISO 8601, UTC: the only bytes that differ between runs
  std::uint64_t seed = 0;
  std::string dataset_name, dataset_citation, dataset_licence;
  std::vector<std::pair<std::string, std::string>> input_files;  // path as named, sha256
  std::vector<std::pair<std::string, std::string>> settings;     // validation, inference, … as used
  std::vector<std::string> folds;       // names
  double gap = 0;                       // s
  std::vector<std::pair<std::string, std::string>> not_computed;  // what, why
  std::vector<std::pair<std::string, std::string>> findings;      // dataset check: where, message
  std::vector<ModelSummary> models;     // hypotheses first, then baselines, in experiment order
  std::vector<ScoreRow> scores;
  std::vector<ComparisonRow> comparison;
  std::vector<ParameterRow> parameters;
  std::vector<Verdict> verdicts;
  std::vector<PredictionBlock> predictions;
};

/// Writes every file of the folder but report.html. `folder` is created; files of an earlier run are
/// replaced one by one by rename, after all have been written in full.
/// errors  InputError if the folder cannot be written
void write(const Results& results, const std::string& folder);

/// Reads a folder back. errors  InputError naming the file that is missing or damaged
Results read(const std::string& folder);

}  // namespace insula::report

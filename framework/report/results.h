// SPDX-License-Identifier: Apache-2.0
// A results folder as values: what `insula run` writes and what the report reads.
//
//   summary.json     versions, seed, hashes, per model: status, evidence, scores; what was not
//                    computed and why; the architectures' graphs for the drawing
//   scores.tsv       tidy: model kind subject fold corruption strength modality channel metric
//   value
//                    ceiling, and for fold "all" the 95 % interval low high; the value over its
//                    noise ceiling, with interval, and what the ceiling is from
//   comparison.tsv   one row a model
//   parameters.tsv   one row a free parameter of a hypothesis, subject and the full-data fit
//   checks.tsv       one row a bin: trials of all subjects, observed and drawn from a model; and
//                    recordings about events
//   predictions.h5 /model/subject/run/recording/{observed,predicted,predicted_sd,fitted,fitted_sd,
//                    time,fold,channels,unit}: `predicted` is held out
//   posteriors.h5    /model/subject/{parameters,mean,covariance}: what the fit to all data knows of
//                    all free parameters together, in the space of the fit
//   tests.tsv        hypotheses against the linear model to beat, corrected for how many were tried
//   interventions.tsv, interventions.h5
//                    only of an experiment that asks for it: what fitted hypotheses predict of
//                    changed networks, in numbers, and as courses:
//                    /model/intervention/subject/run/recording/{intact,intact_sd,changed,changed_sd,
//                    time,channels,unit}
//   ablation.tsv     only of an experiment that asks for it: what a hypothesis' fits to subsets of
//                    its observations know and predict, and what each observation adds to each
//   partition.tsv    only where a baseline knows bands of features: what each explains
//   rdm.tsv          only of an experiment that asks for it: how like the dissimilarities of
//   stimuli
//                    that models predict are to those of held-out data
//   group.tsv        only of an experiment that asks for it: effects over subjects, models of them
//   recovery.tsv, model_recovery.tsv, calibration.tsv, recovery_fits.tsv, recovery_values.tsv
//                    only of an experiment that asks for it: what fits to data that the hypotheses
//                    made themselves find again
//   rasters.tsv      only where counts were recorded: one row an event and channel
//   report.html      made from the files above alone (html.h)
//
// Every file is written under a temporary name and all are moved into place at the end;
// summary.json comes last and holds the checksums of the others, so that a mixture is noticed.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace insula::report {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

struct ScoreRow {
  std::string model, kind;    // kind: "hypothesis", "baseline" or "ablation"
  std::string subject, fold;  // fold "all": held-out samples of all folds pooled
  std::string corruption = "none";
  double strength = 0;
  std::string modality, channel;  // channel "mean": mean over channels
  std::string metric;             // "r", "r2", "log_density"
  double value = 0;
  double ceiling = kUnknown;               // NaN: no ceiling is known
  double low = kUnknown, high = kUnknown;  // 95 % interval; NaN where fold is not "all"
  /// value / ceiling, not clipped; of channel "mean" the median over channels.
  double normalised = kUnknown, normalised_low = kUnknown, normalised_high = kUnknown;
  std::string ceiling_kind;  // "repeats", or empty where there is none
  std::string doubts;        // about the fits behind it, see doubts.h; empty: none
};

struct ComparisonRow {
  std::string model, kind;
  double log_evidence = kUnknown;  // NaN for baselines without one
  double delta = kUnknown;         // against the best hypothesis, ≤ 0
  double posterior_probability = kUnknown;
  /// Random effects over subjects that are fitted one by one: how common the hypothesis is, and how
  /// probably it is the most common. NaN unless there are several of both.
  double expected_frequency = kUnknown, exceedance = kUnknown, protected_exceedance = kUnknown;
  /// The same from the subjects' held-out log densities.
  double cv_expected_frequency = kUnknown, cv_exceedance = kUnknown,
         cv_protected_exceedance = kUnknown;
  double r = kUnknown, r_low = kUnknown, r_high = kUnknown;  // mean over channels and subjects
  double r2 = kUnknown, r2_low = kUnknown, r2_high = kUnknown;
  double log_density = kUnknown, log_density_low = kUnknown, log_density_high = kUnknown;
  /// Noise ceilings: mean over channels and subjects; median over channels of the scores over them.
  double r_ceiling = kUnknown, r_normalised = kUnknown, r_normalised_low = kUnknown,
         r_normalised_high = kUnknown;
  double r2_ceiling = kUnknown, r2_normalised = kUnknown, r2_normalised_low = kUnknown,
         r2_normalised_high = kUnknown;
  std::string doubts;  // about the fits behind it, see doubts.h; empty: none
};

/// What held-out data of one recording, or of one observation of trials, say of a model, where
/// there are several: a mean over all channels would compare models that explain different ones.
struct ObservationRow {
  std::string model, kind;
  std::string observation;
  std::string metric;  // "r" of recordings, "log_density" of trials
  double value = kUnknown, low = kUnknown, high = kUnknown;  // NaN: the model does not explain it
  double ceiling = kUnknown, normalised = kUnknown;          // as in ComparisonRow
};

/// What the exceedances of the comparison rest on.
struct GroupComparison {
  std::string of;  // "log_evidence", or "log_density" of held-out data
  int subjects = 0;
  double omnibus_risk = kUnknown;  // P(all hypotheses are equally frequent | data)
};

struct ParameterRow {
  std::string model, subject, parameter, unit;
  bool shared = false;
  double prior_mean = kUnknown,
         prior_sd = kUnknown;  // in the space of the fit (log factor for positive quantities)
  double posterior_mean = kUnknown, posterior_sd = kUnknown;
  double estimate = kUnknown, low = kUnknown,
         high = kUnknown;  // natural units: median and 95 % interval
  double prior_estimate = kUnknown, prior_low = kUnknown, prior_high = kUnknown;
  double shrinkage = kUnknown;  // posterior / prior variance
  std::string doubts;           // about the fits behind it, see doubts.h; empty: none
};

inline constexpr const char* kEventLocked = "event_locked";

/// Trials of all subjects in one bin: what was observed, and what the model says of the same
/// trials. Or a recording's samples in one bin of time about the same event again and again.
struct CheckRow {
  std::string model, kind;  // kind: "hypothesis" or "baseline"
  std::string observation;  // of trials, or a recording
  std::string channel;      // of a recording; or empty
  /// "psychometric", "chronometric" and "mean" are curves over the bins of a term; "distribution"
  /// is the response times' density in bins of time, and "density" the model's on a grid of times.
  /// "event_locked" is the mean course of a recording about an event.
  std::string check;
  std::string trials;    // "held_out": each predicted by the fold that did not see it; or "fitted"
  std::string term;      // what the bins are of, or the event; empty for bins of time
  std::string level;     // event_locked: of the events that have it; empty: of all
  std::string response;  // psychometric: whose share it is; of times: given with it; or empty
  std::string unit;      // of what is observed and predicted
  double low = kUnknown, high = kUnknown;  // the bin, both ends in it
  double position = kUnknown;              // mean of the term in the bin; middle of a bin of time
  double n = kUnknown;                     // trials; of times, those with that response; events
  double left_out = kUnknown;              // event_locked: events that say nothing of the bin
  double observed = kUnknown, observed_low = kUnknown, observed_high = kUnknown;     // 95 %
  double predicted = kUnknown, predicted_low = kUnknown, predicted_high = kUnknown;  // 95 %
  std::string doubts;  // about the fits behind it, see doubts.h; empty: none
};

/// What was counted about one event, bin by bin.
struct RasterRow {
  std::string observation, channel;
  std::string term, level;  // as in the checks: an event stands under all and under its levels
  std::string subject, run;
  double onset = kUnknown;                   // s from the start of the run
  double from = kUnknown, width = kUnknown;  // s: where the first bin begins; of each bin
  std::string counts;                        // "0,2,,1": nothing is known of the third bin
};

/// One verdict, as a sentence that a person can quote.
struct Verdict {
  std::string model, other;       // "gated", "ridge"
  std::string modality, channel;  // channel "mean" for the overall verdict
  std::string metric;
  double value = kUnknown, other_value = kUnknown, difference = kUnknown, low = kUnknown,
         high = kUnknown;
  double ceiling = kUnknown, normalised = kUnknown, other_normalised = kUnknown;
  std::string sentence;
};

/// A hypothesis against the linear model to beat on one channel, by flips of signs; all rows of one
/// recording, or of one observation of trials, are one family.
struct TestRow {
  std::string model, other;
  std::string modality, channel;
  std::string metric;  // "r2" of recordings, "log_density" of trials
  std::string units;   // what is independent: "subjects", "blocks of 32 s"
  double n = kUnknown;
  double difference = kUnknown;  // mean over units of model − other
  double t = kUnknown;
  double p = kUnknown;         // two-sided
  double p_family = kUnknown;  // corrected for the family by its largest |t|
  double q = kUnknown;         // rate of false discoveries
  std::string doubts;          // about the fits behind it, see doubts.h; empty: none
};

/// What a band of features explains of a channel's held-out samples, by a baseline that predicts
/// from all bands: shares add up to R², with what nuisance and intercept explain.
struct PartitionRow {
  std::string model, subject;              // "all": the mean over subjects
  std::string modality, channel;           // "mean": over channels
  std::string band;                        // of features, "inputs", or "rest"
  double share = kUnknown;                 // product measure; may be negative
  double low = kUnknown, high = kUnknown;  // 95 % interval; of "rest" not told
  double r2 = kUnknown, r2_low = kUnknown, r2_high = kUnknown;
  std::string doubts;  // about the fits behind it, see doubts.h; empty: none
};

/// How like a model's, or a band's, dissimilarities of stimuli are to those of held-out data.
struct RdmRow {
  std::string recording;    // or the table of trials without onsets
  std::string model, kind;  // kind: "hypothesis", "baseline" or "band" (of features)
  std::string subject;      // "all": the mean over subjects
  std::string distance;     // "correlation", "euclidean", "crossnobis"
  std::string similarity;   // "kendall_tau_a", "spearman", "pearson"
  double stimuli = kUnknown, pairs = kUnknown;  // pairs that were held out together, of all folds
  double value = kUnknown, standard_error = kUnknown;
  double low = kUnknown, high = kUnknown;  // 95 % over other stimuli; "all": and other subjects
  double lower_ceiling = kUnknown, upper_ceiling = kUnknown;
  std::string ceiling_kind;  // "subjects", "repeats", or empty where there is none
  std::string other;         // of hypotheses: the baseline that is most like the data
  double difference = kUnknown, difference_low = kUnknown, difference_high = kUnknown;
  std::string doubts;  // about the fits behind it, see doubts.h; empty: none
};

/// One number of a hypothesis fitted to some of its observations, or of what one more adds.
struct AblationRow {
  std::string hypothesis;
  std::string model;      // as in the other tables: "gated on bold + pupil"; "gated" fitted to all
  std::string fitted_to;  // "bold + pupil"
  std::string added;      // "decision": `model` is fitted to it as well, and the number is a change
  std::string scored;     // an observation; for "posterior_sd" a parameter
  std::string channel;    // of the observation; "mean": over its channels
  std::string metric;     // "posterior_sd" in the space of the fit, "r", "r2", "log_density"
  double value = kUnknown;
  double low = kUnknown, high = kUnknown;  // 95 % interval
  std::string doubts;                      // about the fits behind it, see doubts.h; empty: none
};

/// One number about models that were trained on spoilt data and judged on clean ones.
struct StressRow {
  std::string corruption;      // "confound of attention"
  double strength = kUnknown;  // of an area: n/a
  std::string model;           // of a ranking: "all hypotheses"
  std::string kind;            // "hypothesis" or "baseline"
  std::string subject;         // of a parameter's shift; otherwise "all"
  std::string quantity;        // "area", "kendall_tau", "parameter_shift"
  std::string name;            // a metric: "r", "r2", "log_density"; or a parameter
  double value = kUnknown;
  double low = kUnknown, high = kUnknown;  // 95 % interval
  std::string doubts;                      // about the fits behind it, see doubts.h; empty: none
};

/// One number of what a fitted hypothesis predicts of a changed network (experiment/detail/
/// interventions.h): no datum of such a network has been seen.
struct InterventionRow {
  std::string model, intervention;
  std::string subject;  // "all": the mean over subjects, where there are several
  std::string run;      // "all": all of them together
  std::string modality, observation, channel;
  std::string quantity;     // "mean_intact", "mean_change", "size_of_change", "response_left"
  std::string unit;         // of the value
  double value = kUnknown;  // median over draws from the posterior
  double low = kUnknown, high = kUnknown;  // 95 % interval; NaN if too many draws cannot be run
  double draws = kUnknown;                 // from the posterior
  double failed = kUnknown;                // of these, at which the changed network cannot be run
  std::string note;                        // why there are no numbers, or no interval; one clause
  std::string doubts;                      // about the fits behind it, see doubts.h; empty: none
};

/// What an intervention on a hypothesis comes to, in a sentence that a person can quote.
struct InterventionSentence {
  std::string model, intervention, sentence;
};

/// One recording of one run, or its trials: without confounds, drift and noise.
struct InterventionCourse {
  std::string model, intervention, subject, run, recording, unit;
  std::vector<std::string> channels;
  Eigen::MatrixXd time;                   // samples × channels, in Results::time_unit
  Eigen::MatrixXd intact, changed;        // at the posterior mean
  Eigen::MatrixXd intact_sd, changed_sd;  // over draws from the posterior
};

/// One number of a group's analysis: empirical Bayes over subjects that were fitted one by one.
///
///   quantity     parameter  effect     name          other
///   effect       yes        yes                                 given all effects
///   average      yes        yes                                 over reduced models
///   spread       yes                                            sd between subjects
///   candidates              covariate  of the mean   of the     change of log evidence
///   candidate               yes        candidate
///   families                covariate  family        family
///   family                  yes        family
///   prediction              covariate  subject
///   correlation             covariate                           of predictions with what is true
///   free_energy                                                 of the group's model
///   family_frequency        log_evidence or log_density, name: of hypotheses among subjects,
///   `value`,
///                           and the protected exceedance probability
///   family_probability      the same of one subject, or of all that were fitted together
struct GroupRow {
  std::string model, quantity;
  std::string parameter;
  std::string effect;  // "mean", or of a covariate
  std::string name, other;
  std::string division;     // of families
  std::string unit;         // of the value; of an effect what it is per
  double value = kUnknown;  // of parameters in the space of the fit
  double sd = kUnknown, low = kUnknown, high = kUnknown;  // 95 % interval
  /// Of an average that it is not 0; of a candidate or family that it is true; of a correlation
  /// that chance alone gives as much.
  double probability = kUnknown;
  double observed = kUnknown;  // of a prediction
  std::string doubts;          // about the fits behind it, see doubts.h; empty: none
};

/// One parameter of a hypothesis, over data sets that it was simulated with: what fits of the same
/// hypothesis find of it. In the space of the fit.
struct RecoveryRow {
  std::string hypothesis;
  std::string drawn_from;       // "posterior" of the fit to the recorded data, or "prior"
  std::string parameter;        // "all": all of them together, of which only the coverage is known
  double data_sets = kUnknown;  // that were asked for
  double not_simulated = kUnknown;  // the model cannot be run with the parameters drawn
  double not_converged = kUnknown;  // fits; like those that were not simulated they are left out
  double not_done = kUnknown;       // the run was stopped before
  double n = kUnknown;              // what the numbers are of
  double r = kUnknown;              // between truth and estimate
  double bias = kUnknown, bias_low = kUnknown, bias_high = kUnknown;  // estimate − truth
  double error_sd = kUnknown;                                         // of estimate − truth
  double posterior_sd = kUnknown;                                     // what fits take it for
  double coverage = kUnknown, coverage_low = kUnknown,
         coverage_high = kUnknown;  // of 95 % intervals
  double rank_p = kUnknown;         // prior only: that uniform ranks stray as far
  bool ranks_within = true;         // of the simultaneous 95 % bands
};

/// How often which hypothesis has most evidence for data that one of them made.
struct ModelRecoveryRow {
  std::string truth, fitted;
  double data_sets = kUnknown;  // that were asked for
  double left_out = kUnknown;   // not simulated, or a fit did not converge
  double n = kUnknown;          // the others
  double best = kUnknown;       // of these, those for which `fitted` has most evidence
  double share = kUnknown, low = kUnknown, high = kUnknown;  // best of n, 95 % interval
  double probability = kUnknown;  // mean posterior probability, hypotheses equally likely
  double inverse = kUnknown;      // P(truth | fitted is best), hypotheses equally likely
  /// Data sets for which `fitted` is the simplest within 3 nats of the best.
  double kept = kUnknown, kept_share = kUnknown, kept_low = kUnknown, kept_high = kUnknown;
};

/// One bin of the ranks of the truth among a parameter's posteriors, which are uniform if these are
/// right.
struct CalibrationRow {
  std::string hypothesis, parameter;
  double from = kUnknown, to = kUnknown;                     // the bin
  double n = kUnknown;                                       // ranks of all bins
  double count = kUnknown, low = kUnknown, high = kUnknown;  // 95 % band of this bin alone
  double below = kUnknown, below_low = kUnknown,
         below_high = kUnknown;  // ranks up to `to`, 95 % band of all ends together
};

/// One fit to a simulated data set.
struct RecoveryFitRow {
  std::string hypothesis, drawn_from;  // what made the data
  double data_set = kUnknown;          // from 1
  std::string subject;                 // whose design they have
  std::string fitted;
  std::string status, reason;
  double log_evidence = kUnknown;
};

/// One parameter in a fit of the hypothesis that made the data. In the space of the fit.
struct RecoveryValueRow {
  std::string hypothesis, drawn_from;
  double data_set = kUnknown;
  std::string status, parameter;
  double truth = kUnknown, estimate = kUnknown, sd = kUnknown;
  double rank = kUnknown;  // of the truth among draws of the posterior, 0 … 1; prior only
};

/// The graph of one hypothesis, for the drawing: regions at layered positions in [0, 1]².
struct GraphNode {
  std::string name, kind;
  double x = 0, y = 0;
};
struct GraphEdge {
  std::string source, target, kind;  // region names; for an input drive, source is the input
  bool is_input = false;
  std::vector<std::string> modulated_by, gated_by;  // context inputs; regions
  double strength = kUnknown;     // posterior mean, natural units; NaN before a fit
  double probability = kUnknown;  // P(strength > 0), for opacity; NaN before a fit
};
struct Graph {
  std::vector<GraphNode> regions, inputs;
  std::vector<GraphEdge> edges;
};

struct FitSummary {
  std::string subject, fold;  // fold "full" for the fit to all data
  std::string status, reason;
  int iterations = 0;
  double free_energy = kUnknown, accuracy = kUnknown, complexity_parameters = kUnknown,
         complexity_hyperparameters = kUnknown;
  double gradient_norm = kUnknown, pareto_k = kUnknown;
  /// By importance sampling, where the experiment asks for it and the weights can be trusted: then
  /// the log evidence that is compared is this one.
  double log_evidence = kUnknown, log_evidence_se = kUnknown;
  double draws = kUnknown, effective_draws = kUnknown;
  /// What is compared: by importance sampling if that is known, else the free energy.
  double evidence() const { return std::isfinite(log_evidence) ? log_evidence : free_energy; }
  std::vector<double> start_free_energy;
  std::vector<double> free_energy_by_iteration;
  std::vector<std::pair<std::string, double>> noise;       // channel → noise sd
  std::vector<std::string> weak_directions;                // in words
  std::vector<std::pair<std::string, std::string>> tuned;  // baselines: what was chosen
};

struct ModelSummary {
  std::string name, kind, description;  // kind: "hypothesis", "baseline" or "ablation"
  std::string file;                     // hypothesis: as the experiment names it
  std::string difference;       // "adds: SPC gates V1 → V5" relative to the first hypothesis
  std::string summary, source;  // baseline: from its kind
  Graph graph;                  // hypothesis only
  std::vector<FitSummary> fits;
};

/// Samples of one recording of one run, for one model: the held-out prediction where a fold held
/// the sample out (part 2: test), the full-data fit's elsewhere is kept beside it.
struct PredictionBlock {
  std::string model, subject, run, recording, unit;
  std::vector<std::string> channels;
  Eigen::MatrixXd time;                   // samples × channels, in Results::time_unit
  Eigen::MatrixXd observed;               // NaN = missing
  Eigen::MatrixXd held_out, held_out_sd;  // NaN where no fold tested the sample
  Eigen::MatrixXd fitted, fitted_sd;      // of the fit to all data
  Eigen::VectorXi fold;                   // samples: index of the fold that tests it, −1 if none
};

/// The Gaussian posterior of a hypothesis' free parameters, in the space of the fit; subject "all"
/// if subjects are pooled.
struct Posterior {
  /// Of more parameters the covariance is left out: its size grows with their square.
  static constexpr Eigen::Index kMost = 1000;
  std::string model, subject;
  std::vector<std::string> parameters;
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;  // parameters × parameters; or empty
};

struct Results {
  std::string experiment, description;
  std::string insula_version;
  std::string started, finished;  // ISO 8601, UTC: the only bytes that differ between runs
  bool is_stopped = false;        // before all fits had ended: what is here is of those that had
  std::uint64_t seed = 0;
  std::string dataset_name, dataset_citation, dataset_licence;
  std::vector<std::pair<std::string, std::string>> input_files;  // path as named, sha256
  std::vector<std::pair<std::string, std::string>> settings;  // validation, inference, … as used
  std::vector<std::string> folds;                             // names
  double gap = 0;                                             // in the unit of time
  std::string time_unit = "s";  // or "trials" in use, where the dataset has no time axis
  std::vector<std::pair<std::string, std::string>> not_computed;  // what, why
  std::vector<std::pair<std::string, std::string>> findings;      // dataset check: where, message
  std::vector<ModelSummary> models;  // hypotheses, baselines, ablations, in experiment order
  std::vector<ScoreRow> scores;
  std::vector<ComparisonRow> comparison;
  std::vector<GroupComparison> group_comparison;
  std::vector<ParameterRow> parameters;
  std::vector<CheckRow> checks;
  std::vector<Verdict> verdicts;
  std::vector<ObservationRow> observations;  // model by model; empty if there is one observation
  std::vector<PredictionBlock> predictions;  // none of ablations
  std::vector<Posterior> posteriors;
  std::vector<TestRow> tests;
  std::vector<PartitionRow> partition;
  std::vector<RdmRow> rdm;
  std::vector<AblationRow> ablation;
  std::vector<StressRow> stress;
  std::vector<InterventionRow> interventions;
  std::vector<InterventionSentence> intervention_sentences;
  std::vector<InterventionCourse> intervention_courses;
  std::vector<GroupRow> group;
  std::vector<RecoveryRow> recovery;
  std::vector<ModelRecoveryRow> model_recovery;
  std::vector<CalibrationRow> calibration;
  std::vector<RecoveryFitRow> recovery_fits;
  std::vector<RecoveryValueRow> recovery_values;
  std::vector<RasterRow> rasters;
};

/// Writes every file of the folder but report.html. `folder` is created; files of an earlier run
/// are replaced one by one by rename, after all have been written in full. errors  InputError if
/// the folder cannot be written
void write(const Results& results, const std::string& folder);

/// When the run ended whose results the folder holds; empty if it holds none, or those of a run
/// that was stopped.
std::string when_finished(const std::string& folder);

/// Reads a folder back. errors  InputError naming the file that is missing or damaged
Results read(const std::string& folder);

}  // namespace insula::report

// SPDX-License-Identifier: Apache-2.0
// An architecture: regions, projections, inputs and observations, read from YAML and resolved
// against a catalogue of kinds. A value; its graph checks and drawing are in graph.h.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "framework/base/error.h"
#include "framework/contract/catalogue.h"

namespace insula::architecture {

struct Region {
  std::string name;
  const RegionKind* kind = nullptr;  // points into the catalogue, which outlives the architecture
  Place place;
};

struct Projection {
  std::size_t source = 0, target = 0;  // indices of regions
  int ordinal = 1;                     // 2 for "V1 -> V5 (2)"
  const ProjectionKind* kind = nullptr;
  std::vector<std::string> contexts;  // inputs that modulate it, as written
  std::vector<std::size_t> gates;     // regions that gate it
  Place place;
  double gain = 1;  // of what arrives at the target; only interventions change it
};

/// When in a trial a region's activity, or an input, counts for its predictors, and how.
struct Window {
  enum class Lock { onset, response };
  enum class Take { mean, integral, peak, value };
  Lock lock = Lock::onset;
  Take take = Take::mean;
  double from = 0, to = 1;  // s from the moment of the lock; equal for `value`
  bool operator==(const Window&) const = default;
};

/// A learner's quantity, "value.prediction_error".
struct Signal {
  std::size_t learner = 0;
  int signal = 0;  // of its kind
  bool operator==(const Signal&) const = default;
};

/// Where the values of an input come from that the dataset does not have: in each trial the signal
/// is held for a stretch of time, and stretches that overlap add up,
///
///     u(t) = Σ_i s_i(θ) · [m_i + from ≤ t < m_i + to],   m_i the moment of trial i's lock.
///
/// source  O'Doherty, Hampton & Kim 2007, Ann. N.Y. Acad. Sci. 1104:35: regressors of fMRI from a
///         model's trial-wise quantities; here what they depend on is fitted with the rest
struct SignalStretch {
  Signal signal;
  Window::Lock lock = Window::Lock::onset;
  double from = 0, to = 1;  // s from the moment of the lock
  bool operator==(const SignalStretch&) const = default;
};

/// Which columns of a dataset's feature band drive, each region with weights of its own,
///
///     Σ_d Σ_c w_cd φ_c(t − d),   w_cd ~ N(0, v·s²/D)
///
/// φ: columns of unit variance, random directions of them, or the principal components of either,
/// all divided by the root of how many columns the band has. v is the variance of an input's
/// strength, D the number of delays; s is given or learned.
struct Band {
  std::size_t random = 0, pca = 0;  // directions, components; 0: that step is left out
  std::size_t columns = 0;          // that drive at each delay
  double resample = 0;              // s, a row each; 0: rows as they are
  std::vector<double> delays{0};    // s, ascending, not negative
  std::optional<double> scale;      // s; nothing: learned, one a region

  std::size_t count() const { return columns * delays.size(); }
  bool operator==(const Band&) const = default;
};

struct Input {
  std::string name;
  std::vector<std::size_t> drives;  // regions
  Place place;
  std::optional<SignalStretch> learned = {};  // nothing: it is an input of the dataset
  std::optional<Band> band = {};              // it is a band of features
};

/// How regions show in the channels of a recording: channel c shows Σ_r weight(c, r) · region r.
struct Loadings {
  enum class Of {
    own,      // each region has a channel of its own, in their order; no weight
    given,    // a lead field
    learned,  // integrated over
  };
  Of of = Of::own;
  std::string file;        // of a lead field, as it was found
  Eigen::MatrixXd weight;  // channels × regions; learned: 1 where a channel loads, otherwise 0
};

struct Observation {
  std::string name;  // the recording that it explains
  const ObservationKind* kind = nullptr;
  std::vector<std::size_t> regions;
  std::vector<std::string> channels;  // of the recording; default: the regions' names
  Loadings loadings;
  NoiseModel noise = NoiseModel::white;
  double drift_cutoff = 0;  // s, of the cosine set; 0: none
  Place place;
};

/// A product of columns of the trials, or of levels of their factors ("pupil * motivation",
/// "condition.scene * stim"), of inputs, of regions' activities ("V5 * condition.scene"), and of
/// learners' signals.
struct Term {
  std::string name;                  // as we write it
  std::vector<std::string> factors;  // columns and levels that are multiplied
  std::vector<std::size_t> regions;  // whose activity in the window is multiplied
  std::vector<std::string> inputs;   // whose value in the window is multiplied
  std::vector<Signal> signals;       // of learners
  Place place;
  /// True if it has one value a trial whatever the parameters are.
  bool is_known() const { return regions.empty() && signals.empty(); }
};

/// A predictor of trials: its transform of intercept + Σ weight · term.
struct Predictor {
  const PredictorSpec* spec = nullptr;
  bool named = false;  // otherwise it stays at spec->unnamed and has no parameter
  std::vector<Term> terms;
  Place place;
  std::string option = {};  // whose evidence it is, of a kind of options
};

/// Trials that are scored through predictors.
struct TrialObservation {
  std::string name;
  const TrialKind* kind = nullptr;
  std::string table;                  // of the dataset's trials; empty: its only one
  std::string value;                  // the column explained, of a kind that needs a value
  std::vector<std::string> options;   // labels in the dataset's order, of a kind of options
  Window window;                      // of the terms that name regions or inputs
  std::vector<Predictor> predictors;  // insula::predictors_of the kind, in that order
  Place place;
  bool has_window() const;  // does any term name a region or an input?
};

/// What is learned across the trials of a run; its signals are multiplied with weights as columns
/// of the trials are, or are inputs of the dynamics.
struct Learner {
  std::string name;
  const LearnerKind* kind = nullptr;
  std::string table;    // of the dataset's trials; empty: its only one
  std::string outcome;  // a column of the trials, or a factor of two levels
  std::string cue;      // a factor or a column of integers; empty: one cue
  Place place;
  Place outcome_place, cue_place;  // of what they name
};

/// A parameter of the architecture by its full name, with its prior in the space of the fit.
///   "V1.self_inhibition"          of a region
///   "V1 -> V5.strength"           of a projection ("V1 -> V5 (2).strength")
///   "V1 -> V5.modulation.motion"  weight of a context
///   "V1 -> V5.gating.SPC"         weight of a gating region
///   "photic -> V1.strength"       strength of an input
///   "clip[pc2] -> V1.strength"    of a column of a band of features
///   "bold.decay"                  of an observation; "bold.transit.V1" if it is one a region
///   "decision.drift"              intercept of a predictor of trials
///   "decision.drift.stim"         weight of a term
///   "decision.evidence.left.stim" of one of several options
///   "value.learning_rate"         of a learner
struct Parameter {
  std::string name;
  std::string unit;
  std::string meaning;
  Domain domain = Domain::real;
  double reference = 1;  // of a positive parameter; see Domain
  bool free = false;
  bool stated = false;    // its value or prior is the architecture's, not its kind's default
  double prior_mean = 0;  // of θ; the fixed value of θ if not free
  double prior_sd = 0;
  /// Index of the parameter whose θ this one takes ({shared: true} ties all regions of an
  /// observation's parameter to the first); its own index if it is not tied.
  std::size_t tied_to = 0;
  Place place;  // of the line that set it; of its owner if it has its default

  double natural(double theta) const;     // value in natural units
  double derivative(double theta) const;  // d natural / d θ
};

/// A value owner for compilation: parameters[offset + i] is the i-th parameter of the owner's kind.
struct Architecture {
  std::string name, description, file;
  std::vector<Region> regions;
  std::vector<Projection> projections;
  std::vector<Input> inputs;  // bands of features come last
  std::vector<Observation> observations;
  std::vector<TrialObservation> trials;
  std::vector<Learner> learners;

  /// All parameters, in this order: regions (each kind's fields), projections (fields, context
  /// weights, gate weights; none of the fields for a self-projection), inputs (for each region
  /// driven a strength of each of columns_of()), observations (per field: one for each region, or
  /// one), trials (per predictor that is named: an intercept, then a weight for each term),
  /// learners (each kind's fields).
  std::vector<Parameter> parameters;
  std::vector<std::size_t> region_parameters;  // first parameter of each region
  std::vector<std::size_t> projection_parameters;
  std::vector<std::size_t> input_parameters;
  std::vector<std::size_t> observation_parameters;
  std::vector<std::size_t> trial_parameters;
  std::vector<std::size_t> learner_parameters;

  /// Every file read: the architecture itself, then what it extends.
  std::vector<std::string> files;

  std::size_t region_index(const std::string& name) const;  // npos if absent
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  /// Parameters that are free and not tied to another: the coordinates of θ, in table order.
  std::vector<std::size_t> free_parameters() const;
};

/// How each region shows in each channel, channels × regions; the identity if each has its own.
Eigen::MatrixXd weights(const Observation& observation);

/// What an input is made of: itself, or "clip[1]", "clip[2]", … of a band of features, whose
/// components are "clip[pc1]", …
std::vector<std::string> columns_of(const Input& input);

/// True if a term of trials names this input.
bool is_in_a_term(const Architecture& architecture, const std::string& input);

/// True if a projection is modulated by this input.
bool modulates(const Architecture& architecture, const std::string& input);

/// "drift", "evidence.left".
std::string to_text(const Predictor& predictor);

/// "value.prediction_error".
std::string to_text(const Architecture& architecture, const Signal& signal);

/// "V1 -> V5", "V1 -> V5 (2)".
std::string to_text(const Architecture& architecture, const Projection& projection);

enum class Priors {
  insula,  // the kinds' own, argued in docs/priors.md
  spm,     // SPM's: the same but where docs/priors.md says otherwise
};

/// Reads a file (and those it extends). errors  InputError with every mistake found
Architecture load(const std::string& path,
                  const Catalogue& catalogue,
                  Priors priors = Priors::insula);
/// The same from text; `extends` is resolved relative to `shown_as`.
Architecture parse(const std::string& text,
                   const std::string& shown_as,
                   const Catalogue& catalogue,
                   Priors priors = Priors::insula);

}  // namespace insula::architecture

// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/detail/assemble.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <set>

#include "framework/experiment/detail/static_regions.h"
#include "framework/numerics/cosine_set.h"

namespace insula::experiment {
namespace {

constexpr double kFlat = 1e-8;       // prior precision of a confound. source  SPM, spm_dcm_estimate
constexpr double kTypicalRange = 4;  // of data in a model's units. source  SPM, spm_dcm_estimate
// Share of a channel's variance that the confounds of a run are expected to have, where there are
// several runs: flat, those of a run that is held out would leave it unpredictable. A convention;
// samples that train outweigh it by far.
constexpr double kConfoundShare = 0.5;
// Share of a channel's variance that drift is expected to have. With a flat prior drift would
// follow anything in a held-out block, where no datum holds it.
constexpr double kDriftShare = 0.25;

std::size_t z(Eigen::Index i) { return static_cast<std::size_t>(i); }

Eigen::Index column_of(const dataset::Recording& recording, const std::string& channel) {
  return std::find(recording.channels.begin(), recording.channels.end(), channel) -
         recording.channels.begin();
}

// One channel over all runs, and which samples train.
struct Stacked {
  Eigen::VectorXd data;
  std::vector<char> use;
  std::vector<Eigen::Index> run_start;
};

Stacked stack(const dataset::Subject& subject,
              const std::string& recording,
              const std::string& channel,
              const Part& part) {
  Stacked s;
  std::vector<double> data;
  for (std::size_t r = 0; r < subject.runs.size(); ++r) {
    const dataset::Recording& rec = *subject.runs[r].recording(recording);
    const Eigen::Index c = column_of(rec, channel);
    s.run_start.push_back(static_cast<Eigen::Index>(data.size()));
    for (Eigen::Index i = 0; i < rec.samples.rows(); ++i) {
      const double y = rec.samples(i, c);
      data.push_back(y);
      s.use.push_back(std::isfinite(y) && part.trains(recording, r, rec.time(i, c)));
    }
  }
  s.data = Eigen::Map<Eigen::VectorXd>(data.data(), static_cast<Eigen::Index>(data.size()));
  return s;
}

struct Moments {
  double mean = 0, variance = 0, low = HUGE_VAL, high = -HUGE_VAL;
};

Moments training_moments(const Stacked& s) {
  Moments m;
  double n = 0, sum = 0;
  for (std::size_t i = 0; i < s.use.size(); ++i) {
    if (!s.use[i]) continue;
    const double y = s.data[static_cast<Eigen::Index>(i)];
    n += 1;
    sum += y;
    m.low = std::min(m.low, y);
    m.high = std::max(m.high, y);
  }
  if (n == 0) return m;
  m.mean = sum / n;
  for (std::size_t i = 0; i < s.use.size(); ++i)
    if (s.use[i]) m.variance += std::pow(s.data[static_cast<Eigen::Index>(i)] - m.mean, 2) / n;
  return m;
}

std::vector<Shown> shown_in(const architecture::Architecture& architecture) {
  std::vector<Shown> all;
  std::size_t first = 0;  // the observation's first channel of the system
  for (std::size_t o = 0; o < architecture.observations.size(); ++o) {
    const architecture::Observation& observation = architecture.observations[o];
    const Eigen::MatrixXd weight = weights(observation);
    for (Eigen::Index c = 0; c < weight.rows(); ++c) {
      Shown shown{o, observation.channels[z(c)], {}, {}};
      for (Eigen::Index r = 0; r < weight.cols(); ++r) {
        if (weight(c, r) == 0) continue;
        shown.part.push_back(first + z(r));
        shown.weight.push_back(weight(c, r));
      }
      all.push_back(std::move(shown));
    }
    first += observation.regions.size();
  }
  return all;
}

// SPM centres each column and scales all of them so that all together span at most 4 (from the
// lowest sample of any to the highest of any); we centre
// nothing (a constant is among the confounds) and scale only data in other units than the model's.
std::vector<Scaling> scalings(const simulation::System& system,
                              const std::vector<Shown>& shown,
                              const dataset::Subject& subject,
                              const std::vector<Stacked>& data,
                              bool spm) {
  std::vector<Scaling> scaling(data.size());
  for (std::size_t o = 0; o < system.architecture.observations.size(); ++o) {
    const auto& observation = system.architecture.observations[o];
    const dataset::Recording& recording = *subject.runs[0].recording(observation.name);
    double range = 0, highest = 0, lowest = 0;
    for (std::size_t c = 0; c < data.size(); ++c)
      if (shown[c].observation == o) {
        const Moments m = training_moments(data[c]);
        range = std::max(range, m.high - m.low);
        highest = std::max(highest, m.high - m.mean);
        lowest = std::min(lowest, m.low - m.mean);
        if (spm) scaling[c].centre = m.mean;
      }
    const bool same_unit = observation.kind->counts() ||
                           (recording.unit == observation.kind->unit && recording.unit != "a.u.");
    double factor = same_unit || !(range > 0) ? 1 : kTypicalRange / range;
    if (spm) factor = kTypicalRange / std::max(highest - lowest, kTypicalRange);
    for (std::size_t c = 0; c < data.size(); ++c)
      if (shown[c].observation == o) scaling[c].factor = factor;
  }
  return scaling;
}

Eigen::MatrixXd spm_confounds(const dataset::Subject& subject, const std::string& recording) {
  const dataset::Recording& r = *subject.runs[0].recording(recording);
  return r.confounds.cols() > 0 ? r.confounds : Eigen::MatrixXd::Ones(r.samples.rows(), 1);
}

// SPM's sample is the state one bin, a sixteenth of a scan, before its time.
// source  SPM, spm_int: the prediction for a delay is taken at the start of that bin
dataset::Run sampled_as_spm_does(dataset::Run run) {
  for (dataset::Recording& r : run.recordings) r.start -= r.interval / 16;
  return run;
}

inference::Channel make_channel(const architecture::Observation& observation,
                                const std::string& channel_name,
                                Stacked data,
                                const Scaling& scaling,
                                const dataset::Subject& subject,
                                bool spm) {
  inference::Channel channel;
  channel.recording = observation.name;
  channel.name = channel_name;
  channel.data = (data.data.array() - scaling.centre) * scaling.factor;
  channel.use = std::move(data.use);
  channel.run_start = std::move(data.run_start);
  if (spm) {
    channel.confounds = spm_confounds(subject, observation.name);
    channel.confound_precision = Eigen::VectorXd::Constant(channel.confounds.cols(), kFlat);
    channel.lambda_mean = 6;  // source  SPM, spm_dcm_estimate (hE, hC)
    channel.lambda_variance = 1.0 / 128;
    return channel;
  }
  const Moments m = training_moments({channel.data, channel.use, channel.run_start});
  const double variance = m.variance > 0 ? m.variance : 1;
  Nuisance columns = nuisance(subject, observation.name, observation.drift_cutoff);
  const Eigen::Index drift = columns.columns.cols() - columns.first_drift;
  channel.confound_precision = Eigen::VectorXd::Constant(columns.columns.cols(), kFlat);
  const Eigen::Index confounds = columns.first_drift - 1;
  const auto runs = static_cast<double>(subject.runs.size());
  if (subject.runs.size() > 1 && confounds > 0)
    channel.confound_precision.segment(1, confounds)
        .setConstant(static_cast<double>(confounds) / runs / (kConfoundShare * variance));
  if (drift > 0)
    channel.confound_precision.tail(drift).setConstant(static_cast<double>(drift) /
                                                       (kDriftShare * variance));
  channel.confounds = std::move(columns.columns);
  channel.noise =
      observation.noise == NoiseModel::ar1 ? inference::Noise::ar1 : inference::Noise::white;
  channel.lambda_mean = -std::log(variance);
  channel.lambda_variance = 16;
  return channel;
}

// The place of a channel of the system among the sources, of which it becomes one.
std::size_t source_of(std::size_t part, std::vector<std::size_t>& sources) {
  const auto known = std::ranges::find(sources, part);
  const auto place = static_cast<std::size_t>(known - sources.begin());
  if (known == sources.end()) sources.push_back(part);
  return place;
}

// Where trials alone tell of regions, the prior mean is a hollow: inputs drive nothing and
// projections carry next to nothing, so weights of regions matter little, so nothing says that
// inputs should drive. The other start has all of them on, one and a half sds up. The same is true
// of learned loadings on regions: where nothing is driven, no sign of a loading is better.
Eigen::VectorXd other_start_of(const FitProblem& fit) {
  const auto is_informed = [](const std::vector<char>& use) {
    return std::ranges::find(use, 1) != use.end();
  };
  for (const inference::Channel& channel : fit.problem.channels)
    if (is_informed(channel.use) && channel.sources.empty()) return {};
  for (std::size_t k = fit.trials.size(); k < fit.problem.scored.size(); ++k)
    if (is_informed(fit.problem.scored[k].use)) return {};
  if (fit.system.probes.empty() && fit.sources.empty()) return {};
  Eigen::VectorXd start = fit.problem.prior_mean;
  const architecture::Architecture& a = fit.system.architecture;
  const auto lift = [&](std::size_t parameter) {
    const int at = fit.free_index[parameter];
    if (at >= 0)
      start[at] = fit.problem.prior_mean[at] + 1.5 * std::sqrt(fit.problem.prior_variance[at]);
  };
  for (std::size_t i = 0; i < a.inputs.size(); ++i)
    for (std::size_t d = 0; d < a.inputs[i].drives.size() && !a.inputs[i].band; ++d)
      lift(a.input_parameters[i] + d);
  for (std::size_t i = 0; i < a.projections.size(); ++i)
    if (a.projections[i].source != a.projections[i].target) lift(a.projection_parameters[i]);
  for (const auto& trials : fit.trials) {
    std::size_t parameter = trials->first_parameter;
    for (const int p : trials->named) {
      ++parameter;  // the intercept
      for (const architecture::Term& term : trials->observation->predictors[p].terms) {
        if (!term.regions.empty()) lift(parameter);
        ++parameter;
      }
    }
  }
  return start;
}

std::vector<int> free_indices(const simulation::System& system) {
  std::vector<int> index;
  for (const architecture::Parameter& p : system.architecture.parameters) {
    const auto at = std::ranges::find(system.free, p.tied_to);
    index.push_back(at == system.free.end() ? -1 : static_cast<int>(at - system.free.begin()));
  }
  return index;
}

// Weights of a band in one region share a scale.
std::vector<inference::PriorScale> scales_of(const FitProblem& fit) {
  std::vector<inference::PriorScale> scales;
  const architecture::Architecture& a = fit.system.architecture;
  for (std::size_t i = 0; i < a.inputs.size(); ++i) {
    const architecture::Input& input = a.inputs[i];
    if (!input.band || input.band->scale) continue;
    std::size_t parameter = a.input_parameters[i];
    for (const std::size_t region : input.drives) {
      inference::PriorScale scale{input.name + " -> " + a.regions[region].name + ".scale", {}};
      for (std::size_t c = 0; c < input.band->count(); ++c, ++parameter)
        if (a.parameters[parameter].tied_to == parameter && fit.free_index[parameter] >= 0)
          scale.parameter.push_back(fit.free_index[parameter]);
      if (!scale.parameter.empty()) scales.push_back(std::move(scale));
    }
  }
  return scales;
}

// The runs without what bands show whose weights have learned scales, if the integrator stops less
// than two thirds as often there: a film's features change with each of its rows, where nothing
// else may. None else.
std::vector<simulation::Timeline> undriven(const simulation::System& system,
                                           const dataset::Subject& subject,
                                           const std::vector<simulation::Timeline>& timelines) {
  std::set<std::string> driving;
  for (std::size_t k = 0; k < system.inputs.size(); ++k) {
    const auto& band = system.architecture.inputs[system.input_of[k]].band;
    if (band && !band->scale) driving.insert(system.inputs[k]);
  }
  std::vector<simulation::Timeline> all;
  int segments = 0, undriven = 0;
  for (std::size_t r = 0; r < timelines.size(); ++r) {
    dataset::Run run = subject.runs[r];
    for (dataset::StepSignal& input : run.inputs)
      if (driving.contains(input.name)) input = {input.name, input.unit, {}, {}};
    all.push_back(simulation::timeline(system, run));
    segments += timelines[r].segments();
    undriven += all.back().segments();
  }
  return 3 * undriven <= 2 * segments ? all : std::vector<simulation::Timeline>{};
}

void add_targets(const architecture::TrialObservation& o, std::vector<Target>& all) {
  const std::string modality(o.kind->modality);
  auto add = [&, is_first = true](
                 std::string channel, std::string unit, Target::Of of, int option = -1) mutable {
    all.push_back(
        {o.name, std::move(channel), modality, std::move(unit), 0, true, of, is_first, option});
    is_first = false;
  };
  for (std::size_t k = 0; k < o.options.size(); ++k)
    add("choice of " + o.options[k], "1", Target::Of::choice, static_cast<int>(k));
  if (o.kind->needs_choice && o.options.empty()) add("choice", "1", Target::Of::choice);
  if (o.kind->needs_time) add("response time", "s", Target::Of::response_time);
  if (o.kind->needs_value) add(o.value, "1", Target::Of::value);
}

}  // namespace

std::vector<Target> targets(const Experiment& experiment) {
  std::vector<Target> all;
  for (const auto& o : experiment.hypotheses.front().architecture.observations) {
    const dataset::Recording& r = *experiment.dataset.subjects[0].runs[0].recording(o.name);
    for (const std::string& channel : o.channels)
      all.push_back({o.name, channel, r.modality, r.unit, o.drift_cutoff, r.unit == o.kind->unit});
  }
  for (const auto& o : experiment.hypotheses.front().architecture.trials) add_targets(o, all);
  return all;
}

Nuisance nuisance(const dataset::Subject& subject,
                  const std::string& recording,
                  double drift_cutoff) {
  Eigen::Index rows = 0, confounds = 0;  // each run's confounds have effects of their own
  std::vector<Eigen::Index> drift;
  for (const dataset::Run& run : subject.runs) {
    const dataset::Recording& r = *run.recording(recording);
    rows += r.samples.rows();
    confounds += r.confounds.cols();
    const double duration = static_cast<double>(r.samples.rows()) * r.interval;
    drift.push_back(drift_cutoff > 0 ? numerics::cosine_columns(duration, drift_cutoff) : 0);
  }
  Nuisance n;
  n.first_drift = 1 + confounds;
  Eigen::Index columns = n.first_drift;
  for (const Eigen::Index d : drift) columns += d;
  n.columns = Eigen::MatrixXd::Zero(rows, columns);
  n.columns.col(0).setOnes();
  Eigen::Index row = 0, confound = 1, column = n.first_drift;
  for (std::size_t k = 0; k < subject.runs.size(); ++k) {
    const dataset::Recording& r = *subject.runs[k].recording(recording);
    const Eigen::Index samples = r.samples.rows();
    for (Eigen::Index c = 0; c < r.confounds.cols(); ++c, ++confound) {
      const double rms = std::sqrt(r.confounds.col(c).squaredNorm() / static_cast<double>(samples));
      n.columns.col(confound).segment(row, samples) = r.confounds.col(c) / (rms > 0 ? rms : 1);
    }
    if (drift[k] > 0)
      n.columns.block(row, column, samples, drift[k]) =
          numerics::cosine_set(samples, drift[k] + 1).rightCols(drift[k]) *
          std::sqrt(static_cast<double>(samples));
    column += drift[k];
    row += samples;
  }
  return n;
}

std::unique_ptr<FitProblem> assemble(const architecture::Architecture& architecture,
                                     const dataset::Subject& subject,
                                     const Part& part,
                                     Treatment treatment) {
  const bool spm = treatment.spm;
  auto fit = std::make_unique<FitProblem>();
  fit->system =
      simulation::compile(architecture,
                          chosen_isa(),
                          is_static(subject.runs.front()) ? simulation::Columns::one_by_one
                                                          : simulation::Columns::together);
  if (spm && subject.runs.size() > 1)
    throw InputError(subject.runs[1].place,
                     "SPM's scheme fits one run, but subject '" + subject.id + "' has " +
                         std::to_string(subject.runs.size()),
                     "remove 'compatibility: spm'",
                     ExitCode::data);
  for (const dataset::Run& run : subject.runs) {
    // Of trials and their columns nothing is simulated; static regions only settle.
    if (fit->system.channels.empty() || is_static(run)) break;
    std::vector<std::vector<double>> times;
    for (const simulation::ProbeNode& probe : fit->system.probes)
      times.push_back(probe_times(run, architecture.trials[z(probe.trials)]));
    fit->timelines.push_back(
        simulation::timeline(fit->system, spm ? sampled_as_spm_does(run) : run, times));
    if (treatment.scheme != simulation::Scheme::accurate)
      fit->spm_runs.push_back(simulation::spm_run(fit->system, run));
  }
  fit->shown = shown_in(architecture);
  std::vector<Stacked> data;
  for (const Shown& shown : fit->shown)
    data.push_back(
        stack(subject, architecture.observations[shown.observation].name, shown.name, part));
  fit->scaling = scalings(fit->system, fit->shown, subject, data, spm);
  inference::Problem& problem = fit->problem;
  problem.parameter = fit->system.parameter_names();
  problem.prior_mean = fit->system.prior_mean();
  problem.prior_variance = fit->system.prior_sd().array().square();
  std::vector<inference::Scored> counted;
  for (std::size_t c = 0; c < data.size(); ++c) {
    const Shown& shown = fit->shown[c];
    const auto& observation = architecture.observations[shown.observation];
    if (observation.kind->counts()) {
      const dataset::Recording& recording = *subject.runs[0].recording(observation.name);
      fit->counts.push_back(
          std::make_unique<CountProblem>(CountProblem{shown.part[0],
                                                      observation.kind,
                                                      observation.name,
                                                      shown.name,
                                                      recording.interval,
                                                      {data[c].data.begin(), data[c].data.end()}}));
      counted.push_back(scored_counts(*fit->counts.back(), std::move(data[c].use)));
      continue;
    }
    fit->gaussian.push_back(c);
    problem.channels.push_back(
        make_channel(observation, shown.name, std::move(data[c]), fit->scaling[c], subject, spm));
    if (observation.loadings.of == architecture::Loadings::Of::learned)
      for (const std::size_t source : shown.part)
        problem.channels.back().sources.push_back(source_of(source, fit->sources));
  }
  fit->free_index = free_indices(fit->system);
  for (std::size_t o = 0; o < architecture.trials.size(); ++o) {
    fit->trials.push_back(assemble_trials(architecture, o, subject, part));
    problem.scored.push_back(scored_data(*fit->trials.back()));
  }
  std::ranges::move(counted, std::back_inserter(problem.scored));
  problem.scales = scales_of(*fit);
  fit->other_start = other_start_of(*fit);
  problem.evaluate = [raw = fit.get(), scheme = treatment.scheme](const Eigen::VectorXd& theta,
                                                                  bool with_jacobian) {
    return evaluate(*raw, scheme, theta, with_jacobian);
  };
  const bool is_accurate = treatment.scheme == simulation::Scheme::accurate;
  if (is_accurate)
    problem.evaluate_many = [raw = fit.get()](std::span<const Eigen::VectorXd> thetas) {
      return evaluate_many(*raw, thetas);
    };
  if (is_accurate && problem.scored.empty() && fit->sources.empty())
    problem.pull_back = [raw = fit.get()](const Eigen::VectorXd& theta,
                                          const std::vector<Eigen::Index>& parameters,
                                          std::span<const Eigen::VectorXd> v) {
      return pull_back(*raw, theta, parameters, v);
    };
  if (is_accurate) problem.drives = drives_of(*fit);
  if (!problem.drives.empty()) {
    problem.evaluate_by_drives = [raw = fit.get()](const Eigen::VectorXd& theta,
                                                   inference::Accuracy accuracy) {
      return evaluate_by_drives(*raw, raw->timelines, theta, accuracy);
    };
    fit->undriven = undriven(fit->system, subject, fit->timelines);
  }
  if (!fit->undriven.empty())
    problem.evaluate_undriven = [raw = fit.get()](const Eigen::VectorXd& theta) {
      return evaluate_by_drives(*raw, raw->undriven, theta, inference::Accuracy::rough);
    };
  return fit;
}

}  // namespace insula::experiment

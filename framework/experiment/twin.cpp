// SPDX-License-Identifier: Apache-2.0
#include "framework/experiment/twin.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "framework/base/random.h"
#include "framework/experiment/detail/static_regions.h"
#include "framework/experiment/detail/trial_data.h"
#include "framework/experiment/detail/twin_reading.h"
#include "framework/simulation/response.h"
#include "framework/simulation/system.h"

namespace insula::experiment {
namespace {

using Eigen::Index;

// The architecture with the truth in the place of its priors' means, free or fixed.
architecture::Architecture with_truth(const Recipe& recipe) {
  architecture::Architecture truth = recipe.architecture;
  for (std::size_t i = 0; i < recipe.theta.size(); ++i) {
    truth.parameters[i].prior_mean = recipe.theta[i];
  }
  return truth;
}

// A small slack keeps a sample out that would start at the end of the run but for rounding.
Index sample_count(const SimulatedRecording& recording, double duration) {
  constexpr double kSlack = 1e-9;
  return static_cast<Index>(std::ceil((duration - recording.start) / recording.interval - kSlack));
}

// A run with inputs and empty recordings, as a dataset for simulation.
dataset::Run empty_run(const Recipe& recipe) {
  dataset::Run run;
  run.duration = recipe.duration;
  for (const SimulatedInput& input : recipe.inputs) {
    run.inputs.push_back(dataset::cut(dataset::boxcars(input.name, input.events), recipe.duration));
  }
  for (std::size_t o = 0; o < recipe.recordings.size(); ++o) {
    const SimulatedRecording& wanted = recipe.recordings[o];
    const architecture::Observation& observation = recipe.architecture.observations[o];
    dataset::Recording recording;
    recording.name = wanted.name;
    recording.modality = observation.kind->modality;
    recording.unit = observation.kind->unit;
    recording.start = wanted.start;
    recording.interval = wanted.interval;
    recording.channels = observation.channels;
    recording.delay.assign(observation.channels.size(), wanted.delay);
    const Index samples = sample_count(wanted, recipe.duration);
    recording.samples.setZero(samples, static_cast<Index>(observation.channels.size()));
    recording.confounds.resize(samples, 0);
    run.recordings.push_back(std::move(recording));
  }
  const auto is_learned = [](const architecture::Input& i) { return i.learned.has_value(); };
  if (!recipe.architecture.trials.empty() ||
      std::ranges::any_of(recipe.architecture.inputs, is_learned))
    run.trials.push_back(detail::trial_table(recipe.trials, recipe.architecture));
  return run;
}

// Loadings that are learned are drawn from their prior, each from a stream of its own.
Eigen::MatrixXd true_weights(const architecture::Architecture& a,
                             const architecture::Observation& observation,
                             std::uint64_t seed) {
  Eigen::MatrixXd weight = weights(observation);
  if (observation.loadings.of != architecture::Loadings::Of::learned) return weight;
  for (Index c = 0; c < weight.rows(); ++c)
    for (Index r = 0; r < weight.cols(); ++r) {
      const std::string where = observation.name + "/" +
                                observation.channels[static_cast<std::size_t>(c)] + "/" +
                                a.regions[observation.regions[static_cast<std::size_t>(r)]].name;
      weight(c, r) *= Stream(seed, "simulate/loading/" + where).normal();
    }
  return weight;
}

// The channels of a system are its observations' regions in order, and so are the recordings'
// unless they have loadings.
void fill(dataset::Run& run,
          const architecture::Architecture& a,
          const std::vector<Eigen::VectorXd>& channels,
          std::uint64_t seed) {
  std::size_t next = 0;
  for (std::size_t o = 0; o < run.recordings.size(); ++o) {
    dataset::Recording& recording = run.recordings[o];
    const bool has_own = a.observations[o].loadings.of == architecture::Loadings::Of::own;
    const Eigen::MatrixXd weight = true_weights(a, a.observations[o], seed);
    for (Index r = 0; r < weight.cols(); ++r, ++next) {
      if (has_own) {
        recording.samples.col(r) = channels[next];
      } else {
        recording.samples += channels[next] * weight.col(r).transpose();
      }
    }
  }
}

double standard_deviation(const Eigen::VectorXd& series) {
  return std::sqrt((series.array() - series.mean()).square().mean());
}

double noise_sd(const SimulatedRecording& recording, const Eigen::VectorXd& series) {
  return recording.snr > 0 ? standard_deviation(series) / recording.snr : recording.noise_sd;
}

// Stationary AR(1) noise of standard deviation sd: e₀ = sd·n₀, eₜ = ar·eₜ₋₁ + sd·√(1 − ar²)·nₜ.
// Then samples are lost, each with the probability `missing`.
void disturb(Eigen::Ref<Eigen::VectorXd> series,
             const SimulatedRecording& recording,
             double sd,
             std::uint64_t seed,
             const std::string& where) {
  if (sd > 0) {
    Stream stream(seed, "simulate/noise/" + where);
    const double innovation = std::sqrt(1 - recording.ar * recording.ar);
    double error = stream.normal();
    for (Index t = 0; t < series.size(); ++t) {
      if (t > 0) error = recording.ar * error + innovation * stream.normal();
      series[t] += sd * error;
    }
  }
  if (recording.missing <= 0) return;
  Stream stream(seed, "simulate/missing/" + where);
  for (Index t = 0; t < series.size(); ++t) {
    if (stream.uniform() < recording.missing) series[t] = std::numeric_limits<double>::quiet_NaN();
  }
}

// Counts in the place of the predictions that they are drawn from.
void draw_counts(const Likelihood& likelihood,
                 dataset::Recording& recording,
                 Index channel,
                 std::uint64_t seed,
                 const std::string& where) {
  Stream stream(seed, "simulate/counts/" + where);
  for (Index s = 0; s < recording.samples.rows(); ++s)
    recording.samples(s, channel) =
        likelihood.draw(recording.samples(s, channel), recording.interval, stream);
}

// What the trials of every run are answered with.
struct SimulatedAnswers {
  std::vector<Eigen::MatrixXd> natural;  // per observation of trials: trials × predictors
  std::vector<std::vector<char>> is_whole;
};

SimulatedAnswers answers_of(const simulation::System& system,
                            const dataset::Run& run,
                            const simulation::Response& response,
                            Outcome& outcome) {
  const architecture::Architecture& a = system.architecture;
  std::vector<double> theta;
  for (const architecture::Parameter& p : a.parameters)
    theta.push_back(a.parameters[p.tied_to].prior_mean);
  dataset::Subject subject;
  subject.runs = {run};
  SimulatedAnswers all;
  const Eigen::VectorXd truth = system.prior_mean();
  StaticActivities settled(system, truth, false);
  for (std::size_t o = 0; o < a.trials.size(); ++o) {
    const auto problem = assemble_trials(a, o, subject, {});
    std::vector<Moving> moving;
    if (problem->rows.input.cols() > 0) moving = settled.of(*problem);
    if (!settled.outcome().finished()) {
      outcome = settled.outcome();
      return {};
    }
    for (std::size_t p = 0; p < system.probes.size() && !is_static(run); ++p)
      if (system.probes[p].trials == static_cast<int>(o))
        moving.push_back(activity_of(
            problem->rows, a.trials[o].window, {response.value[system.observed() + p]}, {}, 0));
    const std::vector<int> none(theta.size(), -1);
    std::ranges::move(problem->signals_of(theta, none, false), std::back_inserter(moving));
    all.natural.push_back(problem->natural(problem->predictors(theta, none, moving, false).value));
    all.is_whole.emplace_back();
    for (std::size_t i = 0; i < problem->rows.size(); ++i)
      all.is_whole.back().push_back(problem->rows.has_terms(i));
  }
  return all;
}

void answer_trials(dataset::Run& run,
                   const Recipe& recipe,
                   const SimulatedAnswers& answers,
                   const std::string& subject) {
  for (std::size_t o = 0; o < recipe.architecture.trials.size(); ++o) {
    const architecture::TrialObservation& trials = recipe.architecture.trials[o];
    const std::string task = "simulate/answers/" + subject + "/" + run.id + "/" + trials.name;
    detail::answer(trials,
                   answers.natural[o],
                   answers.is_whole[o],
                   recipe.trials.missing,
                   Stream(recipe.seed, task),
                   run.trials.front());
  }
}

dataset::Run disturbed(dataset::Run run, const Recipe& recipe, const std::string& subject) {
  for (std::size_t r = 0; r < run.recordings.size(); ++r) {
    dataset::Recording& recording = run.recordings[r];
    for (Index c = 0; c < recording.samples.cols(); ++c) {
      const std::string where = subject + "/" + run.id + "/" + recording.name + "/" +
                                recording.channels[static_cast<std::size_t>(c)];
      const ObservationKind& kind = *recipe.architecture.observations[r].kind;
      if (kind.counts()) draw_counts(kind.likelihood, recording, c, recipe.seed, where);
      const double sd =
          kind.counts() ? 0 : noise_sd(recipe.recordings[r], recording.samples.col(c));
      disturb(recording.samples.col(c), recipe.recordings[r], sd, recipe.seed, where);
    }
  }
  return run;
}

std::vector<Truth> truth_of(const architecture::Architecture& a,
                            const dataset::Run& noiseless,
                            const Recipe& recipe) {
  std::vector<Truth> truth;
  for (const architecture::Parameter& p : a.parameters) {
    truth.push_back({p.name, p.unit, p.natural(p.prior_mean), p.prior_mean, p.free});
  }
  for (const architecture::Observation& observation : a.observations) {
    if (observation.loadings.of != architecture::Loadings::Of::learned) continue;
    const Eigen::MatrixXd weight = true_weights(a, observation, recipe.seed);
    for (Index c = 0; c < weight.rows(); ++c)
      for (Index r = 0; r < weight.cols(); ++r)
        if (observation.loadings.weight(c, r) != 0)
          truth.push_back({observation.name + ".loading." +
                               observation.channels[static_cast<std::size_t>(c)] + "." +
                               a.regions[observation.regions[static_cast<std::size_t>(r)]].name,
                           "1",
                           weight(c, r),
                           std::numeric_limits<double>::quiet_NaN(),
                           false});
  }
  for (std::size_t r = 0; r < noiseless.recordings.size(); ++r) {
    const dataset::Recording& recording = noiseless.recordings[r];
    for (Index c = 0; c < recording.samples.cols(); ++c) {
      if (recipe.architecture.observations[r].kind->counts()) continue;
      truth.push_back({recording.name + ".noise." + recording.channels[static_cast<std::size_t>(c)],
                       recording.unit,
                       noise_sd(recipe.recordings[r], recording.samples.col(c)),
                       std::numeric_limits<double>::quiet_NaN(),
                       false});
    }
  }
  return truth;
}

simulation::Response response_of(const simulation::System& system, const dataset::Run& run) {
  std::vector<std::vector<double>> times;
  for (const simulation::ProbeNode& probe : system.probes)
    times.push_back(
        probe_times(run, system.architecture.trials[static_cast<std::size_t>(probe.trials)]));
  return simulation::respond(
      system, simulation::timeline(system, run, times), system.prior_mean(), false);
}

}  // namespace

Twin simulate(const Recipe& recipe, Isa isa) {
  const simulation::System system = simulation::compile(with_truth(recipe), isa);
  dataset::Run run = empty_run(recipe);
  // Inputs and parameters are the same everywhere, so one response serves all subjects and runs.
  const simulation::Response response =
      is_static(run) ? simulation::Response{} : response_of(system, run);
  Twin twin;
  SimulatedAnswers answers;
  twin.outcome = response.outcome;
  if (twin.outcome.finished()) {
    fill(run, system.architecture, response.value, recipe.seed);
    answers = answers_of(system, run, response, twin.outcome);
  }
  if (!twin.outcome.finished()) {
    run.recordings.clear();
    run.trials.clear();
  }
  twin.truth = truth_of(system.architecture, run, recipe);
  twin.dataset.name = recipe.name;
  twin.dataset.description = recipe.description;
  twin.dataset.files = recipe.files;
  twin.dataset.place.file = recipe.file;
  for (const std::string& id : recipe.subjects) {
    dataset::Subject subject;
    subject.id = id;
    subject.place.file = recipe.file;
    for (const std::string& run_id : recipe.runs) {
      run.id = run_id;
      run.place.file = recipe.file;
      subject.runs.push_back(disturbed(run, recipe, id));
      if (!run.trials.empty()) answer_trials(subject.runs.back(), recipe, answers, id);
    }
    twin.dataset.subjects.push_back(std::move(subject));
  }
  return twin;
}

Recipe with_drawn_parameters(Recipe recipe, std::uint64_t seed) {
  const auto& parameters = recipe.architecture.parameters;
  recipe.theta.clear();
  for (const architecture::Parameter& p : parameters) {
    Stream stream(seed, "simulate/parameter/" + p.name);
    recipe.theta.push_back(p.prior_mean + (p.free ? p.prior_sd * stream.normal() : 0));
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    recipe.theta[i] = recipe.theta[parameters[i].tied_to];
  }
  return recipe;
}

dataset::Dataset twin(const std::string& path, const Catalogue& catalogue) {
  const Recipe recipe = read_recipe(path, catalogue);
  Twin twin = simulate(recipe);
  refuse_unfinished(recipe, twin);
  return std::move(twin.dataset);
}

void refuse_unfinished(const Recipe& recipe, const Twin& twin) {
  if (twin.outcome.finished()) return;
  Place place;
  place.file = recipe.file;
  throw InputError(place,
                   "the model of architecture '" + recipe.architecture.name +
                       "' cannot be simulated with these parameters: it " + to_text(twin.outcome),
                   "weaker strengths or stronger self-inhibition make it stable");
}

}  // namespace insula::experiment

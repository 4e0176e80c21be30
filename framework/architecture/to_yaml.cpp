// SPDX-License-Identifier: Apache-2.0
#include "framework/architecture/detail/names.h"
#include "framework/architecture/detail/prior.h"
#include "framework/architecture/detail/table.h"
#include "framework/architecture/detail/words.h"
#include "framework/architecture/graph.h"
#include "framework/base/text.h"

namespace insula::architecture {
namespace {

using detail::yaml_text;

// "[V1, V5]".
std::string list_text(std::vector<std::string> names) {
  for (std::string& name : names) name = yaml_text(name);
  return "[" + join(names, ", ") + "]";
}

std::string entry(const std::string& name, const std::string& value) {
  return "  " + yaml_text(name) + ": {" + value + "}\n";
}

std::string section(const std::string& name, const std::string& entries) {
  return entries.empty() ? "" : "\n" + name + ":\n" + entries;
}

std::string regions_text(const Architecture& a) {
  std::string text;
  for (const Region& region : a.regions) {
    text += entry(region.name, "kind: " + yaml_text(std::string(region.kind->name)));
  }
  return text;
}

std::string projections_text(const Architecture& a) {
  std::string text;
  for (const Projection& projection : a.projections) {
    std::vector<std::string> by = projection.contexts;
    for (const std::string& gate : detail::region_names(a, projection.gates)) by.push_back(gate);
    std::string value = "kind: " + yaml_text(std::string(projection.kind->name));
    if (!by.empty()) value += ", by: " + list_text(by);
    text += entry(to_text(a, projection), value);
  }
  return text;
}

// Nothing for the stretch that is the default.
std::string stretch_yaml(const Architecture& a, const SignalStretch& s) {
  std::string text = "signal: " + yaml_text(to_text(a, s.signal));
  if (s == SignalStretch{s.signal}) return text;
  return text + ", locked_to: " + (s.lock == Window::Lock::onset ? "onset" : "response") +
         ", from: " + number_text(s.from) + " s, to: " + number_text(s.to) + " s";
}

std::string band_yaml(const Band& band) {
  std::vector<std::string> parts, steps, delays;
  if (band.resample > 0) parts.push_back("resample: " + number_text(band.resample) + " s");
  if (band.random > 0) steps.push_back("random: " + std::to_string(band.random));
  if (band.pca > 0) steps.push_back("pca: " + std::to_string(band.pca));
  parts.push_back(steps.empty() ? "columns: " + std::to_string(band.columns)
                                : "reduce: {" + join(steps, ", ") + "}");
  for (const double delay : band.delays) delays.push_back(number_text(delay) + " s");
  if (band.delays != std::vector<double>{0})
    parts.push_back("delays: [" + join(delays, ", ") + "]");
  parts.push_back("prior: {scale: " + (band.scale ? number_text(*band.scale) : "learned") + "}");
  return join(parts, ", ");
}

std::string features_text(const Architecture& a) {
  std::string text;
  for (const Input& input : a.inputs) {
    if (!input.band) continue;
    text += entry(input.name,
                  "drives: " + list_text(detail::region_names(a, input.drives)) + ", " +
                      band_yaml(*input.band));
  }
  return text;
}

std::string inputs_text(const Architecture& a) {
  std::string text;
  for (const Input& input : a.inputs) {
    if (input.band) continue;
    std::vector<std::string> parts;
    if (input.learned) parts.push_back(stretch_yaml(a, *input.learned));
    if (!input.drives.empty())
      parts.push_back("drives: " + list_text(detail::region_names(a, input.drives)));
    text += entry(input.name, join(parts, ", "));
  }
  return text;
}

// Channels that all load on every region, or else lists of those that load on one.
std::string loaded_text(const Architecture& a, const Observation& observation) {
  const Eigen::MatrixXd& weight = observation.loadings.weight;
  if (weight.minCoeff() > 0) return list_text(observation.channels);
  std::vector<std::string> lists;
  for (std::size_t r = 0; r < observation.regions.size(); ++r) {
    std::vector<std::string> mine;
    for (std::size_t c = 0; c < observation.channels.size(); ++c)
      if (weight(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(r)) != 0)
        mine.push_back(observation.channels[c]);
    lists.push_back(yaml_text(a.regions[observation.regions[r]].name) + ": " + list_text(mine));
  }
  return "{" + join(lists, ", ") + "}";
}

std::string channels_text(const Architecture& a, const Observation& observation) {
  if (observation.loadings.of == Loadings::Of::given) {
    return ", loadings: " + yaml_text(observation.loadings.file);
  }
  if (observation.loadings.of == Loadings::Of::learned) {
    return ", channels: " + loaded_text(a, observation) + ", loadings: learned";
  }
  std::vector<std::string> renamed;
  for (std::size_t i = 0; i < observation.regions.size(); ++i) {
    const std::string& region = a.regions[observation.regions[i]].name;
    if (observation.channels[i] == region) continue;
    renamed.push_back(yaml_text(region) + ": " + yaml_text(observation.channels[i]));
  }
  return renamed.empty() ? "" : ", channels: {" + join(renamed, ", ") + "}";
}

std::string observations_text(const Architecture& a) {
  std::string text;
  for (const Observation& observation : a.observations) {
    std::string value = "kind: " + yaml_text(std::string(observation.kind->name)) +
                        ", regions: " + list_text(detail::region_names(a, observation.regions)) +
                        channels_text(a, observation);
    if (observation.noise != observation.kind->noise) {
      value += ", noise: " + detail::noise_text(observation.noise);
    }
    if (observation.drift_cutoff > 0) {
      value += ", drift: " + detail::drift_text(observation.drift_cutoff);
    }
    text += entry(observation.name, value);
  }
  return text;
}

// Nothing for the window that is the default.
std::string window_yaml(const Window& w) {
  static constexpr const char* kTakes[] = {"mean", "integral", "peak", ""};
  if (w == Window{}) return "";
  const std::string lock = w.lock == Window::Lock::onset ? "onset" : "response";
  const std::string when = w.take == Window::Take::value
                               ? "at: " + number_text(w.from) + " s"
                               : "from: " + number_text(w.from) + " s, to: " + number_text(w.to) +
                                     " s, take: " + kTakes[static_cast<int>(w.take)];
  return ", window: {locked_to: " + lock + ", " + when + "}";
}

std::string terms_yaml(const Predictor& predictor) {
  std::vector<std::string> terms;
  for (const Term& term : predictor.terms) terms.push_back(term.name);
  return list_text(std::move(terms));
}

std::string evidence_yaml(const TrialObservation& trials) {
  std::vector<std::string> entries;
  for (const Predictor& predictor : trials.predictors)
    if (!predictor.option.empty())
      entries.push_back(yaml_text(predictor.option) + ": " + terms_yaml(predictor));
  return ", " + std::string(trials.kind->predictors.front().intercept.name) + ": {" +
         join(entries, ", ") + "}";
}

std::string trials_text(const Architecture& a) {
  std::string text;
  for (const TrialObservation& trials : a.trials) {
    std::string value = "kind: " + yaml_text(std::string(trials.kind->name));
    if (!trials.table.empty()) value += ", trials: " + yaml_text(trials.table);
    if (!trials.value.empty()) value += ", value: " + yaml_text(trials.value);
    if (!trials.options.empty())
      value += ", options: " + list_text(trials.options) + evidence_yaml(trials);
    for (const Predictor& predictor : trials.predictors)
      if (predictor.named && predictor.option.empty())
        value += ", " + to_text(predictor) + ": " + terms_yaml(predictor);
    text += entry(trials.name, value + window_yaml(trials.window));
  }
  return text;
}

std::string learners_text(const Architecture& a) {
  std::string text;
  for (const Learner& learner : a.learners) {
    std::string value = "kind: " + yaml_text(std::string(learner.kind->name)) +
                        ", outcome: " + yaml_text(learner.outcome);
    if (!learner.cue.empty()) value += ", cue: " + yaml_text(learner.cue);
    if (!learner.table.empty()) value += ", trials: " + yaml_text(learner.table);
    text += entry(learner.name, value);
  }
  return text;
}

// The prior is quoted: other readers of YAML end a plain text at its comma.
std::string setting_text(const Parameter& parameter) {
  if (!parameter.stated) return "";
  return parameter.free ? "prior: \"" + detail::prior_text(parameter) + "\""
                        : "fixed: " + detail::value_text(parameter);
}

std::string stated_text(const Architecture& a, std::size_t first, std::size_t end) {
  std::string text;
  for (std::size_t i = first; i < end; ++i) {
    const std::string setting = setting_text(a.parameters[i]);
    if (!setting.empty()) text += entry(a.parameters[i].name, setting);
  }
  return text;
}

std::string parameters_text(const Architecture& a) {
  const detail::Span recordings = detail::parameters_of_recordings(a);
  std::string text = stated_text(a, 0, recordings.first);
  for (std::size_t o = 0; o < a.observations.size(); ++o) {
    std::size_t first = a.observation_parameters[o];
    for (const FieldSpec& field : a.observations[o].kind->parameters) {
      const std::size_t size = detail::parameters_of(a.observations[o], field);
      const bool is_tied = size > 1 && a.parameters[first + 1].tied_to == first;
      if (is_tied) {
        const std::string setting = setting_text(a.parameters[first]);
        text += entry(a.observations[o].name + "." + std::string(field.name),
                      (setting.empty() ? "" : setting + ", ") + "shared: true");
      } else {
        text += stated_text(a, first, first + size);
      }
      first += size;
    }
  }
  return text + stated_text(a, recordings.end, a.parameters.size());
}

}  // namespace

std::string to_yaml(const Architecture& architecture) {
  std::string text = "insula: architecture/1\nname: " + yaml_text(architecture.name) + "\n";
  if (!architecture.description.empty()) {
    text += "description: " + yaml_text(architecture.description) + "\n";
  }
  return text + section("regions", regions_text(architecture)) +
         section("projections", projections_text(architecture)) +
         section("inputs", inputs_text(architecture)) +
         section("features", features_text(architecture)) +
         section("observations", observations_text(architecture) + trials_text(architecture)) +
         section("learners", learners_text(architecture)) +
         section("parameters", parameters_text(architecture));
}

}  // namespace insula::architecture

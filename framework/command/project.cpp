// SPDX-License-Identifier: Apache-2.0
#include "framework/command/project.h"

#include <algorithm>

#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"

namespace insula::command {
namespace {

using architecture::detail::is_name;
using architecture::detail::yaml_text;

// Fits of more regions than these take long, and say little before somebody has thought about them.
constexpr std::size_t kMostRegions = 3;

struct Plan {
  std::vector<std::string> regions, channels, inputs;
  std::string region_kind, recording, observation_kind;
};

// The second hypothesis: what it is called, what it claims, and what it changes of the first.
struct Rival {
  std::string name, question, claim, changes;
};

std::string channel_map(const Plan& plan) {
  std::string text;
  for (std::size_t r = 0; r < plan.regions.size(); ++r) {
    text += (r == 0 ? "" : ", ") + plan.regions[r] + ": " + yaml_text(plan.channels[r]);
  }
  return "{" + text + "}";
}

Rival rival_of(const Plan& plan) {
  const std::string first = plan.regions.front();
  const std::string last = plan.regions.back();
  if (plan.regions.size() == 1) {
    return {"adapting",
            "Does the stimulus change how fast " + first + " returns to rest?",
            "The stimulus changes the region's inhibition of itself.",
            "projections:\n  " + first + " -> " + first + ": {kind: modulated, by: [" +
                plan.inputs.front() + "]}\n"};
  }
  const std::string onward = first + " -> " + plan.regions[1];
  if (plan.inputs.size() == 1) {
    return {"feedback",
            "Does the second region answer the first?",
            "The second region projects back to the first.",
            "projections:\n  " + plan.regions[1] + " -> " + first + ": {kind: linear}\n"};
  }
  std::string idle;
  const std::vector<std::string> contexts(plan.inputs.begin() + 1, plan.inputs.end());
  for (const std::string& context : contexts) idle += "  " + context + ": {}\n";
  return {"modulated",
          "Does context change how strongly " + first + " reaches " + plan.regions[1] + "?",
          "Context changes the strength of the projection.",
          "projections:\n  " + onward + ": {kind: modulated, by: [" + join(contexts, ", ") +
              "]}\n\ninputs:\n" + idle};
}

std::string base_text(const Plan& plan) {
  std::string text =
      "# What is left of the effects when nothing interacts? The plainest hypothesis: regions in "
      "a\n"
      "# row, the first input drives the first of them, every other input adds to the last.\n"
      "insula: architecture/1\nname: additive\ndescription: Inputs add up along a row of regions.\n"
      "\nregions:\n";
  for (const std::string& region : plan.regions) {
    text += "  " + region + ": {kind: " + plan.region_kind + "}\n";
  }
  if (plan.regions.size() > 1) text += "\nprojections:\n";
  for (std::size_t r = 1; r < plan.regions.size(); ++r) {
    text += "  " + plan.regions[r - 1] + " -> " + plan.regions[r] + ": {kind: linear}\n";
  }
  text += "\ninputs:\n";
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
    const std::string& driven = i == 0 ? plan.regions.front() : plan.regions.back();
    text += "  " + plan.inputs[i] + ": {drives: [" + driven + "]}\n";
  }
  text += "\nobservations:\n  " + yaml_text(plan.recording) + ": {kind: " + plan.observation_kind +
          ", regions: [" + join(plan.regions, ", ") + "]";
  if (plan.channels != plan.regions) text += ", channels: " + channel_map(plan);
  return text + "}\n";
}

std::string rival_text(const Rival& rival) {
  return "# " + rival.question + "\ninsula: architecture/1\nname: " + rival.name +
         "\ndescription: " + rival.claim + "\nextends: additive.yaml\n\n" + rival.changes;
}

std::string experiment_text(const std::string& name,
                            const std::string& dataset,
                            const Rival& rival) {
  return "insula: experiment/1\nname: " + yaml_text(name) + "\ndataset: " + yaml_text(dataset) +
         "\nhypotheses: [additive.yaml, " + rival.name +
         ".yaml]\nvalidation: {split: blocks, folds: 5}\nseed: 1\n";
}

std::string readme_text(const std::string& name, const std::string& dataset, const Rival& rival) {
  return "# " + name + "\n\n" + rival.question + "\n\n| file | what |\n|---|---|\n" + "| " +
         dataset + " | the data |\n| additive.yaml | nothing interacts |\n| " + rival.name +
         ".yaml | " + rival.claim +
         " |\n| experiment.yaml | who is compared with whom, and how |\n\n" +
         "```\ninsula check experiment.yaml\ninsula diff additive.yaml " + rival.name +
         ".yaml\ninsula run experiment.yaml\n```\n\n" + "The last command writes `results/" + name +
         "`; open `report.html` there. The hypotheses "
         "are a start:\nedit them to say what you think, and add more. `insula describe` lists "
         "what "
         "they can be made of.\n";
}

std::string recipe_text(const std::string& name) {
  return "# Data with known truth: made by modulated.yaml with the parameters below.\n"
         "insula: simulation/1\nname: " +
         yaml_text(name) +
         R"(
architecture: modulated.yaml
seed: 1
duration: 8 min

inputs:      # stimulus and context vary independently
  stimulus: {block: 20 s, pattern: [0, 1, 1, 0, 1, 1, 0, 1]}
  context:  {block: 20 s, pattern: [0, 0, 1, 1, 1, 0, 0, 1]}

recordings:
  bold: {interval: 2 s, noise: {snr: 3}}

parameters:  # what is not named has its prior median
  stimulus -> sensory.strength: 2 1/s
  sensory -> relay.strength: 0.1 1/s
  sensory -> relay.modulation.context: 0.4 1/s
)";
}

std::vector<ProjectFile> files_of(const Plan& plan,
                                  const std::string& name,
                                  const std::string& dataset) {
  const Rival rival = rival_of(plan);
  return {{"additive.yaml", base_text(plan)},
          {rival.name + ".yaml", rival_text(rival)},
          {"experiment.yaml", experiment_text(name, dataset, rival)},
          {"README.md", readme_text(name, dataset, rival)}};
}

[[noreturn]] void refuse(const dataset::Dataset& dataset,
                         const std::string& message,
                         const std::string& note) {
  throw InputError(
      dataset.place, "dataset '" + dataset.name + "' " + message, note, ExitCode::data);
}

// Regions are named as their channels where those can be names of regions: other names than inputs
// and the recording have.
std::vector<std::string> region_names(const std::vector<std::string>& channels, const Plan& plan) {
  const auto is_taken = [&](const std::string& name) {
    return name == plan.recording || std::ranges::find(plan.inputs, name) != plan.inputs.end();
  };
  std::vector<std::string> names;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const bool is_good =
        is_name(channels[c]) && !is_taken(channels[c]) && yaml_text(channels[c]) == channels[c];
    names.push_back(is_good ? channels[c] : "region_" + std::to_string(c + 1));
  }
  return names;
}

Plan plan_for(const dataset::Dataset& dataset, const Catalogue& catalogue) {
  const dataset::Run& run = dataset.subjects.front().runs.front();
  Plan plan;
  for (const dataset::StepSignal& input : run.inputs) {
    if (is_name(input.name) && yaml_text(input.name) == input.name)
      plan.inputs.push_back(input.name);
  }
  if (plan.inputs.empty()) {
    refuse(dataset,
           "has no input that an architecture can name",
           "hypotheses need a known signal; add 'inputs' to its runs, or trials with one of two "
           "responses and a column");
  }
  for (const dataset::Recording& recording : run.recordings) {
    const auto kind =
        std::ranges::find(catalogue.observations, recording.modality, &ObservationKind::modality);
    if (kind == catalogue.observations.end() || recording.channels.empty()) continue;
    plan.recording = recording.name;
    plan.observation_kind = kind->name;
    plan.region_kind = kind->modality == "bold" ? "neuronal" : "rate";
    const std::size_t count = std::min(kMostRegions, recording.channels.size());
    plan.channels.assign(recording.channels.begin(),
                         recording.channels.begin() + static_cast<std::ptrdiff_t>(count));
    plan.regions = region_names(plan.channels, plan);
    if (plan.regions.size() == 1) plan.region_kind = "neuronal";  // its rival modulates itself
    return plan;
  }
  std::vector<std::string> modalities;
  for (const ObservationKind& kind : catalogue.observations) {
    const std::string modality(kind.modality);
    if (std::ranges::find(modalities, modality) == modalities.end()) modalities.push_back(modality);
  }
  refuse(dataset,
         "has no recording that can be explained",
         "the modalities are: " + join(modalities, ", "));
}

}  // namespace

std::vector<ProjectFile> simulated_project(const std::string& name) {
  const Plan plan{{"sensory", "relay"},
                  {"sensory", "relay"},
                  {"stimulus", "context"},
                  "neuronal",
                  "bold",
                  "bold"};
  std::vector<ProjectFile> files = files_of(plan, name, "recipe.yaml");
  files.push_back({"recipe.yaml", recipe_text(name)});
  return files;
}

std::vector<ProjectFile> project_of(const dataset::Dataset& dataset,
                                    const std::string& name,
                                    const std::string& path,
                                    const Catalogue& catalogue) {
  const bool has_recordings = !dataset.recording_names().empty();
  if (!has_recordings && has_answered_trials(dataset)) return trial_project_of(dataset, name, path);
  return files_of(plan_for(dataset, catalogue), name, path);
}

}  // namespace insula::command

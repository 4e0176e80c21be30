// SPDX-License-Identifier: Apache-2.0
#include "framework/command/pages.h"

#include <cmath>

#include "framework/architecture/detail/text_table.h"
#include "framework/base/text.h"
#include "framework/command/trial_pages.h"

namespace insula::command {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using architecture::detail::text_table;

std::string with_unit(double value, const std::string& unit, int digits = 6) {
  return short_number(value, digits) + (unit == "1" ? "" : " " + unit);
}

std::string share_missing(const Eigen::MatrixXd& samples) {
  const auto missing = static_cast<double>(samples.array().isNaN().count());
  return missing == 0 ? "none"
                      : short_number(100 * missing / static_cast<double>(samples.size())) + " %";
}

std::string line_of(const std::string& label, const std::string& text) {
  return text.empty() ? "" : label + ": " + text + "\n";
}

template <class Kind>
std::string section(const std::string& title, const std::vector<Kind>& kinds) {
  Rows rows;
  for (const Kind& kind : kinds)
    rows.push_back({std::string(kind.name), std::string(kind.summary)});
  return title + "\n" + text_table(rows);
}

std::vector<std::string> input_names(const dataset::Run& run) {
  std::vector<std::string> names;
  for (const dataset::StepSignal& input : run.inputs) names.push_back(input.name);
  return names;
}

std::string words_of(const experiment::Experiment& e) {
  switch (e.split) {
    case experiment::Split::none: return "none";
    case experiment::Split::runs: return "each run is left out once, gap " + with_unit(e.gap, "s");
    case experiment::Split::stimulus_types:
      return (e.folds > 0 ? "levels of '" + e.types + "' in " + std::to_string(e.folds) + " folds"
                          : "each level of '" + e.types + "' is left out once") +
             ", gap " + with_unit(e.gap, "s");
    case experiment::Split::blocks:
      return std::to_string(e.folds) + " blocks, gap " + with_unit(e.gap, "s");
  }
  return "";
}

}  // namespace

std::string page(const dataset::Dataset& data) {
  std::string text = data.name + " (dataset)\n" + line_of("Description", data.description) +
                     line_of("Citation", data.citation) + line_of("Licence", data.licence);
  Rows runs{{"run", "duration", "inputs"}};
  Rows recordings{{"recording", "modality", "unit", "interval", "samples", "missing", "channels"}};
  Rows features{{"features", "size", "by"}};
  for (const dataset::Subject& subject : data.subjects) {
    for (const dataset::Run& run : subject.runs) {
      const std::string where = subject.id + "/" + run.id;
      if (run.duration > 0) {  // without a time axis there are only trials, counted below
        runs.push_back({where, with_unit(run.duration, "s"), join(input_names(run), ", ")});
      }
      for (const dataset::Recording& r : run.recordings) {
        recordings.push_back({where + "/" + r.name,
                              r.modality,
                              r.unit,
                              with_unit(r.interval, "s"),
                              std::to_string(r.samples.rows()),
                              share_missing(r.samples),
                              join(r.channels, ", ")});
      }
      for (const dataset::FeatureBand& band : run.features) {
        features.push_back(
            {where + "/" + band.name, dataset::size_text(band), dataset::alignment_text(band)});
      }
    }
  }
  if (runs.size() > 1) text += "\nRuns\n" + text_table(runs);
  if (recordings.size() > 1) text += "\nRecordings\n" + text_table(recordings);
  if (features.size() > 1) text += "\nFeatures\n" + text_table(features);
  return text + trial_tables(data);
}

std::string page(const experiment::Experiment& e) {
  std::string text = e.name + " (experiment)\n" + line_of("Description", e.description) +
                     "Dataset: " + e.dataset.name + "\n";
  Rows hypotheses;
  for (const experiment::Hypothesis& h : e.hypotheses) {
    hypotheses.push_back({h.name, h.architecture.description});
  }
  text += "\nHypotheses\n" + text_table(hypotheses) +
          "\nBaselines: " + (e.baselines.empty() ? "none" : join(e.baselines, ", ")) +
          "\nValidation: " + words_of(e) + "\nSeed: " + std::to_string(e.seed) + "\n";
  return text;
}

std::string page(const experiment::Recipe& recipe, const experiment::Twin& twin) {
  std::string text = recipe.name + " (simulation)\n" + line_of("Description", recipe.description) +
                     "Architecture: " + recipe.architecture.name +
                     "\nSubjects: " + join(recipe.subjects, ", ") +
                     "\nRuns: " + join(recipe.runs, ", ") + " of " +
                     (recipe.duration > 0 ? with_unit(recipe.duration, "s")
                                          : std::to_string(recipe.trials.count) + " trials") +
                     "\nSeed: " + std::to_string(recipe.seed) + "\n";
  Rows inputs{{"input", "events", "on"}};
  for (const experiment::SimulatedInput& input : recipe.inputs) {
    double on = 0;
    for (const dataset::Event& event : input.events) on += event.duration;
    inputs.push_back({input.name, std::to_string(input.events.size()), with_unit(on, "s")});
  }
  Rows truth{{"parameter", "true value"}};
  for (const experiment::Truth& t : twin.truth) {
    if (t.is_free || std::isnan(t.theta))
      truth.push_back({t.parameter, with_unit(t.value, t.unit, 4)});
  }
  if (inputs.size() > 1) text += "\nInputs\n" + text_table(inputs);
  return text + "\nTruth\n" + text_table(truth);
}

std::string list_of_kinds(const Catalogue& catalogue) {
  std::string text = section("Regions", catalogue.regions) + "\n" +
                     section("Projections", catalogue.projections) + "\n" +
                     section("Observations", catalogue.observations) + "\n" +
                     section("Observations of trials", catalogue.trials) + "\n" +
                     section("Learners", catalogue.learners) + "\n";
  Rows baselines;
  for (const BaselineKind& kind : catalogue.baselines) {
    baselines.push_back({std::string(kind.name), std::string(kind.summary)});
  }
  for (const experiment::BuiltBaseline& built : experiment::built_baselines())
    baselines.push_back({std::string(built.name), std::string(built.summary)});
  return text + "Baselines\n" + text_table(baselines) + "\n" +
         section("Corruptions of training data", catalogue.corruptions) +
         "\n`insula describe NAME` tells more of each.\n";
}

std::string page(const experiment::BuiltBaseline& built) {
  const std::string name(built.name);
  return name + " (baseline)\n" + std::string(built.summary) +
         "\nExplains: " + std::string(built.explained) + "\nSource: " + std::string(built.source) +
         "\n\nExample\n  baselines: [" + name + "]\n";
}

std::string page(const CorruptionKind& kind) {
  using Condition = CorruptionKind::Condition;
  const std::string name(kind.name);
  std::string keys;
  if (kind.condition == Condition::required) keys += "\n  with         an input";
  if (kind.condition == Condition::optional)
    keys += "\n  with         an input or a column of trials; default: all";
  if (kind.is_correlated) keys += "\n  correlation  of the nuisance with it; default: 0.8";
  return name + " (corruption of training data)\n" + std::string(kind.summary) +
         "\n\nKeys\n  strength     " + std::string(kind.strength) + keys +
         "\n  recordings   that it spoils; default: all\n\nSource: " + std::string(kind.source) +
         "\n\nExample\n  counterfactuals: [{corruption: " + name +
         (kind.condition == Condition::required ? ", with: attention" : "") +
         ", strength: [0.5, 1]}]\n";
}

}  // namespace insula::command

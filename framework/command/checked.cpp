// SPDX-License-Identifier: Apache-2.0
#include "framework/command/checked.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "framework/architecture/graph.h"
#include "framework/base/text.h"
#include "framework/command/documents.h"
#include "framework/command/terminal.h"
#include "framework/experiment/data_ceilings.h"
#include "framework/experiment/detail/split_stimuli.h"
#include "framework/experiment/experiment.h"
#include "framework/experiment/fit_time.h"
#include "framework/experiment/twin.h"
#include "framework/numerics/parallel.h"

namespace insula::command {
namespace {

using Severity = dataset::Finding::Severity;

void add(Checked& result, const std::vector<Mistake>& doubts) {
  for (const Mistake& doubt : doubts) result.doubts.push_back({Severity::warning, "", "", doubt});
}

void add(Checked& result, const std::vector<dataset::Finding>& findings) {
  for (const dataset::Finding& finding : findings) {
    result.doubts.push_back(
        {finding.severity, finding.check, finding.where, {{}, finding.message, ""}});
    if (finding.severity == Severity::error) result.code = ExitCode::data;
  }
}

void check_architecture(Checked& result, const Catalogue& catalogue) {
  const auto architecture = architecture::load(result.file, catalogue);
  result.name = architecture.name;
  add(result, architecture::doubts(architecture));
}

// What a fit could be driven by, each array once: its size and to what its rows belong.
void note_features(Checked& result, const dataset::Dataset& data) {
  std::map<std::string, std::size_t> runs;
  for (int pass = 0; pass < 2; ++pass) {
    for (const dataset::Subject& subject : data.subjects) {
      for (const dataset::Run& run : subject.runs) {
        for (const dataset::FeatureBand& band : run.features) {
          const std::string key = band.name + "\n" + band.sha256 + "\n" + band.array;
          if (pass == 0) {
            ++runs[key];
          } else if (const std::size_t count = std::exchange(runs[key], 0); count > 0) {
            result.notes.push_back(
                "feature band '" + band.name + "': " + dataset::size_text(band) + ", " +
                dataset::alignment_text(band) + " of " + subject.id + "/" + run.id +
                (count > 1 ? " and of " + std::to_string(count - 1) + " more runs" : ""));
          }
        }
      }
    }
  }
}

// What repeats allow, before anything is fitted.
void note_ceilings(Checked& result, const dataset::Dataset& data) {
  for (const experiment::DataCeiling& ceiling : experiment::data_ceilings(data)) {
    const std::string channels =
        std::to_string(ceiling.channels) + (ceiling.channels == 1 ? " channel" : " channels");
    std::string text = "noise ceiling of '" + ceiling.recording + "': ";
    if (ceiling.channels == 0)
      text += "repeats of a stimulus share nothing in it";
    else if (ceiling.channels == 1)
      text += "what is repeated correlates by up to " + short_number(ceiling.median, 2) +
              " with a single presentation";
    else
      text += "what is repeated correlates by up to " + short_number(ceiling.median, 2) +
              " with a single presentation (median of " + channels + ", " +
              short_number(ceiling.low, 2) + " to " + short_number(ceiling.high, 2) + ")";
    if (ceiling.channels > 0 && ceiling.below > 0)
      text += "; in " + std::to_string(ceiling.below) + " more repeats share nothing";
    result.notes.push_back(text);
  }
}

// How much was recorded, and what it takes in memory.
void note_size(Checked& result, const dataset::Dataset& data) {
  std::size_t runs = 0, trials = 0, numbers = 0;
  std::vector<std::string> names;
  std::map<std::string, std::size_t> samples;
  for (const dataset::Subject& subject : data.subjects)
    for (const dataset::Run& run : subject.runs) {
      ++runs;
      for (const dataset::Trials& table : run.trials) trials += table.size();
      for (const dataset::Recording& recording : run.recordings) {
        if (!samples.contains(recording.name)) names.push_back(recording.name);
        samples[recording.name] += static_cast<std::size_t>(recording.samples.size());
        numbers += static_cast<std::size_t>(recording.samples.size() + recording.confounds.size());
      }
    }
  const auto counted = [](std::size_t count, const char* what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  };
  std::vector<std::string> parts{counted(data.subjects.size(), "subject"), counted(runs, "run")};
  for (const std::string& name : names)
    parts.push_back(counted(samples[name], "sample") + " of '" + name + "'");
  if (trials > 0) parts.push_back(counted(trials, "trial"));
  constexpr double kMega = 1e6;
  std::string text = "size: " + join(parts, ", ");
  if (numbers > 0)
    text += "; " + short_number(static_cast<double>(numbers * sizeof(double)) / kMega, 2) +
            " MB in memory";
  result.notes.push_back(text);
}

// Whoever moves the manifest or sends it on must move these, too.
void note_files_elsewhere(Checked& result, const dataset::Dataset& data) {
  std::size_t elsewhere = 0;
  std::string first;
  for (const dataset::SourceFile& file : data.files) {
    const std::string path = std::filesystem::path(file.path).lexically_normal().generic_string();
    if (!path.starts_with("../")) continue;
    if (elsewhere++ == 0) first = path;
  }
  if (elsewhere == 0) return;
  result.notes.push_back(std::to_string(elsewhere) + " of " + std::to_string(data.files.size()) +
                         (elsewhere == 1 ? " files lies" : " files lie") +
                         " outside of the manifest's folder, " + (elsewhere == 1 ? "" : "first ") +
                         "'" + first + "': a copy of the folder alone cannot be read");
}

// What folds hold out and show in training all the same.
void note_repeated_stimuli(Checked& result, const experiment::Experiment& experiment) {
  for (const auto& band : experiment::detail::split_stimuli(experiment))
    if (band.repeated > 0)
      result.notes.push_back("feature band '" + band.band + "': " + std::to_string(band.repeated) +
                             " of " + std::to_string(band.held_out) +
                             " stimuli that are held out are shown in training, too; "
                             "`split: stimulus_types` holds all showings of one out together");
}

// The integrator stops wherever an input changes.
void note_fast_features(Checked& result, const experiment::Experiment& experiment) {
  constexpr double kManyTimes = 4;
  std::set<std::string> told;
  for (const experiment::Hypothesis& h : experiment.hypotheses)
    for (const architecture::Input& input : h.architecture.inputs) {
      if (!input.band || input.band->resample > 0) continue;
      for (const dataset::Subject& subject : experiment.dataset.subjects)
        for (const dataset::Run& run : subject.runs) {
          const dataset::FeatureBand* band = run.feature_band(input.name);
          if (band == nullptr || !band->is_by_sample() || run.recordings.empty()) continue;
          const double interval =
              std::ranges::min_element(run.recordings, {}, &dataset::Recording::interval)->interval;
          if (interval < kManyTimes * band->interval || !told.insert(input.name).second) continue;
          result.notes.push_back("feature band '" + input.name + "' has a row every " +
                                 short_number(band->interval) +
                                 " s, recordings have a sample every " + short_number(interval) +
                                 " s: `resample: " + short_number(interval) +
                                 " s` in the architecture makes fits faster");
        }
    }
}

// What is held out shows in the samples beside it, if these are trained on.
void note_short_gap(Checked& result, const experiment::Experiment& experiment) {
  const double memory = experiment::longest_memory(experiment);
  const bool has_gap = experiment.split == experiment::Split::blocks ||
                       experiment.split == experiment::Split::stimulus_types;
  if (!has_gap || !(experiment.gap < memory)) return;
  result.notes.push_back("'gap' is " + short_number(experiment.gap) +
                         " s, but an observation of the hypotheses remembers for " +
                         short_number(memory) +
                         " s: samples that train beside a held-out part share its responses; "
                         "without 'gap' it is " +
                         short_number(memory) + " s");
}

void note_fit_time(Checked& result, const experiment::Experiment& experiment) {
  const auto time = experiment::expected_fit_time(experiment);
  if (!time) return;
  constexpr double kShort = 1;  // s
  const double wall = time->seconds / threads();
  const auto words = [](double seconds) {
    return seconds < kShort ? std::string("less than a second") : "about " + duration_text(seconds);
  };
  result.notes.push_back(
      "expected time: " + words(time->seconds) + " of a processor for " +
      std::to_string(time->fits) + (time->fits == 1 ? " fit" : " fits") + " of hypotheses" +
      (time->runs == 0 ? ""
                       : " and " + std::to_string(time->runs) + " runs at draws from posteriors") +
      ", " + words(wall) + " on this machine's " + std::to_string(threads()) +
      ". A probe: one step of '" + time->slowest + "' took " + short_number(1000 * time->step, 2) +
      " ms, and a fit has some " + short_number(experiment::kStepsOfAFit) +
      (experiment.subjects == experiment::Subjects::hierarchical
           ? "; a hierarchical group goes through its subjects several times"
           : "") +
      "; baselines come on top");
}

void check_dataset(Checked& result) {
  const dataset::Dataset data = dataset::load(result.file);
  result.name = data.name;
  add(result, dataset::check(data));
  note_size(result, data);
  note_files_elsewhere(result, data);
  note_features(result, data);
  note_ceilings(result, data);
}

void check_experiment(Checked& result, const Catalogue& catalogue) {
  const experiment::Experiment experiment = experiment::load(result.file, catalogue);
  result.name = experiment.name;
  add(result, experiment::doubts(experiment));
  if (const std::size_t fits = experiment::ablation_fits(experiment); fits > 0)
    result.notes.push_back("the ablation of " + in_words(experiment.ablated) + " adds " +
                           std::to_string(fits) + " fits");
  note_repeated_stimuli(result, experiment);
  note_fast_features(result, experiment);
  note_short_gap(result, experiment);
  note_fit_time(result, experiment);
}

// A recipe is also carried out: that its model does not diverge shows only then.
void check_simulation(Checked& result, const Catalogue& catalogue) {
  const experiment::Recipe recipe = experiment::read_recipe(result.file, catalogue);
  result.name = recipe.name;
  const experiment::Twin twin = experiment::simulate(recipe);
  experiment::refuse_unfinished(recipe, twin);
  add(result, architecture::doubts(recipe.architecture));
  add(result, dataset::check(twin.dataset));
}

void check_as(Document document, Checked& result, const Catalogue& catalogue) {
  switch (document) {
    case Document::architecture:
      result.document = "architecture";
      return check_architecture(result, catalogue);
    case Document::dataset: result.document = "dataset"; return check_dataset(result);
    case Document::experiment:
      result.document = "experiment";
      return check_experiment(result, catalogue);
    case Document::simulation:
      result.document = "simulation";
      return check_simulation(result, catalogue);
  }
}

}  // namespace

Checked checked(const std::string& file, const Catalogue& catalogue) {
  Checked result;
  result.file = file;
  try {
    check_as(document_of(file), result, catalogue);
  } catch (const InputError& error) {
    result.mistakes = error.mistakes();
    result.mistakes_text = error.what();
    result.code = error.code();
  }
  return result;
}

std::string to_text(Severity severity) {
  switch (severity) {
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
  }
  return "";
}

}  // namespace insula::command

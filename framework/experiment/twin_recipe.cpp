// SPDX-License-Identifier: Apache-2.0
// A recipe as a whole, and what it says of recordings; what may stand in it is described in twin.h.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "framework/architecture/detail/names.h"
#include "framework/base/text.h"
#include "framework/dataset/file.h"
#include "framework/experiment/detail/twin_reading.h"

namespace insula::experiment {
namespace {

namespace fs = std::filesystem;
using architecture::Architecture;
using config::Entry;
using config::Node;
using config::Reader;

// "s01", "s02", … for a count, which is 1 if the key is absent; a list of ids as it is.
std::vector<std::string> read_ids(Reader& r, const std::string& key, const std::string& prefix) {
  constexpr int kMost = 999;
  const Node node = r.any(key);
  if (node.is_missing()) return {prefix + (prefix == "s" ? "01" : "1")};
  std::vector<std::string> ids;
  if (node.is_scalar()) {
    const long long count = r.optional_integer(key, {1, kMost}).value_or(0);
    for (long long k = 1; k <= count; ++k) {
      const std::string number = std::to_string(k);
      ids.push_back(prefix + (prefix == "s" && k < 10 ? "0" : "") + number);
    }
    return ids;
  }
  ids = r.optional_names(key);
  if (node.is_list() && node.items().empty()) {
    r.mistake(key, "'" + key + "' of " + r.what() + " is empty, expected at least one id");
  }
  std::set<std::string> taken;
  for (const Node& item : node.items()) {
    const std::string& id = item.scalar();
    if (!item.is_scalar()) continue;  // which is told already
    if (!architecture::detail::is_name(id)) {
      r.mistakes().add(
          item.place(), "'" + id + "' cannot be an id", "use letters, digits, '_', '-' and '+'");
    } else if (!taken.insert(id).second) {
      r.mistakes().add(item.place(), "'" + key + "' names '" + id + "' twice");
    }
  }
  return ids;
}

std::optional<Architecture> read_architecture(Reader& r,
                                              const Catalogue& catalogue,
                                              const std::string& file) {
  const auto name = r.text("architecture");
  if (!name) return {};
  const fs::path path = (fs::path(file).parent_path() / *name).lexically_normal();
  try {
    return architecture::load(path.generic_string(), catalogue);
  } catch (const InputError& error) {
    if (error.code() == ExitCode::no_input) {
      r.mistake("architecture",
                "there is no architecture file '" + *name + "'",
                "paths are relative to the file that names them");
    } else {
      r.mistakes().add(error.mistakes());
    }
    return {};
  }
}

void check_inputs(const Recipe& recipe, const Node& inputs, Mistakes& mistakes) {
  std::vector<std::string> names;
  for (const SimulatedInput& input : recipe.inputs) names.push_back(input.name);
  for (const architecture::Input& input : recipe.architecture.inputs) {
    const bool is_there = std::ranges::find(names, input.name) != names.end();
    if (is_there && input.learned)
      mistakes.add(inputs[input.name].place(),
                   "'" + input.name + "' holds a signal of a learner in architecture '" +
                       recipe.architecture.name + "'",
                   "remove it here");
    if (input.band)
      mistakes.add(input.place,
                   "'" + input.name + "' is a band of features, which a simulation does not make",
                   "simulate an architecture of inputs");
    if (is_there || input.learned || input.band) continue;
    mistakes.add(inputs.place(),
                 "'inputs' lacks '" + input.name + "', which architecture '" +
                     recipe.architecture.name + "' needs",
                 names.empty() ? "" : name_hint(input.name, names, "there are"));
  }
}

bool is_counted(const Node& root) {
  return root.is_map() && root["trials"].is_map() && !root["trials"]["count"].is_missing();
}

// Trials that are counted have no times.
void refuse_time(Reader& r, const std::optional<Architecture>& found) {
  for (const char* key : {"duration", "inputs", "recordings"})
    if (r.has(key)) {
      r.mistake(key,
                "'" + std::string(key) + (std::string(key) == "duration" ? "' needs" : "' need") +
                    " a time axis, but 'trials' have a 'count'",
                std::string(key) == "inputs" ? "inputs are columns of such trials"
                                             : "remove it, or write 'every' in the place of "
                                               "'count'");
      r.any(key);
    }
  if (found && !found->observations.empty())
    r.mistakes().add(found->observations.front().place,
                     "'" + found->observations.front().name +
                         "' is a recording, but trials that have a 'count' have no time axis",
                     "write 'every' in the place of 'count'");
}

std::vector<dataset::SourceFile> source_files(const std::string& file, const Architecture& a) {
  std::vector<dataset::SourceFile> files;
  const fs::path folder = fs::path(file).parent_path();
  files.push_back({fs::path(file).filename().string(), dataset::sha256(dataset::read_bytes(file))});
  for (const std::string& path : a.files) {
    files.push_back({fs::path(path).lexically_proximate(folder).generic_string(),
                     dataset::sha256(dataset::read_bytes(path))});
  }
  return files;
}

}  // namespace

namespace detail {
namespace {

struct Kinds {
  const architecture::Observation& observation;
  double duration;
};

void read_noise(Reader& outer, const Kinds& kinds, SimulatedRecording& recording) {
  if (!outer.has("noise")) return;
  const Node node = outer.optional_map("noise");
  if (node.is_missing()) return;
  Reader r(node, "'noise' of " + outer.what(), outer.mistakes());
  // Of arbitrary units the sd is a pure number.
  const Dimension unit = dimension_of(kinds.observation.kind->unit).value_or(Dimension::none);
  const auto sd = r.optional_quantity("sd", unit, config::not_negative);
  const auto snr = r.optional_number("snr", config::positive);
  const bool has_both = r.has("sd") && r.has("snr");
  if (has_both || (!r.has("sd") && !r.has("snr"))) {
    r.mistake("snr",
              r.what() + " needs one of 'sd' and 'snr', got " + (has_both ? "both" : "none"),
              "for example 'noise: {snr: 3}'");
  }
  r.finish();
  recording.noise_sd = sd.value_or(0);
  recording.snr = snr.value_or(0);
}

void check_times(Reader& r, const SimulatedRecording& recording, double duration) {
  const double last_start = recording.start + recording.interval;
  if (duration > 0 && recording.interval > 0 && last_start >= duration) {
    r.mistake(
        "interval",
        r.what() + " has fewer than two samples in a run of " + short_number(duration, 6) + " s");
  }
  constexpr double kMostSamples = 1e7;
  if (recording.interval > 0 && duration / recording.interval > kMostSamples) {
    r.mistake("interval", r.what() + " has more than 10 million samples in a run");
  }
  if (recording.interval > 0 && recording.delay >= recording.interval) {
    r.mistake("delay",
              "'delay' of " + r.what() + " must be shorter than its interval of " +
                  short_number(recording.interval, 6) + " s, got " +
                  short_number(recording.delay, 6) + " s");
  }
}

SimulatedRecording read_recording(const Entry& entry, const Kinds& kinds, Mistakes& mistakes) {
  SimulatedRecording recording;
  recording.name = entry.key;
  Reader r(entry.value, "recording '" + entry.key + "'", mistakes);
  const auto interval = r.optional_quantity("interval", Dimension::time, config::positive);
  const auto rate = r.optional_quantity("rate", Dimension::rate, config::positive);
  if (r.has("interval") == r.has("rate") && entry.value.is_map()) {
    r.mistake(
        r.has("rate") ? "rate" : "interval",
        r.what() + " needs one of 'interval' and 'rate', got " + (r.has("rate") ? "both" : "none"),
        "for example 'interval: 2 s' or 'rate: 60 Hz'");
  }
  recording.interval = interval ? *interval : rate ? 1 / *rate : 0;
  recording.start = r.optional_quantity("start", Dimension::time, config::not_negative).value_or(0);
  recording.delay = r.optional_quantity("delay", Dimension::time, config::not_negative).value_or(0);
  const std::string unit(kinds.observation.kind->unit);
  const std::string asked = r.optional_text("unit").value_or(unit);
  if (asked != unit) {
    r.mistake("unit", r.what() + " is simulated in the unit '" + unit + "', got '" + asked + "'");
  }
  if (kinds.observation.kind->counts()) {
    for (const char* key : {"noise", "ar"})
      if (r.has(key))
        r.mistake(key,
                  r.what() + " holds counts, which have no '" + key + "'",
                  "remove it: they are drawn from the likelihood");
  }
  read_noise(r, kinds, recording);
  recording.ar = r.optional_number("ar", {-1, 1, true, true}).value_or(0);
  recording.missing = r.optional_number("missing", {0, 1, false, true}).value_or(0);
  r.finish();
  check_times(r, recording, kinds.duration);
  return recording;
}

}  // namespace

std::vector<SimulatedRecording> read_simulated_recordings(const Node& node,
                                                          double duration,
                                                          const Architecture& a,
                                                          Mistakes& mistakes) {
  std::vector<SimulatedRecording> recordings;
  std::vector<std::string> names;
  for (const auto& observation : a.observations) names.push_back(observation.name);
  for (const Entry& entry : node.entries()) {
    if (std::ranges::find(names, entry.key) != names.end()) continue;
    mistakes.add(entry.key_place,
                 "architecture '" + a.name + "' has no observation '" + entry.key + "'",
                 name_hint(entry.key, names));
  }
  for (const auto& observation : a.observations) {
    const auto& entries = node.entries();
    const auto entry = std::ranges::find(entries, observation.name, &Entry::key);
    if (entry != entries.end()) {
      recordings.push_back(read_recording(*entry, {observation, duration}, mistakes));
    } else if (!node.is_missing()) {
      mistakes.add(node.place(),
                   "'recordings' lacks '" + observation.name + "', which architecture '" + a.name +
                       "' observes");
    }
  }
  return recordings;
}

}  // namespace detail

bool is_recipe(const std::string& path) {
  try {
    const Node kind = config::parse_file(path)["insula"];
    return kind.is_scalar() && kind.scalar().starts_with("simulation/");
  } catch (const InputError&) {
    return false;
  }
}

Recipe read_recipe(const std::string& path, const Catalogue& catalogue) {
  const Node root = config::parse_file(path);
  Mistakes mistakes;
  Recipe recipe;
  recipe.file = path;
  Reader r(root, "the simulation", mistakes);
  config::read_document_kind(r, "simulation", 1);
  recipe.name = r.text("name").value_or("");
  recipe.description = r.optional_text("description").value_or("");
  const auto found = read_architecture(r, catalogue, path);
  constexpr double kLargestExactInteger = 9007199254740992;  // of a double
  recipe.seed =
      static_cast<std::uint64_t>(r.integer("seed", {0, kLargestExactInteger}).value_or(0));
  recipe.subjects = read_ids(r, "subjects", "s");
  recipe.runs = read_ids(r, "runs", "run-");
  const bool has_time = !is_counted(root);
  if (has_time)
    recipe.duration = r.quantity("duration", Dimension::time, config::positive).value_or(0);
  else
    refuse_time(r, found);
  const Node inputs = has_time ? r.map("inputs") : Node();
  const Node trials = r.optional_map("trials");
  const bool has_recordings = has_time && (!found || !found->observations.empty());
  const Node recordings = has_recordings ? r.map("recordings") : r.optional_map("recordings");
  const Node parameters = r.optional_map("parameters");
  r.finish();
  recipe.trials = detail::read_simulated_trials(trials, recipe.duration, recipe.seed, mistakes);
  if (has_time)
    recipe.inputs = detail::read_simulated_inputs(inputs, recipe.duration, recipe.trials, mistakes);
  if (found) {
    recipe.architecture = *found;
    detail::check_simulated_trials(recipe.trials, *found, mistakes);
    detail::check_simulated_signals(recipe.trials, recipe.duration, *found, mistakes);
    if (has_time && !inputs.is_missing()) check_inputs(recipe, inputs, mistakes);
    if (has_time)
      recipe.recordings =
          detail::read_simulated_recordings(recordings, recipe.duration, *found, mistakes);
    recipe.theta = detail::read_truth(parameters, *found, mistakes);
  }
  mistakes.throw_if_any();
  recipe.files = source_files(path, recipe.architecture);
  return recipe;
}

}  // namespace insula::experiment

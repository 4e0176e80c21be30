// SPDX-License-Identifier: Apache-2.0
// What may be typed, and the help that teaches it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "framework/base/text.h"
#include "framework/command/command.h"
#include "framework/command/detail/command_line.h"
#include "framework/command/terminal.h"
#include "framework/experiment/version.h"

namespace insula::command {
namespace {

constexpr const char* kAbout =
    "Insula fits hypotheses of how brain regions interact to recordings, compares them with each\n"
    "other and with linear baselines, and says which predicts what it has not seen.";

constexpr const char* kFooter = R"(Start here:
  insula new study                     a project with two hypotheses and simulated data
  insula run study/experiment.yaml     fit, compare, report
  insula describe                      what architectures are made of

Exit codes: 0 done, 64 wrong usage, 65 wrong data, 66 no such file, 70 a fault of Insula,
78 a mistake in a YAML document, 130 stopped by Ctrl-C.)";

constexpr const char* kRunFooter = R"(Examples:
  insula run experiment.yaml                       results/NAME, with report.html
  insula run experiment.yaml --out out --threads 2
  insula run experiment.yaml --json | jq '.models[].name'
  insula run experiment.yaml --crate               with ro-crate-metadata.json: hashes, versions
  insula run experiment.yaml --out out --shard 2/4    every fourth fit from the second on

The results do not depend on the number of threads. Every fit is kept in the folder as it ends: after
Ctrl-C, a crash or a power cut the same command goes on from there, and after a change it repeats
only the fits that the change concerns. `insula status DIR` tells how far it is.

More can be asked of the hypotheses by a line in the experiment:
  interventions: [{lesion: SPC}, {scale: V1 -> V5, by: 0.5}]     what would they do without?
  counterfactuals: [{corruption: confound, with: attention, strength: [1]}]
  recovery: {simulations: 20}                                    would they be found again?

On several machines give each a shard and a folder of its own; `insula merge` joins them, and then the
command without --shard makes the results. On one machine `mpirun -n 8 insula run ...` shares the fits
among processes.)";

constexpr const char* kStatusFooter = R"(Examples:
  insula status results/attention
  insula status results/attention --json | jq .seconds_left

May be asked at any time, while the run goes on too.)";

constexpr const char* kMergeFooter = R"(Example, of two shards that ran on different machines:
  insula merge shard-1 shard-2 --out results
  insula run experiment.yaml --out results

The same program must have made them: fits of another version are taken over, but not used.)";

constexpr const char* kCheckFooter = R"(Examples:
  insula check experiment.yaml         and everything that it names
  insula check *.yaml --json

Mistakes (exit code 65, 66 or 78) must be mended; doubts (exit code 0) are for you to judge: gaps,
stuck and clipped channels, units that contradict the numbers, clocks that drift, events outside of
runs, trials that are missing, stimuli that folds tear from their twins. Of a dataset the size is
told, and what repeats allow; of an experiment the time that its hypotheses will take, from one step
of each that is run here.)";

constexpr const char* kDescribeFooter = R"(Examples:
  insula describe                      all kinds
  insula describe modulated            a kind: its parameters, units, priors and source
  insula describe gated.yaml           an architecture: its structure and parameters
  insula describe dataset.yaml         a dataset: subjects, runs, recordings, inputs)";

constexpr const char* kSimulateFooter = R"(Example:
  insula simulate recipe.yaml --out data

The folder holds dataset.yaml with its tables, and truth.tsv: the parameters that the data were
made with. An experiment may also name the recipe itself: `dataset: recipe.yaml`.)";

constexpr const char* kDiffFooter = R"(Example:
  insula diff ungated.yaml gated.yaml)";

constexpr const char* kNewFooter = R"(Examples:
  insula new study
  insula new study --from data/dataset.yaml

The folder must be empty or new.)";

constexpr const char* kFeaturesFooter = R"(Examples:
  insula features extract model.onnx --list-layers
  insula features extract model.onnx sentences.tsv --text sentence --key sent_id \
      --tokenizer tokenizer.json --layer layer.6 --normalise --out minilm.safetensors
  insula features extract vit.onnx pictures.csv --image file --key stimulus \
      --preprocessor preprocessor_config.json --layer embedding --out vit.safetensors
  insula features extract whisper.onnx sounds.csv --sound file --key stimulus \
      --preprocessor preprocessor_config.json --layer last_hidden_state --out whisper.safetensors

The file has a tensor for each layer and a row for each stimulus, with its name; a dataset takes it
as a band: `features: {minilm: {file: minilm.safetensors, at: trials, key: sentence}}`. Texts of a
batch have the same number of tokens, and waveforms of samples, so none is padded. Ctrl-C stops,
and the same command goes on where it was. The bytes do not depend on the number of threads.)";

void add_seed(CLI::App* command, std::optional<std::uint64_t>& seed, const char* about) {
  command->add_option("--seed", seed, about)->type_name("NUMBER");
}

void add_run(CLI::App& app, Action& action) {
  CLI::App* command = add_command(app, "run", "Fit, compare and report an experiment", kRunFooter);
  const auto typed = std::make_shared<RunArguments>();
  constexpr int kMostThreads = 1024;
  command->add_option("EXPERIMENT", typed->experiment, "The experiment's file")->required();
  command->add_option("--out", typed->out, "Folder of the results; default: results/NAME")
      ->type_name("DIR");
  command->add_option("--threads", typed->threads, "Default: one for each core")
      ->type_name("NUMBER")
      ->check(CLI::Range(1, kMostThreads));
  add_seed(command, typed->seed, "Instead of the experiment's own");
  command->add_option("--shard", typed->shard, "Do a part of the fits, and no results")
      ->type_name("INDEX/COUNT");
  command->add_flag("--crate", typed->crate, "Describe the folder as an RO-Crate, for archives");
  command->add_flag("--json", typed->json, "Print summary.json instead of the table");
  command->add_flag("--quiet", typed->quiet, "Print nothing but errors");
  command->callback([&action, typed] { action = [typed] { return run(*typed); }; });
}

void add_status(CLI::App& app, Action& action) {
  CLI::App* command = add_command(app, "status", "Tell how far a run is", kStatusFooter);
  const auto typed = std::make_shared<StatusArguments>();
  command->add_option("DIR", typed->folder, "A folder that `insula run` fills")->required();
  command->add_flag("--json", typed->json, "Print an object");
  command->callback([&action, typed] { action = [typed] { return status(*typed); }; });
}

void add_merge(CLI::App& app, Action& action) {
  CLI::App* command = add_command(app, "merge", "Join the fits of several shards", kMergeFooter);
  const auto typed = std::make_shared<MergeArguments>();
  command->add_option("DIR", typed->folders, "Folders that `insula run --shard` has filled")
      ->required();
  command->add_option("--out", typed->out, "The folder that takes them all")
      ->type_name("DIR")
      ->required();
  command->callback([&action, typed] { action = [typed] { return merge(*typed); }; });
}

void add_check(CLI::App& app, Action& action) {
  CLI::App* command =
      add_command(app, "check", "Look for mistakes and doubts in YAML documents", kCheckFooter);
  const auto typed = std::make_shared<CheckArguments>();
  command->add_option("FILE", typed->files, "Architectures, datasets, experiments, simulations")
      ->required();
  command->add_flag("--json", typed->json, "Print an array with an object for each file");
  command->callback([&action, typed] { action = [typed] { return check(*typed); }; });
}

void add_describe(CLI::App& app, Action& action) {
  CLI::App* command =
      add_command(app, "describe", "Explain a kind, an architecture or a dataset", kDescribeFooter);
  const auto name = std::make_shared<std::string>();
  command->add_option("NAME_OR_FILE", *name, "Default: the list of all kinds");
  command->callback([&action, name] { action = [name] { return describe(*name); }; });
}

void add_simulate(CLI::App& app, Action& action) {
  CLI::App* command =
      add_command(app, "simulate", "Make a dataset whose truth is known", kSimulateFooter);
  const auto typed = std::make_shared<SimulateArguments>();
  command->add_option("RECIPE", typed->recipe, "The recipe's file")->required();
  command->add_option("--out", typed->out, "Folder of the dataset")->type_name("DIR")->required();
  add_seed(command, typed->seed, "Instead of the recipe's own");
  command->callback([&action, typed] { action = [typed] { return simulate(*typed); }; });
}

void add_diff(CLI::App& app, Action& action) {
  CLI::App* command =
      add_command(app, "diff", "Say what one architecture changes of another", kDiffFooter);
  const auto files = std::make_shared<std::pair<std::string, std::string>>();
  command->add_option("FROM", files->first, "An architecture's file")->required();
  command->add_option("TO", files->second, "Another's")->required();
  command->callback(
      [&action, files] { action = [files] { return diff(files->first, files->second); }; });
}

void add_new(CLI::App& app, Action& action) {
  CLI::App* command = add_command(app, "new", "Make a starting project", kNewFooter);
  const auto typed = std::make_shared<NewArguments>();
  command->add_option("DIR", typed->folder, "Its folder")->required();
  command->add_option("--from", typed->dataset, "A dataset.yaml; default: simulated data")
      ->type_name("DATASET");
  command->callback([&action, typed] { action = [typed] { return new_project(*typed); }; });
}

void add_features(CLI::App& app, Action& action, const extraction::Runtime& runtime) {
  CLI::App* command = add_command(
      app, "features", "What a neural network makes of stimuli, as features", kFeaturesFooter);
  const auto typed = std::make_shared<FeaturesArguments>();
  constexpr int kMostThreads = 1024, kMostStimuli = 65536;
  const auto text = [&](const char* name, std::string& value, const char* about, const char* type) {
    command->add_option(name, value, about)->type_name(type);
  };
  command->add_option("ACTION", typed->action, "What to do: extract")->required();
  command->add_option("MODEL", typed->model, "The network, in ONNX")->required();
  command->add_option("STIMULI", typed->stimuli, "A table (.tsv, .csv) that lists them");
  text("--text", typed->text, "Column of texts", "COLUMN");
  text("--tokenizer", typed->tokenizer, "Of the texts: tokenizer.json", "FILE");
  command->add_option("--max-tokens", typed->max_tokens, "Longer texts are cut; default: its own")
      ->type_name("NUMBER")
      ->check(CLI::PositiveNumber);
  text("--image", typed->image, "Column of paths of PNG and JPEG files", "COLUMN");
  text("--sound", typed->sound, "Column of paths of WAV files", "COLUMN");
  text("--preprocessor",
       typed->preprocessor,
       "Of pictures and sounds: preprocessor_config.json",
       "FILE");
  text("--key", typed->key, "Column of names; default: texts or paths name themselves", "COLUMN");
  command->add_option("--layer", typed->layers, "Of the network, repeated; default: its outputs")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  command->add_flag("--list-layers", typed->lists_layers, "Print all layers and their shapes");
  text("--pool",
       typed->pool,
       "mean (default for texts, sounds), max, first, last or flat (pictures)",
       "HOW");
  command->add_flag("--normalise", typed->is_normalised, "Divide each row by its length");
  command->add_option("--batch", typed->batch, "Stimuli at a time; default: 16")
      ->type_name("NUMBER")
      ->check(CLI::Range(1, kMostStimuli));
  text("--out", typed->out, "The file to write, .safetensors", "FILE");
  command->add_option("--threads", typed->threads, "Default: one for each core")
      ->type_name("NUMBER")
      ->check(CLI::Range(1, kMostThreads));
  command->add_flag("--quiet", typed->quiet, "Print nothing but errors");
  command->callback(
      [&action, typed, &runtime] { action = [=, &runtime] { return features(*typed, runtime); }; });
}

// The sentence for a command that does not exist; "" if the first word is one or an option.
std::string unknown_command(const CLI::App& app, int count, const char* const* words) {
  if (count < 2 || words[1][0] == '-') return "";
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (std::ranges::find(names, words[1]) != names.end()) return "";
  return std::string("error: there is no command '") + words[1] +
         "'\n  note: " + name_hint(words[1], names, "the commands are");
}

// The sentence for an option that the command does not have, or "".
std::string unknown_option(const CLI::App& app, int count, const char* const* words) {
  for (int w = 2; w < count; ++w) {
    const std::string word(words[w]);
    if (!word.starts_with("--") || word == "--") continue;
    const std::string option = word.substr(0, word.find('='));
    const CLI::App* command = app.get_subcommand(words[1]);
    if (command->get_option_no_throw(option) != nullptr) continue;
    std::vector<std::string> names;
    for (const CLI::Option* known : command->get_options()) {
      if (!known->get_lnames().empty()) names.push_back("--" + known->get_lnames().front());
    }
    return std::string("error: `insula ") + words[1] + "` has no option '" + option +
           "'\n  note: " + name_hint(option, names);
  }
  return "";
}

int wrong_usage(const CLI::App& app, const std::string& message) {
  const auto commands = app.get_subcommands();
  const std::string command = commands.empty() ? "" : " " + commands.front()->get_name();
  print_error("error: " + message + "\n  note: `insula" + command + " --help` says how\n");
  return static_cast<int>(ExitCode::usage);
}

int parse_and_do(int count, const char* const* words, const extraction::Runtime& runtime) {
  CLI::App app(kAbout, "insula");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("insula ") + kVersion, "Print the version");
  app.set_help_flag("-h,--help", "Print this help");
  app.require_subcommand(1);
  app.get_formatter()->column_width(30);
  Action action;
  add_run(app, action);
  add_status(app, action);
  add_merge(app, action);
  add_check(app, action);
  add_describe(app, action);
  add_simulate(app, action);
  add_diff(app, action);
  add_new(app, action);
  add_import(app, action);
  add_export(app, action);
  add_features(app, action, runtime);
  add_rsa(app, action);
  if (count < 2) {
    print_error(app.help());
    return static_cast<int>(ExitCode::usage);
  }
  std::string unknown = unknown_command(app, count, words);
  if (unknown.empty() && words[1][0] != '-') unknown = unknown_option(app, count, words);
  if (!unknown.empty()) {
    print_error(unknown + "\n");
    return static_cast<int>(ExitCode::usage);
  }
  try {
    app.parse(count, words);
  } catch (const CLI::Success& asked) {  // --help or --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return wrong_usage(app, error.what());
  }
  return action();
}

int internal(const std::string& message) {
  print_error(painted("error:", Colour::red, Output::error) + " " + message + "\n");
  return static_cast<int>(ExitCode::internal);
}

}  // namespace

int run_command_line(int count, const char* const* words, const extraction::Runtime& runtime) {
  try {
    return parse_and_do(count, words, runtime);
  } catch (const InputError& error) {
    print_error(std::string(error.what()) + "\n");
    return static_cast<int>(error.code());
  } catch (const InternalError& error) {
    return internal(error.what());
  } catch (const std::bad_alloc&) {
    return internal("there is not enough memory");
  } catch (const std::exception& error) {
    return internal(std::string("a fault of Insula, please report it: ") + error.what());
  }
}

}  // namespace insula::command

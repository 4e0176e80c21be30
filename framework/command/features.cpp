// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <filesystem>

#include "framework/base/text.h"
#include "framework/command/command.h"
#include "framework/command/interruption.h"
#include "framework/command/table.h"
#include "framework/command/terminal.h"
#include "framework/dataset/array.h"
#include "framework/dataset/file.h"
#include "framework/experiment/version.h"
#include "framework/extraction/extract.h"
#include "framework/numerics/parallel.h"

namespace insula::command {
namespace {

using extraction::Network;
using extraction::Pooling;
using extraction::StimulusList;
using extraction::StimulusSet;

constexpr const char* kHowToGetIt =
    "`./dev setup` fetches it; or unpack the package 'openvino' of PyPI and build again with "
    "-DOpenVINO_DIR=FOLDER/openvino/cmake";

[[noreturn]] void refuse_usage(const std::string& message, const std::string& note = {}) {
  throw InputError({}, message, note, ExitCode::usage);
}

// What was typed, as far as it can be judged without looking into files.
void check_words(const FeaturesArguments& typed) {
  const std::vector<std::string> actions{"extract"};
  if (typed.action != actions[0]) {
    refuse_usage("features cannot be made by '" + typed.action + "'",
                 name_hint(typed.action, actions, "there is"));
  }
  if (typed.lists_layers) return;
  if (typed.stimuli.empty()) {
    refuse_usage("STIMULI is missing: a table that lists what is shown to the network",
                 "`--list-layers` needs none");
  }
  const bool is_text = !typed.text.empty(),
             is_prepared = !typed.image.empty() || !typed.sound.empty();
  if (is_text + !typed.image.empty() + !typed.sound.empty() != 1) {
    refuse_usage(
        "which column of the table holds the stimuli? expected one of --text, --image and --sound");
  }
  if (is_text && typed.tokenizer.empty()) {
    refuse_usage("--text needs --tokenizer", "it lies beside the model: tokenizer.json");
  }
  if (is_prepared && typed.preprocessor.empty()) {
    refuse_usage(std::string(typed.image.empty() ? "--sound" : "--image") + " needs --preprocessor",
                 "it lies beside the model: preprocessor_config.json");
  }
  for (const auto& [is_typed, word, with, is_right] :
       {std::tuple(!typed.tokenizer.empty(), "--tokenizer", "--text", is_text),
        std::tuple(typed.max_tokens.has_value(), "--max-tokens", "--text", is_text),
        std::tuple(
            !typed.preprocessor.empty(), "--preprocessor", "--image and --sound", is_prepared)}) {
    if (is_typed && !is_right) refuse_usage(std::string(word) + " goes with " + with);
  }
  if (typed.out.empty()) refuse_usage("--out is required");
  if (dataset::array_format_of(typed.out) != dataset::ArrayFormat::safetensors) {
    refuse_usage("--out is '" + typed.out + "', expected a name that ends in .safetensors");
  }
}

Pooling pooling_of(const FeaturesArguments& typed) {
  if (typed.pool.empty()) return typed.image.empty() ? Pooling::mean : Pooling::flat;
  const std::vector<std::string>& names = extraction::pooling_names();
  const auto found = std::ranges::find(names, typed.pool);
  if (found == names.end()) {
    refuse_usage("there is no pooling '" + typed.pool + "'",
                 name_hint(typed.pool, names, "there are"));
  }
  return static_cast<Pooling>(found - names.begin());
}

void list_layers(const Network& network) {
  std::vector<std::vector<std::string>> rows{{"layer", "shape", "made by"}};
  for (const extraction::Layer& layer : network.layers()) {
    rows.push_back(
        {layer.name, layer.shape, layer.operation + (layer.is_output ? ", an output" : "")});
  }
  print(table_text(rows));
}

std::string hash_of(const std::string& file) {
  return dataset::sha256(dataset::MappedFile(file).bytes());
}

extraction::Extraction extraction_of(const FeaturesArguments& typed,
                                     const Network& network,
                                     const std::string& runtime) {
  extraction::Extraction extraction;
  extraction.layers = typed.layers;
  if (extraction.layers.empty()) {
    for (const extraction::Layer& layer : network.layers()) {
      if (layer.is_output) extraction.layers.push_back(layer.name);
    }
  }
  extraction.pooling = pooling_of(typed);
  extraction.is_normalised = typed.is_normalised;
  extraction.batch = typed.batch;
  extraction.origin = {{"made_by", std::string("insula ") + kVersion},
                       {"runtime", runtime},
                       {"model", std::filesystem::path(typed.model).filename().string()},
                       {"model_sha256", hash_of(typed.model)}};
  if (!typed.tokenizer.empty()) extraction.origin["tokenizer_sha256"] = hash_of(typed.tokenizer);
  if (!typed.preprocessor.empty()) {
    extraction.origin["preprocessor_sha256"] = hash_of(typed.preprocessor);
  }
  return extraction;
}

StimulusSet sounds_of(const FeaturesArguments& typed, const Network& network) {
  const auto preparation = extraction::read_sound_preparation(typed.preprocessor);
  const StimulusList list = extraction::read_stimuli(typed.stimuli, typed.sound, typed.key);
  StimulusSet set =
      extraction::sound_stimuli(list, typed.stimuli, preparation, network.inputs(), typed.model);
  if (!set.cut.empty() && !typed.quiet) {
    const std::size_t count = set.cut.size();
    const std::size_t samples = preparation.mel ? preparation.mel->samples
                                                : preparation.bank->frames * extraction::kBankHop;
    const double seconds = static_cast<double>(samples) / preparation.rate;
    print_warning({list.places[set.cut.front()],
                   std::to_string(count) + (count == 1 ? " sound is" : " sounds are") +
                       " longer than " + short_number(seconds) +
                       " s, which the network hears at a time, and cut there; this is the first",
                   "cut sounds into stimuli of that length"});
  }
  return set;
}

StimulusSet stimuli_of(const FeaturesArguments& typed, const Network& network) {
  if (!typed.sound.empty()) return sounds_of(typed, network);
  if (typed.text.empty()) {
    const auto preparation = extraction::read_image_preparation(typed.preprocessor);
    return extraction::image_stimuli(
        extraction::read_stimuli(typed.stimuli, typed.image, typed.key),
        typed.stimuli,
        preparation,
        network.inputs(),
        typed.model);
  }
  extraction::Tokenizer tokenizer = extraction::read_tokenizer(typed.tokenizer);
  if (typed.max_tokens) tokenizer = tokenizer.at_most(*typed.max_tokens);
  const StimulusList list = extraction::read_stimuli(typed.stimuli, typed.text, typed.key);
  StimulusSet set = extraction::text_stimuli(list, tokenizer, network.inputs(), typed.model);
  if (!set.cut.empty() && !typed.quiet) {
    const std::size_t count = set.cut.size();
    print_warning({list.places[set.cut.front()],
                   std::to_string(count) + (count == 1 ? " text is" : " texts are") +
                       " longer than " + std::to_string(*tokenizer.most()) +
                       " tokens and cut there; this is the first",
                   "--max-tokens sets another limit"});
  }
  return set;
}

// "120 of 205   about 3 s left"; what was there before this run does not count for the time.
class ExtractionProgress {
 public:
  explicit ExtractionProgress(bool is_wanted) : line_(is_wanted) {}

  void show(std::size_t done, std::size_t total) {
    using Clock = std::chrono::steady_clock;
    std::string text = std::to_string(done) + " of " + std::to_string(total) + " stimuli";
    if (!first_) {
      first_ = done;
      start_ = Clock::now();
    } else if (done < total) {
      const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
      const double left = elapsed / static_cast<double>(done - *first_);
      text += "   about " + duration_text(left * static_cast<double>(total - done)) + " left";
    }
    line_.show(text);
  }

 private:
  ProgressLine line_;
  std::optional<std::size_t> first_;
  std::chrono::steady_clock::time_point start_;
};

std::string shapes_text(const std::string& out, const std::vector<std::string>& layers) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& layer : layers) {
    const auto array = dataset::open_array(out, dataset::ArrayFormat::safetensors, layer);
    rows.push_back(
        {"  " + layer, std::to_string(array.rows()) + " x " + std::to_string(array.columns())});
  }
  return table_text(rows);
}

}  // namespace

int features(const FeaturesArguments& typed, const extraction::Runtime& runtime) {
  check_words(typed);
  pooling_of(typed);
  if (!runtime.open) {
    refuse_usage("this Insula was built without OpenVINO, which runs networks", kHowToGetIt);
  }
  set_threads(typed.threads);
  const std::unique_ptr<Network> network = runtime.open(typed.model);
  if (typed.lists_layers) {
    list_layers(*network);
    return 0;
  }
  const StimulusSet stimuli = stimuli_of(typed, *network);
  const extraction::Extraction extraction = extraction_of(typed, *network, runtime.name);
  const Interruption interruption;
  extraction::Extracted extracted;
  {
    ExtractionProgress progress(!typed.quiet);
    extracted = extraction::extract(
        *network,
        typed.model,
        stimuli,
        extraction,
        typed.out,
        {[&](std::size_t done, std::size_t total) { progress.show(done, total); },
         [] { return Interruption::is_asked(); }});
  }
  if (!extracted.is_whole) {
    print_error("insula: stopped; " + std::to_string(extracted.done) + " of " +
                std::to_string(stimuli.names.size()) + " stimuli are in " + typed.out +
                ".partial, and the same command goes on from there\n");
    return kInterrupted;
  }
  if (typed.quiet) return 0;
  print(typed.out + (extracted.was_there ? " was there already, made by this command\n" : "\n"));
  print(shapes_text(typed.out, extraction.layers));
  return 0;
}

}  // namespace insula::command

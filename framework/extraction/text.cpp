// SPDX-License-Identifier: Apache-2.0
// Texts as feeds.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "framework/base/text.h"
#include "framework/dataset/file.h"
#include "framework/extraction/stimuli.h"

namespace insula::extraction {
namespace {

const std::vector<std::string> kTextInputs{
    "input_ids", "attention_mask", "token_type_ids", "position_ids"};

// What all feeds are made from.
struct Texts {
  std::vector<Tokens> tokens;
  std::vector<std::string> inputs;
  std::int64_t padding = 0;
  std::optional<std::size_t> length;  // that the network insists on
  std::optional<std::size_t> below;   // tokens that the network knows
};

[[noreturn]] void refuse_input(const std::string& file,
                               const std::string& why,
                               const std::string& note) {
  throw InputError(Place{file, 0, 0, 0, ""}, why, note, ExitCode::data);
}

void read_ports(const std::vector<Port>& ports, const std::string& file, Texts& texts) {
  for (const Port& port : ports) {
    if (std::ranges::find(kTextInputs, port.name) == kTextInputs.end() || !port.is_whole ||
        port.shape.size() != 2) {
      refuse_input(
          file,
          "the network has the input '" + port.name +
              "', which is not one that texts are made into",
          "for texts there are " + in_words(kTextInputs) + ", whole numbers of stimuli x tokens");
    }
    texts.inputs.push_back(port.name);
    if (port.shape[1]) texts.length = port.shape[1];
    if (port.name == kTextInputs[0]) texts.below = port.below;
  }
  if (std::ranges::find(texts.inputs, kTextInputs[0]) == texts.inputs.end()) {
    refuse_input(file, "the network has no input 'input_ids', so it takes no texts", "");
  }
}

std::int64_t number_of(const std::string& input,
                       const Texts& texts,
                       std::size_t row,
                       std::size_t at) {
  const Tokens& tokens = texts.tokens[row];
  const bool is_padding = at >= tokens.ids.size();
  if (input == "position_ids") return static_cast<std::int64_t>(at);
  if (input == "attention_mask") return is_padding ? 0 : 1;
  if (input == "token_type_ids") return is_padding ? 0 : tokens.types[at];
  return is_padding ? texts.padding : tokens.ids[at];
}

std::vector<Feed> feeds_of(const Texts& texts, std::span<const std::size_t> rows) {
  std::size_t length = texts.length.value_or(0);
  for (const std::size_t row : rows) length = std::max(length, texts.tokens[row].ids.size());
  std::vector<Feed> feeds;
  for (const std::string& input : texts.inputs) {
    std::vector<std::int64_t> numbers;
    numbers.reserve(rows.size() * length);
    for (const std::size_t row : rows) {
      for (std::size_t at = 0; at < length; ++at) {
        numbers.push_back(number_of(input, texts, row, at));
      }
    }
    feeds.push_back({input, {rows.size(), length}, std::move(numbers)});
  }
  return feeds;
}

void check_tokens(const Tokens& tokens, const Texts& texts, const Place& place) {
  if (tokens.ids.empty()) throw InputError(place, "the text has no tokens", "", ExitCode::data);
  if (texts.length && tokens.ids.size() > *texts.length) {
    throw InputError(place,
                     "the text has " + std::to_string(tokens.ids.size()) +
                         " tokens, but the network takes " + std::to_string(*texts.length),
                     "--max-tokens " + std::to_string(*texts.length) + " cuts longer texts",
                     ExitCode::data);
  }
  const std::int64_t most = *std::ranges::max_element(tokens.ids);
  if (texts.below && most >= static_cast<std::int64_t>(*texts.below)) {
    throw InputError(place,
                     "the tokenizer makes token " + std::to_string(most) +
                         " of this text, but the network knows tokens 0 to " +
                         std::to_string(*texts.below - 1),
                     "--tokenizer takes the file that belongs to the network",
                     ExitCode::data);
  }
}

}  // namespace

StimulusSet text_stimuli(const StimulusList& list,
                         const Tokenizer& tokenizer,
                         const std::vector<Port>& inputs,
                         const std::string& network_file) {
  auto texts = std::make_shared<Texts>();
  read_ports(inputs, network_file, *texts);
  texts->padding = tokenizer.padding();
  StimulusSet set;
  set.names = list.names;
  nlohmann::json ids;
  for (std::size_t i = 0; i < list.contents.size(); ++i) {
    Tokens tokens = tokenizer(list.contents[i]);
    check_tokens(tokens, *texts, list.places[i]);
    if (tokens.is_cut) set.cut.push_back(i);
    set.tokens.push_back(tokens.ids.size());
    ids.push_back({tokens.ids, tokens.types});
    texts->tokens.push_back(std::move(tokens));
  }
  set.sha256 = dataset::sha256(ids.dump());
  set.feeds = [texts = std::shared_ptr<const Texts>(texts)](std::span<const std::size_t> rows) {
    return feeds_of(*texts, rows);
  };
  return set;
}

}  // namespace insula::extraction

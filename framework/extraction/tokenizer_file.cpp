// SPDX-License-Identifier: Apache-2.0
// tokenizer.json, of which the parts that BERT's, GPT-2's and SentencePiece's families use are
// understood and others refused.
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "framework/base/error.h"
#include "framework/base/text.h"
#include "framework/dataset/file.h"
#include "framework/extraction/detail/token_rules.h"
#include "framework/extraction/detail/unigram_file.h"
#include "framework/extraction/tokenizer.h"

namespace insula::extraction {
namespace {

using detail::AddedToken;
using detail::BytePairs;
using detail::Slot;
using detail::TokenRules;
using detail::WordPiece;
using nlohmann::json;

Place place_at(const std::string& file, const std::string& bytes, std::size_t offset) {
  Place place{file, 1, 1, 1, ""};
  for (std::size_t i = 0; i + 1 < std::min(offset, bytes.size()); ++i) {
    place.column = bytes[i] == '\n' ? 1 : place.column + 1;
    place.line += bytes[i] == '\n' ? 1 : 0;
  }
  return place;
}

json parsed(const std::string& file, const std::string& bytes) {
  try {
    return json::parse(bytes);
  } catch (const json::parse_error& error) {
    throw InputError(place_at(file, bytes, error.byte),
                     "the file is not written in JSON, expected a tokenizer.json",
                     "export it again: in Python, tokenizer.save('tokenizer.json')",
                     ExitCode::data);
  }
}

class TokenizerFile {
 public:
  explicit TokenizerFile(const std::string& file)
      : file_(file), root_(parsed(file, dataset::read_bytes(file))) {}

  TokenRules read() {
    if (!root_.is_object()) fail("the file is no mapping");
    if (type_of("model") == "Unigram") {
      detail::read_unigram(root_, file_, rules_);
      read_added();
    } else {
      read_model();
      read_added();
      read_cleaning();
      read_splitter();
    }
    read_template();
    read_limits();
    return std::move(rules_);
  }

 private:
  [[noreturn]] void fail(const std::string& why, const std::string& note = {}) const {
    throw InputError(Place{file_, 0, 0, 0, ""}, why, note, ExitCode::data);
  }

  // The type of a part; "" where there is no such part.
  std::string type_of(const std::string& part) const {
    const auto found = root_.find(part);
    if (found == root_.end() || found->is_null()) return "";
    if (!found->is_object() || !found->contains("type") || !(*found)["type"].is_string()) {
      fail("'" + part + "' has no 'type'");
    }
    return (*found)["type"].get<std::string>();
  }

  void expect(const std::string& part,
              const std::string& type,
              const std::vector<std::string>& known) const {
    if (std::ranges::find(known, type) != known.end()) return;
    fail("'" + part + "' is " + (type.empty() ? "missing" : "'" + type + "'") + ", expected '" +
             join(known, "' or '") + "'",
         "tokenizers of three families are known: BERT's (WordPiece), GPT-2's (BPE of bytes) and "
         "SentencePiece's (Unigram)");
  }

  template <typename T>
  T value(const json& in, const char* key, const T& otherwise, const std::string& part) const {
    const auto found = in.find(key);
    if (found == in.end() || found->is_null()) return otherwise;
    if (!found->is_primitive() || found->is_string() != std::is_same_v<T, std::string> ||
        found->is_boolean() != std::is_same_v<T, bool>) {
      fail("'" + std::string(key) + "' of '" + part + "' is " + found->dump().substr(0, 40) +
           ", which it may not be");
    }
    return found->get<T>();
  }

  std::int64_t number(const json& in, const char* key, const std::string& part) const {
    const auto found = in.find(key);
    if (found == in.end() || !found->is_number_unsigned() ||
        *found > std::numeric_limits<std::int32_t>::max()) {
      fail("'" + part + "' needs a whole number '" + std::string(key) + "'");
    }
    return found->get<std::int64_t>();
  }

  std::int64_t id_of(const std::string& token, const std::string& what) const {
    const auto found = rules_.vocabulary.find(token);
    if (found == rules_.vocabulary.end()) {
      fail(what + " is '" + token + "', which the vocabulary does not have");
    }
    return found->second;
  }

  void read_model() {
    const std::string type = type_of("model");
    expect("model", type, {"WordPiece", "BPE", "Unigram"});
    const json& model = root_["model"];
    const auto vocabulary = model.find("vocab");
    if (vocabulary == model.end() || !vocabulary->is_object() || vocabulary->empty()) {
      fail("'model' needs a 'vocab': a mapping of pieces of words to numbers");
    }
    for (const auto& [piece, id] : vocabulary->items()) {
      rules_.vocabulary.emplace(piece, number(*vocabulary, piece.c_str(), "vocab"));
    }
    if (type == "BPE") {
      read_pairs(model);
      return;
    }
    WordPiece pieces;
    pieces.continuation =
        value<std::string>(model, "continuing_subword_prefix", pieces.continuation, "model");
    pieces.longest_word = value(model, "max_input_chars_per_word", pieces.longest_word, "model");
    pieces.unknown =
        id_of(value<std::string>(model, "unk_token", "[UNK]", "model"), "'unk_token' of 'model'");
    rules_.model = std::move(pieces);
  }

  // A merge is written "left right" or [left, right].
  std::pair<std::string, std::string> merged(const json& entry) const {
    if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
      return {entry[0].get<std::string>(), entry[1].get<std::string>()};
    }
    const std::string text = entry.is_string() ? entry.get<std::string>() : "";
    const std::size_t space = text.find(' ');
    if (space == std::string::npos) fail("a merge of 'model' is " + entry.dump().substr(0, 40));
    return {text.substr(0, space), text.substr(space + 1)};
  }

  void read_pairs(const json& model) {
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!value<std::string>(model, key, "", "model").empty()) {
        fail("'" + std::string(key) + "' of 'model' is not known here");
      }
    }
    for (const char* key : {"byte_fallback", "ignore_merges"}) {
      if (value(model, key, false, "model")) {
        fail("'" + std::string(key) + "' of 'model' is not known here");
      }
    }
    BytePairs pairs;
    for (unsigned byte = 0; byte < pairs.of_byte.size(); ++byte) {
      std::string letter;
      detail::append(letter, detail::letter_of_byte(static_cast<std::uint8_t>(byte)));
      pairs.of_byte[byte] = id_of(letter, "the piece of a byte");
    }
    const auto merges = model.find("merges");
    if (merges == model.end() || !merges->is_array()) fail("'model' needs a list 'merges'");
    for (const json& entry : *merges) {
      const auto [left, right] = merged(entry);
      const auto rank = static_cast<std::int64_t>(pairs.merges.size());
      pairs.merges.emplace(
          detail::pair_key(id_of(left, "a part of a merge"), id_of(right, "a part of a merge")),
          detail::Merge{rank, id_of(left + right, "the result of a merge")});
    }
    rules_.model = std::move(pairs);
  }

  void read_splitter() {
    const std::string type = type_of("pre_tokenizer");
    auto* pairs = std::get_if<BytePairs>(&rules_.model);
    expect("pre_tokenizer", type, {pairs != nullptr ? "ByteLevel" : "BertPreTokenizer"});
    if (pairs == nullptr) return;
    pairs->adds_space = value(root_["pre_tokenizer"], "add_prefix_space", true, "pre_tokenizer");
    if (!value(root_["pre_tokenizer"], "use_regex", true, "pre_tokenizer")) {
      fail("'use_regex' of 'pre_tokenizer' is false, which is not known here");
    }
  }

  void read_added() {
    const auto list = root_.find("added_tokens");
    if (list == root_.end() || list->is_null()) return;
    if (!list->is_array()) fail("'added_tokens' is no list");
    for (const json& entry : *list) {
      if (!entry.is_object()) fail("an added token is no mapping");
      AddedToken token;
      token.content = value<std::string>(entry, "content", "", "added_tokens");
      token.id = number(entry, "id", "added_tokens");
      token.takes_left = value(entry, "lstrip", false, "added_tokens");
      token.takes_right = value(entry, "rstrip", false, "added_tokens");
      token.is_normalised = value(entry, "normalized", false, "added_tokens");
      if (value(entry, "single_word", false, "added_tokens")) {
        fail("the added token '" + token.content + "' is a 'single_word', which is not known here");
      }
      rules_.vocabulary.emplace(token.content, token.id);
      rules_.added.push_back(std::move(token));
    }
  }

  void read_cleaning() {
    const std::string type = type_of("normalizer");
    if (type.empty()) return;
    expect("normalizer", type, {"BertNormalizer"});
    const json& part = root_["normalizer"];
    detail::Cleaning cleaning;
    cleaning.drops_controls = value(part, "clean_text", true, "normalizer");
    cleaning.splits_chinese = value(part, "handle_chinese_chars", true, "normalizer");
    cleaning.lowers = value(part, "lowercase", true, "normalizer");
    cleaning.strips_accents = value(part, "strip_accents", cleaning.lowers, "normalizer");
    rules_.cleaning = cleaning;
  }

  void read_template() {
    const std::string type = type_of("post_processor");
    if (type.empty()) {
      rules_.slots = {{std::nullopt, 0}};
      return;
    }
    expect("post_processor",
           type,
           {"TemplateProcessing", "BertProcessing", "RobertaProcessing", "ByteLevel"});
    const json& part = root_["post_processor"];
    if (type == "ByteLevel") {  // which only moves offsets
      rules_.slots = {{std::nullopt, 0}};
      return;
    }
    if (type == "BertProcessing" || type == "RobertaProcessing") {
      rules_.slots = {{end_of(part, "cls"), 0}, {std::nullopt, 0}, {end_of(part, "sep"), 0}};
      return;
    }
    const auto single = part.find("single");
    if (single == part.end() || !single->is_array()) fail("'post_processor' needs a list 'single'");
    for (const json& slot : *single) read_slot(slot);
    const auto is_text = [](const Slot& slot) { return !slot.token; };
    if (std::ranges::count_if(rules_.slots, is_text) != 1) {
      fail("'single' of 'post_processor' must have the text once");
    }
  }

  std::int64_t end_of(const json& part, const char* key) const {
    const auto found = part.find(key);
    if (found == part.end() || !found->is_array() || found->size() != 2 ||
        !(*found)[0].is_string()) {
      fail("'post_processor' needs '" + std::string(key) + "': a token and its number");
    }
    return id_of((*found)[0].get<std::string>(), "'" + std::string(key) + "' of 'post_processor'");
  }

  void read_slot(const json& slot) {
    const bool is_token = slot.is_object() && slot.contains("SpecialToken");
    const bool is_text = slot.is_object() && slot.contains("Sequence");
    const json& entry = is_token ? slot["SpecialToken"] : is_text ? slot["Sequence"] : slot;
    if ((!is_token && !is_text) || !entry.is_object()) {
      fail("'single' of 'post_processor' has an entry that is neither a token nor the text");
    }
    Slot result;
    result.type = number(entry, "type_id", "post_processor");
    if (is_token) {
      result.token = id_of(value<std::string>(entry, "id", "", "post_processor"),
                           "a token of 'post_processor'");
    }
    rules_.slots.push_back(result);
  }

  void read_limits() {
    const json truncation = root_.value("truncation", json());
    if (truncation.is_object()) {
      rules_.most = static_cast<std::size_t>(number(truncation, "max_length", "truncation"));
    }
    const json padding = root_.value("padding", json());
    if (padding.is_object()) {
      rules_.padding = number(padding, "pad_id", "padding");
      return;
    }
    for (const char* token : {"[PAD]", "<pad>"}) {
      const auto found = rules_.vocabulary.find(token);
      if (found != rules_.vocabulary.end()) rules_.padding = found->second;
    }
  }

  const std::string& file_;
  json root_;
  TokenRules rules_;
};

}  // namespace

Tokenizer read_tokenizer(const std::string& path) {
  return Tokenizer(std::make_shared<const TokenRules>(TokenizerFile(path).read()));
}

}  // namespace insula::extraction

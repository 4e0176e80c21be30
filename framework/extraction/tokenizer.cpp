// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/tokenizer.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "framework/base/error.h"
#include "framework/extraction/detail/token_rules.h"

namespace insula::extraction {
namespace {

using detail::AddedToken;
using detail::BytePairs;
using detail::TokenRules;
using detail::Vocabulary;
using detail::WordPiece;

// A stretch of the text: a token that was found in it, or what is yet to be taken apart.
struct Part {
  std::u32string text;
  std::optional<std::int64_t> token;
};

// The token of `tokens` that stands at `at`, the longest if several do.
const AddedToken* token_at(const std::u32string& text,
                           std::size_t at,
                           const std::vector<std::pair<std::u32string, const AddedToken*>>& tokens,
                           std::size_t& length) {
  const AddedToken* longest = nullptr;
  length = 0;
  for (const auto& [content, token] : tokens) {
    if (content.size() <= length || text.compare(at, content.size(), content) != 0) continue;
    longest = token;
    length = content.size();
  }
  return longest;
}

// Takes the added tokens of one sort out of the text.
void split_at_tokens(const std::u32string& text,
                     const std::vector<std::pair<std::u32string, const AddedToken*>>& tokens,
                     std::vector<Part>& parts) {
  std::u32string before;
  const auto flush = [&] {
    if (!before.empty()) parts.push_back({std::exchange(before, {}), std::nullopt});
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0;
    const AddedToken* token = token_at(text, at, tokens, length);
    if (token == nullptr) {
      before += text[at++];
      continue;
    }
    while (token->takes_left && !before.empty() && detail::is_space(before.back())) {
      before.pop_back();
    }
    flush();
    parts.push_back({{}, token->id});
    at += length;
    while (token->takes_right && at < text.size() && detail::is_space(text[at])) ++at;
  }
  flush();
}

// Words: what stands between spaces; each punctuation mark is one of its own.
std::vector<std::u32string> words_of(std::u32string_view text) {
  std::vector<std::u32string> words;
  bool goes_on = false;
  for (const char32_t c : text) {
    const bool stands_alone = detail::is_punctuation(c);
    if (detail::is_space(c)) {
      goes_on = false;
    } else if (goes_on && !stands_alone) {
      words.back() += c;
    } else {
      words.emplace_back(1, c);
      goes_on = !stands_alone;
    }
  }
  return words;
}

// The longest piece first; a word that cannot be taken apart is unknown as a whole.
void append_pieces(const std::u32string& word,
                   const WordPiece& rules,
                   const Vocabulary& vocabulary,
                   std::vector<std::int64_t>& ids) {
  if (word.size() > rules.longest_word) {
    ids.push_back(rules.unknown);
    return;
  }
  const std::size_t before = ids.size();
  for (std::size_t begin = 0, end = 0; begin < word.size(); begin = end) {
    std::string piece = begin > 0 ? rules.continuation : "";
    std::vector<std::size_t> length;  // of the piece that ends after each character
    for (std::size_t i = begin; i < word.size(); ++i) {
      detail::append(piece, word[i]);
      length.push_back(piece.size());
    }
    for (end = word.size(); end > begin; --end) {
      const auto found =
          vocabulary.find(std::string_view(piece).substr(0, length[end - begin - 1]));
      if (found == vocabulary.end()) continue;
      ids.push_back(found->second);
      break;
    }
    if (end > begin) continue;
    ids.resize(before);
    ids.push_back(rules.unknown);
    return;
  }
}

std::u32string normal_form(const std::u32string& text, const TokenRules& rules) {
  if (rules.cleaning) return detail::cleaned(text, *rules.cleaning);
  if (rules.steps.empty()) return text;
  return detail::characters_of(detail::normalised(detail::text_of(text), rules.steps))
      .value_or(std::u32string());
}

std::vector<std::pair<std::u32string, const AddedToken*>> tokens_of(const TokenRules& rules,
                                                                    bool of_cleaned) {
  std::vector<std::pair<std::u32string, const AddedToken*>> tokens;
  for (const AddedToken& token : rules.added) {
    if (token.is_normalised != of_cleaned) continue;
    std::u32string content = detail::characters_of(token.content).value_or(std::u32string());
    if (of_cleaned) content = normal_form(content, rules);
    if (!content.empty()) tokens.emplace_back(std::move(content), &token);
  }
  return tokens;
}

// Of a text without added tokens; `is_first`: nothing stands before it.
void append_tokens(std::u32string text,
                   const TokenRules& rules,
                   bool is_first,
                   std::vector<std::int64_t>& ids) {
  if (text.empty()) return;
  if (std::holds_alternative<detail::Unigram>(rules.model)) {
    detail::append_unigram(detail::text_of(text), rules, is_first, ids);
    return;
  }
  if (const auto* pairs = std::get_if<BytePairs>(&rules.model)) {
    if (pairs->adds_space && text.front() != U' ') text.insert(text.begin(), U' ');
    for (const std::u32string& piece : detail::pieces_of(text)) {
      detail::append_merged(piece, *pairs, ids);
    }
    return;
  }
  for (const std::u32string& word : words_of(text)) {
    append_pieces(word, std::get<WordPiece>(rules.model), rules.vocabulary, ids);
  }
}

std::vector<std::int64_t> ids_of(const std::u32string& text, const TokenRules& rules) {
  std::vector<std::int64_t> ids;
  std::vector<Part> parts;
  split_at_tokens(text, tokens_of(rules, false), parts);
  const auto in_cleaned = tokens_of(rules, true);
  for (const Part& part : parts) {
    if (part.token) {
      ids.push_back(*part.token);
      continue;
    }
    std::vector<Part> inner;
    split_at_tokens(normal_form(part.text, rules), in_cleaned, inner);
    for (const Part& piece : inner) {
      if (piece.token) ids.push_back(*piece.token);
      append_tokens(piece.text, rules, &part == &parts.front() && &piece == &inner.front(), ids);
    }
  }
  return ids;
}

}  // namespace

Tokenizer::Tokenizer(std::shared_ptr<const TokenRules> rules) : rules_(std::move(rules)) {}

Tokens Tokenizer::operator()(std::string_view text) const {
  const auto characters = detail::characters_of(text);
  if (!characters) {
    throw InputError({}, "the text is not in UTF-8", "save it as UTF-8", ExitCode::data);
  }
  std::vector<std::int64_t> ids = ids_of(*characters, *rules_);
  Tokens tokens;
  std::size_t special = 0;
  for (const detail::Slot& slot : rules_->slots) special += slot.token ? 1 : 0;
  if (rules_->most && ids.size() + special > *rules_->most) {
    ids.resize(*rules_->most > special ? *rules_->most - special : 0);
    tokens.is_cut = true;
  }
  for (const detail::Slot& slot : rules_->slots) {
    if (slot.token) {
      tokens.ids.push_back(*slot.token);
    } else {
      tokens.ids.insert(tokens.ids.end(), ids.begin(), ids.end());
    }
    tokens.types.resize(tokens.ids.size(), slot.type);
  }
  return tokens;
}

std::int64_t Tokenizer::padding() const { return rules_->padding; }
std::optional<std::size_t> Tokenizer::most() const { return rules_->most; }

Tokenizer Tokenizer::at_most(std::size_t tokens) const {
  auto rules = std::make_shared<TokenRules>(*rules_);
  rules->most = tokens;
  return Tokenizer(std::move(rules));
}

}  // namespace insula::extraction

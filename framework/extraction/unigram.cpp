// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/detail/unigram.h"

#include <algorithm>

#include "framework/extraction/detail/token_rules.h"
#include "framework/extraction/detail/unicode.h"

namespace insula::extraction::detail {
namespace {

// The bytes of the character with which a text begins.
std::size_t first_character(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text.front());
  const std::size_t bytes = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  return std::min(bytes, text.size());
}

// How the best pieces up to a place end.
struct BestEnd {
  double score = 0;
  std::size_t begin = 0;
  bool is_known = true;
  bool is_reached = false;

  void offer(double other, std::size_t from, bool known) {
    if (is_reached && !(other > score)) return;
    *this = {other, from, known, true};
  }
};

// [size + 1]
std::vector<BestEnd> best_ends(std::string_view word,
                               const Unigram& model,
                               const Vocabulary& vocabulary) {
  std::vector<BestEnd> ends(word.size() + 1);
  for (std::size_t begin = 0, step = 0; begin < word.size(); begin += step) {
    step = first_character(word.substr(begin));
    const double before = ends[begin].score;
    bool has_single = false;
    const std::size_t most = std::min(model.longest, word.size() - begin);
    for (std::size_t length = 1; length <= most; ++length) {
      const auto found = vocabulary.find(word.substr(begin, length));
      // Added tokens are in the vocabulary, too, but are no pieces.
      if (found == vocabulary.end() ||
          found->second >= static_cast<std::int64_t>(model.score.size()))
        continue;
      ends[begin + length].offer(
          before + model.score[static_cast<std::size_t>(found->second)], begin, true);
      has_single = has_single || length == step;
    }
    if (!has_single) ends[begin + step].offer(before + model.unknown_score, begin, false);
  }
  return ends;
}

void append_piece(std::string_view piece,
                  const Unigram& model,
                  const Vocabulary& vocabulary,
                  std::vector<std::int64_t>& ids) {
  const auto found = vocabulary.find(piece);
  if (found != vocabulary.end() && found->second < static_cast<std::int64_t>(model.score.size())) {
    ids.push_back(found->second);
  } else if (model.bytes) {
    for (const char byte : piece) ids.push_back((*model.bytes)[static_cast<unsigned char>(byte)]);
  } else {
    ids.push_back(model.unknown);
  }
}

void append_word(std::string_view word,
                 const Unigram& model,
                 const Vocabulary& vocabulary,
                 std::vector<std::int64_t>& ids) {
  const std::vector<BestEnd> ends = best_ends(word, model, vocabulary);
  std::vector<std::string_view> pieces;
  std::size_t unknown_end = 0;  // of unknown characters side by side, which are one piece
  for (std::size_t end = word.size(); end > 0;) {
    const BestEnd& best = ends[end];
    // The token <unk> itself, written out in the text, is joined to unknown characters, too.
    const auto found = vocabulary.find(word.substr(best.begin, end - best.begin));
    const bool is_unknown =
        !best.is_known || (found != vocabulary.end() && found->second == model.unknown);
    if (is_unknown && unknown_end == 0) unknown_end = end;
    const bool goes_on = is_unknown && best.begin > 0;
    if (!is_unknown && unknown_end > 0) {
      pieces.push_back(word.substr(end, unknown_end - end));
      unknown_end = 0;
    }
    if (!is_unknown) pieces.push_back(word.substr(best.begin, end - best.begin));
    if (is_unknown && !goes_on) pieces.push_back(word.substr(0, unknown_end));
    end = best.begin;
  }
  std::ranges::reverse(pieces);
  for (const std::string_view piece : pieces) append_piece(piece, model, vocabulary, ids);
}

// Words between white space; with where each begins.
std::vector<std::pair<std::string, bool>> stretches_of(const std::string& text,
                                                       const Unigram& model) {
  if (!model.splits_spaces) return {{text, true}};
  std::vector<std::pair<std::string, bool>> words;
  std::string word;
  bool is_at_begin = true, is_first = true;
  const auto flush = [&] {
    if (!word.empty()) words.emplace_back(word, is_first);
    word.clear();
  };
  for (const char32_t c : characters_of(text).value_or(std::u32string())) {
    if (is_space(c)) {
      flush();
    } else {
      if (word.empty()) is_first = is_at_begin;
      append(word, c);
    }
    is_at_begin = false;
  }
  flush();
  return words;
}

}  // namespace

void append_unigram(const std::string& text,
                    const TokenRules& rules,
                    bool is_first,
                    std::vector<std::int64_t>& ids) {
  const auto& model = std::get<Unigram>(rules.model);
  for (const auto& [stretch, is_at_begin] : stretches_of(text, model)) {
    std::string spelt;
    for (const char c : stretch) c == ' ' ? spelt += model.space : spelt += c;
    const bool is_wanted = model.before == Unigram::Before::always ||
                           (model.before == Unigram::Before::first && is_first && is_at_begin);
    if (is_wanted && !spelt.empty() && !spelt.starts_with(model.space)) {
      spelt.insert(0, model.space);
    }
    for (std::size_t begin = 0, end = 0; begin < spelt.size(); begin = end) {
      end = model.splits_words ? std::min(spelt.find(model.space, begin + 1), spelt.size())
                               : spelt.size();
      append_word(std::string_view(spelt).substr(begin, end - begin), model, rules.vocabulary, ids);
    }
  }
}

}  // namespace insula::extraction::detail

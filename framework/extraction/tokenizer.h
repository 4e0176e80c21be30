// SPDX-License-Identifier: Apache-2.0
// Text as a language model reads it: the numbers of pieces of words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace insula::extraction {

namespace detail {
struct TokenRules;
}

struct Tokens {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> types;  // of the segment, one a token
  bool is_cut = false;              // the text had more tokens than are taken
};

/// What a tokenizer.json of Hugging Face says, for the tokenizers of BERT (text is cleaned, split
/// at spaces and punctuation, and each word is taken apart into the longest pieces that the
/// vocabulary has), of GPT-2 (pairs of bytes) and of SentencePiece (unigrams). A value that is
/// cheap to copy; may be asked from several threads.
class Tokenizer {
 public:
  explicit Tokenizer(std::shared_ptr<const detail::TokenRules> rules);

  /// The tokens of a text with the special ones around it, as the template says.
  /// errors  InputError (data) if the text is not in UTF-8
  /// source  Wu et al. 2016, arXiv 1609.08144, section 4.1 · google-research/bert, tokenization.py
  /// ·
  ///         huggingface/tokenizers 0.23, whose tokens are met (tokenizer_test.cpp)
  Tokens operator()(std::string_view text) const;

  std::int64_t padding() const;             // the token that fills
  std::optional<std::size_t> most() const;  // tokens of a text, special ones included

  /// The same with another limit.
  Tokenizer at_most(std::size_t tokens) const;

 private:
  std::shared_ptr<const detail::TokenRules> rules_;
};

/// errors  InputError: no_input if the file cannot be read, data if it is no tokenizer.json or one
///         of another family than these; says which part is not known
Tokenizer read_tokenizer(const std::string& path);

}  // namespace insula::extraction

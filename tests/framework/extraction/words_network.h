// SPDX-License-Identifier: Apache-2.0
// A small network that reads texts, and what it computes in closed form.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/framework/extraction/onnx_file.h"

namespace insula::extraction {

inline constexpr std::int64_t kPieces = 12, kFeatures = 3;

/// words[t][f] = sin(token · 3 + f + 1); mixed = words · M with M[f][g] = (f + 1) / (g + 2); bent =
/// tanh(mixed); and the mask, as a number, beside it: masked = bent · mask.
inline double word_feature(std::int64_t token, std::int64_t feature) {
  return std::sin(static_cast<double>(token * kFeatures + feature + 1));
}
inline double mixing(std::int64_t from, std::int64_t to) {
  return static_cast<double>(from + 1) / static_cast<double>(to + 2);
}
inline double mixed_feature(std::int64_t token, std::int64_t feature) {
  double sum = 0;
  for (std::int64_t f = 0; f < kFeatures; ++f) {
    sum += word_feature(token, f) * mixing(f, feature);
  }
  return sum;
}
inline double bent_feature(std::int64_t token, std::int64_t feature) {
  return std::tanh(mixed_feature(token, feature));
}

/// `stimuli` and `tokens`: the sizes that the network insists on, or names for any.
inline onnx::Graph words_graph(const onnx::Extent& stimuli = onnx::any("stimuli"),
                               const onnx::Extent& tokens = onnx::any("tokens")) {
  onnx::Graph graph;
  for (const char* input : {"input_ids", "attention_mask"}) {
    graph.inputs.push_back({input, onnx::Type::int64, {stimuli, tokens}});
  }
  graph.outputs.push_back({"masked", onnx::Type::float32, {stimuli, tokens, onnx::of(kFeatures)}});
  onnx::Constant table{"table", {kPieces, kFeatures}, {}},
      matrix{"matrix", {kFeatures, kFeatures}, {}};
  for (std::int64_t t = 0; t < kPieces; ++t) {
    for (std::int64_t f = 0; f < kFeatures; ++f) {
      table.numbers.push_back(static_cast<float>(word_feature(t, f)));
    }
  }
  for (std::int64_t f = 0; f < kFeatures; ++f) {
    for (std::int64_t g = 0; g < kFeatures; ++g) {
      matrix.numbers.push_back(static_cast<float>(mixing(f, g)));
    }
  }
  graph.constants = {table, matrix};
  graph.nodes = {
      {"Gather", {"table", "input_ids"}, {"words"}},
      {"MatMul", {"words", "matrix"}, {"mixed"}},
      {"Tanh", {"mixed"}, {"bent"}},
      {"Cast", {"attention_mask"}, {"mask"}, {{"to", {1}}}},
      {"Unsqueeze", {"mask", "last"}, {"wide_mask"}},
      {"Mul", {"bent", "wide_mask"}, {"masked"}},
  };
  graph.nodes.insert(graph.nodes.begin(), {"Constant", {}, {"last"}, {{"value_ints", {2}, true}}});
  return graph;
}

/// A tokenizer.json whose pieces are a to h, 4 to 11, after [PAD], [UNK], [CLS] and [SEP].
inline std::string words_tokenizer() {
  return R"({"added_tokens": [], "normalizer": {"type": "BertNormalizer", "clean_text": true,
 "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
 "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": {"type": "TemplateProcessing",
 "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
 {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]},
 "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2,
 "[SEP]": 3, "a": 4, "b": 5, "c": 6, "d": 7, "e": 8, "f": 9, "g": 10, "h": 11}}})";
}

}  // namespace insula::extraction

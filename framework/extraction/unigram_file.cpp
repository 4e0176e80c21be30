// SPDX-License-Identifier: Apache-2.0
#include "framework/extraction/detail/unigram_file.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/base/error.h"
#include "framework/base/text.h"

namespace insula::extraction::detail {
namespace {

using nlohmann::json;

// A character that is no piece costs as much as the rarest piece and this.
constexpr double kUnknownPenalty = 10;

class UnigramFile {
 public:
  UnigramFile(const json& root, const std::string& file, TokenRules& rules)
      : root_(root), file_(file), rules_(rules) {}

  void read() {
    read_pieces();
    const json normalizer = root_.value("normalizer", json());
    if (!normalizer.is_null()) read_step(normalizer);
    read_spaces(root_.value("pre_tokenizer", json()), false);
    if (!has_metaspace_) {
      refuse("'pre_tokenizer' of a 'Unigram' has no 'Metaspace', which says where words begin");
    }
    rules_.model = std::move(model_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw InputError(Place{file_, 0, 0, 0, ""}, why, "", ExitCode::data);
  }

  static std::string kind_of(const json& part) {
    const auto found = part.is_object() ? part.find("type") : part.end();
    return part.is_object() && found != part.end() && found->is_string() ? found->get<std::string>()
                                                                         : "";
  }

  [[noreturn]] void refuse_kind(const std::string& of,
                                const json& part,
                                const std::vector<std::string>& known) const {
    refuse("'" + of + "' of a 'Unigram' is '" + kind_of(part) + "', expected '" +
           join(known, "' or '") + "'");
  }

  std::string text(const json& in, const char* key, const char* of) const {
    const auto found = in.find(key);
    if (found == in.end() || !found->is_string()) {
      refuse("'" + std::string(of) + "' needs a text '" + key + "'");
    }
    return found->get<std::string>();
  }

  bool flag(const json& in, const char* key, bool usual) const {
    const auto found = in.find(key);
    if (found == in.end() || found->is_null()) return usual;
    if (!found->is_boolean()) refuse("'" + std::string(key) + "' must be true or false");
    return found->get<bool>();
  }

  void read_pieces() {
    const json& model = root_["model"];
    const auto list = model.find("vocab");
    if (list == model.end() || !list->is_array() || list->empty()) {
      refuse("'model' needs a 'vocab': a list of pieces, each with its score");
    }
    double least = 0;
    for (const json& entry : *list) {
      const bool is_right = entry.is_array() && entry.size() == 2 && entry[0].is_string() &&
                            entry[1].is_number() && std::isfinite(entry[1].get<double>());
      if (!is_right) {
        refuse("piece " + std::to_string(model_.score.size()) +
               " of 'vocab' is no pair of a text and a finite number");
      }
      const auto piece = entry[0].get<std::string>();
      rules_.vocabulary.insert_or_assign(piece, static_cast<std::int64_t>(model_.score.size()));
      model_.score.push_back(entry[1].get<double>());
      model_.longest = std::max(model_.longest, piece.size());
      least = model_.score.size() == 1 ? model_.score[0] : std::min(least, model_.score.back());
    }
    model_.unknown_score = least - kUnknownPenalty;
    const json unknown = model.value("unk_id", json());
    if (!unknown.is_number_unsigned() || unknown >= model_.score.size()) {
      refuse("'unk_id' of 'model' must be the number of a piece");
    }
    model_.unknown = unknown.get<std::int64_t>();
    if (flag(model, "byte_fallback", false)) read_bytes();
  }

  // Pieces <0x00> … <0xFF>.
  void read_bytes() {
    std::array<std::int64_t, 256> all{};
    for (std::size_t byte = 0; byte < all.size(); ++byte) {
      constexpr const char* kDigits = "0123456789ABCDEF";
      const std::string piece = {'<', '0', 'x', kDigits[byte / 16], kDigits[byte % 16], '>'};
      const auto found = rules_.vocabulary.find(piece);
      if (found == rules_.vocabulary.end()) refuse("'byte_fallback' needs the piece " + piece);
      all[byte] = found->second;
    }
    model_.bytes = all;
  }

  void read_step(const json& part) {
    const std::vector<std::string> known{
        "Precompiled", "NFKC", "NFC", "Replace", "Strip", "Sequence"};
    const std::string kind = kind_of(part);
    if (kind == "Sequence") {
      const auto list = part.find("normalizers");
      if (list == part.end() || !list->is_array())
        refuse("'normalizer' needs a list 'normalizers'");
      for (const json& each : *list) {
        if (kind_of(each) == "Sequence") refuse("a 'Sequence' of 'normalizer' holds another");
        read_step(each);
      }
    } else if (kind == "Precompiled") {
      auto map = compiled_map_of(text(part, "precompiled_charsmap", "Precompiled"));
      if (!map) refuse("'precompiled_charsmap' of 'normalizer' is damaged");
      rules_.steps.emplace_back(std::move(*map));
    } else if (kind == "NFKC" || kind == "NFC") {
      rules_.steps.emplace_back(Composed{kind == "NFKC"});
    } else if (kind == "Strip") {
      rules_.steps.emplace_back(
          Stripped{flag(part, "strip_left", true), flag(part, "strip_right", true)});
    } else if (kind == "Replace") {
      read_replaced(part);
    } else {
      refuse_kind("normalizer", part, known);
    }
  }

  void read_replaced(const json& part) {
    const json pattern = part.value("pattern", json());
    Replaced rule{"", text(part, "content", "Replace")};
    if (pattern.is_object() && pattern.contains("String")) {
      rule.what = text(pattern, "String", "pattern");
      if (rule.what.empty()) refuse("'pattern' of 'Replace' is empty");
    } else if (!pattern.is_object() || pattern.value("Regex", json()) != " {2,}") {
      refuse("'pattern' of 'Replace' is " +
             pattern.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 60) +
             ", expected a 'String' or the 'Regex' \" {2,}\"");
    }
    rules_.steps.emplace_back(std::move(rule));
  }

  void read_spaces(const json& part, bool is_inner) {
    const std::string kind = kind_of(part);
    if (kind == "Sequence" && !is_inner) {
      const auto list = part.find("pretokenizers");
      if (list == part.end() || !list->is_array()) {
        refuse("'pre_tokenizer' needs a list 'pretokenizers'");
      }
      for (const json& each : *list) read_spaces(each, true);
    } else if (kind == "WhitespaceSplit" && !has_metaspace_) {
      model_.splits_spaces = true;
    } else if (kind == "Metaspace" && !has_metaspace_) {
      has_metaspace_ = true;
      model_.space = text(part, "replacement", "Metaspace");
      if (model_.space.empty()) refuse("'replacement' of 'Metaspace' is empty");
      model_.splits_words = flag(part, "split", true);
      const bool adds = flag(part, "add_prefix_space", true);
      const std::string before = part.contains("prepend_scheme")
                                     ? text(part, "prepend_scheme", "Metaspace")
                                     : (adds ? "always" : "never");
      const std::vector<std::string> schemes{"always", "first", "never"};
      const auto found = std::ranges::find(schemes, before);
      if (found == schemes.end()) {
        refuse("'prepend_scheme' of 'Metaspace' is '" + before + "', expected '" +
               join(schemes, "' or '") + "'");
      }
      model_.before = static_cast<Unigram::Before>(found - schemes.begin());
    } else {
      refuse_kind("pre_tokenizer", part, {"Metaspace", "WhitespaceSplit", "Sequence"});
    }
  }

  const json& root_;
  const std::string& file_;
  TokenRules& rules_;
  Unigram model_;
  bool has_metaspace_ = false;
};

}  // namespace

void read_unigram(const json& root, const std::string& file, TokenRules& rules) {
  UnigramFile(root, file, rules).read();
}

}  // namespace insula::extraction::detail

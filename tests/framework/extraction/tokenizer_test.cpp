// SPDX-License-Identifier: Apache-2.0
// Against huggingface/tokenizers (tests/reference/extraction), and files that are no tokenizers.
#include "framework/extraction/tokenizer.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "framework/base/error.h"
#include "framework/dataset/file.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/extraction/words_network.h"

namespace insula::extraction {
namespace {

using dataset::Folder;
using nlohmann::json;

std::string tokens_file(const std::string& name) {
  return std::string(INSULA_REFERENCE) + "/extraction/" + name;
}

TEST(Tokenizer, GivesTheTokensOfTheReferenceForWordsAccentsIdeographsAndControls) {
  const Tokenizer tokenizer = read_tokenizer(tokens_file("tokenizer.json"));
  const json rows = json::parse(dataset::read_bytes(tokens_file("tokens.json")));
  ASSERT_GT(rows.size(), 300U);
  for (const json& row : rows) {
    EXPECT_EQ(tokenizer(row[0].get<std::string>()).ids, row[1].get<std::vector<std::int64_t>>())
        << row[0];
  }
}

TEST(Tokenizer, OfBytePairsGivesTheTokensOfTheReference) {
  const json rows = json::parse(dataset::read_bytes(tokens_file("pairs_tokens.json")));
  ASSERT_GT(rows.size(), 200U);
  std::size_t column = 1;
  for (const char* family : {"pairs_gpt.json", "pairs_roberta.json"}) {
    const Tokenizer tokenizer = read_tokenizer(tokens_file(family));
    for (const json& row : rows) {
      EXPECT_EQ(tokenizer(row[0].get<std::string>()).ids,
                row[column].get<std::vector<std::int64_t>>())
          << family << row[0];
    }
    ++column;
  }
}

TEST(Tokenizer, OfUnigramsGivesTheTokensOfTheReference) {
  const json rows = json::parse(dataset::read_bytes(tokens_file("unigrams_tokens.json")));
  ASSERT_GT(rows.size(), 250U);
  std::size_t column = 1;
  for (const char* family : {"unigrams_map.json", "unigrams_bytes.json"}) {
    const Tokenizer tokenizer = read_tokenizer(tokens_file(family));
    for (const json& row : rows) {
      EXPECT_EQ(tokenizer(row[0].get<std::string>()).ids,
                row[column].get<std::vector<std::int64_t>>())
          << family << row[0];
    }
    ++column;
  }
}

// By trying every way to take a word apart.
TEST(Tokenizer, OfUnigramsFindsThePiecesWithTheLargestSum) {
  const Folder folder;
  folder.write("tokenizer.json", R"({"pre_tokenizer": {"type": "Metaspace", "replacement": "_",
 "prepend_scheme": "never"}, "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0],
 ["a", -3.5], ["b", -3.25], ["ab", -4], ["ba", -5.5], ["aba", -7.75], ["bab", -6.5]]}})");
  const Tokenizer tokenizer = read_tokenizer(folder.path("tokenizer.json"));
  const std::vector<std::pair<std::string, double>> pieces{
      {"a", -3.5}, {"b", -3.25}, {"ab", -4}, {"ba", -5.5}, {"aba", -7.75}, {"bab", -6.5}};
  const std::function<double(std::string_view)> best = [&](std::string_view word) {
    if (word.empty()) return 0.0;
    double most = -1e9;
    for (const auto& [piece, score] : pieces)
      if (word.starts_with(piece)) most = std::max(most, score + best(word.substr(piece.size())));
    return most;
  };
  for (int bits = 0; bits < 256; ++bits) {
    std::string word, joined;
    for (int i = 0; i < 8; ++i) word += bits >> i & 1 ? 'a' : 'b';
    double sum = 0;
    for (const std::int64_t id : tokenizer(word).ids) {
      joined += pieces.at(static_cast<std::size_t>(id - 1)).first;
      sum += pieces.at(static_cast<std::size_t>(id - 1)).second;
    }
    EXPECT_EQ(joined, word);
    EXPECT_EQ(sum, best(word)) << word;  // sums of quarters are exact
  }
}

TEST(Tokenizer, CutsATextAndSaysSo) {
  const Tokenizer tokenizer = read_tokenizer(tokens_file("tokenizer.json"));
  EXPECT_FALSE(tokenizer("cat").is_cut);
  const Tokens cut = tokenizer.at_most(4)("the cat sat on the mat");
  EXPECT_TRUE(cut.is_cut);
  ASSERT_EQ(cut.ids.size(), 4U);
  EXPECT_EQ(cut.ids.front(), tokenizer("").ids.front());
  EXPECT_EQ(cut.ids.back(), tokenizer("").ids.back());
  EXPECT_EQ(tokenizer.most(), std::optional<std::size_t>(24));
}

TEST(Tokenizer, TakesNoTextThatIsNotInUtf8) {
  const Tokenizer tokenizer = read_tokenizer(tokens_file("tokenizer.json"));
  EXPECT_THROW(tokenizer("caf\xe9"), InputError);
  EXPECT_THROW(tokenizer("\xed\xa0\x80"), InputError);  // half a surrogate pair
}

// The message about a tokenizer.json in which one text is replaced by another.
std::string said_of_tokenizer(const std::string& was, const std::string& is) {
  const Folder folder;
  std::string text = words_tokenizer();
  const std::size_t at = text.find(was);
  EXPECT_NE(at, std::string::npos) << was;
  if (at != std::string::npos) text.replace(at, was.size(), is);
  folder.write("tokenizer.json", text);
  try {
    read_tokenizer(folder.path("tokenizer.json"));
    return "";
  } catch (const InputError& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return folder.without_folder(error.what());
  }
}

TEST(Tokenizer, OfAnotherFamilyIsRefusedByName) {
  const std::string note =
      "\n  note: tokenizers of three families are known: BERT's (WordPiece), GPT-2's (BPE of "
      "bytes) and SentencePiece's (Unigram)";
  EXPECT_EQ(said_of_tokenizer("", ""), "");
  EXPECT_EQ(said_of_tokenizer("\"WordPiece\"", "\"WordLevel\""),
            "DIR/tokenizer.json: error: 'model' is 'WordLevel', expected 'WordPiece' or 'BPE' or "
            "'Unigram'" +
                note);
  EXPECT_EQ(said_of_tokenizer("BertNormalizer", "NFKC"),
            "DIR/tokenizer.json: error: 'normalizer' is 'NFKC', expected 'BertNormalizer'" + note);
  EXPECT_EQ(
      said_of_tokenizer("BertPreTokenizer", "Whitespace"),
      "DIR/tokenizer.json: error: 'pre_tokenizer' is 'Whitespace', expected 'BertPreTokenizer'" +
          note);
  EXPECT_EQ(said_of_tokenizer("TemplateProcessing", "Sequence"),
            "DIR/tokenizer.json: error: 'post_processor' is 'Sequence', expected "
            "'TemplateProcessing' or 'BertProcessing' or 'RobertaProcessing' or 'ByteLevel'" +
                note);
}

TEST(Tokenizer, ThatIsDamagedIsToldWithItsReason) {
  EXPECT_EQ(said_of_tokenizer("\"vocab\": {", "\"vocab\": {,"),
            "DIR/tokenizer.json:6:65: error: the file is not written in JSON, expected a "
            "tokenizer.json\n  note: export it again: in Python, tokenizer.save('tokenizer.json')");
  EXPECT_EQ(said_of_tokenizer("\"[UNK]\", \"vocab\"", "\"[unk]\", \"vocab\""),
            "DIR/tokenizer.json: error: 'unk_token' of 'model' is '[unk]', which the vocabulary "
            "does not have");
  EXPECT_EQ(said_of_tokenizer("\"a\": 4", "\"a\": -4"),
            "DIR/tokenizer.json: error: 'vocab' needs a whole number 'a'");
  EXPECT_EQ(said_of_tokenizer("\"id\": \"[SEP]\"", "\"id\": \"[END]\""),
            "DIR/tokenizer.json: error: a token of 'post_processor' is '[END]', which the "
            "vocabulary does not have");
  EXPECT_EQ(said_of_tokenizer("{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}},", ""),
            "DIR/tokenizer.json: error: 'single' of 'post_processor' must have the text once");
  EXPECT_EQ(
      said_of_tokenizer("\"lowercase\": true", "\"lowercase\": \"yes\""),
      "DIR/tokenizer.json: error: 'lowercase' of 'normalizer' is \"yes\", which it may not be");
}

// The same of a small tokenizer of unigrams.
std::string said_of_unigrams(const std::string& was, const std::string& is) {
  const Folder folder;
  std::string text = dataset::read_bytes(tokens_file("unigrams_map.json"));
  const std::size_t at = text.find(was);
  EXPECT_NE(at, std::string::npos) << was;
  if (at != std::string::npos) text.replace(at, was.size(), is);
  folder.write("tokenizer.json", text);
  try {
    read_tokenizer(folder.path("tokenizer.json"));
    return "";
  } catch (const InputError& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return folder.without_folder(error.what());
  }
}

TEST(Tokenizer, OfUnigramsThatIsNotKnownOrDamagedIsToldWithItsReason) {
  const std::string begin = "DIR/tokenizer.json: error: ";
  EXPECT_EQ(said_of_unigrams("", ""), "");
  EXPECT_EQ(said_of_unigrams("{\"type\":\"WhitespaceSplit\"}", "{\"type\":\"Digits\"}"),
            begin +
                "'pre_tokenizer' of a 'Unigram' is 'Digits', expected 'Metaspace' or "
                "'WhitespaceSplit' or 'Sequence'");
  EXPECT_EQ(said_of_unigrams("\"Replace\"", "\"Lowercase\""),
            begin +
                "'normalizer' of a 'Unigram' is 'Lowercase', expected 'Precompiled' or 'NFKC' "
                "or 'NFC' or 'Replace' or 'Strip' or 'Sequence'");
  EXPECT_EQ(said_of_unigrams(" {2,}", "[a-z]"),
            begin +
                "'pattern' of 'Replace' is {\"Regex\":\"[a-z]\"}, expected a 'String' or the "
                "'Regex' \" {2,}\"");
  EXPECT_EQ(said_of_unigrams("\"always\"", "\"often\""),
            begin +
                "'prepend_scheme' of 'Metaspace' is 'often', expected 'always' or 'first' or "
                "'never'");
  EXPECT_EQ(said_of_unigrams("\"unk_id\":3", "\"unk_id\":1000"),
            begin + "'unk_id' of 'model' must be the number of a piece");
  EXPECT_EQ(said_of_unigrams("[\"<pad>\",0.0]", "[\"<pad>\"]"),
            begin + "piece 1 of 'vocab' is no pair of a text and a finite number");
  EXPECT_EQ(said_of_unigrams("AAQAAAAY", "////AAAY"),
            begin + "'precompiled_charsmap' of 'normalizer' is damaged");
  EXPECT_EQ(said_of_unigrams("\"byte_fallback\":false", "\"byte_fallback\":true"),
            begin + "'byte_fallback' needs the piece <0x00>");
}

// A table whose places lead anywhere is read within its bounds (the preset `sanitize` sees to it).
TEST(Tokenizer, OfUnigramsWithADamagedTableStaysWithinIt) {
  const Folder folder;
  const std::string whole = dataset::read_bytes(tokens_file("unigrams_map.json"));
  const std::size_t table = whole.find("AAQAAAAY");
  for (std::size_t at = table + 8; at < table + 1400; at += 7) {
    std::string damaged = whole;
    damaged[at] = damaged[at] == '/' ? 'g' : '/';
    folder.write("tokenizer.json", damaged);
    try {
      read_tokenizer(folder.path("tokenizer.json"))("ＡＢＣ ﬁne … e\u0301 猫\ufe00 ½");
    } catch (const InputError&) {  // where it says what is no text
    }
  }
}

// Whatever is lost of the file, it is refused or read, and nothing else happens.
TEST(Tokenizer, ThatIsCutOffAnywhereIsRefused) {
  const Folder folder;
  const std::string whole = words_tokenizer();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    folder.write("tokenizer.json", whole.substr(0, n));
    EXPECT_THROW(read_tokenizer(folder.path("tokenizer.json")), InputError) << n;
  }
}

}  // namespace
}  // namespace insula::extraction

// SPDX-License-Identifier: Apache-2.0
// `insula features extract` as a user types it: what it prints, the file that a dataset reads, and
// what is left of it when it is interrupted or killed.
#include <csignal>
#include <filesystem>

#include "framework/extraction/runtime.h"
#include "tests/framework/command/program.h"
#include "tests/framework/dataset/array_files.h"
#include "tests/framework/extraction/words_network.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::Folder;

constexpr const char* kExtract =
    "features extract model.onnx texts.tsv --text text --key id --tokenizer tokenizer.json ";

bool has_runtime() { return extraction::built_in_runtime().open != nullptr; }

class FeaturesCommand : public testing::Test {
 protected:
  void SetUp() override {
    folder.write("model.onnx", extraction::onnx::file_of(extraction::words_graph()));
    folder.write("tokenizer.json", extraction::words_tokenizer());
    folder.write("texts.tsv", "id\ttext\n7\ta b c\nx\th\n7\ta b c\n");
  }
  Ended run(const std::string& words) const { return run_program(words, folder.path("")); }
  std::string error_of(const std::string& words, int code) const {
    const Ended ended = run(words);
    EXPECT_EQ(ended.code, code) << words;
    EXPECT_EQ(ended.out, "");
    return ended.error;
  }
  Folder folder;
};

TEST_F(FeaturesCommand, WithoutARuntimeSaysHowToGetIt) {
  if (has_runtime()) GTEST_SKIP() << "this build has a runtime";
  EXPECT_EQ(error_of(std::string(kExtract) + "--out x.safetensors", 64),
            "error: this Insula was built without OpenVINO, which runs networks\n"
            "  note: `./dev setup` fetches it; or unpack the package 'openvino' of PyPI and build "
            "again with -DOpenVINO_DIR=FOLDER/openvino/cmake\n");
}

TEST_F(FeaturesCommand, MakesABandThatADatasetTakesAtOnce) {
  if (!has_runtime()) GTEST_SKIP() << "this build has no OpenVINO to run networks with";
  const std::string words =
      std::string(kExtract) + "--layer bent --layer words --pool first --out x.safetensors";
  const Ended ended = run(words);
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.out, "x.safetensors\n  bent   2 x 3\n  words  2 x 3\n");
  EXPECT_EQ(ended.error, "");
  folder.write("trials.tsv", "onset\tstimulus\n1\tx\n3\t7.0\n5\tx\n");
  const dataset::Run read = folder.load_run(
      "trials: {file: trials.tsv, onset: onset, stimulus: stimulus}\n"
      "features: {words: {file: x.safetensors, tensor: words, at: trials}}");
  const dataset::FeatureBand& band = read.features.at(0);
  EXPECT_EQ(band.row, (std::vector<std::size_t>{1, 0, 1}));
  const Eigen::MatrixXd rows = dataset::feature_rows(band, band.row);
  for (Eigen::Index f = 0; f < 3; ++f) {
    EXPECT_NEAR(rows(0, f), extraction::word_feature(2, f), 1e-6);  // [CLS], in single precision
  }
  EXPECT_EQ(run(words).out,
            "x.safetensors was there already, made by this command\n"
            "  bent   2 x 3\n  words  2 x 3\n");
  EXPECT_EQ(run(words + " --quiet").out, "");
}

TEST_F(FeaturesCommand, ListsLayers) {
  if (!has_runtime()) GTEST_SKIP() << "this build has no OpenVINO to run networks with";
  const Ended ended = run("features extract model.onnx --list-layers");
  EXPECT_EQ(ended.code, 0);
  EXPECT_TRUE(ended.out.starts_with("layer ")) << ended.out;
  EXPECT_NE(ended.out.find("\nmixed      ? x ? x 3 "), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find(", an output\n"), std::string::npos) << ended.out;
}

TEST_F(FeaturesCommand, TellsMistakesWithTheirWholeMessage) {
  if (!has_runtime()) GTEST_SKIP() << "this build has no OpenVINO to run networks with";
  const std::string words = std::string(kExtract) + "--out x.safetensors ";
  EXPECT_EQ(error_of(words + "--layer benth", 64),
            "model.onnx: error: the network has no layer 'benth'\n"
            "  note: did you mean 'bent'? `--list-layers` shows all\n");
  EXPECT_EQ(error_of("features extract absent.onnx --list-layers", 66),
            "absent.onnx: error: the file does not exist\n");
  EXPECT_EQ(error_of("features extract model.onnx texts.tsv --text txt --tokenizer tokenizer.json "
                     "--out x.safetensors",
                     65),
            "texts.tsv: error: the table has no column 'txt'\n"
            "  note: did you mean 'text'? it has: id, text\n");
  EXPECT_EQ(error_of("features extract model.onnx texts.json --text text --tokenizer "
                     "tokenizer.json --out x.safetensors",
                     65),
            "texts.json: error: stimuli are listed in a table, but this is no .tsv or .csv file\n"
            "  note: its first line names the columns\n");
  folder.write("texts.tsv", "id\ttext\n7\ta b c\nx\t\n7\tc\n");
  EXPECT_EQ(error_of(words, 65),
            "texts.tsv:3:3: error: the stimulus 'x' is missing\n"
            "    3 | x\t\n"
            "      |  \t^\n"
            "texts.tsv:4:3: error: '7' names another stimulus than before\n"
            "    4 | 7\tc\n"
            "      |  \t^\n"
            "  note: the first stands in line 2: '--key' gives each its own name\n");
  folder.write("texts.tsv", "id\ttext\n7\ta b c\n");
  folder.write("model.onnx", "not a network");
  const std::string said = error_of(words, 65);
  EXPECT_TRUE(said.starts_with("model.onnx: error: this is no network that OpenVINO reads: "))
      << said;
  EXPECT_EQ(std::ranges::count(said, '\n'), 2) << said;
  EXPECT_FALSE(fs::exists(folder.path("x.safetensors")));
  EXPECT_FALSE(fs::exists(folder.path("x.safetensors.partial")));
}

TEST_F(FeaturesCommand, WarnsOfTextsThatAreCut) {
  if (!has_runtime()) GTEST_SKIP() << "this build has no OpenVINO to run networks with";
  const Ended ended = run(std::string(kExtract) + "--max-tokens 4 --out x.safetensors");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.error,
            "texts.tsv:2:3: warning: 1 text is longer than 4 tokens and cut there; this is the "
            "first\n"
            "    2 | 7\ta b c\n"
            "      |  \t^~~~~\n"
            "  note: --max-tokens sets another limit\n");
}

// Texts enough for the program to be met at work.
std::string many_texts() {
  std::string table = "id\ttext\n";
  for (int i = 0; i < 1500; ++i) {
    table += std::to_string(i) + '\t';
    for (int word = 0; word <= i % 10; ++word) table += "abcdefgh"[(i + word) % 8], table += ' ';
    table += '\n';
  }
  return table;
}

TEST_F(FeaturesCommand, ThatIsInterruptedOrKilledGoesOnAndEndsWithTheSameBytes) {
  if (!has_runtime()) GTEST_SKIP() << "this build has no OpenVINO to run networks with";
  folder.write("texts.tsv", many_texts());
  const std::string words = std::string(kExtract) + "--batch 2 --out ";
  EXPECT_EQ(run(words + "whole.safetensors --threads 1").code, 0);
  const std::string whole = bytes_of(folder.path("whole.safetensors"));

  const Ended interrupted = interrupt_program(words + "x.safetensors", folder.path(""), SIGINT);
  EXPECT_EQ(interrupted.code, 130);
  EXPECT_TRUE(interrupted.error.starts_with("insula: stopped; ")) << interrupted.error;
  EXPECT_TRUE(interrupted.error.ends_with(
      " of 1500 stimuli are in x.safetensors.partial, and the same command goes on from there\n"))
      << interrupted.error;
  EXPECT_FALSE(fs::exists(folder.path("x.safetensors")));

  const std::string partial = folder.path("x.safetensors.partial");
  const int process = start_program(words + "x.safetensors", folder.path(""));
  wait_until([&] { return fs::exists(partial); });
  const Ended killed = kill_program(process, folder.path(""));
  EXPECT_EQ(killed.code, 128 + SIGKILL);
  EXPECT_FALSE(fs::exists(folder.path("x.safetensors")));

  EXPECT_EQ(run(words + "x.safetensors --threads 2").code, 0);
  EXPECT_TRUE(bytes_of(folder.path("x.safetensors")) == whole) << "the bytes differ";
  EXPECT_FALSE(fs::exists(partial));
}

}  // namespace
}  // namespace insula::command

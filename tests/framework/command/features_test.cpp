// SPDX-License-Identifier: Apache-2.0
// `insula features extract` as a user types it: what it prints, the file that a dataset reads, and
// what is left of it when it is interrupted or killed.
#include <cmath>
#include <csignal>
#include <filesystem>

#include "framework/dataset/array.h"
#include "framework/dataset/file.h"
#include "framework/extraction/runtime.h"
#include "framework/extraction/sound.h"
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

// Of waveforms the hyperbolic tangent, of which the mean over samples is taken; of spectrograms
// every number.
std::string listening_network(const std::vector<extraction::onnx::Extent>& sound) {
  using namespace extraction::onnx;
  Graph graph;
  std::vector<Extent> heard{any("stimuli")};
  heard.insert(heard.end(), sound.begin(), sound.end());
  graph.inputs = {{"heard", Type::float32, heard}};
  std::vector<Extent> bent = heard;
  if (sound.size() == 1) bent.push_back(of(1));
  graph.outputs = {{"out", Type::float32, bent}};
  graph.nodes = {{"Constant", {}, {"last"}, {{"value_ints", {2}, true}}},
                 {"Tanh", {"heard"}, {sound.size() == 1 ? "bent" : "out"}}};
  if (sound.size() == 1) graph.nodes.push_back({"Unsqueeze", {"bent", "last"}, {"out"}});
  return file_of(graph);
}

std::string reference_sound(const std::string& name) {
  return dataset::read_bytes(std::string(INSULA_ROOT) + "/tests/reference/extraction/" + name);
}

constexpr const char* kListen =
    "features extract listen.onnx sounds.csv --sound file --key id --preprocessor "
    "preprocessor_config.json ";

class ListeningCommand : public FeaturesCommand {
 protected:
  void SetUp() override {
    folder.write("sounds.csv", "id,file\nlow,pcm16.wav\nlong,speech.wav\nagain,pcm16.wav\n");
    folder.write("pcm16.wav", reference_sound("pcm16.wav"));
    folder.write("speech.wav", reference_sound("speech.wav"));
    folder.write("listen.onnx", listening_network({extraction::onnx::any("samples")}));
    folder.write(
        "preprocessor_config.json",
        R"({"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000})");
  }
};

TEST_F(ListeningCommand, MakesARowOfEachWaveform) {
  if (!has_runtime()) GTEST_SKIP() << "this build has no OpenVINO to run networks with";
  const Ended ended = run(std::string(kListen) + "--out x.safetensors");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.out, "x.safetensors\n  out  3 x 1\n");
  const auto array =
      dataset::open_array(folder.path("x.safetensors"), dataset::ArrayFormat::safetensors, "out");
  std::vector<double> rows(3);
  array.read_rows(0, 3, std::span<double>(rows));
  EXPECT_EQ(rows[0], rows[2]);
  for (const auto& [row, name] : {std::pair(0, "pcm16.wav"), std::pair(1, "speech.wav")}) {
    const extraction::PreparedSound sound = extraction::prepared(
        extraction::decode_wav(reference_sound(name), name), {16000, true, {}});
    double sum = 0;
    for (const float x : sound.numbers) sum += std::tanh(static_cast<double>(x));
    EXPECT_NEAR(rows[static_cast<std::size_t>(row)],
                sum / static_cast<double>(sound.numbers.size()),
                1e-6);  // in single precision
  }
}

TEST_F(ListeningCommand, MakesARowOfEachSpectrogramAndWarnsOfSoundsThatAreCut) {
  if (!has_runtime()) GTEST_SKIP() << "this build has no OpenVINO to run networks with";
  folder.write("listen.onnx",
               listening_network({extraction::onnx::of(4), extraction::onnx::any("frames")}));
  folder.write(
      "preprocessor_config.json",
      R"({"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 4, "n_fft": 400,
 "hop_length": 160, "chunk_length": 1, "sampling_rate": 16000})");
  std::string long_wav = reference_sound("pcm8.wav").substr(0, 40);
  long_wav += std::string("\x46\x50\x00\x00", 4) + std::string(20550, 'x');  // 1.28 s
  folder.write("speech.wav", long_wav);
  const Ended ended = run(std::string(kListen) + "--pool flat --out x.safetensors");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.out, "x.safetensors\n  out  3 x 400\n");
  EXPECT_EQ(ended.error,
            "sounds.csv:3:6: warning: 1 sound is longer than 1 s, which the network hears at a "
            "time, and cut there; this is the first\n"
            "    3 | long,speech.wav\n"
            "      |      ^~~~~~~~~~\n"
            "  note: cut sounds into stimuli of that length\n");
}

TEST_F(ListeningCommand, TellsMistakesWithTheirWholeMessage) {
  if (!has_runtime()) GTEST_SKIP() << "this build has no OpenVINO to run networks with";
  const std::string words = std::string(kListen) + "--out x.safetensors";
  folder.write("speech.wav", "ID3 and so on");
  EXPECT_EQ(error_of(words, 65),
            "sounds.csv:3:6: error: 'speech.wav': the file is MP3, expected WAV\n"
            "    3 | long,speech.wav\n"
            "      |      ^~~~~~~~~~\n"
            "  note: `ffmpeg -i in.mp3 out.wav` makes a WAV file of most others\n");
  folder.write("listen.onnx", listening_network({extraction::onnx::of(1000)}));
  EXPECT_EQ(error_of(words, 65),
            "sounds.csv:2:5: error: the network takes sounds of the form stimuli x 1000, this one "
            "has 1280 samples\n"
            "    2 | low,pcm16.wav\n"
            "      |     ^~~~~~~~~\n");
  folder.write("listen.onnx", extraction::onnx::file_of(extraction::words_graph()));
  EXPECT_EQ(error_of(words, 65),
            "listen.onnx: error: the network has the input 'input_ids', stimuli x ? whole numbers, "
            "which is not one that these sounds are made into: expected stimuli x samples, real "
            "numbers, and 'attention_mask'\n");
  EXPECT_FALSE(fs::exists(folder.path("x.safetensors")));
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

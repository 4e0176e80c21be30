// SPDX-License-Identifier: Apache-2.0
// Networks that these tests write, run by the built-in runtime and compared with closed forms.
#include <cmath>
#include <filesystem>

#include "framework/base/error.h"
#include "framework/dataset/file.h"
#include "framework/extraction/extract.h"
#include "framework/extraction/runtime.h"
#include "framework/numerics/parallel.h"
#include "tests/framework/dataset/array_files.h"
#include "tests/framework/extraction/words_network.h"

namespace insula::extraction {
namespace {

using dataset::Folder;
using Eigen::Index;
using Eigen::MatrixXd;

// Single precision: features of order one, sums of at most three terms, a tanh.
constexpr double kSingle = 2e-6;

class NetworkTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!built_in_runtime().open) GTEST_SKIP() << "this build has no OpenVINO to run networks with";
    folder.write("tokenizer.json", words_tokenizer());
    folder.write(
        "texts.tsv",
        "id\ttext\nt1\ta b c\nt2\th\nt3\td e f g\nt1\ta b c\nt4\tb c a\nt5\tB, a\nt6\te f g"
        "\nn/a\t\n");
  }

  std::unique_ptr<Network> open(const onnx::Graph& graph) const {
    folder.write("model.onnx", onnx::file_of(graph));
    return built_in_runtime().open(folder.path("model.onnx"));
  }

  StimulusSet texts(const Network& network) const {
    return text_stimuli(read_stimuli(folder.path("texts.tsv"), "text", "id"),
                        read_tokenizer(folder.path("tokenizer.json")),
                        network.inputs(),
                        "model.onnx");
  }

  // The rows of a layer.
  MatrixXd rows(const Network& network,
                const StimulusSet& stimuli,
                const std::string& layer,
                Pooling pooling,
                std::size_t batch = 2) const {
    Extraction extraction;
    extraction.layers = {layer};
    extraction.pooling = pooling;
    extraction.batch = batch;
    const std::string out = folder.path("out.safetensors");
    std::filesystem::remove(out);
    extract(network, "model.onnx", stimuli, extraction, out, {});
    return open_array(out, dataset::ArrayFormat::safetensors, layer).matrix();
  }

  Folder folder;
};

// The tokens of the texts above between [CLS] and [SEP]; the comma is unknown.
const std::vector<std::vector<std::int64_t>> kTexts{{2, 4, 5, 6, 3},
                                                    {2, 11, 3},
                                                    {2, 7, 8, 9, 10, 3},
                                                    {2, 5, 6, 4, 3},
                                                    {2, 5, 1, 4, 3},
                                                    {2, 8, 9, 10, 3}};

MatrixXd means(double (*feature)(std::int64_t, std::int64_t)) {
  MatrixXd expected = MatrixXd::Zero(static_cast<Index>(kTexts.size()), kFeatures);
  for (std::size_t t = 0; t < kTexts.size(); ++t) {
    for (Index f = 0; f < kFeatures; ++f) {
      for (const std::int64_t token : kTexts[t]) {
        expected(static_cast<Index>(t), f) += feature(token, f);
      }
      expected(static_cast<Index>(t), f) /= static_cast<double>(kTexts[t].size());
    }
  }
  return expected;
}

double largest(const MatrixXd& difference) { return difference.cwiseAbs().maxCoeff(); }

TEST_F(NetworkTest, ComputesEveryLayerAsItsClosedForm) {
  const auto network = open(words_graph());
  const StimulusSet stimuli = texts(*network);
  EXPECT_EQ(stimuli.names, (std::vector<std::string>{"t1", "t2", "t3", "t4", "t5", "t6"}));
  EXPECT_EQ(stimuli.tokens, (std::vector<std::size_t>{5, 3, 6, 5, 5, 5}));
  EXPECT_LT(largest(rows(*network, stimuli, "words", Pooling::mean) - means(word_feature)),
            kSingle);
  EXPECT_LT(largest(rows(*network, stimuli, "mixed", Pooling::mean) - means(mixed_feature)),
            kSingle);
  EXPECT_LT(largest(rows(*network, stimuli, "bent", Pooling::mean) - means(bent_feature)), kSingle);
  EXPECT_LT(largest(rows(*network, stimuli, "masked", Pooling::mean) - means(bent_feature)),
            kSingle);
  const MatrixXd first = rows(*network, stimuli, "bent", Pooling::first);
  const MatrixXd last = rows(*network, stimuli, "bent", Pooling::last);
  for (Index f = 0; f < kFeatures; ++f) {
    EXPECT_NEAR(first(2, f), bent_feature(2, f), kSingle);  // [CLS]
    EXPECT_NEAR(last(2, f), bent_feature(3, f), kSingle);   // [SEP]
  }
}

TEST_F(NetworkTest, ListsItsLayersInTheOrderOfComputation) {
  const auto network = open(words_graph());
  std::vector<std::string> names;
  for (const Layer& layer : network->layers()) {
    names.push_back(layer.name);
    EXPECT_EQ(layer.is_output, layer.name == "masked");
    if (layer.name == "mixed") {
      EXPECT_EQ(layer.shape, "? x ? x 3");
    }
  }
  const auto at = [&](const char* name) { return std::ranges::find(names, name); };
  for (const char* name : {"words", "mixed", "bent", "wide_mask", "masked"}) {
    EXPECT_NE(at(name), names.end()) << name;
  }
  EXPECT_LT(at("words"), at("mixed"));
  EXPECT_LT(at("mixed"), at("bent"));
  EXPECT_LT(at("bent"), at("masked"));
  ASSERT_EQ(network->inputs().size(), 2U);
  for (const Port& input : network->inputs()) {
    EXPECT_TRUE(input.is_whole);
    EXPECT_EQ(input.shape, (std::vector<std::optional<std::size_t>>(2)));
  }
}

// Texts of a fixed length are padded, and padding counts for nothing; batches of a fixed size are
// filled up.
TEST_F(NetworkTest, OfFixedSizesGivesTheSameRows) {
  const auto fixed = open(words_graph(onnx::of(4), onnx::of(9)));
  for (const char* layer : {"bent", "masked"}) {
    EXPECT_LT(largest(rows(*fixed, texts(*fixed), layer, Pooling::mean) - means(bent_feature)),
              kSingle)
        << layer;
  }
  const auto shorter = open(words_graph(onnx::any("n"), onnx::of(5)));
  try {
    texts(*shorter);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(folder.without_folder(error.what()),
              "DIR/texts.tsv:4:4: error: the text has 6 tokens, but the network takes 5\n"
              "    4 | t3\td e f g\n"
              "      |   \t^~~~~~~\n"
              "  note: --max-tokens 5 cuts longer texts");
  }
}

TEST_F(NetworkTest, GivesTheSameBytesOnAnyNumberOfThreads) {
  const auto network = open(words_graph());
  const StimulusSet stimuli = texts(*network);
  std::vector<std::string> bytes;
  for (const int threads : {1, 2, 5}) {
    set_threads(threads);
    rows(*network, stimuli, "bent", Pooling::mean);
    bytes.push_back(dataset::read_bytes(folder.path("out.safetensors")));
  }
  set_threads(0);
  EXPECT_EQ(bytes[0], bytes[1]);
  EXPECT_EQ(bytes[0], bytes[2]);
}

// A picture goes in as it was prepared: a convolution that is 1 × 1 mixes its channels, channel k
// of the result being Σ (c + 1)(k + 1) · value.
TEST_F(NetworkTest, SeesThePixelsOfPictures) {
  onnx::Graph graph;
  graph.inputs = {{"pixels",
                   onnx::Type::float32,
                   {onnx::any("n"), onnx::of(3), onnx::any("h"), onnx::any("w")}}};
  graph.outputs = {{"mixed",
                    onnx::Type::float32,
                    {onnx::any("n"), onnx::of(2), onnx::any("h"), onnx::any("w")}}};
  graph.constants = {{"weights", {2, 3, 1, 1}, {1, 2, 3, 2, 4, 6}}};
  graph.nodes = {{"Conv", {"pixels", "weights"}, {"mixed"}}};
  const auto network = open(graph);
  folder.write("pictures.csv", "file\ncolour.png\ncopy/transparent.png\n");
  std::filesystem::create_directory(folder.path("copy"));
  const std::string from = std::string(INSULA_REFERENCE) + "/extraction/";
  folder.write("colour.png", dataset::read_bytes(from + "colour.png"));
  folder.write("copy/transparent.png", dataset::read_bytes(from + "transparent.png"));
  ImagePreparation preparation;
  preparation.resizes = false;
  preparation.crop = {{5, 4}};
  const StimulusList list = read_stimuli(folder.path("pictures.csv"), "file", "");
  const StimulusSet stimuli = image_stimuli(
      list, folder.path("pictures.csv"), preparation, network->inputs(), "model.onnx");
  const MatrixXd flat = rows(*network, stimuli, "mixed", Pooling::flat);
  const MatrixXd mean = rows(*network, stimuli, "mixed", Pooling::mean);
  ASSERT_EQ(flat.cols(), 2 * 5 * 4);
  const Image image = decode_image(dataset::read_bytes(from + "colour.png"), "colour.png");
  double sum = 0;
  for (std::size_t y = 0; y < 5; ++y) {
    for (std::size_t x = 0; x < 4; ++x) {
      double value = 0;  // the middle of 17 x 23: six rows above, nine columns to the left
      for (std::size_t c = 0; c < 3; ++c) {
        value += static_cast<double>(c + 1) * image.pixels[((y + 6) * 23 + x + 9) * 3 + c] / 255.0;
      }
      sum += value;
      const auto at = static_cast<Index>(y * 4 + x);
      EXPECT_NEAR(flat(0, at), value, kSingle);
      EXPECT_NEAR(flat(0, 20 + at), 2 * value, 2 * kSingle);
    }
  }
  EXPECT_NEAR(mean(0, 0), sum / 20, kSingle);
  EXPECT_EQ(flat.row(0), flat.row(1)) << "the second picture differs in its transparency alone";
}

TEST_F(NetworkTest, ThatIsNoNetworkIsRefused) {
  const std::string whole = onnx::file_of(words_graph());
  const Runtime runtime = built_in_runtime();
  const std::string path = folder.path("model.onnx");
  int refused = 0;
  for (std::size_t n = 0; n < whole.size(); n += 7) {
    folder.write("model.onnx", whole.substr(0, n));
    try {
      runtime.open(path);
    } catch (const InputError& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      ++refused;
    }
  }
  EXPECT_GT(refused, 30);
  EXPECT_THROW(runtime.open(folder.path("absent.onnx")), InputError);
  EXPECT_THROW(runtime.open(folder.path(".")), InputError);
}

// The table of words has 12 rows: the tokenizer of another network is noticed.
TEST_F(NetworkTest, IsNotFedWithTokensThatItDoesNotKnow) {
  std::string tokenizer = words_tokenizer();
  tokenizer.replace(tokenizer.find("\"h\": 11"), 7, "\"h\": 12");
  folder.write("tokenizer.json", tokenizer);
  const auto network = open(words_graph());
  EXPECT_EQ(network->inputs().at(0).below, std::optional<std::size_t>(12));
  EXPECT_EQ(network->inputs().at(1).below, std::nullopt);
  try {
    texts(*network);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(
        folder.without_folder(error.what()),
        "DIR/texts.tsv:3:4: error: the tokenizer makes token 12 of this text, but the network "
        "knows tokens 0 to 11\n"
        "    3 | t2\th\n"
        "      |   \t^\n"
        "  note: --tokenizer takes the file that belongs to the network");
  }
}

TEST_F(NetworkTest, ThatTakesNoTextsIsRefused) {
  onnx::Graph graph = words_graph();
  for (onnx::Value& input : graph.inputs) input.name += "2";
  for (onnx::Node& node : graph.nodes) {
    for (std::string& input : node.inputs) {
      if (input == "input_ids" || input == "attention_mask") input += "2";
    }
  }
  const auto network = open(graph);
  EXPECT_THROW(texts(*network), InputError);
}

}  // namespace
}  // namespace insula::extraction

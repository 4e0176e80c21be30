// SPDX-License-Identifier: Apache-2.0
// A sentence model that people use, on 205 sentences that people read: the embeddings are those of
// sentence-transformers. examples/reading/README.md says how the model is had.
#include <cstdlib>
#include <filesystem>

#include "framework/dataset/file.h"
#include "framework/dataset/npy.h"
#include "framework/extraction/extract.h"
#include "framework/extraction/runtime.h"
#include "tests/framework/dataset/array_files.h"

namespace insula::extraction {
namespace {

TEST(MiniLm, GivesTheEmbeddingsOfSentenceTransformers) {
  const char* models = std::getenv("INSULA_MODELS");
  const char* data = std::getenv("INSULA_DATA");
  if (models == nullptr || data == nullptr) {
    GTEST_SKIP() << "INSULA_MODELS or INSULA_DATA is not set: it names a folder with "
                    "all-minilm-l6-v2/model.onnx, or real recordings";
  }
  if (!built_in_runtime().open) GTEST_SKIP() << "this build has no OpenVINO to run networks with";
  const std::string folder = std::string(models) + "/all-minilm-l6-v2/";
  const auto network = built_in_runtime().open(folder + "model.onnx");
  const StimulusList list = read_stimuli(
      std::string(data) + "/devarda2023-ucl-reading/all_measures.tsv", "sentence", "sent_id");
  ASSERT_EQ(list.names.size(), 205U);
  const StimulusSet stimuli = text_stimuli(
      list, read_tokenizer(folder + "tokenizer.json"), network->inputs(), folder + "model.onnx");
  Extraction extraction;
  extraction.layers = {"last_hidden_state"};
  extraction.is_normalised = true;
  const dataset::Folder scratch;
  const std::string out = scratch.path("minilm.safetensors");
  extract(*network, folder + "model.onnx", stimuli, extraction, out, {});
  const Eigen::MatrixXd rows =
      open_array(out, dataset::ArrayFormat::safetensors, "last_hidden_state").matrix();
  const std::string reference = std::string(INSULA_REFERENCE) + "/extraction/minilm_sentences.npy";
  const Eigen::MatrixXd expected = dataset::parse_npy(dataset::read_bytes(reference), reference);
  ASSERT_EQ(rows.cols(), 384);
  ASSERT_EQ(rows.rows(), expected.rows());
  constexpr Eigen::Index kStep = 16;  // the reference keeps every sixteenth component
  double largest = 0;
  for (Eigen::Index r = 0; r < rows.rows(); ++r) {
    for (Eigen::Index c = 0; c < expected.cols(); ++c) {
      largest = std::max(largest, std::abs(rows(r, c * kStep) - expected(r, c)));
    }
  }
  // Six layers in single precision; the components are of order 0.05.
  EXPECT_LT(largest, 1e-6);
}

}  // namespace
}  // namespace insula::extraction

// SPDX-License-Identifier: Apache-2.0
// 92 images in the inferior temporal cortex of four people and of monkeys, in judgements of 16
// people, and in models: the correlation that was published, and those of the dataset's notes.
#include <gtest/gtest.h>

#include "framework/evaluation/rdm.h"
#include "tests/support/real_array.h"
#include "tests/support/tolerance.h"

namespace insula::evaluation {
namespace {

constexpr std::size_t kImages = 92;

// The upper triangles of square matrices, one after the other.
std::vector<Rdm> squares(const std::string& name) {
  const std::vector<double> all = real_array("kriegeskorte2008-92-images/" + name);
  std::vector<Rdm> rdms;
  for (std::size_t from = 0; from + kImages * kImages <= all.size(); from += kImages * kImages) {
    Rdm rdm(static_cast<Eigen::Index>(kImages * (kImages - 1) / 2));
    Eigen::Index at = 0;
    for (std::size_t i = 0; i < kImages; ++i)
      for (std::size_t j = i + 1; j < kImages; ++j) rdm[at++] = all[from + i * kImages + j];
    rdms.push_back(rdm);
  }
  return rdms;
}

class Images : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("INSULA_DATA") == nullptr)
      GTEST_SKIP() << "INSULA_DATA does not name the folder of the real datasets";
    const std::vector<Rdm> sessions = squares("human_it_rdms.npy");
    ASSERT_EQ(sessions.size(), 8U);
    for (std::size_t s = 0; s < 4; ++s)
      human.push_back((sessions[2 * s] + sessions[2 * s + 1]) / 2);
    judged = squares("behaviour_rdms.npy");
    monkey = squares("monkey_it_rdm.npy").at(0);
    models = squares("model_rdms.npy");
  }
  static Rdm mean_of(const std::vector<Rdm>& rdms) {
    Rdm mean = Rdm::Zero(rdms.front().size());
    for (const Rdm& rdm : rdms) mean += rdm / static_cast<double>(rdms.size());
    return mean;
  }
  std::vector<Rdm> human, judged, models;
  Rdm monkey;
};

// source  Kriegeskorte et al. 2008, Neuron 60:1126: r = 0.49; the dataset's README: more digits
TEST_F(Images, AreAsAlikeInManAndMonkeyAsPublished) {
  const Rdm mean = mean_of(human);
  const Tolerance printed = Tolerance::printed_decimals(3);
  EXPECT_CLOSE(similarity(Similarity::pearson, monkey, mean), 0.49, Tolerance::printed_decimals(2));
  EXPECT_CLOSE(similarity(Similarity::pearson, monkey, mean), 0.491, printed);
  EXPECT_CLOSE(similarity(Similarity::spearman, monkey, mean), 0.439, printed);
  EXPECT_CLOSE(similarity(Similarity::spearman, mean_of(judged), mean), 0.392, printed);
  EXPECT_CLOSE(similarity(Similarity::spearman, mean_of(judged), monkey), 0.394, printed);
  // Independent: numpy, pair of pairs by pair of pairs.
  EXPECT_CLOSE(similarity(Similarity::kendall_tau_a, monkey, mean),
               0.30404814135529423,
               Tolerance::printed_digits(12));
}

TEST_F(Images, HaveThePublishedCeilings) {
  const RdmCeiling in_cortex = rdm_ceiling(Similarity::spearman, human),
                   in_judgements = rdm_ceiling(Similarity::spearman, judged);
  const Tolerance printed = Tolerance::printed_decimals(3);
  EXPECT_CLOSE(in_cortex.lower, 0.377, printed);
  EXPECT_CLOSE(in_cortex.upper, 0.672, printed);
  EXPECT_CLOSE(in_judgements.lower, 0.554, printed);
  EXPECT_CLOSE(in_judgements.upper, 0.620, printed);
}

TEST_F(Images, AreExplainedByModelsAsPublished) {
  // animacy, four categories, monkey IT, EVA, HMAX, V1, silhouette, RADON
  constexpr double kCortex[] = {0.386, 0.277, 0.296, 0.245, 0.160, 0.027, 0.097, 0.038};
  constexpr double kJudged[] = {0.378, 0.366, 0.271, 0.040, 0.161, 0.069, 0.100, -0.013};
  ASSERT_EQ(models.size(), 8U);
  const Tolerance printed = Tolerance::printed_decimals(3);
  for (std::size_t m = 0; m < 8; ++m) {
    const RdmBootstrap few{Drawn::stimuli, 2, 1, "few"};
    EXPECT_CLOSE(rdm_score(Similarity::spearman, models[m], human, few).value, kCortex[m], printed);
    EXPECT_CLOSE(
        rdm_score(Similarity::spearman, models[m], judged, few).value, kJudged[m], printed);
  }
}

TEST_F(Images, TellAnimacyFromAModelOfV1OverOtherImagesAndPeople) {
  const RdmBootstrap both{Drawn::both, 200, 1, "images"};
  const RdmScore difference =
      rdm_difference(Similarity::spearman, models[0], models[5], human, both);
  EXPECT_CLOSE(difference.value, 0.386 - 0.027, Tolerance::printed_decimals(2));
  EXPECT_GT(difference.low, 0);
  const RdmScore v1 = rdm_score(Similarity::spearman, models[5], human, both);
  EXPECT_LT(v1.low, 0.027);
  EXPECT_GT(v1.high, 0.027);
  RecordProperty("animacy_minus_v1_standard_error", std::to_string(difference.standard_error));
}

}  // namespace
}  // namespace insula::evaluation

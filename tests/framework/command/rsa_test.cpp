// SPDX-License-Identifier: Apache-2.0
// `insula rsa` as a user types it, on files of his own and on published ones.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/framework/command/program.h"
#include "tests/framework/dataset/array_files.h"
#include "tests/support/tolerance.h"

namespace insula::command {
namespace {

using dataset::Folder;

// Three stimuli: pairs (0,1), (0,2), (1,2).
class RsaCommand : public testing::Test {
 protected:
  void SetUp() override {
    folder.write("square.tsv", "a\tb\tc\td\n0\t1\t2\t3\n1\t0\t4\t5\n2\t4\t0\t6\n3\t5\t6\t0\n");
    folder.write(
        "triangles.npy",
        dataset::npy("<f8", "(2, 6)", dataset::raw<double>({1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1})));
  }
  std::string error_of(const std::string& words, int code) const {
    const Ended ended = run_program(words, folder.path(""));
    EXPECT_EQ(ended.code, code) << words;
    EXPECT_EQ(ended.out, "");
    return ended.error;
  }
  Folder folder;
};

TEST_F(RsaCommand, KnowsTheSamePairsFromSquaresAndTriangles) {
  const Ended ended =
      run_program("rsa square.tsv --model triangles.npy --draws 100", folder.path(""));
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_TRUE(
      ended.out.starts_with("4 stimuli, 6 pairs, 1 subject\n\n"
                            "model        Kendall's tau-a"))
      << ended.out;
  EXPECT_NE(ended.out.find("triangles.1            1.000"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("triangles.2           -1.000"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("No noise ceiling: it needs two subjects."), std::string::npos);
}

// tests/reference/dataset/stored.npz holds 4 arrays.
TEST_F(RsaCommand, TakesOneOfSeveralArraysOfAFile) {
  const std::string file = INSULA_ROOT "/tests/reference/dataset/stored.npz";
  const Ended unnamed = run_program("rsa square.tsv --model '" + file + "'", folder.path(""));
  EXPECT_EQ(unnamed.code, 64);
  EXPECT_EQ(unnamed.error,
            "error: '" + file +
                "' holds 4 arrays, and --model FILE:ARRAY names one\n  note: it "
                "has: embedding, by_column, counts, vector\n");
  const Ended named = run_program("rsa square.tsv --model '" + file + ":vector'", folder.path(""));
  EXPECT_NE(named.error.find("holds no RDMs"), std::string::npos) << named.error;
  const Ended data = run_program("rsa '" + file + "' --model square.tsv", folder.path(""));
  EXPECT_NE(data.error.find("and --array ARRAY names one"), std::string::npos) << data.error;
}

TEST_F(RsaCommand, GivesTheSameBytesAgain) {
  const std::string words = "rsa triangles.npy --model square.tsv --json --draws 200 --seed 3";
  EXPECT_EQ(run_program(words, folder.path("")).out, run_program(words, folder.path("")).out);
}

TEST_F(RsaCommand, TellsWhatTheFilesDoNotHold) {
  folder.write("skew.tsv", "a\tb\tc\n0\t1\t2\n1\t0\t4\n2\t5\t0\n");
  EXPECT_EQ(error_of("rsa skew.tsv --model skew.tsv", 65),
            "skew.tsv: error: the RDM is not symmetric: stimuli 2 and 3 have the dissimilarities 4 "
            "and 5\n  note: each square holds the dissimilarities of all pairs of stimuli\n");
  folder.write("five.npy", dataset::npy("<f8", "(5,)", dataset::raw<double>({1, 2, 3, 4, 5})));
  EXPECT_EQ(
      error_of("rsa five.npy --model square.tsv", 65),
      "five.npy: error: an array of 5 holds no RDMs: neither squares, nor upper triangles, as "
      "no number of stimuli has 5 pairs\n  note: expected the last two sizes to be the same, "
      "or the last one n (n - 1) / 2\n");
  folder.write("alike.tsv", "a\tb\tc\n1\t0.5\t0.2\n0.5\t1\t0.4\n0.2\t0.4\t1\n");
  EXPECT_EQ(error_of("rsa square.tsv --model alike.tsv", 65),
            "alike.tsv: error: the RDM gives stimulus 1 a dissimilarity of 1 to itself\n  note: "
            "dissimilarities have 0 there, similarities their largest: of correlations write 1 - "
            "r\n");
  folder.write("unknown.npy", dataset::npy("<f8", "(3,)", dataset::raw<double>({NAN, NAN, NAN})));
  EXPECT_EQ(error_of("rsa unknown.npy --model square.tsv", 65),
            "unknown.npy: error: RDM 1 knows of no pair of stimuli\n");
  folder.write("words.tsv", "a\tb\n0\tfar\nfar\t0\n");
  EXPECT_EQ(error_of("rsa words.tsv --model square.tsv", 65),
            "words.tsv:2:3: error: a dissimilarity is a number, got 'far'\n    2 | 0\tfar\n"
            "      |  \t^~~\n");
  folder.write("three.npy", dataset::npy("<f8", "(3,)", dataset::raw<double>({1, 2, 3})));
  EXPECT_EQ(
      error_of("rsa square.tsv --model three.npy", 65),
      "error: 'three.npy' is of 3 stimuli, 'square.tsv' of 4\n  note: models and data must be "
      "of the same stimuli, in the same order\n");
  EXPECT_EQ(
      error_of("rsa triangles.npy --average 3 --model square.tsv", 64),
      "error: --average 3 does not divide the 2 RDMs of 'triangles.npy'\n  note: so many in a "
      "row are taken for one subject's\n");
  EXPECT_EQ(error_of("rsa square.tsv --model triangles.npy --name one", 64),
            "error: there are 2 models, but 1 of --name\n  note: one for each, in the order of the "
            "files\n");
  EXPECT_EQ(error_of("rsa square.tsv --model triangles.npy --over subjects", 64),
            "error: 'square.tsv' is of one subject, so --over can only be stimuli\n");
}

// source  Kriegeskorte et al. 2008, Neuron 60:1126; the dataset's README
TEST(RsaOnRealData, GivesThePublishedCorrelationsAndCeilingsInOneCommand) {
  const char* root = std::getenv("INSULA_DATA");
  if (root == nullptr) GTEST_SKIP() << "INSULA_DATA does not name the folder of the real datasets";
  const std::string at = std::string(root) + "/kriegeskorte2008-92-images/";
  const Folder folder;
  const Ended ended = run_program(
      "rsa " + at + "human_it_rdms.npy --average 2 --model " + at +
          "model_rdms.npy --name animacy --name categories --name monkey --name EVA --name HMAX "
          "--name V1 --name silhouette --name RADON --similarity spearman --draws 100 --json",
      folder.path(""));
  ASSERT_EQ(ended.code, 0) << ended.error;
  const nlohmann::json out = nlohmann::json::parse(ended.out);
  const Tolerance printed = Tolerance::printed_decimals(3);
  EXPECT_EQ(out["subjects"], 4);
  EXPECT_EQ(out["stimuli"], 92);
  EXPECT_CLOSE(out["ceiling"]["lower"].get<double>(), 0.377, printed);
  EXPECT_CLOSE(out["ceiling"]["upper"].get<double>(), 0.672, printed);
  const std::vector<std::pair<std::string, double>> published{{"animacy", 0.386},
                                                              {"monkey", 0.296},
                                                              {"categories", 0.277},
                                                              {"EVA", 0.245},
                                                              {"HMAX", 0.160},
                                                              {"silhouette", 0.097},
                                                              {"RADON", 0.038},
                                                              {"V1", 0.027}};
  ASSERT_EQ(out["models"].size(), published.size());
  for (std::size_t m = 0; m < published.size(); ++m) {
    EXPECT_EQ(out["models"][m]["model"], published[m].first);
    EXPECT_CLOSE(out["models"][m]["value"].get<double>(), published[m].second, printed);
  }
  const Ended monkey = run_program("rsa " + at + "human_it_rdms.npy --average 8 --model " + at +
                                       "monkey_it_rdm.npy --similarity pearson --draws 100 --json",
                                   folder.path(""));
  ASSERT_EQ(monkey.code, 0) << monkey.error;
  EXPECT_CLOSE(
      nlohmann::json::parse(monkey.out)["models"][0]["value"].get<double>(), 0.491, printed);
}

}  // namespace
}  // namespace insula::command

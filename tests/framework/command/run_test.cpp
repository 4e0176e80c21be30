// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/framework/command/program.h"
#include "tests/framework/dataset/folder.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::Folder;

// A new project whose experiment is made small.
void make_study(const Folder& folder, const std::string& rest) {
  run_program("new study", folder.path(""));
  folder.write("study/experiment.yaml",
               "insula: experiment/1\nname: study\ndataset: recipe.yaml\n"
               "hypotheses: [additive.yaml, modulated.yaml]\nseed: 1\n" +
                   rest);
}

const std::string kSmall = "baselines: [mean]\nvalidation: none\ninference: {pareto_draws: 0}\n";

TEST(Run, WritesTheFolderAndSaysWhoIsAhead) {
  const Folder folder;
  make_study(folder, kSmall);
  const Ended ended = run_program("run study/experiment.yaml --threads 2", folder.path(""));
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.error, "");
  EXPECT_NE(ended.out.find("modulated has more evidence than additive: "), std::string::npos)
      << ended.out;
  EXPECT_NE(ended.out.find("The report is results/study/report.html\n"), std::string::npos);
  for (const char* name : {"summary.json",
                           "scores.tsv",
                           "comparison.tsv",
                           "parameters.tsv",
                           "checks.tsv",
                           "predictions.h5",
                           "posteriors.h5",
                           "report.html"}) {
    EXPECT_TRUE(fs::exists(folder.path("results/study/") + name)) << name;
  }
}

TEST(Run, PrintsItsSummaryAsJsonOrNothingAtAll) {
  const Folder folder;
  make_study(folder, kSmall);
  const Ended json =
      run_program("run study/experiment.yaml --out out --json --seed 12", folder.path(""));
  EXPECT_EQ(json.code, 0) << json.error;
  EXPECT_EQ(json.error, "");
  EXPECT_EQ(nlohmann::json::parse(json.out)["seed"], 12);
  const Ended quiet = run_program("run study/experiment.yaml --out out --quiet", folder.path(""));
  EXPECT_EQ(quiet.code, 0);
  EXPECT_EQ(quiet.out + quiet.error, "");
}

TEST(Run, TellsDoubtsBeforeItStarts) {
  const Folder folder;
  make_study(folder, kSmall);
  folder.write("study/additive.yaml",
               bytes_of(folder.path("study/additive.yaml")) +
                   "\nparameters:\n  sensory.self_inhibition: 0.5 1/s\n");
  std::string text = bytes_of(folder.path("study/additive.yaml"));
  text.insert(text.find("\nprojections:"), "  idle: {kind: neuronal}\n");
  folder.write("study/additive.yaml", text);
  const Ended ended = run_program("run study/experiment.yaml", folder.path(""));
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_NE(ended.error.find("warning: no input reaches region 'idle'"), std::string::npos)
      << ended.error;
}

TEST(Run, StopsWhenInterruptedAndKeepsWhatHasEnded) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Folder folder;
    // Hours of work, so that it cannot end before it is stopped.
    make_study(folder, "inference: {starts: 1000}\n");
    const Ended ended = interrupt_program("run study/experiment.yaml", folder.path(""), signal);
    EXPECT_EQ(ended.code, 130) << ended.error;
    EXPECT_NE(ended.error.find("insula: stopped; what had ended is in results/study, and the same "
                               "command goes on from there\n"),
              std::string::npos)
        << ended.error;
    const auto summary = nlohmann::json::parse(bytes_of(folder.path("results/study/summary.json")));
    EXPECT_FALSE(summary["not_computed"].empty());
    EXPECT_TRUE(summary["stopped"].get<bool>());
    EXPECT_TRUE(fs::exists(folder.path("results/study/report.html")));
  }
}

TEST(Run, ThatIsInterruptedLeavesTheResultsOfOneThatEnded) {
  const Folder folder;
  make_study(folder, kSmall);
  ASSERT_EQ(run_program("run study/experiment.yaml", folder.path("")).code, 0);
  const auto results = [&] {
    std::map<std::string, std::string> files;
    for (const auto& file : fs::directory_iterator(folder.path("results/study")))
      if (!file.path().filename().string().starts_with("tasks.sqlite"))
        files[file.path().filename().string()] = bytes_of(file.path().string());
    return files;
  };
  const auto before = results();
  ASSERT_FALSE(nlohmann::json::parse(before.at("summary.json"))["stopped"].get<bool>());
  make_study(folder, "inference: {starts: 1000}\n");
  const Ended ended = interrupt_program("run study/experiment.yaml", folder.path(""), SIGINT);
  EXPECT_EQ(ended.code, 130) << ended.error;
  EXPECT_NE(
      ended.error.find(
          "The tables and the report there are still those of the run that "
          "ended at " +
          nlohmann::json::parse(before.at("summary.json"))["finished"].get<std::string>() + "\n"),
      std::string::npos)
      << ended.error;
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(results(), before);
}

}  // namespace
}  // namespace insula::command

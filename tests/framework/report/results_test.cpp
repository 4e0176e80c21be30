// SPDX-License-Identifier: Apache-2.0
#include "framework/report/results.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "framework/base/error.h"
#include "framework/report/detail/files.h"
#include "tests/framework/report/example_results.h"
#include "tests/support/temporary_folder.h"

namespace insula::report {
namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> files_of(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[entry.path().filename().string()] = read_file(entry.path().string());
    }
  }
  return files;
}

std::string error_of_reading(const std::string& folder) {
  try {
    read(folder);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Results, AreTheFilesThatTheFormatNames) {
  const TemporaryFolder folder;
  write(example_results(), folder / "new/out");
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files_of(folder / "new/out")) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"checks.tsv",
                                      "comparison.tsv",
                                      "parameters.tsv",
                                      "posteriors.h5",
                                      "predictions.h5",
                                      "scores.tsv",
                                      "summary.json"}));
}

TEST(Results, WrittenReadAndWrittenAgainAreTheSameBytes) {
  const TemporaryFolder folder;
  write(example_results(), folder / "a");
  write(read(folder / "a"), folder / "b");
  EXPECT_EQ(files_of(folder / "a"), files_of(folder / "b"));
}

TEST(Results, ReplaceThoseOfAnEarlierRun) {
  const TemporaryFolder folder;
  Results results = example_results();
  write(results, folder.path());
  results.experiment = "second";
  results.scores.pop_back();
  write(results, folder.path());
  EXPECT_EQ(read(folder.path()).experiment, "second");
  EXPECT_EQ(read(folder.path()).scores.size(), results.scores.size());
}

TEST(Results, LeaveTheFolderAsItWasWhenTheyCannotBeWrittenInFull) {
  const TemporaryFolder folder;
  write(example_results(), folder.path());
  const auto before = files_of(folder.path());
  // The last file but one cannot be written: a folder stands where it would be built.
  fs::create_directories(folder / "predictions.h5.partial/in-the-way");
  Results results = example_results();
  results.scores.clear();
  EXPECT_THROW(write(results, folder.path()), InputError);
  EXPECT_EQ(files_of(folder.path()), before);
  EXPECT_EQ(read(folder.path()).scores.size(), example_results().scores.size());
}

TEST(Results, SayThatTheFolderCannotBeMade) {
  const TemporaryFolder folder;
  write_file(folder / "file", "");
  EXPECT_THROW(write(example_results(), folder / "file/out"), InputError);
}

TEST(Results, NameTheFileThatIsMissing) {
  const TemporaryFolder folder;
  for (const char* name : {"summary.json",
                           "scores.tsv",
                           "comparison.tsv",
                           "parameters.tsv",
                           "checks.tsv",
                           "predictions.h5",
                           "posteriors.h5"}) {
    write(example_results(), folder.path());
    fs::remove(folder / name);
    const std::string error = error_of_reading(folder.path());
    EXPECT_EQ(error.find((folder / name) + ": error: the file is missing or cannot be read"), 0u)
        << error;
  }
}

TEST(Results, NoticeFilesThatDoNotBelongTogether) {
  // As after a crash between two renames: a complete file, but of another run.
  const TemporaryFolder folder;
  Results other = example_results();
  other.comparison[0].r += 1e-12;
  other.parameters[0].estimate += 1e-12;
  other.scores[0].value += 1e-12;
  other.checks[0].observed += 1e-12;
  other.predictions[0].observed(0, 0) += 1e-12;
  other.posteriors[0].covariance(0, 0) += 1e-12;
  write(other, folder / "other");
  for (const char* name : {"scores.tsv",
                           "comparison.tsv",
                           "parameters.tsv",
                           "checks.tsv",
                           "predictions.h5",
                           "posteriors.h5"}) {
    write(example_results(), folder / "mixed");
    ASSERT_EQ(error_of_reading(folder / "mixed"), "no error");
    fs::copy_file(folder / "other" + ("/" + std::string(name)),
                  folder / "mixed" + ("/" + std::string(name)),
                  fs::copy_options::overwrite_existing);
    EXPECT_NE(error_of_reading(folder / "mixed").find("does not belong to this summary.json"),
              std::string::npos)
        << name;
  }
}

TEST(Results, SayWhenTheyWereFinishedUnlessTheirRunWasStopped) {
  const TemporaryFolder folder;
  EXPECT_EQ(when_finished(folder / "nothing"), "");
  Results results = example_results();
  write(results, folder / "ended");
  EXPECT_EQ(when_finished(folder / "ended"), results.finished);
  results.is_stopped = true;
  write(results, folder / "stopped");
  EXPECT_EQ(when_finished(folder / "stopped"), "");
  EXPECT_TRUE(read(folder / "stopped").is_stopped);
  write_file(folder / "ended/summary.json", "{");
  EXPECT_EQ(when_finished(folder / "ended"), "");
}

TEST(Results, DifferOnlyInTimesBetweenRuns) {
  const TemporaryFolder folder;
  Results results = example_results();
  write(results, folder / "a");
  results.started = "2024-03-02T09:00:00Z";
  results.finished = "2024-03-02T09:05:00Z";
  write(results, folder / "b");
  auto a = files_of(folder / "a"), b = files_of(folder / "b");
  EXPECT_NE(a["summary.json"], b["summary.json"]);
  a.erase("summary.json");
  b.erase("summary.json");
  EXPECT_EQ(a, b);
}

}  // namespace
}  // namespace insula::report

// SPDX-License-Identifier: Apache-2.0
#include "framework/schedule/store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "framework/base/error.h"
#include "tests/support/temporary_folder.h"

namespace insula::schedule {
namespace {

namespace fs = std::filesystem;

FinishedTask fitted(const std::string& result) { return {"converged", "", 0.5, result}; }

std::string refusal(const std::function<void()>& what) {
  try {
    what();
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(Store, FindsWhatItKeptInThisAndEveryLaterOpening) {
  const TemporaryFolder folder;
  const std::string result("\0 any \xff bytes", 12);
  {
    Store store(folder / "out");
    EXPECT_EQ(store.find("k1"), std::nullopt);
    store.keep({"k1", "gated, fold 1"}, fitted(result));
    store.keep({"k2", "gated, fold 2"}, fitted(""));
    EXPECT_EQ(store.find("k1"), result);
  }
  const Store again(folder / "out");
  EXPECT_EQ(again.find("k1"), result);
  EXPECT_EQ(again.find("k2"), "");
  EXPECT_EQ(again.find("k3"), std::nullopt);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "out"), {}), 3) << "with its log beside";
}

TEST(Store, IsOneFileWhenItIsClosed) {
  const TemporaryFolder folder;
  { Store(folder / "out").keep({"k", "task"}, fitted("x")); }
  ASSERT_EQ(std::distance(fs::directory_iterator(folder / "out"), {}), 1);
  EXPECT_TRUE(fs::exists(folder / "out/tasks.sqlite"));
}

// A child process keeps tasks until it is killed; what it said that it had kept is there.
TEST(Store, HasWhatAKilledProcessHadKept) {
  const TemporaryFolder folder;
  int said[2];
  ASSERT_EQ(pipe(said), 0);
  const pid_t child = fork();
  if (child == 0) {
    Store store(folder / "out");
    for (char i = 0;; ++i) {
      store.keep({std::to_string(i), "task"}, fitted(std::string(1000, i)));
      if (write(said[1], &i, 1) != 1) _exit(1);
    }
  }
  char last = 0;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(read(said[0], &last, 1), 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  const Store store(folder / "out");
  for (char i = 0; i <= last; ++i)
    EXPECT_EQ(store.find(std::to_string(i)), std::string(1000, i)) << int{i};
  close(said[0]);
  close(said[1]);
}

// SQLite turns one of them away at once while both make the file.
TEST(Store, IsOpenedByProcessesThatComeAtOnce) {
  constexpr int kRounds = 60, kProcesses = 4;
  int turned_away = 0;
  for (int round = 0; round < kRounds; ++round) {
    const TemporaryFolder folder;
    int start[2];
    ASSERT_EQ(pipe(start), 0);
    std::vector<pid_t> children;
    for (int p = 0; p < kProcesses; ++p) {
      children.push_back(fork());
      if (children.back() != 0) continue;
      close(start[1]);
      char none;
      int failed = read(start[0], &none, 1) == 0 ? 0 : 1;  // the end of the pipe is the start
      try {
        const Store store(folder / "out");
      } catch (...) {
        failed = 1;
      }
      _exit(failed);
    }
    close(start[0]);
    close(start[1]);
    for (const pid_t child : children) {
      int status = 0;
      waitpid(child, &status, 0);
      turned_away += status != 0;
    }
  }
  EXPECT_EQ(turned_away, 0);
}

TEST(Store, IsSharedByProcessesThatKeepAtOnce) {
  const TemporaryFolder folder;
  constexpr int kProcesses = 4, kTasks = 50;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    int failed = 0;
    try {
      Store store(folder / "out");
      for (int i = 0; i < kTasks; ++i)
        store.keep({std::to_string(p) + "/" + std::to_string(i), "task"}, fitted("x"));
    } catch (...) {
      failed = 1;
    }
    _exit(failed);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const Store store(folder / "out");
  for (int p = 0; p < kProcesses; ++p)
    for (int i = 0; i < kTasks; ++i)
      EXPECT_EQ(store.find(std::to_string(p) + "/" + std::to_string(i)), "x");
}

// A limit on the size of files stands for a disk that is full.
// In a child that then waits to be killed.
TEST(Store, GivesATaskToOneLivingProcessAlone) {
  const TemporaryFolder folder;
  Store store(folder / "out");
  EXPECT_TRUE(store.claim("mine"));
  EXPECT_TRUE(store.claim("mine")) << "again by the same process";
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const pid_t child = fork();
  if (child == 0) {
    Store other(folder / "out");
    const char answer[2] = {other.claim("mine") ? 'y' : 'n', other.claim("theirs") ? 'y' : 'n'};
    if (write(told[1], answer, 2) != 2) _exit(1);
    for (;;) pause();
  }
  char answer[2] = {};
  ASSERT_EQ(read(told[0], answer, 2), 2);
  EXPECT_EQ(answer[0], 'n');
  EXPECT_EQ(answer[1], 'y');
  EXPECT_FALSE(store.claim("theirs"));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(store.claim("theirs")) << "of one that has died";
  close(told[0]);
  close(told[1]);
}

TEST(Store, SaysThatTheDiskIsFullAndKeepsWhatItHad) {
  const TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{200000, 200000};
    setrlimit(RLIMIT_FSIZE, &limit);
    int kept = 0;
    try {
      Store store(folder / "out");
      for (; kept < 100; ++kept)
        store.keep({std::to_string(kept), "task"}, fitted(std::string(10000, 'x')));
    } catch (const InputError&) {
      _exit(kept);
    }
    _exit(200);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  const int kept = WEXITSTATUS(status);
  ASSERT_GT(kept, 3);
  ASSERT_LT(kept, 100);
  Store store(folder / "out");
  for (int i = 0; i < kept; ++i) EXPECT_EQ(store.find(std::to_string(i)), std::string(10000, 'x'));
  store.keep({std::to_string(kept), "task"}, fitted("there is room again"));
}

TEST(Store, RefusesFilesThatAreNoStores) {
  const TemporaryFolder folder;
  const std::string file = folder / "tasks.sqlite";
  std::ofstream(file) << "This is a letter to my aunt, and longer than a hundred bytes, so that it "
                         "might be taken for the head of a database.";
  EXPECT_EQ(refusal([&] { Store store(folder.path()); }),
            file +
                ": error: this is not a store of finished tasks, or it is damaged (file is not a "
                "database)\n  note: move the file away; what it held is computed again");
  fs::remove(file);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE cat(name)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_NE(refusal([&] { Store store(folder.path()); }).find("another program's database"),
            std::string::npos);
  std::ofstream(folder / "file") << "x";
  EXPECT_NE(refusal([&] { Store store(folder / "file"); }).find("the folder cannot be made"),
            std::string::npos);
}

TEST(Store, TakesOverWhatItDoesNotHave) {
  const TemporaryFolder folder;
  Store one(folder / "1"), two(folder / "2");
  one.keep({"a", "task a"}, fitted("A"));
  two.keep({"a", "task a"}, fitted("A"));
  two.keep({"b", "task b"}, fitted("B"));
  EXPECT_EQ(one.take_over(folder / "2"), 1u);
  EXPECT_EQ(one.find("b"), "B");
  EXPECT_EQ(one.take_over(folder / "2"), 0u);
}

TEST(Status, CountsThePlannedTasksAndNamesTheDoubtfulOnes) {
  const TemporaryFolder folder;
  EXPECT_NE(refusal([&] { status_of(folder.path()); }).find("there is no run in this folder"),
            std::string::npos);
  Store store(folder.path());
  store.keep({"old", "of an earlier plan"}, fitted("x"));
  store.keep({"a", "gated, fold 1"}, {"converged", "fine", 2, "x"});
  store.keep({"b", "gated, fold 2"}, {"no start", "the model diverged", 4, "x"});
  store.plan("attention", 2, {{"a", "gated, fold 1"}, {"b", "gated, fold 2"}, {"c", "mean"}});
  const Status status = status_of(folder.path());
  EXPECT_EQ(status.experiment, "attention");
  EXPECT_TRUE(status.is_running) << "this process lives";
  EXPECT_EQ(status.threads, 2);
  EXPECT_EQ(status.planned, 3u);
  EXPECT_EQ(status.done, 2u);
  EXPECT_EQ(status.seconds, 6);
  EXPECT_EQ(status.left, std::vector<std::string>{"mean"});
  ASSERT_EQ(status.doubtful.size(), 1u);
  EXPECT_EQ(
      status.doubtful[0].name + ": " + status.doubtful[0].status + ", " + status.doubtful[0].reason,
      "gated, fold 2: no start, the model diverged");
}

TEST(Status, KnowsThatTheProcessHasEnded) {
  const TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    Store(folder.path()).plan("attention", 1, {{"a", "gated"}});
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(status_of(folder.path()).is_running);
}

}  // namespace
}  // namespace insula::schedule

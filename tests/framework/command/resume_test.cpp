// SPDX-License-Identifier: Apache-2.0
// A run that is killed, that fills the disk, or that is done in shards ends as if nothing had been.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "framework/base/error.h"
#include "framework/base/random.h"
#include "framework/schedule/store.h"
#include "tests/framework/command/program.h"
#include "tests/framework/dataset/folder.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::Folder;

// 288 fits of milliseconds: 24 people, two hypotheses and a baseline, all data and three folds.
void make_study(const Folder& folder) {
  folder.write("plain.yaml", R"(insula: architecture/1
name: plain
regions: {A: {kind: neuronal}}
inputs: {stimulus: {drives: [A]}}
observations: {bold: {kind: bold, regions: [A]}}
)");
  folder.write("moved.yaml", R"(insula: architecture/1
name: moved
extends: plain.yaml
inputs: {context: {drives: [A]}}
)");
  folder.write("recipe.yaml", R"(insula: simulation/1
name: small
architecture: moved.yaml
seed: 3
subjects: 24
duration: 240 s
inputs:
  stimulus: {every: 40 s, on: 20 s, start: 10 s}
  context: {every: 90 s, on: 50 s, start: 5 s}
recordings:
  bold: {interval: 4 s, noise: {snr: 3}}
parameters:
  stimulus -> A.strength: 1 1/s
  context -> A.strength: 0.5 1/s
)");
  folder.write("experiment.yaml", R"(insula: experiment/1
name: chaos
dataset: recipe.yaml
hypotheses: [plain.yaml, moved.yaml]
baselines: [mean]
inference: {pareto_draws: 0}
validation: {split: blocks, folds: 3}
comparison: {bootstrap: 100}
seed: 5
)");
}

// Of every file but the store; the times at which a run began and ended are left out.
std::map<std::string, std::string> files_of(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name == "tasks.sqlite" || name == "report.html") continue;
    files[name] = bytes_of(entry.path().string());
  }
  auto summary = nlohmann::ordered_json::parse(files.at("summary.json"));
  summary["started"] = summary["finished"] = "";
  files["summary.json"] = summary.dump();
  return files;
}

std::size_t done_in(const std::string& out) {
  try {
    return schedule::status_of(out).done;
  } catch (const InputError&) {  // there is no store yet
    return 0;
  }
}

void expect_equal(const std::map<std::string, std::string>& a,
                  const std::map<std::string, std::string>& b) {
  ASSERT_GE(a.size(), 6u);
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, bytes] : a) EXPECT_TRUE(b.at(name) == bytes) << name << " differs";
}

TEST(Resume, AfterTwentyKillsAndAFullDiskGivesTheUndisturbedTables) {
  const Folder folder;
  make_study(folder);
  ASSERT_EQ(run_program("run experiment.yaml --out whole", folder.path("")).code, 0);
  const std::string out = folder.path("out");
  Stream random(1, "moments");
  std::size_t done = 0;
  for (int kills = 0; kills < 20; ++kills) {
    const int child = start_program("run experiment.yaml --threads 1 --out out", folder.path(""));
    // When some fits more have ended, at any moment of the next ones.
    const std::size_t enough = done + 1 + static_cast<std::size_t>(5 * random.uniform());
    wait_until([&] { return done_in(out) >= enough; });
    wait_for_seconds(0.01 * random.uniform());
    EXPECT_EQ(kill_program(child, folder.path("")).code, 128 + SIGKILL);
    const std::size_t now = done_in(out);
    EXPECT_GE(now, enough);
    done = now;
  }
  ASSERT_LT(done, 288u) << "there was something left at every kill";
  // No file may grow beyond what the store has now; SIGXFSZ is ignored, so writing fails.
  const Ended full =
      run_program("run experiment.yaml --out out", folder.path(""), "trap '' XFSZ; ulimit -f 100;");
  EXPECT_EQ(full.code, 65);
  EXPECT_NE(full.error.find("; the tasks that had ended are kept"), std::string::npos)
      << full.error;
  EXPECT_GE(done_in(out), done);
  const Ended last = run_program("run experiment.yaml --out out", folder.path(""));
  EXPECT_EQ(last.code, 0) << last.error;
  EXPECT_NE(last.error.find(" of 288 had ended before and were found in out"), std::string::npos)
      << last.error;
  expect_equal(files_of(folder.path("whole")), files_of(folder.path("out")));
}

TEST(Resume, JoinsShardsOfTwoFolders) {
  const Folder folder;
  make_study(folder);
  ASSERT_EQ(run_program("run experiment.yaml --out whole", folder.path("")).code, 0);
  for (const std::string i : {"1", "2"}) {
    const Ended shard =
        run_program("run experiment.yaml --shard " + i + "/2 --out shard-" + i, folder.path(""));
    EXPECT_EQ(shard.code, 0);
    EXPECT_EQ(shard.out, "");
    EXPECT_EQ(
        shard.error,
        "insula: shard " + i + "/2 has ended; 144 fits are still missing in shard-" + i + "\n");
    EXPECT_FALSE(fs::exists(folder.path("shard-" + i + "/scores.tsv")));
  }
  const Ended merged = run_program("merge shard-1 shard-2 --out out", folder.path(""));
  EXPECT_EQ(merged.code, 0);
  EXPECT_EQ(merged.out, "shard-1: 144 fits taken over\nshard-2: 144 fits taken over\n");
  const Ended joined = run_program("run experiment.yaml --out out", folder.path(""));
  EXPECT_EQ(joined.error, "insula: 288 fits of 288 had ended before and were found in out\n");
  expect_equal(files_of(folder.path("whole")), files_of(folder.path("out")));
}

// Three processes as a launcher starts them; the last is killed when some fits have ended, and the
// second begins only then.
constexpr const char* kThreeRanks = R"sh(insula=$1
rank() { OMPI_COMM_WORLD_SIZE=3 OMPI_COMM_WORLD_RANK=$1 "$insula" run experiment.yaml --threads 1 --out out; }
rank 0 >zero.out 2>zero.err & zero=$!
OMPI_COMM_WORLD_SIZE=3 OMPI_COMM_WORLD_RANK=2 "$insula" run experiment.yaml --threads 1 --out out >two.out 2>two.err & two=$!
for try in $(seq 1000); do
  fits=$("$insula" status out 2>/dev/null | sed -n 's/^chaos: \([0-9]*\) of.*/\1/p')
  [ "${fits:-0}" -lt 40 ] || break
done
kill -9 $two
rank 1 >one.out 2>one.err
wait $zero
)sh";

TEST(Resume, OfRanksGoesOnWithoutOneThatDies) {
  const Folder folder;
  make_study(folder);
  ASSERT_EQ(run_program("run experiment.yaml --out whole", folder.path("")).code, 0);
  folder.write("ranks.sh", kThreeRanks);
  const Ended ended = run_script(folder.path("ranks.sh"), "", folder.path(""));
  EXPECT_EQ(ended.code, 0) << ended.error << bytes_of(folder.path("zero.err"));
  // The first tells; the others work.
  EXPECT_NE(bytes_of(folder.path("zero.out")).find("The report is out/report.html"),
            std::string::npos);
  EXPECT_EQ(bytes_of(folder.path("one.out")), "");
  expect_equal(files_of(folder.path("whole")), files_of(folder.path("out")));
  EXPECT_EQ(run_program("status out", folder.path("")).out, "chaos: all 288 fits have ended\n");
}

TEST(Resume, OfARankAloneIsAllOfTheWork) {
  const Folder folder;
  make_study(folder);
  ASSERT_EQ(run_program("run experiment.yaml --out whole", folder.path("")).code, 0);
  // As a batch script has it, whose other ranks nobody starts.
  const Ended first = run_program(
      "run experiment.yaml --out out", folder.path(""), "export PMI_RANK=0 PMI_SIZE=4;");
  EXPECT_EQ(first.code, 0) << first.error;
  expect_equal(files_of(folder.path("whole")), files_of(folder.path("out")));
  const Ended last = run_program(
      "run experiment.yaml --out other", folder.path(""), "export PMI_RANK=3 PMI_SIZE=4;");
  EXPECT_EQ(last.code, 0) << last.error;
  EXPECT_EQ(last.out + last.error, "");
  EXPECT_FALSE(fs::exists(folder.path("other/scores.tsv")));
}

TEST(Resume, RefusesRanksOnSeveralMachines) {
  const Folder folder;
  make_study(folder);
  for (const std::string where :
       {"OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_SIZE=2",
        "PMI_RANK=0 PMI_SIZE=4 MPI_LOCALNRANKS=1",
        "SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=4 SLURM_STEP_NUM_NODES=2"}) {
    const Ended ended =
        run_program("run experiment.yaml --out out", folder.path(""), "export " + where + ";");
    EXPECT_EQ(ended.code, 64);
    EXPECT_EQ(
        ended.error,
        "error: processes that share a folder of results must be on one machine, and these are "
        "on several\n  note: give each machine a part and a folder of its own, --shard 1/4, and "
        "join them with 'insula merge'\n");
    EXPECT_FALSE(fs::exists(folder.path("out")));
  }
}

TEST(Resume, RefusesShardsThatAreNone) {
  const Folder folder;
  for (const std::string shard : {"0/2", "3/2", "2", "a/b", "1/2/3", "-1/2", "1/0"}) {
    const Ended ended = run_program("run experiment.yaml --shard=" + shard, folder.path(""));
    EXPECT_EQ(ended.code, 64);
    EXPECT_EQ(ended.error,
              "error: --shard must be INDEX/COUNT with an index from 1 to the count, got '" +
                  shard + "'\n  note: for example --shard 2/4\n");
  }
}

TEST(Status, TellsWhatIsDoneAndWhatIsLeft) {
  const Folder folder;
  make_study(folder);
  EXPECT_EQ(run_program("status out", folder.path("")).code, 66);
  run_program("run experiment.yaml --shard 1/2 --out out --quiet", folder.path(""));
  const Ended half = run_program("status out", folder.path(""));
  EXPECT_EQ(half.code, 0);
  EXPECT_EQ(half.out.rfind("chaos: 144 of 288 fits have ended; no process on this machine works on "
                           "it, the same command goes on from there",
                           0),
            0u)
      << half.out;
  EXPECT_NE(half.out.find("Still to do:\n  plain, s01, fold 1\n"), std::string::npos) << half.out;
  EXPECT_NE(half.out.find("… and 134 more\n"), std::string::npos) << half.out;
  run_program("run experiment.yaml --out out --quiet", folder.path(""));
  EXPECT_EQ(run_program("status out", folder.path("")).out, "chaos: all 288 fits have ended\n");
}

TEST(Merge, TakesNothingUnlessAllFoldersHoldFits) {
  const Folder folder;
  make_study(folder);
  run_program("run experiment.yaml --shard 1/9 --out one --quiet", folder.path(""));
  const Ended ended = run_program("merge one two --out out", folder.path(""));
  EXPECT_EQ(ended.code, 66);
  EXPECT_EQ(
      ended.error,
      "two: error: there is no run in this folder\n  note: expected a folder that 'insula run "
      "--out' has filled, with tasks.sqlite\n");
  EXPECT_FALSE(fs::exists(folder.path("out")));
}

}  // namespace
}  // namespace insula::command

// SPDX-License-Identifier: Apache-2.0
// What new, check, describe, diff and simulate do with documents that are right.
#include <gtest/gtest.h>

#include <sstream>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/experiment/built_baselines.h"
#include "modules/catalogue.h"
#include "tests/framework/command/program.h"
#include "tests/framework/dataset/folder.h"

namespace insula::command {
namespace {

namespace fs = std::filesystem;
using dataset::Folder;

const std::string kDemo = "'" INSULA_ROOT "/examples/demo/";

// What is checked, without lines whose numbers are measured.
std::string without_expected_times(const std::string& text) {
  std::istringstream lines(text);
  std::string kept;
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("  note: expected time: ")) kept += line + "\n";
  return kept;
}

TEST(NewProject, PassesItsOwnCheckWithoutDoubts) {
  const Folder folder;
  const Ended made = run_program("new study", folder.path(""));
  EXPECT_EQ(made.code, 0) << made.error;
  const Ended checked = run_program("check study/*.yaml", folder.path(""));
  EXPECT_EQ(checked.code, 0) << checked.error;
  EXPECT_EQ(without_expected_times(checked.out),
            "study/additive.yaml: architecture 'additive' is sound\n"
            "study/experiment.yaml: experiment 'study' is sound\n"
            "study/modulated.yaml: architecture 'modulated' is sound\n"
            "study/recipe.yaml: simulation 'study' is sound\n");
}

TEST(NewProject, FromADatasetUsesItsInputsAndChannels) {
  const Folder folder;
  run_program("simulate " + kDemo + "recipe.yaml' --out data", folder.path(""));
  const Ended made = run_program("new study --from data/dataset.yaml", folder.path(""));
  EXPECT_EQ(made.code, 0) << made.error;
  const Ended checked = run_program("check study/*.yaml", folder.path(""));
  EXPECT_EQ(checked.code, 0) << checked.error;
  EXPECT_EQ(checked.out.find("doubt"), std::string::npos) << checked.out;
  const std::string text = bytes_of(folder.path("study/additive.yaml"));
  for (const char* name : {"V1", "V5", "SPC", "photic", "motion", "attention"}) {
    EXPECT_NE(text.find(name), std::string::npos) << name;
  }
  EXPECT_NE(
      bytes_of(folder.path("study/experiment.yaml")).find("dataset: \"../data/dataset.yaml\"\n"),
      std::string::npos);
}

// A dataset with fewer things than the usual still gives two hypotheses that differ.
TEST(NewProject, FromOneInputAndOneChannelHasTwoHypotheses) {
  for (const char* channels : {"A", "left V1\ttone"}) {
    const Folder folder;
    std::string table = channels;
    const bool is_pair = table.size() > 1;
    for (int k = 0; k < 50; ++k) {
      table += is_pair ? "\n" + std::to_string(k % 7) + "\t" + std::to_string(k % 5)
                       : "\n" + std::to_string(k % 7);
    }
    folder.write("bold.tsv", table + "\n");
    folder.write("events.tsv", "onset\tduration\n10\t20\n50\t20\n");
    folder.write("dataset.yaml",
                 "insula: dataset/1\nname: small\nsubjects:\n- id: s01\n  runs:\n  - id: run-1\n"
                 "    duration: 100 s\n    inputs: {events: events.tsv, name: tone}\n"
                 "    recordings:\n      bold: {modality: bold, file: bold.tsv, interval: 2 s, "
                 "unit: \"%\"}\n");
    const Ended made = run_program("new study --from dataset.yaml", folder.path(""));
    EXPECT_EQ(made.code, 0) << made.error;
    const Ended checked = run_program("check study/*.yaml", folder.path(""));
    EXPECT_EQ(checked.code, 0) << checked.error;
    const std::string rival = is_pair ? "feedback" : "adapting";
    const Ended diff =
        run_program("diff study/additive.yaml study/" + rival + ".yaml", folder.path(""));
    EXPECT_EQ(diff.code, 0) << diff.error;
    EXPECT_EQ(diff.out.find("nothing differs"), std::string::npos) << diff.out;
  }
}

TEST(NewProject, FromAnsweredTrialsAsksWhetherAColumnMatters) {
  const Folder folder;
  std::string trials = "who\tanswer\trt\tsignal\n";
  for (const char* who : {"ann", "bob"})
    for (int k = 0; k < 40; ++k) {
      trials += std::string(who) + "\t" + std::to_string(k * 7 % 5 % 2) + "\t0." +
                std::to_string(40 + k * 11 % 37) + "\t" + std::to_string(k % 3 - 1) + "\n";
    }
  folder.write("trials.tsv", trials);
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: answers\nsubjects:\n  file: trials.tsv\n  by: who\n"
               "  trials: {response: answer, responses: {no: 0, yes: 1}, response_time: rt, "
               "columns: {signal: signal}}\n");
  const Ended made = run_program("new study --from dataset.yaml", folder.path(""));
  EXPECT_EQ(made.code, 0) << made.error;
  const Ended checked = run_program("check study/*.yaml", folder.path(""));
  EXPECT_EQ(checked.code, 0) << checked.error;
  const Ended diff =
      run_program("diff study/indifferent.yaml study/informed.yaml", folder.path(""));
  EXPECT_NE(diff.out.find("adds: decision.drift depends on signal"), std::string::npos) << diff.out;
  const Ended ran = run_program("run study/experiment.yaml --out results", folder.path(""));
  EXPECT_EQ(ran.code, 0) << ran.error;
  EXPECT_NE(ran.out.find("informed"), std::string::npos);
}

TEST(Simulate, MakesTheSameBytesTwiceAndOthersWithAnotherSeed) {
  const Folder folder;
  for (const char* out : {"a", "b", "c --seed 99"}) {
    const Ended ended =
        run_program("simulate " + kDemo + "recipe.yaml' --out " + out, folder.path(""));
    EXPECT_EQ(ended.code, 0) << ended.error;
  }
  for (const auto& entry : fs::directory_iterator(folder.path("a"))) {
    const std::string name = entry.path().filename().string();
    const std::string bytes = bytes_of(entry.path().string());
    EXPECT_FALSE(bytes.empty()) << name;
    EXPECT_EQ(bytes, bytes_of(folder.path("b/" + name))) << name;
  }
  EXPECT_NE(bytes_of(folder.path("a/bold.tsv")), bytes_of(folder.path("c/bold.tsv")));
  EXPECT_EQ(bytes_of(folder.path("a/events.tsv")), bytes_of(folder.path("c/events.tsv")));
  const Ended checked = run_program("check a/dataset.yaml", folder.path(""));
  EXPECT_EQ(checked.out,
            "a/dataset.yaml: dataset 'demo' is sound\n"
            "  note: size: 1 subject, 1 run, 1080 samples of 'bold', 3600 samples of 'pupil', 144 "
            "trials; 0.037 MB in memory\n");
}

TEST(Describe, HasAPageForEveryKindAndListsThemAll) {
  const Folder folder;
  const Catalogue kinds = catalogue();
  const Ended list = run_program("describe", folder.path(""));
  EXPECT_EQ(list.code, 0);
  std::vector<std::string> names;
  for (const experiment::BuiltBaseline& built : experiment::built_baselines())
    names.emplace_back(built.name);
  for (const auto& some : {kind_names(kinds.regions),
                           kind_names(kinds.projections),
                           kind_names(kinds.observations),
                           kind_names(kinds.trials),
                           kind_names(kinds.learners),
                           kind_names(kinds.baselines)}) {
    names.insert(names.end(), some.begin(), some.end());
  }
  for (const std::string& name : names) {
    const Ended ended = run_program("describe " + name, folder.path(""));
    EXPECT_EQ(ended.code, 0) << name;
    EXPECT_EQ(ended.out.rfind(name + " (", 0), 0U) << ended.out;
    EXPECT_NE(ended.out.find("Source: "), std::string::npos) << name;
    EXPECT_NE(list.out.find("\n  " + name + " "), std::string::npos) << name;
  }
}

TEST(Describe, ShowsBothKindsOfOneName) {
  const Folder folder;
  const Ended ended = run_program("describe rate", folder.path(""));
  EXPECT_NE(ended.out.find("rate (region"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("rate (observation"), std::string::npos) << ended.out;
}

TEST(Describe, ExplainsEveryDocument) {
  const Folder folder;
  run_program("new study", folder.path(""));
  run_program("simulate study/recipe.yaml --out data", folder.path(""));
  const auto page = [&](const std::string& file) {
    const Ended ended = run_program("describe " + file, folder.path(""));
    EXPECT_EQ(ended.code, 0) << file << "\n" << ended.error;
    return ended.out;
  };
  EXPECT_NE(page("study/modulated.yaml").find("sensory -> relay.modulation.context"),
            std::string::npos);
  EXPECT_NE(page("study/experiment.yaml").find("5 blocks, gap 32 s"), std::string::npos);
  EXPECT_NE(page("study/recipe.yaml").find("sensory -> relay.modulation.context  0.4 1/s"),
            std::string::npos);
  const std::string data = page("data/dataset.yaml");
  EXPECT_NE(data.find("s01/run-1  480 s     stimulus, context"), std::string::npos) << data;
  EXPECT_NE(data.find("240      none     sensory, relay"), std::string::npos) << data;
}

TEST(Describe, ListsFeaturesAsCheckDoes) {
  const Folder folder;
  folder.write("trials.tsv", "onset\tstimulus\n1\tann\n4\tbob\n");
  folder.write("words.tsv", "word\tlength\tsurprisal\nbob\t3\t1.5\nann\t4\t2\n");
  folder.write_manifest(
      "trials: {file: trials.tsv, onset: onset, stimulus: stimulus}\n"
      "features: {words: {file: words.tsv, names: word, at: trials}}");
  const std::string size = "2 rows x 2 columns of number (32 bytes)";
  const std::string page = run_program("describe dataset.yaml", folder.path("")).out;
  EXPECT_NE(page.find("\nFeatures\n"), std::string::npos) << page;
  EXPECT_NE(page.find("s01/run-1/words  " + size + "  2 trials of 'trials'"), std::string::npos)
      << page;
  const std::string found = run_program("check dataset.yaml", folder.path("")).out;
  EXPECT_NE(
      found.find("note: feature band 'words': " + size + ", 2 trials of 'trials' of s01/run-1"),
      std::string::npos)
      << found;
}

TEST(Describe, CountsTheTrialsOfAllSubjects) {
  const Folder folder;
  folder.write("all.csv",
               "who,choice,rt,coh,side\na,l,0.5,0.1,up\na,r,0.7,0.2,down\na,r,0.1,0.3,up\n"
               "b,r,0.9,0.1,down\nb,n/a,n/a,0.2,up\n");
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: choices\nsubjects:\n  file: all.csv\n  by: who\n"
               "  trials:\n    response: choice\n    responses: {left: l, right: r}\n"
               "    response_time: rt\n    columns: {coherence: {column: coh, unit: \"%\"}}\n"
               "    factors: [side]\n"
               "    exclude: [{column: rt, below: 200 ms, reason: too fast}]\n");
  EXPECT_EQ(run_program("describe dataset.yaml", folder.path("")).out,
            "choices (dataset)\n"
            "\nTrials\n"
            "  table   subjects  runs  trials  in use  responses                  median time\n"
            "  trials  2         2     5       4       left 33.3 %, right 66.7 %  0.7 s\n"
            "\n"
            "  table   columns        factors\n"
            "  trials  coherence (%)  side (up, down)\n"
            "\n"
            "  table   reason    excluded\n"
            "  trials  too fast  1\n");
  const std::string doubts = run_program("check dataset.yaml", folder.path("")).out;
  EXPECT_TRUE(doubts.starts_with("dataset.yaml: dataset 'choices' raises 7 doubts\n")) << doubts;
  for (const char* doubt : {"warning: a/trials: 1 of 3 trials are excluded (trials_excluded)\n",
                            "warning: trials: all responses are the same in subject 'b' "
                            "(one_response_only)\n"}) {
    EXPECT_NE(doubts.find(doubt), std::string::npos) << doubts;
  }
}

TEST(Diff, SaysInWordsWhatChanges) {
  const Folder folder;
  const Ended ended =
      run_program("diff " + kDemo + "ungated.yaml' " + kDemo + "gated.yaml'", folder.path(""));
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.out, "gated against ungated\n  adds: SPC gates V1 → V5\n");
  const Ended same =
      run_program("diff " + kDemo + "gated.yaml' " + kDemo + "gated.yaml'", folder.path(""));
  EXPECT_EQ(same.out, "gated against gated\n  nothing differs\n");
}

TEST(CheckInJson, HoldsMistakesAndDoubtsWithTheirPlaces) {
  const Folder folder;
  folder.write("doubtful.yaml",
               "insula: architecture/1\nname: doubtful\nregions:\n  A: {kind: neuronal}\n"
               "  B: {kind: neuronal}\ninputs:\n  tone: {drives: [A]}\nobservations:\n"
               "  bold: {kind: bold, regions: [A]}\n");
  folder.write("wrong.yaml", "insula: architecture/1\nname: wrong\nregions: {A: {kind: neural}}\n");
  const Ended ended =
      run_program("check doubtful.yaml wrong.yaml absent.yaml --json", folder.path(""));
  EXPECT_EQ(ended.code, 78);
  EXPECT_EQ(ended.error, "");
  const auto files = nlohmann::json::parse(ended.out);
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0]["name"], "doubtful");
  EXPECT_EQ(files[0]["exit_code"], 0);
  ASSERT_FALSE(files[0]["doubts"].empty());
  EXPECT_EQ(files[0]["doubts"][0]["line"], 5);
  ASSERT_EQ(files[1]["mistakes"].size(), 1U);
  EXPECT_EQ(files[1]["mistakes"][0]["line"], 3);
  EXPECT_EQ(files[1]["exit_code"], 78);
  EXPECT_EQ(files[2]["exit_code"], 66);
}

TEST(Check, TellsAllFilesAndReturnsTheFirstMistakesCode) {
  const Folder folder;
  folder.write("note.yaml", "insula: note/1\n");
  const Ended ended =
      run_program("check " + kDemo + "gated.yaml' absent.yaml note.yaml", folder.path(""));
  EXPECT_EQ(ended.code, 66);
  EXPECT_NE(ended.out.find("architecture 'gated' is sound"), std::string::npos);
  EXPECT_NE(ended.error.find("absent.yaml: error: the file does not exist"), std::string::npos);
  EXPECT_NE(ended.error.find("note.yaml:1:9: error: there is no document 'note/1'"),
            std::string::npos);
}

TEST(Check, TellsHowManyFitsAnAblationAdds) {
  const Folder folder;
  fs::copy(INSULA_ROOT "/examples/demo", folder.path("demo"));
  folder.write("demo/experiment.yaml",
               bytes_of(folder.path("demo/experiment.yaml")) + "ablation: gated\n");
  const Ended text = run_program("check demo/experiment.yaml", folder.path(""));
  EXPECT_EQ(text.code, 0) << text.error;
  // Three observations have six proper subsets, each fitted to all data and to five folds.
  EXPECT_NE(text.out.find("  note: the ablation of gated adds 36 fits\n"), std::string::npos)
      << text.out;
  const auto json =
      nlohmann::json::parse(run_program("check demo/experiment.yaml --json", folder.path("")).out);
  EXPECT_EQ(json[0]["notes"][0], "the ablation of gated adds 36 fits");
  const std::string expected = json[0]["notes"][1];
  EXPECT_TRUE(expected.starts_with("expected time: ")) << expected;
  // Four hypotheses, fitted to all data and to five folds.
  // k̂ of the fits to all data looks at 1000 draws each.
  EXPECT_NE(expected.find(" of a processor for 24 fits of hypotheses and 24000 runs at draws from "
                          "posteriors, "),
            std::string::npos)
      << expected;
  EXPECT_NE(expected.find(" ms, and a fit has some 10; baselines come on top"), std::string::npos);
}

// A path may leave the manifest's folder, as those of imports do: who sends the folder on is told.
TEST(Check, TellsWhichFilesLieOutsideOfTheManifestsFolder) {
  const Folder folder;
  fs::create_directory(folder.path("study"));
  folder.write("bold.tsv", "V1\n1\n2\n4\n3\n");
  folder.write("study/dataset.yaml",
               "insula: dataset/1\nname: away\nsubjects:\n- id: s\n  runs:\n  - id: r\n"
               "    duration: 8 s\n    recordings: {bold: {modality: bold, interval: 2 s, file: "
               "../bold.tsv}}\n");
  const Ended away = run_program("check study/dataset.yaml", folder.path(""));
  EXPECT_EQ(away.code, 0);
  EXPECT_NE(away.out.find("  note: 1 of 2 files lies outside of the manifest's folder, "
                          "'../bold.tsv': a copy of the folder alone cannot be read\n"),
            std::string::npos)
      << away.out;
}

// Two runs of twelve channels that repeat a stimulus; in each channel a sample is missing.
TEST(Check, ShowsOneScreenAndListsAllInJson) {
  const Folder folder;
  const auto write = [&](const std::string& name, double noise) {
    std::string table;
    for (int c = 0; c < 12; ++c) table += (c > 0 ? "\tc" : "c") + std::to_string(c);
    for (int s = 0; s < 50; ++s)
      for (int c = 0; c < 12; ++c)
        table +=
            (c > 0 ? "\t" : "\n") +
            (s == c ? "n/a"
                    : std::to_string(std::sin(0.9 * s + c) + noise * std::cos(7.3 * s * (c + 1))));
    folder.write(name, table + "\n");
  };
  write("one.tsv", 0.3);
  write("two.tsv", -0.3);
  std::string manifest = "insula: dataset/1\nname: twice\nsubjects:\n- id: s\n  runs:\n";
  for (const char* run : {"one", "two"})
    manifest += std::string("  - id: ") + run + "\n    duration: 100 s\n    stimulus: again\n" +
                "    recordings: {x: {modality: rate, interval: 2 s, file: " + run + ".tsv}}\n";
  folder.write("dataset.yaml", manifest);
  const Ended shown = run_program("check dataset.yaml", folder.path(""));
  EXPECT_EQ(shown.code, 0);
  const std::string expected =
      "dataset.yaml: dataset 'twice' raises 24 doubts\n"
      "note: s/one/x/c0: 1 of 50 samples is missing (2 %) (missing_share)\n"
      "note: s/one/x/c1: 1 of 50 samples is missing (2 %) (missing_share)\n"
      "note: s/one/x/c2: 1 of 50 samples is missing (2 %) (missing_share)\n"
      "  … and 21 more like it (missing_share); --json lists all\n"
      "  note: size: 1 subject, 2 runs, 1200 samples of 'x'; 0.0096 MB in memory\n"
      "  note: noise ceiling of 'x': what is repeated correlates by up to 0.9";
  EXPECT_EQ(shown.out.substr(0, expected.size()), expected);
  const Ended listed = run_program("check dataset.yaml --json", folder.path(""));
  EXPECT_EQ(nlohmann::json::parse(listed.out)[0]["doubts"].size(), 24U);
}

TEST(Check, TellsOfFeaturesThatChangeFarMoreOftenThanAnythingIsSampled) {
  const Folder folder;
  std::string sound = "loudness\n", bold = "A\n";
  for (int k = 0; k < 2000; ++k) sound += std::to_string(k % 7 - k % 3) + '\n';
  for (int k = 0; k < 20; ++k) bold += std::to_string(k % 5) + '\n';
  folder.write("sound.tsv", sound);
  folder.write("bold.tsv", bold);
  folder.write("dataset.yaml",
               "insula: dataset/1\nname: heard\nsubjects:\n  - id: s1\n    runs:\n      - id: "
               "r1\n        duration: 40 s\n        features: {sound: {file: sound.tsv, rate: 50 "
               "Hz}}\n        recordings:\n          bold: {modality: bold, file: bold.tsv, "
               "interval: 2 s, unit: '%'}\n");
  folder.write("experiment.yaml",
               "insula: experiment/1\nname: heard\ndataset: dataset.yaml\nhypotheses: "
               "[heard.yaml]\nbaselines: [mean]\nvalidation: none\n");
  const auto said = [&](const std::string& steps) {
    folder.write("heard.yaml",
                 "insula: architecture/1\nname: heard\nregions: {A: {kind: neuronal}}\nfeatures: "
                 "{sound: {drives: [A], columns: 1" +
                     steps + "}}\nobservations: {bold: {kind: bold, regions: [A]}}\n");
    return run_program("check experiment.yaml", folder.path("")).out;
  };
  const std::string note =
      "feature band 'sound' has a row every 0.02 s, recordings have a sample every 2 s: `resample: "
      "2 s` in the architecture makes fits faster";
  EXPECT_NE(said("").find(note), std::string::npos) << said("");
  EXPECT_EQ(said(", resample: 1 s").find("makes fits faster"), std::string::npos);
}

// Held-out responses would show in the training samples beside them.
TEST(Check, TellsOfAGapThatIsShorterThanResponsesLast) {
  const Folder folder;
  run_program("new study", folder.path(""));
  const auto said = [&](const std::string& gap) {
    folder.write("study/experiment.yaml",
                 "insula: experiment/1\nname: study\ndataset: recipe.yaml\nhypotheses: "
                 "[additive.yaml]\nbaselines: [mean]\nvalidation: {split: blocks, folds: 2" +
                     gap + "}\n");
    return run_program("check study/experiment.yaml", folder.path("")).out;
  };
  EXPECT_NE(said(", gap: 4 s")
                .find("note: 'gap' is 4 s, but an observation of the hypotheses remembers for 32 "
                      "s: samples that train beside a held-out part share its responses"),
            std::string::npos)
      << said(", gap: 4 s");
  EXPECT_EQ(said(", gap: 32 s").find("'gap'"), std::string::npos);
  EXPECT_EQ(said("").find("'gap'"), std::string::npos);
}

}  // namespace
}  // namespace insula::command

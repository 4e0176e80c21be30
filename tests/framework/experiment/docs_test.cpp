// SPDX-License-Identifier: Apache-2.0
// docs/formats.md says what the readers do: its documents load together, and it names every key.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "framework/experiment/detail/band_rows.h"
#include "framework/experiment/detail/trial_data.h"
#include "framework/experiment/experiment.h"
#include "framework/experiment/twin.h"
#include "framework/simulation/learner_data.h"
#include "tests/framework/dataset/array_files.h"
#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"
#include "tests/framework/experiment/small_experiment.h"

namespace insula::experiment {
namespace {

using dataset::Folder;

std::string page() {
  std::ifstream stream(std::string(INSULA_ROOT) + "/docs/formats.md");
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

struct Document {
  std::string file;  // of the first line, "# forward.yaml"
  std::string kind;  // "architecture"
  std::string text;
};

// The ```yaml blocks of the page.
std::vector<Document> documents() {
  std::vector<Document> all;
  std::istringstream lines(page());
  std::string line;
  bool is_inside = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("```")) {
      is_inside = line == "```yaml";
      if (is_inside) all.emplace_back();
      continue;
    }
    if (!is_inside) continue;
    Document& document = all.back();
    if (document.text.empty() && line.starts_with("# ")) document.file = line.substr(2);
    if (line.starts_with("insula: ")) document.kind = line.substr(8, line.find('/') - 8);
    document.text += line + "\n";
  }
  return all;
}

// A folder with all documents of the page and the files that its dataset names.
class Page {
 public:
  Page() {
    for (const Document& document : documents()) folder.write(document.file, document.text);
    std::string inputs = "photic\tmotion\tattention\n", bold = "time_s\tV1\tMT\n",
                confounds = "x0\n";
    for (int i = 0; i < 20; ++i) {
      inputs += std::to_string(i % 2) + "\t" + std::to_string(i / 2 % 2) + "\t" +
                std::to_string(i / 4 % 2) + "\n";
    }
    std::vector<double> array;
    for (int i = 0; i < 200; ++i) {
      bold += std::to_string(2 * i) + "\t" + std::to_string(i % 7) + "\t" + std::to_string(i % 5) +
              "\n";
      confounds += std::to_string(i % 3) + "\n";
      array.push_back(i % 11);
      array.push_back(i % 13);
    }
    folder.write("inputs.tsv", inputs);
    folder.write("bold.tsv", bold);
    folder.write("confounds.csv", confounds);
    folder.write("bold.npy", dataset::npy("<f8", "(200, 2)", dataset::raw<double>(array)));
    folder.write("trials.tsv",
                 "onset\tchoice\trt\tpicture\tcoh\tcond\n"
                 "10\tl\t450\tann\t0.1\teasy\n50\tr\t120\tbob\t0.4\thard\n"
                 "90\tn/a\tn/a\tann\t0.2\teasy\n");
    folder.write("clip.safetensors",
                 dataset::safetensors("{\"image_embeds\": {\"dtype\": \"F32\", \"shape\": [2, 2], "
                                      "\"data_offsets\": [0, 16]}}",
                                      dataset::raw<float>({1, 2, 3, 4})));
    folder.write("pictures.tsv", "picture\nbob\nann\n");
    folder.write("energy.npy", dataset::npy("<f8", "(200, 2)", dataset::raw<double>(array)));
    folder.write("theta.npy", dataset::npy("<f8", "(3, 1)", dataset::raw<double>({1, -2, 4})));
    folder.write("all.csv", "subject,block,correct,rt\na,1,1.0,0.5\na,2,0.0,0.7\nb,1,1.0,0.6\n");
    folder.write("participants.tsv", "participant_id\tage\tdx\na\t31\tcontrol\nb\t40\tpatient\n");
    folder.write("events.tsv",
                 "onset\tduration\ttrial_type\teffort\n"
                 "10\t20\tflash\t1\n50\t20\tmotion\t0.5\n90\t20\tflash\t2\n");
  }
  Folder folder;
};

TEST(FormatsPage, HoldsEveryKindOfDocumentAndNothingElseAsYaml) {
  std::map<std::string, int> count;
  for (const Document& document : documents()) {
    EXPECT_TRUE(document.file.ends_with(".yaml")) << document.text;
    ++count[document.kind];
  }
  const std::map<std::string, int> expected{
      {"architecture", 9}, {"dataset", 2}, {"experiment", 1}, {"simulation", 1}};
  EXPECT_EQ(count, expected);
}

TEST(FormatsPage, HasArchitecturesThatLoad) {
  const Page page;
  const auto gated = architecture::load(page.folder.path("gated.yaml"), test::portable_kinds());
  ASSERT_EQ(gated.projections.size(), 2U);
  EXPECT_EQ(architecture::to_text(gated, gated.projections[0]), "V1 -> V5");
  EXPECT_EQ(gated.projections[0].gates.size(), 1U);
  EXPECT_EQ(gated.observations[0].channels, (std::vector<std::string>{"V1", "MT"}));
  EXPECT_EQ(gated.observations[0].drift_cutoff, 128);
}

TEST(FormatsPage, HasABandThatIsResampledProjectedReducedAndDelayed) {
  const Page page;
  const auto moved = architecture::load(page.folder.path("moved.yaml"), test::portable_kinds());
  EXPECT_EQ(architecture::columns_of(moved.inputs.back()),
            (std::vector<std::string>{"energy[random_pc1]", "energy[random_pc1] at 2 s"}));
  const dataset::Dataset data = dataset::load(page.folder.path("dataset.yaml"));
  const dataset::Run& run = data.subjects.at(0).runs.at(1);
  EXPECT_EQ(used_rows(*moved.inputs.back().band, *run.feature_band("energy"), run).size(), 20U);
}

TEST(FormatsPage, HasAnAccountOfTheTrialsOfItsDataset) {
  const Page page;
  const auto theta = architecture::load(page.folder.path("theta.yaml"), test::portable_kinds());
  const dataset::Dataset data = dataset::load(page.folder.path("dataset.yaml"));
  dataset::Subject subject = data.subjects.at(0);
  subject.runs.erase(subject.runs.begin());
  const TrialRows rows = trial_rows(subject, theta, theta.trials.at(0));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows.is_whole(0, theta.trials[0]));
  EXPECT_EQ(rows.terms[0](0, 0), 0.1);
  EXPECT_EQ(rows.terms[1](0, 0), 0);
}

TEST(FormatsPage, HasALearnerOfTheTrialsOfItsDataset) {
  const Page page;
  const auto learning =
      architecture::load(page.folder.path("learning.yaml"), test::portable_kinds());
  const dataset::Dataset data = dataset::load(page.folder.path("dataset.yaml"));
  dataset::Subject subject = data.subjects.at(0);
  subject.runs.erase(subject.runs.begin());
  const simulation::LearnerRows rows = simulation::learner_rows(subject, learning.learners.at(0));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.outcome[0], 0);
  const std::vector<double> at{0.25, 0.5};
  const LearnerSignals signals = simulation::learner_signals(learning.learners[0], rows, at, false);
  EXPECT_EQ(signals.value(0, 0), 0.5);
  EXPECT_EQ(signals.value(0, 1), -0.5);
}

TEST(FormatsPage, HasInputsThatHoldWhatIsLearnedInItsDataset) {
  const Page page;
  const auto reward = architecture::load(page.folder.path("reward.yaml"), test::portable_kinds());
  ASSERT_EQ(reward.inputs.size(), 3U);
  EXPECT_EQ(reward.projections[0].contexts, std::vector<std::string>{"belief"});
  const dataset::Dataset data = dataset::load(page.folder.path("dataset.yaml"));
  const auto stretches =
      simulation::stretches_of(reward, reward.inputs[2], data.subjects.at(0).runs.at(1));
  ASSERT_EQ(stretches.size(), 1U);
  EXPECT_EQ(stretches[0].from, 10.5);
  EXPECT_EQ(stretches[0].to, 11);
}

TEST(FormatsPage, HasADatasetThatLoads) {
  const Page page;
  const dataset::Dataset data = dataset::load(page.folder.path("dataset.yaml"));
  const std::vector<dataset::Run>& runs = data.subjects.at(0).runs;
  ASSERT_EQ(runs.size(), 2U);
  for (const dataset::Run& run : runs) {
    for (const char* input : {"photic", "motion", "attention"}) {
      EXPECT_NE(run.input(input), nullptr) << run.id << " " << input;
    }
    EXPECT_EQ(run.recording("bold")->channels, (std::vector<std::string>{"V1", "MT"}));
    EXPECT_EQ(run.recording("bold")->samples.rows(), 200);
  }
  EXPECT_EQ(runs[1].input("attention")->at(55), 0.5);
  EXPECT_EQ(runs[1].input("photic")->at(55), 1);
}

TEST(FormatsPage, HasTrialsThatLoad) {
  const Page page;
  const dataset::Dataset data = dataset::load(page.folder.path("dataset.yaml"));
  const dataset::Trials* trials = data.subjects.at(0).runs.at(1).trial_table("trials");
  ASSERT_NE(trials, nullptr);
  EXPECT_EQ(trials->exclusion, (std::vector<int>{dataset::kInUse, 0, 1}));
  EXPECT_EQ(trials->response_time[0], 0.45);
  EXPECT_EQ(trials->column("theta")->value[1], -0.002);
  const dataset::Dataset many = dataset::load(page.folder.path("subjects.yaml"));
  ASSERT_EQ(many.subjects.size(), 2U);
  EXPECT_EQ(many.subjects[0].runs.size(), 2U);
  EXPECT_EQ(many.subjects[0].runs[1].trials.at(0).response, std::vector<int>{0});
  ASSERT_EQ(many.covariates.size(), 2U);
  EXPECT_EQ(many.covariates[0].value, (std::vector<double>{31, 40}));
}

TEST(FormatsPage, HasFeaturesThatLoad) {
  const Page page;
  const dataset::Dataset data = dataset::load(page.folder.path("dataset.yaml"));
  const dataset::Run& run = data.subjects.at(0).runs.at(1);
  EXPECT_EQ(run.feature_band("clip")->row, (std::vector<std::size_t>{1, 0, 1}));
  EXPECT_EQ(run.feature_band("energy")->interval, 0.1);
}

TEST(FormatsPage, HasARecipeThatLoads) {
  const Page page;
  const Recipe recipe = read_recipe(page.folder.path("recipe.yaml"), test::portable_kinds());
  EXPECT_EQ(recipe.subjects.size(), 2U);
  EXPECT_EQ(recipe.recordings.at(0).missing, 0.05);
}

TEST(FormatsPage, HasAnExperimentThatLoads) {
  const Page page;
  const Experiment e = load(page.folder.path("experiment.yaml"), test::portable_kinds());
  EXPECT_EQ(e.hypotheses.size(), 2U);
  EXPECT_EQ(e.folds, 6);
  EXPECT_EQ(e.gap, 32);
}

// The names in "it has: a, b, c" of the mistakes about a key that there is not, for every mapping
// of the document into which the key `no_such_key` is put.
void collect_keys(const std::string& note, std::set<std::string>& keys) {
  const std::size_t at = note.find("it has: ");
  if (at == std::string::npos) return;
  std::istringstream names(note.substr(at + 8));
  for (std::string name; std::getline(names, name, ',');) {
    keys.insert(name.starts_with(' ') ? name.substr(1) : name);
  }
}

std::set<std::string> known_keys(const std::string& text,
                                 const std::function<void(const std::string&)>& read) {
  const Page page;
  page.folder.write("asked.yaml", text);
  std::set<std::string> keys;
  try {
    read(page.folder.path("asked.yaml"));
    ADD_FAILURE() << "no_such_key was accepted";
  } catch (const InputError& error) {
    for (const Mistake& mistake : error.mistakes()) {
      if (mistake.message.find("no_such_key") != std::string::npos)
        collect_keys(mistake.note, keys);
    }
  }
  return keys;
}

void expect_named(const std::set<std::string>& keys, std::size_t at_least) {
  EXPECT_GE(keys.size(), at_least);
  const std::string text = page();
  for (const std::string& key : keys) {
    EXPECT_NE(text.find("`" + key + "`"), std::string::npos) << "docs/formats.md lacks " << key;
  }
}

TEST(FormatsPage, NamesEveryKeyOfAnExperiment) {
  expect_named(known_keys("insula: experiment/1\nno_such_key: 1\n"
                          "inference: {no_such_key: 1}\nvalidation: {no_such_key: 1}\n"
                          "comparison: {no_such_key: 1}\n",
                          [](const std::string& path) { load(path, test::portable_kinds()); }),
               22);
}

TEST(FormatsPage, NamesEveryKeyOfADataset) {
  expect_named(
      known_keys("insula: dataset/1\nno_such_key: 1\nrepeats: {no_such_key: 1}\nsets: {a: "
                 "{no_such_key: 1}}\nsubjects:\n- id: "
                 "s\n  no_such_key: 1\n"
                 "  runs:\n  - id: r\n    no_such_key: 1\n    inputs:\n"
                 "    - {file: inputs.tsv, no_such_key: 1}\n"
                 "    - {events: events.tsv, no_such_key: 1}\n"
                 "    recordings: {bold: {no_such_key: 1, confounds: {no_such_key: 1}, censor: "
                 "{no_such_key: 1}}}\n"
                 "    features: {clip: {no_such_key: 1, names: {no_such_key: 1}}}\n"
                 "    trials: {file: trials.tsv, no_such_key: 1, exclude: [{no_such_key: 1}],\n"
                 "      columns: {a: {no_such_key: 1}}, factors: {b: {no_such_key: 1}}}\n",
                 [](const std::string& path) { dataset::load(path); }),
      47);
  expect_named(known_keys("insula: dataset/1\nname: a\nsubjects: {no_such_key: 1}\n"
                          "participants: {file: participants.tsv, no_such_key: 1}\n",
                          [](const std::string& path) { dataset::load(path); }),
               10);
}

TEST(FormatsPage, NamesEveryKeyOfASimulation) {
  expect_named(
      known_keys("insula: simulation/1\narchitecture: forward.yaml\nduration: 100 s\n"
                 "no_such_key: 1\ninputs:\n  photic: {events: [], no_such_key: 1}\n"
                 "  motion: {every: 60 s, no_such_key: 1}\n"
                 "  attention: {block: 20 s, no_such_key: 1}\n"
                 "recordings:\n  bold: {no_such_key: 1}\n",
                 [](const std::string& path) { read_recipe(path, test::portable_kinds()); }),
      20);
}

TEST(FormatsPage, NamesEveryKeyOfAnArchitecture) {
  expect_named(
      known_keys("insula: architecture/1\nno_such_key: 1\nregions:\n  A: {kind: neuronal}\n"
                 "observations:\n  bold: {kind: bold, regions: [A], no_such_key: 1}\n"
                 "learners:\n  a: {kind: rescorla_wagner, outcome: r, no_such_key: 1}\n"
                 "inputs:\n  b: {signal: a.value, no_such_key: 1}\n"
                 "features:\n  c: {drives: [A], no_such_key: 1, reduce: {no_such_key: 1}}\n",
                 [](const std::string& path) { architecture::load(path, test::portable_kinds()); }),
      32);
}

}  // namespace
}  // namespace insula::experiment

// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/features.h"

#include <cmath>

#include "framework/base/random.h"
#include "framework/dataset/file.h"
#include "tests/framework/dataset/array_files.h"
#include "tests/framework/dataset/damage.h"

namespace insula::dataset {
namespace {

// Five stimuli with three features; four trials, the third of which is excluded.
class Stimuli {
 public:
  Stimuli() {
    folder.write("clip.npz", read_bytes(reference_array("stored.npz")));
    folder.write("pictures.tsv", "picture\tname\n1\tann\n2\tbob\n3\tcat\n4\tdog\n5\tewe\n");
    folder.write("words.csv", "word,surprisal,length\nann,1.5,3\nbob,2.5,4\ncat,3,5\n");
    folder.write("trials.tsv",
                 "onset\tstimulus\tpicture\trt\n1\tcat\t3.0\t0.5\n3\tann\t1\t0.6\n"
                 "5\tn/a\tn/a\t0.1\n7\tcat\t3\t0.7\n");
    folder.write("events.tsv",
                 "onset\tduration\tword\n4\t1\tbob\n2\t0.5\tann\n3\t1\tn/a\n6\tn/a\tbob\n");
  }

  // A run with trials and the band.
  Run run(const std::string& band) const {
    return folder.load_run(kTrials + ("features: {clip: " + band + "}"));
  }
  std::string mistakes(const std::string& band) const {
    return folder.mistakes(kTrials + ("features:\n  clip: " + band));
  }
  std::string check_of(const std::string& band, const std::string& check) const {
    folder.write_manifest(kTrials + ("features: {clip: " + band + "}"));
    for (const Finding& finding : dataset::check(folder.load())) {
      if (finding.check == check) return finding.where + ": " + finding.message;
    }
    return "";
  }

  Folder folder;
  static inline const std::string kTrials =
      "trials: {file: trials.tsv, onset: onset, response_time: rt, stimulus: stimulus, "
      "columns: [picture], duration: 500 ms, exclude: [{column: rt, below: 200 ms, reason: "
      "fast}]}\n";
};

constexpr const char* kByName =
    "{file: clip.npz, array: embedding, at: trials, names: {file: pictures.tsv, column: name}}";

TEST(Features, OfTrialsHaveTheRowOfTheirStimulus) {
  const auto run = Stimuli().run(kByName);
  ASSERT_EQ(run.features.size(), 1U);
  const FeatureBand& band = run.features[0];
  EXPECT_EQ(run.feature_band("clip"), &band);
  EXPECT_EQ(run.feature_band("other"), nullptr);
  EXPECT_EQ(band.row, (std::vector<std::size_t>{2, 0, kNoRow, 2}));
  EXPECT_EQ(band.onset, (std::vector<double>{1, 3, 5, 7}));
  EXPECT_EQ(band.duration, std::vector<double>(4, 0.5));
  EXPECT_EQ(band.at, "trials");
  EXPECT_FALSE(band.is_by_sample());
  EXPECT_EQ(band.sha256, sha256(read_bytes(reference_array("stored.npz"))));
  EXPECT_EQ(band.array, "embedding");
  EXPECT_EQ(size_text(band), "5 rows x 3 columns of <f4 (60 bytes)");
  EXPECT_EQ(alignment_text(band), "3 of 4 trials of 'trials'");
}

// A file that names its rows needs no 'names'; the manifest's go before the file's.
TEST(Features, OfAFileThatNamesItsRowsAreFoundByThem) {
  const Stimuli stimuli;
  stimuli.folder.write(
      "named.safetensors",
      safetensors(R"({"__metadata__": {"row_names": "[\"cat\", \"x\", \"ann\"]"}, "a": )"
                  R"({"dtype": "F32", "shape": [3, 1], "data_offsets": [0, 12]}})",
                  std::string(12, '\0')));
  EXPECT_EQ(stimuli.run("{file: named.safetensors, at: trials}").features.at(0).row,
            (std::vector<std::size_t>{0, 2, kNoRow, 0}));
  stimuli.folder.write("other.tsv", "name\nann\nbob\ncat\n");
  EXPECT_EQ(stimuli
                .run("{file: named.safetensors, at: trials, names: {file: other.tsv, column: "
                     "name}}")
                .features.at(0)
                .row,
            (std::vector<std::size_t>{2, 0, kNoRow, 2}));
}

TEST(Features, KeysMayBeNumbersHoweverTheyAreWritten) {
  const Stimuli stimuli;
  EXPECT_EQ(stimuli
                .run("{file: clip.npz, array: embedding, at: trials, key: picture, names: {file: "
                     "pictures.tsv, column: picture}}")
                .features.at(0)
                .row,
            (std::vector<std::size_t>{2, 0, kNoRow, 2}));
  // Without names a key is the number of its row.
  EXPECT_EQ(stimuli.run("{file: clip.npz, array: embedding, at: trials, key: picture}")
                .features.at(0)
                .row,
            (std::vector<std::size_t>{3, 1, kNoRow, 3}));
}

TEST(Features, MayLieInATable) {
  const FeatureBand band =
      Stimuli().run("{file: words.csv, names: word, at: trials}").features.at(0);
  EXPECT_EQ(band.columns, (std::vector<std::string>{"surprisal", "length"}));
  EXPECT_EQ(band.row, (std::vector<std::size_t>{2, 0, kNoRow, 2}));
  const std::vector<std::size_t> rows{2, 0, 2};
  EXPECT_EQ(feature_rows(band, rows), (Eigen::MatrixXd(3, 2) << 3, 5, 1.5, 3, 3, 5).finished());
}

TEST(Features, OfEventsAreInTheOrderOfTheirOnsets) {
  const FeatureBand band =
      Stimuli()
          .run("{file: words.csv, columns: surprisal, names: word, at: events.tsv, key: word}")
          .features.at(0);
  EXPECT_EQ(band.row, (std::vector<std::size_t>{0, 1, 1}));
  EXPECT_EQ(band.onset, (std::vector<double>{2, 4, 6}));
  EXPECT_EQ(band.duration[0], 0.5);
  EXPECT_TRUE(std::isnan(band.duration[2]));
  EXPECT_EQ(band.at, "");
  EXPECT_EQ(alignment_text(band), "3 events");
  const FeatureBand held = Stimuli()
                               .run(
                                   "{file: words.csv, names: word, at: events.tsv, key: word, "
                                   "onset: onset, duration: 250 ms}")
                               .features.at(0);
  EXPECT_EQ(held.duration, std::vector<double>(3, 0.25));
}

TEST(Features, OfSamplesHaveATimeEach) {
  const FeatureBand band =
      Stimuli().run("{file: clip.npz, array: by_column, rate: 0.5 Hz, start: 1 s}").features.at(0);
  EXPECT_TRUE(band.is_by_sample());
  EXPECT_EQ(band.interval, 2);
  EXPECT_EQ(band.start, 1);
  EXPECT_TRUE(band.row.empty());
  EXPECT_EQ(alignment_text(band), "every 2 s from 1 s");
}

TEST(Features, OfTheDatasetBelongToEveryRunWithTheTrials) {
  const Stimuli stimuli;
  stimuli.folder.write(
      "dataset.yaml",
      "insula: dataset/1\nname: test\n"
      "features: {clip: {file: clip.npz, array: embedding, at: trials, names: {file: pictures.tsv, "
      "column: name}}}\n"
      "subjects:\n- id: a\n  runs:\n"
      "  - {id: r1, duration: 10 s, " +
          Stimuli::kTrials.substr(0, Stimuli::kTrials.size() - 1) +
          "}\n"
          "  - {id: r2, duration: 10 s, " +
          Stimuli::kTrials.substr(0, Stimuli::kTrials.size() - 1) +
          "}\n"
          "  - {id: r3, duration: 10 s}\n");
  const Dataset data = stimuli.folder.load();
  const std::vector<dataset::Run>& runs = data.subjects.at(0).runs;
  EXPECT_EQ(runs.at(0).features.at(0).row, (std::vector<std::size_t>{2, 0, kNoRow, 2}));
  EXPECT_EQ(runs.at(1).features.at(0).row, runs[0].features[0].row);
  EXPECT_TRUE(runs.at(2).features.empty());
  EXPECT_EQ(data.feature_names(), std::vector<std::string>{"clip"});
  EXPECT_EQ(data.files.size(), 4U);  // the manifest, the trials, the array, the names
}

TEST(Features, WithoutAKeyFollowTheTrials) {
  const Folder folder;
  folder.write("t.tsv", "onset\n1\n2\n");
  folder.write("x.npy", npy("<f4", "(2, 3)", raw<float>({1, 2, 3, 4, 5, 6})));
  const std::string trials = "trials: {file: t.tsv, onset: onset}\n";
  const auto run = folder.load_run(trials + "features: {x: {file: x.npy, at: trials}}");
  EXPECT_EQ(run.features.at(0).row, (std::vector<std::size_t>{0, 1}));
  folder.write("t.tsv", "onset\n1\n2\n3\n");
  EXPECT_EQ(
      folder.mistakes(trials + "features: {x: {file: x.npy, at: trials}}"),
      "DIR/dataset.yaml:9:16: error: feature band 'x' of s01/run-1 has 2 rows, but s01/run-1 "
      "has 3 trials\n"
      "    9 |     features: {x: {file: x.npy, at: trials}}\n"
      "      |                ^\n"
      "  note: without a 'key', row k belongs to trial k; 'key' names the factor or column of "
      "trials that says which row");
}

TEST(Features, AreReadRowByRowAsAskedFor) {
  const Folder folder;
  std::vector<float> values;
  for (int i = 0; i < 3000; ++i) values.push_back(static_cast<float>(std::sin(i)));
  folder.write("x.npy", npy("<f4", "(1000, 3)", raw(values)));
  const FeatureBand band =
      folder.load_run("features: {x: {file: x.npy, rate: 100 Hz}}").features.at(0);
  const Eigen::MatrixXd all = band.values.matrix();
  const std::vector<std::size_t> rows{999, 0, 500, 501, 500, 7, 502};
  const Eigen::MatrixXd some = feature_rows(band, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(some.row(static_cast<Eigen::Index>(i)), all.row(static_cast<Eigen::Index>(rows[i])));
  }
  EXPECT_EQ(feature_rows(band, {}).rows(), 0);
}

TEST(Features, ThatAreNotFiniteAreFoundAndRefused) {
  Stimuli stimuli;
  stimuli.folder.write("bad.npy",
                       npy("<f4", "(5, 2)", raw<float>({1, 2, 1, 4, NAN, NAN, 1, 8, 1, INFINITY})));
  const std::string band = "{file: bad.npy, at: trials, names: {file: pictures.tsv, column: name}}";
  // Row 4 is used by no trial; ann is row 0 and cat is row 2.
  EXPECT_EQ(stimuli.check_of(band, "feature_not_finite"),
            "s01/run-1/clip: 2 of 4 features are not finite; the first is at row 2, column 0 "
            "(counted from 0)");
  EXPECT_EQ(stimuli.check_of(band, "feature_rows_unused"),
            "s01/run-1/clip: 3 of 5 rows belong to no trial or event");
  const FeatureBand loaded = stimuli.run(band).features.at(0);
  const std::vector<std::size_t> right{0, 1, 3}, wrong{3, 4};
  EXPECT_EQ(feature_rows(loaded, right)(1, 1), 4);
  try {
    feature_rows(loaded, wrong);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.mistakes().at(0).message,
              "feature band 'clip' is inf at row 4, column 1 (counted from 0) of 'bad.npy', but "
              "features must be "
              "known");
  }
}

TEST(Features, AreCheckedForConstantColumnsAndGapsInTime) {
  Stimuli stimuli;
  stimuli.folder.write("flat.npy",
                       npy("<f4", "(5, 2)", raw<float>({1, 2, 1, 4, 1, 6, 1, 8, 1, 9})));
  EXPECT_EQ(stimuli.check_of("{file: flat.npy, rate: 1 Hz}", "constant_feature"),
            "s01/run-1/clip: 1 of 2 columns hold one value in all rows in use");
  EXPECT_EQ(stimuli.check_of("{file: flat.npy, rate: 1 Hz}", "features_shorter_than_run"),
            "s01/run-1/clip: the features are known from 0 s to 5 s of a run of 10 s");
  EXPECT_EQ(stimuli.check_of("{file: flat.npy, rate: 0.5 Hz}", "features_shorter_than_run"), "");
  stimuli.folder.write("late.tsv", "onset\tword\n12\tbob\n1\tann\n");
  EXPECT_EQ(stimuli.check_of("{file: words.csv, names: word, at: late.tsv, key: word}",
                             "events_outside_run"),
            "s01/run-1/clip: 1 of 2 events begin outside the run, which lasts 10 s");
  EXPECT_EQ(stimuli.check_of(kByName, "constant_feature"), "");
}

TEST(Features, WhoseKeysHaveNoRowAreRefused) {
  Stimuli stimuli;
  stimuli.folder.write("pictures.tsv", "name\nann\nbob\ncta\ndog\newe\n");
  EXPECT_EQ(stimuli.mistakes(kByName),
            "DIR/dataset.yaml:10:7: error: feature band 'clip' of s01/run-1 has no row for 2 "
            "trials of s01/run-1; the first is trial 0 (counted from 0), whose 'stimulus' is "
            "'cat'\n"
            "   10 |       clip: {file: clip.npz, array: embedding, at: trials, names: {file: "
            "pictures.tsv, column: name}}\n"
            "      |       ^~~~\n"
            "  note: did you mean 'cta'?");
  stimuli.folder.write("pictures.tsv", "name\nann\nbob\ncat\ndog\n");
  EXPECT_EQ(
      stimuli.mistakes(kByName),
      "DIR/dataset.yaml:10:74: error: 'names' of feature band 'clip' of s01/run-1 has 4 rows, "
      "but the features have 5\n"
      "   10 |       clip: {file: clip.npz, array: embedding, at: trials, names: {file: "
      "pictures.tsv, column: name}}\n"
      "      |                                                                          "
      "^~~~~~~~~~~~\n"
      "  note: it gives the key of each row of features, in their order");
  stimuli.folder.write("pictures.tsv", "name\nann\nbob\nann\nn/a\ncat\n");
  EXPECT_EQ(stimuli.mistakes(kByName),
            "DIR/pictures.tsv:4:1: error: 'ann' names a second row of features\n"
            "    4 | ann\n"
            "      | ^~~\n"
            "  note: the first is row 0 (counted from 0)\n"
            "DIR/pictures.tsv:5:1: error: the name of a row of features is missing here\n"
            "    5 | n/a\n"
            "      | ^~~");
}

TEST(Features, WhoseRowsAreNotNumbersOfRowsAreRefused) {
  const std::string text = Stimuli().mistakes("{file: clip.npz, array: embedding, at: trials}");
  EXPECT_NE(text.find("the first is trial 0 (counted from 0), whose 'stimulus' is 'cat'"),
            std::string::npos);
  EXPECT_NE(text.find("without 'names' a key is the number of a row, 0 to 4"), std::string::npos);
}

TEST(Features, OfDamagedManifestsLoadOrAreRefused) {
  const Stimuli stimuli;
  stimuli.folder.write_manifest(Stimuli::kTrials +
                                "features:\n  clip: {file: clip.npz, array: embedding, at: trials, "
                                "key: picture, names: {file: "
                                "pictures.tsv, column: picture}}\n  words: {file: words.csv, "
                                "columns: [surprisal], names: word, "
                                "at: events.tsv, key: word, duration: 1 s}\n  energy: {file: "
                                "clip.npz, array: counts, rate: 2 "
                                "Hz, start: 1 s}");
  const std::string good = read_bytes(stimuli.folder.path("dataset.yaml"));
  EXPECT_EQ(stimuli.folder.load().feature_names().size(), 3U);
  int refused = 0;
  for (int i = 0; i < 200; ++i) {
    Stream stream(41, "features" + std::to_string(i));
    stimuli.folder.write("dataset.yaml", damaged(good, stream));
    try {
      for (const Finding& finding : dataset::check(stimuli.folder.load())) {
        EXPECT_FALSE(finding.message.empty()) << i;
      }
    } catch (const InputError& error) {
      EXPECT_FALSE(error.mistakes().empty()) << i;
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace insula::dataset

// SPDX-License-Identifier: Apache-2.0
// What a person is told when a manifest or a file that it names is wrong.
#include <gtest/gtest.h>

#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

ExitCode code_of(const Folder& folder) {
  try {
    folder.load();
    return ExitCode::success;
  } catch (const InputError& error) {
    return error.code();
  }
}

TEST(LoadMistakes, AManifestThatIsMissing) {
  const Folder folder;
  EXPECT_EQ(code_of(folder), ExitCode::no_input);
}

TEST(LoadMistakes, AllMistakesOfAManifestAreToldAtOnce) {
  const Folder folder;
  folder.write("bold.tsv", "V1\tV5\n1\t2\n");
  folder.write("dataset.yaml",
               "insula: dataset/1\n"
               "name: test\n"
               "license: mine\n"
               "subjects:\n"
               "- id: s01\n"
               "  runs:\n"
               "  - id: run-1\n"
               "    duration: -10 s\n"
               "    recordings:\n"
               "      bold: {modality: bold, file: bold.tsv, interval: 2 s, rate: 1 Hz}\n"
               "      fast: {modality: bold, file: bold.tsv, channels: [V1, V2]}\n"
               "  - id: run-1\n"
               "    duration: 4\n"
               "- id: s01\n"
               "  runs: []\n");
  EXPECT_EQ(
      folder.mistakes(),
      "DIR/dataset.yaml:3:1: error: the dataset has no key 'license'\n"
      "    3 | license: mine\n"
      "      | ^~~~~~~\n"
      "  note: did you mean 'licence'? it has: insula, name, description, citation, licence, "
      "subjects, participants, features, repeats, sets\n"
      "DIR/dataset.yaml:8:15: error: 'duration' of run 's01/run-1' must be positive, got -10 s\n"
      "    8 |     duration: -10 s\n"
      "      |               ^~~~~\n"
      "DIR/dataset.yaml:10:67: error: recording 'bold' has both 'interval' and 'rate', expected "
      "one of them\n"
      "   10 |       bold: {modality: bold, file: bold.tsv, interval: 2 s, rate: 1 Hz}\n"
      "      |                                                                   ^~~~\n"
      "DIR/dataset.yaml:11:13: error: recording 'fast' needs an 'interval' or a 'rate'\n"
      "   11 |       fast: {modality: bold, file: bold.tsv, channels: [V1, V2]}\n"
      "      |             ^\n"
      "  note: for example 'interval: 2 s' or 'rate: 60 Hz'\n"
      "DIR/dataset.yaml:11:61: error: 'DIR/bold.tsv' has no column 'V2'\n"
      "   11 |       fast: {modality: bold, file: bold.tsv, channels: [V1, V2]}\n"
      "      |                                                             ^~\n"
      "  note: did you mean 'V1'? it has: V1, V5\n"
      "DIR/dataset.yaml:12:9: error: two runs have the id 'run-1'\n"
      "   12 |   - id: run-1\n"
      "      |         ^~~~~\n"
      "DIR/dataset.yaml:13:15: error: 'duration' of run 's01/run-1' needs a time with its unit, "
      "got 4\n"
      "   13 |     duration: 4\n"
      "      |               ^\n"
      "  note: the units of a time are s, ms, us, µs, min and h\n"
      "DIR/dataset.yaml:14:7: error: two subjects have the id 's01'\n"
      "   14 | - id: s01\n"
      "      |       ^~~\n"
      "DIR/dataset.yaml:15:9: error: subject 's01' has no runs, expected at least one\n"
      "   15 |   runs: []\n"
      "      |         ^");
  EXPECT_EQ(code_of(folder), ExitCode::config);
}

TEST(LoadMistakes, WrongCellsHaveAPlaceAndCodeData) {
  const Folder folder;
  folder.write("bold.tsv", "V1\tV5\n1\tx\n1,5\tinf\n");
  EXPECT_EQ(folder.mistakes("recordings: {bold: {modality: bold, file: bold.tsv, interval: 2 s}}"),
            "DIR/bold.tsv:2:3: error: 'x' in column 'V5' is not a finite number\n"
            "    2 | 1\tx\n"
            "      |  \t^\n"
            "DIR/bold.tsv:3:1: error: '1,5' in column 'V1' is not a finite number\n"
            "    3 | 1,5\tinf\n"
            "      | ^~~\n"
            "  note: write a decimal point, not a comma\n"
            "DIR/bold.tsv:3:5: error: 'inf' in column 'V5' is not a finite number\n"
            "    3 | 1,5\tinf\n"
            "      |    \t^~~");
  EXPECT_EQ(code_of(folder), ExitCode::data);
}

TEST(LoadMistakes, OfAFileAreToldOnceHoweverOftenItIsUsed) {
  const Folder folder;
  folder.write("bold.tsv", "V1\nx\n2\n");
  folder.write("ragged.tsv", "V1\n1\t2\n");
  const std::string text = folder.mistakes(
      "recordings:\n  a: {modality: bold, file: bold.tsv, interval: 2 s}\n"
      "  b: {modality: bold, file: bold.tsv, interval: 2 s}\n"
      "  c: {modality: bold, file: ragged.tsv, interval: 2 s}\n"
      "  d: {modality: bold, file: ragged.tsv, interval: 2 s}");
  EXPECT_EQ(text,
            "DIR/bold.tsv:2:1: error: 'x' in column 'V1' is not a finite number\n"
            "    2 | x\n"
            "      | ^\n"
            "DIR/ragged.tsv:2:1: error: the row has 2 cells, the header has 1\n"
            "    2 | 1\t2\n"
            "      | ^~~");
}

TEST(LoadMistakes, ManyWrongCellsAreCounted) {
  const Folder folder;
  std::string text = "V1\n";
  for (int i = 0; i < 500; ++i) text += "x\n";
  folder.write("bold.tsv", text);
  folder.write_manifest("recordings: {bold: {modality: bold, file: bold.tsv, interval: 2 s}}");
  try {
    folder.load();
    FAIL();
  } catch (const InputError& error) {
    ASSERT_EQ(error.mistakes().size(), 21U);
    EXPECT_EQ(error.mistakes()[0].message,
              "the file has 500 wrong cells; the first 20 found follow");
    EXPECT_EQ(error.mistakes()[20].place.line, 21);
  }
}

TEST(LoadMistakes, AnInfiniteNumberInAnArrayIsToldByPosition) {
  const Folder folder;
  folder.write("x.npy", npy("<f8", "(2, 2)", raw<double>({1, 2, 3, -1 / 0.0})));
  EXPECT_EQ(
      folder.mistakes("recordings: {r: {modality: rate, file: x.npy, interval: 2 s}}"),
      "DIR/x.npy: error: '-inf' in column '1' is not a finite number at row 1, column 1 (counted "
      "from 0)");
}

TEST(LoadMistakes, FilesThatAreNotThereOrHaveNoFormat) {
  const Folder folder;
  EXPECT_EQ(folder.mistakes("recordings:\n  a: {modality: bold, file: no.tsv, interval: 2 s}\n"
                            "  b: {modality: bold, file: x.mat, interval: 2 s}\n"
                            "  c: {modality: bold, file: x.tsv, format: tvs, interval: 2 s}"),
            "DIR/dataset.yaml:9:33: error: 'DIR/no.tsv': the file does not exist\n"
            "    9 |       a: {modality: bold, file: no.tsv, interval: 2 s}\n"
            "      |                                 ^~~~~~\n"
            "DIR/dataset.yaml:10:33: error: the extension of 'x.mat' does not tell its format\n"
            "   10 |       b: {modality: bold, file: x.mat, interval: 2 s}\n"
            "      |                                 ^~~~~\n"
            "  note: rename it or add 'format:' tsv, csv, npy, npz, safetensors or hdf5\n"
            "DIR/dataset.yaml:11:48: error: 'format' of recording 'c' cannot be 'tvs'\n"
            "   11 |       c: {modality: bold, file: x.tsv, format: tvs, interval: 2 s}\n"
            "      |                                                ^~~\n"
            "  note: did you mean 'tsv'? it can be: tsv, csv, npy, npz, safetensors, hdf5");
}

TEST(LoadMistakes, AVariableThatIsNotSetIsToldOnce) {
  const Folder folder;
  EXPECT_EQ(
      folder.mistakes("recordings:\n"
                      "  a: {modality: bold, file: \"${INSULA_UNSET}/d/a.tsv\", interval: 2 s}\n"
                      "  b: {modality: bold, file: \"${INSULA_UNSET}/d/b.tsv\", interval: 2 s}\n"
                      "  c: {modality: bold, file: \"${INSULA\", interval: 2 s}"),
      "DIR/dataset.yaml:9:33: error: the environment variable INSULA_UNSET is not set\n"
      "    9 |       a: {modality: bold, file: \"${INSULA_UNSET}/d/a.tsv\", interval: 2 s}\n"
      "      |                                 ^~~~~~~~~~~~~~~~~~~~~~~~~\n"
      "  note: set INSULA_UNSET to the folder that holds 'd/a.tsv'; the README beside this file "
      "tells how to get the data\n"
      "DIR/dataset.yaml:11:33: error: the path '${INSULA' starts with '${', expected '${NAME}/…'\n"
      "   11 |       c: {modality: bold, file: \"${INSULA\", interval: 2 s}\n"
      "      |                                 ^~~~~~~~~~");
}

TEST(LoadMistakes, ChannelsDelaysAndConfounds) {
  const Folder folder;
  folder.write("bold.tsv", "V1\tV5\n1\t2\n3\t4\n");
  folder.write("c.tsv", "x\n1\nn/a\n2\n");
  EXPECT_EQ(folder.mistakes("recordings:\n"
                            "  a:\n"
                            "    modality: bold\n"
                            "    file: bold.tsv\n"
                            "    interval: 2 s\n"
                            "    channels: [V1, V1, V5]\n"
                            "    delay: {V1: 1 s, V4: 2}\n"
                            "    confounds: {file: c.tsv}"),
            "DIR/c.tsv:3:1: error: a confound is missing here, but confounds must be known at "
            "every sample\n"
            "    3 | n/a\n"
            "      | ^~~\n"
            "DIR/dataset.yaml:13:24: error: recording 'a' names 'V1' twice\n"
            "   13 |         channels: [V1, V1, V5]\n"
            "      |                        ^~\n"
            "DIR/dataset.yaml:14:16: error: 'delay' of recording 'a' lacks channel 'V5'\n"
            "   14 |         delay: {V1: 1 s, V4: 2}\n"
            "      |                ^\n"
            "DIR/dataset.yaml:14:26: error: 'delay' of recording 'a' names 'V4', which is no "
            "channel of it\n"
            "   14 |         delay: {V1: 1 s, V4: 2}\n"
            "      |                          ^~\n"
            "  note: did you mean 'V1'? it has: V1, V5\n"
            "DIR/dataset.yaml:14:30: error: 'delay' of recording 'a', channel 'V4', needs a time "
            "with its "
            "unit, got 2\n"
            "   14 |         delay: {V1: 1 s, V4: 2}\n"
            "      |                              ^\n"
            "  note: the units of a time are s, ms, us, µs, min and h\n"
            "DIR/dataset.yaml:15:27: error: the confounds of recording 'a' have 3 rows, the "
            "recording has 2 "
            "samples\n"
            "   15 |         confounds: {file: c.tsv}\n"
            "      |                           ^~~~~");
}

TEST(LoadMistakes, InputsThatClashOrAreOfTheWrongKind) {
  const Folder folder;
  folder.write("in.tsv", "a\n1\n0\n");
  folder.write("in.npy", npy("|u1", "(2, 2)", std::string("\0\1\1\1", 4)));
  EXPECT_EQ(
      folder.mistakes("inputs:\n"
                      "- {file: in.tsv, interval: 5 s}\n"
                      "- {file: in.tsv, interval: 5 s, clip: [1, 0]}\n"
                      "- {file: in.npy, interval: 5 s, columns: [x]}\n"
                      "- {file: in.npy, interval: 5 s, columns: {a/b: 0}}\n"
                      "- in.tsv"),
      "DIR/dataset.yaml:10:7: error: run s01/run-1 has two inputs named 'a'\n"
      "   10 |     - {file: in.tsv, interval: 5 s, clip: [1, 0]}\n"
      "      |       ^\n"
      "  note: name one of them otherwise with 'columns: {name: column}'\n"
      "DIR/dataset.yaml:10:43: error: 'clip' of the input block of s01/run-1 needs two numbers, "
      "the lower "
      "one first, for example [0, 1]\n"
      "   10 |     - {file: in.tsv, interval: 5 s, clip: [1, 0]}\n"
      "      |                                           ^\n"
      "DIR/dataset.yaml:11:46: error: the input block of s01/run-1 has 1 names for the 2 columns "
      "of "
      "'DIR/in.npy'\n"
      "   11 |     - {file: in.npy, interval: 5 s, columns: [x]}\n"
      "      |                                              ^\n"
      "  note: a list names all columns of an array in order; {name: 0} picks single ones\n"
      "DIR/dataset.yaml:12:47: error: the input block of s01/run-1 cannot have a column named "
      "'a/b'\n"
      "   12 |     - {file: in.npy, interval: 5 s, columns: {a/b: 0}}\n"
      "      |                                               ^~~\n"
      "  note: a name is not empty, holds no '/' and no control characters, and has no spaces "
      "around "
      "it\n"
      "DIR/dataset.yaml:13:7: error: the input block of s01/run-1 must be a mapping, got 'in.tsv'\n"
      "   13 |     - in.tsv\n"
      "      |       ^~~~~~");
}

TEST(LoadMistakes, ATableInTheWrongFormatIsSuspected) {
  const Folder folder;
  folder.write("x.csv", "V1;V5\n1;2\n");
  EXPECT_EQ(
      folder.mistakes(
          "recordings: {r: {modality: rate, file: x.csv, interval: 2 s, channels: V1}}"),
      "DIR/dataset.yaml:8:76: error: 'DIR/x.csv' has no column 'V1'\n"
      "    8 |     recordings: {r: {modality: rate, file: x.csv, interval: 2 s, channels: V1}}\n"
      "      |                                                                            ^~\n"
      "  note: the header was read as one column: is the format right?");
}

TEST(LoadMistakes, ARecordingWithoutSamples) {
  const Folder folder;
  folder.write("x.tsv", "V1\n");
  EXPECT_EQ(
      folder.mistakes("recordings: {r: {modality: rate, file: x.tsv, interval: 2 s}}"),
      "DIR/dataset.yaml:8:18: error: recording 'r' has no samples: 'DIR/x.tsv' has a header and no "
      "rows\n"
      "    8 |     recordings: {r: {modality: rate, file: x.tsv, interval: 2 s}}\n"
      "      |                  ^");
}

}  // namespace
}  // namespace insula::dataset

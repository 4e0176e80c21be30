// SPDX-License-Identifier: Apache-2.0
// MATLAB's files: what is written is read again, bytes that the test lays itself are read as the
// format's document says, and what is broken is refused with a remedy.
#include "framework/dataset/matlab.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "framework/dataset/file.h"
#include "framework/dataset/matlab_write.h"
#include "tests/framework/dataset/damage.h"
#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

using Sort = MatlabValue::Sort;

MatlabValue numbers_of(const std::string& type, std::vector<double> numbers) {
  MatlabValue value = matlab_numbers(Eigen::MatrixXd::Zero(1, 1));
  value.type = type;
  value.size = {1, numbers.size()};
  value.numbers = std::move(numbers);
  return value;
}

// One of everything.
MatlabValue everything() {
  MatlabValue sparse = matlab_numbers(Eigen::MatrixXd::Zero(3, 2));
  sparse.is_sparse = true;
  sparse.row = {0, 2, 1};
  sparse.column = {0, 0, 1};
  sparse.numbers = {1.5, -2, 1e-300};
  MatlabValue pair = matlab_structure({{"name", matlab_text("V1")}, {"x", matlab_text("é€")}});
  pair.size = {1, 2};
  pair.items.push_back(matlab_text("V5"));
  pair.items.push_back(matlab_numbers(Eigen::MatrixXd::Zero(0, 0)));
  const Eigen::MatrixXd page = Eigen::MatrixXd::Random(2, 3);
  return matlab_structure(
      {{"full", matlab_numbers(Eigen::MatrixXd::Random(4, 3))},
       {"pages", matlab_pages({page, -page}, 2, 3)},
       {"single", numbers_of("single", {0.5, -3})},
       {"logical", numbers_of("logical", {1, 0, 1})},
       {"int8", numbers_of("int8", {-128, 127})},
       {"uint16", numbers_of("uint16", {0, 65535})},
       {"int64", numbers_of("int64", {-9007199254740992.0, 7})},
       {"sparse", sparse},
       {"cell", matlab_cell({matlab_text("a"), matlab_cell({numbers_of("uint8", {9})})})},
       {"pair", pair},
       {"nested", matlab_structure({{"deep", matlab_structure({{"er", matlab_text("x")}})}})}});
}

void expect_same(const MatlabValue& read, const MatlabValue& written, const std::string& where) {
  EXPECT_EQ(read.sort, written.sort) << where;
  EXPECT_EQ(read.type, written.type) << where;
  EXPECT_EQ(read.numbers, written.numbers) << where;
  EXPECT_EQ(read.is_sparse, written.is_sparse) << where;
  EXPECT_EQ(read.row, written.row) << where;
  EXPECT_EQ(read.column, written.column) << where;
  EXPECT_EQ(read.texts, written.texts) << where;
  EXPECT_EQ(read.fields, written.fields) << where;
  if (read.sort != Sort::text) {
    EXPECT_EQ(read.size, written.size) << where;
  }
  ASSERT_EQ(read.items.size(), written.items.size()) << where;
  for (std::size_t k = 0; k < read.items.size(); ++k)
    expect_same(read.items[k], written.items[k], where + "/" + std::to_string(k));
}

TEST(Matlab, WhatIsWrittenIsReadAgainInBothFormats) {
  const Folder folder;
  const MatlabValue written = everything();
  for (const MatlabVersion version : {MatlabVersion::v5, MatlabVersion::v73}) {
    const std::string path = folder.path(version == MatlabVersion::v5 ? "five.mat" : "hdf5.mat");
    write_matlab(written, path, version);
    const MatlabValue read = read_matlab(path);
    ASSERT_EQ(read.items.size(), written.items.size());
    for (std::size_t k = 0; k < written.items.size(); ++k) {
      const auto at = std::ranges::find(read.fields, written.fields[k]) - read.fields.begin();
      ASSERT_LT(at, std::ssize(read.items)) << written.fields[k];
      expect_same(read.items[static_cast<std::size_t>(at)],
                  written.items[k],
                  path + ": " + written.fields[k]);
    }
  }
}

TEST(Matlab, TheSameValuesGiveTheSameBytes) {
  const Folder folder;
  const MatlabValue all = everything();
  write_matlab(all, folder.path("a.mat"), MatlabVersion::v5);
  write_matlab(all, folder.path("b.mat"), MatlabVersion::v5);
  EXPECT_TRUE(read_bytes(folder.path("a.mat")) == read_bytes(folder.path("b.mat")));
}

// A version-5 file laid byte by byte: the variable x, 1 x 2, doubles. source  MAT-File Format,
// 1-5ff
std::string laid_by_hand(bool is_big) {
  std::string bytes = "MATLAB 5.0 MAT-file";
  bytes.resize(124, ' ');
  const auto put = [&](std::uint64_t value, int width) {
    for (int k = 0; k < width; ++k)
      bytes += static_cast<char>(value >> (8 * (is_big ? width - 1 - k : k)));
  };
  put(0x0100, 2);
  put(0x4d49, 2);                              // "MI" as this machine would read it
  put(14, 4), put(64, 4);                      // a matrix of 64 bytes
  put(6, 4), put(8, 4), put(6, 4), put(0, 4);  // flags: the class double
  put(5, 4), put(8, 4), put(1, 4), put(2, 4);  // extents
  put(1, 4), put(1, 4), bytes += "x", bytes.append(7, '\0');
  put(9, 4), put(8 * 2, 4);
  put(0x3ff8000000000000, 8), put(0xc000000000000000, 8);  // 1.5 and −2
  bytes.replace(132,
                4,
                std::string(1, is_big ? '\0' : '\x48') + std::string(2, '\0') +
                    std::string(1, is_big ? '\x48' : '\0'));
  return bytes;
}

TEST(Matlab, BytesMeanWhatTheFormatSaysInBothOrders) {
  const Folder folder;
  for (const bool is_big : {false, true}) {
    folder.write("x.mat", laid_by_hand(is_big));
    const MatlabValue file = read_matlab(folder.path("x.mat"));
    EXPECT_EQ(MatlabNode(file, "x.mat").at("x").matrix(), Eigen::RowVector2d(1.5, -2)) << is_big;
  }
}

// What is said of these bytes as a file, with DIR for its folder.
std::string said_of_bytes(const std::string& bytes) {
  const Folder folder;
  folder.write("x.mat", bytes);
  try {
    read_matlab(folder.path("x.mat"));
    return "";
  } catch (const InputError& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return folder.without_folder(error.what());
  }
}

const std::string kAgain =
    "\n  note: copy it again, or load it in MATLAB or Octave and save it with save('FILE.mat', "
    "'-v7')";

TEST(BrokenMatlab, WhatIsNoMatlabFileIsRefused) {
  const std::string other =
      "DIR/x.mat: error: this is no MATLAB file of version 5 to 7.3\n  note: save it in MATLAB or "
      "Octave with save('FILE.mat', '-v7')";
  EXPECT_EQ(said_of_bytes(""), other);
  EXPECT_EQ(said_of_bytes("time\tV1\n"), other);
  EXPECT_EQ(said_of_bytes(std::string(1000, '\0')), other);
}

TEST(BrokenMatlab, ACopyThatWasCutOffIsToldAsThat) {
  const std::string whole = laid_by_hand(false);
  EXPECT_EQ(
      said_of_bytes(whole.substr(0, whole.size() - 8)),
      "DIR/x.mat: error: the file ends early: variable 1 needs 72 bytes, and 64 are left" + kAgain);
  EXPECT_EQ(said_of_bytes(whole + "abc"),
            "DIR/x.mat: error: the file ends within a variable" + kAgain);
  EXPECT_EQ(said_of_bytes(whole + "12345678"),
            "DIR/x.mat: error: variable 2 does not begin as variables do" + kAgain);
}

TEST(BrokenMatlab, WhatIsPackedIsCheckedByItsSum) {
  const Folder folder;
  write_matlab(everything(), folder.path("a.mat"), MatlabVersion::v5);
  std::string bytes = read_bytes(folder.path("a.mat"));
  bytes[128 + 8 + 20] ^= 1;
  EXPECT_EQ(said_of_bytes(bytes), "DIR/x.mat: error: variable 1 does not unpack" + kAgain);
}

TEST(BrokenMatlab, AFileOfVersion73ThatWasCutOffIsRefused) {
  const Folder folder;
  write_matlab(everything(), folder.path("a.mat"), MatlabVersion::v73);
  const std::string bytes = read_bytes(folder.path("a.mat"));
  EXPECT_EQ(
      said_of_bytes(bytes.substr(0, bytes.size() / 2)),
      "DIR/x.mat: error: the file is damaged: an array in it cannot be read, or says that it is "
      "larger than the file" +
          kAgain);
}

// Found by fuzzing: libhdf5 1.10.8 follows a null pointer where a heap of names is damaged.
TEST(BrokenMatlab, AFileOnWhichLibhdf5BreaksIsRefused) {
  const std::string file = read_bytes(std::string(INSULA_REFERENCE) + "/dataset/breaks_libhdf5.h5");
  EXPECT_EQ(said_of_bytes(std::string(512, ' ') + file),
            "DIR/x.mat: error: the file is damaged: libhdf5 breaks on it" + kAgain);
}

// Found by fuzzing: matio asks for what libhdf5 1.10.8 looks for in circles, and for what lies
// beyond the end of its buffer (which only the address sanitizer sees).
TEST(BrokenMatlab, AFileOnWhichLibhdf5BreaksWhenMatioAsksIsRefused) {
  const std::string corpus = std::string(INSULA_ROOT) + "/tests/fuzz/corpus/matlab/";
  EXPECT_EQ(said_of_bytes(read_bytes(corpus + "leads_in_circles.mat")),
            "DIR/x.mat: error: the file is damaged: libhdf5 breaks on it" + kAgain);
  const std::string said = said_of_bytes(read_bytes(corpus + "beyond_its_end.mat"));
  EXPECT_TRUE(said.empty() || said.starts_with("DIR/x.mat: error: ")) << said;
}

TEST(BrokenMatlab, IntegersThatADoubleCannotHoldAreRefused) {
  const Folder folder;
  write_matlab(matlab_structure({{"big", numbers_of("int64", {9007199254740994.0})}}),
               folder.path("x.mat"),
               MatlabVersion::v5);
  EXPECT_EQ(said_of_bytes(read_bytes(folder.path("x.mat"))),
            "DIR/x.mat: error: big holds an integer beyond 2^53, which a double cannot hold\n  "
            "note: save it as double, or leave it out");
}

TEST(BrokenMatlab, NestingHasAnEnd) {
  MatlabValue value = matlab_text("x");
  for (int k = 0; k < 40; ++k) value = matlab_cell({value});
  const Folder folder;
  write_matlab(matlab_structure({{"v", value}}), folder.path("x.mat"), MatlabVersion::v5);
  const std::string said = said_of_bytes(read_bytes(folder.path("x.mat")));
  EXPECT_NE(said.find("is nested deeper than 32 levels"), std::string::npos) << said;
}

// The largest array that a variable's bytes could hold, and then some: matio would make room first.
TEST(BrokenMatlab, PartsThatSayTheyAreLargerThanTheirVariableAreRefused) {
  // A cell of 2^28 elements, and none.
  std::string bytes(128, ' ');
  bytes.replace(124, 4, std::string("\0\1IM", 4));
  const auto word = [](std::uint32_t x) {
    return std::string(reinterpret_cast<const char*>(&x), 4);
  };
  const std::string body = word(6) + word(8) + word(1) + word(0) + word(5) + word(8) + word(1) +
                           word(1U << 28) + word((1U << 16) | 1) + std::string("c\0\0\0", 4);
  bytes += word(14) + word(static_cast<std::uint32_t>(body.size())) + body;
  EXPECT_EQ(
      said_of_bytes(bytes),
      "DIR/x.mat: error: variable 1 is damaged: a part of it says that it is larger" + kAgain);
}

TEST(BrokenMatlab, DamageEndsInValuesOrInOneRefusal) {
  std::string bytes = laid_by_hand(false);
  int refused = 0;
  for (int k = 0; k < 40; ++k) {
    Stream stream(31, "matlab" + std::to_string(k));
    refused += said_of_bytes(damaged(bytes, stream)).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 10);
  EXPECT_LT(refused, 40);
}

// What is said when something is asked of everything().
template <class Question>
std::string said_when_asked(const Question& question) {
  const MatlabValue all = everything();
  try {
    question(MatlabNode(all, "a.mat"));
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(MatlabNode, SaysWhereItStandsAndWhatItFound) {
  using Node = const MatlabNode&;
  EXPECT_TRUE(said_when_asked([](Node n) { n.at("singel"); })
                  .starts_with("a.mat: error: the file has no variable 'singel'\n  note: did you "
                               "mean 'single'? it has: full, "));
  EXPECT_EQ(said_when_asked([](Node n) { n.at("nested").at("deep").at("err"); }),
            "a.mat: error: nested.deep has no field 'err'\n  note: did you mean 'er'? it has: er");
  EXPECT_EQ(said_when_asked([](Node n) { n.at("nested").at("deep").matrix(); }),
            "a.mat: error: nested.deep holds a structure of 1 x 1, expected a matrix of numbers");
  EXPECT_EQ(
      said_when_asked([](Node n) { n.at("pages").matrix(); }),
      "a.mat: error: pages holds numbers (double) of 2 x 3 x 2, expected a matrix of numbers");
  EXPECT_EQ(said_when_asked([](Node n) { n.at("full").number(); }),
            "a.mat: error: full holds numbers (double) of 4 x 3, expected one number");
  EXPECT_EQ(said_when_asked([](Node n) { n.at("cell").texts(); }),
            "a.mat: error: cell{2} holds a cell of 1 x 1, expected one text");
  EXPECT_EQ(said_when_asked([](Node n) { n.at("pair", 0).at("name", 2); }),
            "a.mat: error: pair holds a structure of 1 x 2, expected a structure with the field "
            "'name' and at least 3 elements");
}

TEST(MatlabNode, FillsUpSparseMatricesAndCutsPages) {
  const MatlabValue all = everything();
  const MatlabNode file(all, "a.mat");
  Eigen::MatrixXd full = Eigen::MatrixXd::Zero(3, 2);
  full(0, 0) = 1.5;
  full(2, 0) = -2;
  full(1, 1) = 1e-300;
  EXPECT_EQ(file.at("sparse").matrix(), full);
  const std::vector<Eigen::MatrixXd> pages = file.at("pages").pages();
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(pages[0], -pages[1]);
  EXPECT_EQ(file.at("pair").at("name", 1).text(), "V5");
}

// Files that MATLAB itself wrote: little-endian and packed, big-endian of 2003, and HDF5.
TEST(MatlabOnRealFiles, AllFormatsThatMatlabWroteAreRead) {
  const char* data = std::getenv("INSULA_DATA");
  if (data == nullptr)
    GTEST_SKIP() << "INSULA_DATA does not name a folder with attention-to-motion/";
  const std::string folder = std::string(data) + "/attention-to-motion/mat/";
  const MatlabValue dcm = read_matlab(folder + "DCM_bilinear_1.mat");
  const MatlabNode y = MatlabNode(dcm, "").at("DCM").at("Y");
  EXPECT_EQ(y.at("name").texts(), (std::vector<std::string>{"V1", "V5", "SPC"}));
  EXPECT_EQ(y.at("y").matrix().rows(), 360);
  const MatlabValue hdm = read_matlab(folder + "HDM_spm.mat");
  EXPECT_EQ(MatlabNode(hdm, "").at("M").at("f").text(), "spm_fx_HRF");
  EXPECT_EQ(MatlabNode(hdm, "").at("U").at("u").matrix().rows(), 5760);
  const MatlabValue v73 = read_matlab(folder + "DCM_HDM_spm_v73.mat");
  EXPECT_EQ(MatlabNode(v73, "").at("DCM").at("xY").at("name").text(), "V5");
  EXPECT_EQ(MatlabNode(v73, "").at("DCM").at("U").at("u").matrix().sum(),
            7079 + 4);  // 2 four times
}

}  // namespace
}  // namespace insula::dataset

// SPDX-License-Identifier: Apache-2.0
// What of HDF5 is refused, and with which words; array_test.cpp reads what is not.
#include <filesystem>

#include "framework/dataset/file.h"
#include "tests/framework/dataset/array_files.h"

namespace insula::dataset {
namespace {

std::string said_of_dataset(const std::string& name) {
  return refusal(reference_array("arrays.h5"), ArrayFormat::hdf5, name);
}

TEST(Hdf5, WhatLeadsOutOfTheFileIsNotFollowed) {
  EXPECT_EQ(said_of_dataset("elsewhere"),
            "'elsewhere' on the path 'elsewhere' is a link out of the file, to '/secret' in "
            "'other.h5' [name that file instead; what is linked is not followed, so that the hash "
            "of a file tells its content]");
  for (const char* name : {"virtual", "outside"}) {
    EXPECT_EQ(said_of_dataset(name),
              std::string("dataset '") + name +
                  "' keeps its numbers in other files [h5repack makes one file of them; what lies "
                  "elsewhere is not read, so that the hash of a file tells its content]");
  }
}

TEST(Hdf5, CirclesOfLinksAreRefused) {
  const std::string note =
      " leads around in circles [name the dataset by the shortest path to it (h5ls -r lists them)]";
  EXPECT_EQ(said_of_dataset("circle_a"), "the path 'circle_a'" + note);
  EXPECT_EQ(said_of_dataset("model/layer/up/layer/embedding"),
            "the path 'model/layer/up/layer/embedding'" + note);
}

TEST(Hdf5, WhatHoldsNoNumbersIsRefused) {
  const std::string expected = ", expected real numbers or integers of up to 8 bytes";
  EXPECT_EQ(said_of_dataset("texts"), "dataset 'texts' holds texts" + expected);
  EXPECT_EQ(said_of_dataset("records"), "dataset 'records' holds records" + expected);
  EXPECT_EQ(said_of_dataset("labels"), "dataset 'labels' holds labels" + expected);
  EXPECT_EQ(said_of_dataset("nothing"), "dataset 'nothing' is empty: 0");
  EXPECT_EQ(said_of_dataset("no_rows"), "dataset 'no_rows' is empty: 0 x 3");
}

TEST(Hdf5, WhatIsNotStoredIsRefused) {
  EXPECT_EQ(said_of_dataset("never_written"),
            "dataset 'never_written' is said to be 1000 x 3, but 0 bytes are stored [was it "
            "written to its end?]");
  EXPECT_TRUE(said_of_dataset("forged").starts_with(
      "dataset 'forged' is said to be 1099511627776 x 1048576, but "))
      << said_of_dataset("forged");
  EXPECT_EQ(said_of_dataset("lzf"),
            "dataset 'lzf' is packed by the filter 'lzf' (32000), expected deflate, shuffle or "
            "fletcher32 [h5repack -f GZIP=4 writes a file that can be read everywhere]");
}

TEST(Hdf5, WhatStandsBeforeItIsRefused) {
  EXPECT_EQ(
      refusal(reference_array("user_block.h5"), ArrayFormat::hdf5),
      "the file begins with 512 bytes that are not HDF5's ['h5unjam -i old.h5 -o new.h5' takes "
      "them off]");
}

// Bytes of the chunk itself, which no structure of the file protects.
// Found by fuzzing: libhdf5 1.10.8 follows a null pointer where a heap of names is damaged.
TEST(Hdf5, AFileOnWhichLibhdf5BreaksIsRefused) {
  EXPECT_EQ(refusal(reference_array("breaks_libhdf5.h5"), ArrayFormat::hdf5),
            "the file is damaged: libhdf5 breaks on it [copy or make it again]");
}

TEST(Hdf5, DamagedChunksAreRefusedWithTheirRows) {
  const std::string good = read_bytes(reference_array("one.h5"));
  const std::string zlib_header("\x78\x5e", 2);
  const std::size_t at =
      good.find(zlib_header) == std::string::npos ? good.find("\x78") : good.find(zlib_header);
  ASSERT_NE(at, std::string::npos);
  std::string bytes = good;
  for (std::size_t i = 2; i < 12; ++i) bytes[at + i] = static_cast<char>(bytes[at + i] ^ 0x5a);
  const Folder folder;
  folder.write("x.h5", bytes);
  const Array array = open_array(folder.path("x.h5"), ArrayFormat::hdf5);
  int refused = 0;
  for (std::size_t row = 0; row < 5; ++row) {
    try {
      EXPECT_EQ(rows_of<double>(array, row, row + 1),
                expected_numbers(5, 3, 0.25).row(static_cast<Eigen::Index>(row)));
    } catch (const InputError& error) {
      ++refused;
      EXPECT_NE(error.mistakes().at(0).message.find("of dataset 'embedding' cannot be unpacked"),
                std::string::npos);
    }
  }
  EXPECT_GE(refused, 1);
  EXPECT_LE(refused, 2);  // a chunk has two rows
}

TEST(Hdf5, ADamagedChecksumIsFound) {
  const std::string name = "checked";
  const Array array = open_array(reference_array("arrays.h5"), ArrayFormat::hdf5, name);
  EXPECT_EQ(rows_of<double>(array, 0, 5), expected_numbers(5, 3, 1));
  // The numbers −8 … 6 as 16 bits, once unpacked and once with a checksum behind.
  std::string numbers;
  for (int i = -8; i < 7; ++i) {
    numbers += static_cast<char>(i & 255);
    numbers += static_cast<char>(i >> 8 & 255);
  }
  std::string bytes = read_bytes(reference_array("arrays.h5"));
  const std::size_t at = bytes.find(numbers);
  ASSERT_NE(at, std::string::npos);
  bytes[at + 7] = static_cast<char>(bytes[at + 7] ^ 1);
  const Folder folder;
  folder.write("x.h5", bytes);
  EXPECT_EQ(refusal(folder.path("x.h5"), ArrayFormat::hdf5, name),
            "the file is damaged: rows 0 to 4 (counted from 0) of dataset 'checked' cannot be "
            "unpacked [copy or make it again]");
}

TEST(Hdf5, NamesWhatThereIs) {
  const std::string text = said_of_dataset("model/layer/embeddings");
  EXPECT_TRUE(
      text.starts_with("'FILE' has no dataset 'model/layer/embeddings' [did you mean "
                       "'model/layer/embedding'? it has: big_endian, checked, chunked_big_endian"))
      << text;
  EXPECT_EQ(text.find("texts"), std::string::npos);
  for (const char* name : {"model", "dangling", "contiguous/x", "model/nothing/x"}) {
    EXPECT_TRUE(said_of_dataset(name).starts_with("'FILE' has no dataset '")) << name;
  }
  EXPECT_TRUE(said_of_dataset("").starts_with("'FILE' holds 2")) << said_of_dataset("");
}

TEST(Hdf5, IntegersThatADoubleCannotHoldAreRefused) {
  EXPECT_EQ(said_of_dataset("large_integers"),
            "the integer 9007199254740993 at row 1, column 1 (counted from 0) of dataset "
            "'large_integers' is too large to be held exactly");
}

TEST(Hdf5, ASingleNumberIsARowOfOneColumn) {
  const Array array = open_array(reference_array("arrays.h5"), ArrayFormat::hdf5, "scalar");
  EXPECT_EQ(rows_of<double>(array, 0, 1)(0, 0), 1.5);
  EXPECT_THROW(array.matrix(), InputError);
}

TEST(Hdf5, OtherFilesAreRefused) {
  EXPECT_EQ(refusal_of_bytes("", ArrayFormat::hdf5),
            "the file does not start as an HDF5 file does");
  EXPECT_EQ(refusal(reference_array("one.npz"), ArrayFormat::hdf5),
            "the file does not start as an HDF5 file does");
}

TEST(Hdf5, ThatEndEarlyAreRefused) {
  const std::string good = read_bytes(reference_array("one.h5"));
  const Folder folder;
  for (std::size_t n = 0; n < good.size(); n += 13) {
    folder.write("x.h5", good.substr(0, n));
    EXPECT_NE(refusal(folder.path("x.h5"), ArrayFormat::hdf5), "") << n;
  }
}

// A file that is read leaves no lock and no handle behind.
TEST(Hdf5, FilesAreClosedWithTheirArrays) {
  const Folder folder;
  folder.write("x.h5", read_bytes(reference_array("one.h5")));
  const auto open_files = [] {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
      ++count;
    }
    return count;
  };
  const std::size_t before = open_files();
  {
    const Array array = open_array(folder.path("x.h5"), ArrayFormat::hdf5);
    const Array copy = array;
    EXPECT_EQ(rows_of<double>(copy, 4, 5), expected_numbers(5, 3, 0.25).row(4));
    EXPECT_EQ(open_files(), before);  // mapped, not open
  }
  EXPECT_EQ(open_files(), before);
  EXPECT_NE(refusal(folder.path("x.h5"), ArrayFormat::hdf5, "embeddin"), "");
  EXPECT_EQ(open_files(), before);
}

}  // namespace
}  // namespace insula::dataset

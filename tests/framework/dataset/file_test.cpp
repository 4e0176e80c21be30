// SPDX-License-Identifier: Apache-2.0
#include "framework/dataset/file.h"

#include <gtest/gtest.h>

#include "tests/framework/dataset/bytes.h"
#include "tests/framework/dataset/folder.h"

namespace insula::dataset {
namespace {

std::string mistake_of_gz(const std::string& bytes) {
  try {
    gunzip(bytes, "x.gz");
    return "";
  } catch (const InputError& error) {
    return error.mistakes().at(0).message;
  }
}

TEST(Sha256, GivesThePublishedDigests) {
  // FIPS 180-4 example values, as in NIST's "SHA256.pdf", and the digest of no bytes.
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(ReadBytes, GivesTheFileAsItIs) {
  const Folder folder;
  const std::string bytes("a\0b\r\n\xff", 6);
  folder.write("x", bytes);
  EXPECT_EQ(read_bytes(folder.path("x")), bytes);
  folder.write("empty", "");
  EXPECT_EQ(read_bytes(folder.path("empty")), "");
}

TEST(ReadBytes, SaysThatAFileIsMissingOrAFolder) {
  const Folder folder;
  try {
    read_bytes(folder.path("none"));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(folder.without_folder(error.what()), "DIR/none: error: the file does not exist");
    EXPECT_EQ(error.code(), ExitCode::no_input);
  }
  EXPECT_THROW(read_bytes(folder.path(".")), InputError);
}

TEST(Gunzip, UndoesGzip) {
  std::string text;
  for (int i = 0; i < 40000; ++i) text += std::to_string(i * 7919 % 1009) + "\t";
  EXPECT_EQ(gunzip(gzipped(text), "x.gz"), text);
  EXPECT_EQ(gunzip(gzipped(""), "x.gz"), "");
}

TEST(Gunzip, JoinsMembersAndIgnoresZerosAfterThem) {
  EXPECT_EQ(gunzip(gzipped("one ") + gzipped("two") + std::string(512, '\0'), "x.gz"), "one two");
}

TEST(Gunzip, RefusesDamage) {
  const std::string good = gzipped("a table\n");
  EXPECT_EQ(mistake_of_gz(good.substr(0, good.size() - 1)), "the gzip file ends early");
  EXPECT_EQ(mistake_of_gz(good + "more"), "the gzip file has other bytes after its end");
  EXPECT_EQ(mistake_of_gz("a\tb\n"), "the gzip file does not start as gzip does");
  std::string damaged = good;
  damaged[good.size() - 5] ^= 1;  // in the check sum
  EXPECT_EQ(mistake_of_gz(damaged), "the gzip file is damaged");
}

}  // namespace
}  // namespace insula::dataset
